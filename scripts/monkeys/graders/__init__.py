"""Graders: samples and their problems in, verdicts out.

A grader is a module with ``grade(samples, references, settings, progress) -> list[Verdict]``, one verdict a sample, in the order of the samples.
A benchmark names its grader; the script that verifies imports it by that name. ``programs.py`` is what graders share that run programs.
"""

import importlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol, cast

from monkeys.errors import InfrastructureError, InputError
from monkeys.extensions import modules_with, places
from monkeys.formats.reasoning import DEFAULT_MARKS, Marks, answer_part
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict

__path__.extend(places("graders"))

CONSTANTS = ("[]", "0", "None", '""', "True")
"""What an answer may be that knows nothing of the problem, as Python writes it."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How to verify: sandboxes at a time, limits of one program, whether answers are ``chat`` answers or a ``completion`` of the prompt, and which
    sandbox, Apptainer's with its image. ``options`` are the grader's own.

    ``reasoning_marks``: what opens and ends a model's reasoning, of which graders see nothing; None: the usual marks in chat answers, none in completions.
    ``reasoning_opened``: whether prompts end in the opening mark, so that a text without any mark is reasoning that was cut off.

    The defaults are for graders that run no programs.
    """

    workers: int
    cpu_seconds: int = 3
    memory_mb: int = 1024
    response_format: str = "completion"
    reasoning_marks: Marks | None = None
    reasoning_opened: bool = False
    sandbox: str = "bubblewrap"
    image: Path | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


class Grader(Protocol):
    """What a grader module offers."""

    RUNS_PROGRAMS: bool
    """Whether it needs the sandbox and its limits, and uses the response format."""

    # Its verdicts' ``answer`` is a normal form that does not depend on the reference, or else it forms ``answer_class`` itself.
    # A module may also have ``read_answer(text)``: the answer that a text states, without knowing the reference; what votes within a search count.
    # A module may also have JUDGE_MEMORY_MB: of a process of its own that judges, beside each sandbox or, without one, in the job.
    # A module may also have ``constant_answers(reference)``: pairs of a name and a text that answers the same whatever the problem is, for the audit.
    # A module may also have OPTIONS, what a configuration may set under verification.graders.<its name>, with defaults. An option whose name ends in
    # "image" or "file" names a file, on which verdicts then depend. And ``check_options(options)``, which refuses values, and ``check_record(reference)``,
    # in the place of check_reference where the grader reads metadata too.

    def check_reference(self, reference: Mapping[str, Any]) -> None:
        """Refuse a reference (the fields of one, not the record) that no sample could ever pass because the grader cannot read it.

        Raises:
            InputError: "has ... under '<field>', but must have ...": the end of a sentence, of which the caller says whose reference it is.
        """

    def grade(self, samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
        """One verdict a sample, in the order of the samples."""


def load_grader(name: str) -> Grader:
    """The grader of a name, which is its module's."""
    return cast(Grader, importlib.import_module(f"{__name__}.{name}"))


def verify(grader: str, samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
    """A grader's verdicts on the answer parts of samples, each of them a verdict indeed.

    Raises:
        InfrastructureError: the machinery failed on one of them.
    """
    marks = settings.reasoning_marks
    if marks is None:
        marks = DEFAULT_MARKS if settings.response_format == "chat" else ()
    parts = [answer_part(sample.text, marks, settings.reasoning_opened) if marks else sample.text for sample in samples]
    graded = [sample if part is sample.text else replace(sample, text=part) for sample, part in zip(samples, parts, strict=True) if part is not None]
    found = iter(load_grader(grader).grade(graded, references, settings, progress) if graded else ())
    verdicts = [
        Verdict(sample.problem_id, sample.sample_index, "no_answer", detail="the reasoning has no end, or nothing behind it")
        if part is None
        else _with_class(next(found))
        for sample, part in zip(samples, parts, strict=True)
    ]
    broken = [verdict for verdict in verdicts if verdict.outcome == "infrastructure_error"]
    if broken:
        raise InfrastructureError(
            f"{len(broken)} of {len(verdicts)} samples could not be verified (sample {broken[0].sample_index} of {broken[0].problem_id}: {broken[0].detail}); "
            "no verdict is written, run again"
        )
    return verdicts


def _with_class(verdict: Verdict) -> Verdict:
    """The verdict with its class of equal answers: the answer itself, where the grader says no other and answers are normal forms."""
    return verdict if verdict.answer_class is not None or verdict.answer is None else replace(verdict, answer_class=verdict.answer)


def compared(
    samples: Sequence[Sample],
    right: Mapping[str, str | None],
    read: Callable[[Sample], str | None],
    progress: Progress,
    steps: Callable[[Sample], bool | None] = lambda _: None,
) -> list[Verdict]:
    """Verdicts of a grader whose answers are normal forms, so that an answer is right if it is the same text.

    Args:
        samples: to verify.
        right: by problem, the normal form of the right answer.
        read: the normal form of a sample's answer; None where it has none.
        progress: takes sentences.
        steps: whether a sample's steps are right too; None where the grader does not know.
    """
    verdicts = []
    for sample in samples:
        answer = read(sample)
        outcome = "no_answer" if answer is None else "passed" if answer == right[sample.problem_id] else "failed"
        verdicts.append(Verdict(sample.problem_id, sample.sample_index, outcome, answer, process=steps(sample)))
    progress.tick(f"{len(verdicts)} of {len(samples)} samples verified")
    return verdicts


def answer_reader(grader: str) -> Callable[[str], str | None]:
    """What reads the answer that a text states (None: it states none), without the reference.

    Raises:
        InputError: the grader's answers are not read from texts; the message is the end of a sentence that names the grader.
    """
    reader = getattr(load_grader(grader), "read_answer", None)
    if reader is None:
        raise InputError("does not read answers from texts alone")
    return cast(Callable[[str], str | None], reader)


def check_references(grader: str, references: Iterable[Reference], source: str, places: Sequence[str] | None = None) -> None:
    """Check references before a sample is drawn for them.

    Args:
        grader: its name.
        references: of a benchmark's problems.
        source: where they come from, a file or a benchmark, for the error message.
        places: where each of them stands (file, line, column), which the message says instead.

    Raises:
        InputError: the grader cannot read one of them; the message names the source, the problem with its place, and the field.
    """
    module = load_grader(grader)
    check_record = getattr(module, "check_record", None)
    for number, reference in enumerate(references, start=1):
        try:
            if check_record:
                check_record(reference)
            else:
                module.check_reference(reference.reference)
        except InputError as error:
            if places is not None:
                # The column's name is the user's, the field's is not.
                place, sentence = places[number - 1], str(error).replace(" under 'answer'", "", 1)
                if " under 'options'" in sentence:
                    place, sentence = place.rpartition(", column ")[0], sentence.replace(" under 'options'", " as choices", 1)
                raise InputError(f"{place} {sentence}") from error
            raise InputError(f"{source}: the reference of problem {reference.problem_id} (number {number}) {error}") from error


def text_fields(reference: Mapping[str, Any], *names: str) -> None:
    """Check that fields of a reference hold text.

    Raises:
        InputError: one does not.
    """
    for name in names:
        value = reference.get(name)
        if not isinstance(value, str) or not value.strip():
            raise InputError(f"has {shown(value)} under {name!r}, but must have a text")


def shown(value: object) -> str:
    """A value as an error message shows it."""
    text = repr(value)
    return text if len(text) <= 100 else f"{text[:100]}..."


def constant_answers(grader: str, reference: Reference) -> list[tuple[str, str]]:
    """Answers that are the same whatever the problem is, by name: the grader's own, else five constants as they are."""
    own = getattr(load_grader(grader), "constant_answers", None)
    return list(own(reference)) if own else [(constant, constant) for constant in CONSTANTS]


def grader_options(name: str) -> Mapping[str, Any]:
    """A grader's own options with their defaults."""
    return cast(Mapping[str, Any], getattr(load_grader(name), "OPTIONS", {}))


def check_grader_options(name: str, options: Mapping[str, Any]) -> None:
    """See that options of a grader have values that it can take, as far as it says so.

    Raises:
        InputError: "<option> is ..., but must be ...": the end of a sentence.
    """
    check = getattr(load_grader(name), "check_options", None)
    if check:
        check(options)


def grader_names() -> list[str]:
    """All graders there are: the modules of this package that can grade."""
    return modules_with(__path__, "grade")


def file_options(options: Mapping[str, Any]) -> list[str]:
    """Those of a grader's options that name a file on this machine."""
    return [name for name, value in options.items() if name.endswith(("image", "file")) and value and "://" not in str(value)]
