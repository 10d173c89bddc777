"""Files of samples as other tools write them: tests/samples_of_tools/, each written by the tool itself (its README says how)."""

import gzip
import json
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from sample_files import FILES, FUNCTIONS, GOOD, QUIZ, jsonl, places, read

from monkeys.benchmarks import gsm8k
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.formats.samples.reading import Reader, SampleFiles, available
from monkeys.formats.samples.rows import rows_of
from monkeys.formats.samples.shapes import SHAPES

EACH = [(name, index) for name in QUIZ for index in range(2)]
SHAPES_OF_FILES = [
    ("human_eval.jsonl", "human_eval", FUNCTIONS, [(name, index) for name in FUNCTIONS[:3] for index in range(2)]),
    ("human_eval.jsonl.gz", "human_eval", FUNCTIONS, [(name, index) for name in FUNCTIONS[:3] for index in range(2)]),
    ("evalplus.jsonl", "evalplus", FUNCTIONS, [(name, index) for name in FUNCTIONS[:3] for index in range(2)]),
    ("lm_eval.jsonl", "lm_eval", QUIZ, EACH),
    ("nemo_skills/output-rs*.jsonl", "nemo_skills", QUIZ, [(name, index) for index in range(2) for name in QUIZ]),
    ("openai_chat.jsonl", "openai", QUIZ, EACH),
    ("openai_completions.jsonl", "openai", QUIZ, [(name, 0) for name in QUIZ]),
    ("openai_responses.jsonl", "openai", QUIZ, [(name, 0) for name in QUIZ]),
    ("openai_batch.jsonl", "openai_batch", QUIZ, [(name, index) for index in range(2) for name in QUIZ]),
    ("inspect_ai.eval", "inspect_ai", QUIZ, [(name, index) for index in range(3) for name in QUIZ]),
    ("large_language_monkeys", "sample_lists", QUIZ, [(name, index) for number, name in enumerate(QUIZ) for index in range(3 + number)]),
    ("monkey_business.parquet", "sample_lists", QUIZ, [("quiz/0", 0), ("quiz/0", 1), ("quiz/1", 0), ("quiz/2", 0), ("quiz/2", 1), ("quiz/2", 2)]),
]


@pytest.mark.parametrize(("name", "shape", "known", "expected"), SHAPES_OF_FILES, ids=[case[0] for case in SHAPES_OF_FILES])
def test_shape_is_found_from_content(name: str, shape: str, known: Iterable[str], expected: list[tuple[str, int]]) -> None:
    source = SampleFiles.parse(str(FILES / name), "key")
    reader = Reader(source, list(known), QUIZ)
    samples = list(reader)
    assert set(reader.shapes.values()) == {shape}
    assert places(samples) == expected
    assert all(isinstance(sample.found.text, str) for sample in samples)
    assert reader.counts == Counter(name for name, _ in expected)


@pytest.mark.parametrize(("name", "shape", "known", "expected"), SHAPES_OF_FILES, ids=[case[0] for case in SHAPES_OF_FILES])
def test_named_shape_reads_same_samples(name: str, shape: str, known: Iterable[str], expected: list[tuple[str, int]]) -> None:
    assert places(read(FILES / name, known=known, shape=shape)) == expected


def test_every_shape_has_a_file() -> None:
    assert {case[1] for case in SHAPES_OF_FILES} | {"monkeys", "predictions"} == set(SHAPES)


def test_usage_finish_reason_and_log_probability_are_taken_along() -> None:
    chat = [sample.found for sample in read(FILES / "openai_chat.jsonl")]
    assert [found.finish_reason for found in chat].count("length") == 1
    # Two choices: nobody knows how many tokens each has.
    assert {(found.prompt_tokens, found.output_tokens) for found in chat} == {(12, None)}
    assert [found.cumulative_logprob for found in chat] == [-0.25 * len(found.text.split()) for found in chat]
    answers = [sample.found for sample in read(FILES / "openai_responses.jsonl")]
    assert {(found.prompt_tokens, found.output_tokens, found.finish_reason) for found in answers} == {(12, 9, "stop")}
    log = [sample.found for sample in read(FILES / "inspect_ai.eval")]
    assert [found.output_tokens for found in log] == [8, 9, 10, 11, 12, 13, 14, 15, 16]
    assert [found.finish_reason for found in log] == ["length" if number % 4 == 0 else "stop" for number in range(1, 10)]
    generations = [sample.found for sample in read(FILES / "nemo_skills" / "output-rs0.jsonl")]
    assert {(found.output_tokens, found.finish_reason) for found in generations} <= {(8, "stop"), (8, "length")}


def test_batch_leaves_failed_requests_out_and_says_so() -> None:
    reader = Reader(SampleFiles((str(FILES / "openai_batch.jsonl"),)), list(QUIZ))
    assert len(list(reader)) == 6
    assert reader.left_out == {"requests that failed": 1}


def test_second_filter_of_lm_eval_adds_no_samples() -> None:
    reader = Reader(SampleFiles((str(FILES / "lm_eval.jsonl"),)), list(QUIZ))
    assert len(list(reader)) == 6
    assert list(reader.left_out.values()) == [6]


def test_log_likelihoods_are_refused(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(json.dumps({"doc_id": 0, "doc": {}, "resps": [[[-1.5, False]]], "filter": "none"}) + "\n")
    with pytest.raises(InputError, match=r"s\.jsonl, line 1 has log-likelihoods and not texts under 'resps'.*generate_until"):
        read(tmp_path / "s.jsonl")


def test_json_log_of_inspect_equals_its_archive(tmp_path: Path) -> None:
    samples = [row for _, row in rows_of(FILES / "inspect_ai.eval")]
    (tmp_path / "log.json").write_text(json.dumps({"version": 2, "eval": {}, "samples": samples}))
    assert [sample.found for sample in read(tmp_path / "log.json")] == [sample.found for sample in read(FILES / "inspect_ai.eval")]


def test_samples_of_inspect_with_errors_are_left_out(tmp_path: Path) -> None:
    samples = [row for _, row in rows_of(FILES / "inspect_ai.eval")]
    samples[0]["error"] = {"message": "the server went away"}
    (tmp_path / "log.json").write_text(json.dumps(samples))
    assert len(read(tmp_path / "log.json")) == 8


def test_reasoning_and_long_texts_of_inspect(tmp_path: Path) -> None:
    samples = [row for _, row in rows_of(FILES / "inspect_ai.eval")][:1]
    content = [{"type": "reasoning", "reasoning": "secret"}, {"type": "text", "text": "attachment://abc"}]
    samples[0]["output"]["choices"][0]["message"]["content"] = content
    samples[0]["attachments"] = {"abc": "a long text"}
    (tmp_path / "log.json").write_text(json.dumps(samples))
    assert [sample.found.text for sample in read(tmp_path / "log.json")] == ["a long text"]


def test_values_that_no_column_holds_become_unknown(tmp_path: Path) -> None:
    row = {
        "generation": "x",
        "id": 0,
        "num_generated_tokens": 1 << 63,
        "num_input_tokens": float("nan"),
        "logprobs": [-1.0, float("-inf")],
        "finish_reason": 3,
    }
    (tmp_path / "s.jsonl").write_text(json.dumps(row) + "\n")
    found = read(tmp_path / "s.jsonl")[0].found
    assert (found.output_tokens, found.prompt_tokens, found.cumulative_logprob, found.finish_reason) == (None,) * 4


def test_ids_that_inspect_counts_from_1_are_not_taken_for_numbers_of_problems(tmp_path: Path) -> None:
    samples = [row for _, row in rows_of(FILES / "inspect_ai.eval")][:3]
    for number, sample in enumerate(samples, start=1):
        sample["id"] = number
        sample["input"] = [{"role": "system", "content": "Think."}, {"role": "user", "content": sample["input"]}]
    (tmp_path / "log.json").write_text(json.dumps(samples))
    assert [sample.problem_id for sample in read(tmp_path / "log.json", questions=QUIZ)] == list(QUIZ)


def test_files_go_on_counting_in_the_order_of_their_numbers(tmp_path: Path) -> None:
    for number in (10, 2, 1):
        rows = [{"generation": f"file {number}", "problem": text} for text in QUIZ.values()]
        (tmp_path / f"output-rs{number}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    samples = read(tmp_path / "output-rs*.jsonl")
    assert [sample.found.text for sample in samples if sample.problem_id == "quiz/1"] == ["file 1", "file 2", "file 10"]
    assert [sample.sample_index for sample in samples if sample.problem_id == "quiz/1"] == [0, 1, 2]


def test_columns_are_named_by_the_configuration() -> None:
    columns = {"problem": "quiz/{qid}", "text": "answer text", "index": "draw", "output_tokens": "tokens", "finish_reason": "ended"}
    samples = read(FILES / "table.csv", columns=columns)
    assert places(samples) == EACH
    assert samples[3].found.text == 'Well, "let us" see,\nit is 2 – really.'
    assert (samples[3].found.output_tokens, samples[3].found.finish_reason) == (8, "stop")


@pytest.mark.parametrize("ending", ["parquet", "jsonl", "json", "tsv", "csv.gz"])
def test_columns_are_read_from_every_kind_of_table(tmp_path: Path, ending: str) -> None:
    path, rows = tmp_path / f"s.{ending}", [{"q": "quiz/0", "a": "x, y"}, {"q": "quiz/2", "a": "ü\n"}]
    if ending == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif ending == "jsonl":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif ending == "json":
        path.write_text(json.dumps(rows))
    elif ending == "tsv":
        path.write_text('q\ta\nquiz/0\tx, y\nquiz/2\t"ü\n"\n', encoding="utf-8")
    else:
        path.write_bytes(gzip.compress('q,a\nquiz/0,"x, y"\nquiz/2,"ü\n"\n'.encode()))
    samples = read(path, columns={"problem": "q", "text": "a"})
    assert [(sample.problem_id, sample.found.text) for sample in samples] == [("quiz/0", "x, y"), ("quiz/2", "ü\n")]


def test_own_samples_are_read_from_csv(tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text(
        "problem_id,sample_index,text,seed,output_tokens,cumulative_logprob,finish_reason\nquiz/1,3,a,12,7,-1.5,stop\nquiz/1,4,b,,,,\n"
    )
    first, second = read(tmp_path / "s.csv")
    assert (first.sample_index, first.found.seed, first.found.output_tokens, first.found.cumulative_logprob) == (3, 12, 7, -1.5)
    assert (second.sample_index, second.found.seed, second.found.output_tokens, second.found.finish_reason) == (4, None, None, None)
    (tmp_path / "t.csv").write_text("problem_id,sample_index,text,seed\nquiz/1,3,a,many\n")
    with pytest.raises(InputError, match=r"t\.csv, line 2 has 'many' under 'seed', but needs a whole number or nothing"):
        read(tmp_path / "t.csv")


def test_json_lines_under_the_name_of_json(tmp_path: Path) -> None:
    (tmp_path / "s.json").write_bytes(jsonl(GOOD, GOOD))
    assert places(read(tmp_path / "s.json")) == [("quiz/0", 0), ("quiz/0", 1)]
    (tmp_path / "s.json").write_bytes(jsonl(GOOD) + b'{"task_id": "qu')
    with pytest.raises(InputError, match=r"s\.json, line 2 is not valid JSON"):
        read(tmp_path / "s.json")


def test_column_inside_an_object_and_list_of_texts(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(json.dumps({"meta": {"number": "run-2"}, "out": {"texts": ["a", "b"]}}) + "\n")
    samples = read(tmp_path / "s.jsonl", columns={"problem": "quiz/{meta.number:number}", "text": "out.texts"})
    assert [(sample.problem_id, sample.sample_index, sample.found.text) for sample in samples] == [("quiz/2", 0, "a"), ("quiz/2", 1, "b")]


def test_parquet_larger_than_a_batch_keeps_its_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("monkeys.formats.samples.rows.BATCH_BYTES", 1 << 10)
    rows = [{"problem_id": f"quiz/{number % 3}", "sample_index": number // 3, "text": f"{number} " * 50} for number in range(300)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "s.parquet", use_dictionary=False, compression="none")
    samples = read(tmp_path / "s.parquet")
    assert [sample.found.text for sample in samples] == [row["text"] for row in rows]
    assert samples[-1].place.endswith("row 299")


class TestProblems:
    @pytest.mark.parametrize("said", ["HumanEval/2", "humaneval_2", "HUMANEVAL-2", "human eval 2".replace(" ", "", 1), 2, "2"])
    def test_names_and_numbers_of_a_problem(self, tmp_path: Path, said: str | int) -> None:
        (tmp_path / "s.jsonl").write_text(json.dumps({"q": said, "a": "x"}) + "\n")
        assert places(read(tmp_path / "s.jsonl", known=FUNCTIONS, columns={"problem": "q", "text": "a"})) == [("HumanEval/2", 0)]

    def test_numbers_are_those_in_names_not_positions(self, tmp_path: Path) -> None:
        (tmp_path / "s.jsonl").write_text(json.dumps({"q": 11, "a": "x"}) + "\n")
        assert places(read(tmp_path / "s.jsonl", known=["Mbpp/600", "Mbpp/11"], columns={"problem": "q", "text": "a"})) == [("Mbpp/11", 0)]

    def test_positions_where_no_name_has_a_number(self, tmp_path: Path) -> None:
        (tmp_path / "s.jsonl").write_text(json.dumps({"q": 1, "a": "x"}) + "\n")
        assert places(read(tmp_path / "s.jsonl", known=["alpha", "beta"], columns={"problem": "q", "text": "a"})) == [("beta", 0)]

    def test_numbers_that_name_two_problems_are_refused(self, tmp_path: Path) -> None:
        (tmp_path / "s.jsonl").write_text(json.dumps({"q": 1, "a": "x"}) + "\n")
        with pytest.raises(InputError, match=r"line 1: the number 1 does not say which problem is meant.*columns: \{problem: "):
            read(tmp_path / "s.jsonl", known=["a/1", "b/1"], columns={"problem": "q", "text": "a"})

    def test_question_decides_against_another_order(self, tmp_path: Path) -> None:
        rows = [{"doc_id": 0, "doc": {"question": "What is  9 - 7?"}, "resps": [["x"]], "filter": "none"}]
        (tmp_path / "s.jsonl").write_text(json.dumps(rows[0]) + "\n")
        assert places(read(tmp_path / "s.jsonl", questions=QUIZ)) == [("quiz/2", 0)]

    def test_number_of_another_question_is_refused(self, tmp_path: Path) -> None:
        row = {"doc_id": 0, "doc": {"question": "Who wrote this?"}, "resps": [["x"]], "filter": "none"}
        (tmp_path / "s.jsonl").write_text(json.dumps(row) + "\n")
        with pytest.raises(
            InputError, match=r"line 1: number 0 would be the problem 'quiz/0', but the texts differ: the row asks 'Who wrote this\?'"
        ):
            read(tmp_path / "s.jsonl", questions=QUIZ)

    def test_question_names_a_row_without_name(self, tmp_path: Path) -> None:
        (tmp_path / "s.jsonl").write_text(json.dumps({"prompt": "What is 4 + 4?", "samples": ["a", "b"]}) + "\n")
        framed = {name: f"Answer the question.\n\n{text}" for name, text in QUIZ.items()}
        assert places(read(tmp_path / "s.jsonl", questions=framed)) == [("quiz/1", 0), ("quiz/1", 1)]
        with pytest.raises(InputError, match=r"line 1: nothing says which problem this is"):
            read(tmp_path / "s.jsonl")

    def test_custom_id_may_end_in_the_samples_number(self) -> None:
        from monkeys.formats.samples import Found
        from monkeys.formats.samples.problems import Problems

        problems = Problems(FUNCTIONS)
        for said in ("HumanEval/3-0", "HumanEval/3#12", "HumanEval/3_sample_4", "humaneval-3-n7"):
            assert problems.name(Found(said, "", numbered=True)) == "HumanEval/3"
        assert problems.name(Found("HumanEval/3", "", numbered=True)) == "HumanEval/3"


def test_unequal_numbers_are_counted_of_every_problem() -> None:
    source = SampleFiles((str(FILES / "monkey_business.parquet"),))
    assert available(source, [*QUIZ, "quiz/3"]) == {"quiz/0": 2, "quiz/1": 1, "quiz/2": 3, "quiz/3": 0}


def test_published_solutions_find_their_problems_by_question(shared_data: Callable[[str], Path]) -> None:
    """OpenAI's published solutions name no problem: each question leads to the problem of its row, though the benchmark has another order."""
    rows = [row for name in ("train", "test") for _, row in read_jsonl(shared_data(f"gsm8k/{name}.jsonl"))]
    problems = [prompt for prompt, _ in gsm8k.BENCHMARK.problems(rows, {**gsm8k.BENCHMARK.options, "wrong_key": True})]
    questions = {prompt.problem_id: prompt.messages[-1]["content"] for prompt in problems}
    path = shared_data("samples_gsm8k/example_model_solutions.jsonl")
    samples = read(path, known=questions, questions=questions, columns={"question": "question", "text": "175b_verification.solution"})
    assert list(questions)[:2] != ["GSM8K/0", "GSM8K/1"]
    assert [sample.problem_id for sample in samples] == [f"GSM8K/{number}" for number in range(1319)]
    assert [sample.found.text for sample in samples][:1] == [next(read_jsonl(path))[1]["175b_verification"]["solution"]]


def test_qwens_published_samples_are_read_by_number_and_checked_by_question(shared_data: Callable[[str], Path]) -> None:
    path = shared_data("samples_math/qwen_math_cot_100x8_with_rm_scores.jsonl")
    rows = [row for _, row in read_jsonl(path)]
    known = {f"MATH/{row['idx']}": f"Solve this.\n\n{row['question']}" for row in rows}
    samples = read(path, known=known, questions=known, columns={"problem": "idx", "question": "question", "text": "code"})
    assert len(samples) == 800 and places(samples) == [(f"MATH/{row['idx']}", index) for row in rows for index in range(8)]
    mixed = dict(zip(known, reversed(known.values()), strict=True))
    assert [
        sample.problem_id
        for sample in read(path, known=known, questions=mixed, columns={"problem": "idx", "question": "question", "text": "code"})[::8]
    ] == [f"MATH/{row['idx']}" for row in reversed(rows)]
