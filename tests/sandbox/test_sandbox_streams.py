"""Programs meet what CPython gives them when a shell starts it: standard streams, exit status, whole numbers.

The matrix runs each program in the sandbox and as ``python program.py <input | cat``, and compares outputs and exit status.
"""

import signal
import subprocess
from pathlib import Path

import pytest
from sandbox_programs import function, program
from stream_programs import GIVEN, PAIRS, READ, WRITE

from monkeys.sandbox import Script, Worker, bubblewrap


def shell(text: str, given: str, folder: Path) -> tuple[bool, bytes]:
    """Whether CPython, started from a shell, ends with status 0, and what it wrote."""
    (folder / "program.py").write_text(text, encoding="utf-8")
    (folder / "given").write_text(given, encoding="utf-8", newline="")
    with (folder / "given").open("rb") as stdin:
        answer = subprocess.run(
            [bubblewrap.PYTHON, "-S", "program.py"],
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            check=False,
            cwd=folder,
            # Under nohup this process ignores SIGINT, and so would the program.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8", "PYTHONHASHSEED": "0"},
        )
    return answer.returncode == 0, answer.stdout


@pytest.mark.parametrize("read", READ)
def test_streams_and_status_are_those_of_a_shell(worker: Worker, tmp_path: Path, read: str) -> None:
    for write in [write for pair, write in PAIRS if pair == read]:
        text = f"import io, os, sys\n{READ[read]}\n{WRITE[write]}\n".replace("quit()", "sys.exit()")
        ended, output = shell(text, GIVEN, tmp_path)
        execution = worker.run(Script(text, GIVEN, 3, 512))
        got = execution.outcome == "passed", execution.output
        assert got == (ended, output.decode("utf-8", "replace")), (write, execution.detail)


LONG = "7" * 5000


@pytest.mark.parametrize(
    ("text", "given", "wanted"),
    [
        ("print(10**4999)", "", "1" + "0" * 4999),
        ("print(int(input()) + 1)", LONG, LONG[:-1] + "8"),
        (f"print({LONG} // 7 % 10)", "", "1"),
        ("import json; print(json.loads(input()) % 10)", LONG, "7"),
    ],
    ids=["written", "read", "literal", "json"],
)
def test_long_integers_in_scripts(worker: Worker, text: str, given: str, wanted: str) -> None:
    execution = worker.run(Script(text, given, 2, 512))
    assert (execution.outcome, execution.output.strip()) == ("passed", wanted)


@pytest.mark.parametrize(
    ("text", "check"),
    [
        ("def f(): return 10**4999", "assert str(candidate()) == '1' + '0' * 4999"),
        ("def f(): return str(10**4999)", "assert int(candidate()) == 10**4999"),
        ("def f(n): return n + 1", f"assert candidate({LONG}) == int('7' * 4999 + '8')"),
        ("def f(): return [{10**4999}]", "assert candidate()[0] == {10**4999}"),
    ],
)
def test_long_integers_in_functions(worker: Worker, text: str, check: str) -> None:
    assert worker.run(function(text, check)).outcome == "passed"


def test_long_integers_in_error_messages(worker: Worker) -> None:
    """As text, not as an error about the limit."""
    assert worker.run(function("def f(): return 10**4999", "assert candidate() == 0, candidate()")).detail.startswith("AssertionError: 1000")
    assert worker.run(function("def f(): raise ValueError(10**4999)", "candidate()")).detail.startswith("ValueError: 1000")
    assert worker.run(program("raise ValueError(10**4999)")).detail.startswith("ValueError: 1000")
