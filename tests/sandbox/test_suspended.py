"""A job that is suspended (Slurm's suspend, a freezer, a paused machine) and goes on gives the verdicts that it would have given.

Each case starts a process that verifies, stops it with all that it started for longer than programs may take by the clock, and lets it go on: the
process that waits first, so that it finds its own patience passed while nobody has answered yet.
"""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from project import ROOT

from monkeys.clock import Elapsed
from monkeys.sandbox.launching import descendants

WALL = 6.0
STOPPED = 9.0
BURN = "import time\nwhile time.process_time() < 0.35: pass\ntime.sleep(2)\n"
"""At work when it is found, with little left to do, as others may keep the machine busy."""
SLEEP = "import time\ntime.sleep(1000)\n"

SANDBOX = f"""
import json, sys
from pathlib import Path
from monkeys import sandbox
sandbox.wall_seconds = lambda cpu_seconds: {WALL}
sandbox.GRACE_SECONDS = 2 - {WALL}  # waits for {WALL} + 2 seconds
starts = []
class Counted(sandbox.Worker):
    def __init__(self, kind):
        starts.append(kind)
        super().__init__(kind)
sandbox.Worker = Counted
kind = sandbox.Sandbox(sys.argv[1], Path(sys.argv[2]) if sys.argv[2:] else None)
check = "def check(candidate):\\n    assert candidate() == 1\\n"
programs = []
for text in ({BURN!r}, {SLEEP!r}):
    programs.append(sandbox.Script(text, "", 4, 512))
    programs.append(sandbox.FunctionTests(text + "def f(): return 1\\n", check, "f", 4, 512))
found = dict(sandbox.run_programs(programs, len(programs), kind))
print(json.dumps([[found[number].outcome, found[number].detail] for number in sorted(found)] + [len(starts)]))
"""

REPOSITORY = f"""
import json, sys
from monkeys.sandbox import repositories
repositories.Limits.wall_seconds = {WALL}
repositories.apptainer.environment = lambda: {{"PATH": "/usr/bin:/bin"}}
found = []
for text in ({BURN!r}, {SLEEP!r}):
    command = ["/bin/sh", "-c", "printf '\\\\0the script starts\\\\0\\\\n'; exec /usr/bin/python3 -c \\"$0\\"", text]
    ended = repositories._watched(command, repositories.Limits(20, 1000))
    found.append([ended.status, ended.limit])
print(json.dumps(found))
"""

LEAN = f"""
import json, os, sys, tempfile
os.chdir(tempfile.mkdtemp())
from monkeys.graders import lean_session
lean_session.wall_seconds = lambda cpu_seconds: {WALL}
loop = '''
import json, sys
for line in sys.stdin:
    if line.strip():
        exec(json.loads(line)["cmd"])
        print('{{"env": 0}}\\\\n', flush=True)
'''
loop = lean_session.Loop({{"command": [sys.executable, "-c", loop], "folder": "."}})
print(json.dumps([loop.ask({{"cmd": text}}, 20) for text in ({BURN!r}, {SLEEP!r})]))
"""


def stopped_in_the_middle(text: str, *arguments: str, burning: int) -> list[object]:
    """What a process says that is suspended when as many processes below it are at work."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "scripts")}
    process = subprocess.Popen([sys.executable, "-c", text, *arguments], stdout=subprocess.PIPE, text=True, env=environment, encoding="utf-8")
    try:
        most = os.sysconf("SC_CLK_TCK") * 0.2
        while sum(int(fields[11]) + int(fields[12]) > most for fields in descendants(process.pid).values()) < burning:
            assert process.poll() is None
            time.sleep(0.02)
        process.send_signal(signal.SIGSTOP)
        stopped = list(descendants(process.pid))
        for number in stopped:
            os.kill(number, signal.SIGSTOP)
        time.sleep(STOPPED)
        process.send_signal(signal.SIGCONT)
        time.sleep(0.3)
        for number in stopped:
            os.kill(number, signal.SIGCONT)
        answer, _ = process.communicate(timeout=120)
    finally:
        process.kill()
    found: list[object] = json.loads(answer)
    return found


@pytest.mark.parametrize("kind", ["bubblewrap", "apptainer"])
def test_programs_of_a_suspended_job_keep_their_verdicts(kind: str, request: pytest.FixtureRequest) -> None:
    image = [str(request.getfixturevalue("sandbox_image"))] if kind == "apptainer" else []
    waited = ["timeout", f"used up its {WALL:g} s of wall time"]
    assert stopped_in_the_middle(SANDBOX, kind, *image, burning=2) == [["passed", ""], ["passed", ""], waited, waited, 4]


@pytest.mark.full
def test_a_script_in_a_suspended_container_goes_on() -> None:
    assert stopped_in_the_middle(REPOSITORY, burning=1) == [[0, ""], [None, "timeout"]]


@pytest.mark.full
def test_a_lean_loop_that_was_suspended_goes_on() -> None:
    waited = {"outcome": "timeout", "detail": f"used up its {WALL:g} s of wall time"}
    assert stopped_in_the_middle(LEAN, burning=1) == [{"env": 0}, waited]


def test_elapsed_time_has_no_gaps(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    elapsed = Elapsed()
    for gap in (0.1, 0.9, 3600, 0.5):
        now += gap
        elapsed.look()
    assert elapsed.seconds == pytest.approx(0.1 + 0.9 + 0.1 + 0.5)


def test_every_wait_by_the_clock_leaves_gaps_out() -> None:
    """Deadlines on the monotonic clock would take a suspension for a program's time."""
    named = {path.name for path in (ROOT / "scripts").rglob("*.py") if "time.monotonic" in path.read_text(encoding="utf-8")}
    # progress.py and run_console.py only tell the time; openai_api.py spaces out its requests; files.py waits for a file system, which goes on meanwhile, and looks once more behind each gap.
    assert named == {"clock.py", "progress.py", "files.py", "openai_api.py", "run_console.py"}, "use monkeys.clock.Elapsed"
