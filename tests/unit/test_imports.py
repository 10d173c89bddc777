"""What scripts import before they know what to do: a study starts hundreds of them, and a heavy module costs each a second."""

import json
import re
import subprocess
import sys

import pytest
from project import ROOT

SCRIPTS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))

HEAVY = (
    "datasets",
    "jinja2",
    "jsonschema",
    "math_verify",
    "matplotlib",
    "pandas",
    "scipy.optimize",
    "scipy.special",
    "scipy.stats",
    "snakemake",
    "sympy",
    "torch",
    "vllm",
)

LIGHT = {
    "build_image",
    "build_sandbox",
    "check_sandbox",
    "compare_runs",
    "fetch_dataset",
    "fetch_model",
    "generate_samples",
    "prepare_benchmark",
    "record_run",
    "score_samples",
    "train_reward_model",
    "verify_samples",
    "write_tests",
}
"""Scripts that handle no tables."""

FITS = {"fit_scaling_laws", "forecast_coverage", "plan_samples"}
"""Scripts whose work is numerical optimisation."""


def allowed(script: str) -> set[str]:
    if script in FITS:
        return {"pandas", "scipy.optimize", "scipy.special"}
    if script == "count_tokens":
        return {"pandas", "scipy.special"}
    return set() if script in LIGHT else {"pandas"}


PROGRAM = """
import importlib, json, os, sys
scripts, heavy = json.loads(sys.argv[1])
sys.path.insert(0, "scripts")
for script in scripts:
    sys.stdout.flush()
    if os.fork() == 0:  # each script in a process of its own, without starting Python anew
        importlib.import_module(script)
        print(json.dumps([script, [name for name in heavy if name in sys.modules]]), flush=True)
        os._exit(0)
    os.wait()
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """By script, the heavy modules that importing it loads."""
    command = [sys.executable, "-c", PROGRAM, json.dumps([SCRIPTS, HEAVY])]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return dict(json.loads(line) for line in answer.stdout.splitlines())


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_starts_without_heavy_modules(loaded: dict[str, list[str]], script: str) -> None:
    assert set(loaded[script]) <= allowed(script)


def test_scripts_of_the_vllm_environment_start_there() -> None:
    """It has neither pandas nor matplotlib."""
    calls = [call for path in (ROOT / "rules").glob("*.smk") for call in path.read_text(encoding="utf-8").split("command(")]
    found = {call.split('"')[1] for call in calls if 'environment="vllm"' in call.partition("\nrule ")[0]}
    # Its rules name the environment of the source of samples, which may be this one.
    found |= {call.split('"')[1] for call in calls if "environment=environment" in call}
    found |= set(re.findall(r"envs/python vllm scripts/(\w+\.py)", (ROOT / "Makefile").read_text(encoding="utf-8")))
    scripts = sorted(name.removesuffix(".py") for name in found)
    assert scripts == ["compare_runs", "fetch_model", "generate_samples", "score_samples", "train_reward_model", "write_tests"]
    command = [ROOT / ".venvs" / "vllm" / "bin" / "python", "-c", PROGRAM, json.dumps([scripts, HEAVY])]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert dict(json.loads(line) for line in answer.stdout.splitlines()) == {script: [] for script in scripts}, answer.stderr
