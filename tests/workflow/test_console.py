"""``make run``: on a terminal a live view, elsewhere plain lines; a failed job ends in its sentence and the name of its log."""

import os
import pty
import re
import subprocess
from pathlib import Path

import pytest
from project import Project
from study_fixtures import recorded_study

COUNTS = "results/study/humaneval/canonical/repeated/counts.csv"
FAILED = [
    "error: generate_samples humaneval canonical repeated 0000-0000: samples.jsonl, line 7: the benchmark has no problem 'HumanEval/300'"
    " (did you mean 'HumanEval/3'?) (its first is 'HumanEval/0'); remove the sample, name the right benchmark, or say how problems are named, as in"
    " columns: {problem: 'HumanEval/{number}'}",
    "log: results/study/logs/generate_samples/humaneval/canonical/repeated/0000-0000.log",
]


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return recorded_study(tmp_path_factory.mktemp("console") / "project")


def command(*words: str) -> list[str]:
    return ["envs/run.sh", *words, "--configfile", "study.yaml"]


def on_a_terminal(folder: Path, words: list[str]) -> tuple[int, str]:
    """Run a command on a terminal of its own; returns its status and all that it wrote."""
    leader, follower = pty.openpty()
    environment = {**os.environ, "TERM": "xterm"}
    process = subprocess.Popen(words, cwd=folder, stdin=follower, stdout=follower, stderr=follower, env=environment, start_new_session=True)
    os.close(follower)
    written = b""
    while True:
        try:
            part = os.read(leader, 65536)
        except OSError:  # Linux's way to say that nobody holds the other end
            break
        if not part:
            break
        written += part
    os.close(leader)
    return process.wait(), written.decode("utf-8")


def screen(text: str) -> list[str]:
    """The lines that are left on the screen: a small terminal that knows what rich sends."""
    lines, row = [""], 0
    for token in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", text):
        if token == "\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif token == "\x1b[2K":
            lines[row] = ""
        elif match := re.fullmatch(r"\x1b\[(\d*)A", token):
            row = max(0, row - int(match[1] or 1))
        elif not token.startswith("\x1b") and token != "\r":
            lines[row] += token
    return [line.rstrip() for line in lines if line.strip()]


def test_a_failed_job_ends_in_its_sentence_and_the_logs_name_on_a_terminal_and_off(recorded: Project) -> None:
    recorded.edit("samples.jsonl", lambda text: text.replace("HumanEval/3", "HumanEval/300"))
    try:
        status, text = on_a_terminal(recorded.folder, command(COUNTS))
        assert status != 0 and screen(text)[-2:] == FAILED
        assert "Traceback" not in text and "Building DAG" not in text and "Select jobs" not in text
        answer = subprocess.run(command(COUNTS), cwd=recorded.folder, capture_output=True, text=True, check=False)
        said = answer.stdout + answer.stderr
        assert answer.returncode != 0 and said.splitlines()[-2:] == FAILED, said
    finally:
        recorded.edit("samples.jsonl", lambda text: text.replace("HumanEval/300", "HumanEval/3"))


def test_the_live_view_has_a_line_a_stage_and_no_line_of_a_job_tears_it(recorded: Project) -> None:
    status, text = on_a_terminal(recorded.folder, command(COUNTS))
    assert status == 0, text[-3000:]
    assert text.count("\x1b[2K") > 3, "it was drawn once only"
    last = screen(text)
    stages = [line.split()[0] for line in last if re.match(r"  (prepare|generate|verify|analyse) ", line)]
    assert stages[-3:] == ["generate", "verify", "analyse"]
    assert "8 of 8 samples" in last[-2] and "1 of 1 job" in last[-1]
    assert sum(line.startswith("study ") for line in last) == 1, "an earlier view is left on the screen"
    assert not any(line.startswith(("verify_samples", "generate_samples")) for line in last)
    # Nothing to be done, in Snakemake's words.
    answer = subprocess.run(command(COUNTS), cwd=recorded.folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0 and "Nothing to be done" in answer.stdout + answer.stderr


def test_a_wrong_configuration_is_still_one_sentence(recorded: Project) -> None:
    (recorded.folder / "wrong.yaml").write_text((recorded.folder / "study.yaml").read_text().replace("samples: 2", "samples: -2"))
    status, text = on_a_terminal(recorded.folder, ["envs/run.sh", "--configfile", "wrong.yaml"])
    assert status != 0 and sum("config key benchmarks.humaneval.samples is -2" in line for line in screen(text)) == 1
    assert "Traceback" not in text


def test_nothing_of_the_console_reaches_jobs_or_stays_behind(recorded: Project, tmp_path: Path) -> None:
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    answer = subprocess.run(command(COUNTS), cwd=recorded.folder, capture_output=True, text=True, env=environment, check=False)
    assert answer.returncode == 0, answer.stderr
    assert not list(tmp_path.glob("console-*"))
