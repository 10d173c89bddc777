import gzip
import json
import random
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from monkeys.errors import InputError
from monkeys.files import read_jsonl, seal_of, whole_file, write_json, write_jsonl
from monkeys.records.prompt import Prompt, read_prompts, write_prompts
from monkeys.records.reference import Reference, read_references, write_references
from monkeys.records.sample import Sample, read_provenance, read_samples, write_samples
from monkeys.records.verdict import Verdict, read_verdicts, write_verdicts

SAMPLES = [
    Sample("a/0", 0, 2**63 - 1, "text with\nlines, ünïcode 🐒 and \u2028", 12, 34, "stop", -1.5),
    Sample("a/0", 1, None, ""),
]


def test_prompts_come_back_as_written(tmp_path: Path) -> None:
    prompts = [Prompt("a/0", 'def f():\n    """é"""', [{"role": "user", "content": "\u2028 line"}], ["\ndef"]), Prompt("a/1", "", [])]
    write_prompts(tmp_path / "p.jsonl", prompts)
    assert read_prompts(tmp_path / "p.jsonl") == prompts
    assert len((tmp_path / "p.jsonl").read_bytes().splitlines()) == 2


def test_references_come_back_as_written(tmp_path: Path) -> None:
    references = [Reference("a/0", {"test": "assert 1\n"}, {"cpu_seconds": 9}, {"difficulty": 3}), Reference("a/1", {"answer": "7"})]
    write_references(tmp_path / "r.jsonl", references)
    assert read_references(tmp_path / "r.jsonl") == references


def test_samples_and_provenance_come_back_as_written(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", SAMPLES, {"engine": "recorded", "version": "1"})
    assert read_samples(tmp_path / "s.parquet") == SAMPLES
    assert read_provenance(tmp_path / "s.parquet") == {"engine": "recorded", "version": "1"}


def test_verdicts_come_back_as_written(tmp_path: Path) -> None:
    verdicts = [Verdict("a/0", 0, "passed"), Verdict("a/0", 1, "failed", "42", "AssertionError: x")]
    write_verdicts(tmp_path / "v.parquet", verdicts)
    assert read_verdicts(tmp_path / "v.parquet") == verdicts


def test_no_samples_make_a_readable_file(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", [], {})
    assert read_samples(tmp_path / "s.parquet") == []
    assert pq.read_schema(tmp_path / "s.parquet").field("seed").type == pa.int64()


def test_equal_samples_make_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_samples(tmp_path / name, SAMPLES, {"engine": "x"})
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_foreign_parquet_needs_only_three_columns(tmp_path: Path) -> None:
    table = pa.table({"problem_id": ["a"], "sample_index": [3], "text": ["t"], "extra": [1.0]})
    pq.write_table(table, tmp_path / "s.parquet")
    assert read_samples(tmp_path / "s.parquet") == [Sample("a", 3, None, "t")]


@pytest.mark.parametrize("missing", ["problem_id", "sample_index", "text"])
def test_a_missing_column_is_named(tmp_path: Path, missing: str) -> None:
    columns = {"problem_id": ["a"], "sample_index": [0], "text": ["t"]}
    del columns[missing]
    pq.write_table(pa.table(columns), tmp_path / "s.parquet")
    with pytest.raises(InputError, match=rf"s\.parquet lacks the column '{missing}'; it has {', '.join(columns)}"):
        read_samples(tmp_path / "s.parquet")


def test_a_missing_column_of_verdicts_is_named(tmp_path: Path) -> None:
    pq.write_table(pa.table({"problem_id": ["a"], "sample_index": [0]}), tmp_path / "v.parquet")
    with pytest.raises(InputError, match=r"v\.parquet lacks the column 'outcome'"):
        read_verdicts(tmp_path / "v.parquet")


@pytest.mark.parametrize("content", [None, b"", b"not parquet", b"PAR1 torn off"])
def test_unreadable_parquet_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "s.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"s\.parquet cannot be read as Parquet"):
        read_samples(path)


def test_json_lines_are_numbered_and_blank_ones_skipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n\n  \n{"a": 2}')
    assert list(read_jsonl(path)) == [(1, {"a": 1}), (4, {"a": 2})]


def test_json_lines_may_be_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl.gz"
    path.write_bytes(gzip.compress('{"a": "é"}\n'.encode()))
    assert list(read_jsonl(path)) == [(1, {"a": "é"})]


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n\n{"a": x}\n')
    with pytest.raises(InputError, match=r"x\.jsonl, line 3 is not valid JSON \(Expecting value, column 7\)"):
        list(read_jsonl(path))


def test_a_torn_line_is_named_with_the_column_where_it_ends(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": \n')
    with pytest.raises(InputError, match=r"line 1 is not valid JSON \(Expecting value, column 7\)"):
        list(read_jsonl(path))


@pytest.mark.parametrize("line", ["[1]", "1", "null", '"text"'])
def test_a_line_that_is_no_object_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1}\n' + line)
    with pytest.raises(InputError, match=r"x\.jsonl, line 2 is not a JSON object"):
        list(read_jsonl(path))


def test_unreadable_json_lines_name_the_file_and_how_far_it_was_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"absent\.jsonl cannot be read beyond line 0: .*No such file"):
        list(read_jsonl(tmp_path / "absent.jsonl"))
    whole = gzip.compress(b'{"a": 1}\n' * 1000)
    (tmp_path / "torn.jsonl.gz").write_bytes(whole[:-10])
    with pytest.raises(InputError, match=r"torn\.jsonl\.gz cannot be read beyond line \d+"):
        list(read_jsonl(tmp_path / "torn.jsonl.gz"))
    (tmp_path / "plain.jsonl.gz").write_text("{}\n")
    with pytest.raises(InputError, match=r"plain\.jsonl\.gz cannot be read beyond line 0"):
        list(read_jsonl(tmp_path / "plain.jsonl.gz"))
    (tmp_path / "latin.jsonl").write_bytes(b'{"a": "\xe9"}\n')
    with pytest.raises(InputError, match=r"latin\.jsonl cannot be read beyond line 0"):
        list(read_jsonl(tmp_path / "latin.jsonl"))


def test_a_file_that_is_written_halfway_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "x.jsonl"
    write_jsonl(path, [{"a": 1}])

    def rows():
        yield {"a": 2}
        raise RuntimeError("killed")

    with pytest.raises(RuntimeError):
        write_jsonl(path, rows())
    assert list(read_jsonl(path)) == [(1, {"a": 1})]
    assert list(path.parent.glob("[!.]*")) == [path]


def test_the_final_name_appears_only_at_the_end(tmp_path: Path) -> None:
    path = tmp_path / "x"
    with whole_file(path) as part:
        part.write_text("content")
        assert not path.exists()
        assert part.parent == path.parent
    assert path.read_text() == "content"
    assert not part.exists()


def test_json_refuses_nan(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_json(tmp_path / "x.json", {"a": float("nan")})
    assert list(tmp_path.iterdir()) == []
    write_json(tmp_path / "x.json", {"é": [1, None]})
    assert json.loads((tmp_path / "x.json").read_text()) == {"é": [1, None]}


def test_reader_of_old_file_sees_no_change(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    write_jsonl(path, [{"a": 1}])
    with path.open() as old:
        write_jsonl(path, [{"a": 2}, {"a": 3}])
        assert old.read() == '{"a": 1}\n'


def test_flipped_bit_is_never_read_as_another_text(tmp_path: Path) -> None:
    """Flip fifty bits of the column of texts, one at a time: reading fails, or gives the same texts. zstd alone does not notice about half of them.

    Without its seal, as a file that was copied: its pages have checksums of their own.
    """
    chance = random.Random(0)
    samples = [Sample(f"p/{number}", 0, number, "".join(chance.choices("abcdefghij 0123456789\n", k=200))) for number in range(60)]
    path = tmp_path / "s.parquet"
    write_samples(path, samples, {})
    seal_of(path).unlink()
    whole = path.read_bytes()
    group = pq.ParquetFile(path).metadata.row_group(0)
    (column,) = [group.column(number) for number in range(group.num_columns) if group.column(number).path_in_schema == "text"]
    told = 0
    for number in range(50):
        place = column.data_page_offset + number * (column.total_compressed_size - 1) // 49
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1 << number % 8]) + whole[place + 1 :])
        try:
            assert read_samples(path) == samples, f"bit {number % 8} at {place} was read as another text"
        except InputError:
            told += 1
    assert told > 40


def test_confidences_are_a_column_only_where_a_sample_has_some(tmp_path: Path) -> None:
    plain = [Sample("p", 0, 1, "a", 3, 2, "stop", -0.5), Sample("p", 1, 2, "b")]
    write_samples(tmp_path / "plain.parquet", plain, {"engine": "e"})
    assert pq.read_schema(tmp_path / "plain.parquet").names == [
        *("problem_id", "sample_index", "seed", "text"),
        *("prompt_tokens", "output_tokens", "finish_reason", "cumulative_logprob"),
    ]
    sure = [replace(plain[0], confidences=[1.5, 0.25]), plain[1]]
    write_samples(tmp_path / "sure.parquet", sure, {"engine": "e"})
    assert read_samples(tmp_path / "sure.parquet") == sure and read_samples(tmp_path / "plain.parquet") == plain
