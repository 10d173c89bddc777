"""Questions of the user's own, as an entry of the configuration says them: which entries are such, what is wrong with one, and what their jobs are handed."""

import csv
import gzip
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any

from monkeys.benchmarks import OWN, Dataset, OwnData, load_benchmark
from monkeys.benchmarks.own_questions import template_parts
from monkeys.contents import file_state, read_notes, write_notes
from monkeys.errors import InputError, nearest
from monkeys.formats.samples.rows import csv_delimiter, csv_lines, fields_of, is_separator, rows_of
from monkeys.graders import grader_names
from monkeys.study.code import ASSETS
from monkeys.study.layout import only_counts
from monkeys.weights import parse_source

Entry = Mapping[str, Any]
"""A benchmark of the configuration."""

NEEDED = ("data", "question", "answer", "grader")
COLUMNS = ("question", "answer", "id", "function", "code", "difficulty", "group")
"""Keys that name one column."""
FOR_HUB = ("subset", "split")
KEYS = (*COLUMNS, "grader", "choices", "template", "stop", *FOR_HUB)
"""Keys that only an entry with questions of one's own has; beside them it has ``data``."""
ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".csv", ".csv.gz", ".tsv", ".parquet")
REMEMBERED_BYTES = 64 << 20
"""A file from this size on is counted once and its number of rows remembered."""


def is_own(entry: Entry) -> bool:
    """Whether an entry has questions of its own, and is not a benchmark that a module makes."""
    return any(key in entry for key in KEYS)


def module_of(name: str, entry: Entry) -> str:
    """The module of ``benchmarks`` that an entry uses."""
    return OWN if is_own(entry) else name


def is_file(entry: Entry) -> bool:
    """Whether the questions are in a file of the user's, and not on the hub."""
    return not str(entry["data"]).startswith("hf:")


def template_file(entry: Entry) -> str | None:
    """The file that holds the template; None where there is none, or the entry has the text itself: a text has braces."""
    template = entry.get("template")
    return template if template is not None and "{" not in template else None


def options_of(name: str, entry: Entry) -> dict[str, Any]:
    """The options that a benchmark's jobs are handed: the entry's own, or, under ``own``, all that makes problems out of one's own questions.

    Raises:
        InputError: the template's file cannot be read.
    """
    if not is_own(entry):
        return dict(entry.get("options", {}))
    own = {key: entry[key] for key in ("data", *KEYS) if key in entry and key not in FOR_HUB}
    if (path := template_file(entry)) is not None:
        try:
            own["template"] = Path(path).read_text(encoding="utf-8-sig")
        except (OSError, ValueError) as error:
            raise InputError(f"config key benchmarks.{name}.template names the file {path}, which cannot be read ({error})") from error
    return {"own": own | {"name": name, "title": entry.get("title", name)}}


def dataset_of(entry: Entry) -> Dataset | OwnData:
    """Where the rows of one's own questions come from."""
    if is_file(entry):
        return OwnData(str(entry["data"]))
    source = parse_source(entry["data"])
    return Dataset(source.name, entry.get("subset"), entry.get("split", "test"), source.revision, entry.get("data_sha256"))


def check_entry(name: str, entry: Entry, benchmarks: list[str]) -> None:
    """See that an entry with questions of one's own is complete. Its files are looked at by ``check_columns``.

    Raises:
        InputError: it is not.
    """
    key = f"config key benchmarks.{name}"
    given = next(one for one in KEYS if one in entry)
    if name in benchmarks:
        raise InputError(
            f"{key}.{given} is for questions of your own, but {name} is a benchmark of the workflow; give yours another name, or leave {given} out"
        )
    for needed in NEEDED:
        if needed not in entry:
            raise InputError(f"{key}.{needed} is missing: an entry with {given} is a benchmark of your own, which needs {', '.join(NEEDED)}")
    if entry["options"]:
        raise InputError(f"{key}.options is for benchmarks of the workflow; questions of your own have none, leave it out")
    graders = grader_names()
    if entry["grader"] not in graders:
        raise InputError(
            f"{key}.grader is {entry['grader']!r}, which is no grader{nearest(entry['grader'], graders)}; there are {', '.join(graders)}"
        )
    for one in ("function", "code"):
        if one in entry and entry["grader"] != "python_tests":
            raise InputError(f"{key}.{one} is for grader: python_tests, but {key}.grader is {entry['grader']}; leave one of them out")
    if is_file(entry):
        for one in FOR_HUB:
            if one in entry:
                raise InputError(f"{key}.{one} is for a data set on the hub, but {key}.data names a file; leave it out")
    elif parse_source(entry["data"], f"benchmarks.{name}.data").kind != "hf":
        raise InputError(f"{key}.data is {entry['data']!r}, but must be a file, or hf:<owner>/<name>@<commit>")
    if template_file(entry) is None and "template" in entry:
        _check_template(name, entry, entry["template"])


def _check_template(name: str, entry: Entry, template: str) -> None:
    names = [part for _, part, _, _ in template_parts(template, name) if part is not None]
    if "choices" in names and "choices" not in entry:
        # A column may bear that name.
        return
    if not names:
        raise InputError(
            f"config key benchmarks.{name}.template has no name in braces, so that every question would be asked the same; put {{question}} where it goes"
        )


def _named(entry: Entry) -> Iterator[tuple[str, str]]:
    """Keys that name columns, and the columns."""
    yield from ((key, entry[key]) for key in COLUMNS if key in entry)
    choices = entry.get("choices", [])
    yield from (("choices", column) for column in ([choices] if isinstance(choices, str) else choices))


def check_columns(name: str, entry: Entry) -> None:
    """See that a file of one's own questions can be read and has the columns that the entry names, by its first row.

    Raises:
        InputError: it cannot, or lacks one.
    """
    key = f"config key benchmarks.{name}"
    if template_file(entry) is not None:
        _check_template(name, entry, options_of(name, entry)["own"]["template"])
    if not is_file(entry):
        return
    path = Path(entry["data"])
    if not path.name.lower().endswith(ENDINGS):
        raise InputError(f"{key}.data names {path}, but must name a file that ends in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}")
    place, row = next(islice(rows_of(path), 1), ("", {}))
    if not place:
        raise InputError(f"{key}.data names {path}, which has no questions; give it one a line")
    template = options_of(name, entry)["own"].get("template", "")
    asked = [("template", part) for _, part, _, _ in template_parts(template, name) if part not in (None, "question", "choices")]
    for one, column in [*_named(entry), *asked]:
        if column not in row and column.split(".")[0] not in row:
            raise InputError(f"{key}.{one} names the column {column!r}, which {path}, {place} lacks{nearest(column, row)}; it has {fields_of(row)}")


def row_count(path: Path) -> int:
    """How many rows a file has: Parquet's footer says it, other files are read, large ones once.

    Raises:
        InputError: the file cannot be read.
    """
    state = file_state(path)
    notes = Path(ASSETS) / "rows.json"
    remembered = read_notes(notes) if state[0] >= REMEMBERED_BYTES else {}
    if (known := remembered.get(str(path.absolute()))) and known[1:] == state:
        return int(known[0])
    count = _count(path)
    if state[0] >= REMEMBERED_BYTES:
        write_notes(notes, remembered | {str(path.absolute()): [count, *state]})
    return count


def _count(path: Path) -> int:
    name = path.name.lower()
    if name.endswith(".parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq

        try:
            return int(pq.read_metadata(path).num_rows)
        except (OSError, pa.ArrowException) as error:
            raise InputError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); it may be cut off: write it anew") from error
    if name.endswith((".csv", ".csv.gz", ".tsv")):
        # Lines are no rows where texts hold line breaks.
        csv.field_size_limit(1 << 30)
        delimiter = csv_delimiter(path)
        try:
            with csv_lines(path) as file:
                filled = sum(1 for fields in csv.reader(file, delimiter=delimiter) if any(fields))
                file.seek(0)
                return max(0, filled - (2 if is_separator(file.readline()) else 1))
        except (OSError, EOFError, csv.Error) as error:
            raise InputError(f"{path} cannot be read as CSV: {error}") from error
    if name.endswith((".jsonl", ".jsonl.gz")):
        try:
            with gzip.open(path) if name.endswith(".gz") else path.open("rb") as lines:
                return sum(1 for line in lines if line.strip(b" \t\r\n\xef\xbb\xbf"))
        except (OSError, EOFError) as error:
            raise InputError(f"{path} cannot be read: {error}") from error
    return sum(1 for _ in rows_of(path))


def counted(config: Mapping[str, Any]) -> dict[str, Any]:
    """A completed configuration with the number in place of ``problems: all``.

    Where a file of questions is missing the word stays, for ``check_files`` to say so.

    Raises:
        InputError: the number cannot be known before the rows are there.
    """
    benchmarks = {}
    for name, entry in config["benchmarks"].items():
        number = entry["problems"]
        if number == "all":
            number = _all_problems(name, entry, config)
        benchmarks[name] = {**entry, "problems": number}
    return {**config, "benchmarks": benchmarks}


def _all_problems(name: str, entry: Entry, config: Mapping[str, Any]) -> int | str:
    key = f"config key benchmarks.{name}.problems is all"
    if is_own(entry):
        if not is_file(entry):
            raise InputError(f"{key}, but how many questions {entry['data']} has is known only when it was fetched; say the number")
        path = Path(entry["data"])
        return row_count(path) if path.is_file() and path.name.lower().endswith(ENDINGS) else "all"
    if not only_counts(config, name) and "data_sha256" not in entry:
        benchmark = load_benchmark(name)
        if benchmark.size is not None:
            return benchmark.size({**benchmark.options, **entry["options"]})
    raise InputError(f"{key}, but how many problems it has is not known before its rows are there; say the number")
