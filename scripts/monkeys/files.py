"""How the workflow writes and reads files: whole or not at all, as UTF-8, and each with a seal that says when its bytes are no longer those written.

A seal is the SHA-256 of a file, in a hidden file beside it (``.counts.csv.sha256`` beside ``counts.csv``, in the format of ``sha256sum``). Every reader
of a file that has one compares first. Files without a seal are somebody else's and are read as they are.
"""

import hashlib
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from monkeys.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

LAG_SECONDS = 2.0
"""How long a shared file system may show a new file beside an old seal, or the other way round."""
FRESH_SECONDS = 60.0
"""Age up to which a file that does not fit its seal may be such a case."""


@contextmanager
def whole_file(path: Path, sealed: bool = True) -> Iterator[Path]:
    """A path to write to that becomes ``path`` when the block ends well, and disappears when it does not.

    Args:
        path: of the file; its folders are made.
        sealed: False for files that are changed or appended to later, and for those that know their hash in another way.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.part{os.getpid()}")
    seal = path.with_name(f"{part.name}.sha256")
    try:
        yield part
        # Not only named but there, should the machine lose its power the moment after.
        with part.open("rb") as handle:
            os.fsync(handle.fileno())
        if sealed:
            with seal.open("w", encoding="utf-8") as handle:
                handle.write(f"{file_sha256(part)}  {path.name}\n")
                handle.flush()
                os.fsync(handle.fileno())
            seal.replace(seal_of(path))
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
        seal.unlink(missing_ok=True)


def seal_of(path: Path) -> Path:
    """Where a file's seal is kept."""
    return path.with_name(f".{path.name}.sha256")


def is_damaged(path: Path) -> bool:
    """Whether a file has a seal that it does not fit.

    Raises:
        OSError: the file cannot be read.
    """
    seal = seal_of(path)
    end = time.monotonic() + LAG_SECONDS
    while True:
        try:
            expected = seal.read_bytes().split()[:1]
        except FileNotFoundError:
            return False
        if expected == [file_sha256(path).encode()]:
            return False
        newest = max(item.stat().st_mtime for item in (path, seal) if item.exists())
        if time.monotonic() > end or not 0 <= time.time() - newest < FRESH_SECONDS:
            return True
        time.sleep(LAG_SECONDS / 8)


def checked(path: Path) -> Path:
    """The path of a file that may be read. A damaged one is moved to ``NAME.damaged``, so that Snakemake makes it anew.

    Raises:
        InputError: the file is damaged or not there.
    """
    try:
        if not is_damaged(path):
            return path
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror or error}") from error
    moved = path.with_name(f"{path.name}.damaged")
    message = f"{path} is damaged: its bytes are no longer those that were written"
    try:
        path.replace(moved)
    except OSError as error:
        raise InputError(f"{message}; delete it and run again ({error.strerror})") from error
    raise InputError(f"{message}. It was moved to {moved.name}; run again, and it is made again")


def read_text(path: Path) -> str:
    """The text of a file of the workflow's, compared with its seal.

    Raises:
        InputError: the file is damaged, not there, or no UTF-8.
    """
    try:
        return checked(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of the workflow's, compared with its seal; errors as ``read_text``."""
    try:
        return checked(path).read_bytes()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error


def read_json(path: Path) -> Any:
    """The value of a JSON file of the workflow's, compared with its seal.

    Raises:
        InputError: the file is damaged, not there, or no JSON.
    """
    text = read_text(path)
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InputError(f"{path} is not valid JSON ({error}); delete it and run again") from error


def read_table(path: Path, **options: Any) -> "pd.DataFrame":
    """The table of a CSV file of the workflow's, compared with its seal; ``options`` are those of ``pandas.read_csv``.

    Raises:
        InputError: the file is damaged, not there, or no such table.
    """
    import pandas as pd

    try:
        table: pd.DataFrame = pd.read_csv(checked(path), **options)
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read as a table ({error}); delete it and run again") from error
    return table


def write_text(path: Path, text: str) -> None:
    """Write a text as UTF-8."""
    with whole_file(path) as part:
        part.write_text(text, encoding="utf-8")


def write_table(path: Path, table: "pd.DataFrame") -> None:
    """Write a table as CSV, without its index."""
    with whole_file(path) as part:
        table.to_csv(part, index=False, encoding="utf-8")


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file's bytes."""
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def write_json(path: Path, value: Any, sealed: bool = True) -> None:
    """Write a value as indented JSON; a NaN is refused, since JSON has none."""
    with whole_file(path, sealed) as part:
        part.write_text(_json(value, indent=2, allow_nan=False) + "\n", encoding="utf-8")


def write_jsonl(path: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """Write mappings as JSON Lines, keys in the order given."""
    with whole_file(path) as part, part.open("w", encoding="utf-8") as handle:
        handle.writelines(_json(row) + "\n" for row in rows)


def _json(value: Any, **options: Any) -> str:
    """JSON as it can be written: half a character, which UTF-8 does not have, stays an escape."""
    text = json.dumps(value, ensure_ascii=False, **options)
    try:
        text.encode()
    except UnicodeEncodeError:
        text = json.dumps(value, **options)
    return text


_OTHER_FILES = (
    (b"\x1f\x8b", "is compressed by gzip; let its name end in .gz"),
    (b"PK\x03\x04", "is a ZIP archive (.zip, .xlsx); unpack it, or save the table as CSV"),
    (b"version https://git-lfs", "is a pointer of Git LFS and not the file; get it by git lfs pull"),
    (b"<!DOCTYPE html", "is a web page; download the file itself"),
    (b"<html", "is a web page; download the file itself"),
    (b"\xff\xfe", "is UTF-16; save it as UTF-8"),
    (b"\xfe\xff", "is UTF-16; save it as UTF-8"),
    (b"PAR1", "is Parquet; let its name end in .parquet"),
)
"""What files begin with that are not what their name says."""


def refuse_other(path: Path) -> None:
    """See that a file is none of some other kinds, by its first bytes.

    Raises:
        InputError: it is.
    """
    try:
        with path.open("rb") as handle:
            start = handle.read(32)
    except OSError:
        return  # Whoever reads it says so.
    for bytes_of_it, what in _OTHER_FILES:
        if start.lower().startswith(bytes_of_it.lower()) and not path.name.endswith(".parquet" if bytes_of_it == b"PAR1" else ".gz"):
            raise InputError(f"{path} {what}")


class NotUTF8Error(ValueError):
    """Bytes that are no text."""


def parse_json(text: bytes) -> Any:
    """What a JSON text of somebody's says.

    A byte order mark in front is no part of it. Half of a character (a lone surrogate such as ``\\ud83d``, left where a text was cut within an emoji) is
    no text: it is read as U+FFFD, as a UTF-8 decoder and vLLM write what they cannot decode.

    Raises:
        ValueError: it is no JSON, no UTF-8, nested too deeply, or has a number that nobody can read; the message says where.
    """
    try:
        value = json.loads(text.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise NotUTF8Error(f"it is not UTF-8: byte {error.start + 1} is 0x{text[error.start]:02x}") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}" if error.lineno > 1 else f"column {error.colno}"
        raise ValueError(f"{error.msg}, {place}") from error
    except (RecursionError, MemoryError) as error:
        raise ValueError("it is nested too deeply, or too large") from error
    except ValueError as error:
        raise ValueError(f"it has a whole number of more than {sys.get_int_max_str_digits()} digits; write it as a text") from error
    return without_halves(value) if b"\\ud" in text.lower() else value


def without_halves(value: Any) -> Any:
    """A value of JSON's kinds whose texts hold no half of a character."""
    if isinstance(value, str):
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    if isinstance(value, dict):
        return {without_halves(name): without_halves(child) for name, child in value.items()}
    return [without_halves(child) for child in value] if isinstance(value, list) else value


def read_jsonl(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a JSON Lines file (gzip when the name ends in .gz) with their line numbers, from 1; blank lines are passed over.

    Raises:
        InputError: the file cannot be read, or a line is not a JSON object; the message names the line.
    """
    import gzip
    import zlib

    number = 0
    try:
        checked(path)
        if path.suffix != ".gz":
            refuse_other(path)
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as handle:
            for number, line in enumerate(handle, start=1):
                # Byte order marks stand in the middle too, where files were joined.
                line = line.lstrip(b"\xef\xbb\xbf").rstrip(b"\r\n")
                if not line.strip():
                    continue
                try:
                    row = parse_json(line)
                except NotUTF8Error as error:
                    raise InputError(f"{path} cannot be read beyond line {number - 1}: in line {number} {error}; save the file as UTF-8") from error
                except ValueError as error:
                    instead = "correct or remove that line"
                    if number == 1 and line.lstrip().startswith(b"["):
                        instead = "if the file is one JSON list, let its name end in .json"
                    elif number == 1 and line.strip() == b"{":
                        instead = "each line must be one whole JSON object"
                    raise InputError(f"{path}, line {number} is not valid JSON ({error}); {instead}") from error
                if not isinstance(row, dict):
                    raise InputError(f"{path}, line {number} is not a JSON object; each line must be one")
                yield number, row
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path} cannot be read beyond line {number}: {error}") from error
