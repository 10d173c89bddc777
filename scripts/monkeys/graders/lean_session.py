"""Runs inside the sandbox, as a script: asks Lean about one text after another.

Standard library and ``clock.py`` alone, Python 3.9 or newer. What to do comes as JSON on standard input: ``command`` starts Lean in ``folder``; ``header`` and ``codes``
are Lean text. With ``repl`` the command is a loop of leanprover-community/repl, which gets the header once and then each code in the environment behind
it; else it is a compiler, which gets a file of header and code for each. ``cpu_seconds`` bounds each code in a loop; a compiler, the sandbox bounds.

Standard output is one JSON object a line: ``{"ready": true}``, in a loop when the header stands, or false with a ``detail``; then for each code, in order,
``{"messages": [...]}``, which are Lean's own, or ``{"outcome", "detail"}`` where there are none. Behind a code that a loop did not survive this ends, and
the caller goes on with the next in a new one.
"""

import contextlib
import json
import os
import selectors
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from monkeys.clock import TICK, Elapsed

HEADER_CPU_SECONDS = 300
LONGEST_ANSWER = 4 << 20
PROCESSES = Path("/proc")

Json = dict[str, Any]


def wall_seconds(cpu_seconds: float) -> float:
    """Generous, as CPU time decides."""
    return 10 + 4 * cpu_seconds


def say(answer: Json) -> None:
    """Tell the caller."""
    print(json.dumps(answer), flush=True)


def ended(status: int, words: bytes) -> Json:
    """What to say of a Lean that ended without an answer."""
    lines = [line.strip() for line in words.decode("utf-8", "replace").splitlines() if line.strip()]
    last = f": {lines[-1][:200]}" if lines else ""
    if "out of memory" in last or "bad_alloc" in last:
        return {"outcome": "memory", "detail": f"Lean has no more memory{last}"}
    # A program that starts Lean reports its death by a signal as a status above 128.
    number = status - 128 if status > 128 else -status
    if number == signal.SIGKILL:
        return {"outcome": "infrastructure_error", "detail": "Lean was killed from outside the sandbox; is there too little memory?"}
    if number == signal.SIGXCPU:
        return {"outcome": "timeout", "detail": "used up its CPU time"}
    names = {one.value: f"was killed by {one.name}" for one in signal.Signals}
    return {"outcome": "failed", "detail": f"Lean {names.get(number, f'left with status {status}')}{last}"}


def compiled(request: Json, code: str) -> Json:
    """What a compiler says of a file."""
    path = Path("Theorem.lean").resolve()
    path.write_text(request["header"] + code, encoding="utf-8")
    lean = subprocess.run([*request["command"], str(path)], cwd=request["folder"], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    messages = []
    for line in lean.stdout.splitlines():
        # Programs that start Lean may speak, too.
        if line.startswith(b"{"):
            messages.append(json.loads(line))
    if lean.returncode and not any(message.get("severity") == "error" for message in messages):
        return ended(lean.returncode, lean.stderr)
    return {"messages": messages}


class Loop:
    """A loop that reads commands and answers each."""

    def __init__(self, request: Json) -> None:
        self.others = {folder.name for folder in PROCESSES.glob("[0-9]*")}
        self.words = Path("words").resolve()
        with self.words.open("wb") as words:
            self.process = subprocess.Popen(request["command"], cwd=request["folder"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=words)
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.commands, self.answers = self.process.stdin, self.process.stdout
        self.selector = selectors.DefaultSelector()
        self.selector.register(self.answers, selectors.EVENT_READ)

    def cpu_seconds(self) -> float:
        """What it has taken, with all that it started."""
        ticks = 0
        for folder in PROCESSES.glob("[0-9]*"):
            if folder.name not in self.others:
                with contextlib.suppress(OSError):
                    # After the name, which may hold anything.
                    ticks += sum(map(int, (folder / "stat").read_bytes().rpartition(b")")[2].split()[11:15]))
        return ticks / os.sysconf("SC_CLK_TCK")

    def ask(self, command: Json, cpu_seconds: float) -> Json:
        """The answer to a command; both end with a blank line."""
        began, elapsed = self.cpu_seconds(), Elapsed()
        longest = wall_seconds(cpu_seconds)
        try:
            self.commands.write(json.dumps(command).encode() + b"\n\n")
            self.commands.flush()
        except OSError:
            return self.lost()
        data = b""
        while len(data) < LONGEST_ANSWER:
            if self.selector.select(TICK):
                chunk = os.read(self.answers.fileno(), 1 << 16)
                if not chunk:
                    return self.lost()
                data = (data + chunk).lstrip()
                if b"\n\n" in data:
                    answer: Json = json.loads(data)
                    return answer
            if self.cpu_seconds() - began > cpu_seconds:
                return {"outcome": "timeout", "detail": f"used up its {cpu_seconds:g} s of CPU time"}
            if elapsed.look() > longest:
                return {"outcome": "timeout", "detail": f"used up its {longest:g} s of wall time"}
        return {"outcome": "failed", "detail": f"Lean answers with more than {LONGEST_ANSWER} bytes"}

    def lost(self) -> Json:
        """What to say of a loop that has ended."""
        return ended(self.process.wait(), self.words.read_bytes())


def loop_over(loop: Loop, request: Json) -> None:
    """Have a loop read the header, and then each code."""
    environment = loop.ask({"cmd": request["header"]}, HEADER_CPU_SECONDS)
    errors = [message["data"] for message in environment.get("messages", []) if message["severity"] == "error"]
    if errors or "env" not in environment:
        say({"ready": False, "detail": str(errors[0] if errors else environment.get("detail") or environment)[:400]})
        return
    say({"ready": True})
    for code in request["codes"]:
        answer = loop.ask({"cmd": code, "env": environment["env"]}, request["cpu_seconds"])
        if "outcome" in answer:
            say(answer)
            return
        # What it cannot take for a command at all, it tells in a single message.
        failed = {"outcome": "failed", "detail": str(answer.get("message"))[:400]}
        say({"messages": answer.get("messages", [])} if "env" in answer else failed)


def main() -> None:
    request = json.load(sys.stdin)
    # Lean starts as many threads as the machine has cores; a sandbox has no place for hundreds.
    os.environ["LEAN_NUM_THREADS"] = "2"
    try:
        loop = Loop(request) if request["repl"] else None
    except OSError as error:
        say({"ready": False, "detail": f"it does not start ({error})"})
        return
    if loop:
        loop_over(loop, request)
        return
    say({"ready": True})
    for code in request["codes"]:
        try:
            say(compiled(request, code))
        except OSError as error:
            say({"outcome": "infrastructure_error", "detail": f"Lean does not start ({error})"})


if __name__ == "__main__":
    main()
    # At once: a loop may still be at work, and the sandbox ends it.
    os._exit(0)
