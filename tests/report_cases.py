"""Results of a model, made up, and the report's page of them."""

from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd

from monkeys.reporting.report import render
from monkeys.reporting.results import Comparison, PairResults

FITTED = {
    "loss_description": "least squares on log c",
    "a": -7.5994,
    "b": -0.1821,
    "a_interval": [-9.1, -6.6],
    "b_interval": [-0.2, -0.16],
    "error_mean": 0.00521,
    "error_sd": 0.00717,
    "error_largest": 0.0241,
    "error_largest_k": 10000,
    "doubts": {},
}
DOUBTED = {
    **FITTED,
    "a_interval": [-128.3, -0.0978],
    "b_interval": [None, None],
    "doubts": {"a": "not determined, anywhere from -128 to -0.0978", "b": "not determined by the counts"},
}
UNFITTED = {"loss_description": "least squares on c", "not_fitted": "coverage is above 0 at 0 different k only"}
POPULATION = {
    "estimator": "beta_binomial",
    "loss_description": "beta-binomial, maximum likelihood on counts",
    "alpha": 0.2961,
    "beta": 12.36,
    "scale": 1.0,
    "never": 0.0,
    "alpha_interval": [0.25, 0.36],
    "error_mean": 0.0049,
    "error_sd": 0.0031,
    "beta_interval": [8.1, 17.9],
    "never_interval": [0.0, 0.0],
    "doubts": {},
}
INFLATED = {
    **POPULATION,
    "estimator": "zero_inflated_beta_binomial",
    "loss_description": "beta-binomial with a share",
    "alpha": 100.0,
    "alpha_interval": [3.01, None],
    "never": 0.001,
    "never_interval": [0.0, 0.56],
    "doubts": {"alpha": "the counts say only that it is at least 3.01", "never": "not determined, anywhere from 0 to 56 %"},
}
UNFITTED_POPULATION = {"loss_description": "scaled Beta", "not_fitted": "no problem was solved"}
RECORD = {"mean_absolute_error": 0.0231, "bias": -0.0102, "root_mean_square": 0.03, "hold_outs": 20, "inside": 19}
FORECASTS: dict[str, Any] = {
    "samples": 30,
    "largest": 300,
    "confidence": 0.95,
    "record_factor": 10.0,
    "members": ["log"],
    "left_out": {},
    "forecasts": [
        {"estimator": name, "description": said, "record": RECORD, "k": [300], "coverage": [0.8], **bounds}
        for name, said, bounds in (
            ("recommended", "mean of 1 estimators", {"these": {"lower": [0.7], "upper": [0.9]}, "others": {"lower": [0.65], "upper": [0.95]}}),
            ("log", "exponentiated power law", {}),
        )
    ],
}
NO_FORECAST = {"samples": 30, "largest": 300, "not_forecast": "0 problems were solved; a forecast needs 3"}
DIVERSITY = {"saturation": {"sentence": "coverage still rises with the samples"}}
NOTHING = {"reason": "no model costs that little", "model": None, "k": None, "pass_at_k": None, "cost": None}
CHOICE = {"reason": "small reaches it first", "model": "small", "k": 7, "pass_at_k": 0.5, "cost": 1234.5}
COMPARISON = Comparison(
    pd.DataFrame(
        {
            "first": "small",
            "second": "large",
            "k": [1, 10, 30],
            "difference": [0.01, 0.1, 0.2],
            "lower": [-0.01, 0.05, 0.1],
            "upper": [0.03, 0.15, 0.3],
            "p_value": [0.3, 0.01, 0.002],
            "p_holm": [0.3, 0.01, 0.002],
        }
    ),
    {
        "coverages": [{"coverage": 0.5, "cheapest": {"flops": CHOICE, "dollars": NOTHING | {"reason": "no model's dollars are known"}}}],
        "budgets": [{"measure": "dollars", "budget": 2.5, "best": NOTHING}],
    },
    {
        "families": [
            {
                "family": "Pythia",
                "models": ["small", "large"],
                "before": 0.1,
                "after": 0.04,
                "before_interval": [0.07, 0.12],
                "after_interval": [0.02, 0.06],
                "left_out": [None, "never reaches it"],
            }
        ]
    },
)
TRUNCATED = {"samples": 90, "known": 90, "truncated": 7, "outcomes": {"failed": 4, "no_answer": 3}, "syntax_errors": 2}
CONFIG: dict[str, Any] = {
    "run": "demo <1>",
    "models": {name: {"engine": "vllm", "draws_per_job": None, "family": "greek"} for name in ("small", "large")},
    "question": "Does it & climb?",
    "analysis": {"bootstrap": 2000, "confidence": 0.95, "intervals": "percentile"},
    "benchmarks": {
        name: {"problems": 3, "samples": 30, "shard": {"problems": 3, "samples": 30}, "sampling": {"temperature": 0.6, "max_tokens": 99}}
        for name in ("humaneval", "arithmetic")
    },
    "verification": {"samples_per_job": None},
}


def pair(model: str = "small", benchmark: str = "humaneval", title: str = "HumanEval") -> PairResults:
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
    laws = {"confidence": 0.95, "laws": [FITTED, UNFITTED], "populations": [POPULATION, INFLATED, UNFITTED_POPULATION]}
    return PairResults(
        benchmark, title, model, coverage, counts, laws, FORECASTS, tokens, DIVERSITY, TRUNCATED, f"{benchmark}/{model}/repeated", True
    )


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
        if {"td", "th"} & set(self.open):
            self.rows[-1][-1] += data


def page(pairs: list[PairResults], figure: Path, logs: Path, audits: dict[str, Any] | None = None) -> tuple[str, Page]:
    figures = {pair.benchmark: {"coverage": figure} for pair in pairs}
    html = render(
        CONFIG,
        pairs,
        dict.fromkeys(figures, COMPARISON),
        figures,
        audits or {},
        {"sandbox": "bubblewrap", "version": "0.11.0"},
        {"numpy": "2.0"},
        logs,
    )
    return html, Page(html)
