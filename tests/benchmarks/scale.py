"""How large a study can be: jobs, seconds to plan, bytes on disk, and memory and seconds of what follows the verdicts.

One pair of model and benchmark has 130 problems with 10,000 samples each: Snakemake runs the workflow's own rules on it from ``count_passes`` on. Its
samples and verdicts are made here and are newer than all that they depend on, so that Snakemake takes them for drawn and verified. The texts are
HumanEval's canonical solutions with seeded random edits, the outcomes are drawn at random.

A study of 25 such pairs is planned, first in a fresh folder and then with a file of no content for everything that it makes.
"""

import json
import os
import random
import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import yaml
from project import ROOT, Project
from study_fixtures import humaneval_rows

from monkeys.records.sample import Sample, write_samples
from monkeys.records.verdict import Verdict, write_verdicts
from monkeys.seeds import sample_seed

PROBLEMS, SAMPLES, ROUND = 130, 10_000, 50
BENCHMARKS = ("arithmetic", "humaneval", "humaneval_plus", "mbpp", "mbpp_plus")
FAILURES = (*["AssertionError: "] * 8, "AssertionError: Test 1", "IndexError: list index out of range", "NameError: name '{}' is not defined")
WORD = re.compile(r"\b[a-z_]{2,}\b")

METER = """
import atexit, json, os, sys, time

def note(start=time.time()):
    peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
    times = os.times()
    with open(os.environ["METER"], "a") as file:
        file.write(json.dumps([os.path.basename(sys.argv[0]), time.time() - start, times.user + times.system, int(peak) / 1024]) + "\\n")

atexit.register(note)
"""
"""As ``sitecustomize`` it notes the time, the CPU time and the peak memory of every Python that ends: Snakemake's and those of the rules' scripts."""


class Edits:
    """Texts that resemble a model's: a canonical solution in which a few lines and names are others."""

    def __init__(self, solutions: list[str]) -> None:
        self.solutions = [solution.splitlines(keepends=True) for solution in solutions]
        self.lines = [line for lines in self.solutions for line in lines]
        self.words = [word for line in self.lines for word in WORD.findall(line)]

    def text(self, problem: int, choose: random.Random) -> str:
        lines = list(self.solutions[problem])
        while choose.random() < 0.93:
            place, kind = choose.randrange(len(lines)), choose.random()
            if kind < 0.5:
                found = WORD.search(lines[place])
                if found:
                    lines[place] = lines[place].replace(found.group(), choose.choice(self.words))
            elif kind < 0.8:
                lines[place] = choose.choice(self.lines)
            elif kind < 0.9:
                lines.insert(place, choose.choice(self.lines))
            elif len(lines) > 1:
                del lines[place]
        return "".join(lines)


def sample_round(folder: Path, names: list[str], edits: Edits, number: int) -> tuple[int, int]:
    """Write a round of samples; the bytes of its texts and of its file."""
    choose = random.Random(number)
    samples = []
    for problem, name in enumerate(names):
        for index in range(number * ROUND, (number + 1) * ROUND):
            text = edits.text(problem, choose)
            samples.append(Sample(name, index, sample_seed(0, name, index), text, 150, len(text) // 3, "stop"))
    path = shard(folder, "samples", number)
    write_samples(path, samples, {"engine": "recorded"})
    return sum(len(sample.text.encode()) for sample in samples), path.stat().st_size


def verdict_round(folder: Path, names: list[str], edits: Edits, number: int) -> int:
    """Write a round of verdicts; the bytes of its file."""
    choose = random.Random(number)
    verdicts = []
    for name in names:
        chance = random.Random(name).betavariate(0.3, 1.5)
        for index in range(number * ROUND, (number + 1) * ROUND):
            passed = choose.random() < chance
            detail = "" if passed else choose.choice(FAILURES).format(choose.choice(edits.words))
            verdicts.append(Verdict(name, index, "passed" if passed else "failed", None, detail))
    path = shard(folder, "verdicts", number)
    write_verdicts(path, verdicts)
    return path.stat().st_size


def shard(folder: Path, kind: str, number: int) -> Path:
    part = "-0000" if kind == "verdicts" else ""
    return folder / kind / f"0000-{number:04d}{part}.parquet"


def metered(project: Project, study: str, *arguments: str) -> tuple[str, list[tuple[str, float, float, float]]]:
    """Run Snakemake: what it says, and name, seconds, CPU seconds and peak MB of each Python that it was made of."""
    notes = project.folder / "notes.jsonl"
    notes.write_text("")
    # Snakemake finds the meter in PYTHONPATH; jobs, for which envs/clean.sh clears that, at its end.
    environment = {**os.environ, "PYTHONPATH": str(project.folder / "meter"), "METER": str(notes)}
    clean = project.folder / "envs" / "clean.sh"
    if "meter" not in clean.read_text(encoding="utf-8"):
        with clean.open("a", encoding="utf-8") as script:
            script.write(f"export PYTHONPATH={project.folder / 'meter'}\n")
    # Not by the servers of the tests, whose processes would be measured with what they hold.
    command = [".venvs/workflow/bin/snakemake", "--profile", "profiles/local", *arguments, "--configfile", study]
    answer = subprocess.run(command, cwd=project.folder, env=environment, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-3000:]
    return answer.stdout + answer.stderr, [tuple(json.loads(line)) for line in notes.read_text().splitlines()]


def show(name: str, seconds: float, cpu: float, memory: float) -> None:
    print(f"  {name:24} {seconds:6.1f} s, {cpu:6.1f} s of CPU, {memory:5.0f} MB at the peak", flush=True)


def one_pair(project: Project) -> None:
    rows = humaneval_rows()
    (project.folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (project.folder / "source.jsonl").write_text("")
    config = {
        "run": "pair",
        "models": {"recorded": {"engine": "recorded", "samples": {"humaneval": "source.jsonl"}}},
        "benchmarks": {
            "humaneval": {"problems": PROBLEMS, "samples": SAMPLES, "shard": {"problems": PROBLEMS, "samples": ROUND}, "data": "rows.jsonl"}
        },
    }
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config))
    project.run("prepare_humaneval", "results/pair/sandbox.json")
    folder = project.folder / "results/pair/humaneval/recorded/repeated"
    names, edits = [row["task_id"] for row in rows[:PROBLEMS]], Edits([row["canonical_solution"] for row in rows])
    rounds = range(SAMPLES // ROUND)
    with ProcessPoolExecutor(2) as pool:
        sizes = list(pool.map(partial(sample_round, folder, names, edits), rounds))
        verdicts = sum(pool.map(partial(verdict_round, folder, names, edits), rounds)) / (PROBLEMS * SAMPLES)
    text, samples = (sum(column) / (PROBLEMS * ROUND * len(sizes)) for column in zip(*sizes, strict=True))
    print(f"scale: one pair, {PROBLEMS * SAMPLES} samples in {len(rounds)} shards")
    print(f"  a sample's text is {text:.1f} bytes, in Parquet {samples:.1f} ({text / samples:.2f} times less); a verdict {verdicts:.1f}", flush=True)
    said, notes = metered(project, "study.yaml")
    assert not re.search(r"^(generate|verify)_samples +\d", said, re.MULTILINE), "Snakemake did not take the samples and verdicts as made"
    for note in notes:
        show(*note)


def whole_study(project: Project) -> None:
    config = {
        "run": "study",
        "models": {f"model-{number}": {"weights": f"hf:owner/model-{number}@{number:040x}", "device": "gpu"} for number in range(5)},
        "benchmarks": {name: {"problems": PROBLEMS, "samples": SAMPLES, "shard": {"problems": PROBLEMS, "samples": ROUND}} for name in BENCHMARKS},
    }
    (project.folder / "plan.yaml").write_text(yaml.safe_dump(config))
    # Not quiet about jobs, so that it says what each of them makes, in an order in which they could run.
    said, fresh = metered(project, "plan.yaml", "-n", "--quiet", "host")
    jobs = re.findall(r"^total +(\d+)$", said, re.MULTILINE)[-1]
    for outputs in re.findall(r"^    output: (.*)$", said, re.MULTILINE):
        for output in outputs.split(", "):
            path = project.folder / output.partition(" ")[0]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("")
    said, made = metered(project, "plan.yaml", "-n")
    assert "Nothing to be done" in said, said[-3000:]
    print(f"scale: a study of {len(BENCHMARKS)} benchmarks and 5 models, {len(BENCHMARKS) * 5 * PROBLEMS * SAMPLES} samples, {jobs} jobs")
    for title, notes in (("plan, nothing made", fresh), ("plan, all made", made)):
        show(title, *notes[-1][1:])


def main() -> None:
    with tempfile.TemporaryDirectory() as place:
        project = Project.fresh(Path(place) / "project")
        shutil.copy2(ROOT / "envs/python", project.folder / "envs/python")
        (project.folder / "meter").mkdir()
        (project.folder / "meter" / "sitecustomize.py").write_text(METER)
        one_pair(project)
        whole_study(project)


if __name__ == "__main__":
    main()
