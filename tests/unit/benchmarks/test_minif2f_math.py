"""MiniF2F-MATH: problems on its real rows and on made-up ones, and the way through the workflow to real Lean."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from lean_world import HEADER, STATEMENT, lean_server
from project import Project

from monkeys.benchmarks import Problem, Row, load_benchmark
from monkeys.benchmarks.minif2f_math import EXAMPLES, IMPORTS, TASK
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InputError
from monkeys.files import read_jsonl, write_jsonl
from monkeys.formats.lean import strip_theorem_name
from monkeys.formats.lean_text import proof_text
from monkeys.records.verdict import read_verdicts

BENCHMARK = load_benchmark("minif2f_math")


@pytest.fixture(scope="module")
def rows(shared_data: Callable[[str], Path]) -> list[Row]:
    return [row for _, row in read_jsonl(shared_data("minif2f/deepseek_v1.5_minif2f.jsonl"))]


def row(name: str = "mathd_a", **columns: object) -> Row:
    """A row as DeepSeek-Prover-V1.5 has them, or with other columns."""
    return {"name": name, "split": "test", "header": "import Mathlib\n\n", "formal_statement": f"theorem {name} : 1 = 1 := by\n", **columns}


def problems_of(rows: list[Row], **options: object) -> list[Problem]:
    return list(BENCHMARK.problems(rows, {**BENCHMARK.options, **options}))


def test_the_pinned_rows_are_deepseeks(rows: list[Row]) -> None:
    dataset = BENCHMARK.dataset
    assert dataset is not None
    assert rows_sha256(rows) == dataset.rows_sha256
    assert [row["split"] for row in rows] == ["valid"] * 244 + ["test"] * 244 and dataset.split == "valid+test"
    # What the hub says of its table: bytes of text, and four for each offset.
    assert sum(len(text.encode()) + 4 for row in rows for text in row.values()) == 275_104


def test_the_problems_are_the_130_of_the_paper(rows: list[Row]) -> None:
    problems = problems_of(rows)
    names = [prompt.problem_id for prompt, _ in problems]
    assert len(names) == len(set(names)) == 130
    assert names[:3] == ["mathd_algebra_478", "mathd_algebra_141", "mathd_numbertheory_3"]
    assert problems == problems_of(rows)
    assert [reference.problem_id for _, reference in problems] == names


def test_the_prompt_is_the_papers(rows: list[Row]) -> None:
    prompt, reference = problems_of(rows)[0]
    shots, _, problem = prompt.prompt.rpartition(TASK)
    # The released code's MINIF2F_FEW_SHOT_PROMPT, all of it.
    assert hashlib.sha256(shots.encode()).hexdigest() == "86af71096139cb56c1030854a969e888dbffe8b4a0655633686608a75070bacf"
    statement = "(b h v : ℝ) (h₀ : 0 < b ∧ 0 < h ∧ 0 < v) (h₁ : v = 1 / 3 * (b * h))\n    (h₂ : b = 30) (h₃ : h = 13 / 2) : v = 65 :="
    assert problem == f"```{IMPORTS}theorem6 {statement}\nby (\n"
    assert prompt.stop == ["Write a lean4"]
    header = next(row["header"] for row in rows if row["name"] == prompt.problem_id)
    assert reference.reference == {"header": header, "statement": f"theorem mathd_algebra_478 {statement}"}


def test_no_prompt_tells_the_theorems_name_or_more_than_its_statement(rows: list[Row]) -> None:
    found = {row["name"]: row for row in rows}
    for prompt, reference in problems_of(rows):
        statement = found[prompt.problem_id]["formal_statement"].partition(prompt.problem_id)[2].rpartition(" by")[0]
        assert strip_theorem_name(reference.reference["statement"]) == statement.removesuffix(":=")
        assert prompt.prompt.endswith(f"theorem6{statement}\nby (\n")
        assert prompt.problem_id not in prompt.prompt + str(prompt.messages)
        assert reference.reference["header"].startswith("import Mathlib\n")


@pytest.mark.parametrize("count", range(len(EXAMPLES) + 1))
def test_number_of_shots_in_both_response_formats(count: int) -> None:
    prompt, _ = problems_of([row()], examples=count)[0]
    assert prompt.prompt.count("theorem theorem") == prompt.prompt.count(")\n```\n") == count
    assert prompt.prompt.startswith("```" if count else TASK)
    assert [message["role"] for message in prompt.messages] == ["user", "assistant"] * count + ["user"]
    for (_, proof), message in zip(EXAMPLES[:count], prompt.messages[1::2], strict=True):
        assert (proof_text(message["content"], "chat") or "").strip("\n") == proof


@pytest.mark.parametrize("ending", [" := by\n", " := sorry", ":=  by sorry\n", " :=", " :=\nby\n  sorry"])
def test_rows_of_both_data_sets_are_read(ending: str) -> None:
    paper = {
        "id": "mathd_a",
        "split": "test",
        "header": "import Mathlib\nopen Nat",
        "formal_statement": f"theorem mathd_a\n  (x : ℕ) :\n  x = x{ending}",
    }
    prompt, reference = problems_of([row("amc"), row(split="valid"), paper])[0]
    assert prompt.problem_id == "mathd_a"
    assert (strip_theorem_name(reference.reference["statement"]) or "").rstrip() == "\n  (x : ℕ) :\n  x = x"
    assert reference.reference["header"] == "import Mathlib\nopen Nat\n\n"


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ([], "none of the 0 rows of miniF2F has the split 'test' and a name that begins with 'mathd'"),
        ([row(split="valid"), row("amc")], "none of the 2 rows"),
        ([row(), {"split": "test"}], "row 1 of miniF2F has no text under 'name'; each row needs name, split, header and formal_statement"),
        ([row(formal_statement=None)], "row mathd_a of miniF2F has no text under 'formal_statement'"),
        ([row(header=" ")], "row mathd_a of miniF2F has no text under 'header'"),
        (
            [row(formal_statement="example : 1 = 1 := by")],
            "row mathd_a of miniF2F has the formal_statement 'example : 1 = 1 :=', which does not go from",
        ),
        ([row(formal_statement="theorem mathd_a : 1 = 1")], "row mathd_a of miniF2F has the formal_statement"),
    ],
)
def test_invalid_rows_raise_one_sentence(rows: list[Row], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence) as caught:
        problems_of(rows)
    assert "\n" not in str(caught.value)


def test_invalid_option_names_key() -> None:
    with pytest.raises(InputError, match=r"config key benchmarks\.minif2f_math\.options\.examples is 6, but must be a number from 0 to 5"):
        problems_of([row()], examples=6)


def test_gold_is_of_problems_that_there_are(rows: list[Row]) -> None:
    assert BENCHMARK.gold is not None
    gold = [name for name, _ in BENCHMARK.gold(rows, BENCHMARK.options)]
    assert len(gold) == len(set(gold)) >= 20
    assert set(gold) <= {prompt.problem_id for prompt, _ in problems_of(rows)}


def test_a_study_goes_all_the_way_to_lean(tmp_path: Path) -> None:
    project = Project.fresh(tmp_path / "project")
    theorems = [
        row("mathd_easy", header=HEADER, formal_statement=f"{STATEMENT} by\n"),
        row("mathd_false", header=HEADER, formal_statement="theorem mathd_false : Eq (twice 1) 1 := by"),
    ]
    write_jsonl(project.folder / "rows.jsonl", theorems)
    texts = {"mathd_easy": ["  Eq.refl 695\n)\n```", "  Eq.refl 694\n)\n```"], "mathd_false": ["  False.rec _ free\n)", "  sorry\n)"]}
    write_jsonl(project.folder / "samples.jsonl", [{"task_id": name, "completion": text} for name in texts for text in texts[name]])
    benchmark: dict[str, Any] = {"problems": 2, "samples": 2, "data": "rows.jsonl", "data_sha256": rows_sha256(theorems)}
    config = {
        "run": "study",
        "models": {"m": {"engine": "recorded", "samples": {"minif2f_math": "samples.jsonl"}}},
        "benchmarks": {"minif2f_math": benchmark},
    }
    with lean_server() as (address, requests):
        config["verification"] = {"graders": {"lean_proof": {"backend": "kimina", "server": address, "cpu_seconds": 20}}}
        (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
        jobs = project.plan()
        assert jobs["prepare_minif2f_math"] == jobs["fetch_dataset"] == jobs["verify_samples"] == 1
        project.run("results/study/minif2f_math/m/repeated/counts.csv")
    counts = (project.folder / "results/study/minif2f_math/m/repeated/counts.csv").read_text().splitlines()[1:]
    assert [line.split(",")[:3] for line in counts] == [["mathd_easy", "2", "1"], ["mathd_false", "2", "0"]]
    (verdicts,) = (project.folder / "results/study/minif2f_math/m/repeated/verdicts").glob("*.parquet")
    details = [verdict.detail for verdict in read_verdicts(verdicts)]
    assert details[2:] == ["rests on the axiom free", "not allowed in a proof: sorry"]
    assert len(requests) == 2 + 3
