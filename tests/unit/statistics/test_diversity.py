import json
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from itertools import combinations
from math import comb
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd
import pytest

import measure_diversity
from monkeys.errors import InputError
from monkeys.figures import FORMATS, Style
from monkeys.figures.diversity import draw_diversity
from monkeys.records.sample import Sample, write_samples
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.shards import Cut
from monkeys.statistics.diversity import (
    FLAT,
    REPEATING,
    collision_chance,
    distinct_share,
    effective_number,
    expected_distinct,
    multiplicities,
    saturation,
    unseen_mass,
)

STYLE = Style(("#0072B2", "#D55E00"), 4.8, 3.4)


def exact(m: list[int], n: int, k: int) -> float:
    return float(sum(1 - Fraction(comb(n - one, k), comb(n, k)) for one in m))


@pytest.mark.parametrize("values", ["a", "aa", "ab", "aab", "aabbc", "aaaabc", "abcdef", "aaabbbcd"])
def test_rarefaction_is_the_mean_over_all_subsets(values: str) -> None:
    m = list(Counter(values).values())
    ks = range(1, len(values) + 1)
    means = [np.mean([len(set(subset)) for subset in combinations(values, k)]) for k in ks]
    assert expected_distinct(m, ks) == pytest.approx(means, abs=1e-14)


def test_samples_without_a_value_are_drawn_and_never_distinct() -> None:
    values = ["a", "a", "b", None, None, None]
    means = [np.mean([len(set(subset) - {None}) for subset in combinations(values, k)]) for k in range(1, 7)]
    assert expected_distinct([2, 1], range(1, 7), samples=6) == pytest.approx(means, abs=1e-14)
    assert expected_distinct([], [1, 6], samples=6).tolist() == [0, 0]


@pytest.mark.parametrize("m", [[1] * 100_000, [100_000], [99_999, 1], [50_000, 25_000, *[5] * 4000, *[1] * 5000], [*range(1, 447), 319]])
def test_rarefaction_is_exact_with_a_hundred_thousand_samples(m: list[int]) -> None:
    n, ks = sum(m), [1, 2, 10, 1000, 50_000, 99_990, 99_999, 100_000]
    assert n == 100_000
    found = expected_distinct(m, ks)
    assert found[0] == pytest.approx(1, abs=1e-12)
    assert found[1] == pytest.approx(float(2 - Fraction(sum(one * (one - 1) for one in m), n * (n - 1))), rel=1e-12)
    assert found[-2] == pytest.approx(len(m) - m.count(1) / n, rel=1e-12)
    assert found[-1] == len(m)
    assert (np.diff(found) >= -1e-9).all()
    missed = [Fraction(comb(n - 10, one), comb(n, one)) if one < 1000 else Fraction(comb(n - one, 10), comb(n, 10)) for one in set(m)]
    times = [m.count(one) for one in set(m)]
    assert found[2] == pytest.approx(float(sum(often * (1 - chance) for often, chance in zip(times, missed, strict=True))), rel=1e-11)


def test_more_samples_have_more_distinct_values_and_a_smaller_share() -> None:
    found = expected_distinct([40, 20, 10, 5, 3, 2, *[1] * 20], range(1, 101))
    assert (np.diff(found) > 0).all()
    assert (np.diff(found, 2) < 1e-12).all()
    assert (np.diff(found / np.arange(1, 101)) < 0).all()


def test_k_beyond_the_samples_is_nan() -> None:
    assert np.isnan(expected_distinct([2, 1], [3, 4])).tolist() == [False, True]


@pytest.mark.parametrize(
    ("m", "ks", "n", "said"),
    [([0], [1], None, "at least 1"), ([2], [0], None, "k must be at least 1"), ([2, 2], [1], 3, "3 samples cannot hold 4 values")],
)
def test_invalid_arguments_of_diversity_raise(m: list[int], ks: list[int], n: int | None, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        expected_distinct(m, ks, n)


def test_distinct_share_is_mean_over_problems() -> None:
    assert distinct_share([[4], [1, 1, 1, 1], [2]], [1, 2, 4], 4) == pytest.approx(
        [np.mean([1, 1, 0.5]), np.mean([1 / 2, 1, exact([2], 4, 2) / 2]), np.mean([1 / 4, 1, 1 / 4])]
    )


@pytest.mark.parametrize("m", [[1], [3], [2, 1, 1], [5, 3, 1], [1] * 7])
def test_unseen_mass_is_last_step_of_rarefaction_curve(m: list[int]) -> None:
    before = expected_distinct(m, [sum(m) - 1])[0] if sum(m) > 1 else 0.0
    assert unseen_mass(m) == pytest.approx(len(m) - before, abs=1e-14)


def test_estimates_are_unbiased_for_a_known_population() -> None:
    """Zipf's law on 50 values: 1,500 problems of 30 samples each."""
    p = 1 / np.arange(1, 51)
    p /= p.sum()
    draws = np.random.default_rng(0).multinomial(30, p, size=1500)
    m = [row[row > 0] for row in draws]
    assert np.mean([collision_chance(one) for one in m]) == pytest.approx((p**2).sum(), rel=0.03)
    assert effective_number(m, 30) == pytest.approx(1 / (p**2).sum(), rel=0.03)
    assert np.mean([unseen_mass(one) for one in m]) == pytest.approx((p * (1 - p) ** 29).sum(), rel=0.03)
    fresh = (1 - (1 - p) ** 10).sum()
    assert distinct_share(m, [10], 30)[0] * 10 == pytest.approx(fresh, rel=0.01)


def test_the_effective_number_of_equal_values_and_of_none_twice() -> None:
    assert effective_number([[1000] * 4], 4000) == pytest.approx(4, rel=1e-3)
    assert effective_number([[7]], 7) == 1
    assert effective_number([[1] * 7, [1] * 7], 7) == float("inf")
    assert effective_number([[1] * 7, [7]], 7) == 2
    assert np.isnan(effective_number([[1]], 1)) and np.isnan(unseen_mass([], 0))


def test_multiplicities_are_those_of_each_problem() -> None:
    problems, values = [2, 0, 0, 2, 0, 2, 4], np.array([7, 7, 9, 8, 7, 7, 1], dtype=np.uint64)
    assert [sorted(m.tolist()) for m in multiplicities(problems, values, 6)] == [[1, 2], [], [1, 2], [], [1], []]
    assert [m.tolist() for m in multiplicities([], np.array([], dtype=np.uint64), 2)] == [[], []]


FLAT_CURVE = ([64] * 10, [64] * 5 + [0] * 5)


@pytest.mark.parametrize(
    ("counts", "chances", "kind", "said"),
    [
        (FLAT_CURVE, [0.9] * 5 + [0.02] * 5, "repeats", "because the model repeats itself"),
        (FLAT_CURVE, [0.02] * 5 + [0.9] * 5, "new_but_wrong", "goes on producing new answers, all wrong"),
        (FLAT_CURVE, [0.5] * 5 + [REPEATING] * 5, "repeats", "on the 5 unsolved problems a next sample's answer is new with a chance of 10.0 %"),
        (([64] * 10, [1] * 5 + [0] * 5), [0.02] * 10, "rising", "32 to 64 samples) raised coverage from 25.0 to 50.0 %"),
        (([64] * 10, [64] * 10), [0.02] * 10, "solved", "every problem is solved"),
        (([64] * 10, [0] * 10), [0.02] * 10, "repeats", "32 to 64 samples) left coverage at 0.0 %"),
        (([64] * 10, [0] * 10), [0.2] * 10, "new_but_wrong", "32 to 64 samples) left coverage at 0.0 %"),
        # Half a point is little, and much of one point; and half of all that was left.
        (([64] * 100, [1] + [0] * 99), [0.02] * 100, "rising", "from 0.5 to 1.0 %"),
        (([64] * 100, [64] * 98 + [1, 0]), [0.02] * 100, "rising", "from 98.5 to 99.0 %"),
        (([64] * 100, [64] * 60 + [1] * 3 + [0] * 37), [0.02] * 100, "repeats", "from 61.5 to 63.0 %"),
    ],
)
def test_saturation_distinguishes_flat_and_rising_curves_by_cause(
    counts: tuple[list[int], list[int]], chances: list[float], kind: str, said: str
) -> None:
    found = saturation(*counts, chances, "answer")
    assert found.kind == kind
    assert said in found.sentence
    assert (found.half, found.k, found.unsolved) == (32, 64, sum(c == 0 for c in counts[1]))
    flat = found.coverage - found.coverage_half <= FLAT * min(found.coverage, 1 - found.coverage_half) + 1e-12
    assert flat == (kind != "rising")


def test_saturation_needs_two_samples() -> None:
    with pytest.raises(ValueError, match="1 samples; a doubling needs two"):
        saturation([1, 2], [0, 0], [1, 1], "text")
    with pytest.raises(ValueError, match="equally long"):
        saturation([2, 2], [0, 0], [1], "text")


def run(script: ModuleType, *arguments: object) -> None:
    """Call a script's main in this process: a fresh one would spend seconds with imports."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "argv", [str(script.__file__), *map(str, arguments)])
        script.main()


class Study:
    """Samples and verdicts of a model in two rounds of shards, with their counts."""

    def __init__(self, folder: Path, texts: dict[str, list[str]], answers: dict[str, list[str | None]] | None, right: str) -> None:
        self.folder = folder
        self.samples = len(next(iter(texts.values())))
        self.half = self.samples // 2
        self.cut = Cut(len(texts), len(texts), self.samples, self.half)
        rows = {}
        for part in range(2):
            indices = range(part * self.half, (part + 1) * self.half)
            write_samples(folder / f"samples/0000-000{part}.parquet", (Sample(p, i, None, texts[p][i]) for p in texts for i in indices), {})
            verdicts = []
            for p in texts:
                for i in indices:
                    answer = None if answers is None else answers[p][i]
                    passed = right == (texts[p][i] if answers is None else answer)
                    verdicts.append(Verdict(p, i, "passed" if passed else "no_answer" if answer is None and answers else "failed", answer))
                    rows[p] = rows.get(p, 0) + passed
            write_verdicts(folder / f"verdicts/0000-000{part}-0000.parquet", verdicts)
        pd.DataFrame({"problem_id": list(rows), "n": self.samples, "c": list(rows.values())}).to_csv(folder / "counts.csv", index=False)

    def measure(self, samples: int | None = None) -> None:
        folder, outputs = self.folder, ("--output-json", self.folder / "diversity.json", "--output-csv", self.folder / "diversity.csv")
        inputs = ("--pair", folder, "--counts", folder / "counts.csv")
        run(measure_diversity, *inputs, "--cut", replace(self.cut, samples=samples or self.samples).written(), *outputs)

    def found(self) -> tuple[dict[str, Any], pd.DataFrame]:
        self.measure()
        return json.loads((self.folder / "diversity.json").read_text()), pd.read_csv(self.folder / "diversity.csv")


def test_the_script_measures_texts_and_answers(tmp_path: Path) -> None:
    texts = {"2": ["x", "x", "y", "z"], "1": ["x", "x", "x", "x"]}
    answers: dict[str, list[str | None]] = {"2": ["7", "7", None, "8"], "1": ["7", "7", "7", "7"]}
    summary, table = Study(tmp_path, texts, answers, right="8").found()
    assert table["k"].tolist() == [1, 2, 3, 4]
    assert table["distinct_texts"].tolist() == pytest.approx([(exact([2, 1, 1], 4, k) + 1) / 2 / k for k in (1, 2, 3, 4)])
    assert table["distinct_answers"].tolist() == pytest.approx([(exact([2, 1], 4, k) + 1) / 2 / k for k in (1, 2, 3, 4)])
    assert summary["texts"] == pytest.approx(
        {
            "distinct_share": 0.5,
            "effective_samples": 2,
            "effective_number": 1 / np.mean([1 / 6, 1]),
            "unseen_mass": 0.25,
            "problems_without_repeats": 0,
        }
    )
    assert summary["answers"]["unseen_mass"] == 0.125
    flat = summary["saturation"]
    assert (flat["unit"], flat["unsolved"], flat["unseen_mass_unsolved"], flat["kind"]) == ("answer", 1, 0, "rising")


def test_programs_have_text_diversity_only(tmp_path: Path) -> None:
    summary, table = Study(tmp_path, {"p": ["a", "b", "c", "d"]}, None, right="none").found()
    assert table["distinct_answers"].isna().all()
    assert table["distinct_texts"].tolist() == [1, 1, 1, 1]
    assert summary["answers"] is None
    assert (summary["texts"]["effective_number"], summary["texts"]["problems_without_repeats"]) == (None, 1)
    assert (summary["saturation"]["unit"], summary["saturation"]["kind"]) == ("text", "new_but_wrong")


def test_a_single_sample_is_always_new_and_has_no_curve(tmp_path: Path) -> None:
    study = Study(tmp_path, {"p": ["a", "b"]}, None, right="a")
    pd.DataFrame({"problem_id": ["p"], "n": 1, "c": 1}).to_csv(tmp_path / "counts.csv", index=False)
    study.measure(samples=1)
    summary = json.loads((tmp_path / "diversity.json").read_text())
    assert (summary["texts"]["distinct_share"], summary["texts"]["effective_number"], "saturation" in summary) == (1, None, False)
    draw_diversity({"m": pd.read_csv(tmp_path / "diversity.csv")}, "One", STYLE, tmp_path / "f")
    assert pd.read_csv(tmp_path / "f.csv")["distinct_texts"].tolist() == [1]


def test_a_study_may_use_the_first_of_its_samples(tmp_path: Path) -> None:
    """Those beyond lie in the same files and count for nothing."""
    study = Study(tmp_path, {"p": ["a", "b", "a", "a"], "q": ["c", "c", "d", "e"]}, {"p": ["1", "2", "1", "1"], "q": ["3", "3", "4", "5"]}, right="1")
    pd.DataFrame({"problem_id": ["p", "q"], "n": 3, "c": [2, 0]}).to_csv(tmp_path / "counts.csv", index=False)
    study.measure(samples=3)
    table = pd.read_csv(tmp_path / "diversity.csv")
    expected = [(exact([2, 1], 3, k) + exact([2, 1], 3, k)) / 2 / k for k in (1, 2, 3)]
    assert table["k"].tolist() == [1, 2, 3]
    assert table["distinct_texts"].tolist() == pytest.approx(expected) and table["distinct_answers"].tolist() == pytest.approx(expected)


def test_problems_may_have_different_numbers_of_samples(tmp_path: Path) -> None:
    """The curve ends with the first problem; each problem's chance of something new is of all its samples."""
    study = Study(tmp_path, {"p": ["a", "b", "a", "a"], "q": ["c", "c", "d", "e"]}, None, right="a")
    pd.DataFrame({"problem_id": ["p", "q"], "n": [4, 3], "c": [3, 0]}).to_csv(tmp_path / "counts.csv", index=False)
    study.measure()
    table, summary = pd.read_csv(tmp_path / "diversity.csv"), json.loads((tmp_path / "diversity.json").read_text())
    assert table["k"].tolist() == [1, 2, 3]
    assert table["distinct_texts"].tolist() == pytest.approx([(exact([3, 1], 4, k) + exact([2, 1], 3, k)) / 2 / k for k in (1, 2, 3)])
    assert summary["texts"]["unseen_mass"] == pytest.approx((1 / 4 + 1 / 3) / 2) and summary["k"] == 3


def test_samples_that_are_not_those_counted_are_refused(tmp_path: Path) -> None:
    study = Study(tmp_path, {"p": ["a", "b", "c", "d"], "q": ["a", "b", "c", "d"]}, None, right="none")
    with pytest.raises(InputError, match=r"problem p has other samples than the 4 that \S+ counts"):
        study.measure(samples=2)
    pd.DataFrame({"problem_id": ["p", "r"], "n": 4, "c": 0}).to_csv(tmp_path / "counts.csv", index=False)
    with pytest.raises(InputError, match=r"problem r has other samples than the 4 that \S+ counts"):
        study.measure()


def test_published_completions_repeat_as_often_as_is_known(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    """CodeGen-16B at temperature 0.8: 164 problems, 100 samples each, of which 12,410 texts are distinct as published."""
    source = shared_data("samples_humaneval/codegen16B_t0.8_n100.jsonl")
    texts = {str(number): json.loads(line)["samples"] for number, line in enumerate(source.read_text().splitlines())}
    assert sum(len(set(samples)) for samples in texts.values()) == 12410
    summary, table = Study(tmp_path, texts, None, right="none").found()
    assert table["k"].iloc[[0, -1]].tolist() == [1, 100]
    assert table["distinct_texts"].iloc[0] == pytest.approx(1, abs=1e-12)
    assert summary["texts"]["distinct_share"] == pytest.approx(12410 / 16400, abs=1e-12)
    assert (np.diff(table["distinct_texts"]) < 0).all()
    once = sum(times == 1 for samples in texts.values() for times in Counter(samples).values())
    assert summary["texts"]["unseen_mass"] == pytest.approx(once / 16400, abs=1e-12)
    # A random half of each problem's samples holds about what is expected of 50.
    half = np.mean([len({samples[i] for i in np.random.default_rng(0).choice(100, 50, replace=False)}) / 50 for samples in texts.values()])
    at_50 = np.interp(np.log(50), np.log(table["k"]), table["distinct_texts"])
    assert at_50 == pytest.approx(half, abs=0.01)

    (tmp_path / "answered.csv").write_text("k,distinct_texts,distinct_answers\n1,1,1\n10,0.8,0.5\n100,0.6,0.2\n")
    curves = {"codegen-16b": pd.read_csv(tmp_path / "diversity.csv"), "other": pd.read_csv(tmp_path / "answered.csv")}
    draw_diversity(curves, "HumanEval", STYLE, tmp_path / "figure")
    assert all((tmp_path / f"figure.{suffix}").stat().st_size > 0 for suffix in FORMATS)
    drawn = pd.read_csv(tmp_path / "figure.csv")
    assert drawn.columns.tolist() == ["model", "k", "distinct_texts", "distinct_answers"]
    pd.testing.assert_frame_equal(drawn[drawn["model"] == "codegen-16b"].drop(columns="model"), table)
    words = (tmp_path / "figure.svg").read_text()
    assert all(word in words for word in ("codegen-16b", "other", "texts", "answers", "distinct among k samples"))
