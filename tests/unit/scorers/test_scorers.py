"""Scorers that need no model: found by name, checked, and computed as their papers say."""

import math
import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from monkeys.engines.confidences import confidences
from monkeys.errors import InputError
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample
from monkeys.records.score import Score, check_score, significant
from monkeys.scorers import Settings, Task, batches, complete, load_scorer, scorer_names
from monkeys.scorers.deepconf import trace_confidence
from monkeys.scorers.reward_model import activated, step_ends
from monkeys.scorers.yes_no import YesNo
from monkeys.statistics.aggregation import WAYS, aggregate

PROMPT = Prompt("p", "What?", [{"role": "user", "content": "What?"}])


def score(kind: str, samples: list[Sample], provenance: dict[str, str] | None = None, **options: Any) -> list[float | None]:
    entry = complete("mine", {"kind": kind, **options})
    scorer = load_scorer(kind).open_scorer(Settings(entry, provenance=provenance or {}), Progress("test"))
    scores = scorer.score([Task(PROMPT, samples)])
    assert [(one.problem_id, one.sample_index) for one in scores] == [(s.problem_id, s.sample_index) for s in samples]
    return [one.score for one in scores]


def sample(index: int = 0, **fields: Any) -> Sample:
    return Sample("p", index, 0, fields.pop("text", "some text"), **fields)


def test_scorers_are_found_by_the_names_of_their_files() -> None:
    assert set(scorer_names()) >= {
        "log_likelihood",
        "self_certainty",
        "deepconf",
        "yes_no",
        "reward_model",
        "length",
        "generated_tests",
        "recorded",
    }
    for name in scorer_names():
        module = load_scorer(name)
        assert module.NEEDS in ("", "weights", "file", "weights or file, sandbox") and isinstance(dict(module.OPTIONS), dict)


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        (
            {"kind": "log_likelyhood"},
            "config key scorers.mine.kind: there is no scorer of the kind 'log_likelyhood' (did you mean 'log_likelihood'?)",
        ),
        ({}, "config key scorers.mine has no kind"),
        (
            {"kind": "length", "prefers": "short"},
            "config key scorers.mine.prefers is not a key of a scorer of the kind length (did you mean 'prefer'?)",
        ),
        ({"kind": "length", "weights": "x"}, "config key scorers.mine.weights is not a key of a scorer of the kind length"),
        ({"kind": "length", "prefer": "neither"}, "config key scorers.mine.prefer is 'neither', but must be one of short, long"),
        ({"kind": "log_likelihood", "reduce": "max"}, "config key scorers.mine.reduce is 'max', but must be one of mean, sum"),
        ({"kind": "deepconf", "window": 0}, "config key scorers.mine.window is 0"),
        ({"kind": "deepconf", "share": 1.5}, "config key scorers.mine.share is 1.5"),
        ({"kind": "yes_no"}, "config key scorers.mine.weights is missing"),
        ({"kind": "yes_no", "weights": "w", "question": "Is it right?"}, "config key scorers.mine.question must be a text with {answer} in it"),
        ({"kind": "reward_model"}, "config key scorers.mine.weights is missing"),
        ({"kind": "reward_model", "weights": "w", "aggregate": "sum"}, "config key scorers.mine.aggregate is 'sum'"),
        ({"kind": "reward_model", "weights": "w", "level": "process", "activation": "none"}, "aggregate is product, which is of probabilities"),
        ({"kind": "reward_model", "weights": "w", "train": {"model": "m"}}, "weights or train must be given, and not both"),
        ({"kind": "reward_model", "train": {"model": "m", "problem": 5}}, "train.problem is not a key of training (did you mean 'problems'?)"),
        ({"kind": "reward_model", "train": {"model": "m", "problems": 5}}, "train.problems is 5, but must be a whole number from 10"),
        ({"kind": "reward_model", "train": {}}, "train.model is missing"),
        ({"kind": "generated_tests"}, "tests and weights must not both be given or both be missing"),
        ({"kind": "generated_tests", "weights": "w", "method": "majority"}, "config key scorers.mine.method is 'majority'"),
        ({"kind": "recorded"}, "config key scorers.mine.files must say for each benchmark and model where their scores are"),
    ],
)
def test_impossible_entry_is_refused_by_its_key(entry: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError) as error:
        complete("mine", entry)
    assert message in str(error.value) and "\n" not in str(error.value)


def test_log_likelihood_is_the_sum_or_the_mean_of_a_token() -> None:
    samples = [sample(0, output_tokens=4, cumulative_logprob=-2.0), sample(1, output_tokens=0, cumulative_logprob=0.0)]
    assert score("log_likelihood", samples) == [-0.5, None]
    assert score("log_likelihood", samples, reduce="sum") == [-2.0, 0.0]


def test_log_likelihood_without_log_probabilities_says_how_to_get_them() -> None:
    with pytest.raises(InputError, match=r"sample 3 of p has no cumulative_logprob.*set sampling\.logprobs of the benchmark to 0"):
        score("log_likelihood", [sample(3, output_tokens=4)])
    with pytest.raises(InputError, match="has no output_tokens"):
        score("log_likelihood", [sample(3, cumulative_logprob=-1.0)])
    assert score("log_likelihood", [sample(3, cumulative_logprob=-1.0)], reduce="sum") == [-1.0]


def test_length_prefers_what_it_is_told() -> None:
    samples = [sample(0, text="ab", output_tokens=7), sample(1, text="abc", output_tokens=5)]
    assert score("length", samples) == [-7, -5]
    assert score("length", samples, prefer="long") == [7, 5]
    assert score("length", samples, unit="characters") == [-2, -3]
    with pytest.raises(InputError, match="set its unit to characters"):
        score("length", [sample()])


class Entry:
    """An entry of vLLM's log-probabilities."""

    def __init__(self, logprob: float, rank: int) -> None:
        self.logprob, self.rank = logprob, rank


def test_confidence_leaves_out_a_drawn_token_that_is_not_among_the_top() -> None:
    place = {5: Entry(-0.5, 1), 6: Entry(-1.5, 2), 9: Entry(-7.0, 40)}
    assert confidences([place], [9], 2) == [1.0]
    assert confidences([place], [9], -1) == [3.0]
    assert confidences(None, [9], 2) is None and confidences([], [], 2) == []


def test_self_certainty_is_the_divergence_from_the_uniform_distribution() -> None:
    rng = np.random.default_rng(0)
    vocabulary = 50
    distributions = rng.dirichlet(np.full(vocabulary, 0.3), size=6)
    recorded = [confidences([{t: Entry(float(np.log(p)), 1) for t, p in enumerate(row)}], [0], -1)[0] for row in distributions]  # type: ignore[index]
    expected = float(np.mean([-np.log(vocabulary * row).mean() for row in distributions]))
    found = score("self_certainty", [sample(confidences=recorded)], {"confidence_top": "-1", "vocabulary": str(vocabulary)})
    assert found == [pytest.approx(expected, abs=1e-3)]


@pytest.mark.parametrize(("provenance", "has"), [({}, "samples have none"), ({"confidence_top": "20", "vocabulary": "50"}, "the likeliest 20")])
def test_self_certainty_needs_the_whole_vocabulary(provenance: dict[str, str], has: str) -> None:
    with pytest.raises(InputError, match=rf"{has}; set sampling\.logprobs of the benchmark to -1"):
        score("self_certainty", [sample(confidences=[1.0])], provenance)


def test_deepconf_reduces_as_the_paper_says() -> None:
    draws = random.Random(1)
    values = [draws.uniform(1, 9) for _ in range(37)]
    windows = [sum(values[start : start + 10]) / 10 for start in range(28)]
    expected = {"mean": sum(values) / 37, "tail": sum(values[-10:]) / 10, "lowest": min(windows), "bottom": sum(sorted(windows)[:2]) / 2}
    for reduce, value in expected.items():
        assert trace_confidence(values, reduce, 10, 0.1) == pytest.approx(value, rel=1e-12)
        assert trace_confidence(values, reduce, 1000, 0.1) == pytest.approx(expected["mean"], rel=1e-12)
        assert trace_confidence([], reduce, 10, 0.1) is None


def test_deepconf_without_confidences_says_how_to_get_them() -> None:
    with pytest.raises(InputError, match=r"has no confidences.*set sampling\.logprobs of the benchmark to 20"):
        score("deepconf", [sample()])


def test_deepconfs_bottom_is_rounded_down_to_one_window_at_least() -> None:
    # Windows of one token: the lowest of three are 1 and 2; a share of 0.9 is two of them, one of 0.1 one.
    assert trace_confidence([3.0, 1.0, 2.0], "bottom", 1, 0.9) == 1.5
    assert trace_confidence([3.0, 1.0, 2.0], "bottom", 1, 0.1) == 1.0


@pytest.mark.parametrize(
    ("task", "same"),
    [
        (Task(PROMPT, [sample(output_tokens=4)]), True),
        (Task(replace(PROMPT, prompt="Why?"), [sample(output_tokens=4)]), False),
        (Task(replace(PROMPT, messages=[{"role": "user", "content": "Why?"}]), [sample(output_tokens=4)]), False),
        (Task(replace(PROMPT, stop=["END"]), [sample(output_tokens=4)]), False),
        (Task(PROMPT, [sample(output_tokens=4, text="other")]), False),
        (Task(PROMPT, [sample(output_tokens=5)]), False),
        (Task(PROMPT, [sample(output_tokens=4, cumulative_logprob=-1.0)]), False),
        (Task(PROMPT, [sample(output_tokens=4, confidences=[1.0])]), False),
        (Task(PROMPT, [sample(1, output_tokens=4)]), False),
    ],
)
def test_scores_of_a_killed_job_hold_for_all_that_a_scorer_sees(task: Task, same: bool) -> None:
    assert (task.digest == Task(PROMPT, [sample(output_tokens=4)]).digest) is same


def test_reasoning_is_cut_off_as_the_model_was_asked() -> None:
    text = "<think>Five.</think>Six."
    assert Settings({}, "chat").answer(text) == "Six." and Settings({}, "completion").answer(text) == text
    assert Settings({}, "completion", reasoning_marks=(("<think>", "</think>"),)).answer(text) == "Six."
    assert Settings({}, "chat", reasoning_marks=()).answer(text) == text
    # The template has opened it already.
    assert Settings({}, "chat", reasoning_opened=True).answer("Six is right.") is None
    assert Settings({}, "chat").answer("Six is right.") == "Six is right."


@pytest.mark.parametrize(
    ("activation", "label", "expected"),
    [("none", 1, 2.0), ("none", -1, 3.0), ("sigmoid", 0, 0.7311), ("softmax", 2, 0.6652), ("softmax", 0, 0.09003)],
)
def test_a_heads_value_is_that_of_its_label(activation: str, label: int, expected: float) -> None:
    assert activated(np.array([1.0, 2.0, 3.0], dtype=np.float32), activation, label) == expected
    with pytest.raises(InputError, match="label is 3, but the reward model's head has 3 values"):
        activated(np.zeros(3, dtype=np.float32), activation, 3)


def test_a_judge_reads_the_answer_behind_the_reasoning_whatever_braces_it_has() -> None:
    judge = object.__new__(YesNo)
    judge._options = {"question": "{question} says {answer}, and {answer}; is it {so}?"}
    judge._answer = Settings({}, "chat").answer
    asked = judge._prompt(Prompt("p", "", [{"role": "user", "content": "Ada {answer}"}]), "<think>5</think>{question}")
    assert asked.messages == [{"role": "user", "content": "Ada {answer} says {question}, and {question}; is it {so}?"}]
    # A text that is all reasoning is judged as it is.
    assert judge._prompt(Prompt("p", "Bob", []), "<think>5").prompt == "Bob says <think>5, and <think>5; is it {so}?"


def test_aggregations() -> None:
    values = [0.9, 0.5, 0.8]
    assert [aggregate(values, way) for way in WAYS] == [pytest.approx(0.36), 0.5, 0.8, pytest.approx(2.2 / 3)]
    assert all(aggregate([], way) is None for way in WAYS)
    assert aggregate([0.0, 0.5], "product") == 0
    # Hundreds of doubtful steps are still told apart.
    assert 0 < aggregate([0.2] * 400, "product") < aggregate([0.2] * 399, "product")  # type: ignore[operator]
    with pytest.raises(ValueError, match="probabilities"):
        aggregate([1.5], "product")
    with pytest.raises(ValueError, match="no aggregation 'sum'"):
        aggregate(values, "sum")


@pytest.mark.parametrize(
    ("text", "delimiter", "steps"),
    [
        ("one\ntwo\n", "\n", ["one", "one\ntwo"]),
        ("one\n\n\ntwo", "\n", ["one", "one\n\n\ntwo"]),
        ("one\nstill\n\ntwo", "\n\n", ["one\nstill", "one\nstill\n\ntwo"]),
        ("  \n", "\n", []),
        ("", "\n", []),
    ],
)
def test_steps_end_at_delimiters(text: str, delimiter: str, steps: list[str]) -> None:
    assert [text[:end] for end in step_ends(text, delimiter)] == steps


@pytest.mark.parametrize(
    ("one", "message"),
    [
        (Score("p", 0, math.nan), "has the score nan"),
        (Score("p", 0, 1.0, [0.5, math.inf], [1, 2]), "has the score inf"),
        (Score("p", 0, 1.0, [0.5], [1, 2]), "has 1 step_scores but 2 step_ends"),
        (Score("p", 0, 1.0, [0.5, 0.5], [3, 3]), "step_ends that do not grow"),
    ],
)
def test_score_that_is_none_is_refused(one: Score, message: str) -> None:
    with pytest.raises(InputError, match=message):
        check_score(one, "sample 0 of p")


def test_batches_hold_whole_problems_and_depend_on_the_shard_alone() -> None:
    tasks = [Task(Prompt(f"p{number}", "", []), [sample(index) for index in range(10)]) for number in range(15)]
    cut = list(batches(tasks, 32))
    assert [len(batch) for batch in cut] == [4, 4, 4, 3] and [task for batch in cut for task in batch] == tasks
    assert list(batches([])) == []


def test_significant_digits() -> None:
    assert [significant(value) for value in (0.123456, 1234567.0, -0.00012345678, 0.0)] == [0.1235, 1235000.0, -0.0001235, 0.0]
