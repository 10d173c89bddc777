"""How scripts end: in a sentence on standard error, and in the job's log, from which a run says why a job failed."""

import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

BLOCK = ["--benchmark", "humaneval", "--settings", '{"options":{},"problems":1,"block":1}', "--prompts", "a", "--references", "b", "--problems", "c"]


def run(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *words, "--log", "logs/job.log"]
    (folder / "logs").mkdir(exist_ok=True)
    return subprocess.run(command, cwd=folder, env={"PYTHONPATH": str(ROOT / "scripts")}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("script", "arguments", "sentence"),
    [
        ("fetch_model.py", ["--source", "folder:/there/is/none", "--output", "a.json"], "/there/is/none"),
        ("build_sandbox.py", ["--image", "none.def", "--output", "a.sif"], "none.def is neither a definition file (.def) that exists nor"),
        ("prepare_benchmark.py", [*BLOCK, "--dataset", "none.jsonl"], "none.jsonl cannot be read"),
    ],
)
def test_sentence_of_a_failed_job_is_in_its_log(tmp_path: Path, script: str, arguments: list[str], sentence: str) -> None:
    answer = run(tmp_path, str(ROOT / "scripts" / script), *arguments)
    last = answer.stderr.splitlines()[-1]
    assert answer.returncode == 1 and last.startswith("error: ") and sentence in last
    assert (tmp_path / "logs/job.log").read_text(encoding="utf-8").splitlines()[-1] == last


PROGRAM = """
import sys
from monkeys.errors import run_script
def main():
    raise KeyError("zeta")
run_script(main)
"""


def test_fault_of_the_programs_own_is_named_in_the_log_and_keeps_its_traceback(tmp_path: Path) -> None:
    answer = run(tmp_path, "-c", PROGRAM)
    assert answer.returncode == 1 and answer.stderr.startswith("Traceback")
    assert (tmp_path / "logs/job.log").read_text(encoding="utf-8") == "error: KeyError: 'zeta'\n"


@pytest.mark.parametrize("words", [["-c", PROGRAM.replace("KeyError", "SystemExit")], ["-c", PROGRAM.replace('raise KeyError("zeta")', "pass")]])
def test_job_that_ends_itself_leaves_its_log_alone(tmp_path: Path, words: list[str]) -> None:
    run(tmp_path, *words)
    assert not (tmp_path / "logs/job.log").exists()


def test_log_that_cannot_be_written_hides_no_sentence(tmp_path: Path) -> None:
    (tmp_path / "logs" / "job.log").mkdir(parents=True)
    answer = run(tmp_path, "-c", PROGRAM.replace('KeyError("zeta")', "__import__('monkeys.errors').errors.InputError('a sentence')"))
    assert (answer.returncode, answer.stderr) == (1, "error: a sentence\n")
