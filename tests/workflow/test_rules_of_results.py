"""What rules hand to the scripts that count, estimate, draw and report, compared with the study's configuration."""

from pathlib import Path
from typing import Any

import pytest
from full_plan import ARCHITECTURE, CONFIG, CUT, LEVEL, PRICE, SHARDS, WEIGHTS, ZETA, Check, R, of_models, of_pairs, parts
from planned_jobs import Job

from monkeys.reporting.manifest import result_files

# Tables of a pair


def test_passes_are_counted_in_all_shards(check: Check) -> None:
    references, folder = [f"{R}/humaneval/references/{block}.jsonl" for block in ("0000", "0001")], f"{R}/humaneval/mu/repeated"
    verdicts = [f"{folder}/verdicts/{part}.parquet" for part in parts(SHARDS)]
    files = {"pair": folder, "references": references, "allocation": [], "output": f"{folder}/counts.csv"}
    check("count_passes", "humaneval/mu/repeated", [*verdicts, *references], [files["output"]], cut=CUT, **files)


@pytest.mark.parametrize(("benchmark", "problems", "samples"), [("humaneval", 12, 11), ("quiz", 7, 20)])
def test_counts_are_taken_from_their_rows_of_their_table(check: Check, benchmark: str, problems: int, samples: int) -> None:
    output = f"{R}/{benchmark}/alpha/repeated/counts.csv"
    which = {
        "table": "counts.csv",
        "problem_column": "name",
        "where": {"size": "big"},
        "problems": problems,
        "samples": samples,
        "stopping": None,
        "seed": 3,
    }
    check("import_counts", f"{benchmark}/alpha/repeated", ["counts.csv"], [output], output=output, **which)


@pytest.mark.parametrize(("model", "sampling"), [("zeta", CONFIG["benchmarks"]["humaneval"]["sampling"]), ("mu", None)])
def test_seeds_and_variety_are_compared_of_drawn_samples_alone(check: Check, model: str, sampling: Any) -> None:
    folder = f"{R}/humaneval/{model}/repeated"
    samples, outputs = [f"{folder}/samples/{shard}.parquet" for shard in SHARDS], [f"{folder}/tokens.json", f"{folder}/tokens.csv"]
    files = {"pair": folder, "output": outputs[0], "by_problem": outputs[1]}
    check("count_tokens", f"humaneval/{model}/repeated", samples, outputs, cut=CUT, sampling=sampling, **files)


def test_the_sentence_on_doubles_names_model_and_benchmark(jobs: dict[tuple[str, str], Job]) -> None:
    assert jobs["count_tokens", "humaneval/mu/repeated"].options["label"] == "mu on humaneval"


def test_truncation_and_diversity_are_measured_in_all_shards(check: Check) -> None:
    folder = f"{R}/humaneval/mu/repeated"
    shards = [f"{folder}/{kind}/{name}.parquet" for kind, names in (("samples", SHARDS), ("verdicts", parts(SHARDS))) for name in names]
    files = {"pair": folder, "cut": CUT}
    check("count_truncated", "humaneval/mu/repeated", shards, [f"{folder}/truncated.json"], output=f"{folder}/truncated.json", **files)
    outputs, counts = [f"{folder}/diversity.json", f"{folder}/diversity.csv"], f"{folder}/counts.csv"
    named = {"counts": counts, "output_json": outputs[0], "output_csv": outputs[1]}
    check("measure_diversity", "humaneval/mu/repeated", [*shards, counts], outputs, **named, **files)


@pytest.mark.parametrize("pair", ["humaneval/zeta/repeated", "arithmetic/zeta/repeated", "quiz/alpha/repeated"])
def test_statistics_of_a_pair_are_asked_as_the_configuration_says(check: Check, pair: str) -> None:
    folder, counts = f"{R}/{pair}", f"{R}/{pair}/counts.csv"
    check(
        "estimate_coverage", pair, [counts], [f"{folder}/coverage.csv"], counts=counts, **LEVEL, method="percentile", output=f"{folder}/coverage.csv"
    )
    laws, forecasts = f"{folder}/scaling_laws.json", [f"{folder}/forecasts.json", f"{folder}/forecasts.csv"]
    check("fit_scaling_laws", pair, [counts], [laws], counts=counts, **LEVEL, output=laws)
    named = {"output_json": forecasts[0], "output_csv": forecasts[1]}
    check("forecast_coverage", pair, [counts], forecasts, counts=counts, factor=1.2, confidence=0.8, seed=3, **named)
    plan = f"{R}/plans/{pair}.csv"
    check("plan_samples", pair, [counts], [plan], counts=counts, samples=77, strategy="fewest_successes", k=5, output=plan)


@pytest.mark.parametrize(
    ("pair", "problems", "tokens", "weights", "costs"),
    [
        ("humaneval/zeta/repeated", 12, True, WEIGHTS, {"architecture": None, "price": PRICE, "mean_tokens": {"prompt": 5, "output": 7}}),
        ("humaneval/mu/repeated", 12, True, None, {"architecture": ARCHITECTURE, "price": None, "mean_tokens": None}),
        ("quiz/alpha/repeated", 7, False, None, {"architecture": None, "price": None, "mean_tokens": None}),
    ],
)
def test_costs_are_those_of_tokens_weights_and_price(
    check: Check, pair: str, problems: int, tokens: bool, weights: str | None, costs: dict[str, Any]
) -> None:
    coverage, recorded, output = (f"{R}/{pair}/{name}" for name in ("coverage.csv", "tokens.csv", "cost.csv"))
    inputs = [coverage, *([recorded] if tokens else []), *([weights] if weights else [])]
    named = {"tokens": recorded if tokens else [], "weights": weights or [], "output": output}
    check("price_coverage", pair, inputs, [output], coverage=coverage, problems=problems, **named, **costs)


# Tables and figures of a benchmark


@pytest.mark.parametrize(("benchmark", "models"), [("humaneval", ["zeta", "mu", "alpha"]), ("arithmetic", ["zeta", "alpha"])])
def test_models_are_compared_in_the_order_of_the_configuration(check: Check, benchmark: str, models: list[str]) -> None:
    folder, counts, costs = f"{R}/{benchmark}", of_models(benchmark, "counts.csv"), of_models(benchmark, "cost.csv")
    differences, budget, tables = f"{folder}/differences.csv", f"{folder}/budget.json", [f"{folder}/difficulty.csv", f"{folder}/difficulty_bins.csv"]
    check("compare_models", benchmark, counts, [differences], models=models, counts=counts, confidence=0.8, seed=3, output=differences)
    named = {"problems_output": tables[0], "bins_output": tables[1]}
    check("grade_difficulty", benchmark, counts, tables, models=models, counts=counts, reference="alpha", bins=3, **LEVEL, **named)
    wanted = {"coverages": [0.35, 0.6], "budgets": {"dollars": [0.05], "flops": [1e15]}}
    check("choose_budget", benchmark, costs, [budget], models=models, costs=costs, output=budget, **wanted)


def test_families_are_those_of_related_models(check: Check, jobs: dict[tuple[str, str], Job]) -> None:
    counts = [f"{R}/humaneval/{model}/repeated/counts.csv" for model in ("mu", "alpha")]
    outputs = [f"{R}/humaneval/families.{suffix}" for suffix in ("json", "csv")]
    named = {"models": ["mu", "alpha"], "families": ["greek", "greek"], "counts": counts, "output": outputs[0], "table": outputs[1]}
    check("compare_families", "humaneval", counts, outputs, **LEVEL, **named)
    assert sum(rule == "compare_families" for rule, _ in jobs) == 1


COUNTED = ["coverage", "failure", "scaling_laws", "forecasts", "heat_map", "difficulty"]


@pytest.mark.parametrize(
    ("benchmark", "title", "kinds", "sampled", "references"),
    [
        ("humaneval", "HumanEval", [*COUNTED[:4], "families", *COUNTED[4:], "costs", "diversity"], ["zeta", "mu"], {"humans": 0.77}),
        ("arithmetic", "Arithmetic", [*COUNTED, "costs", "diversity"], "zeta", {"a calculator": 0.91}),
        ("quiz", "The quiz", COUNTED, [], {}),
    ],
)
def test_figures_are_drawn_of_each_models_own_tables(
    check: Check, jobs: dict[tuple[str, str], Job], benchmark: str, title: str, kinds: list[str], sampled: Any, references: dict[str, float]
) -> None:
    (rule,) = [rule for rule, of in jobs if rule.startswith("draw_figures") and of == benchmark]
    models, folder = [Path(path).parents[1].name for path in of_models(benchmark, "coverage.csv")], f"{R}/{benchmark}"
    # Of one model there is no heat map.
    kinds = [kind for kind in kinds if kind != "heat_map" or len(models) > 1]
    inputs = [path for name in ("coverage.csv", "scaling_laws.json", "forecasts.json") for path in of_models(benchmark, name)]
    inputs += [f"{folder}/families.json", f"{folder}/families.csv"] if "families" in kinds else []
    inputs += [f"{folder}/difficulty.csv"] if "heat_map" in kinds else []
    inputs += [f"{folder}/difficulty_bins.csv"]
    inputs += of_models(benchmark, "cost.csv") if "costs" in kinds else []
    inputs += [path for path in of_models(benchmark, "diversity.csv") if "diversity" in kinds and "alpha" not in path]
    # A figure that is added later is drawn too.
    job = jobs[rule, benchmark]
    drawn = job.options["kinds"]
    assert [kind for kind in drawn if kind in kinds] == kinds and set(inputs) <= set(job.inputs)
    outputs = [f"{R}/figures/{kind}-{benchmark}.{suffix}" for kind in drawn for suffix in ("svg", "pdf", "png", "csv")]
    how = {"title": title, "style": CONFIG["figures"], "settings": {"references": references}, "results": R, "output": f"{R}/figures"}
    named = {"kinds": drawn, "benchmark": benchmark, "pairs": [[model, f"{benchmark}/{model}/repeated"] for model in models], "sampled": sampled}
    check(rule, benchmark, job.inputs, outputs, **named, **how)


# The report and the manifest


def test_the_report_is_made_of_every_table(check: Check, jobs: dict[tuple[str, str], Job]) -> None:
    names = ("counts.csv", "coverage.csv", "scaling_laws.json", "forecasts.json", "cost.csv")
    inputs = [path for name in names for path in of_pairs(name)]
    inputs += [path for name in ("tokens.json", "truncated.json", "diversity.json") for path in of_pairs(name, sampled=True)]
    inputs += [f"{R}/{benchmark}/{name}" for name in ("differences.csv", "budget.json") for benchmark in ("humaneval", "arithmetic", "gsm8k", "quiz")]
    drawn = [job.outputs for (rule, _), job in jobs.items() if rule.startswith("draw_figures")]
    pictures = {path for paths in drawn for path in paths if path.endswith(".svg")}
    found = jobs["report_run", ""]
    assert {path for path in found.inputs if "/figures/" in path} == pictures and pictures
    inputs += [f"{R}/humaneval/families.json", *(path for path in found.inputs if "/figures/" in path)]
    inputs += [f"{R}/{name}" for name in ("config.yaml", "versions.json", "sandbox.json", "audit.json")]
    named = {"config": f"{R}/config.yaml", "versions": f"{R}/versions.json", "sandbox": f"{R}/sandbox.json", "audit": f"{R}/audit.json"}
    titles = {"humaneval": "HumanEval", "arithmetic": "Arithmetic", "gsm8k": "GSM8K", "quiz": "The quiz"}
    outputs = {"report": f"{R}/report.html", "summary": f"{R}/summary.csv"}
    assert sorted(found.inputs) == sorted(inputs)
    check("report_run", "", found.inputs, list(outputs.values()), titles=titles, rewards={}, results=R, **named, **outputs)


def test_the_manifest_waits_for_all_samples_verdicts_and_results(jobs: dict[tuple[str, str], Job]) -> None:
    job = jobs["record_manifest", ""]
    made = {
        path
        for (rule, _), other in jobs.items()
        if rule in ("generate_samples", "verify_samples", "report_run", "fetch_model")
        for path in other.outputs
    }
    made |= {path for (rule, _), other in jobs.items() if rule.startswith("draw_figures") for path in other.outputs}
    assert made - {f"{R}/report.html"} <= set(job.inputs) and set(jobs["report_run", ""].inputs) <= set(job.inputs)
    assert job.options["weights"] == WEIGHTS and job.options["results"] == R and set(job.options["datasets"]) == {"humaneval", "gsm8k"}


def test_the_manifest_holds_everything_that_is_made_and_can_be_made_again(jobs: dict[tuple[str, str], Job]) -> None:
    made = {path for job in jobs.values() for path in job.outputs if path.startswith(f"{R}/")}
    no_results = {f"{R}/{name}" for name in ("report.html", "samples.html", "manifest.json", "humaneval/dataset.jsonl", "gsm8k/dataset.jsonl")}
    no_results |= {path for path in made if path.startswith(f"{R}/plans/")}
    held = [path.as_posix() for path in result_files(jobs["record_run", ""].options["config"], Path(R))]
    assert set(held) == made - no_results and len(held) == len(set(held))


def test_the_completed_configuration_is_recorded(jobs: dict[tuple[str, str], Job]) -> None:
    recorded = jobs["record_run", ""].options["config"]
    assert recorded["models"]["zeta"] | ZETA == recorded["models"]["zeta"] and recorded["models"]["zeta"]["engine"] == "vllm"
    assert (
        recorded["analysis"] == CONFIG["analysis"] | {"inference_scaling": {"budgets": 12, "splits": 50, "thresholds": []}}
        and recorded["pairs"] == [{**pair, "strategy": "repeated"} for pair in CONFIG["pairs"]]
        and recorded["reuse_samples"] is False
    )


def test_the_study_ends_with_report_summary_manifest_and_figures(jobs: dict[tuple[str, str], Job]) -> None:
    figures = {path for (rule, _), job in jobs.items() if rule.startswith("draw_figures") for path in job.outputs}
    assert set(jobs["all", ""].inputs) == {f"{R}/report.html", f"{R}/samples.html", f"{R}/summary.csv", f"{R}/manifest.json"} | figures and figures
    assert jobs["plan", ""].inputs == [f"{R}/plans/{pair['benchmark']}/{pair['model']}/repeated.csv" for pair in CONFIG["pairs"]]
