"""How programs end in a sandbox, and which verdict that gives."""

import pytest
from sandbox_programs import function, program

from monkeys.sandbox import Execution, FunctionTests, Sandbox, Script, Worker, run_programs


def test_script_without_exception_passes(worker: Worker) -> None:
    execution = worker.run(program("import math\nassert math.comb(5, 2) == 10"))
    assert (execution.outcome, execution.detail) == ("passed", "")
    assert 0 < execution.cpu_seconds < 1


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("assert False, 'why'", "AssertionError: why"),
        ("1/0", "ZeroDivisionError: division by zero"),
        ("def f(:", "SyntaxError"),
        ("raise SystemExit(2)", "left with status 2"),
        ("raise SystemExit('why')", "left with status 1"),
        ("raise KeyboardInterrupt", "KeyboardInterrupt"),
        ("exit(2)", "left with status 2"),
        ("import os; os._exit(3)", "left with status 3"),
        ("import os; os.kill(os.getpid(), 11)", "killed by SIGSEGV"),
        ("import os; os.kill(os.getpid(), 9)", "PermissionError"),
        ("def f(): f()\nf()", "RecursionError"),
        ("input()", "EOFError"),
        ("import ctypes; ctypes.string_at(0)", "killed by SIGSEGV"),
        ("x = '\ud800'", "UnicodeEncodeError"),
        ("x = '\0'", "null bytes"),
        ("class E(Exception):\n    def __str__(self): raise ValueError\nraise E", "cannot be printed"),
        ("raise Exception('x' * 10**6)", "Exception: xxx"),
        ("import os\nif os.fork() == 0: pass\nelse:\n    os.wait()\n    assert False, 'parent'", "AssertionError: parent"),
    ],
)
def test_failure_has_a_reason(worker: Worker, text: str, detail: str) -> None:
    execution = worker.run(program(text))
    assert execution.outcome == "failed"
    assert detail in execution.detail
    assert len(execution.detail) <= 400


ASSERTIONS = {
    "on one line": ("    assert candidate(1) == 1\n    assert candidate(2) == 5, 'two'", "two; assert candidate(2) == 5, 'two'"),
    "in a loop": ("    for x, y in ((1, 1), (2, 5)):\n        assert candidate(x) == y", "assert candidate(x) == y with x=2, y=5"),
    "in a helper": (
        "    for x, y in [[(1,), 1], [(2,), '5' * 50]]:\n        same(candidate(*x), y)",
        "same(candidate(*x), y) with x=(2,), y='" + "5" * 40 + "'...",
    ),
    "in a part of the check": ("    part(candidate)", "assert f(7) == 0"),
    "of what the program answered": ("    found = candidate(10**80)\n    assert found == 1", "assert found == 1 with found=a large integer"),
    "of many parts": (
        "    found = [candidate(n) for n in range(9)]\n    assert found == {1: [2]}",
        "assert found == {1: [2]} with found=[0, 1, 2, 3, 4, 5, ...]",
    ),
}


@pytest.mark.parametrize("name", ASSERTIONS)
def test_verdict_names_the_assertion_that_failed(worker: Worker, name: str) -> None:
    check, expected = ASSERTIONS[name]
    tests = f"def same(a, b):\n    assert a == b\ndef part(f):\n    assert f(7) == 0\ndef check(candidate):\n{check}\n"
    execution = worker.run(FunctionTests("def f(x): return x", tests, "f", 2, 512))
    assert (execution.outcome, execution.detail) == ("failed", f"AssertionError: {expected}")


@pytest.mark.parametrize("text", ["raise SystemExit(0)", "import os; os._exit(0)", "import sys; sys.exit()"])
def test_exit_with_status_0_passes_for_scripts_only(worker: Worker, text: str) -> None:
    assert worker.run(program(text)).outcome == "passed"
    assert worker.run(function(text, "pass")).outcome == "failed"
    assert worker.run(function(f"def f():\n    {text}", "candidate()")).outcome == "failed"


def test_script_is_main_module_and_function_is_not(worker: Worker) -> None:
    assert worker.run(program("if __name__ == '__main__': raise Exception")).outcome == "failed"
    text = "if __name__ == '__main__': raise Exception\ndef f(): return __name__"
    assert worker.run(function(text, "candidate()")).outcome == "passed"


@pytest.mark.parametrize(
    "text",
    [
        "print(2 * int(input()))",
        "import sys\nsys.stdout.write(str(2 * int(sys.stdin.read())) + '\\n')",
        "import os\nos.write(1, b'%d\\n' % (2 * int(os.read(0, 99))))",
        "import atexit, io\nout = io.StringIO()\natexit.register(lambda: print(out.getvalue(), end=''))\nprint(2 * int(open(0).readline()), file=out)",
        "import sys, threading\nsys.setrecursionlimit(10**6)\nthreading.stack_size(1 << 26)\nthreading.Thread(target=lambda: print(2 * int(input()))).start()",
        "import sys\nprint(2 * int(sys.stdin.buffer.readline()))\nsys.exit()",
    ],
)
def test_script_input_and_output(worker: Worker, text: str) -> None:
    assert worker.run(Script(text, "21\n", 2, 512)) == Execution("passed", "", pytest.approx(0, abs=1), "42\n")


def test_output_of_failed_script_is_kept(worker: Worker) -> None:
    execution = worker.run(Script("print('é', flush=True)\n1/0", "", 2, 512))
    assert (execution.outcome, execution.detail, execution.output) == ("failed", "ZeroDivisionError: division by zero", "é\n")


def test_exit_fails_under_tests_that_catch_everything(worker: Worker) -> None:
    check = "try: candidate()\n    except BaseException: pass"
    assert worker.run(function("def f(): 1/0", check)).outcome == "passed"
    for text in (
        "import os\ndef f(): os._exit(0)",
        "def f(): raise SystemExit",
        "import os\ndef f():\n    os.closerange(3, 99)\n    while True: pass",
    ):
        assert worker.run(function(text, check)).outcome in ("failed", "timeout")


def test_globals_of_tests_are_new_for_each_program(worker: Worker) -> None:
    """Tests that change their own globals begin anew for each program, though their process stays."""
    tests = "cases = [1]\ndef check(candidate):\n    cases.append(2)\n    assert candidate(cases) == 2\n"
    for _ in range(3):
        assert worker.run(FunctionTests("def f(x):\n    x.append(3)\n    return len(x) - 1", tests, "f", 2, 512)).outcome == "passed"


def test_helpers_are_those_of_the_prompt(worker: Worker) -> None:
    tests = "def double(x):\n    return 2 * x\ndef check(candidate):\n    assert candidate(2) == double(2) == f(2) == 4\n"
    assert worker.run(FunctionTests("def double(x):\n    return 5\ndef f(x):\n    return 4", tests, "f", 2, 512)).outcome == "passed"


def test_same_tests_with_another_entry_point(worker: Worker) -> None:
    text = "def f():\n    return 1\ndef g():\n    return 2"
    found = [worker.run(FunctionTests(text, "def check(candidate):\n    assert candidate() == 1\n", name, 2, 512)).outcome for name in "fgf"]
    assert found == ["passed", "failed", "passed"]


@pytest.mark.parametrize(("tests", "said"), [("def check(:", "SyntaxError"), ("1/0", "ZeroDivisionError"), ("x = 1", "no function `check`")])
def test_broken_tests_are_infrastructure_error(sandbox: Sandbox, tests: str, said: str) -> None:
    good = function("def f(): return 1", "assert candidate() == 1")
    executions = dict(run_programs([FunctionTests("def f(): pass", tests, "f", 2, 512), good], 1, sandbox))
    assert executions[0].outcome == "infrastructure_error"
    assert said in executions[0].detail
    assert executions[1].outcome == "passed"


def test_symlink_in_read_only_folder_passes() -> None:
    ((_, execution),) = run_programs([program("import os\nos.mkdir('a'); os.symlink('/usr', 'a/link'); os.chmod('a', 0o500)")], workers=1)
    assert (execution.outcome, execution.detail) == ("passed", "")
