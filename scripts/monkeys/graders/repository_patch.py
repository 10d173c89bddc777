"""Patches of a repository, as in SWE-bench (Jimenez et al. 2024, arXiv 2310.06770): applied, and tested, in the instance's own image.

A reference has ``image``, ``eval_script`` (which applies the tests to /testbed and runs them), ``log_parser`` (which of the harness's readers reads
what the script prints), ``fail_to_pass``, ``pass_to_pass`` and ``flaky``. A patch has passed if all tests of both lists pass. Each distinct patch of
an instance is tried once; of a flaky instance several times, and the majority decides.

A patch is a ``<patch>`` block of an answer, else its first block fenced as diff, else the answer from its first line that begins a patch; recorded
patches are answers of the last kind. It is applied as the harness does it: by ``git apply``, else with ``--3way``, else with ``--reject``, else
by ``patch``, from the same files each time.

Patches run under Apptainer, without network unless the option says otherwise, in files of their own that are thrown away. What the harness cannot
prevent is not prevented here: tests run in one process with the patched code, and their log, from which the verdict is read, is what that process
prints. A patch written to deceive can print that its tests pass. The marks around the tests' output have a number that is new each time, so that
nothing printed by accident, or from a patch's own text, is taken for them.
"""

import re
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.errors import InfrastructureError, InputError
from monkeys.files import whole_file
from monkeys.formats.swebench_harness import END, START, registry_name, statuses_of, unresolved
from monkeys.graders import Settings, shown, text_fields
from monkeys.graders.programs import text_class
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import apptainer
from monkeys.sandbox.images import fetch_image
from monkeys.sandbox.repositories import INPUT, LOG_BYTES, CompletedRun, Limits, run_script

RUNS_PROGRAMS = False
"""Not in the sandbox for programs: each instance has its own image."""

OPTIONS = {
    "images": "",
    "seconds": 1800,
    "memory_mb": 8192,
    "network": False,
    "repeats": 1,
    "flaky_repeats": 11,
    "flaky_file": "",
}
"""``images``: a folder with <instance>.sif, or an address to pull from, with * in place of the instance's name; empty: each reference's own, from
Docker Hub. ``seconds``: CPU time of all processes of a run; ``memory_mb`` likewise. ``repeats``: runs of a patch; ``flaky_repeats`` of an instance that
is known to be flaky, or that ``flaky_file`` names, one a line."""

PULLED = Path("results/assets/images")

_FENCE = re.compile(r"^```[ \t]*(?:diff|patch)[ \t]*\n(.*?)(?:^```|\Z)", re.M | re.S)
_FENCED = re.compile(r"^```[^\n`]*\n(.*?)(?:^```|\Z)", re.M | re.S)
_BLOCK = re.compile(r"<patch>(.*?)(?:</patch>|\Z)", re.S)
_BEGIN = re.compile(r"^(?:diff --git |--- )", re.M)

_DOES_NOT_APPLY = 97
_NO_REPOSITORY = 98
_TRY = f"""
cd /testbed && git config --global --add safe.directory /testbed && git rev-parse --git-dir >/dev/null \\
    && touch .git/writable && rm .git/writable || exit {_NO_REPOSITORY}
git diff --binary HEAD >/tmp/before.diff
applied=
for way in 'git apply --verbose' 'git apply --verbose --3way' 'git apply --verbose --reject' 'patch --batch --forward --fuzz=5 -p1 -i'; do
    if $way {INPUT}/patch.diff; then
        applied=yes
        break
    fi
    git reset --quiet --hard && git clean --quiet -fd
    if [ -s /tmp/before.diff ]; then git apply /tmp/before.diff; fi
done
[ "$applied" ] || exit {_DOES_NOT_APPLY}
rm -f /tmp/before.diff
/bin/bash {INPUT}/eval.sh </dev/null
exit 0
"""


def patch_text(text: str) -> str | None:
    """The patch in an answer, ending in a line's end; None where none exists."""
    # Whichever begins first, as each may stand in the text of another.
    found = min(filter(None, (_BLOCK.search(text), _FENCE.search(text), _BEGIN.search(text))), key=lambda one: one.start(), default=None)
    if found is not None and found.re is _BLOCK:
        text = found[1]
        if fenced := _FENCED.search(text):
            text = fenced[1]
    begin = _BEGIN.search(text, found.start() if found and found.re is _FENCE else 0)
    if begin is None:
        return None
    # A line of a patch begins with a blank, a sign or a word of git's: a fence ends it.
    patch = re.split(r"^```", text[begin.start() :], maxsplit=1, flags=re.M)[0]
    return patch if patch.endswith("\n") else f"{patch}\n"


def decide_outcome(log: str, reference: Mapping[str, object], start: str = START, end: str = END) -> tuple[str, str]:
    """Outcome and reason out of what an evaluation script has printed; ``start`` and ``end`` are the marks around the tests' output."""
    _, started, tested = log.partition(start)
    tests, ended, _ = tested.partition(end)
    if not (started and ended):
        return "failed", "the tests did not run to their end"
    try:
        statuses = statuses_of(tests, str(reference["log_parser"]))
        if not statuses:
            return "failed", "the log names no test"
        reason = unresolved(statuses, _names(reference, "fail_to_pass"), _names(reference, "pass_to_pass"))
    except Exception as error:
        # The harness's readers take logs for granted that a patch may write otherwise: a line that says PASSED and no more is an IndexError.
        return "failed", f"the harness cannot read the log of the tests ({type(error).__name__}: {str(error)[:120]})"
    return ("failed", reason) if reason else ("passed", "")


def _names(reference: Mapping[str, object], key: str) -> list[str]:
    names = reference[key]
    assert isinstance(names, list)
    return names


def try_patch(patch: str, reference: Mapping[str, object], image: Path, limits: Limits) -> tuple[str, str]:
    """Apply a patch and run its tests, once: outcome and reason.

    Raises:
        InfrastructureError: the container does not start, or there is no repository in it that can be written to.
    """
    number = secrets.token_hex(8)
    start, end = f"{START} {number}", f"{END} {number}"
    script = str(reference["eval_script"]).replace(START, start).replace(END, end)
    ended = run_script(image, _TRY, {"patch.diff": patch.encode("utf-8", "surrogatepass"), "eval.sh": script.encode()}, limits)
    if ended.status == _NO_REPOSITORY:
        raise InfrastructureError(f"the image {image} has no git, or no repository in /testbed that can be written to ({_last(ended)})")
    if ended.status == _DOES_NOT_APPLY:
        return "failed", "the patch does not apply"
    if ended.limit == "timeout":
        return "timeout", f"more than {limits.cpu_seconds} s of CPU time, or {limits.wall_seconds:.0f} s by the clock"
    if ended.limit == "memory":
        return "memory", f"more than {limits.memory_mb} MB"
    if ended.limit == "output":
        return "failed", f"printed more than {LOG_BYTES >> 20} MB"
    if ended.status:
        return "failed", f"the container ended with status {ended.status} ({_last(ended)})"
    return decide_outcome(ended.log, reference, start, end)


def _last(ended: CompletedRun) -> str:
    return apptainer.reason(ended.log)[:120]


def majority(outcomes: Sequence[tuple[str, str]], runs: int) -> tuple[str, str] | None:
    """What a majority of ``runs`` says, as soon as that is settled: passed, or the commonest way to fail. None while it is open."""
    passed = sum(outcome == "passed" for outcome, _ in outcomes)
    failed = len(outcomes) - passed
    if 2 * passed > runs:
        verdict, detail = "passed", ""
    elif 2 * failed >= runs:
        verdict, detail = Counter(entry for entry in outcomes if entry[0] != "passed").most_common(1)[0][0]
    else:
        return None
    return verdict, f"{passed} of {len(outcomes)} runs passed{f'; {detail}' if detail else ''}" if runs > 1 else detail


class _Images:
    """Where the images of instances are, as the options say."""

    def __init__(self, place: str, progress: Progress) -> None:
        self._place = place
        self._progress = progress
        if place and "://" not in place and not Path(place).is_dir():
            raise InputError(f"config key verification.graders.repository_patch.images names the folder {place}, which does not exist")
        if "://" in place and "*" not in place:
            raise InputError(
                f"config key verification.graders.repository_patch.images is {place!r}, an address without * in place of an instance's name"
            )

    def find(self, reference: Reference) -> Path:
        """The image of an instance, pulled where that has to be.

        Raises:
            InputError: it is not in the folder.
            InfrastructureError: it cannot be pulled.
        """
        instance, own = reference.problem_id, str(reference.reference["image"])
        name = registry_name(instance)
        address = self._place.replace("*", name) if self._place else f"docker://{own}"
        if self._place and "://" not in self._place:
            image = Path(self._place) / f"{instance}.sif"
            if not image.exists():
                raise InputError(
                    f"config key verification.graders.repository_patch.images: the image {image} does not exist;"
                    f" make it where the network is, with apptainer pull {image} docker://{own}"
                )
            return image
        image = PULLED / f"{re.sub(r'[^A-Za-z0-9._-]', '_', address.partition('://')[2])}.sif"
        if not image.exists():
            self._progress.say(f"pulling {address}")
            try:
                with whole_file(image, sealed=False) as part:
                    fetch_image(address, part)
            except InfrastructureError as error:
                raise InfrastructureError(
                    f"{address} cannot be pulled ({error}); where there is no network, make <instance>.sif elsewhere with apptainer pull, and name their"
                    " folder with the config key verification.graders.repository_patch.images"
                ) from error
        return image


def _count(options: Mapping[str, object], name: str) -> int:
    value = options[name]
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise InputError(f"config key verification.graders.repository_patch.{name} is {value!r}, but must be a number from 1")
    return value


def _flaky(path: str) -> set[str]:
    try:
        return set(Path(path).read_text(encoding="utf-8").split()) if path else set()
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"config key verification.graders.repository_patch.flaky_file: {path} cannot be read ({error})") from error


def check_reference(reference: Mapping[str, Any]) -> None:
    """See ``Grader.check_reference``: image, script, reader of logs, and the tests' names."""
    text_fields(reference, "image", "eval_script", "log_parser")
    for field in ("fail_to_pass", "pass_to_pass"):
        names = reference.get(field)
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise InputError(f"has {shown(names)} under {field!r}, but must have a list of the names of tests")
    if not reference["fail_to_pass"]:
        raise InputError("has no test under 'fail_to_pass', but must have one at least")


def constant_answers(_reference: Reference) -> list[tuple[str, str]]:
    """None: a patch that changes nothing of use takes a whole run of the tests, and the empty answer is tried anyway."""
    return []


def grade(samples: Sequence[Sample], references: Mapping[str, Reference], settings: Settings, progress: Progress) -> list[Verdict]:
    """Try every distinct patch of an instance, one after the other; jobs of other shards run beside this one."""
    options = {**OPTIONS, **settings.options}
    if not isinstance(options["network"], bool):
        raise InputError(f"config key verification.graders.repository_patch.network is {options['network']!r}, but must be true or false")
    limits = Limits(_count(options, "seconds"), _count(options, "memory_mb"), options["network"])
    repeats, flaky_repeats = _count(options, "repeats"), _count(options, "flaky_repeats")
    flaky = _flaky(str(options["flaky_file"]))
    images = _Images(str(options["images"]), progress)

    verdicts: dict[int, Verdict] = {}
    places: dict[tuple[str, str], list[int]] = {}
    for position, sample in enumerate(samples):
        patch = patch_text(sample.text)
        if patch is None:
            verdicts[position] = Verdict(sample.problem_id, sample.sample_index, "no_answer", detail="no patch in the answer")
        else:
            places.setdefault((sample.problem_id, patch), []).append(position)
    for done, ((name, patch), positions) in enumerate(places.items(), start=1):
        reference = references[name]
        image = images.find(reference)
        runs = max(repeats, flaky_repeats) if reference.reference["flaky"] or name in flaky else repeats
        outcomes: list[tuple[str, str]] = []
        while (verdict := majority(outcomes, runs)) is None:
            outcomes.append(try_patch(patch, reference.reference, image, limits))
        for position in positions:
            verdicts[position] = Verdict(name, samples[position].sample_index, verdict[0], detail=verdict[1], answer_class=text_class(patch))
        progress.tick(f"{done} of {len(places)} distinct patches tried, {len(verdicts)} of {len(samples)} samples verified")
    return [verdicts[position] for position in range(len(samples))]
