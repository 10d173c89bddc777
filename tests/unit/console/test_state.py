"""The state of a run, from recorded events and from lines as jobs write them."""

import json
from typing import Any

import pytest
from project import ROOT
from rich.console import Console

from monkeys.console.state import RunState, clock, is_progress, sentence_of, stage_of
from monkeys.console.view import drawn

EVENTS: list[dict[str, Any]] = [
    json.loads(line) for line in (ROOT / "tests" / "data" / "console_events.jsonl").read_text(encoding="utf-8").splitlines()
]
"""What Snakemake reported of a study of recorded samples."""


def replay(until: float) -> RunState:
    state = RunState(0.0)
    for event in EVENTS:
        if event["seconds"] > until:
            break
        match event["event"]:
            case "run_info":
                state.plan(event["stats"])
            case "job_info":
                state.start(event["jobid"], event["rule_name"], event["wildcards"], event["log"])
            case "job_finished":
                state.finish(event["job_id"])
    return state


def numbers(state: RunState, now: float = 1.0) -> dict[str, tuple[int, int]]:
    return {stage.name: (stage.jobs_done, stage.jobs) for stage in state.stages(now)}


def test_recorded_events_are_counted_by_stage() -> None:
    assert numbers(replay(0)) == {}
    assert numbers(replay(6)) == {"prepare": (2, 3), "generate": (0, 1), "verify": (0, 1), "analyse": (0, 15)}
    assert numbers(replay(20)) == {"prepare": (3, 3), "generate": (1, 1), "verify": (0, 1), "analyse": (1, 15)}
    assert numbers(replay(1e9)) == {"prepare": (3, 3), "generate": (1, 1), "verify": (1, 1), "analyse": (15, 15)}
    assert {job.rule for job in replay(50).running.values()} == {"count_passes", "count_tokens"}


@pytest.mark.parametrize(
    ("rule", "stage"),
    [
        ("fetch_model", "prepare"),
        ("search_samples", "generate"),
        ("score_samples_by_model", "score"),
        ("verify_swebench_lite", "verify"),
        ("audit_gold", "audit"),
        ("train_reward_model", "score"),
        ("write_tests", "score"),
        ("build_sandbox", "prepare"),
        ("check_sandbox", "prepare"),
        ("draw_figures_2", "analyse"),
    ],
)
def test_rule_belongs_to_stage(rule: str, stage: str) -> None:
    assert stage_of(rule) == stage


def test_label_is_what_a_job_calls_itself() -> None:
    assert {job.label for job in replay(20).running.values()} == {"verify_samples humaneval canonical repeated 0000-0000-0000"}


def drawing(jobs: int = 3) -> RunState:
    state = RunState(0.0)
    state.plan({"generate_samples": jobs, "total": jobs})
    state.start(1, "generate_samples", {"benchmark": "b", "model": "m"}, ["one.log"])
    return state


def test_lines_of_jobs_give_samples_rate_and_time_left() -> None:
    state = drawing()
    state.sizes = {"generate": 400}
    stage = state.stages(0.0)[0]
    assert (stage.numbers(), stage.seconds_left) == ("0 of 400 samples", None)
    state.hear(1, "generate_samples b m: loading the model")
    state.hear(1, "generate_samples b m: 40 of 160 samples, 352 tokens/s")
    stage = state.stages(20.0)[0]
    assert (stage.samples, stage.of, stage.rate) == (40, 400, 352.0)
    assert stage.seconds_left == pytest.approx(180.0)  # 40 in 20 s, 360 to come
    assert stage.line() == "generate 40 of 400 samples, 352 tokens/s, 0:03:00 left"
    state.start(2, "generate_samples", {"benchmark": "b", "model": "n"}, ["two.log"])
    state.hear(2, "generate_samples b n: 10 of 160 samples, 48 tokens/s")
    assert state.stages(25.0)[0].rate == 400.0
    state.hear(1, "generate_samples b m: 160 samples, of which 160 drawn: 9 tokens in 9 s after 1 s of loading")
    state.finish(1)
    stage = state.stages(30.0)[0]
    assert (stage.samples, stage.jobs_done, stage.rate) == (170, 1, 48.0)


def test_a_finished_job_has_made_all_of_its_samples_whatever_it_said_last() -> None:
    state = drawing(2)
    state.hear(1, "generate_samples b m: 150 of 160 samples, 352 tokens/s")
    state.finish(1)
    stage = state.stages(30.0)[0]
    assert (stage.samples, stage.numbers()) == (160, "160 of about 320 samples")


def test_time_left_needs_some_seconds_and_a_job_that_runs() -> None:
    state = drawing(2)
    state.sizes = {"generate": 400}
    state.stages(0.0)
    state.hear(1, "generate_samples b m: 40 of 200 samples")
    assert state.stages(4.0)[0].seconds_left is None
    assert state.stages(8.0)[0].seconds_left == pytest.approx(8 * 360 / 40)
    # Until the next one starts nobody knows how long it takes.
    state.finish(1)
    assert state.stages(20.0)[0].seconds_left is None


def test_without_sizes_the_total_is_judged_by_the_jobs_that_are_known() -> None:
    state = drawing()
    assert state.stages(0.0)[0].numbers() == "0 of 3 jobs"
    state.hear(1, "generate_samples b m: 40 of 160 samples")
    assert state.stages(1.0)[0].numbers() == "40 of about 480 samples"


def test_programs_are_not_taken_for_samples() -> None:
    state = RunState(0.0)
    state.plan({"verify_samples": 1})
    state.start(1, "verify_samples", {}, [])
    state.hear(1, "verify_samples: 5 of 9 distinct programs run, 12 of 40 samples verified")
    assert state.stages(1.0)[0].numbers() == "12 of 40 samples"
    state.hear(1, "verify_samples: 40 samples verified in 3 s: 8 passed")
    assert state.stages(2.0)[0].share == 1.0


def test_time_left_follows_the_last_minutes() -> None:
    state = drawing(1)
    state.sizes = {"generate": 1000}
    for second in range(0, 600, 10):  # a sample a second, then four
        done = second if second <= 300 else 300 + 4 * (second - 300) // 2
        state.hear(1, f"generate_samples b m: {done} of 1000 samples")
        stage = state.stages(float(second))[0]
    assert stage.seconds_left == pytest.approx((1000 - done) / 2, rel=0.02)


def test_no_time_left_is_said_while_a_reward_model_is_trained() -> None:
    state = RunState(0.0)
    state.plan({"score_samples": 1, "train_reward_model": 1, "score_samples_by_model": 1})
    state.start(1, "score_samples", {}, [])
    state.hear(1, "score_samples a: 0 of 40 samples")
    state.stages(0.0)
    state.hear(1, "score_samples a: 20 of 40 samples")
    assert state.stages(10.0)[0].seconds_left is not None
    assert state.stages(10.0)[0].numbers() == "20 of about 80 samples"
    state.hear(1, "score_samples a: 40 samples scored, 0 without a score, 9 tokens read, in 4 s after 0 s of loading")
    state.finish(1)
    state.start(2, "train_reward_model", {}, [])
    assert state.stages(20.0)[0].seconds_left is None
    assert state.stages(320.0)[0].seconds_left is None
    state.finish(2)
    state.start(3, "score_samples_by_model", {}, [])
    state.hear(3, "score_samples_by_model b: 0 of 40 samples")
    state.stages(330.0)
    state.hear(3, "score_samples_by_model b: 20 of 40 samples")
    assert state.stages(340.0)[0].seconds_left == pytest.approx(10.0)


def test_time_left_of_jobs_is_said_when_no_stage_before_is_at_work() -> None:
    state = RunState(0.0)
    state.plan({"generate_samples": 1, "fit_scaling_laws": 4})
    state.start(1, "generate_samples", {}, [])
    state.start(2, "fit_scaling_laws", {}, [])
    state.stages(0.0)
    state.finish(2)
    state.start(3, "fit_scaling_laws", {}, [])
    stage = state.stages(20.0)[1]
    assert (stage.name, stage.jobs_done, stage.seconds_left) == ("analyse", 1, None)
    state.finish(1)
    assert state.stages(20.0)[1].seconds_left == pytest.approx(60.0)


def test_failed_job_is_its_sentence_and_its_log() -> None:
    state = drawing()
    text = "generate_samples b m: loading the model\ngenerate_samples b m: error: the disk is full; make room and run again\n"
    failure = state.fail(1, "generate_samples", ["one.log"], text)
    assert failure.lines() == ["error: generate_samples b m: the disk is full; make room and run again", "log: one.log"]
    assert not state.running and list(state.failures) == [1]
    state.start(1, "generate_samples", {}, ["one.log"])
    assert not state.failures, "a job that is tried again has not failed"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("error: no such file\n", "no such file"),
        ("a: error: first\na: error: second\na: more\n", "second"),
        ("Traceback (most recent call last):\n  File x\nValueError: bad\n\n", "ValueError: bad"),
        ("a b: 3 of 9 samples\n", "it was ended from outside (too little memory? somebody?); its last line is: a b: 3 of 9 samples"),
        ("", ""),
    ],
)
def test_sentence_of_a_log(text: str, sentence: str) -> None:
    assert sentence_of(text) == sentence


def test_what_a_cluster_says_counts_where_the_job_has_no_sentence() -> None:
    assert sentence_of("a: 3 of 9 samples\n", "SLURM-job '7' failed,\n status is: 'TIMEOUT'") == "SLURM-job '7' failed, status is: 'TIMEOUT'"
    assert sentence_of("a: error: no space\n", "SLURM-job '7' failed") == "no space"


def test_rule_whose_script_has_a_shorter_name_is_heard() -> None:
    state = RunState(0.0)
    state.plan({"score_samples_by_model": 1})
    state.start(1, "score_samples_by_model", {}, [])
    state.hear(1, "score_samples b m: 3 of 9 samples scored")
    state.hear(1, "WARNING 1 of 2 samples of somebody else's")
    assert state.stages(1.0)[0].numbers() == "3 of 9 samples"


def test_progress_is_told_from_what_a_person_must_read() -> None:
    assert is_progress("generate_samples b m 0000-0000: 320 of 1640 samples, 352 tokens/s")
    assert is_progress("verify_samples b: 5 of 9 distinct programs run, 12 of 40 samples verified")
    assert not is_progress("generate_samples b m: 320 samples were drawn before and are taken from the store")
    assert not is_progress("generate_samples b m: error: samples.jsonl has 2 of 3 samples")


def text_of(state: RunState, now: float, width: int = 100) -> list[str]:
    console = Console(width=width, force_terminal=False, color_system=None)
    with console.capture() as capture:
        console.print(drawn(state, now, "demo"))
    return [line.rstrip() for line in capture.get().splitlines()]


def test_view_has_a_line_a_stage() -> None:
    state = replay(20)
    state.hear(3, "verify_samples humaneval canonical repeated 0000-0000-0000: 3 of 8 samples verified")
    lines = text_of(state, 75.0)
    assert lines[0] == "demo  0:01:15"
    assert [line.split()[0] for line in lines[1:5]] == ["prepare", "generate", "verify", "analyse"]
    assert "3 of 8 samples" in lines[3] and "1 of 15 jobs" in lines[4]
    assert lines[5].strip().startswith("verify_samples humaneval canonical repeated 0000-0000-0000: 3 of 8")


def test_view_has_the_job_that_started_first_of_those_that_said_something() -> None:
    state = drawing(3)
    for number, model in ((2, "n"), (3, "o")):
        state.start(number, "generate_samples", {"benchmark": "b", "model": model}, [])
    assert text_of(state, 1.0)[-1].strip() == "generate_samples b m (and 2 more jobs)"
    state.hear(3, "generate_samples b o: 3 of 9 samples")
    state.hear(2, "generate_samples b n: loading the model")
    assert text_of(state, 2.0)[-1].strip() == "generate_samples b n: loading the model (and 2 more jobs)"


def test_view_before_the_plan_says_what_is_going_on() -> None:
    assert text_of(RunState(0.0), 2.0) == ["demo  0:00:02", "looking what there is to do"]


def test_view_keeps_to_the_width() -> None:
    assert all(len(line) <= 60 for line in text_of(replay(20), 75.0, width=60))


def test_clock() -> None:
    assert [clock(seconds) for seconds in (0, 59.9, 3661, 360000)] == ["0:00:00", "0:00:59", "1:01:01", "100:00:00"]
