"""GPUs of one machine, shared by jobs that know nothing of each other.

Snakemake counts GPUs but does not say which one a local job gets. Jobs therefore take them by locks on files, one a GPU, named by its UUID: a batch
system that shows a job only its own GPUs needs no other handling, and a lock ends with the process that holds it, however that ends.
"""

import fcntl
import os
import subprocess
import tempfile
import time
from pathlib import Path
from typing import IO

from monkeys.clock import Elapsed
from monkeys.errors import InputError

_held: list[IO[str]] = []
_sharing = False
_before: list[str | None] = []
"""CUDA_VISIBLE_DEVICES as it was before GPUs were taken."""


def visible() -> list[str]:
    """UUIDs of the GPUs that this process may use, those of CUDA_VISIBLE_DEVICES if it is set.

    Raises:
        InputError: there is no GPU here.
    """
    query = ["nvidia-smi", "--query-gpu=index,uuid", "--format=csv,noheader"]
    try:
        answer = subprocess.run(query, capture_output=True, text=True, check=True, encoding="utf-8", errors="replace")
    except (OSError, subprocess.CalledProcessError) as error:
        raise InputError(
            f"the model is to run on a GPU, but nvidia-smi finds none here ({error}); set device: cpu, or run where there is one"
        ) from error
    gpus = dict(line.replace(" ", "").split(",") for line in answer.stdout.splitlines() if line.strip())
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not chosen:
        return list(gpus.values())
    return [gpus.get(name.strip(), name.strip()) for name in chosen.split(",")]


def for_another_model(apart: bool) -> None:
    """Say which GPUs the model that is loaded next gets in a process that has some: others, or the same."""
    global _sharing
    _sharing = not apart and bool(_held)
    if apart and _before:
        os.environ.pop("CUDA_VISIBLE_DEVICES", None)
        if _before[0] is not None:
            os.environ["CUDA_VISIBLE_DEVICES"] = _before[0]


def acquire_gpus(count: int, timeout: float = 3600) -> list[str]:
    """Take ``count`` GPUs that no other job has, until this process ends, and let CUDA see only these.

    Args:
        count: how many.
        timeout: seconds to wait for others to give theirs back.

    Returns:
        Their UUIDs.

    Raises:
        InputError: the machine has fewer, or none became free in time.
    """
    gpus = visible()
    if _sharing and len(gpus) >= count:
        return gpus[:count]
    if len(gpus) < count:
        raise InputError(f"the model's parallelism takes {count} GPUs, but {len(gpus)} can be seen here; lower tensor_parallel_size or ask for more")
    waited = Elapsed(longest_gap=10)
    while True:
        taken: dict[str, IO[str]] = {}
        for gpu in gpus:
            if len(taken) < count and (handle := _lock(gpu)):
                taken[gpu] = handle
        if len(taken) == count:
            _held.extend(taken.values())
            _before.append(os.environ.get("CUDA_VISIBLE_DEVICES"))
            os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(taken)
            return list(taken)
        for handle in taken.values():
            handle.close()
        if waited.look() > timeout:
            raise InputError(
                f"no {count} of {len(gpus)} GPUs became free in {timeout:.0f} s; start fewer jobs at a time (--resources gpu={len(gpus)})"
            )
        time.sleep(1)


def _lock(gpu: str) -> IO[str] | None:
    folder = Path(tempfile.gettempdir()) / f"monkeys-gpus-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = (folder / gpu).open("w", encoding="utf-8")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return None
    return handle
