"""Runs Snakemake's command line again and again without importing it anew.

Importing Snakemake takes a second, which a hundred starts of the tests would pay each. This process imports it once and forks for every request, so each
run has a process, a working directory and an environment of its own, as if started from a shell. Nothing of the project is imported here: a child reads
the copy of the project that it runs in.

A request is a line of JSON on standard input: ``arguments``, ``folder``, ``environment``, ``output`` (the files for standard output and standard error) and
``timeout`` in seconds. The answer is a line with the exit status, or null if the run was killed at its timeout.
"""

import json
import os
import signal
import sys
import time
from typing import Any

import jsonschema  # noqa: F401  what Snakemake imports late
import numpy as np  # noqa: F401
import snakemake.api
import snakemake.cli
import snakemake.dag
import snakemake.executors.local
import snakemake.scheduling.greedy
import snakemake.workflow
import yaml  # noqa: F401


def run(request: dict[str, Any]) -> None:
    """In the child: become the command."""
    os.setsid()
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    for number, name in enumerate(request["output"], start=1):
        file = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
        os.dup2(file, number)
    sys.argv = ["snakemake", *request["arguments"]]
    try:
        snakemake.cli.main()
    except SystemExit as error:
        status = error.code if isinstance(error.code, int) else int(bool(error.code))
    else:
        status = 0
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


def main() -> None:
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            try:
                run(request)
            finally:
                os._exit(1)
        deadline = time.monotonic() + request["timeout"]
        status = None
        while time.monotonic() < deadline:
            done, code = os.waitpid(child, os.WNOHANG)
            if done:
                status = os.waitstatus_to_exitcode(code)
                break
            time.sleep(0.005)
        else:
            os.killpg(child, signal.SIGKILL)
            os.waitpid(child, 0)
        print(json.dumps(status), flush=True)


if __name__ == "__main__":
    main()
