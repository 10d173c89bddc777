"""Odd texts of others, put through everything that reads them: a sample or a sentence comes of it, never a traceback."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from project import ROOT, Project
from study_fixtures import recorded_study

from monkeys.engines import Request
from monkeys.engines.recorded import RecordedEngine
from monkeys.errors import InputError
from monkeys.files import read_jsonl, write_json, write_jsonl
from monkeys.formats import swebench_harness
from monkeys.graders import Settings, load_grader
from monkeys.graders.repository_patch import decide_outcome
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample, read_samples, write_samples

TEXTS = {
    "empty": "",
    "blank": " \t\n\n",
    "half a character": "a\ud83d",
    "the other half": "\ude00b",
    "NUL": "x = '\0'\n",
    "NUL alone": "\0",
    "byte order mark": "\ufeff    return 1\n",
    "CRLF": "    x = 1\r\n    return x\r\n",
    "CR": "    x = 1\r    return x\r",
    "line separator": "    x = 1\u2028    return x\u0085",
    "other digits": "The answer is ١٢ or ¹² or ½ or Ⅷ or １２.",
    "right to left": "\u202eanswer is 12\u202c",
    "combining": "e\u0301" * 1000,
    "control": "".join(map(chr, range(32))) + "\x7f\x9b",
    "not characters": "\ufffe\uffff\U0010ffff",
    "emoji": "\U0001f600" * 3,
    "brackets": "(" * 20_000,
    "braces": "\\boxed{" * 5_000,
    "fractions": "\\boxed{" + "\\frac{" * 2_000 + "1" + "}" * 2_000 + "}",
    "signs": "The answer is " + "-" * 10_000 + "1.",
    "digits": "The answer is " + "9" * 10_000 + ".",
    "exponent": "The answer is 1e999999999.",
    "power": "\\boxed{9^{9^{9^{9}}}}",
    "a word": "\\boxed{__import__('os').abort()}",
    "fences": "```" * 5_000,
    "backslashes": "\\" * 10_000,
    "format": "%s %n {0} {} ${x} `x` $(x)",
    "patch": "diff --git a/\0 b/\0\n--- a/\ud83d\n+++ b/x\n@@ -1 +1 @@\n-\r\n+\x1b[0m\n",
}


@pytest.mark.parametrize("ending", [".jsonl", ".jsonl.gz", ".json"])
def test_every_text_that_json_can_hold_becomes_a_sample(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"s{ending}"
    rows = [{"task_id": "p", "completion": text} for text in TEXTS.values()]
    text = json.dumps(rows) if ending == ".json" else "".join(json.dumps(row) + "\r\n\r\n" for row in rows)
    content = b"\xef\xbb\xbf" + text.encode()
    path.write_bytes(gzip.compress(content) if ending.endswith(".gz") else content)
    drawn = list(RecordedEngine(path, ["p"]).draw([Request(Prompt("p", "", []), index, 0) for index in range(len(rows))]))
    write_samples(tmp_path / "s.parquet", drawn, {})
    read = [sample.text for sample in read_samples(tmp_path / "s.parquet")]
    assert read == ["".join("\ufffd" if "\ud800" <= letter <= "\udfff" else letter for letter in text) for text in TEXTS.values()]


def test_pairs_of_halves_are_characters(tmp_path: Path) -> None:
    (tmp_path / "s.jsonl").write_text(r'{"a": "\ud83d\ude00", "\ud83d": ["\\ud83d", "\uD83D"]}', encoding="utf-8")
    assert [row for _, row in read_jsonl(tmp_path / "s.jsonl")] == [{"a": "\U0001f600", "\ufffd": ["\\ud83d", "\ufffd"]}]


def test_halves_are_written_as_escapes(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "s.jsonl", [{"a": "é"}, {"a": "\ud83d"}])
    assert (tmp_path / "s.jsonl").read_text(encoding="utf-8") == '{"a": "é"}\n{"a": "\\ud83d"}\n'
    write_json(tmp_path / "s.json", {"a": "\ud83d"})
    assert json.loads((tmp_path / "s.json").read_text(encoding="utf-8")) == {"a": "\ud83d"}


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        (b"\xff\xfe{\x00}\x00", r"cannot be read beyond line 2: in line 3 it is not UTF-8: byte 1 is 0xff"),
        (b'{"task_id": "\xe9"}', r"in line 3 it is not UTF-8: byte 14 is 0xe9"),
        (b"\0\0\0\0", r"line 3 is not valid JSON \(Expecting value, column 1\)"),
        (b"[" * 200_000, r"line 3 is not valid JSON \(it is nested too deeply"),
        (b'{"n": ' + b"9" * 5_000 + b"}", r"line 3 is not valid JSON \(it has a whole number of more than 4300 digits; write it as a text"),
        (b'{"task_id": 0, "completion": ""}', r"line 3 has no text under 'task_id'"),
        (b'{"task_id": "p", "completion": 1}', r"line 3 has no text under 'completion'"),
        (b"null", r"line 3 is not a JSON object"),
    ],
)
def test_a_line_that_cannot_be_read_is_one_sentence_with_its_number(tmp_path: Path, line: bytes, sentence: str) -> None:
    (tmp_path / "s.jsonl").write_bytes(b'{"task_id": "p", "completion": ""}\n\n' + line + b"\n")
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(4300)  # as in a job that draws; graders of programs lift it
    try:
        with pytest.raises(InputError, match=sentence) as caught:
            RecordedEngine(tmp_path / "s.jsonl", ["p"])
    finally:
        sys.set_int_max_str_digits(limit)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"", b"\xff", b"[" * 200_000, b'[{"a": 1', b"\x1f\x8b", b"\0"])
def test_json_that_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "s.json").write_bytes(content)
    with pytest.raises(InputError, match=r"s\.json cannot be read as JSON") as caught:
        RecordedEngine(tmp_path / "s.json", ["p"])
    assert "\n" not in str(caught.value)


def test_gzip_that_is_cut_or_damaged_is_one_sentence(tmp_path: Path) -> None:
    whole = gzip.compress(b'{"task_id": "p", "completion": ""}\n' * 5_000)
    for content in (whole[:-20], whole[:30] + bytes(20) + whole[50:], b"plain"):
        (tmp_path / "s.jsonl.gz").write_bytes(content)
        with pytest.raises(InputError, match=r"s\.jsonl\.gz(, line \d+ is not valid JSON| cannot be read beyond line)"):
            RecordedEngine(tmp_path / "s.jsonl.gz", ["p"])


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"problem_id": [3]}, r"row 0 has 3 under 'problem_id', but needs text"),
        ({"text": [None]}, r"row 0 has None under 'text', but needs text"),
        ({"text": [b"x"]}, r"row 0 has b'x' under 'text', but needs text"),
        ({"sample_index": [-1]}, r"row 0 has -1 under 'sample_index', but needs a whole number from 0"),
        ({"sample_index": [0.5]}, r"row 0 has 0.5 under 'sample_index'"),
        ({"sample_index": [None]}, r"row 0 has None under 'sample_index'"),
        ({"output_tokens": ["seven"]}, r"row 0 has 'seven' under 'output_tokens', but needs a whole number or nothing"),
        ({"seed": [1.5]}, r"row 0 has 1.5 under 'seed'"),
        ({"finish_reason": [1]}, r"row 0 has 1 under 'finish_reason'"),
        ({"cumulative_logprob": ["low"]}, r"row 0 has 'low' under 'cumulative_logprob', but needs a number"),
    ],
)
def test_a_wrong_type_in_parquet_is_one_sentence(tmp_path: Path, change: dict[str, list[object]], sentence: str) -> None:
    pq.write_table(pa.table({"problem_id": ["p"], "sample_index": [0], "text": ["x"]} | change), tmp_path / "s.parquet")
    with pytest.raises(InputError, match=sentence):
        RecordedEngine(tmp_path / "s.parquet", ["p"])


def test_text_in_parquet_that_is_not_utf8_is_one_sentence(tmp_path: Path) -> None:
    text = pa.Array.from_buffers(pa.string(), 1, [None, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")])
    pq.write_table(pa.table({"problem_id": ["p"], "sample_index": [0], "text": text}), tmp_path / "s.parquet")
    with pytest.raises(InputError, match=r"s\.parquet has a value that cannot be read"):
        RecordedEngine(tmp_path / "s.parquet", ["p"])


REFERENCES = {
    "recorded_answer": [{"right": ["x"], "empty": "vote"}, {"right": None, "empty": "abstain"}],
    "multiple_choice": [{"answer": "B"}, {"answer": "Paris", "options": ["London", "Paris"]}],
    "exact_text": [{"answer": "Paris"}, {"answer": "Paris", "part": "all", "white_space": "keep", "ignore_case": True}],
    "numeric_answer": [{"answer": "12"}],
    "gsm8k_answer": [{"answer": "12", "grader": grader} for grader in ("paper", "robust")],
    "math_answer": [{"answer": "\\frac{1}{2}", "grader": grader} for grader in ("minerva", "verify")],
    "python_tests": [{"prompt": "def f():\n", "test": "def check(f):\n    assert f() == 1\n", "entry_point": "f"}],
    "input_output": [{"tests": [{"input": "1\n", "output": "1\n"}], "grader": grader} for grader in ("paper", "robust")],
}


@pytest.mark.parametrize("grader", REFERENCES)
@pytest.mark.parametrize("answers", ["chat", "completion"])
def test_every_text_has_a_verdict(tmp_path: Path, grader: str, answers: str) -> None:
    module: ModuleType = load_grader(grader)  # type: ignore[assignment]
    settings = Settings(workers=1, cpu_seconds=1, memory_mb=256, response_format=answers, sandbox="bubblewrap")
    for reference in REFERENCES[grader]:
        samples = [Sample("p", index, None, text) for index, text in enumerate(TEXTS.values())]
        verdicts = module.grade(samples, {"p": Reference("p", reference)}, settings, Progress("odd", tmp_path / "log"))
        assert [verdict.sample_index for verdict in verdicts] == list(range(len(TEXTS)))
        broken = {name: verdict for name, verdict in zip(TEXTS, verdicts, strict=True) if verdict.outcome == "infrastructure_error"}
        assert not broken
        for verdict in verdicts:
            (verdict.detail + (verdict.answer or "")).encode("utf-8")


@pytest.mark.parametrize(
    "parser", [name for name in dir(swebench_harness._module("swebench.harness.log_parsers.python")) if name.startswith("parse_log_")]
)
def test_no_log_ends_a_job(parser: str) -> None:
    lines = [
        "PASSED",
        "FAILED",
        " ... ok",
        "ERROR ",
        "tests/test_x.py PASSED",
        "[FAIL] x",
        "PASSED [",
        "FAILED - ",
        "... FAILED",
        "\x1b[32mPASSED\x1b[0m",
    ]
    reference = {"log_parser": parser, "fail_to_pass": ["t"], "pass_to_pass": []}
    for log in ["\n".join(lines), *lines, *TEXTS.values()]:
        outcome, reason = decide_outcome(f"START\n{log}\nEND\n", reference, "START", "END")
        assert outcome == "failed" and reason


@pytest.mark.parametrize("error", [IndexError, RecursionError, MemoryError, UnicodeError])
def test_an_exception_of_the_harness_is_a_verdict(monkeypatch: pytest.MonkeyPatch, error: type[Exception]) -> None:
    def fails(*_: object) -> None:
        raise error("out of the harness")

    monkeypatch.setattr(swebench_harness._module("swebench.harness.log_parsers.python"), "parse_log_pytest", fails)
    reference = {"log_parser": "parse_log_pytest", "fail_to_pass": ["t"], "pass_to_pass": []}
    assert decide_outcome("START\nx\nEND\n", reference, "START", "END") == (
        "failed",
        f"the harness cannot read the log of the tests ({error.__name__}: out of the harness)",
    )


def odd_study(folder: Path) -> Project:
    study = recorded_study(folder)
    rows = [{"task_id": f"HumanEval/{number}", "completion": text} for number in range(2) for text in TEXTS.values()]
    (study.folder / "samples.jsonl").write_bytes(b"\xef\xbb\xbf" + "".join(json.dumps(row) + "\r\n\n" for row in rows).encode())
    number = len(TEXTS)
    study.configure(lambda config: config["benchmarks"]["humaneval"].update(problems=2, samples=number, shard={"problems": 2, "samples": number}))
    study.configure(lambda config: config.update(question="Wie groß ist \U0001f600 – und wie viel?"))
    return study


LOCALES = {"utf8": {"LC_ALL": "C.UTF-8"}, "c": {"LC_ALL": "C", "LANG": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}}

FIGURE = """
import sys
from pathlib import Path
import pandas as pd
from monkeys.figures import Style
from monkeys.figures.coverage import draw_coverage
curve = pd.DataFrame({"k": [1, 2], "pass_at_k": [0.2, 0.3], "lower": [0.1, 0.2], "upper": [0.3, 0.4], "fail_at_k": [0.8, 0.7]})
draw_coverage({"größer": curve}, "Wie groß? – ½", {"Straße": 0.5}, Style(["#112233"], 4, 3), Path(sys.argv[1]))
"""


@pytest.mark.full
def test_a_figure_with_odd_names_is_the_same_in_every_locale(tmp_path: Path) -> None:
    made = []
    (tmp_path / "figure.py").write_text(FIGURE, encoding="utf-8")
    for name, variables in LOCALES.items():
        (tmp_path / name).mkdir()
        command = [sys.executable, str(tmp_path / "figure.py"), str(tmp_path / name / "f")]
        subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT / "scripts"), **variables}, check=True)
        made.append({path.name: path.read_bytes() for path in sorted((tmp_path / name).iterdir())})
    assert made[0] == made[1] and "größer" in made[0]["f.csv"].decode()


@pytest.mark.full
def test_a_study_of_odd_texts_is_the_same_in_every_locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = []
    for name, variables in LOCALES.items():
        study = odd_study(tmp_path / name)
        with monkeypatch.context() as context:
            for variable, value in variables.items():
                context.setenv(variable, value)
            study.run("results/study/humaneval/canonical/repeated/coverage.csv", "results/study/config.yaml")
        files = sorted(
            path for path in (study.folder / "results/study").rglob("*") if path.suffix in (".parquet", ".csv", ".yaml", ".jsonl", ".svg", ".txt")
        )
        made.append({path.relative_to(study.folder): path.read_bytes() for path in files})
    assert made[0] == made[1] and len(made[0]) > 8
