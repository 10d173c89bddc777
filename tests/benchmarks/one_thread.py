"""For measurements on one thread."""

import os
import sys

THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


def on_one_thread() -> None:
    """Start this script anew with one thread of linear algebra, unless it has been: the variables are read when numpy is loaded, which it is by now."""
    if any(os.environ.get(name) != "1" for name in THREADS):
        environment = {**os.environ, **dict.fromkeys(THREADS, "1"), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        os.execve(sys.executable, [sys.executable, *sys.argv], environment)
