"""export_samples.py: one table of everything, its data card, and inspect_ai's logs."""

import json
import re
import zipfile
from pathlib import Path

import pyarrow.parquet as pq
import pytest
import yaml
from small_results import HOSTILE, MODELS, PROBLEMS, SAMPLES, outcome, sample_text, small_results

import export_samples
from monkeys.errors import InputError
from monkeys.formats.samples.reading import Reader, SampleFiles
from monkeys.records.verdict import Verdict, read_verdicts, write_verdicts
from monkeys.tables.joined import find_draws

CODE = [f"Code/{number}" for number in range(PROBLEMS)]
ALL = len(MODELS) * PROBLEMS * SAMPLES + 8


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_results(tmp_path_factory.mktemp("export") / "demo")


def export(results: Path, output: Path, *words: str) -> Path:
    export_samples.main([str(results), "--output", str(output), *words])
    return output


def test_parquet_has_prompt_text_verdict_and_scores_of_every_sample(results: Path, tmp_path: Path) -> None:
    rows = pq.read_table(export(results, tmp_path / "out") / "samples.parquet").to_pylist()
    assert len(rows) == ALL
    found = {(row["benchmark"], row["model"], row["problem_id"], row["sample_index"]): row for row in rows}
    for model in MODELS:
        for problem in range(PROBLEMS):
            for index in range(SAMPLES):
                row = found["code", model, f"Code/{problem}", index]
                assert row["text"] == sample_text(model, problem, index)
                assert row["outcome"] == outcome(model, problem, index) and row["passed"] == (row["outcome"] == "passed")
                assert row["messages"] == [{"role": "user", "content": f"Write f{problem}. <b>Quickly</b>"}] and row["prompt"] is None
                assert row["score_prm"] == pytest.approx(problem / 10 + index / 100)
                assert (row["seed"], row["output_tokens"], row["finish_reason"]) == (100 * problem + index, 20 + index, "stop")
    assert found["quiz", "small", "quiz/1", 2]["answer"] == "42" and found["quiz", "small", "quiz/1", 2]["score_prm"] is None
    assert {row["strategy"] for row in rows} == {"repeated"}
    assert "reference" not in rows[0]


def test_json_lines_hold_the_same_rows(results: Path, tmp_path: Path) -> None:
    table = pq.read_table(export(results, tmp_path / "p") / "samples.parquet").to_pylist()
    lines = (export(results, tmp_path / "j", "--format", "jsonl") / "samples.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line) for line in lines if line] == table


def test_references_come_only_when_asked_for(results: Path, tmp_path: Path) -> None:
    rows = pq.read_table(export(results, tmp_path / "out", "--references", "--benchmark", "quiz") / "samples.parquet").to_pylist()
    assert {row["reference"] for row in rows} == {'{"answer": "42"}'}
    assert "It holds the answers" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")


def test_completions_have_a_prompt_and_no_messages(tmp_path: Path) -> None:
    results = small_results(tmp_path / "demo", strategy="beam")
    config = yaml.safe_load((results / "config.yaml").read_text())
    config["models"]["small"]["response_format"] = "completion"
    (results / "config.yaml").write_text(yaml.safe_dump(config))
    rows = pq.read_table(export(results, tmp_path / "out", "--benchmark", "code") / "samples.parquet").to_pylist()
    assert {(row["model"], row["prompt"] is None, row["messages"] is None, row["strategy"]) for row in rows} == {
        ("small", False, True, "beam"),
        ("large", True, False, "beam"),
    }


def test_failures_of_the_machinery_are_no_verdicts(tmp_path: Path) -> None:
    results = small_results(tmp_path / "demo")
    path = results / "quiz" / "small" / "verdicts" / "0000-0000.parquet"
    verdicts = read_verdicts(path)
    write_verdicts(path, [Verdict("quiz/0", 0, "infrastructure_error", detail="no sandbox"), *verdicts[1:]])
    rows = pq.read_table(export(results, tmp_path / "out", "--benchmark", "quiz") / "samples.parquet").to_pylist()
    assert [row["passed"] for row in rows if (row["problem_id"], row["sample_index"]) == ("quiz/0", 0)] == [None]
    assert "| quiz | small | repeated | 2 | 7 | 28.57% |" in (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    log = logs(export(results, tmp_path / "log", "--format", "inspect", "--benchmark", "quiz"))["quiz"]
    assert log["samples/quiz/0_epoch_1.json"]["error"]["message"] == "no sandbox"
    assert log["header.json"]["results"]["scores"][0]["metrics"]["accuracy"]["value"] == pytest.approx(2 / 7)


def test_data_card_is_valid_and_counts_rows(results: Path, tmp_path: Path) -> None:
    text = (export(results, tmp_path / "out") / "README.md").read_text(encoding="utf-8")
    head = yaml.safe_load(text.split("---\n")[1])
    assert head["configs"] == [{"config_name": "default", "data_files": "samples.parquet"}] and head["size_categories"] == ["n<1K"]
    assert f"{ALL} samples of language models" in text and "| code | large | repeated | 12 | 96 | 33.33% |" in text
    columns = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)
    assert columns == pq.read_schema(tmp_path / "out" / "samples.parquet").names
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["README.md", "samples.parquet"]


def test_first_samples_of_each_problem(results: Path, tmp_path: Path) -> None:
    table = pq.read_table(export(results, tmp_path / "out", "--first", "2") / "samples.parquet")
    assert len(table) == 2 * (len(MODELS) * PROBLEMS + 2) and set(table["sample_index"].to_pylist()) == {0, 1}


def test_exported_table_can_be_graded_again(results: Path, tmp_path: Path) -> None:
    """The table is read as this workflow's own samples."""
    path = export(results, tmp_path / "out", "--benchmark", "code", "--model", "large") / "samples.parquet"
    reader = Reader(SampleFiles((str(path),)), CODE)
    samples = list(reader)
    assert set(reader.shapes.values()) == {"monkeys"} and len(samples) == PROBLEMS * SAMPLES
    assert all(sample.found.text == sample_text("large", CODE.index(sample.problem_id), sample.sample_index) for sample in samples)


def logs(folder: Path) -> dict[str, dict[str, object]]:
    """By the beginning of its task, what each archive holds."""
    found = {}
    for path in sorted(folder.glob("*.eval")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
            found[path.name.split("_")[1].removesuffix("-repeated").removesuffix("-small")] = {
                name: json.loads(archive.read(name)) for name in archive.namelist()
            }
    return found


def test_inspect_log_has_the_parts_that_inspect_writes(results: Path, tmp_path: Path) -> None:
    """Beside a log that inspect_ai 0.3.285 wrote: the same files, and no field less that its classes require."""
    found = logs(export(results, tmp_path / "out", "--format", "inspect"))
    assert sorted(found) == ["code", "code-large", "quiz"]
    log = found["code-large"]
    assert {"header.json", "summaries.json", "_journal/start.json"} <= set(log) and len(log) == PROBLEMS * SAMPLES + 3
    header = log["header.json"]
    assert (header["version"], header["status"], header["eval"]["task"], header["eval"]["model"]) == (2, "success", "code", "large")
    assert header["eval"]["dataset"]["sample_ids"] == CODE and header["eval"]["config"]["epochs"] == SAMPLES
    assert header["results"]["scores"][0]["metrics"]["accuracy"]["value"] == pytest.approx(32 / 96)
    sample = log["samples/Code/10_epoch_4.json"]
    assert sample["output"]["completion"] == sample_text("large", 10, 3) == sample["output"]["choices"][0]["message"]["content"]
    assert (
        sample["scores"]["verifier"]["value"] == "I" and sample["scores"]["verifier"]["explanation"] == "failed: AssertionError: assert f(1) == '10'"
    )
    assert sample["scores"]["prm"]["value"] == pytest.approx(1.03)
    assert [message["role"] for message in sample["messages"]] == ["user", "assistant"]
    assert len(log["summaries.json"]) == PROBLEMS * SAMPLES


def test_inspect_log_is_read_back_as_samples(results: Path, tmp_path: Path) -> None:
    export(results, tmp_path / "out", "--format", "inspect", "--benchmark", "code", "--model", "small")
    samples = list(Reader(SampleFiles((str(tmp_path / "out"),)), CODE))
    assert {(one.problem_id, one.sample_index): one.found.text for one in samples} == {
        (name, index): sample_text("small", number, index) for number, name in enumerate(CODE) for index in range(SAMPLES)
    }
    assert HOSTILE in {one.found.text for one in samples}


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--model", "smal"), r"no samples of the model 'smal' \(did you mean 'small'\?\)"),
        (("--first", "0"), r"--first must be at least 1"),
    ],
)
def test_wrong_options_are_one_sentence(results: Path, tmp_path: Path, words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        export(results, tmp_path / "out", *words)


def test_run_folder_is_no_place_for_an_export(results: Path) -> None:
    with pytest.raises(InputError, match=r"is the run's own folder; name another one"):
        export(results, results)


def test_scorers_are_found(results: Path) -> None:
    assert [one.scorers() for one in find_draws(results)] == [["prm"], ["prm"], []]
