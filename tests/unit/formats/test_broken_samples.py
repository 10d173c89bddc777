"""Files of samples that are broken or named wrongly: one sentence each, with file, line and what would fit."""

import gzip
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest
from sample_files import FILES, GOOD, LM, jsonl, read

from monkeys.errors import InputError
from monkeys.formats.samples.reading import SampleFiles, check

BAD = [
    (
        "unknown fields",
        "s.jsonl",
        jsonl({"qid": 1, "answer": "x"}),
        {},
        r"s\.jsonl, line 1 has the fields qid, answer, which no known shape has; name them, as in columns",
    ),
    (
        "wrong column",
        "s.csv",
        b"qid,answer\nquiz/0,x\n",
        {"columns": {"problem": "qid", "text": "answr"}},
        r"s\.csv, line 2 lacks the column 'answr' \(did you mean 'answer'\?\); it has qid, answer",
    ),
    (
        "field gone later",
        "s.jsonl",
        jsonl(GOOD, {"task_id": "quiz/0", "solution": "x"}),
        {},
        r"s\.jsonl, line 2 has no text under 'completion'; each needs task_id and completion",
    ),
    (
        "half a line",
        "s.jsonl",
        jsonl(GOOD) + b'{"task_id": "quiz/1", "comp',
        {},
        r"s\.jsonl, line 2 is not valid JSON \(.*\); correct or remove that line",
    ),
    (
        "half a gzip",
        "s.jsonl.gz",
        gzip.compress(jsonl(*[{**GOOD, "completion": str(n) * 50} for n in range(500)]))[:-40],
        {},
        r"s\.jsonl\.gz cannot be read beyond line",
    ),
    (
        "half a table",
        "s.csv",
        b'qid,answer\nquiz/0,x\nquiz/1,"it is',
        {"columns": {"problem": "qid", "text": "answer"}},
        r"s\.csv cannot be read as CSV beyond line 2: unexpected end of data",
    ),
    (
        "missing field of a table",
        "s.csv",
        b"qid,answer\nquiz/0,x\nquiz/1\n",
        {"columns": {"problem": "qid", "text": "answer"}},
        r"s\.csv, line 3 has 1 fields, but the header has 2",
    ),
    (
        "half a parquet",
        "s.parquet",
        (FILES / "monkey_business.parquet").read_bytes()[:-30],
        {},
        r"s\.parquet cannot be read as Parquet \(.*\); it may be cut off",
    ),
    (
        "half an archive",
        "s.eval",
        (FILES / "inspect_ai.eval").read_bytes()[:9000],
        {},
        r"s\.eval cannot be read as a log of inspect_ai's \(.*\); it may be cut off",
    ),
    ("half a list", "s.json", b'[{"task_id": "quiz/0", "completion": "a"}, {"ta', {}, r"s\.json cannot be read as JSON"),
    ("half a YAML", "s.yaml", b'question: "What is', {}, r"s\.yaml cannot be read as YAML"),
    (
        "two encodings",
        "s.jsonl",
        jsonl(GOOD) + '{"task_id": "quiz/1", "completion": "ü"}\n'.encode("latin-1"),
        {},
        r"in line 2 it is not UTF-8: byte \d+ is 0xfc; save the file as UTF-8",
    ),
    (
        "two encodings of a table",
        "s.csv",
        b"qid,answer\nquiz/0,\xc3\xbc\nquiz/1,\xfc\n",
        {"columns": {"problem": "qid", "text": "answer"}},
        r"s\.csv, line 3 is not UTF-8; save the file as UTF-8",
    ),
    (
        "UTF-16",
        "s.jsonl",
        '{"task_id": "quiz/0", "completion": "a"}\n'.encode("utf-16"),
        {},
        r"s\.jsonl is UTF-16; save it as UTF-8",
    ),
    (
        "no problem",
        "s.jsonl",
        jsonl(GOOD, {"task_id": "quizz/1", "completion": "x"}),
        {},
        r"s\.jsonl, line 2: the benchmark has no problem 'quizz/1' \(did you mean 'quiz/1'\?\) \(its first is 'quiz/0'\); remove the sample, name the right benchmark",
    ),
    ("no number", "s.jsonl", jsonl({**LM, "doc_id": 7}), {}, r"s\.jsonl, line 1: the benchmark has no problem with the number 7"),
    (
        "duplicate index",
        "s.csv",
        b"q,i,a\nquiz/0,4,x\nquiz/0,4,y\n",
        {"columns": {"problem": "q", "index": "i", "text": "a"}},
        r"s\.csv, line 3: sample 4 of quiz/0 stands there twice; remove one of them",
    ),
    ("duplicate document", "s.jsonl", jsonl(LM, LM), {}, r"s\.jsonl, line 2: sample 0 of quiz/0 stands there twice in this file"),
    (
        "no whole number",
        "s.csv",
        b"q,i,a\nquiz/0,-1,x\n",
        {"columns": {"problem": "q", "index": "i", "text": "a"}},
        r"s\.csv, line 2 has -1 under 'i', but needs a whole number from 0",
    ),
    (
        "tokens that are none",
        "s.csv",
        b"q,t,a\nquiz/0,many,x\n",
        {"columns": {"problem": "q", "output_tokens": "t", "text": "a"}},
        r"s\.csv, line 2 has 'many' under 't', but needs a whole number or nothing",
    ),
    (
        "text that is none",
        "s.jsonl",
        jsonl({"samples": ["a", 3], "id": 0}),
        {},
        r"s\.jsonl, line 1 has 3 as number 1 under 'samples', but needs a text",
    ),
    ("two columns of a name", "s.csv", b"q,a,a\nquiz/0,x,y\n", {"columns": {"problem": "q", "text": "a"}}, r"s\.csv, line 1 has two columns 'a'"),
    (
        "seed beyond 64 bits",
        "s.csv",
        b"q,s,a\nquiz/0,9223372036854775808,y\n",
        {"columns": {"problem": "q", "seed": "s", "text": "a"}},
        r"line 2 has '9223372036854775808' under 's', but needs a whole number or nothing",
    ),
    ("compressed", "s.jsonl", gzip.compress(jsonl(GOOD)), {}, r"s\.jsonl is compressed by gzip; let its name end in \.gz"),
    ("a spreadsheet", "s.csv", b"PK\x03\x04\x14\x00", {}, r"s\.csv is a ZIP archive \(\.zip, \.xlsx\); unpack it, or save the table as CSV"),
    ("UTF-16 of a table", "s.csv", "q;a\n".encode("utf-16"), {}, r"s\.csv is UTF-16; save it as UTF-8"),
    ("a web page", "s.jsonl", b"<!doctype html>\n<html>", {}, r"s\.jsonl is a web page; download the file itself"),
    ("a pointer", "s.parquet", b"version https://git-lfs.github.com/spec/v1\noid", {}, r"s\.parquet is a pointer of Git LFS and not the file"),
    (
        "a list in lines",
        "s.jsonl",
        b"[\n" + jsonl(GOOD) + b"]\n",
        {},
        r"line 1 is not valid JSON \(.*\); if the file is one JSON list, let its name end in",
    ),
    ("an object in lines", "s.jsonl", b'{\n"task_id": "quiz/0"}\n', {}, r"line 1 is not valid JSON \(.*\); each line must be one whole JSON object"),
    ("nothing", "s.jsonl", b"", {}, r"s\.jsonl has no samples; it is empty"),
    ("another ending", "s.txt", b"", {}, r"s\.txt must end in \.jsonl, "),
    ("no object", "s.jsonl", b"[1]\n", {}, r"s\.jsonl, line 1 is not a JSON object"),
    (
        "shape that does not fit",
        "s.jsonl",
        jsonl(GOOD),
        {"shape": "lm_eval"},
        r"s\.jsonl, line 1 has no number under 'doc_id'; each needs doc_id and resps",
    ),
    (
        "answer without name",
        "s.jsonl",
        jsonl({"object": "chat.completion", "choices": [], "id": "x"}),
        {},
        r"s\.jsonl, line 1 does not name its problem",
    ),
    (
        "answer of odd parts",
        "s.jsonl",
        jsonl({"object": "response", "output": [3], "metadata": {"id": "quiz/0"}}),
        {},
        r"s\.jsonl, line 1 is not a row as OpenAI's answers has it",
    ),
]


@pytest.mark.parametrize(("name", "content", "settings", "sentence"), [case[1:] for case in BAD], ids=[case[0] for case in BAD])
def test_bad_input_is_one_sentence(tmp_path: Path, name: str, content: bytes, settings: dict[str, Any], sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=sentence) as caught:
        read(tmp_path / name, **settings)
    assert "\n" not in str(caught.value)


def test_damaged_entry_of_an_archive_is_refused(tmp_path: Path) -> None:
    """A changed byte of a compressed sample does not become another text."""
    shutil.copy(FILES / "inspect_ai.eval", tmp_path / "s.eval")
    with zipfile.ZipFile(tmp_path / "s.eval") as archive:
        entry = archive.getinfo("samples/quiz/1_epoch_2.json")
    content = bytearray((tmp_path / "s.eval").read_bytes())
    content[entry.header_offset + 30 + len(entry.filename) + entry.compress_size // 2] ^= 0xFF
    (tmp_path / "s.eval").write_bytes(content)
    with pytest.raises(InputError, match=r"s\.eval"):
        read(tmp_path / "s.eval")


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (3, r"config key k must be a file, a list of files, or files, shape and columns"),
        ({"files": "a", "shap": "x"}, r"config key k\.shap does not exist \(did you mean 'shape'\?\)"),
        ({"files": "a", "shape": "lmeval"}, r"config key k\.shape is 'lmeval' \(did you mean 'lm_eval'\?\); it must be one of monkeys, "),
        ({"files": "a", "columns": {"text": "t"}}, r"config key k\.columns names no column for problem"),
        ({"files": "a", "columns": {"problem": "t", "index": "i"}}, r"config key k\.columns names no column for text"),
        ({"files": "a", "columns": {"problm": "t"}}, r"config key k\.columns\.problm does not exist \(did you mean 'problem'\?\)"),
        (
            {"files": "a", "shape": "lm_eval", "columns": {"problem": "t", "text": "x"}},
            r"config key k\.columns names columns, but shape lm_eval has names of its own",
        ),
        ({"files": []}, r"config key k\.files must be a file or a list of files"),
    ],
)
def test_wrong_settings_name_their_key(value: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        SampleFiles.parse(value, "k")


def test_pattern_without_files_and_empty_folder_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no file is like .*rs\*\.jsonl"):
        read(tmp_path / "rs*.jsonl")
    with pytest.raises(InputError, match=r"the folder .* holds no file of samples"):
        read(tmp_path)


def test_plan_looks_at_first_rows_alone(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(jsonl(GOOD) + b"half a li")
    (tmp_path / "b.jsonl").write_bytes(jsonl(LM))
    found = check(SampleFiles((str(tmp_path / "*.jsonl"),)))
    assert [(path.name, shape.name) for path, shape in found.items()] == [("a.jsonl", "human_eval"), ("b.jsonl", "lm_eval")]
    assert [shape.whole_programs for shape in check(SampleFiles((str(FILES / "evalplus.jsonl"),))).values()] == [True]
    for content, sentence in (
        (b"", r"c\.jsonl has no samples"),
        (jsonl({"x": 1}), r"c\.jsonl, line 1 has the fields x, which no known shape has"),
        (jsonl({"task_id": 3, "completion": "x"}), r"c\.jsonl, line 1 has no text under 'task_id'"),
    ):
        (tmp_path / "c.jsonl").write_bytes(content)
        with pytest.raises(InputError, match=sentence):
            check(SampleFiles((str(tmp_path / "*.jsonl"),)))
