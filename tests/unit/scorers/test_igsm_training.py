"""Solutions of iGSM for the embedded reward model: labels by construction, through the interface that arithmetic has."""

from itertools import islice

import pytest

from monkeys.benchmarks.igsm import BENCHMARK
from monkeys.errors import InputError
from monkeys.formats.equations import steps
from monkeys.scorers.reward_model import TRAINED_ON, complete_training
from monkeys.training import igsm_solutions, solutions


def test_written_solutions_are_a_right_and_a_spoilt_one_of_each_problem() -> None:
    problems = igsm_solutions.training_problems(0, 0, 60, 4)
    found = igsm_solutions.written(problems, 0)
    assert len(found) == 120
    for right, wrong in zip(found[::2], found[1::2], strict=True):
        assert right.right_course
        assert right.right_answer
        assert all(right.labels)
        assert not wrong.right_course
        assert not wrong.labels[-1]
        for one in (right, wrong):
            assert one.ends == tuple(end for _, end in steps(one.text))
            assert len(one.labels) == len(one.ends)
            assert not one.own
    assert found == igsm_solutions.written(problems, 0)


def test_a_models_own_text_has_a_label_for_each_line() -> None:
    ((prompt, problem),) = igsm_solutions.training_problems(0, 3, 4, 4)
    found = igsm_solutions.labelled(prompt, problem, "Let us see. Define that. Define this as x.\n\nThe answer is 5.\n", own=True)
    assert len(found.labels) == len(found.ends) == 2
    assert found.answer == "5"
    assert found.own


def test_training_problems_are_none_of_a_study() -> None:
    asked = {prompt.messages[-1]["content"] for prompt, _ in islice(BENCHMARK.problems([], BENCHMARK.options), 400)}
    assert not asked & {prompt.messages[-1]["content"] for prompt, _ in igsm_solutions.training_problems(0, 0, 400, 4)}


def test_both_sources_have_the_same_functions() -> None:
    for name in ("training_problems", "labelled", "written"):
        assert callable(getattr(solutions, name))
        assert callable(getattr(igsm_solutions, name))
    assert TRAINED_ON == ("arithmetic", "igsm")


def test_an_unknown_benchmark_of_training_is_named() -> None:
    with pytest.raises(InputError, match=r"train\.benchmark is 'gsm8k', but must be one of arithmetic, igsm"):
        complete_training({"model": "m", "benchmark": "gsm8k"}, "process")
