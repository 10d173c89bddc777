"""The console of a run: takes Snakemake's records, follows the logs of its jobs, and shows the state on a terminal or in lines."""

import os
import threading
import time
from collections import deque
from collections.abc import Mapping
from logging import WARNING, LogRecord
from pathlib import Path
from typing import Any, NamedTuple

from rich.console import Console
from rich.live import Live

from monkeys.console.output import Output
from monkeys.console.state import RunState, clock, is_progress, names_error
from monkeys.console.view import drawn
from monkeys.study.layout import Layout
from monkeys.study.sizes import STAGES, samples_by_file

MINUTE = 60.0
_KEPT = ("Nothing to be done", "Unlocked", "Trying to restart job", "Will exit after", "Waiting at most", "Terminating processes")
"""Beginnings of what Snakemake says that a person should read; all of it is in its own log."""
_OF_FAILED_JOBS = ("Exiting because a job execution failed", "At least one job did not complete")
_TAIL = 8192


class RunConsole:
    """Shows a run, from ``open`` to ``close``.

    Args:
        live: whether to draw on a terminal; lines if not.
        interval: seconds between two lines, or two looks.
    """

    def __init__(self, live: bool, interval: float = MINUTE) -> None:
        self._output = Output()
        self.state = RunState(time.monotonic())
        self._title, self._folder = "run", Path()
        self._lock, self._ended = threading.RLock(), threading.Event()
        self._layout: Layout | None = None
        # By job: its log as it was when the job started, and where it was read to.
        self._starts: dict[int, _Log] = {}
        self._offsets: dict[int, int] = {}
        self._errors: deque[str] = deque(maxlen=20)
        self._interval, self._said_at = interval, time.monotonic()
        self._console = Console(file=self._output.terminal, force_terminal=live, soft_wrap=not live, highlight=False, markup=False)
        self._live: Live | None = None
        if live:
            self._fit()
            self._live = Live(get_renderable=self._drawn, console=self._console, auto_refresh=False, redirect_stdout=False, redirect_stderr=False)
            self._live.start()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    # What Snakemake reports

    def take(self, record: LogRecord) -> None:
        """Take a record of Snakemake's."""
        with self._lock:
            fields = record.__dict__
            if (layout := fields.get("monkeys_layout")) is not None:
                self._layout, self._title = layout, layout.config["run"]
                return
            event = str(fields.get("event") or "")
            handler = getattr(self, f"_on_{event}", None)
            if handler is not None:
                handler(fields)
            elif record.levelno >= WARNING or (not event and str(record.msg).startswith(_KEPT)):
                self._message(str(record.msg))

    def _on_run_info(self, fields: Mapping[str, Any]) -> None:
        self.state.plan(fields["stats"])
        if self._layout is not None:
            self.state.sizes = _sizes_to_make(self._layout, self.state.planned)
        if self._live is None:
            jobs = sum(self.state.planned.values())
            of_stages = ", ".join(
                f"{stage.name} {stage.of or stage.jobs:,}{' samples' if stage.of else ''}" for stage in self.state.stages(time.monotonic())
            )
            self._say(f"{self._title}: {jobs:,} {'job' if jobs == 1 else 'jobs'} ({of_stages})")

    def _on_job_info(self, fields: Mapping[str, Any]) -> None:
        log = next(iter(fields["log"] or []), None)
        # A log that is gone on with has the lines of earlier runs.
        self._starts[fields["jobid"]] = start = _log(log)
        self._offsets[fields["jobid"]] = start.size
        self.state.start(fields["jobid"], fields["rule_name"], dict(fields["wildcards"] or {}), fields["log"] or [])

    def _on_job_finished(self, fields: Mapping[str, Any]) -> None:
        self._listen(fields["job_id"])
        self.state.finish(fields["job_id"])

    def _on_job_error(self, fields: Mapping[str, Any]) -> None:
        jobid, logs = fields["jobid"], fields["log"] or []
        # What the job wrote last may not have been read yet.
        self._read_output()
        # Behind the rule's log come those of a cluster, which say how the machine ended it; an error that the job named itself counts most.
        contents = [_new_bytes(log, self._behind(jobid, log) if number == 0 else 0)[0] for number, log in enumerate(logs)]
        texts = [content.decode("utf-8", errors="replace") for content in contents]
        spoken = [text for text in texts if text.strip()]
        text = next(filter(names_error, spoken), next(iter(spoken), "\n".join(self._errors)))
        failure = self.state.fail(jobid, fields["rule_name"], logs, text, str(fields.get("rule_msg") or ""))
        if self._live is None:
            self._say(*failure.lines())

    def _on_group_error(self, fields: Mapping[str, Any]) -> None:
        for info in fields["job_error_info"]:
            self._on_job_error(info)

    def _behind(self, jobid: int, log: str) -> int:
        """Where the lines of this run begin in the log of a job: a log may be written anew, and be as long as it was."""
        start, end = self._starts.get(jobid, _Log()), _log(log)
        return 0 if end.size <= start.size and end.changed != start.changed else start.size

    def _on_error(self, fields: Mapping[str, Any]) -> None:
        text = str(fields["msg"])
        # A command that failed is a job that failed, which is reported by itself.
        if "CalledProcessError" in text or (self.state.failures and any(said in text for said in _OF_FAILED_JOBS)):
            return
        self._message(text)

    def _ignore(self, fields: Mapping[str, Any]) -> None:
        """Chatter."""

    _on_workflow_started = _on_resources_info = _on_shellcmd = _on_job_started = _on_progress = _on_group_info = _on_debug_dag = _on_rulegraph = (
        _ignore
    )

    def _message(self, text: str) -> None:
        if not text.startswith(_OF_FAILED_JOBS):
            self._say(text)

    # What jobs write

    def _watch(self) -> None:
        while not self._ended.wait(0.25 if self._live else 0.5):
            with self._lock:
                if not self._ended.is_set():
                    self._look()

    def _read_output(self) -> None:
        for line in self._output.lines():
            self._pass_on(line)

    def _look(self) -> None:
        self._read_output()
        for jobid in list(self.state.running):
            self._listen(jobid)
        if self._live is not None:
            self._fit()
            self._live.refresh()
        elif time.monotonic() - self._said_at >= self._interval and self.state.planned:
            stages = [stage.line() for stage in self.state.stages(time.monotonic()) if not stage.done]
            self._say(f"{clock(time.monotonic() - self.state.began)}  {'; '.join(stages)}")

    def _pass_on(self, line: str) -> None:
        """A line of a job or of the Snakefile: on a terminal what a job says is in the view, else it is shown unless it is progress."""
        if "error" in line.lower():
            self._errors.append(line)
        if self._live is None:
            if not is_progress(line):
                self._output.terminal.write(f"{line}\n")
                self._output.terminal.flush()
        elif line.strip():
            self.state.last_said = line.strip()

    def _listen(self, jobid: int) -> None:
        job = self.state.running.get(jobid)
        if job is None or not job.logs:
            return
        new, start = _new_bytes(job.logs[0], self._offsets.get(jobid, 0))
        # In bytes: what is no UTF-8 has another length when it is text.
        whole = new[: new.rfind(b"\n") + 1]
        for line in whole.decode("utf-8", errors="replace").splitlines():
            self.state.hear(jobid, line)
        self._offsets[jobid] = start + len(whole)

    # What a person sees

    def _drawn(self) -> Any:
        return drawn(self.state, time.monotonic(), self._title)

    def _fit(self) -> None:
        """Rich asks the standard streams for the terminal's size, which are not one now."""
        try:
            columns, rows = os.get_terminal_size(self._output.terminal.fileno())
        except OSError:
            columns, rows = 80, 25
        self._console.size = (columns or 80, rows or 25)

    def _say(self, *lines: str) -> None:
        self._said_at = time.monotonic()
        for line in lines:
            self._console.print(line, soft_wrap=True)
        self._output.terminal.flush()

    def close(self) -> None:
        """Show the last state and give the terminal back."""
        if self._ended.is_set():
            return
        self._ended.set()
        with self._lock:
            self._look()
            if self._live is not None:
                failures, self.state.failures = dict(self.state.failures), {}
                self.state.running.clear()
                self._live.refresh()
                self._live.stop()
                for failure in failures.values():
                    self._say(*failure.lines())
            elif self.state.planned and not self.state.failures and all(stage.done for stage in self.state.stages(time.monotonic())):
                self._say(f"{self._title}: all jobs are done")
            for line in self._output.release():
                if line.strip():
                    self._output.terminal.write(f"{line}\n")
            self._output.terminal.flush()


def _sizes_to_make(layout: Layout, planned: Mapping[str, int]) -> dict[str, int]:
    """The samples of the jobs of a run by stage, where the files that are missing tell which jobs these are."""
    results = Path("results") / layout.config["run"]
    found = {}
    for stage in STAGES:
        sizes = samples_by_file(layout, stage)
        if not sizes or not planned.get(stage):
            continue
        missing = [path for path in sizes if not (results / path).exists()]
        for paths in (missing, list(sizes)):
            if len(paths) == planned[stage]:
                found[stage] = sum(sizes[path] for path in paths)
                break
    return found


class _Log(NamedTuple):
    """A log at some moment: its bytes, and the nanosecond of its last change."""

    size: int = 0
    changed: int = 0


def _log(path: str | None) -> _Log:
    try:
        status = Path(path).stat() if path else None
    except OSError:
        status = None
    return _Log(status.st_size, status.st_mtime_ns) if status else _Log()


def _new_bytes(path: str, offset: int) -> tuple[bytes, int]:
    """What was written to a file behind an offset, at most its end, and where that begins."""
    try:
        with open(path, "rb") as file:
            end = file.seek(0, os.SEEK_END)
            start = file.seek(max(offset if offset <= end else 0, end - _TAIL))
            return file.read(), start
    except OSError:
        return b"", offset
