"""SWE-bench Lite: 300 issues of Python projects, each to be resolved by a patch (Jimenez et al. 2024, arXiv 2310.06770).

Samples are patches, recorded from any agent in the harness's format of predictions, or drawn in one turn by a model that sees the issue and the
files that a column of the rows retrieves. Large Language Monkeys drew 250 patches an issue with an agent, at temperature 1.6, ran each in the
instance's image and decided flaky instances by the majority of 11 runs.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Dataset, Problem, Row
from monkeys.errors import InputError
from monkeys.formats.swebench_harness import END, START, evaluation_script, has_log_parser, image_name, log_parser
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

# Large Language Monkeys, Table 3: whose verdict changed between runs of the same patch.
FLAKY = frozenset(
    f"{project}-{number}"
    for project, numbers in {
        "django__django": "13315 13447 13590 13710 13757 13933 13964 14017 14238 14382 14608 14672 14752 14915 14997 14999 15320 15738 15790 15814"
        " 15819 16229 16379 16400 17051",
        "matplotlib__matplotlib": "23987",
        "psf__requests": "863 2317 2674 3362",
        "scikit-learn__scikit-learn": "13241",
        "sympy__sympy": "13146 13177 16988",
    }.items()
    for number in numbers.split()
)

INSTRUCTION = (
    "Resolve the issue below. Answer with one patch in unified format, as git diff writes it, in a block fenced by ```diff and ```. Paths begin with"
    " a/ and b/ and are those of the repository; context lines are exactly those of its files."
)

STOP = ["\n```"]


def _text(row: Row, place: str, column: str) -> str:
    text = row.get(column)
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"{place} of SWE-bench has no text under {column!r}")
    return text


def _tests(row: Row, place: str, column: str) -> list[str]:
    """Names of tests, which the hub has as JSON and others as a list."""
    value = row.get(column)
    try:
        tests = json.loads(value) if isinstance(value, str) else value
    except json.JSONDecodeError:
        tests = None
    if not isinstance(tests, list) or not all(isinstance(test, str) for test in tests):
        raise InputError(f"{place} of SWE-bench has under {column!r} neither a list of names of tests nor one as JSON")
    return tests


def _ordered(rows: Sequence[Row]) -> list[tuple[str, Row]]:
    """Rows and their names, by name, so that the order does not depend on where rows come from."""
    names: dict[str, Row] = {}
    for number, row in enumerate(rows):
        name = _text(row, f"row {number}", "instance_id")
        if name in names:
            raise InputError(f"row {number} of SWE-bench is {name}, which another row is, too; each instance must occur once")
        names[name] = row
    return sorted(names.items())


def _evaluation(row: Row, place: str) -> tuple[str, str]:
    """The script that runs a row's tests, and the name of what reads its log: the row's own, as newer rows have them, else the harness's."""
    if row.get("eval_script"):
        script, parser = _text(row, place, "eval_script"), _text(row, place, "log_parser")
        if not has_log_parser(parser):
            raise InputError(f"{place} of SWE-bench has under 'log_parser' {parser!r}, which is none of the harness's readers of Python logs")
    else:
        for column in ("repo", "version", "base_commit", "test_patch"):
            _text(row, place, column)
        script, parser = evaluation_script(row), log_parser(row["repo"])
    if START not in script or END not in script.partition(START)[2]:
        raise InputError(f"{place} of SWE-bench has under 'eval_script' a script that does not print {START!r} and then {END!r} around the tests")
    return script, parser


def _question(row: Row, place: str, retrieval: str) -> str:
    """What is asked: a retrieval column's text as it is, which is a whole question; else the issue, and a retrieval column's files."""
    issue = _text(row, place, "problem_statement")
    found = row.get(retrieval) if retrieval else {}
    if isinstance(found, str) and found.strip():
        return found
    if not isinstance(found, Mapping) or (retrieval and not found) or not all(isinstance(text, str) for text in found.values()):
        raise InputError(f"{place} of SWE-bench has under {retrieval!r}, the retrieval column, neither a text nor files by their paths")
    files = "".join(f"[start of {path}]\n{text}\n[end of {path}]\n\n" for path, text in found.items())
    return f"{INSTRUCTION}\n\nRepository: {row.get('repo') or 'unknown'}\n\n<issue>\n{issue}\n</issue>\n\n{files}".rstrip("\n")


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The instances as problems, ordered by name.

    Args:
        rows: as the hub has them; tests may also be lists, and columns ``eval_script``, ``log_parser`` and ``image``, which newer rows have, count.
        options: ``retrieval``, a column with the files that a model is shown, by path, or with the whole question; empty: the issue alone.

    Raises:
        InputError: a row lacks something.
    """
    retrieval = options["retrieval"]
    if not isinstance(retrieval, str):
        raise InputError(f"config key benchmarks.swebench_lite.options.retrieval is {retrieval!r}, but must be the name of a column, or empty")
    for name, row in _ordered(rows):
        place = f"row {name}"
        question = _question(row, place, retrieval)
        script, parser = _evaluation(row, place)
        fail_to_pass, pass_to_pass = _tests(row, place, "FAIL_TO_PASS"), _tests(row, place, "PASS_TO_PASS")
        if not fail_to_pass:
            raise InputError(f"{place} of SWE-bench has no test under 'FAIL_TO_PASS', so any patch would resolve it")
        reference = {
            "image": row.get("image") or image_name(name),
            "eval_script": script,
            "log_parser": parser,
            "fail_to_pass": fail_to_pass,
            "pass_to_pass": pass_to_pass,
            "flaky": name in FLAKY,
        }
        prompt = Prompt(name, f"{question}\n\n```diff\n", [{"role": "user", "content": question}], STOP)
        yield prompt, Reference(name, reference, metadata={"repository": row.get("repo")})


def gold(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The patches that resolved the issues."""
    for name, row in _ordered(rows):
        yield name, _text(row, f"row {name}", "patch")


BENCHMARK = Benchmark(
    name="swebench_lite",
    title="SWE-bench Lite",
    version=1,
    grader="repository_patch",
    problems=problems,
    size=lambda _options: 300,
    dataset=Dataset(
        hub="princeton-nlp/SWE-bench_Lite",
        subset=None,
        split="test",
        # As many others pin it and as their caches name it; the hub itself was not seen from here, so there is no hash of all rows. What was seen:
        # five of its rows, and all 300 with the lists of tests of an earlier revision.
        revision="6ec7bb89b9342f664a54a6e0a6ea6501d3437cc2",
        rows_sha256=None,
    ),
    options={"retrieval": ""},
    gold=gold,
)
