"""Runs the workflow's scripts again and again without importing what they need anew: ``python script_server.py SOCKET ENVIRONMENT``.

A script of the analysis takes a second or two, most of which is imports; of a script that loads a model, vLLM's imports take half of the CPU time. This
process has made those of other people's packages, and forks for every request, so that each script has a process, a working directory and an environment of
its own; the workflow's own modules are read from the copy of the project in which it runs. Runs that ``project.py`` starts ask it; Slurm's jobs start each
script anew.

A request is a connection with the three standard streams and a line of JSON: ``arguments``, ``folder`` and ``environment``. The answer is a byte, the exit
status; no byte comes from a script that was killed. A script whose client is killed is killed too.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
from pathlib import Path

PACKAGES = {
    "workflow": (
        *("jinja2", "jsonschema", "pandas", "pyarrow.parquet", "scipy.optimize", "scipy.special", "yaml", "matplotlib.figure"),
        *(f"matplotlib.backends.backend_{kind}" for kind in ("agg", "pdf", "svg")),
    ),
    "vllm": (
        *("torch", "vllm", "vllm.entrypoints.llm", "vllm.engine.arg_utils", "vllm.v1.engine.llm_engine", "vllm.v1.worker.cpu_worker"),
        *("vllm.model_executor.models.llama", "vllm.model_executor.models.adapters", "transformers.models.llama"),
    ),
}
"""What each environment's server imports. None of these starts a thread, which a fork would lose."""
SCRIPTS = {
    "workflow": (
        *("choose_budget", "compare_families", "compare_models", "compare_strategies", "count_passes", "count_tokens", "count_truncated"),
        *("draw_figures", "draw_samples_page", "estimate_coverage", "fit_scaling_laws", "forecast_coverage", "forecast_votes", "grade_difficulty"),
        *("import_counts", "measure_diversity", "price_coverage", "record_manifest", "report_run", "select_answers", "summarise_audit"),
    ),
    "vllm": ("generate_samples", "score_samples", "train_reward_model"),
}
"""Of each environment the scripts that compute tables, figures and pages from files and start no programs, and those that load a model."""
VARIABLES = {"workflow": "SCRIPT_SERVER", "vllm": "MODEL_SERVER"}
"""What holds the path of each environment's socket."""

_CLIENT = Path(__file__).with_name("script_client.py")
_SETTINGS = {
    "workflow": {"MPLBACKEND": "agg"},
    # What these packages read when they are imported: as `monkeys.engines.environment` sets it.
    "vllm": {"HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1", "VLLM_ENABLE_V1_MULTIPROCESSING": "0", "VLLM_CPU_OMP_THREADS_BIND": "nobind"},
}


def start(environment: str, root: Path, address: str) -> subprocess.Popen[bytes]:
    """The server of an environment of the checkout ``root``, which listens at ``address`` a moment later."""
    command = [str(root / "envs/python"), environment, __file__, address, environment]
    return subprocess.Popen(command, env={**os.environ, **_SETTINGS[environment]}, stdin=subprocess.DEVNULL)


def asking(text: str) -> str:
    """``envs/python`` so that it asks a server to run one of ``SCRIPTS``, if one of ``VARIABLES`` names its socket."""
    start = 'exec "$folder/bin/python" "$@"'
    before, found, _ = text.rpartition(start)
    assert found
    asked = ""
    for environment, variable in VARIABLES.items():
        names = "|".join(f"*/{environment}:scripts/{name}.py" for name in SCRIPTS[environment])
        asked += f'case "${{{variable}:+$folder:$1}}" in\n{names}) exec "$folder/bin/python" -I -S {_CLIENT} "${variable}" "$@" ;;\nesac\n'
    return f"{before}{asked}{start}\n"


def follow(connection: socket.socket) -> None:
    """Die when the client does. It sends nothing more, so what comes is the end of the connection."""
    connection.recv(1)
    os.kill(os.getpid(), signal.SIGKILL)


def run(connection: socket.socket) -> int:
    """In the child: become the script."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as text:
        request = json.loads(text.readline())
    threading.Thread(target=follow, args=(connection,), daemon=True).start()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    if int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")) > 1:
        # Each worker's model has a core: with two threads each, they wait for each other in loops, for a fifth of the CPU time.
        os.environ["OMP_NUM_THREADS"] = "1"
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    sys.argv = request["arguments"]
    sys.path[0] = str(Path(sys.argv[0]).resolve().parent)
    status = 0
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
        status = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:  # as an interpreter would end
        traceback.print_exc()
        status = 1
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    return status


def main() -> None:
    address, environment = sys.argv[1:]
    with socket.socket(socket.AF_UNIX) as listening:
        # Found by its name only when somebody listens.
        listening.bind(f"{address}.part")
        listening.listen(64)
        Path(f"{address}.part").rename(address)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        select.select([listening], [], [])
        # Not before somebody asks: most workers of a test run load no model.
        for name in PACKAGES[environment]:
            importlib.import_module(name)
        gc.freeze()
        while True:
            connection, _ = listening.accept()
            if os.fork() == 0:
                listening.close()
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                status = 1
                try:
                    status = run(connection)
                finally:
                    connection.sendall(bytes([status & 255]))
                    os._exit(status)
            connection.close()


if __name__ == "__main__":
    main()
