"""The rows of a file, one after the other, whatever the file is: JSON Lines, JSON, CSV, Parquet, YAML or an archive of inspect_ai's.

Nothing but a JSON or YAML file is held in memory whole. Each row comes with its place, as a person would look for it.
"""

import csv
import gzip
import json
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from monkeys.errors import InputError
from monkeys.files import NotUTF8Error, checked, parse_json, read_jsonl, refuse_other, without_halves

ENDINGS = (".jsonl", ".jsonl.gz", ".json", ".csv", ".csv.gz", ".tsv", ".parquet", ".yaml", ".yml", ".eval")
"""Of files whose rows can be read."""
FILE = "file name"
"""The field of a YAML file's row that has the file's name without its ending: such a file is one problem's."""
BATCH_BYTES = 32 << 20
"""About how many bytes of a Parquet file are rows at a time."""
ZSTANDARD = 93
"""A method of compression of ZIP archives that Python's ``zipfile`` has from 3.14 on."""


def rows_of(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The rows of a file, each with its place: a line from 1, an entry from 1, a row of Parquet from 0, a sample's name in an archive.

    Raises:
        InputError: the file cannot be read, or a row is no object; the message says where, and what to do.
    """
    name = path.name.lower()
    if name.endswith((".jsonl", ".jsonl.gz")):
        return ((f"line {number}", row) for number, row in read_jsonl(path))
    if name.endswith((".csv", ".csv.gz", ".tsv")):
        return _csv(path, csv_delimiter(path))
    readers = {".json": _json, ".parquet": _parquet, ".yaml": _yaml, ".yml": _yaml, ".eval": _eval}
    if path.suffix.lower() not in readers:
        raise InputError(f"{path} must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}, which says how it is read")
    return readers[path.suffix.lower()](path)


def _json(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The entries of a list, the values of an object of objects (by name, in order), the samples of inspect_ai's log, or the one object."""
    text = b""
    try:
        text = checked(path).read_bytes()
        content = parse_json(text)
    except (OSError, ValueError) as error:
        if len(lines := text.split(b"\n", 2)) > 1 and is_object(lines[0]) and lines[1].strip():
            # JSON Lines under a wrong name.
            yield from ((f"line {number}", row) for number, row in read_jsonl(path))
            return
        raise InputError(f"{path} cannot be read as JSON ({error})") from error
    if isinstance(content, dict) and isinstance(content.get("eval"), dict) and isinstance(content.get("samples"), list):
        content = content["samples"]
    if isinstance(content, dict):
        content = list(content.values()) if content and all(isinstance(value, dict) for value in content.values()) else [content]
    for number, entry in enumerate(content if isinstance(content, list) else [content], start=1):
        if not isinstance(entry, dict):
            raise InputError(f"{path}, entry {number} is not a JSON object; the file must be a list of them")
        yield f"entry {number}", entry


def is_object(text: bytes) -> bool:
    """Whether a line is a JSON object."""
    try:
        return isinstance(parse_json(text), dict)
    except ValueError:
        return False


def _yaml(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    import yaml

    try:
        content = yaml.load(checked(path).read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    except (OSError, ValueError, RecursionError, yaml.YAMLError) as error:
        raise InputError(f"{path} cannot be read as YAML ({' '.join(str(error).split())})") from error
    if not isinstance(content, dict):
        raise InputError(f"{path} must be one problem's: names and values, samples among them")
    yield "the problem", {**without_halves(content), FILE: int(path.stem) if path.stem.isdecimal() else path.stem}


def csv_lines(path: Path) -> IO[str]:
    """A file of CSV, opened. Bytes that are no UTF-8 become surrogates, which UTF-8 has not, so that their line is known.

    Raises:
        InputError: it is something else.
    """
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", errors="surrogateescape", newline="")
    refuse_other(path)
    return path.open(encoding="utf-8-sig", errors="surrogateescape", newline="")


def is_separator(line: str) -> bool:
    """Whether a first line says no more than what separates the fields."""
    return _SEPARATOR.fullmatch(line) is not None


def csv_delimiter(path: Path) -> str:
    """What separates the fields of a file: by its header, tabs or semicolons, as spreadsheets write them where a comma is the decimal point; else commas."""
    if path.name.lower().endswith(".tsv"):
        return "\t"
    with suppress(OSError, EOFError, zlib.error), csv_lines(path) as handle:
        header = handle.readline(1 << 20)
        if said := _SEPARATOR.fullmatch(header):
            return said[1]
        if "," not in header:
            return max("\t;", key=header.count) if "\t" in header or ";" in header else ","
    return ","


def _csv(path: Path, delimiter: str) -> Iterator[tuple[str, dict[str, Any]]]:
    csv.field_size_limit(1 << 30)
    line = 0
    try:
        checked(path)
        with csv_lines(path) as handle:
            reader = csv.reader(handle, delimiter=delimiter, strict=True)
            header = next(reader, [])
            if _SEPARATOR.fullmatch(delimiter.join(header)):
                header = next(reader, [])
            start = reader.line_num
            # Columns that a spreadsheet adds at the right.
            while header and not header[-1]:
                header.pop()
            if twice := [name for name in header if header.count(name) > 1]:
                raise InputError(f"{path}, line {start} has two columns {twice[0]!r}; name them differently")
            for fields in reader:
                line, first = reader.line_num, line + 1 if line else start + 1
                if not any(fields):
                    continue
                while len(fields) > len(header) and not fields[-1]:
                    fields.pop()
                if any("\udc80" <= letter <= "\udcff" for field in fields if not field.isascii() for letter in field):
                    raise InputError(f"{path}, line {first} is not UTF-8; save the file as UTF-8")
                if len(fields) != len(header):
                    raise InputError(
                        f"{path}, line {first} has {len(fields)} fields, but the header has {len(header)}; complete the line, and put quotation marks around texts with {_NAMES[delimiter]} or line breaks"
                    )
                yield f"line {first}", dict(zip(header, fields, strict=True))
    except (OSError, EOFError, zlib.error, csv.Error) as error:
        raise InputError(f"{path} cannot be read as CSV beyond line {line or 1}: {error}") from error


_SEPARATOR = re.compile(r"sep=([,;\t])\r?\n?")
"""A first line by which spreadsheets say it."""
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs"}


def _parquet(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        refuse_other(path)
        with pq.ParquetFile(checked(path), page_checksum_verification=True) as file:
            rows = max(1, file.metadata.num_rows)
            bytes_of_rows = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
            size = max(1, min(8192, BATCH_BYTES * rows // max(1, bytes_of_rows)))
            for batch in file.iter_batches(size):
                for row in batch.to_pylist():
                    yield f"row {number}", row
                    number += 1
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path} cannot be read as Parquet ({str(error).splitlines()[0]}); it may be cut off: write it anew") from error
    except (ValueError, OverflowError) as error:
        raise InputError(f"{path} has a value that cannot be read, from row {number} on ({error}); write the file anew") from error


def _eval(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    """The samples of an archive, epoch by epoch."""
    try:
        with zipfile.ZipFile(checked(path)) as archive, path.open("rb") as handle:
            entries = {}
            for entry in archive.infolist():
                if match := re.fullmatch(r"samples/(.*)_epoch_(\d+)\.json", entry.filename):
                    entries[int(match[2]), tuple(natural(match[1]))] = entry
            for _, entry in sorted(entries.items(), key=lambda item: item[0]):
                place = entry.filename
                try:
                    row = parse_json(_content(archive, handle, entry))
                except ValueError as error:
                    what = error if isinstance(error, NotUTF8Error) else f"it is not valid JSON: {error}"
                    raise InputError(f"{path}, {place} cannot be read ({what}); copy the log anew") from error
                if not isinstance(row, dict):
                    raise InputError(f"{path}, {place} is not a JSON object; it must be a sample of inspect_ai's")
                yield place, row
    except (OSError, EOFError, zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError) as error:
        raise InputError(f"{path} cannot be read as a log of inspect_ai's ({error}); it may be cut off or still written: copy it anew") from error


def _content(archive: zipfile.ZipFile, handle: IO[bytes], entry: zipfile.ZipInfo) -> bytes:
    if entry.compress_type != ZSTANDARD:
        return archive.read(entry)
    import pyarrow as pa

    handle.seek(entry.header_offset)
    header = handle.read(30)
    name, extra = struct.unpack("<HH", header[26:30])
    handle.seek(entry.header_offset + 30 + name + extra)
    with pa.CompressedInputStream(pa.BufferReader(handle.read(entry.compress_size)), "zstd") as stream:
        content = bytes(stream.read())
    if zlib.crc32(content) != entry.CRC:
        raise zipfile.BadZipFile(f"bad checksum of {entry.filename}")
    return content


def natural(text: str) -> list[tuple[int, str]]:
    """A key that sorts ``rs2`` before ``rs10``."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d+)", text) if part]


def fields_of(row: dict[str, Any]) -> str:
    """The names of a row's fields, for a sentence."""
    names = [name for name in row if name != FILE]
    return ", ".join(json.dumps(name, ensure_ascii=False)[1:-1] for name in names[:20]) + (", …" if len(names) > 20 else "") or "none"
