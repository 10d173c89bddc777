import gzip
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

import generate_samples
from monkeys.engines import Request, shard_requests
from monkeys.engines.recorded import RecordedEngine
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import Sample, read_provenance, read_samples, write_samples
from monkeys.seeds import sample_seed

KNOWN = ["p/0", "p/1", "p/2"]


def prompt(name: str) -> Prompt:
    return Prompt(name, "", [])


def lines(*rows: tuple[str, str]) -> str:
    return "".join(json.dumps({"task_id": name, "completion": text}) + "\n" for name, text in rows)


def requests(*places: tuple[str, int]) -> list[Request]:
    return [Request(prompt(name), index, 0) for name, index in places]


def test_a_problems_samples_are_numbered_in_the_order_of_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(lines(("p/1", "a"), ("p/0", "b"), ("p/1", "c"), ("p/1", "d"), ("p/0", "e")))
    engine = RecordedEngine(path, KNOWN)
    drawn = list(engine.draw(requests(("p/0", 1), ("p/1", 0), ("p/1", 1), ("p/1", 2), ("p/0", 0))))
    assert drawn == [
        Sample("p/0", 1, None, "e"),
        Sample("p/1", 0, None, "a"),
        Sample("p/1", 1, None, "c"),
        Sample("p/1", 2, None, "d"),
        Sample("p/0", 0, None, "b"),
    ]
    assert engine.provenance == {"engine": "recorded"}


def test_json_lines_may_be_gzipped(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl.gz"
    path.write_bytes(gzip.compress(lines(("p/0", "ünï")).encode()))
    assert [sample.text for sample in RecordedEngine(path, KNOWN).draw(requests(("p/0", 0)))] == ["ünï"]


def test_parquet_keeps_its_indices_seeds_and_tokens(tmp_path: Path) -> None:
    samples = [Sample("p/0", 1, 11, "one", 5, 6, "length", -2.0), Sample("p/0", 0, 10, "zero", 5, 7, "stop", None)]
    write_samples(tmp_path / "s.parquet", samples, {})
    assert list(RecordedEngine(tmp_path / "s.parquet", KNOWN).draw(requests(("p/0", 0), ("p/0", 1)))) == samples[::-1]


def predictions(*rows: tuple[str, str | None]) -> list[dict[str, str | None]]:
    """SWE-bench's format."""
    return [{"instance_id": name, "model_name_or_path": "agent", "model_patch": patch} for name, patch in rows]


@pytest.mark.parametrize("form", ["lines", "list", "by name"])
def test_predictions_are_samples_many_of_a_problem_in_their_order(tmp_path: Path, form: str) -> None:
    rows = predictions(("p/1", "a"), ("p/0", "b\n"), ("p/1", ""), ("p/1", None), ("p/1", "a"))
    path = tmp_path / ("s.jsonl" if form == "lines" else "s.json")
    if form == "lines":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    else:
        path.write_text(json.dumps(rows if form == "list" else {str(number): row for number, row in enumerate(rows)}))
    drawn = RecordedEngine(path, KNOWN).draw(requests(*[("p/1", index) for index in range(4)], ("p/0", 0)))
    assert [sample.text for sample in drawn] == ["a", "", "", "a", "b\n"]


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ([{"instance_id": "p/0"}], r"s\.json, entry 1 has no text under 'model_patch'; each needs instance_id and model_patch"),
        ([*predictions(("p/0", "a")), {"instance_id": 3, "model_patch": ""}], r"s\.json, entry 2 has no text under 'instance_id'"),
        ([{"model_patch": ""}], r"s\.json, entry 1 has no text under 'instance_id'; each needs instance_id and model_patch"),
        (predictions(("q/7", "a")), r"s\.json, entry 1: the benchmark has no problem 'q/7'"),
        ([1], r"s\.json, entry 1 is not a JSON object; the file must be a list of them"),
        (1, r"s\.json, entry 1 is not a JSON object"),
        ("{", r"s\.json cannot be read as JSON"),
    ],
)
def test_invalid_predictions_raise(tmp_path: Path, content: object, sentence: str) -> None:
    path = tmp_path / "s.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    with pytest.raises(InputError, match=sentence):
        RecordedEngine(path, KNOWN)


def test_openais_example_samples_are_read(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("humaneval/example_samples.jsonl")
    engine = RecordedEngine(path, ["test/0"])
    texts = [sample.text for sample in engine.draw(requests(*[("test/0", index) for index in range(6)]))]
    assert texts == [row["completion"] for _, row in read_jsonl(path)]
    with pytest.raises(InputError, match=r"example_samples\.jsonl has 6 samples of test/0 and no sample 6, but the configuration asks for more"):
        list(engine.draw(requests(("test/0", 6))))


def test_a_problem_that_the_benchmark_lacks_is_named_with_its_line(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(lines(("p/0", "a"), ("q/7", "b")))
    with pytest.raises(InputError, match=r"s\.jsonl, line 2: the benchmark has no problem 'q/7' \(its first is 'p/0'\)"):
        RecordedEngine(path, KNOWN)


def test_a_problem_that_the_benchmark_lacks_is_named_with_its_row(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", [Sample("p/0", 0, None, ""), Sample("q/7", 0, None, "")], {})
    with pytest.raises(InputError, match=r"s\.parquet, row 1: the benchmark has no problem 'q/7'"):
        RecordedEngine(tmp_path / "s.parquet", KNOWN)


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"completion": "x"}, "task_id"),
        ({"task_id": "p/0"}, "completion"),
        ({"task_id": "p/0", "completion": None}, "completion"),
        ({"task_id": 0, "completion": "x"}, "task_id"),
        ({"task_id": "p/0", "completion": ["x"]}, "completion"),
    ],
)
def test_a_missing_field_is_named_with_its_line(tmp_path: Path, row: dict[str, object], field: str) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(lines(("p/0", "a")) + "\n" + json.dumps(row) + "\n")
    with pytest.raises(InputError, match=rf"s\.jsonl, line 3 has no text under '{field}'"):
        RecordedEngine(path, KNOWN)


def test_duplicate_sample_in_parquet_is_named(tmp_path: Path) -> None:
    write_samples(tmp_path / "s.parquet", [Sample("p/0", 4, None, "a"), Sample("p/0", 4, None, "b")], {})
    with pytest.raises(InputError, match=r"s\.parquet, row 1: sample 4 of p/0 stands there twice"):
        RecordedEngine(tmp_path / "s.parquet", KNOWN)


def test_a_problem_without_samples_is_named_when_they_are_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(lines(("p/0", "a")))
    engine = RecordedEngine(path, KNOWN)
    with pytest.raises(InputError, match=r"s\.jsonl has 0 samples of p/2 and no sample 0, but the configuration asks for more"):
        list(engine.draw(requests(("p/2", 0))))


def test_an_absent_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"the file of samples .*absent\.jsonl does not exist; paths are taken from"):
        RecordedEngine(tmp_path / "absent.jsonl", KNOWN)


def test_only_wanted_samples_are_kept_and_all_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "s.jsonl"
    path.write_text(lines(*((f"p/{number % 3}", str(number)) for number in range(30))))
    engine = RecordedEngine(path, KNOWN, wanted=(frozenset({"p/1"}), 2, 4))
    assert [sample.text for sample in engine.draw(requests(("p/1", 2), ("p/1", 3)))] == ["7", "10"]
    assert engine.counts == {"p/0": 10, "p/1": 10, "p/2": 10}
    with pytest.raises(InputError, match="has 10 samples of p/0 and no sample 0"):
        list(engine.draw(requests(("p/0", 0))))
    with path.open("a") as file:
        file.write(lines(("q/7", "x")))
    with pytest.raises(InputError, match=r"line 31: the benchmark has no problem 'q/7'"):
        RecordedEngine(path, KNOWN, wanted=(frozenset({"p/1"}), 2, 4))


def test_script_takes_prompts_as_questions(tmp_path: Path) -> None:
    """A tool's own numbers are checked against what the benchmark asks."""
    asked = ["What is 2 + 3, please?", "What is 4 + 4, please?"]
    prompts = [Prompt(f"p/{number}", text, [{"role": "user", "content": f"Answer.\n\n{text}"}]) for number, text in enumerate(asked)]
    write_prompts(tmp_path / "prompts.jsonl", prompts[:1])
    write_prompts(tmp_path / "other.jsonl", prompts[1:])
    (tmp_path / "problems.txt").write_text("p/0\np/1\n")
    rows = [{"doc_id": number, "doc": {"question": text}, "resps": [[text[::-1]]], "filter": "none"} for number, text in enumerate(reversed(asked))]
    (tmp_path / "s.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    words = [
        "--prompts",
        tmp_path / "prompts.jsonl",
        "--source",
        tmp_path / "s.jsonl",
        "--problems",
        tmp_path / "problems.txt",
        "--log",
        tmp_path / "log",
    ]
    words += [
        "--settings",
        json.dumps({"source": "recorded", "engine": "recorded", "seed": 3, "samples": [0, 1]}),
        "--output",
        tmp_path / "out.parquet",
    ]
    words += ["--questions", tmp_path / "prompts.jsonl", tmp_path / "other.jsonl"]
    before = signal.getsignal(signal.SIGTERM)
    try:
        generate_samples.main([str(word) for word in words])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [(sample.problem_id, sample.text) for sample in read_samples(tmp_path / "out.parquet")] == [("p/0", asked[0][::-1])]


def test_a_shard_asks_for_a_problems_samples_together_with_seeds_of_their_own() -> None:
    wanted = shard_requests([prompt("p/0"), prompt("p/1")], 3, 5, run_seed=9)
    assert [(request.prompt.problem_id, request.sample_index) for request in wanted] == [("p/0", 3), ("p/0", 4), ("p/1", 3), ("p/1", 4)]
    assert [request.seed for request in wanted] == [sample_seed(9, request.prompt.problem_id, request.sample_index) for request in wanted]


def test_seeds_do_not_depend_on_how_shards_are_cut() -> None:
    prompts = [prompt(name) for name in KNOWN]
    whole = {(request.prompt.problem_id, request.sample_index): request.seed for request in shard_requests(prompts, 0, 10, 1)}
    parts = [shard_requests(block, first, first + 5, 1) for block in (prompts[:1], prompts[1:]) for first in (0, 5)]
    assert {(request.prompt.problem_id, request.sample_index): request.seed for part in parts for request in part} == whole


def test_the_script_compares_a_files_names_with_all_of_the_benchmarks_problems(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A name that no problem has is a mistake; one of a problem of another block, or beyond those asked for, is none."""
    path, output = tmp_path / "s.jsonl", tmp_path / "out" / "0000-0000.parquet"
    path.write_text(lines(("p/0", "a"), ("p/9\u2028", "b"), ("p/0", "c")))
    write_prompts(tmp_path / "prompts.jsonl", [prompt("p/0")])
    words = ["--prompts", tmp_path / "prompts.jsonl", "--source", path, "--problems", tmp_path / "problems.txt", "--log", tmp_path / "log"]
    words += ["--settings", json.dumps({"source": "recorded", "seed": 3, "samples": [0, 2]}), "--output", output]
    before = signal.getsignal(signal.SIGTERM)
    try:
        (tmp_path / "problems.txt").write_text("p/0\np/1\n")
        with pytest.raises(SystemExit):
            generate_samples.main([str(word) for word in words])
        assert "p/9" in capsys.readouterr().err and not output.exists()
        (tmp_path / "problems.txt").write_text("p/0\np/9\u2028\n")
        generate_samples.main([str(word) for word in words])
    finally:
        signal.signal(signal.SIGTERM, before)
    assert [(sample.sample_index, sample.text) for sample in read_samples(output)] == [(0, "a"), (1, "c")]
    assert read_provenance(output) == {"engine": "recorded"}
