"""The console of a run, in this process: what it takes from Snakemake's records, from the logs of jobs and from what they print."""

import os
from collections.abc import Iterator
from logging import INFO, LogRecord
from pathlib import Path
from typing import Any

import pytest

from monkeys.console.output import Output
from monkeys.console.run_console import RunConsole
from monkeys.console.state import Failure
from monkeys.study.layout import Layout

LOG = Path("job.log")
SAID = "generate_samples b m"


@pytest.fixture
def console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[RunConsole]:
    """It prints lines, and none by itself."""
    monkeypatch.chdir(tmp_path)
    made = RunConsole(live=False, interval=1e9)
    yield made
    made.close()


def report(console: RunConsole, event: str, **fields: Any) -> None:
    record = LogRecord("snakemake", INFO, "", 0, "", None, None)
    record.__dict__.update(fields, event=event)
    console.take(record)


def start(console: RunConsole) -> None:
    report(console, "run_info", stats={"generate_samples": 1, "total": 1})
    report(console, "job_info", jobid=1, rule_name="generate_samples", wildcards={"benchmark": "b", "model": "m"}, log=[str(LOG)])


def write(text: str) -> None:
    with LOG.open("a", encoding="utf-8") as file:
        file.write(text)


def heard(console: RunConsole) -> tuple[int, float]:
    """Samples and tokens a second of the job, after another look."""
    with console._lock:
        console._look()
        job = console.state.running[1]
        return job.samples, job.rate


def failure(console: RunConsole, logs: list[str]) -> Failure:
    report(console, "job_error", jobid=1, rule_name="generate_samples", log=logs, rule_msg="")
    return console.state.failures[1]


def test_half_a_line_is_heard_when_it_is_whole(console: RunConsole) -> None:
    start(console)
    write(f"{SAID}: 40 of 160 samples, 35")
    assert heard(console) == (0, 0)
    write("2 tokens/s\n")
    assert heard(console) == (40, 352)


def test_a_line_is_whole_whatever_letters_it_has(console: RunConsole) -> None:
    start(console)
    write(f"{SAID}: 40 of 160 samples\n{SAID} äöüß")
    assert heard(console) == (40, 0)
    write(f" ok\n{SAID}: 50 of 160 samples\n")
    assert heard(console) == (50, 0)
    # What is unfinished has letters of two bytes.
    write("äöüäöüäöü: ")
    heard(console)
    write(f"x\n{SAID}: 60 of 160 samples\n")
    assert heard(console) == (60, 0)


def test_a_line_is_whole_whatever_bytes_stand_before_it(console: RunConsole) -> None:
    """An engine's log may hold bytes that are no text."""
    start(console)
    with LOG.open("ab") as log:
        log.write(b"\xff\xfe\xff\xfe half ")
    assert heard(console) == (0, 0)
    write(f"a line\n{SAID}: 40 of 160 samples\n")
    assert heard(console) == (40, 0)
    with LOG.open("ab") as log:
        log.write(b"\xff" * 40)
    heard(console)
    write(f"\n{SAID}: 60 of 160 samples\n")
    assert heard(console) == (60, 0)


def test_lines_of_an_earlier_run_are_not_heard(console: RunConsole) -> None:
    write(f"{SAID}: 150 of 160 samples\n")
    start(console)
    assert heard(console) == (0, 0)
    write(f"{SAID}: 10 of 160 samples\n")
    assert heard(console) == (10, 0)


def test_an_error_of_an_earlier_run_is_not_this_ones(console: RunConsole) -> None:
    write(f"{SAID}: error: the disk is full\n")
    start(console)
    write(f"{SAID}: 3 of 9 samples\n")
    assert failure(console, [str(LOG)]).sentence.endswith(f"its last line is: {SAID}: 3 of 9 samples")


def test_a_log_that_is_written_anew_is_read_from_its_beginning(console: RunConsole) -> None:
    write(f"{SAID}: error: the disk is full\n")
    start(console)
    LOG.write_text(f"{SAID}: error: no such model\n", encoding="utf-8")
    os.utime(LOG, ns=(1, 1))
    assert failure(console, [str(LOG)]).sentence == "no such model"


def test_a_job_without_a_word_of_its_own_has_the_clusters(console: RunConsole) -> None:
    start(console)
    Path("slurm.log").write_text("slurmstepd: error: Detected 1 oom_kill event\n", encoding="utf-8")
    assert failure(console, [str(LOG), "slurm.log"]).sentence == "Detected 1 oom_kill event"


def test_a_job_that_names_no_error_has_the_clusters(console: RunConsole) -> None:
    start(console)
    write(f"{SAID}: 3 of 9 samples\n")
    Path("slurm.log").write_text("Using profile slurm\nslurmstepd: error: Detected 1 oom_kill event\n", encoding="utf-8")
    assert failure(console, [str(LOG), "slurm.log"]).sentence == "Detected 1 oom_kill event"


def test_what_a_job_says_is_said_where_nobody_names_an_error(console: RunConsole) -> None:
    start(console)
    write("fetch_model package:some: fetching the wheel\n")
    Path("slurm.log").write_text("Using profile slurm\n", encoding="utf-8")
    assert failure(console, [str(LOG), "slurm.log"]).sentence == "fetch_model package:some: fetching the wheel"


def test_only_samples_of_missing_files_are_to_be_made(console: RunConsole) -> None:
    """Ten problems in blocks of four, seven samples in rounds of three; two of the nine shards are there."""
    config = {
        "run": "mine",
        "models": {"m": {"engine": "vllm", "draws_per_job": None}},
        "benchmarks": {"b": {"problems": 10, "samples": 7, "shard": {"problems": 4, "samples": 3}}},
        "pairs": [{"benchmark": "b", "model": "m", "strategy": "repeated"}],
        "verification": {"samples_per_job": None},
    }
    folder = Path("results/mine/b/m/repeated/samples")
    folder.mkdir(parents=True)
    for shard in ("0000-0000", "0002-0002"):
        (folder / f"{shard}.parquet").touch()
    report(console, "", monkeys_layout=Layout(config))
    report(console, "run_info", stats={"generate_samples": 7, "verify_samples": 9, "total": 16})
    # 12 in the first shard of four problems, 2 in the last one of two.
    assert console.state.sizes == {"generate": 70 - 12 - 2, "verify": 70}


def test_what_is_printed_is_kept_from_the_terminal_and_handed_over_line_by_line(capfd: pytest.CaptureFixture[str]) -> None:
    output = Output()
    try:
        # By their numbers, as pytest has streams of its own.
        os.write(1, b"one\ntwo")
        assert output.lines() == ["one"]
        os.write(2, b" and more\r\nthree")
        assert output.lines() == ["two and more"]
        output.terminal.write("seen\n")
        output.terminal.flush()
    finally:
        rest = output.release()
    assert rest == ["three"] and output.release() == []
    os.write(2, b"back\n")
    found = capfd.readouterr()
    assert (found.out, found.err) == ("", "seen\nback\n")


def test_lines_of_jobs_are_shown_but_for_progress(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    console = RunConsole(live=False, interval=1e9)
    start(console)
    os.write(1, f"{SAID}: 3 of 9 samples\n{SAID}: 3 samples were drawn before\n".encode())
    report(console, "job_finished", job_id=1)
    console.close()
    assert capfd.readouterr().err.splitlines() == [
        "run: 1 job (generate 1)", f"{SAID}: 3 samples were drawn before", "run: all jobs are done"
    ]  # fmt: skip
