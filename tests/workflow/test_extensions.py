"""Questions, a benchmark, a grader, a scorer and a selector of the user's own, in a folder of his, with the checkout as it is."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from planned_jobs import ARGUMENTS
from project import ROOT, snakemake

FILES = {
    "graders/_words.py": 'def words(text):\n    """The words of a text."""\n    return text.split()\n',
    "graders/last_word.py": '''
"""The last word is the answer."""

from monkeys.errors import InputError
from monkeys.graders._words import words
from monkeys.records.verdict import Verdict

RUNS_PROGRAMS = False


def check_reference(reference):
    if not isinstance(reference.get("answer"), str):
        raise InputError(f"has {reference.get('answer')!r} under 'answer', but must have a word")


def grade(samples, references, settings, progress):
    found = [(words(sample.text) or [""])[-1].strip(".").lower() for sample in samples]
    return [
        Verdict(sample.problem_id, sample.sample_index, "passed" if word == references[sample.problem_id].reference["answer"] else "failed", word)
        for sample, word in zip(samples, found, strict=True)
    ]
''',
    "benchmarks/colours.py": '''
"""Two questions on colours."""

from monkeys.benchmarks import Benchmark
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference


def problems(rows, options):
    for name, colour in (("grass", "green"), ("snow", "white")):
        asked = f"Which colour is {name}?"
        yield Prompt(f"colours/{name}", asked, [{"role": "user", "content": asked}]), Reference(f"colours/{name}", {"answer": colour})


BENCHMARK = Benchmark(name="colours", title="Colours", version=1, grader="last_word", problems=problems)
''',
    "scorers/vowels.py": '''
"""A text with more vowels is better."""

from monkeys.records.score import Score

OPTIONS = {}
NEEDS = ""


def check(options):
    pass


class Scorer:
    provenance = {}

    def score(self, tasks):
        return [Score(s.problem_id, s.sample_index, float(sum(s.text.count(v) for v in "aeiou"))) for task in tasks for s in task.samples]


def open_scorer(settings, progress):
    return Scorer()
''',
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("mine")
    for name, text in FILES.items():
        path = found / "extra" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (found / "quiz.csv").write_text('ask,right\n"The sky,\nis it blue?",yes\nIs ice hot?,no\n', encoding="utf-8")
    (found / "numbers.jsonl").write_text('{"question": "1 + 1?", "answer": 2}\n{"question": "2 + 3?", "answer": 5}\n', encoding="utf-8")
    samples: dict[str, dict[str, list[str]]] = {
        "quiz": {"quiz/0": ["It is, yes.", "no", "Yes", "maybe yes"], "quiz/1": ["no", "It is: yes.", "yes", "yes"]},
        "numbers": {"numbers/0": ["2", "3", "The answer is 2.", "4"], "numbers/1": ["4", "4", "4", "5"]},
        "colours": {"colours/grass": ["green", "blue", "Green.", "red"], "colours/snow": ["black", "white", "black", "grey"]},
    }
    for name, texts in samples.items():
        rows = [{"problem_id": problem, "sample_index": n, "text": text} for problem, some in texts.items() for n, text in enumerate(some)]
        (found / f"{name}-samples.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    write(found, {})
    return found


def write(folder: Path, changed: dict[str, Any]) -> None:
    own = {"problems": "all", "samples": 4}
    study = {
        "run": "mine",
        "extensions": "extra",
        "models": {"someone": {"engine": "recorded", "samples": {name: f"{name}-samples.jsonl" for name in ("quiz", "numbers", "colours")}}},
        "benchmarks": {
            "quiz": {"data": "quiz.csv", "question": "ask", "answer": "right", "grader": "last_word", **own},
            "numbers": {"data": "numbers.jsonl", "question": "question", "answer": "answer", "grader": "numeric_answer", **own},
            "colours": {"problems": 2, "samples": 4},
        },
        "scorers": {"sound": {"kind": "vowels", "benchmarks": ["quiz"]}},
        "selection": {"selectors": ["majority", {"best_of": "sound"}]},
        "analysis": {"bootstrap": 100},
        **changed,
    }
    (folder / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")


def run(folder: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return snakemake("--snakefile", str(ROOT / "Snakefile"), "--configfile", "study.yaml", "--cores", "2", *arguments, folder=folder)


@pytest.fixture(scope="module")
def results(folder: Path) -> Path:
    wanted = [f"results/mine/{name}/someone/repeated/counts.csv" for name in ("quiz", "numbers", "colours")]
    answer = run(folder, *wanted, "results/mine/quiz/someone/repeated/selection.csv", "results/mine/samples.html", "results/mine/config.yaml")
    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr[-4000:]
    return folder / "results" / "mine"


def counts(results: Path, name: str) -> dict[str, int]:
    with (results / name / "someone" / "repeated" / "counts.csv").open(encoding="utf-8") as table:
        return {row["problem_id"]: int(row["c"]) for row in csv.DictReader(table)}


def planned(folder: Path, *arguments: str) -> set[str]:
    answer = run(folder, *arguments, *ARGUMENTS)
    assert answer.returncode == 0, answer.stdout + answer.stderr
    return set(re.findall(r"^(?:rule|checkpoint|localrule|localcheckpoint) ([\w-]+):", answer.stdout + answer.stderr, re.MULTILINE))


def test_own_questions_and_own_modules_are_counted(results: Path) -> None:
    assert counts(results, "quiz") == {"quiz/0": 3, "quiz/1": 1}
    assert counts(results, "numbers") == {"numbers/0": 2, "numbers/1": 1}
    assert counts(results, "colours") == {"colours/grass": 2, "colours/snow": 1}


def test_the_page_of_samples_has_all_of_them(results: Path) -> None:
    page = (results / "samples.html").read_text(encoding="utf-8")
    assert "All 24 samples of the study." in page and "The sky,\\nis it blue?" in page


@pytest.mark.parametrize(
    ("script", "stubs", "said"),
    [
        (
            "show_run",
            "read_pairs = lambda layout, results, titles: titles; script.outcome_lines = lambda config, pairs, results: pairs.values()",
            "Colours",
        ),
        ("plan_run", "planned_jobs = lambda files: {}", "mine: 3 benchmarks, 1 model, 3 pairs"),
    ],
)
def test_what_is_printed_before_and_after_a_run_knows_the_extensions(folder: Path, results: Path, script: str, stubs: str, said: str) -> None:
    program = f"import {script} as script; script.{stubs}; script.main(['--configfile', 'study.yaml'])"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    answer = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0 and said in answer.stdout, answer.stderr


def test_an_own_scorer_chooses(results: Path) -> None:
    with (results / "quiz/someone/repeated/selection.csv").open(encoding="utf-8") as table:
        found = {(row["selector"], row["scorer"]) for row in csv.DictReader(table)}
    assert {("majority", ""), ("best_of", "sound")} <= found


def test_an_edit_of_an_extension_reruns_what_is_made_of_it_and_a_comment_nothing(folder: Path, results: Path) -> None:
    target = "results/mine/colours/someone/repeated/counts.csv"
    path = folder / "extra" / "graders" / "_words.py"
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(f"# A remark.\n{before}", encoding="utf-8")
        assert planned(folder, target) == set()
        path.write_text(before.replace("text.split()", "text.split(' ')"), encoding="utf-8")
        assert planned(folder, target) == {"verify_samples", "count_passes"}
        assert planned(folder, "results/mine/numbers/someone/repeated/counts.csv") == set()
    finally:
        path.write_text(before, encoding="utf-8")


def refused(folder: Path, extensions: str) -> str:
    """The sentence by which a process of its own, as extensions stay for its life, refuses a folder."""
    program = f"from monkeys.errors import run_script; from monkeys.study.extension_faults import use_extensions as use; run_script(lambda: use({{'extensions': {extensions!r}}}))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    answer = subprocess.run([sys.executable, "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 1 and "Traceback" not in answer.stderr, answer.stderr
    return answer.stderr


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("graders/numeric_answer.py", "", "extra/graders/numeric_answer.py has the name of one of the workflow's graders; give it another name"),
        ("graders/broken.py", "def grade(:", "extra/graders/broken.py cannot be imported (SyntaxError"),
        ("selectors/half.py", "OPTIONS = {}", "extra/selectors/half.py lacks NEEDS, which every module of selectors has"),
        ("benchmarks/other.py", FILES["benchmarks/colours.py"], "has a BENCHMARK with the name 'colours', but must have its module's"),
        ("graders/Big.py", "", "extra/graders/Big.py must be named as a module is"),
    ],
)
def test_a_faulty_extension_is_one_sentence(folder: Path, name: str, text: str, sentence: str) -> None:
    path = folder / "extra" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    try:
        said = refused(folder, "extra")
    finally:
        path.unlink()
    assert sentence in said


def test_a_folder_that_is_not_there_is_named(folder: Path) -> None:
    assert "config key extensions names the folder elsewhere, which does not exist" in refused(folder, "elsewhere")


def test_a_bad_row_stops_the_study_before_samples_are_made(folder: Path, tmp_path: Path) -> None:
    for path in filter(Path.is_file, folder.glob("[a-z]*.*")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "numbers.jsonl").write_text('{"question": "1 + 1?", "answer": 2}\n\n{"question": "2 + 3?", "answer": "five"}\n', encoding="utf-8")
    study = yaml.safe_load((tmp_path / "study.yaml").read_text(encoding="utf-8"))
    study["benchmarks"] = {"numbers": study["benchmarks"]["numbers"]}
    study["models"]["someone"]["samples"] = {"numbers": "numbers-samples.jsonl"}
    study["selection"], study["scorers"] = {}, {}
    del study["extensions"]
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(study), encoding="utf-8")
    answer = run(tmp_path, "generate")
    assert answer.returncode == 1
    assert "numbers.jsonl, line 3, column 'answer' has 'five', but must have a number, such as 48, 1/2 or 1.5" in answer.stdout + answer.stderr
    assert not list(tmp_path.glob("results/mine/numbers/someone/repeated/samples/*.parquet"))
