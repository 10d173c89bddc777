"""The files of the user's that a configuration names: they are there, and are what they should be, before any job starts."""

import csv
import gzip
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from monkeys.benchmarks import load_benchmark
from monkeys.errors import InputError
from monkeys.formats.samples.reading import SampleFiles
from monkeys.formats.samples.reading import check as check_first_rows
from monkeys.graders import file_options
from monkeys.home import DEFAULT_IMAGE, HOME
from monkeys.study.layout import only_counts, only_votes
from monkeys.study.questions import check_columns, is_file, is_own, row_count, template_file
from monkeys.study.sources import SOURCES
from monkeys.weights import model_folder, parse_source

COUNTED_BYTES = 64 << 20
"""A file of rows up to this size is counted while planning."""
FROM_WHERE = "paths are taken from the folder where the workflow is started"


def check_files(config: Mapping[str, Any]) -> None:
    """See that the files exist which a completed configuration names, and that they are of the kind that is read.

    Only the beginning of a file is looked at, and of data that is small how many rows there are: the jobs read the whole.

    Raises:
        InputError: a file is missing or of another kind, or there are fewer problems than wanted.
    """
    for key, path in _named(config):
        if Path(path).is_dir():
            raise InputError(f"config key {key} names the folder {path}, but must name a file")
        if not Path(path).is_file() and not made(path):
            raise InputError(f"config key {key} names the file {path}, which does not exist; {FROM_WHERE}")
    for name, benchmark in config["benchmarks"].items():
        if is_own(benchmark):
            check_columns(name, benchmark)
        elif "data" in benchmark:
            check_rows(f"benchmarks.{name}.data", Path(benchmark["data"]), (".jsonl", ".jsonl.gz"))
    check_sizes(config)
    for model, settings in config["models"].items():
        for benchmark, given in settings["samples"].items():
            check_samples(f"models.{model}.samples.{benchmark}", given)
        for benchmark, votes in settings["votes"].items():
            check_rows(f"models.{model}.votes.{benchmark}.file", Path(votes["file"]), (".jsonl", ".jsonl.gz"))
        for benchmark, table in settings["counts"].items():
            check_header(f"models.{model}.counts.{benchmark}.file", Path(table["file"]), (table["problem"], *table["where"], "n", "c"))
        for benchmark, path in settings["allocation"].items():
            check_header(f"models.{model}.allocation.{benchmark}", Path(path), ("problem_id",))
        if SOURCES[settings["engine"]].weights:
            check_weights(f"models.{model}.weights", settings["weights"])


def _named(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Keys that name a file, and the file."""
    for name, benchmark in config["benchmarks"].items():
        if "data" in benchmark and (not is_own(benchmark) or is_file(benchmark)):
            yield f"benchmarks.{name}.data", benchmark["data"]
        if (template := template_file(benchmark)) is not None:
            yield f"benchmarks.{name}.template", template
    for model, settings in config["models"].items():
        for benchmark, given in settings["samples"].items():
            if _is_one_file(given):
                yield f"models.{model}.samples.{benchmark}", given
        for benchmark, votes in settings["votes"].items():
            yield f"models.{model}.votes.{benchmark}.file", votes["file"]
        for benchmark, table in settings["counts"].items():
            yield f"models.{model}.counts.{benchmark}.file", table["file"]
        for benchmark, path in settings["allocation"].items():
            yield f"models.{model}.allocation.{benchmark}", path
    for name, files in config["selection"]["calls"].items():
        for benchmark, models in files.items():
            for model, path in models.items():
                yield f"selection.calls.{name}.{benchmark}.{model}", path
    verification = config["verification"]
    if verification["sandbox"] != "bubblewrap" and "://" not in verification["image"] and verification["image"] != DEFAULT_IMAGE:
        yield "verification.image", verification["image"]
    if "base" in verification:
        if not verification["image"].endswith(".def"):
            raise InputError(
                f"config key verification.base is for building a definition file, but verification.image is {verification['image']}; leave it out"
            )
        if "://" not in verification["base"] and not Path(verification["base"]).is_dir():
            yield "verification.base", verification["base"]
    for grader, options in verification["graders"].items():
        for option in file_options(options):
            yield f"verification.graders.{grader}.{option}", options[option]


def _is_one_file(given: Any) -> bool:
    """Whether samples are given as the path of one file, and not as a pattern, a folder or several."""
    return isinstance(given, str) and not any(letter in given for letter in "*?[") and not Path(given).is_dir()


def check_samples(key: str, given: Any) -> None:
    """See that recorded samples are there and of a shape that is read. Only the first rows are looked at.

    Raises:
        InputError: they are not; the sentence begins with the key.
    """
    if _is_one_file(given) and given.endswith((".jsonl", ".jsonl.gz", ".json", ".parquet")):
        check_rows(key, Path(given), (".jsonl", ".jsonl.gz", ".json", ".parquet"))
        return
    source = SampleFiles.parse(given, key)
    try:
        check_first_rows(source)
    except InputError as error:
        raise InputError(f"config key {key}: {error}") from error


def made(path: str) -> bool:
    """Whether a file is one that a rule makes: results/assets/images/<name>.sif, from envs/<name>.def."""
    return Path(path).parent == Path("results/assets/images") and (HOME / "envs" / Path(path).with_suffix(".def").name).is_file()


def check_rows(key: str, path: Path, endings: tuple[str, ...]) -> None:
    """See that a file of rows or samples has an ending that is read, and begins as such a file does.

    Raises:
        InputError: it does not.
    """
    if not path.name.endswith(endings):
        raise InputError(f"config key {key} names {path}, but must name a file that ends in {' or '.join(endings)}")
    try:
        with gzip.open(path) if path.name.endswith(".gz") else path.open("rb") as file:
            if path.suffix == ".parquet":
                if file.read(4) != b"PAR1":
                    raise InputError(f"config key {key} names {path}, which is no Parquet file")
                return
            first = next((line for line in file if line.strip(b" \t\r\n\xef\xbb\xbf")), b"")
    except (OSError, EOFError) as error:
        raise InputError(f"config key {key} names {path}, which cannot be read ({error})") from error
    begins = first.strip(b" \t\r\n\xef\xbb\xbf")[:1]
    # A file without rows has a sentence of its own where they are missed.
    if first and begins not in ((b"{", b"[") if path.suffix == ".json" else (b"{",)):
        what = "JSON" if path.suffix == ".json" else "JSON Lines, a JSON object in each line"
        raise InputError(f"config key {key} names {path}, which must be {what}, but begins with {first[:40].decode('utf-8', 'replace').strip()!r}")


def check_header(key: str, path: Path, columns: tuple[str, ...]) -> None:
    """See that a table has the columns that are read.

    Raises:
        InputError: it lacks one, or cannot be read.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header = next(csv.reader(file), [])
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(f"config key {key} names {path}, which cannot be read as CSV ({error})") from error
    if missing := [column for column in columns if column not in header]:
        raise InputError(f"config key {key} names {path}, which lacks the column {missing[0]!r}; it has {', '.join(header) or 'none'}")


def check_sizes(config: Mapping[str, Any]) -> None:
    """See that a benchmark has as many problems as are wanted, where that is known without its rows.

    Raises:
        InputError: it has fewer.
    """
    for name, settings in config["benchmarks"].items():
        if only_counts(config, name) or only_votes(config, name):
            continue
        there, what = None, "the benchmark"
        if is_own(settings):
            there, what = row_count(Path(settings["data"])) if is_file(settings) else None, settings["data"]
        elif "data_sha256" not in settings and (benchmark := load_benchmark(name)).size is not None:
            there = benchmark.size({**benchmark.options, **settings["options"]})
        elif "data_sha256" in settings:
            there, what = _rows(Path(settings["data"])), settings["data"]
        if there is not None and settings["problems"] > there:
            raise InputError(f"config key benchmarks.{name}.problems is {settings['problems']}, but {what} has {there}; ask for {there} at most")


def _rows(path: Path) -> int | None:
    """How many rows a file has; None where counting takes long."""
    if path.stat().st_size > COUNTED_BYTES or path.name.endswith(".gz"):
        return None
    with path.open("rb") as file:
        return sum(1 for line in file if line.strip())


def check_weights(key: str, text: str) -> None:
    """See that weights in a folder are there.

    Raises:
        InputError: there is no such folder; of a name on the hub the sentence says how to write it.
    """
    source = parse_source(text, key)
    if source.kind != "folder" or model_folder(source).is_dir():
        return
    if found := re.fullmatch(
        r"(?:https?://(?:www\.)?(?:huggingface\.co|hf\.co)/)?([\w-][\w.-]*/[\w-][\w.-]*)(?:(?:@|/(?:tree|resolve|blob)/)\S+|/)?", text
    ):
        name = found[1]
        raise InputError(
            f"config key {key} is {text!r}, and there is no such folder; a model of the Hugging Face hub is written hf:{name}@<commit>, "
            "with the 40 digits of a commit from the page of its files"
        )
    raise InputError(f"config key {key} names the folder {text}, which does not exist; {FROM_WHERE}")
