"""Costs through scripts, figure and configuration."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pandas as pd
import pytest
from cost_cases import CURVES, curve, llama, tokens, write_safetensors
from project import ROOT

import choose_budget
from monkeys.costs.architecture import Architecture, read_architecture
from monkeys.costs.cost import MEASURES
from monkeys.costs.price import PerMillionTokens, read_price
from monkeys.errors import InputError
from monkeys.figures import FORMATS, Style
from monkeys.figures.costs import COLUMNS, draw_costs, shown_measure
from monkeys.study.configuration import complete

STYLE = Style(["#0072B2", "#D55E00", "#009E73"], 4.8, 3.4)


def run(name: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, ROOT / "scripts" / name, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_scripts_price_and_choose(tmp_path: Path) -> None:
    curve({1: 0.25, 2: 0.5}).drop(columns=["prompt_tokens", *MEASURES]).assign(fail_at_k=0.5).to_csv(tmp_path / "coverage.csv", index=False)
    tokens((2, [3])).assign(problem_id="p").to_csv(tmp_path / "tokens.csv", index=False)
    common = ("--coverage", tmp_path / "coverage.csv")
    architecture = ("--architecture", json.dumps({"parameters": 100, "layers": 2, "width": 3}))
    dear = tmp_path / "dear.csv"
    price = json.dumps({"per_million_tokens": {"prompt": 1e6, "output": 1e6}})
    answer = run(
        "price_coverage.py", *common, "--tokens", tmp_path / "tokens.csv", "--problems", 1, *architecture, "--price", price, "--output", dear
    )
    assert answer.returncode == 0, answer.stderr
    assert dear.read_text().splitlines() == [
        "k,pass_at_k,lower,upper,prompt_tokens,output_tokens,flops,gpu_seconds,dollars",
        "1,0.25,0.24,0.26,2.0,3.0,1240.0,,5.0",
        "2,0.5,0.49,0.51,2.0,6.0,2056.0,,10.0",
    ]

    (tmp_path / "config.json").write_text(json.dumps(llama(model_type="unheard-of")))
    (tmp_path / "weights.json").write_text(json.dumps({"folder": str(tmp_path)}))
    cheap = tmp_path / "cheap.csv"
    known = ("--problems", 3, "--mean-tokens", json.dumps({"prompt": 10, "output": 20}), "--price", json.dumps({"per_attempt": 1}))
    answer = run("price_coverage.py", *common, *known, "--architecture", "null", "--weights", tmp_path / "weights.json", "--output", cheap)
    assert answer.returncode == 0
    assert "FLOPs are left empty" in answer.stderr and "unheard-of" in answer.stderr
    assert cheap.read_text().splitlines()[1:] == ["1,0.25,0.24,0.26,30.0,60.0,,,3.0", "2,0.5,0.49,0.51,30.0,120.0,,,6.0"]

    budgets = json.dumps({"dollars": [5.5], "flops": []})
    files = ("--models", "dear", "cheap", "--costs", dear, cheap, "--output", tmp_path / "budget.json")
    answer = run("choose_budget.py", *files, "--coverages", "[]", "--budgets", budgets)
    assert answer.returncode == 0, answer.stderr
    found = json.loads((tmp_path / "budget.json").read_text())
    assert [entry["coverage"] for entry in found["coverages"]] == [0.25, 0.5]
    half = found["coverages"][1]["cheapest"]
    assert {measure: (choice["model"], choice["k"]) for measure, choice in half.items()} == {
        "dollars": ("cheap", 2),
        "flops": ("dear", 2),
        "gpu_seconds": (None, None),
        "output_tokens": ("dear", 2),
    }
    assert all(choice["reason"] for choice in half.values())
    assert [(entry["measure"], entry["budget"], entry["best"]["model"], entry["best"]["k"]) for entry in found["budgets"]] == [
        ("dollars", 5.5, "cheap", 1)
    ]
    answer = run("choose_budget.py", *files, "--budgets", json.dumps({"dolars": [1]}))
    assert answer.returncode == 1 and "budgets.dolars does not exist (did you mean 'dollars'?)" in answer.stderr


def test_script_chooses_for_given_coverages_and_budgets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The one model is cheaper in dollars, the other in FLOPs."""
    for name, dollars, flops in (("one", 1.0, 9.0), ("two", 4.0, 2.0)):
        table = curve({k: 0.2 * k for k in (1, 2, 3)})
        table.assign(dollars=[dollars * k for k in (1, 2, 3)], flops=[flops * k for k in (1, 2, 3)]).to_csv(tmp_path / f"{name}.csv", index=False)
    budgets = {"dollars": [2.5], "flops": [6.5, 2.0]}
    words = ["--models", "one", "two", "--costs", tmp_path / "one.csv", tmp_path / "two.csv", "--coverages", "[0.35, 0.6]"]
    words += ["--budgets", json.dumps(budgets), "--output", tmp_path / "budget.json"]
    monkeypatch.setattr(sys, "argv", ["choose_budget", *map(str, words)])
    choose_budget.main()
    found = json.loads((tmp_path / "budget.json").read_text())
    cheapest_ = {
        entry["coverage"]: {measure: (choice["model"], choice["k"]) for measure, choice in entry["cheapest"].items()} for entry in found["coverages"]
    }
    assert list(cheapest_) == [0.35, 0.6]
    assert (cheapest_[0.35]["dollars"], cheapest_[0.35]["flops"], cheapest_[0.6]["dollars"]) == (("one", 2), ("two", 2), ("one", 3))
    chosen = [(entry["measure"], entry["budget"], entry["best"]["model"], entry["best"]["k"]) for entry in found["budgets"]]
    assert chosen == [("dollars", 2.5, "one", 2), ("flops", 6.5, "two", 3), ("flops", 2.0, "two", 1)]


def test_script_computes_flops_from_weights(tmp_path: Path) -> None:
    curve({1: 0.5}).to_csv(tmp_path / "coverage.csv", index=False)
    tokens((1, [0])).to_csv(tmp_path / "tokens.csv", index=False)
    (tmp_path / "config.json").write_text(json.dumps(llama()))
    (tmp_path / "weights.json").write_text(json.dumps({"folder": str(tmp_path)}))
    files = ("--coverage", tmp_path / "coverage.csv", "--tokens", tmp_path / "tokens.csv", "--problems", 1, "--output", tmp_path / "cost.csv")
    for parameters in (8_030_261_248, 70):
        answer = run("price_coverage.py", *files, "--weights", tmp_path / "weights.json")
        assert (answer.returncode, answer.stderr) == (0, "")
        assert pd.read_csv(tmp_path / "cost.csv")["flops"].tolist() == [2 * parameters]
        write_safetensors(tmp_path / "model.safetensors", {"model.embed_tokens.weight": [7, 10]})
    (tmp_path / "config.json").unlink()
    answer = run("price_coverage.py", *files, "--weights", tmp_path / "weights.json")
    assert answer.returncode == 0 and "config.json" in answer.stderr
    assert pd.read_csv(tmp_path / "cost.csv")["flops"].isna().all()


def texts(path: Path) -> list[str]:
    return ["".join(element.itertext()).strip() for element in ElementTree.parse(path).iter("{http://www.w3.org/2000/svg}text")]


@pytest.mark.parametrize(
    ("measures", "shown"),
    [
        ([{"dollars", "flops", "output_tokens"}] * 2, "dollars"),
        ([{"dollars", "flops", "output_tokens"}, {"flops", "output_tokens"}], "flops"),
        ([{"dollars", "output_tokens"}, {"flops", "output_tokens"}], "output_tokens"),
        ([{"dollars"}, {"flops"}], None),
    ],
)
def test_figure_shows_first_measure_known_for_all_models(measures: list[set[str]], shown: str | None, tmp_path: Path) -> None:
    costs = {f"model {number}": curve({1: 0.1, 2: 0.2}, **{name: [1, 2] for name in known}) for number, known in enumerate(measures)}
    assert shown_measure(costs) == shown
    draw_costs(costs, "Tasks", STYLE, tmp_path / "costs")
    assert {path.name for path in tmp_path.glob("[!.]*")} == {f"costs.{suffix}" for suffix in (*FORMATS, "csv")}
    said = texts(tmp_path / "costs.svg")
    assert "Tasks" in said
    label = {"dollars": "dollars, for", "flops": "FLOPs, for", "output_tokens": "output tokens, for", None: "neither dollars, FLOPs nor"}[shown]
    assert any(text.startswith(label) for text in said)
    assert ({"model 0, k = 1 to 2", "model 1, k = 1 to 2"} <= set(said)) == (shown is not None)
    table = pd.read_csv(tmp_path / "costs.csv")
    assert table.columns.tolist() == COLUMNS and table["model"].tolist() == ["model 0"] * 2 + ["model 1"] * 2
    assert table["flops"].notna().sum() == 2 * sum("flops" in known for known in measures)


def test_zero_cost_is_not_drawn_on_log_axis() -> None:
    assert shown_measure({"free": curve({1: 0.1}, dollars=[0], output_tokens=[0], flops=[5])}) == "flops"
    assert shown_measure({"silent": curve({1: 0.1}, output_tokens=[0])}) is None


def test_cost_figure_of_one_sample_and_of_long_curve(tmp_path: Path) -> None:
    run_of = np.arange(1, 10_001)
    long = curve({int(k): 1 - 0.999**k for k in run_of}, flops=(1e15 + 3e14 * run_of).tolist())
    draw_costs({"one": curve({1: 0.5}, flops=[1e16]), "long": long}, "Tasks", STYLE, tmp_path / "costs")
    said = texts(tmp_path / "costs.svg")
    assert {"one, k = 1", "long, k = 1 to 10,000"} <= set(said)
    assert len(pd.read_csv(tmp_path / "costs.csv")) == 10_001
    assert (tmp_path / "costs.svg").stat().st_size < 200_000


def test_cost_figure_is_byte_identical_by_function_and_script(tmp_path: Path) -> None:
    for name, table in CURVES.items():
        (tmp_path / "tasks" / name).mkdir(parents=True)
        table.to_csv(tmp_path / "tasks" / name / "cost.csv", index=False)
    read = {name: pd.read_csv(tmp_path / "tasks" / name / "cost.csv") for name in CURVES}
    draw_costs(read, "Tasks", STYLE, tmp_path / "a" / "costs-tasks")
    style = json.dumps({"colours": list(STYLE.colours), "width_inches": 4.8, "height_inches": 3.4})
    common = (
        "--benchmark",
        "tasks",
        "--pairs",
        json.dumps([[name, f"tasks/{name}"] for name in CURVES]),
        "--title",
        "Tasks",
        "--style",
        style,
        "--results",
        tmp_path,
        "--output",
        tmp_path / "b",
    )
    answer = run("draw_figures.py", "--kinds", "costs", *common)
    assert answer.returncode == 0, answer.stderr
    for suffix in (*FORMATS, "csv"):
        assert (tmp_path / "a" / f"costs-tasks.{suffix}").read_bytes() == (tmp_path / "b" / f"costs-tasks.{suffix}").read_bytes()


def completed(model: dict[str, Any], analysis: dict[str, Any] | None = None) -> dict[str, Any]:
    config = {"run": "r", "models": {"m": {"weights": "folder", **model}}, "benchmarks": {"arithmetic": {"problems": 1, "samples": 1}}}
    return complete({**config, **({"analysis": analysis} if analysis else {})}, ROOT / "config" / "schema.yaml", ["arithmetic"])


def test_costs_are_optional_in_configuration() -> None:
    config = completed({})
    assert not {"architecture", "price", "tokens"} & set(config["models"]["m"])
    assert config["analysis"]["budgets"] == {"dollars": [], "flops": []}
    assert config["analysis"]["coverages"] == []


def test_costs_valid_by_schema_are_read() -> None:
    price = {"per_million_tokens": {"prompt": 0.14, "output": 0.28}}
    model = completed({"price": price, "architecture": {"parameters": 8.03e9, "layers": 32, "width": 4096}, "tokens": {"prompt": 1, "output": 2}})
    assert read_price(model["models"]["m"]["price"]) == PerMillionTokens(0.14, 0.28, "per_completion")
    assert read_architecture(model["models"]["m"]["architecture"]) == Architecture(8.03e9, 32, 4096)
    for other in ({"per_attempt": 0.13}, {"per_gpu_hour": {"output_tokens_per_second": 4000, "dollars": 2}}):
        assert read_price(completed({"price": other})["models"]["m"]["price"])


@pytest.mark.parametrize(
    ("model", "analysis", "said"),
    [
        ({"price": {"per_atempt": 1}}, {}, "models.m.price.per_atempt does not exist"),
        ({"price": {}}, {}, "models.m.price is {}, but must have at least 1 entry"),
        ({"price": {"per_attempt": 1, "per_gpu_hour": {"output_tokens_per_second": 1}}}, {}, "models.m.price is .*at most 1 entry"),
        ({"price": {"per_million_tokens": {"prompt": 1}}}, {}, "models.m.price.per_million_tokens.output is missing"),
        ({"architecture": {"parameters": 1, "layers": 1}}, {}, "models.m.architecture.width is missing"),
        (
            {"architecture": {"parameters": "8.03e9", "layers": 1, "width": 1}},
            {},
            "models.m.architecture.parameters .* must be a number, without quotes",
        ),
        ({"tokens": {"prompt": 1}}, {}, "models.m.tokens.output is missing"),
        ({}, {"budgets": {"euros": [1]}}, "analysis.budgets.euros does not exist"),
        ({}, {"budgets": {"dollars": [0]}}, "analysis.budgets.dollars.0 is 0, but must be greater than 0"),
        ({}, {"coverages": [50]}, "analysis.coverages.0 is 50, but must be at most 1"),
    ],
)
def test_invalid_costs_name_key(model: dict[str, Any], analysis: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=said):
        completed(model, analysis)
