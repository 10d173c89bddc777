"""Runs the workflow's analysis scripts again and again without importing pandas anew: ``python script_server.py SOCKET``.

A script of the analysis takes a second or two, most of which is imports. This process has made those of other people's packages, and forks for every
request, so that each script has a process, a working directory and an environment of its own; the workflow's own modules are read from the copy of the
project in which it runs. Only runs in ``Project.snakemake`` ask it. What starts ``make`` or ``envs/run.sh``, or goes through Slurm, starts each script anew.

A request is a connection with the three standard streams and a line of JSON: ``arguments``, ``folder`` and ``environment``. The answer is a byte, the exit
status; no byte comes from a script that was killed.
"""

import atexit
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import sys
import traceback
from pathlib import Path

PACKAGES = (
    *("jinja2", "jsonschema", "pandas", "pyarrow.parquet", "scipy.optimize", "scipy.special", "yaml", "matplotlib.figure"),
    *(f"matplotlib.backends.backend_{kind}" for kind in ("agg", "pdf", "svg")),
)
SCRIPTS = (
    *("choose_budget", "compare_families", "compare_models", "compare_strategies", "count_passes", "count_tokens", "count_truncated"),
    *("draw_figures", "draw_samples_page", "estimate_coverage", "fit_scaling_laws", "forecast_coverage", "forecast_votes", "grade_difficulty"),
    *("import_counts", "measure_diversity", "price_coverage", "record_manifest", "report_run", "select_answers", "summarise_audit"),
)
"""Scripts that compute tables, figures and pages from files, start no programs, and load no model."""
VARIABLE = "SCRIPT_SERVER"

_CLIENT = Path(__file__).with_name("script_client.py")


def asking(text: str) -> str:
    """``envs/python`` so that it asks the server whose socket ``VARIABLE`` names, if any does, to run one of ``SCRIPTS``."""
    start = 'exec "$folder/bin/python" "$@"'
    names = "|".join(f"scripts/{name}.py" for name in SCRIPTS)
    asked = f'case "${{{VARIABLE}:+$1}}" in\n{names}) exec "$folder/bin/python" -I -S {_CLIENT} "${VARIABLE}" "$@" ;;\nesac\n'
    before, found, _ = text.rpartition(start)
    assert found
    return f"{before}{asked}{start}\n"


def run(connection: socket.socket) -> int:
    """In the child: become the script."""
    _, streams, _, _ = socket.recv_fds(connection, 1, 3)
    with connection.makefile("rb") as text:
        request = json.loads(text.readline())
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
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
    address = sys.argv[1]
    for name in PACKAGES:
        importlib.import_module(name)
    with socket.socket(socket.AF_UNIX) as listening:
        # Found by its name only when somebody listens.
        listening.bind(f"{address}.part")
        listening.listen(64)
        Path(f"{address}.part").rename(address)
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
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
