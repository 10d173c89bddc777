"""The state of a run, from what Snakemake reports of its jobs and from the lines that jobs write. No terminal, no clock and no files: all are handed in."""

import re
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

STAGES = ("prepare", "generate", "score", "verify", "audit", "analyse")
"""In the order in which they run."""
_PREFIXES = {
    "prepare": ("fetch_", "prepare_", "build_", "check_"),
    "generate": ("generate_samples", "search_samples"),
    "score": ("score_", "train_", "write_tests"),
    "verify": ("verify_",),
    "audit": ("audit_", "summarise_audit"),
}
WINDOW = 120.0
"""Seconds of the past by which the time left is judged."""

_NO_SAMPLES = ("train_reward_model", "write_tests")
"""Rules of a stage of samples whose jobs have none."""
_TICK = re.compile(r"(?P<done>\d+) of (?P<total>\d+) (?:samples|trees)\b")
_LAST = re.compile(r": (?P<done>\d+) (?:samples|trees)(?: verified| scored| taken|, of which)")
_RATE = re.compile(r"(?P<rate>\d+) tokens/s")
_PROGRESS = re.compile(r"^[\w ().,-]+: \d+ of \d+ .*$")
_WORD = re.compile(r"\w{4,}(?=[ :])")
_ERROR = re.compile(r"^(?:[^:]{0,300}: )?error: (?P<sentence>.+)$")


def stage_of(rule: str) -> str:
    """The stage of a rule, by its name; rules of a user's own that follow the names of ours belong to these stages too."""
    return next((stage for stage, prefixes in _PREFIXES.items() if rule.startswith(prefixes)), "analyse")


def label_of(rule: str, wildcards: Mapping[str, str]) -> str:
    """What a job is called, as it calls itself: its rule, what it is of, and the numbers of its shard or part."""
    numbers = "-".join(str(value) for name, value in wildcards.items() if name in ("block", "round", "part"))
    return " ".join(
        [rule, *(str(value) for name, value in wildcards.items() if name not in ("block", "round", "part")), *([numbers] if numbers else [])]
    )


def is_progress(line: str) -> bool:
    """Whether a line of a job says how far it is, and nothing that a person must read."""
    return bool(_PROGRESS.match(line))


@dataclass(slots=True)
class Job:
    """A job that was started.

    ``label`` is its rule and what it is of; ``samples`` are done of ``of``, as far as they are known; ``rate`` is in tokens a second.
    """

    rule: str
    label: str
    logs: Sequence[str]
    samples: int = 0
    of: int | None = None
    rate: float = 0.0
    said: str = ""


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that failed, in one sentence, and its log."""

    label: str
    sentence: str
    log: str

    def lines(self) -> list[str]:
        """What a person reads of it."""
        said = self.sentence or "it failed without a word"
        return [f"error: {self.label}: {said}", *([f"log: {self.log}"] if self.log else [])]


@dataclass(slots=True)
class Stage:
    """A stage: its jobs, and its samples where it has any. ``about`` says that jobs to come may have other numbers of samples than assumed."""

    name: str
    jobs: int = 0
    jobs_done: int = 0
    samples: int = 0
    of: int | None = None
    about: bool = False
    rate: float = 0.0
    seconds_left: float | None = None

    @property
    def done(self) -> bool:
        """Whether all of its jobs are."""
        return self.jobs_done >= self.jobs

    @property
    def share(self) -> float:
        """What is done of it, from 0 to 1."""
        if self.done:
            return 1.0
        return min(1.0, self.samples / self.of) if self.of else self.jobs_done / self.jobs

    def numbers(self) -> str:
        """What is done of all, in words."""
        if self.of:
            return f"{self.samples:,} of {'about ' if self.about else ''}{self.of:,} samples"
        return f"{self.jobs_done:,} of {self.jobs:,} {'job' if self.jobs == 1 else 'jobs'}"

    def line(self) -> str:
        """All of it in a line."""
        parts = [f"{self.name} {self.numbers()}"]
        parts += [f"{self.rate:,.0f} tokens/s"] if self.rate else []
        parts += [f"{clock(self.seconds_left)} left"] if self.seconds_left is not None and not self.done else []
        return ", ".join(parts)


def clock(seconds: float) -> str:
    """Hours, minutes and seconds."""
    whole = int(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02d}:{whole % 60:02d}"


@dataclass
class RunState:
    """What is known of a run. Times are seconds on any clock that goes on.

    ``sizes`` are the samples of the jobs to run by stage, where the configuration says them.
    """

    began: float
    planned: dict[str, int] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    running: dict[int, Job] = field(default_factory=dict)
    failures: dict[int, Failure] = field(default_factory=dict)
    last_said: str = ""
    _without_samples: dict[str, int] = field(default_factory=dict)
    _finished: dict[str, list[Job]] = field(default_factory=dict)
    _history: dict[str, deque[tuple[float, float]]] = field(default_factory=dict)

    def plan(self, stats: Mapping[str, int]) -> None:
        """Take the numbers of jobs by rule."""
        self.planned, self._without_samples = {}, {}
        for rule, number in stats.items():
            if rule not in ("total", "all"):
                stage = stage_of(rule)
                self.planned[stage] = self.planned.get(stage, 0) + number
                self._without_samples[stage] = self._without_samples.get(stage, 0) + number * rule.startswith(_NO_SAMPLES)

    def start(self, jobid: int, rule: str, wildcards: Mapping[str, str], logs: Sequence[str]) -> None:
        """A job starts; one that failed before is tried again."""
        if rule == "all":
            return
        self.failures.pop(jobid, None)
        self.running[jobid] = Job(rule, label_of(rule, wildcards), list(logs))

    def finish(self, jobid: int) -> None:
        """A job is done."""
        job = self.running.pop(jobid, None)
        if job is not None:
            job.samples = job.of if job.of is not None else job.samples
            self._finished.setdefault(stage_of(job.rule), []).append(job)

    def fail(self, jobid: int, rule: str, logs: Sequence[str], text: str, reason: str = "") -> Failure:
        """A job has failed; ``text`` is the end of what it wrote, ``reason`` what a cluster says of its end."""
        job = self.running.pop(jobid, None) or Job(rule, rule, list(logs))
        self.failures[jobid] = failure = Failure(job.label, sentence_of(text, reason), next(iter(logs), ""))
        return failure

    def hear(self, jobid: int, line: str) -> None:
        """Take a line of a job that runs."""
        job = self.running.get(jobid)
        # A job calls itself by its script, whose name its rule's may go on: score_samples_by_model.
        word = _WORD.match(line)
        if job is None or word is None or not job.rule.startswith(word[0]):
            return
        job.said = self.last_said = line
        if found := _TICK.search(line):
            job.samples, job.of = int(found["done"]), int(found["total"])
        elif found := _LAST.search(line):
            job.samples = job.of = int(found["done"])
        rate = _RATE.search(line)
        job.rate = float(rate["rate"]) if rate else 0.0

    def stages(self, now: float) -> list[Stage]:
        """The stages that have jobs in this run."""
        found: list[Stage] = []
        for name in STAGES:
            if not self.planned.get(name):
                continue
            finished = self._finished.get(name, [])
            running = [job for job in self.running.values() if stage_of(job.rule) == name]
            stage = Stage(name, self.planned[name], len(finished), rate=sum(job.rate for job in running))
            seen = [job for job in (*finished, *running) if job.of is not None]
            if seen or name in self.sizes:
                stage.samples = sum(job.samples for job in (*finished, *running))
                known = sum(job.of or 0 for job in seen)
                to_come = stage.jobs - self._without_samples.get(name, 0) - len(seen)
                stage.of = self.sizes.get(name) or round(known + (known / len(seen) * to_come if seen else 0))
                stage.about = name not in self.sizes and to_come > 0
                stage.of = max(stage.of, stage.samples)
            # While a stage waits for another one, its own pace says nothing of when it ends. Nor does it where only its jobs are counted: a few small
            # ones run early.
            left = self._left(stage, now)
            waits = not running or (stage.of is None and not all(one.done for one in found))
            if seen and running and not {job.rule for job in running} & {job.rule for job in seen}:
                # Such as a reward model that is trained before its samples are scored. The pace is judged anew behind it.
                waits = True
                self._history[stage.name].clear()
            stage.seconds_left = None if waits else left
            found.append(stage)
        return found

    def _left(self, stage: Stage, now: float) -> float | None:
        """Seconds that a stage still takes at the pace of the last minutes; None where it has none yet."""
        history = self._history.setdefault(stage.name, deque())
        share = stage.share
        if not history or history[-1][1] != share:
            history.append((now, share))
        # The last point that is older than the window stays: jobs of many minutes have no other.
        while len(history) > 2 and now - history[1][0] > WINDOW:
            history.popleft()
        then, before = history[0]
        if not before < share < 1 or now - then < 5:
            return None
        return (1 - share) * (now - then) / (share - before)


def names_error(text: str) -> bool:
    """Whether a line of it is called an error."""
    return any(_ERROR.match(line.strip()) for line in text.splitlines())


def sentence_of(text: str, reason: str = "") -> str:
    """The sentence in which a job ended: the last that is called an error, or else what a cluster says, or else its last line."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        if found := _ERROR.match(line):
            return found["sentence"]
    if reason.strip():
        return " ".join(reason.split())
    if lines and is_progress(lines[-1]):
        return f"it was ended from outside (too little memory? somebody?); its last line is: {lines[-1]}"
    return lines[-1] if lines else ""
