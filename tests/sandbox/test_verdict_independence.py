"""A verdict depends on its program alone: not on what ran before, on the number of workers, or on company."""

import random
from collections.abc import Iterator

import pytest

import monkeys.sandbox
from monkeys.sandbox import Execution, FunctionTests, Sandbox, Script, Worker, run_programs

Step = FunctionTests | Script


def function(text: str, check: str, memory_mb: int = 512) -> FunctionTests:
    return FunctionTests(text, f"def check(candidate):\n    {check}\n", "f", 2, memory_mb)


@pytest.fixture(scope="module")
def worker(sandbox: Sandbox) -> Iterator[Worker]:
    """With less memory for the tests than what they are sent amounts to."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(monkeys.sandbox, "TESTS_MEMORY_MB", MEMORY_MB)
        worker = Worker(sandbox)
        yield worker
        worker.close()


SIZE = 10_000_000
MEMORY_MB = 128
SELF_CONTAINING = {
    "dict of two keys": f"def f(n):\n    d = {{'n': n}}\n    d['value'] = bytes({SIZE})\n    d[True] = d\n    del d['n']\n    d['n'] = n\n    return d\n",
    "two keys": f"def f(n):\n    d = {{'n': n, 'value': bytes({SIZE})}}\n    d['n'] = n\n    d['value'] = [d['value'], d]\n    return d\n",
    "dict": f"def f(n):\n    d = {{'n': n, 'value': bytes({SIZE})}}\n    d['self'] = d\n    return d\n",
    "list in a dict": f"def f(n):\n    a = [bytes({SIZE})]; a.append(a)\n    return {{'n': n, 'a': a}}\n",
    "tuple": f"def f(n):\n    a = []; t = (a, bytes({SIZE})); a.append(t)\n    return {{'n': n, 't': t}}\n",
    "derived": f"import collections\ndef f(n):\n    d = collections.defaultdict(list); d['n'] = n; d['value'] = bytes({SIZE}); d['self'] = d\n    return d\n",
    "derived list": f"class L(list): pass\ndef f(n):\n    a = L([bytes({SIZE})]); a.append((a, a))\n    return {{'n': n, 'a': a}}\n",
    "iterator": f"def f(n):\n    d = {{'n': n, 'value': bytes({SIZE})}}; d['self'] = [d]\n    return iter([d])\n",
}


@pytest.mark.parametrize("name", SELF_CONTAINING)
def test_right_answers_that_hold_themselves_pass_however_often(worker: Worker, name: str) -> None:
    """A dozen calls by one set of tests, and a dozen programs behind each other: 120 MB that only a collection gives back, each time."""
    value = "next(candidate(n))" if name == "iterator" else "candidate(n)"
    once = function(SELF_CONTAINING[name], f"n = 3; assert {value}['n'] == n", MEMORY_MB)
    often = function(SELF_CONTAINING[name], f"for n in range(12): assert {value}['n'] == n", MEMORY_MB)
    for step in [*[once] * 12, *[often] * 3]:
        execution = worker.run(step)
        assert (execution.outcome, execution.detail) == ("passed", "")


def test_a_value_that_holds_itself_arrives_as_it_is(worker: Worker) -> None:
    text = "def f(n):\n    a = [n]; a.append(a)\n    return a\ndef g(a):\n    return a[1] is a\n"
    assert worker.run(function(text, "a = candidate(3); assert a[0] == 3 and a[1] is a and g(a)")).outcome == "passed"
    derived = "import collections\ndef f():\n    d = collections.OrderedDict(); d[1] = d\n    return d\n"
    assert worker.run(function(derived, "d = candidate(); assert type(d) is dict and d[1] is d")).outcome == "passed"
    objects = "class N: pass\ndef f():\n    return N()\ndef g(a):\n    return a[0] is a and type(a[1]) is N\n"
    assert worker.run(function(objects, "a = []; a.append(a); a.append(candidate()); assert g(a)")).outcome == "passed"


FORGED = [
    "{'value': 4, True: 2}",  # two keys: once taken for a pair
    "['value', 4]",
    "{'value', 4}",
    "('value', 4, 4)",
    "('other', 4)",
    "(b'value', 4)",
    "('range', [0, 4, 1])",
    "('range', (0, 4, True))",
    "('range', (0, 4, 0))",
    "('iterator', {4: 4})",
    "('iterator', (4,))",
    "('object', True)",
    "('object', (4,))",
    "('error', 'ab')",
    "('error', {'ValueError': 1, 'x': 2})",
    "('error', ['ValueError', 'x'])",
]


@pytest.mark.parametrize("answer", FORGED)
def test_an_answer_of_other_types_is_none(worker: Worker, answer: str) -> None:
    """Written by a program past what calls its function, to the connection that it finds."""
    text = (
        "import marshal, os, socket, struct\n"
        f"data = marshal.dumps({answer})\n"
        "def f():\n"
        "    for fd in range(3, 64):\n"
        "        try: s = socket.socket(fileno=os.dup(fd)); s.send(struct.pack('>I', len(data)) + data)\n"
        "        except OSError: pass\n"
        "    return 4\n"
    )
    execution = worker.run(function(text, "try: value = candidate()\n    except BaseException: pass\n    assert True"))
    assert (execution.outcome, execution.detail) == ("failed", "answered with what is no plain value")


def mixed() -> dict[str, Step]:
    """Programs of all outcomes. Several share their tests, so that one process of tests serves them."""
    shared = "assert candidate(2) == 4, candidate(2)"
    big = "assert len(candidate(2)) > 1"
    state = "import math\n    math.seen = getattr(math, 'seen', 0) + 1\n    assert candidate(2) == 4"
    return {
        "right": function("def f(n): return n + 2", shared),
        "wrong": function("def f(n): return n + 3", shared),
        "raises": function("def f(n): raise ValueError(n)", shared),
        "syntax": function("def f(n) return", shared),
        "leaves": function("import os\ndef f(n): os._exit(3)", shared),
        "crashes": function("import os, signal\ndef f(n): os.kill(os.getpid(), signal.SIGSEGV)", shared),
        "loops": function("def f(n):\n    while True: pass", shared),
        "takes memory": function("def f(n): return len([0] * 10**9)", shared),
        "says an address": function("def f(n): raise ValueError(object())", shared),
        "answers with an object": function("def f(n): return object", shared),
        "changes its interpreter": function("import builtins, sys\nbuiltins.len = None\nsys.setrecursionlimit(50)\ndef f(n): return n + 2", shared),
        "random": function("import random\nx = random.random()\ndef f(n): return 4 if 0.8444 < x < 0.8445 else x", shared),
        "random tests": function("def f(n): return 4", "import random\n    assert 0.8444 < random.random() < 0.8445"),
        "random tests, wrong": function("def f(n): return candidate", "import random\n    random.random()\n    assert candidate(2) == 4"),
        "many empty dicts": function("def f(n): return [{} for _ in range(10**6)]", big),
        "one large text": function("def f(n): return 'x' * 10**7", big),
        "large, wrong": function("def f(n): return [10**7 * 'x']", big),
        "large, holds itself": function(f"def f(n):\n    d = {{1: bytes({SIZE})}}; d[2] = d\n    return d", big),
        "large, two keys": function(f"def f(n):\n    d = {{'value': bytes({SIZE})}}; d[True] = d\n    return d", big),
        "tests with a state": function("def f(n): return 4", state),
        "tests with a state, wrong": function("def f(n): return 5", state),
        "reads": Script("print(int(input()) + 1)", "41", 2, 512),
        "writes files": Script("import os\nprint(os.listdir('.'), os.listdir('/tmp'))\nopen('/tmp/left', 'w').write('x')", "", 2, 512),
        "fails": Script("import sys\nprint('x')\nsys.exit(4)", "", 2, 512),
        "writes without end": Script("while True: print('x' * 10**6)", "", 2, 512),
        "leaves a child": Script("import os, time\nif os.fork() == 0: time.sleep(100)", "", 2, 512),
    }


def verdicts(steps: dict[str, Step], names: list[str], workers: int, sandbox: Sandbox) -> list[tuple[str, tuple[str, str, str]]]:
    def brief(execution: Execution) -> tuple[str, str, str]:
        return execution.outcome, execution.detail, execution.output[:1000]

    found = {position: brief(execution) for position, execution in run_programs([steps[name] for name in names], workers, sandbox)}
    return [(name, found[position]) for position, name in enumerate(names)]


@pytest.mark.full
def test_verdicts_do_not_depend_on_order_workers_or_company(sandbox: Sandbox) -> None:
    steps = mixed()
    alone = dict(pair for name in steps for pair in verdicts(steps, [name], 1, sandbox))
    assert {outcome for outcome, _, _ in alone.values()} == {"passed", "failed", "timeout", "memory"}
    shuffle = random.Random(20241126).sample
    quick = [name for name in steps if alone[name][0] != "timeout"]
    for workers, names in ((1, shuffle(list(steps), len(steps))), (4, shuffle(quick * 3, 3 * len(quick)))):
        assert {name: verdict for name, verdict in verdicts(steps, names, workers, sandbox) if verdict != alone[name]} == {}


def test_a_detail_has_no_addresses(worker: Worker) -> None:
    """They differ from worker to worker; other numbers stay."""
    shown = function("def f(): raise ValueError(object(), '0x7f')", "candidate()")
    assert worker.run(shown).detail == "ValueError: (<object object at 0x...>, '0x7f')"
    assert (
        worker.run(function("def f(): return object()", "assert candidate() == 1, candidate()")).detail
        == "AssertionError: <an object of the program>; assert candidate() == 1, candidate()"
    )
