"""What rules hand to the scripts that draw and verify: files, command and resources of every planned job, compared with the study's configuration."""

import re
from pathlib import Path
from typing import Any

import pytest
from full_plan import CONFIG, CUT, FIRST_SHARDS, REASONING, WEIGHTS, ZETA, Check, R, of_pairs, parts
from planned_jobs import Job
from project import ROOT
from study_fixtures import humaneval_rows

from monkeys.dataset_rows import rows_sha256
from monkeys.study.job_memory import verification_memory_mb

# Samples


@pytest.mark.parametrize(
    ("shard", "block", "samples"), [("0000/0000", "0000", [0, 4]), ("0001/0001", "0001", [4, 8]), ("0001/0002", "0001", [8, 11])]
)
def test_samples_are_drawn_as_the_configuration_says(check: Check, shard: str, block: str, samples: list[int]) -> None:
    settings = {**ZETA, "engine": "vllm", "source": "drawn", "sampling": CONFIG["benchmarks"]["humaneval"]["sampling"], "seed": 3, "samples": samples}
    prompts, output = f"{R}/humaneval/prompts/{block}.jsonl", f"{R}/humaneval/zeta/repeated/samples/{shard.replace('/', '-')}.parquet"
    files = {
        "prompts": prompts,
        "source": WEIGHTS,
        "problems": [],
        "questions": [],
        "allocation": [],
        "store": "results/assets/samples",
        "output": output,
    }
    # Without --reuse, as the study says; all studies share the store.
    check("generate_samples", f"humaneval/zeta/repeated/{shard}", [prompts, WEIGHTS], [output], settings=settings, **files)


def test_each_benchmark_has_its_own_sampling(jobs: dict[tuple[str, str], Job]) -> None:
    found = {
        name: jobs["generate_samples", f"{name}/zeta/repeated/0000/0000"].options["settings"]["sampling"]
        for name in ("humaneval", "arithmetic", "gsm8k")
    }
    usual = {"temperature": 0.6, "max_tokens": 512}
    assert found == {"humaneval": CONFIG["benchmarks"]["humaneval"]["sampling"], "arithmetic": usual, "gsm8k": usual}


def test_recorded_samples_are_taken_from_their_file(check: Check) -> None:
    prompts, output, problems = (
        f"{R}/humaneval/prompts/0001.jsonl",
        f"{R}/humaneval/mu/repeated/samples/0001-0002.parquet",
        f"{R}/humaneval/problems.txt",
    )
    asked = f"{R}/humaneval/prompts"
    files = {
        "prompts": prompts,
        "source": "samples.jsonl",
        "problems": problems,
        "questions": asked,
        "allocation": [],
        "store": "results/assets/samples",
        "output": output,
    }
    settings = {"engine": "recorded", "source": "recorded", "seed": 3, "samples": [8, 11]}
    check("generate_samples", "humaneval/mu/repeated/0001/0002", [prompts, "samples.jsonl", problems], [output], settings=settings, **files)


def test_a_model_takes_gpus_for_its_parallelism_and_two_cores_for_each(jobs: dict[tuple[str, str], Job]) -> None:
    drawn, recorded = (jobs["generate_samples", f"humaneval/{model}/repeated/0000/0000"] for model in ("zeta", "mu"))
    assert (drawn.threads, drawn.resources["gpu"]) == (12, "6")
    assert (recorded.threads, recorded.resources["gpu"]) == (1, "0")


def test_weights_are_those_of_their_source(check: Check) -> None:
    check("fetch_model", "a--b-000000000000", [], [WEIGHTS], source=ZETA["weights"], contents="results/assets/contents.json", output=WEIGHTS)


def test_problems_are_prepared_in_blocks_with_the_benchmarks_options(check: Check) -> None:
    files = {kind: [f"{R}/humaneval/{kind}/{block}.jsonl" for block in ("0000", "0001")] for kind in ("prompts", "references")}
    rows, names = f"{R}/humaneval/dataset.jsonl", f"{R}/humaneval/problems.txt"
    settings = {"problems": 12, "block": 7, "options": {}, "version": 1}
    outputs = [*files["prompts"], *files["references"], names]
    check("prepare_humaneval", "", [rows], outputs, benchmark="humaneval", dataset=rows, settings=settings, problems=names, **files)
    files = {kind: [f"{R}/arithmetic/{kind}/0000.jsonl"] for kind in ("prompts", "references")}
    settings, names = {"problems": 5, "block": 5, "options": {"seed": 5}, "version": 1}, f"{R}/arithmetic/problems.txt"
    single = {kind: paths[0] for kind, paths in files.items()}
    check("prepare_arithmetic", "", [], [*single.values(), names], benchmark="arithmetic", dataset=[], settings=settings, problems=names, **single)


def test_rows_are_compared_with_the_configurations_hash(jobs: dict[tuple[str, str], Job]) -> None:
    job = jobs["fetch_dataset", "humaneval"]
    assert (job.inputs, job.options["data"], job.options["benchmark"]) == (["rows.jsonl"], "rows.jsonl", "humaneval")
    assert job.options["dataset"]["rows_sha256"] == rows_sha256(humaneval_rows()[:12]) and job.options["dataset"]["hub"] == "openai/openai_humaneval"


def test_what_needs_a_network_is_fetched(jobs: dict[tuple[str, str], Job]) -> None:
    assert jobs["fetch", ""].inputs == [f"{R}/humaneval/dataset.jsonl", f"{R}/gsm8k/dataset.jsonl", WEIGHTS]


# Verdicts


ANSWERS = [("zeta", {"response_format": "chat", **REASONING}), ("mu", {"response_format": "completion"})]


@pytest.mark.parametrize(("model", "answers"), ANSWERS)
def test_programs_are_verified_in_a_sandbox_as_their_model_answers(check: Check, model: str, answers: dict[str, Any]) -> None:
    samples, references = f"{R}/humaneval/{model}/repeated/samples/0001-0000.parquet", f"{R}/humaneval/references/0001.jsonl"
    output = f"{R}/humaneval/{model}/repeated/verdicts/0001-0000-0000.parquet"
    settings = {"cpu_seconds": 2, "memory_mb": 300, **answers}
    files = {"samples": samples, "references": references, "image": [], "output": output}
    inputs = [samples, references, f"{R}/sandbox.json"]
    check(
        "verify_samples",
        f"humaneval/{model}/repeated/0001/0000/0000",
        inputs,
        [output],
        grader="python_tests",
        settings=settings,
        sandbox="bubblewrap",
        workers=3,
        **files,
    )


def test_answers_are_verified_without_a_sandbox(check: Check) -> None:
    samples, references = f"{R}/arithmetic/zeta/repeated/samples/0000-0000.parquet", f"{R}/arithmetic/references/0000.jsonl"
    output = f"{R}/arithmetic/zeta/repeated/verdicts/0000-0000-0000.parquet"
    files = {"samples": samples, "references": references, "image": [], "output": output}
    how = {"grader": "numeric_answer", "settings": {"response_format": "chat", **REASONING}, "sandbox": "none", "workers": 1}
    check("verify_samples", "arithmetic/zeta/repeated/0000/0000/0000", [samples, references], [output], **how, **files)


def test_verification_asks_for_a_core_and_the_programs_memory_for_each_sandbox(jobs: dict[tuple[str, str], Job]) -> None:
    verification = jobs["record_run", ""].options["config"]["verification"]
    needed = {grader: verification_memory_mb(grader, verification, threads, 1) for grader, threads in (("python_tests", 3), ("numeric_answer", 1))}
    for rule, name in (
        ("verify_samples", "humaneval/mu/repeated/0000/0001/0000"),
        ("audit_gold", "humaneval"),
        ("audit_samples", "humaneval/mu/repeated"),
    ):
        assert (jobs[rule, name].threads, jobs[rule, name].resources["mem_mb"]) == (3, str(needed["python_tests"]))
    for rule, name in (
        ("verify_samples", "arithmetic/zeta/repeated/0000/0000/0000"),
        ("audit_gold", "arithmetic"),
        ("audit_samples", "arithmetic/zeta/repeated"),
    ):
        assert (jobs[rule, name].threads, jobs[rule, name].resources["mem_mb"]) == (1, str(needed["numeric_answer"]))
    assert needed["python_tests"] > needed["numeric_answer"] + 3 * 300


def test_the_sandbox_is_tried_before_anything_is_drawn(check: Check, jobs: dict[tuple[str, str], Job]) -> None:
    check("check_sandbox", "", [], [f"{R}/sandbox.json"], sandbox="bubblewrap", image=[], output=f"{R}/sandbox.json")
    assert jobs["check_sandbox", ""].priority > max(job.priority for (rule, _), job in jobs.items() if rule != "check_sandbox")


# The audit


def test_gold_solutions_are_verified_as_often_as_asked(check: Check) -> None:
    references, rows = [f"{R}/humaneval/references/{block}.jsonl" for block in ("0000", "0001")], f"{R}/humaneval/dataset.jsonl"
    how = {"benchmark": "humaneval", "options": {}, "repeats": 2, "grader": "python_tests", "sandbox": "bubblewrap", "workers": 3, "image": []}
    files = {"dataset": rows, "references": references, "output": f"{R}/humaneval/audit_gold.csv"}
    settings = {"cpu_seconds": 2, "memory_mb": 300}
    check("audit_gold", "humaneval", [rows, *references, f"{R}/sandbox.json"], [files["output"]], settings=settings, **how, **files)
    how |= {"benchmark": "arithmetic", "options": {"seed": 5}, "grader": "numeric_answer", "sandbox": "none", "workers": 1}
    references = [f"{R}/arithmetic/references/0000.jsonl"]
    files = {"dataset": [], "references": references[0], "output": f"{R}/arithmetic/audit_gold.csv"}
    check("audit_gold", "arithmetic", references, [files["output"]], settings={}, **how, **files)


@pytest.mark.parametrize(("model", "answers"), ANSWERS)
def test_the_first_samples_are_verified_again(check: Check, model: str, answers: dict[str, Any]) -> None:
    references, folder = [f"{R}/humaneval/references/{block}.jsonl" for block in ("0000", "0001")], f"{R}/humaneval/{model}/repeated"
    shards = [f"{folder}/{kind}/{name}.parquet" for kind, names in (("samples", FIRST_SHARDS), ("verdicts", parts(FIRST_SHARDS))) for name in names]
    how = {"repeats": 2, "other": None, "other_dataset": [], "grader": "python_tests", "sandbox": "bubblewrap", "workers": 3, "image": []}
    settings = {"cpu_seconds": 2, "memory_mb": 300, **answers}
    files = {"pair": folder, "references": references, "cut": CUT, "first": 5, "output": f"{folder}/audit.csv"}
    inputs = [*shards, *references, f"{R}/sandbox.json"]
    check("audit_samples", f"humaneval/{model}/repeated", inputs, [files["output"]], settings=settings, **how, **files)


def test_another_judge_gets_its_own_options_and_the_models_way_of_answering(jobs: dict[tuple[str, str], Job]) -> None:
    job = jobs["audit_samples", "gsm8k/zeta/repeated"]
    assert job.options["other"] == {
        "benchmark": "gsm8k",
        "options": {"examples": 1, "grader": "robust"},
        "settings": {"response_format": "chat", **REASONING},
    }
    assert job.options["other-dataset"] == f"{R}/gsm8k/dataset.jsonl" and job.options["other-dataset"] in job.inputs
    assert job.options["cut"] == {"problems": 3, "block": 64, "samples": 2, "round": 100, "part": None}


def test_the_audits_summary_is_of_all_benchmarks_with_samples(check: Check) -> None:
    tables = [f"{R}/{name}/audit_gold.csv" for name in ("humaneval", "arithmetic", "gsm8k")] + of_pairs("audit.csv", sampled=True)
    models = {"humaneval": ["zeta", "mu"], "arithmetic": ["zeta"], "gsm8k": ["zeta"]}
    pairs = {name: {model: f"{name}/{model}/repeated" for model in of} for name, of in models.items()}
    # HumanEval's cross-check is HumanEval+, which is not in the study.
    benchmarks = {name: {"pairs": pairs[name], "cross_check": "grader: robust" if name == "gsm8k" else None} for name in models}
    check("summarise_audit", "", tables, [f"{R}/audit.json"], results=R, benchmarks=benchmarks, output=f"{R}/audit.json")


# All jobs alike


def paths(word: Any) -> list[str]:
    """Every path below the results that an option names, also in JSON."""
    if isinstance(word, dict | list):
        return [path for part in (word.values() if isinstance(word, dict) else word) for path in paths(part)]
    return [word] if isinstance(word, str) and word.startswith("results/") else []


def test_scripts_read_nothing_but_inputs_and_write_nothing_but_outputs(jobs: dict[tuple[str, str], Job]) -> None:
    for (rule, name), job in jobs.items():
        files = {*job.inputs, *job.outputs, "results/assets/samples", "results/assets/contents.json"}
        folders = {str(folder) for file in files for folder in Path(file).parents}
        for option, words in job.options.items():
            if option != "log":
                assert set(paths(words)) <= files | folders, (rule, name, option)


def test_each_job_has_its_own_files_and_log(jobs: dict[tuple[str, str], Job]) -> None:
    made = [path for job in jobs.values() for path in job.outputs]
    assert len(made) == len(set(made))
    for (rule, name), job in jobs.items():
        if "log" in job.options:
            folder, file = job.options["log"].rsplit("/", 1)
            assert re.sub(r"_\d$", "", rule) in job.options["log"] and job.options["log"].startswith("results/")
            assert all(part in folder + file for part in name.split("/")), (rule, name)
        if "label" in job.options and rule != "count_tokens":
            assert job.options["label"].split() == [
                rule,
                *name.split("/")[:3],
                *(["-".join(name.split("/")[3:])] if name.count("/") > 2 else []),
            ]


def test_samples_are_drawn_in_the_environment_of_the_engine(jobs: dict[tuple[str, str], Job]) -> None:
    for (rule, _), job in jobs.items():
        if job.environment not in ("", "None"):
            place = "vllm" if rule in ("generate_samples", "fetch_model") else "workflow"
            script = "prepare_benchmark" if rule.startswith("prepare_") else re.sub(r"^draw_figures_\d+$", "draw_figures", rule)
            assert job.environment == f"envs/python {place} scripts/{script}.py"


def blocks() -> list[tuple[str, str]]:
    """Each rule that runs a script, with its text."""
    found = []
    for path in sorted((ROOT / "rules").rglob("*.smk")):
        for part in re.split(r"^ *(?:rule|checkpoint)\b(?=[^\n]*:$)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]:
            if "command(" in part:
                found.append((f"{path.name} {part.split(':')[0].strip() or len(found)}", part))
    return found


@pytest.mark.parametrize("block", [pytest.param(text, id=name) for name, text in blocks()])
def test_a_rule_runs_again_when_its_own_script_changes(block: str) -> None:
    """The hash among its parameters is of the script that its command starts."""
    script = re.search(r'"(\w+\.py)"', block.partition("shell:")[2])
    given = re.search(r"^ +code=(.+)$", block, re.MULTILINE)
    assert script is not None and given is not None
    named = re.match(r"study\.(\w+)\.(\w+)(\(name\))?,$", given[1])
    text = given[1]
    if named is not None:  # a method of a part of the study
        files = [path.read_text(encoding="utf-8") for path in (ROOT / "scripts" / "monkeys" / "study").glob("*.py")]
        name = f"class {named[1].title()}:"
        text = next(text for text in files if name in text).partition(name)[2]
        text = text.partition(f"def {named[2]}(")[2].partition("\n    def ")[0]
    assert f'"{script[1]}"' in text
