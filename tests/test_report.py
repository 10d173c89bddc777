import base64
import json
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from monkeys.report import Pair, by_difficulty, law_sentence, read_pair, render, summary, table_rows, time_spent

FITTED = {
    "loss_description": "least squares on log c",
    "a": -7.5994,
    "b": -0.1821,
    "a_interval": [-9.1, -6.6],
    "b_interval": [-0.2, -0.16],
    "error_mean": 0.00521,
    "error_sd": 0.00717,
}
UNFITTED = {"loss_description": "least squares on c", "not_fitted": "coverage is above 0 at 0 different k only"}
CONFIG: dict[str, Any] = {
    "run": "demo <1>",
    "question": "Does it & climb?",
    "analysis": {"bootstrap": 2000, "confidence": 0.95},
    "benchmarks": {name: {"problems": 3, "samples": 30, "sampling": {"temperature": 0.6, "max_tokens": 99}} for name in ("humaneval", "arithmetic")},
}


def pair(model: str = "small", benchmark: str = "humaneval", title: str = "HumanEval") -> Pair:
    ks = range(1, 31)
    coverage = pd.DataFrame(
        {
            "k": ks,
            "pass_at_k": [k / 40 for k in ks],
            "lower": [k / 50 for k in ks],
            "upper": [k / 35 for k in ks],
            "fail_at_k": [1 - k / 40 for k in ks],
        }
    )
    counts = pd.DataFrame(
        {
            "problem_id": ["p/0", "p/1", "p/2"],
            "n": [30, 30, 30],
            "c": [0, 3, 30],
            "no_answer": [1, 0, 0],
            "timeout": [2, 5, 0],
            "memory": [0, 4, 0],
            "difficulty": [1.0, 2.0, 2.0],
        }
    )
    tokens = {
        "samples": 90,
        "prompt_tokens": 1234,
        "output_tokens": 56789,
        "truncated": 7,
        "distinct": 81,
        "provenance": [{"engine": "vllm", "device": "cpu"}],
    }
    return Pair(benchmark, title, model, coverage, counts, {"confidence": 0.95, "laws": [FITTED, UNFITTED]}, tokens)


class Page(HTMLParser):
    """The texts of the cells of a page, row by row, and all of its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.rows: list[list[str]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "img"):
            self.open.append(tag)
        if tag == "tr":
            self.rows.append([])
        if tag in ("td", "th"):
            self.rows[-1].append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data
        if self.open and self.open[-1] in ("td", "th"):
            self.rows[-1][-1] += data


@pytest.fixture
def figure(tmp_path: Path) -> Path:
    path = tmp_path / "coverage.svg"
    path.write_text("<svg>picture</svg>")
    return path


def page(pairs: list[Pair], figure: Path, logs: Path) -> tuple[str, Page]:
    figures = {pair.benchmark: [figure] for pair in pairs}
    html = render(CONFIG, pairs, figures, {"sandbox": "bubblewrap", "version": "0.11.0"}, {"numpy": "2.0"}, logs)
    return html, Page(html)


def test_tables_show_round_k_and_the_last() -> None:
    assert table_rows(pair().coverage)["k"].tolist() == [1, 2, 5, 10, 20, 30]


def test_the_summary_has_a_row_for_each_pair_and_round_k() -> None:
    table = summary([pair("small"), pair("large", "arithmetic")])
    assert list(table.columns) == ["benchmark", "model", "problems", "samples", "k", "pass_at_k", "lower", "upper"]
    assert len(table) == 12
    assert table.iloc[7].tolist() == ["arithmetic", "large", 3, 30, 2, 2 / 40, 2 / 50, 2 / 35]


def test_difficulties_are_counted_apart() -> None:
    rows = [{name: float(value) for name, value in row.items()} for row in by_difficulty(pair())]
    assert rows == [
        {"difficulty": 1, "problems": 1, "passed": 0, "solved": 0},
        {"difficulty": 2, "problems": 2, "passed": pytest.approx(33 / 60), "solved": 1},
    ]


def test_problems_without_difficulty_have_no_such_table() -> None:
    assert by_difficulty(replace(pair(), counts=pair().counts.assign(difficulty=float("nan")))) == []


def test_a_law_is_told_with_its_loss() -> None:
    assert law_sentence(FITTED, 0.95) == (
        "least squares on log c: a = -7.599 [-9.100, -6.600], b = -0.182 [-0.200, -0.160] (95% intervals), mean error 0.0052 ± 0.0072"
    )
    assert law_sentence(UNFITTED, 0.95) == "least squares on c: not fitted, coverage is above 0 at 0 different k only"


def test_time_adds_up_over_shards(tmp_path: Path) -> None:
    folder = tmp_path / "generate_samples" / "humaneval" / "small"
    folder.mkdir(parents=True)
    for number in range(3):
        usage = {"samples": 9, "seconds_loading": 1.5, "seconds_drawing": 10 + number, "output_tokens": 100}
        (folder / f"{number}.usage.json").write_text(json.dumps(usage))
    assert time_spent(tmp_path, "humaneval", "small") == {"seconds_loading": 4.5, "seconds_drawing": 33, "output_tokens": 300}
    assert time_spent(tmp_path, "humaneval", "other") == {"seconds_loading": 0, "seconds_drawing": 0, "output_tokens": 0}


def test_results_are_read_from_what_the_stages_wrote(tmp_path: Path) -> None:
    one = pair()
    one.coverage.to_csv(tmp_path / "coverage.csv", index=False)
    one.counts.to_csv(tmp_path / "counts.csv", index=False)
    (tmp_path / "scaling_laws.json").write_text(json.dumps(one.laws))
    (tmp_path / "tokens.json").write_text(json.dumps(one.tokens))
    found = read_pair(tmp_path, "humaneval", "HumanEval", "small")
    pd.testing.assert_frame_equal(found.coverage, one.coverage)
    pd.testing.assert_frame_equal(found.counts, one.counts)
    assert (found.benchmark, found.title, found.model, found.laws, found.tokens) == ("humaneval", "HumanEval", "small", one.laws, one.tokens)


def test_the_report_holds_the_numbers(figure: Path, tmp_path: Path) -> None:
    _, found = page([pair()], figure, tmp_path)
    for row in (
        ["1", "2.50 %", "2.00 – 2.86 %", "97.50 %"],
        ["30", "75.00 %", "60.00 – 85.71 %", "25.00 %"],
        ["2.0", "2", "55.0 %", "100.0 %"],
        ["problems solved at least once", "2 of 3"],
        ["samples that passed", "33 of 90"],
        ["without an answer; out of time; out of memory", "1; 7; 4"],
        ["distinct texts", "81 of 90"],
        ["cut off at the limit of tokens", "7"],
        ["output tokens; prompt tokens (each prompt once)", "56,789; 1,234"],
        ["drawn by", "engine vllm, device cpu"],
    ):
        assert row in found.rows
    for text in (
        law_sentence(FITTED, 0.95),
        law_sentence(UNFITTED, 0.95),
        "95 % percentile bootstrap intervals",
        "sandbox bubblewrap, version 0.11.0",
    ):
        assert text in found.text


def test_the_report_is_whole_html_that_needs_nothing_else(figure: Path, tmp_path: Path) -> None:
    html, found = page([pair("small"), pair("large"), pair("small", "arithmetic", "Arithmetic")], figure, tmp_path)
    assert found.open == []
    assert "http" not in html
    assert html.count(base64.b64encode(figure.read_bytes()).decode()) == 2
    assert html.count("<h2>") == 3
    assert [title in found.text for title in ("small on HumanEval", "large on HumanEval", "small on Arithmetic")] == [True] * 3


def test_what_the_user_wrote_is_text_in_the_report(figure: Path, tmp_path: Path) -> None:
    html, found = page([pair()], figure, tmp_path)
    assert "demo <1>" not in html
    assert "demo <1>: inference scaling" in found.text
    assert "Does it & climb?" in found.text
    assert yaml.safe_load(found.text.split("Configuration\n")[-1]) == CONFIG


def test_recorded_samples_have_no_tokens_in_the_report(figure: Path, tmp_path: Path) -> None:
    recorded = replace(pair(), tokens=pair().tokens | {"prompt_tokens": None, "output_tokens": None, "provenance": [{"engine": "recorded"}]})
    _, found = page([recorded], figure, tmp_path)
    assert ["drawn by", "engine recorded"] in found.rows
    assert not [row for row in found.rows if "tokens;" in row[0]]
