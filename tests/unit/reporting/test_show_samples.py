"""show_samples.py: what people see of samples."""

import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from project import ROOT
from small_results import small_results

import show_samples
from monkeys.errors import InputError
from monkeys.files import write_text
from monkeys.reporting.samples_in_words import harmless, shortened
from monkeys.tables.joined import find_draws
from monkeys.tables.sample_search import equal


@pytest.fixture(scope="module", params=["", "beam"], ids=["without strategy", "by strategy"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small_results(tmp_path_factory.mktemp("show") / "demo", request.param)


def shown(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    show_samples.main([str(word) for word in words])
    return capsys.readouterr().out


def test_overview_counts_outcomes(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, results)
    tail = ", beam" if "beam" in str(find_draws(results)[0].folder) else ""
    assert f"code, small{tail}: 96 samples: 68 failed, 16 passed, 12 timeout\n" in text
    assert f"quiz, small{tail}: 8 samples: 6 failed, 2 passed\n" in text


def test_failing_samples_of_a_problem_with_reason_and_text(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, results, "--problem", "Code/10", "--outcome", "failed", "--model", "large", "--first", 2)
    assert text.count("Code/10, sample ") == 2 and "sample 0: failed" in text and "sample 1: failed" in text
    assert "  reason   AssertionError: assert f(1) == '10'\n" in text
    assert "  score    prm 1.01\n" in text
    assert "  drawn    11 tokens of prompt, 20 tokens, ended by stop, seed 1000\n" in text
    assert "  | def f10(n):\n  |     # attempt 1\n" in text
    assert text.endswith("2 of 7 samples that are so\n")


def test_all_samples_with_an_answer(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, results, "--answer", "42", "--first", 100)
    assert text.count("answer   42") == 2 and "quiz/0, sample 2: passed" in text and "quiz/1, sample 2: passed" in text
    assert text.endswith("2 of 2 samples that are so\n")


def test_samples_by_score_and_outcome(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, results, "--score", "prm>=0.7", "--score", "prm<0.72", "--outcome", "passed", "--benchmark", "code")
    assert text.endswith("1 of 1 samples that are so\n") and "Code/7, sample 0: passed" in text


def test_prompt_is_shown_when_asked_for(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = (results, "--problem", "Code/3", "--first", 1)
    assert "Write f3." not in shown(capsys, *words)
    assert "Write f3. <b>Quickly</b>" in shown(capsys, *words, "--prompt")


def test_problems_that_one_model_solves_and_another_does_not(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, results, "--solved-by", "large", "--not-by", "small", "--first", 2)
    assert text == (
        "code: 4 problems are solved by large and not by small\n"
        "  Code/4: 4 of 8 samples pass; of small 0 of 8\n"
        "  Code/5: 4 of 8 samples pass; of small 0 of 8\n"
        "  … 2 more; --first shows more\n"
    )
    assert "code: 0 problems" in shown(capsys, results, "--solved-by", "small", "--not-by", "large")


def test_changes_between_two_runs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first = small_results(tmp_path / "first")
    second = small_results(tmp_path / "second", flips=frozenset({("Code/0", 0), ("Code/11", 3)}))
    text = shown(capsys, first, "--against", second, "--model", "large", "--first", 1)
    assert "code, large: verdicts differ on 2 of 96 samples:\n" in text
    assert "     1 passed -> failed\n" in text and "     1 failed -> passed\n" in text
    assert "the same text:\n" in text and text.count("Code/0, sample 0: ") == 2 and "Code/11" not in text
    assert "differ on 0 of 96" in shown(capsys, first, "--against", first, "--model", "large")


def test_changes_between_graders_of_the_audit(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = next(draws for draws in find_draws(results) if draws.model == "large").folder
    with pytest.raises(InputError, match=r"code, large.* was not audited"):
        shown(capsys, results, "--graders", "--model", "large")
    table = "problem_id,sample_index,recorded,again_1,other\nCode/0,0,passed,passed,failed\nCode/0,1,failed,failed,\n"
    write_text(folder / "audit.csv", table)
    text = shown(capsys, results, "--graders", "--model", "large")
    (folder / "audit.csv").unlink()
    assert "verdicts differ on 1 of 2 audited samples" in text and "recorded: passed; again_1: passed; other: failed" in text


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--problem", "Code/99"), r"no samples are of the problem 'Code/99' \(did you mean 'Code/9'\?\); the first is 'Code/0'"),
        (("--model", "larg"), r"no samples of the model 'larg' \(did you mean 'large'\?\); it has large, small"),
        (("--benchmark", "maths"), r"no samples of the benchmark 'maths'; it has code, quiz"),
        (("--outcome", "fail"), r"there is no outcome 'fail' \(did you mean 'failed'\?\)"),
        (("--score", "orm>1"), r"no samples have scores of 'orm'.*; the scorers are prm"),
        (("--score", "prm>high"), r"the score 'prm>high' must be a scorer, one of"),
        (("--first", "0"), r"--first must be at least 1"),
        (("--solved-by", "large"), r"--solved-by and --not-by need each other"),
        (("--solved-by", "large", "--not-by", "tiny"), r"no samples of the model 'tiny'; it has large, small"),
    ],
)
def test_wrong_question_is_one_sentence(results: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        shown(capsys, results, *words)


def test_folder_without_samples_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(InputError, match=r"holds no verified samples; name the folder of a run"):
        shown(capsys, tmp_path)


def test_terminal_obeys_no_sample(results: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = shown(capsys, results, "--problem", "Code/5", "--first", 100)
    assert "\\x1b[31m\\u202e" in text and not {"\x1b", "\u202e"} & set(text)
    assert harmless("a\tb\nc\rd\x07\x9b") == "a\tb\nc\\x0dd\\x07\\x9b"


def test_samples_without_a_verdict_yet_are_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A run that still verifies has some of a shard's parts."""
    results = small_results(tmp_path / "demo", "repeated")
    (results / "code" / "large" / "repeated" / "verdicts" / "0000-0000-0001.parquet").unlink()
    assert "code, large: 78 samples:" in shown(capsys, results, "--benchmark", "code")
    draws = next(one for one in find_draws(results) if one.model == "large")
    assert [len(list(draws.rows(shard))) for shard in draws.shards()] == [30, 48]


def test_long_text_is_shortened_unless_whole() -> None:
    text = "\n".join(map(str, range(100)))
    assert shortened(text, whole=True) == text
    assert shortened(text, whole=False).split("\n")[19:22] == ["19", "[… 60 lines; --whole shows them]", "80"]


def test_answer_comes_without_heavy_modules_and_soon(results: Path) -> None:
    """About a second on an idle machine; the processor's time says so on a busy one."""
    program = (
        "import sys, time; sys.path.insert(0, 'scripts'); import show_samples\n"
        f"show_samples.main([{str(results)!r}, '--problem', 'Code/5', '--outcome', 'failed'])\n"
        "print(sorted({'pandas', 'numpy.random', 'pyarrow.dataset', 'scipy', 'jinja2'} & set(sys.modules)), time.process_time())"
    )
    began = time.monotonic()
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    heavy, seconds = answer.stdout.splitlines()[-1].rsplit(" ", 1)
    assert heavy == "[]" and float(seconds) < 1.5, (answer.stdout, time.monotonic() - began)


@pytest.mark.parametrize("text", ["42", "", ".*", "a\\Eb(", "\\", "ü\n", "a\\E\\Q"])
def test_texts_are_equal_letter_by_letter(text: str) -> None:
    column = pa.array([text, f"{text}x", f"x{text}", None, "4"])
    assert equal(column, text).to_pylist() == [True, False, False, None, text == "4"]
