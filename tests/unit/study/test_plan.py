"""What a study would still do, beside numbers counted by hand."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import ROOT
from study_fixtures import new_study

import plan_run
from monkeys.benchmarks import benchmark_names
from monkeys.errors import InputError
from monkeys.reporting.plan_in_words import plan_lines
from monkeys.study.configuration import complete
from monkeys.study.layout import Layout
from monkeys.study.plan import merged, plan_pairs
from monkeys.study.sizes import samples_by_file
from monkeys.study.study import Study

WEIGHTS = f"hf:a/b@{'0' * 40}"


def configuration(**model: Any) -> dict[str, Any]:
    """10 problems in blocks of 4, 7 samples in rounds of 3, at most 100 tokens each."""
    return complete(
        {
            "run": "mine",
            "models": {"m": {"weights": WEIGHTS, "response_format": "chat", "device": "gpu", **model}},
            "benchmarks": {"arithmetic": {"problems": 10, "samples": 7, "shard": {"problems": 4, "samples": 3}, "sampling": {"max_tokens": 100}}},
        },
        ROOT / "config" / "schema.yaml",
        benchmark_names(),
    )


def lines(config: dict[str, Any], results: Path) -> dict[str, str]:
    study = Study(config)
    said = plan_lines(
        config, {"generate_samples": 9, "verify_samples": 9, "fetch_model": 1}, plan_pairs(study.layout, results, study.generation.sampling)
    )
    assert len(said) <= 10
    return {line[2:12].strip(): line[13:] for line in said[1:]}


def put(path: Path, value: Any = "x") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")


def test_samples_of_every_shard_and_part() -> None:
    config = configuration()
    config["verification"]["samples_per_job"] = 5
    layout = Layout(config)
    shards = samples_by_file(layout, "generate")
    assert shards is not None and list(shards.values()) == [12, 12, 4, 12, 12, 4, 6, 6, 2]
    parts = samples_by_file(layout, "verify")
    assert parts is not None and list(parts.values())[:4] == [5, 5, 2, 5] and sum(parts.values()) == 70
    assert samples_by_file(layout, "score") == {}
    config["benchmarks"]["arithmetic"]["samples"] = "all"
    assert samples_by_file(Layout(config), "generate") is None


def test_nothing_is_known_of_a_new_study_but_its_limits(tmp_path: Path) -> None:
    said = lines(configuration(), tmp_path)
    assert said["jobs"] == "19: prepare 1, generate 9, verify 9"
    assert said["samples"] == "70: 0 in the run, 70 to draw"
    assert said["tokens"] == "at most 7,000 by max_tokens"
    assert all(said[name].startswith("unknown for m (") for name in ("GPU hours", "FLOPs", "dollars"))
    assert said["disk"] == "at most 0.0 MB of samples"


def test_price_and_architecture_make_hours_flops_and_dollars(tmp_path: Path) -> None:
    price = {"per_gpu_hour": {"dollars": 3.0, "output_tokens_per_second": 0.5}}
    architecture = {"parameters": 1e9, "layers": 2, "width": 8}
    said = lines(configuration(price=price, architecture=architecture, options={"tensor_parallel_size": 2}), tmp_path)
    # 7,000 tokens at 0.5 a second and GPU are 14,000 GPU seconds.
    assert said["GPU hours"] == "at most 3.89"
    assert said["dollars"] == "at most 11.67, without prompts"
    assert said["FLOPs"] == "at most 1.4e+13, without attention and prompts"


def test_samples_in_the_run_are_not_drawn_again(tmp_path: Path) -> None:
    for shard in ("0000-0000", "0002-0002"):
        put(tmp_path / f"mine/arithmetic/m/repeated/samples/{shard}.parquet", "x" * 700)
    said = lines(configuration(), tmp_path)
    assert said["samples"] == "70: 14 in the run, 56 to draw"
    assert said["tokens"] == "at most 5,600 by max_tokens"


def test_store_is_counted_by_weights_sampling_and_problems(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    results, config = Path("results"), configuration()
    study = Study(config)
    put(results / "assets/models/a--b-000000000000.json", {"files": {"w": "1"}, "folder": "f"})
    put(results / "other/arithmetic/problems.txt", "".join(f"p{number}\n" for number in range(12)))
    recipe = {"weights": {"w": "1"}, "device": "gpu", "sampling": dict(study.generation.sampling(study.layout.pairs[0]) or {})}
    put(results / "assets/samples/one/recipe.json", recipe)
    # p0 has samples 0 to 4 twice over and p1 of 0 to 8, of which 7 are wanted; p11 is no problem of this study.
    put(results / "assets/samples/one/a.json", {"prompts": {"p0": "d", "p11": "d"}, "samples": [0, 4]})
    put(results / "assets/samples/one/b.json", {"prompts": {"p0": "d"}, "samples": [2, 5]})
    put(results / "assets/samples/one/c.json", {"prompts": {"p1": "d"}, "samples": [0, 9]})
    put(results / "assets/samples/two/recipe.json", recipe | {"weights": {"w": "2"}})
    put(results / "assets/samples/two/a.json", {"prompts": {"p2": "d"}, "samples": [0, 7]})
    assert lines(config, results)["samples"] == "70: 0 in the run, 12 in the store if prompts and seeds are the same, 58 to draw"
    assert lines(config | {"reuse_samples": False}, results)["samples"] == "70: 0 in the run, 70 to draw"


def test_earlier_runs_say_tokens_and_speed(tmp_path: Path) -> None:
    config = configuration()
    put(tmp_path / "old/config.yaml", yaml.safe_dump(config | {"run": "old", "models": {"other_name": config["models"]["m"]}}))
    put(tmp_path / "old/arithmetic/other_name/repeated/tokens.json", {"samples": 10, "output_tokens": 300})
    put(tmp_path / "old/logs/generate_samples/arithmetic/other_name/repeated/0000-0000.usage.json", {"output_tokens": 600, "seconds_drawing": 1200.0})
    said = lines(config, tmp_path)
    assert said["tokens"] == "about 2,100 by the means of earlier runs"
    assert said["GPU hours"] == "about 1.17"  # 2,100 tokens at half a token a second
    limited = configuration()
    limited["benchmarks"]["arithmetic"]["sampling"]["max_tokens"] = 50
    assert lines(limited, tmp_path)["tokens"] == "at most 3,500 by max_tokens", "measured under another limit"


def test_later_file_takes_the_place_of_keys(tmp_path: Path) -> None:
    put(tmp_path / "one.yaml", "run: a\nbenchmarks: {x: {samples: 1, problems: 2}}\n")
    put(tmp_path / "two.yaml", "run: b\nbenchmarks: {x: {samples: 3}}\n")
    put(tmp_path / "three.yaml", "[1]\n")
    assert merged([tmp_path / "one.yaml", tmp_path / "two.yaml"]) == {"run": "b", "benchmarks": {"x": {"samples": 3, "problems": 2}}}
    with pytest.raises(InputError, match=r"three\.yaml is no configuration"):
        merged([tmp_path / "three.yaml"])


def test_plan_of_questions_in_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """``problems: all`` is their number, and what is wrong is one sentence before Snakemake is asked."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(plan_run, "planned_jobs", lambda files: {})
    put(tmp_path / "mine.jsonl", '{"question": "1 + 1?", "answer": 2}\n{"question": "2 + 3?", "answer": 5}\n')
    quiz = {"data": "mine.jsonl", "question": "question", "answer": "answer", "grader": "numeric_answer", "problems": "all", "samples": 16}
    study: dict[str, Any] = {"run": "quiz", "models": {"m": {"weights": WEIGHTS}}, "benchmarks": {"quiz": quiz}}
    put(tmp_path / "quiz.yaml", study)
    plan_run.main(["--configfile", "quiz.yaml"])
    assert "samples    32: 0 in the run, 32 to draw" in capsys.readouterr().out
    quiz["answer"] = "anser"
    put(tmp_path / "quiz.yaml", study)
    with pytest.raises(InputError, match=r"^config key benchmarks\.quiz\.answer names the column 'anser', which mine\.jsonl, line 1 lacks"):
        plan_run.main(["--configfile", "quiz.yaml"])
    put(tmp_path / "quiz.yaml", "run: a\nrun: b\n")
    with pytest.raises(InputError, match=r"config key run stands twice in quiz\.yaml"):
        plan_run.main(["--configfile", "quiz.yaml"])


def test_plan_of_a_whole_study_has_the_jobs_that_snakemake_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    project = new_study(tmp_path / "project")
    # Said, and not a default: the plan is made by this checkout's library.
    project.configure(lambda config: config.setdefault("verification", {}).update(sandbox="bubblewrap"))
    monkeypatch.chdir(project.folder)
    plan_run.main(["--configfile", "study.yaml"])
    said = capsys.readouterr().out.splitlines()
    assert len(said) <= 10 and said[0] == "study: 2 benchmarks, 1 model, 2 pairs"
    assert "generate 3, verify 3" in said[1] and said[1].split()[1] == f"{sum(project.plan().values())}:"
    assert said[2] == "  samples    80: 0 in the run, 80 to draw" and said[3] == "  tokens     at most 5,120 by max_tokens"
    assert not (project.folder / "results/study").exists(), "a plan makes nothing"
    with pytest.raises(InputError, match=r"the configuration file absent\.yaml does not exist"):
        plan_run.main(["--configfile", "absent.yaml"])
