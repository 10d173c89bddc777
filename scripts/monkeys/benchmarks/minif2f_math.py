"""MiniF2F-MATH: theorems of miniF2F (Zheng et al. 2022, arXiv 2109.00110) that formalise problems of MATH, in Lean 4, asked as in Large Language Monkeys
(arXiv 2407.21787): the 130 of the test split whose names begin with ``mathd``.

Prompts end with ``by (``, as that paper's do; a completion goes on from there.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from monkeys.benchmarks import Benchmark, Dataset, Problem, Row, chosen_examples
from monkeys.errors import InputError
from monkeys.formats.lean import OPENING, STOP, strip_theorem_name
from monkeys.records.prompt import Prompt
from monkeys.records.reference import Reference

TASK = "Write a lean4 proof to the provided formal statement. You have access to the standard mathlib4 library.\n"

# The examples before each theorem in the paper's prompt. Proofs are checked behind the header of the rows.
IMPORTS = """\
import Mathlib.Algebra.BigOperators.Basic
import Mathlib.Data.Real.Basic
import Mathlib.Data.Complex.Basic
import Mathlib.Data.Nat.Log
import Mathlib.Data.Complex.Exponential
import Mathlib.NumberTheory.Divisors
import Mathlib.Data.ZMod.Defs
import Mathlib.Data.ZMod.Basic
import Mathlib.Topology.Basic
import Mathlib.Data.Nat.Digits

open BigOperators
open Real
open Nat
open Topology
"""

# The paper's five shots, theorems of miniF2F's validation split, as its released llmonk/generate/prompts.py has them: statement and proof.
EXAMPLES = [
    (
        "\n  (k x: ℝ)\n  (h₀ : x = (13 - Real.sqrt 131) / 4)\n  (h₁ : 2 * x^2 - 13 * x + k = 0) :\n  k = 19/4",
        "  rw [h₀] at h₁\n  rw [eq_comm.mp (add_eq_zero_iff_neg_eq.mp h₁)]\n  norm_num\n  rw [pow_two]\n  rw [mul_sub]\n  rw [sub_mul, sub_mul]\n"
        "  rw [Real.mul_self_sqrt _]\n  ring\n  linarith",
    ),
    (
        "\n  (x p : ℝ)\n  (h₀ : x < 2)\n  (h₁ : abs (x - 2) = p) :\n  x - p = 2 - 2 * p",
        "  suffices abs (x - 2) = -(x - 2) by\n    rw [h₁] at this\n    linarith\n  apply abs_of_neg\n  linarith",
    ),
    (
        "\n  (x : ℝ)\n  (f g : ℝ → ℝ)\n  (h₀ : ∀ x, f x = x + 2)\n  (h₁ : ∀ x, g x = x^2)\n  (h₂ : f (g x) = g (f x)) :\n  x = - 1/2",
        "  norm_num\n  simp_all [-one_div]\n  field_simp [h₁]\n  linarith",
    ),
    (
        "\n  (a b : ℝ)\n  (h₀ : a ≠ b)\n  (h₁ : a ≠ 2 * b)\n  (h₂ : (4 * a + 3 * b) / (a - 2 * b) = 5) :\n  (a + 11 * b) / (a - b) = 2",
        "  rw [eq_comm]\n  refine' (eq_div_iff _).mpr _\n  exact sub_ne_zero_of_ne h₀\n  rw [eq_comm] at h₂\n  suffices : a = 13 * b; linarith\n"
        "  have key : 5 * (a - 2 * b) = 4 * a + 3 * b; rwa [(eq_div_iff (sub_ne_zero_of_ne h₁)).mp]\n  linarith",
    ),
    (
        "\n  Int.floor ((9:ℝ) / 160 * 100) = 5",
        "  rw [Int.floor_eq_iff]\n  constructor\n  all_goals norm_num",
    ),
]

INSTRUCTION = "Complete the proof of this theorem in Lean 4 with Mathlib. Answer with one fenced block that holds the theorem and its proof."

# Theorems that a line or two prove under the paper's Lean 4.3, as the tests of its released code say; under a later Mathlib the audit shows it.
GOLD = {
    "rfl": ["numbertheory_66"],
    "nlinarith": ["algebra_24"],
    "linarith": ["algebra_142", "algebra_329", "algebra_354", "algebra_400", "algebra_412"],
    "constructor <;> linarith": ["algebra_44", "algebra_513"],
    "norm_num": ["algebra_302", "algebra_304", *(f"numbertheory_{number}" for number in (207, 235, 254, 299, 342, 551, 728))],
    "rw [h₀, h₁]\n  norm_num": ["algebra_143", "algebra_346"],
}

_UNFINISHED = re.compile(r"(?:\s*\b(?:by|sorry))*\s*\Z")


def _text(row: Row, name: str, column: str) -> str:
    text = row.get(column)
    if not isinstance(text, str) or not text.strip():
        raise InputError(f"row {name} of miniF2F has no text under {column!r}; each row needs name, split, header and formal_statement")
    return text


def _theorems(rows: Sequence[Row]) -> Iterator[tuple[str, str, str]]:
    """Name, header and nameless statement of each theorem that is asked."""
    for number, row in enumerate(rows):
        # Two data sets of the same theorems call it differently.
        name = _text(row, str(number), "id" if "id" in row else "name")
        if _text(row, name, "split") == "test" and name.startswith("mathd"):
            text = _UNFINISHED.sub("", _text(row, name, "formal_statement"), count=1)
            statement = strip_theorem_name(text)
            if statement is None:
                raise InputError(
                    f"row {name} of miniF2F has the formal_statement {text[:80]!r}, which does not go from 'theorem' and a name to ':=', ':= by' or"
                    " ':= sorry'"
                )
            yield name, _text(row, name, "header").rstrip() + "\n\n", statement


def problems(rows: Sequence[Row], options: Mapping[str, Any]) -> Iterator[Problem]:
    """The theorems as problems, in the order of the rows; a problem's name is its theorem's, which the model does not see.

    Raises:
        InputError: the option ``examples`` is no number of shots, a row lacks a column, or no row is one of those that are asked.
    """
    examples = chosen_examples("minif2f_math", options, EXAMPLES)
    shots = [
        f"{'' if number == 1 else TASK}```{IMPORTS}theorem theorem{number}{statement} :=\n{OPENING}\n{proof}\n)\n```\n"
        for number, (statement, proof) in enumerate(examples, start=1)
    ]
    turns = [
        message
        for number, (statement, proof) in enumerate(examples, start=1)
        for message in (_question(f"theorem theorem{number}{statement} :=\n"), _answer(f"theorem theorem{number}{statement} := by\n{proof}"))
    ]
    found = 0
    for name, header, statement in _theorems(rows):
        found += 1
        # The released code leaves out the word `theorem` here, in front of the name that it gives instead of the telling one.
        front = "".join(shots) + "\n" * bool(shots)
        prompt = f"{front}{TASK}```{IMPORTS.rstrip()}\ntheorem{len(EXAMPLES) + 1}{statement}:=\n{OPENING}\n"
        messages = [*turns, _question(f"theorem theorem{len(EXAMPLES) + 1}{statement}:=\n")]
        yield Prompt(name, prompt, messages, [STOP]), Reference(name, {"header": header, "statement": f"theorem {name}{statement}:="})
    if not found:
        raise InputError(f"none of the {len(rows)} rows of miniF2F has the split 'test' and a name that begins with 'mathd'")


def _question(theorem: str) -> dict[str, str]:
    return {"role": "user", "content": f"{INSTRUCTION}\n\n```lean4\n{IMPORTS}\n{theorem}```"}


def _answer(theorem: str) -> dict[str, str]:
    return {"role": "assistant", "content": f"```lean4\n{theorem}\n```"}


def gold(_rows: Sequence[Row], _options: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Proofs of some of the theorems."""
    for proof, names in GOLD.items():
        for name in names:
            yield f"mathd_{name}", f"  {proof}\n)\n```"


BENCHMARK = Benchmark(
    name="minif2f_math",
    title="MiniF2F-MATH",
    version=1,
    grader="lean_proof",
    problems=problems,
    size=lambda _options: 130,
    dataset=Dataset(
        hub="Slim205/minif2f",
        subset=None,
        split="valid+test",
        # No commit of it is known here, so the hash has the last word.
        revision="main",
        # Of DeepSeek-Prover-V1.5's datasets/minif2f.jsonl at its commit 2c4ba91, which has the rows of both splits in this order. The hub's table was not
        # seen from here; its card lists the same columns, 244 rows in each split and as many bytes in all (275,104). The paper's own table,
        # cat-searcher/minif2f-lean4, has the same theorems for an older Lean, under `id`; such rows are read as well, from a file of the user's.
        rows_sha256="c40c6552c63a84919da6e76df00630e195eaf57c979dcd422d8f555b60247298",
    ),
    options={"examples": len(EXAMPLES)},
    gold=gold,
)
