"""A second model for the report's page, no number of which is the first one's (report_cases.py), and a level that is not the usual one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import report_cases
from report_cases import COMPARISON, FITTED, POPULATION, RECORD, Page, pair

from monkeys.reporting.report import render
from monkeys.reporting.results import Comparison, PairResults

CONFIG: dict[str, Any] = report_cases.CONFIG | {"analysis": report_cases.CONFIG["analysis"] | {"confidence": 0.8}}
COMPARED = Comparison(COMPARISON.differences.assign(p_value=[0.3, 0.01, 0.002], p_holm=[0.4, 0.03, 0.006]), COMPARISON.budget, COMPARISON.families)


def page(pairs: list[PairResults], figure: Path, logs: Path, audits: dict[str, Any]) -> Page:
    figures = {pair.benchmark: {"coverage": figure} for pair in pairs}
    sandbox = {"sandbox": "bubblewrap", "version": "0.11.0"}
    return Page(render(CONFIG, pairs, dict.fromkeys(figures, COMPARED), figures, audits, sandbox, {"numpy": "2.0"}, logs))


def of_its_own() -> tuple[PairResults, dict[str, Any]]:
    """A second model no number of which is the first one's, and an audit likewise."""
    other = pair("large")
    counts = other.counts.assign(n=[40, 35, 50], c=[9, 0, 14], no_answer=[3, 3, 4], timeout=[6, 0, 0], memory=[1, 1, 0], difficulty=[1.0, 1.0, 3.0])
    coverage = other.coverage.assign(pass_at_k=other.coverage["k"] / 32, lower=other.coverage["k"] / 41, upper=other.coverage["k"] / 30)
    fitted = FITTED | {
        "a": -2.25,
        "b": -0.75,
        "a_interval": [-3.5, -1.5],
        "b_interval": [-0.9, -0.6],
        "error_mean": 0.1,
        "error_sd": 0.2,
        "error_largest": 0.3,
        "error_largest_k": 17,
    }
    population = POPULATION | {
        "alpha": 100.0,
        "beta": 7.5,
        "scale": 0.5,
        "never": 0.25,
        "alpha_interval": [3.5, None],
        "beta_interval": [6.5, 8.5],
        "doubts": {"alpha": "at least 3.5"},
        "error_mean": 0.3,
        "error_sd": 0.4,
    }
    laws = {"confidence": 0.8, "laws": [fitted], "populations": [population]}
    one = {
        "k": [40, 70],
        "coverage": [0.31, 0.41],
        "record": RECORD | {"mean_absolute_error": 0.05, "bias": 0.04},
    }
    bounds = {"these": {"lower": [0.21, 0.33], "upper": [0.52, 0.61]}, "others": {"lower": [0.11, 0.23], "upper": [0.62, 0.71]}}
    names = (("recommended", "mean of 2 estimators"), ("linear", "least squares"), ("beta", "Beta"))
    forecasts = {
        "samples": 35,
        "largest": 70,
        "confidence": 0.8,
        "record_factor": 2.0,
        "members": ["linear"],
        "forecasts": [{**one, "estimator": name, "description": said, **(bounds if name == "recommended" else {})} for name, said in names],
    }
    tokens = {"samples": 125, "prompt_tokens": 77, "output_tokens": 4321, "truncated": 0, "distinct": 99}
    tokens["provenance"] = [{"engine": "vllm", "device": "gpu"}, {"engine": "vllm", "device": "cpu"}]
    flat = {"saturation": {"sentence": "coverage is flat"}}
    truncated = {"samples": 125, "known": 100, "truncated": 0, "outcomes": {}, "syntax_errors": 0}
    compared = {"samples": 7, "other_given_own": 0.75, "own_given_other": None, "k": [1, 4], "own_coverage": [0.1, 0.2], "other_coverage": [0.3, 0.4]}
    gold = {"solutions": 11, "problems": 10, "failing": 2, "unsolved": 1, "unsolved_problems": ["p/9"], "changed": 3, "repeats": 4}
    gold |= {"wrong": 28, "holes": 5, "holes_found": ["p/3 (0)"]}
    again = {"samples": 48, "problems": 4, "repeats": 6, "changed": 8, "changed_problems": 7}
    audit = {
        "gold": gold,
        "models": {"small": again | {"other": None}, "large": again | {"samples": 49, "other": compared}},
        "cross_check": "The other",
    }
    return replace(other, counts=counts, coverage=coverage, laws=laws, forecasts=forecasts, tokens=tokens, diversity=flat, truncated=truncated), audit
