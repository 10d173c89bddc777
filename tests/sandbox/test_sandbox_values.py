"""Which values cross between a program and its tests, and as what."""

from typing import Any

import pytest
from sandbox_programs import function

from monkeys.sandbox import Worker
from monkeys.sandbox.inside.values import OTHER, SHARED, TREE, is_cyclic, shape

PLAIN = "[None, True, 1, 2.5, 1j, 's', b'b', (1, 2), [3], {4}, frozenset({5}), {'k': [6]}, float('inf'), 10**40, '\\ud800']"


def test_plain_values_cross_in_both_directions(worker: Worker) -> None:
    execution = worker.run(function("def f(*a, **k): return a, k", f"assert candidate({PLAIN}, x=1) == (({PLAIN},), {{'x': 1}})"))
    assert (execution.outcome, execution.detail) == ("passed", "")


@pytest.mark.parametrize(
    ("value", "equal"),
    [
        ("__import__('collections').OrderedDict(a=1)", "{'a': 1}"),
        ("__import__('collections').Counter('aab')", "{'a': 2, 'b': 1}"),
        ("__import__('collections').namedtuple('P', 'x y')(1, 2)", "(1, 2)"),
        ("__import__('enum').IntEnum('E', 'one')['one']", "1"),
        ("type('S', (str,), {})('text')", "'text'"),
        ("[type('L', (list,), {})([1, type('I', (int,), {})(2)])]", "[[1, 2]]"),
        ("bytearray(b'abc')", "b'abc'"),
        ("range(3)", "range(3)"),
    ],
)
def test_derived_types_become_built_in_types(worker: Worker, value: str, equal: str) -> None:
    execution = worker.run(function(f"def f(): return {value}", f"r = candidate(); assert r == {equal} and type(r) is type({equal})"))
    assert (execution.outcome, execution.detail) == ("passed", "")


def test_iterator_can_be_consumed_and_equals_nothing(worker: Worker) -> None:
    text = "def f(): return (n * n for n in range(4))"
    assert worker.run(function(text, "assert list(candidate()) == [0, 1, 4, 9]")).outcome == "passed"
    assert worker.run(function(text, "assert candidate() == [0, 1, 4, 9]")).outcome == "failed"


@pytest.mark.parametrize(
    "value", ["object()", "lambda: 1", "type('A', (), {'__eq__': lambda a, b: True})()", "f", "len.__call__", "[print]", "{1: ...}"]
)
def test_other_objects_are_tokens(worker: Worker, value: str) -> None:
    """The tests hold something that is true and equal to nothing; they can hand it back."""
    text = (
        f"def f(*given): return given[0] is kept if given else kept\nkept = {value}"
        if value != "f"
        else "def f(*given): return given[0] is f if given else f"
    )
    execution = worker.run(function(text, "r = candidate(); assert r and r != 1 and not (r == 1) and candidate(r) is True"))
    assert (execution.outcome, execution.detail) == ("passed", "")
    for comparison in ("== 1", "== []", "== candidate()", "in [1, 2]", "> 1"):
        assert worker.run(function(text, f"assert candidate() {comparison}")).outcome == "failed"


def test_tests_use_classes_of_the_program(worker: Worker) -> None:
    text = "class Node:\n    def __init__(self, v): self.v, self.next = v, None\ndef f(n):\n    return n.v + (f(n.next) if n.next else 0)"
    check = "a = Node(1); a.next = Node(2); a.next.next = Node(4); assert candidate(a) == 7 and a.next.v == 2"
    execution = worker.run(function(text, check))
    assert (execution.outcome, execution.detail) == ("passed", "")


@pytest.mark.parametrize("error", ["ValueError", "KeyError", "IndexError", "ZeroDivisionError", "UnicodeError", "StopIteration", "OSError"])
def test_exceptions_cross_as_their_built_in_class(worker: Worker, error: str) -> None:
    check = f"try: candidate()\n    except {error} as e: assert 'why' in str(e)\n    else: assert False"
    for text in (f"def f(): raise {error}('why')", f"class E({error}): pass\ndef f(): raise E('why')"):
        execution = worker.run(function(text, check))
        assert (execution.outcome, execution.detail) == ("passed", "")


def test_cyclic_values_are_told_from_shared_ones() -> None:
    shared: list[Any] = [1]
    itself: list[Any] = []
    itself.append([(itself,)])
    by_value: dict[str, Any] = {}
    by_value["x"] = {"y": [by_value]}
    behind_others: list[Any] = [[], (), {}]
    behind_others += [[behind_others]] * 3
    assert [is_cyclic(value) for value in (1, shared, [shared, shared], {"a": shared, "b": [shared]}, [()] * 1000)] == [False] * 5
    assert [is_cyclic(value) for value in (itself, by_value, behind_others)] == [True] * 3
    assert [shape(value) for value in (1, shared, [shared, shared], itself, [object()])] == [TREE, TREE, SHARED, SHARED, OTHER]
