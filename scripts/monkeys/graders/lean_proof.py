"""Proofs of theorems in Lean 4.

A reference has the fields ``header`` (imports and what is opened) and ``statement`` (``theorem name ... :=``). A sample is the text behind ``by (``: the
grader writes the file itself, header, statement under a name drawn for this one check, ``by (``, proof, ``)``, and has Lean list the theorem's axioms
behind it. A proof has passed if Lean finds no error in the whole of it and it rests on no axioms but Lean's own three.

What keeps a text from passing that proves nothing:

- It cannot leave its brackets, and words that do something outside of a proof, or run a program while it is read, are refused (``FORBIDDEN`` in
  ``formats/lean_text.py``): such a program could write Lean's answers itself. Nothing in quotes is allowed, and comments are found as Lean finds them, or
  the text is refused.
- Lean elaborates the statement, which is ours, before it looks at the proof.
- The answer that counts names the theorem, by a name that no sample knows.

Before any sample, each problem's statement and a trivial theorem go the same way: where they fail, the fault lies with Lean, Mathlib or their versions,
and no sample is called wrong for it.

Backends, by the option ``backend``: ``file``, a compiler for each proof; ``repl``, a loop of leanprover-community/repl for many, which reads the header
once; both in the sandbox, with the image that ``image`` names or else the study's own. ``kimina``, a Kimina Lean Server at ``server``, which has to keep
proofs from doing harm itself; it counts wall time.
"""

import json
import os
import re
import secrets
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.errors import InfrastructureError, InputError
from monkeys.formats.lean import OPENING, strip_theorem_name
from monkeys.formats.lean_text import DECLARED, forbidden_construct, proof_text
from monkeys.graders import Settings, lean_session, shown, text_fields
from monkeys.graders.programs import text_class
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import Execute, Execution, Sandbox, Script, run_programs
from monkeys.sandbox.joining import self_contained

RUNS_PROGRAMS = True
JUDGE_MEMORY_MB = 0

OPTIONS: Mapping[str, Any] = {
    "backend": "file",
    # An Apptainer image with Lean, its libraries and Python, such as envs/lean.def makes; empty: the study's own sandbox.
    "image": "",
    # What starts Lean in `folder` inside the sandbox; empty: as COMMANDS says.
    "command": [],
    "folder": "/lean/project",
    "server": "http://localhost:8000",
    # Of one proof, and of reading the header where each proof has a process of its own.
    "cpu_seconds": 60,
    # Of address space: Lean maps the whole of Mathlib, and newer ones a gigabyte for the stack of each of some seven threads.
    "memory_mb": 16384,
}
COMMANDS = {"file": ["lake", "env", "lean", "--json"], "repl": ["lake", "env", "repl"]}
BACKENDS = (*COMMANDS, "kimina")
AXIOMS = frozenset({"propext", "Classical.choice", "Quot.sound"})
SESSION = 100
"""Proofs that one loop checks: it forgets nothing, and so grows."""
ATTEMPTS = 4
PAUSE = 0.5
"""Seconds before a server is asked again, doubled each time."""
_SHOWN = 300


@dataclass(frozen=True, slots=True)
class Task:
    """What Lean is asked: some text behind a header, and the name of the theorem in it whose axioms it lists."""

    header: str
    code: str
    name: str


def _task(header: str, begin: str, statement: str, proof: str) -> Task:
    # So that neither a sample nor what it makes Lean print can know the name.
    name = f"theorem_{secrets.token_hex(8)}"
    return Task(header, f"{begin}theorem {name}{statement}\n{proof}\n\n#print axioms {name}\n", name)


def proof_task(header: str, statement: str, proof: str) -> Task:
    """A proof of a nameless statement."""
    return _task(header, "", f"{statement}:= {OPENING}", f"{proof}\n)")


def trial_task(header: str, statement: str) -> Task:
    """The statement, taken for granted, and a trivial theorem: what must work before a proof is judged."""
    return _task(header, f"axiom statement_{secrets.token_hex(8)}{statement}\n\n", " : True :=", "  True.intro")


@dataclass(frozen=True, slots=True)
class Answer:
    """Lean's messages; or, where it gave none, what became of the proof and why."""

    messages: Sequence[Mapping[str, Any]] = ()
    outcome: str = ""
    detail: str = ""


def decide_outcome(task: Task, answer: Answer) -> tuple[str, str]:
    """Outcome and detail."""
    if answer.outcome:
        return answer.outcome, answer.detail
    errors = [str(message.get("data", "")) for message in answer.messages if message.get("severity") == "error"]
    if errors:
        return "failed", _shown(errors[0], task)
    found = [axioms for message in answer.messages if (axioms := _axioms(str(message.get("data", "")), task.name)) is not None]
    if len(found) != 1:
        return "failed", "Lean does not tell the axioms of the theorem"
    foreign = sorted(found[0] - AXIOMS)
    return ("failed", f"rests on the axiom {', '.join(foreign)}") if foreign else ("passed", "")


def _axioms(message: str, name: str) -> frozenset[str] | None:
    if message.strip() == f"'{name}' does not depend on any axioms":
        return frozenset()
    found = re.fullmatch(rf"'{name}' depends on axioms: \[([^\[\]]*)\]", message.strip())
    return frozenset(re.split(r",\s*", found[1].strip())) if found else None


def _shown(message: str, task: Task) -> str:
    """A message in one line that is the same whenever the same proof is checked."""
    return " ".join(message.replace(task.name, "the theorem").split())[:_SHOWN]


# Backends


@dataclass(frozen=True, slots=True)
class Session:
    """Lean in the sandbox, asked about some texts behind the same header: in one process (``repl``), or in one for each."""

    repl: bool
    command: tuple[str, ...]
    folder: str
    header: str
    codes: tuple[str, ...]
    cpu_seconds: int
    memory_mb: int

    def run(self, execute: Execute) -> Execution:
        """All answers, as JSON in the output. Where Lean does not survive a proof, the next one gets another Lean."""
        answers: list[dict[str, Any]] = []
        cpu_seconds = 0.0
        while len(answers) < len(self.codes):
            rest = self.codes[len(answers) :]
            request = {name: getattr(self, name) for name in ("repl", "command", "folder", "header", "cpu_seconds")} | {"codes": rest}
            limit = lean_session.HEADER_CPU_SECONDS + len(rest) * (self.cpu_seconds + 1) if self.repl else self.cpu_seconds
            execution = execute(Script(self_contained(Path(lean_session.__file__)), json.dumps(request), limit, self.memory_mb))
            cpu_seconds += execution.cpu_seconds
            # A last line that is not whole was never finished.
            ready, *new = [json.loads(line) for line in execution.output.splitlines(keepends=True) if line.endswith("\n")] or [{}]
            if not ready.get("ready"):
                raise InfrastructureError(f"Lean is not ready for proofs: {ready.get('detail') or execution.detail or 'no answer'}")
            if execution.outcome != "passed" and len(new) < len(rest):
                new.append({"outcome": execution.outcome, "detail": execution.detail})
            if not new:
                raise InfrastructureError("Lean's session ends without an answer")
            answers += new
        return Execution("passed", "", cpu_seconds, json.dumps(answers))


def _in_sandbox(tasks: Sequence[Task], settings: Settings, options: Mapping[str, Any]) -> Iterator[tuple[int, Answer]]:
    """Answers from compilers or loops in sandboxes, in the order in which they come."""
    repl = options["backend"] == "repl"
    size = max(1, min(SESSION, -(-len(tasks) // settings.workers))) if repl else 1
    headers: dict[str, list[int]] = {}
    for number, task in enumerate(tasks):
        headers.setdefault(task.header, []).append(number)
    parts = [numbers[first : first + size] for numbers in headers.values() for first in range(0, len(numbers), size)]
    command = tuple(options["command"] or COMMANDS[options["backend"]])
    limits = options["cpu_seconds"], options["memory_mb"]
    sessions = [
        Session(repl, command, options["folder"], tasks[part[0]].header, tuple(tasks[number].code for number in part), *limits) for part in parts
    ]
    sandbox = Sandbox("apptainer", Path(options["image"])) if options["image"] else Sandbox(settings.sandbox, settings.image)
    for part, execution in run_programs(sessions, settings.workers, sandbox):
        if execution.outcome != "passed":
            yield from ((number, Answer((), execution.outcome, execution.detail)) for number in parts[part])
        else:
            yield from ((number, Answer(**answer)) for number, answer in zip(parts[part], json.loads(execution.output), strict=True))


class _ServerError(Exception):
    """A server's refusal, in words; ``busy`` where it says that another time it may do."""


def _asked(server: str, task: Task, seconds: int) -> Answer:
    """What a Kimina Lean Server answers.

    Raises:
        _ServerError: it gives no answer.
    """
    body = {"codes": [{"custom_id": task.name, "proof": task.header + task.code}], "timeout": seconds}
    request = urllib.request.Request(f"{server.rstrip('/')}/verify", json.dumps(body).encode(), {"Content-Type": "application/json"})
    if key := os.environ.get("LEAN_SERVER_API_KEY"):
        request.add_header("Authorization", f"Bearer {key}")
    try:
        # The server answers in time by itself; waiting for a free process and reading the header come on top.
        with urllib.request.urlopen(request, timeout=300 + 2 * seconds) as response:
            (result,) = json.load(response)["results"]
        error, answer = result.get("error"), result.get("response") or {}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as problem:
        raise _ServerError(f"{type(problem).__name__}: {problem}") from problem
    if error and "header" not in error and re.search(r"time[d\s-]*out", error, re.IGNORECASE):
        return Answer((), "timeout", f"used up its {seconds} s of wall time")
    if error or ("messages" not in answer and "env" not in answer):
        raise _ServerError(str(error or answer)[:_SHOWN])
    return Answer(answer.get("messages") or ())


def _by_server(tasks: Sequence[Task], settings: Settings, options: Mapping[str, Any]) -> Iterator[tuple[int, Answer]]:
    """Answers of a Kimina Lean Server, in the order in which they come.

    It has the same words for a proof that Lean did not survive and for troubles of its own. So a proof without an answer is tried again, and it is the
    proof's fault if a trivial theorem with the same header has an answer right afterwards.
    """
    server, seconds = options["server"], options["cpu_seconds"]

    def ask(task: Task) -> Answer:
        for attempt in range(ATTEMPTS):
            try:
                return _asked(server, task, seconds)
            except _ServerError as error:
                reason = str(error)
                time.sleep(PAUSE * 2**attempt)
        try:
            trial = trial_task(task.header, " : True")
            if decide_outcome(trial, _asked(server, trial, seconds))[0] == "passed":
                return Answer((), "failed", f"Lean does not survive it ({_shown(reason, task)})")
        except _ServerError as error:
            reason = str(error)
        return Answer((), "infrastructure_error", f"the Lean server at {server} does not answer ({reason})")

    with ThreadPoolExecutor(settings.workers) as pool:
        futures = {pool.submit(ask, task): number for number, task in enumerate(tasks)}
        for future in as_completed(futures):
            yield futures[future], future.result()


def _answers(tasks: Sequence[Task], settings: Settings, options: Mapping[str, Any], progress: Progress, what: str) -> list[tuple[str, str]]:
    """Outcome and detail of each task, in their order."""
    found: dict[int, tuple[str, str]] = {}
    for number, answer in (_by_server if options["backend"] == "kimina" else _in_sandbox)(tasks, settings, options):
        found[number] = decide_outcome(tasks[number], answer)
        progress.tick(f"{len(found)} of {len(tasks)} {what} checked")
    return [found[number] for number in range(len(tasks))]


def _checked(options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options, if they can be.

    Raises:
        InputError: one of them cannot.
    """
    place = "config key verification.graders.lean_proof"
    if options["backend"] not in BACKENDS:
        raise InputError(f"{place}.backend is {options['backend']!r}, but must be one of {', '.join(BACKENDS)}")
    for name in ("cpu_seconds", "memory_mb"):
        if type(options[name]) is not int or options[name] < 1:
            raise InputError(f"{place}.{name} is {options[name]!r}, but must be a whole number from 1")
    command = options["command"]
    if not isinstance(command, list) or not all(isinstance(word, str) for word in command):
        raise InputError(f"{place}.command is {command!r}, but must be a list of words, such as {COMMANDS['file']}")
    return options


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: a header, which may be empty, and a statement that ends where its proof begins."""
    text_fields(reference, "statement")
    if not isinstance(reference.get("header"), str):
        raise InputError(f"has {shown(reference.get('header'))} under 'header', but must have a text")
    if not DECLARED.search(reference["statement"]):
        raise InputError(f"has {shown(reference['statement'])} under 'statement', but must have a theorem")


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """What proves nothing."""
    return [("sorry", "sorry"), ("an axiom", "exact wanted\n\naxiom wanted : False")]


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
    """Have Lean check every distinct proof once, after it has shown that it can read the statements."""
    options = _checked({**OPTIONS, **settings.options})
    statements = {}
    for name in dict.fromkeys(sample.problem_id for sample in samples):
        reference = references[name].reference
        statement = strip_theorem_name(reference["statement"])
        if statement is None:
            raise InputError(f"the statement of {name} is {reference['statement'][:80]!r}, but must go from 'theorem' and a name to ':='")
        statements[name] = reference["header"], statement
    trials = _answers([trial_task(*statement) for statement in statements.values()], settings, options, progress, "statements")
    unreadable = {
        name: detail if outcome == "infrastructure_error" else f"this Lean cannot read the statement of {name}: {detail}"
        for name, (outcome, detail) in zip(statements, trials, strict=True)
        if outcome != "passed"
    }

    results: dict[tuple[str, str], tuple[str, str]] = {}
    proofs = [proof_text(sample.text, settings.response_format) for sample in samples]
    for sample, proof in zip(samples, proofs, strict=True):
        if proof is not None:
            reason = forbidden_construct(proof)
            results[sample.problem_id, proof] = ("failed", reason) if reason else ("", "")
    todo = [(name, proof) for (name, proof), (outcome, _) in results.items() if not outcome and name not in unreadable]
    checked = _answers([proof_task(*statements[name], proof) for name, proof in todo], settings, options, progress, "distinct proofs")
    results |= dict(zip(todo, checked, strict=True))

    verdicts = []
    for sample, proof in zip(samples, proofs, strict=True):
        if proof is None:
            outcome, detail = "no_answer", "no proof in the answer"
        elif sample.problem_id in unreadable:
            outcome, detail = "infrastructure_error", unreadable[sample.problem_id]
        else:
            outcome, detail = results[sample.problem_id, proof]
        own = None if proof is None else text_class(proof)
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, detail=detail, answer_class=own))
    return verdicts
