"""Reads the samples of one model on one benchmark from one or several files of one shape or of several."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from monkeys.errors import InputError, nearest
from monkeys.formats.samples import Found, PlaceError, RowError, Shape
from monkeys.formats.samples.problems import Problems
from monkeys.formats.samples.rows import ENDINGS, fields_of, natural, rows_of
from monkeys.formats.samples.shapes import SHAPES, named_columns
from monkeys.formats.samples.shapes.columns import COLUMNS, filled


@dataclass(frozen=True, slots=True)
class SampleFiles:
    """Which files hold samples, and how they are written.

    ``files``: paths, or patterns such as ``output-rs*.jsonl``; a folder stands for all files in it that can be read. ``shape``: a name of ``SHAPES``; None: found from the content. ``columns``: names of
    columns by what they are (``shapes/columns.py``); with a shape, only ``problem`` may be said.
    """

    files: tuple[str, ...]
    shape: str | None = None
    columns: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def parse(cls, value: Any, key: str) -> "SampleFiles":
        """What a configuration says: a path or pattern, a list of them, or ``{files: …, shape: …, columns: {…}}``.

        Raises:
            InputError: it says something else; the sentence begins with the key.
        """
        if isinstance(value, (str, Path, list, tuple)):
            value = {"files": value}
        if not isinstance(value, Mapping) or "files" not in value:
            raise InputError(f"config key {key} must be a file, a list of files, or files, shape and columns")
        if unknown := [name for name in value if name not in ("files", "shape", "columns")]:
            raise InputError(f"config key {key}.{unknown[0]} does not exist{nearest(str(unknown[0]), ('files', 'shape', 'columns'))}")
        files = [value["files"]] if isinstance(value["files"], (str, Path)) else value["files"]
        if not isinstance(files, (list, tuple)) or not files or not all(isinstance(path, (str, Path)) for path in files):
            raise InputError(f"config key {key}.files must be a file or a list of files")
        shape, columns = value.get("shape"), value.get("columns") or {}
        if shape is not None and shape not in SHAPES:
            raise InputError(f"config key {key}.shape is {shape!r}{nearest(str(shape), SHAPES)}; it must be one of {', '.join(SHAPES)}")
        if not isinstance(columns, Mapping) or not all(isinstance(text, str) and text for pair in columns.items() for text in pair):
            raise InputError(f"config key {key}.columns must be names of columns, as in {{problem: qid, text: answer}}")
        if unknown := [name for name in columns if name not in COLUMNS]:
            raise InputError(
                f"config key {key}.columns.{unknown[0]} does not exist{nearest(unknown[0], COLUMNS)}; a column is one of {', '.join(COLUMNS)}"
            )
        if columns and set(columns) != {"problem"}:
            if shape is not None:
                raise InputError(
                    f"config key {key}.columns names columns, but shape {shape} has names of its own; leave shape out, or name no column but problem"
                )
            if "text" not in columns:
                raise InputError(f"config key {key}.columns names no column for text, the samples")
            if not {"problem", "question"} & set(columns):
                raise InputError(f"config key {key}.columns names no column for problem, the problems' names")
        return cls(tuple(str(path) for path in files), shape, dict(columns))

    def paths(self) -> list[Path]:
        """The files, those of a pattern or folder in the order of the numbers in their names (``rs2`` before ``rs10``).

        Raises:
            InputError: there is no such file.
        """
        found: list[Path] = []
        for text in self.files:
            path = Path(text)
            if path.is_dir():
                here = [file for file in path.iterdir() if file.is_file() and file.name.lower().endswith(ENDINGS) and not file.name.startswith(".")]
                if not here:
                    raise InputError(f"the folder {text} holds no file of samples; such a file ends in {', '.join(ENDINGS)}")
            elif path.is_file():
                here = [path]
            elif not any(letter in text for letter in "*?["):
                raise InputError(f"the file of samples {text} does not exist; paths are taken from the folder where the workflow is started")
            else:
                base = Path(path.anchor) if path.is_absolute() else Path()
                here = [file for file in base.glob(str(path.relative_to(base)) if path.is_absolute() else text) if file.is_file()]
                if not here:
                    raise InputError(f"no file is like {text}; paths are taken from the folder where the workflow is started")
            found += sorted(here, key=lambda file: natural(str(file)))
        return list(dict.fromkeys(found))


@dataclass(frozen=True, slots=True)
class Placed:
    """A sample, the benchmark's name of its problem, its number among that problem's samples, and the place where it stands (``samples.jsonl, line 3``)."""

    place: str
    problem_id: str
    sample_index: int
    found: Found


class Reader:
    """The samples of some files, in order, each with the place where it stands. Texts are not kept.

    Args:
        source: the files.
        known: names of all the benchmark's problems, also of those that a study leaves out.
        questions: texts that ask them, of all or some; needed where a tool numbers problems in an order of its own, or names none.
    """

    def __init__(self, source: SampleFiles, known: Sequence[str], questions: Mapping[str, str] | None = None) -> None:
        self._source = source
        self._problems = Problems(known, questions)
        self.counts: Counter[str] = Counter()
        """Samples of each problem, as far as they were read."""
        self.left_out: Counter[str] = Counter()
        """Rows that are no samples, by the reason."""
        self.shapes: dict[str, str] = {}
        """The shape of each file, by its path."""

    def __iter__(self) -> Iterator[Placed]:
        """Every sample.

        Raises:
            InputError: a file cannot be read, a row is not of its file's shape, or is of no problem, or a sample is there twice.
        """
        self.counts.clear()
        self.left_out.clear()
        numbered: dict[str, set[int]] = {}
        for path in self._source.paths():
            keys: set[tuple[str, str | int]] = set()
            shape: Shape | None = None
            variant: str | None = None
            for position, (place, row) in enumerate(rows_of(path)):
                where = f"{path}, {place}"
                try:
                    if shape is None:
                        shape = shape_of(self._source, row)
                        self.shapes[str(path)] = shape.name
                    for found in _samples(shape, row, position):
                        if isinstance(found, str):
                            self.left_out[found] += 1
                            continue
                        variant = found.variant if variant is None else variant
                        if found.variant != variant:
                            self.left_out[f"samples that stand there once more, for {found.variant}"] += 1
                            continue
                        yield Placed(where, *self._place(found, row, keys, numbered), found)
                except RowError as error:
                    raise InputError(f"{where}{error.joint}{error}") from error
            if shape is None:
                raise InputError(f"{path} has no samples; it is empty, or was cut off at its beginning")

    def _place(self, found: Found, row: Mapping[str, Any], keys: set[tuple[str, str | int]], numbered: dict[str, set[int]]) -> tuple[str, int]:
        template = self._source.columns.get("problem")
        name = self._problems.name(found if template is None else Found(filled(row, template), found.text, found.question))
        if found.key is not None:
            if (name, found.key) in keys:
                raise PlaceError(f"sample {found.key} of {name} stands there twice in this file; remove one of them")
            keys.add((name, found.key))
        index = self.counts[name]
        if found.index is not None:
            index = found.index
            known = numbered.setdefault(name, set())
            if index in known:
                raise PlaceError(f"sample {index} of {name} stands there twice; remove one of them, or number it otherwise")
            known.add(index)
        self.counts[name] += 1
        return name, index


def available(source: SampleFiles, known: Sequence[str], questions: Mapping[str, str] | None = None) -> dict[str, int]:
    """How many samples there are of each of the benchmark's problems, in its order: what ``samples: all`` means.

    Raises:
        InputError: as ``Reader``.
    """
    reader = Reader(source, known, questions)
    for _ in reader:
        pass
    return {name: reader.counts[name] for name in known}


def shape_of(source: SampleFiles, row: Mapping[str, Any]) -> Shape:
    """The shape of a file by its first row.

    Raises:
        RowError: no known shape has such rows.
    """
    if source.shape is not None:
        return SHAPES[source.shape]
    if source.columns and set(source.columns) != {"problem"}:
        return named_columns(source.columns)
    for shape in SHAPES.values():
        if shape.fits(row):
            return shape
    shapes = "; ".join(f"{shape.title}: {shape.fields}" for shape in SHAPES.values())
    raise RowError(
        f"has the fields {fields_of(dict(row))}, which no known shape has; name them, as in columns: {{problem: qid, text: answer}} ({shapes})"
    )


def check(source: SampleFiles) -> dict[Path, Shape]:
    """See that all files are there and that each begins as its shape does, by its first row alone: what a plan can ask before any job starts.

    Returns:
        The shape of each file.

    Raises:
        InputError: as ``Reader``.
    """
    found = {}
    for path in source.paths():
        place, row = next(iter(rows_of(path)), ("", None))
        if row is None:
            raise InputError(f"{path} has no samples; it is empty, or was cut off at its beginning")
        try:
            found[path] = shape_of(source, row)
            for _ in _samples(found[path], row, 0):
                pass
        except RowError as error:
            raise InputError(f"{path}, {place}{error.joint}{error}") from error
    return found


def _samples(shape: Shape, row: Mapping[str, Any], position: int) -> Iterator[Found | str]:
    """A row's samples.

    Raises:
        RowError: the row is not of this shape, however it is not.
    """
    try:
        yield from shape.samples(row, position)
    except (AttributeError, KeyError, IndexError, TypeError) as error:
        raise RowError(f"is not a row as {shape.title} has it ({error}); each needs {shape.fields}") from error
