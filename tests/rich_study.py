"""A study of recorded samples that leaves nothing at its default: two models named out of alphabetical order, two benchmarks, chat answers of which some
pass, unequal chances, tokens and seeds. It is run once, by the real Snakemake, and read by test_rich_study.py."""

import random
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from once import made_once
from study_fixtures import humaneval_rows, new_study

from monkeys.benchmarks.arithmetic import word_problem
from monkeys.dataset_rows import rows_sha256
from monkeys.files import write_jsonl
from monkeys.records.sample import Sample, write_samples

MODELS = ("zeta", "alpha")
"""In the order of the configuration; zeta answers chats, alpha completes."""
BENCHMARKS = ("humaneval", "arithmetic")
PROBLEMS = 12
SAMPLES = 12
CHANCES = {"zeta": 0.65, "alpha": 0.3}
HUNGRY = "    held = bytearray(500 * 2**20)\n"
"""Allowed under the default memory_mb, not under this study's."""

FEWER = {"HOLD_OUTS": 6}
"""Constants of the statistics that make forecasts and distributions take minutes; what they are is not what this study is about."""

CONFIG: dict[str, Any] = {
    "run": "rich",
    "question": "Is every value handed on?",
    "seed": 3,
    "models": {
        name: {
            "engine": "recorded",
            "response_format": prompt,
            "samples": {benchmark: f"samples/{name}-{benchmark}.parquet" for benchmark in BENCHMARKS},
            "family": "greek",
            "architecture": {"parameters": parameters, "layers": layers, "width": width},
            "price": price,
        }
        for name, prompt, parameters, layers, width, price in (
            ("zeta", "chat", 8.0e9, 32, 4096, {"per_million_tokens": {"prompt": 2.0, "output": 6.0, "prompt_billed": "once"}}),
            ("alpha", "completion", 1.0e9, 16, 2048, {"per_gpu_hour": {"dollars": 3.0, "output_tokens_per_second": 500.0}}),
        )
    },
    "benchmarks": {
        "humaneval": {"problems": PROBLEMS, "samples": SAMPLES, "shard": {"problems": 7, "samples": 12}, "data": "rows.jsonl"},
        "arithmetic": {"problems": PROBLEMS, "samples": SAMPLES, "shard": {"problems": 12, "samples": 12}, "options": {"seed": 5}},
    },
    "verification": {"sandbox": "bubblewrap", "workers": 1, "cpu_seconds": 2, "memory_mb": 300},
    "analysis": {
        "bootstrap": 333,
        "confidence": 0.8,
        "intervals": "percentile",
        "forecast_factor": 1.2,
        "difficulty": {"bins": 3, "reference": "alpha"},
        "planning": {"samples": 77, "strategy": "fewest_successes", "k": 5},
        "reference_lines": {
            "best of humans": {"benchmark": "humaneval", "coverage": 0.77},
            "a calculator": {"benchmark": "arithmetic", "coverage": 0.91},
        },
        "budgets": {"dollars": [0.05], "flops": [1.0e15]},
        "coverages": [0.35, 0.6],
    },
    "figures": {"colours": ["#112233", "#AA5500"], "width_inches": 5.5, "height_inches": 3.1},
}


PLAN = "plans/humaneval/zeta/repeated.csv"


def fewer(text: str) -> str:
    for name, number in FEWER.items():
        text = re.sub(rf"^{name} = \d+$", f"{name} = {number}", text, flags=re.MULTILINE)
    return text


def code_sample(row: dict[str, Any], right: bool, chat: bool, hungry: bool = False) -> str:
    body = (HUNGRY if hungry else "") + (row["canonical_solution"] if right else "    return 'no answer of any problem'\n")
    return f"Here is the function.\n\n```python\n{row['prompt']}{body}```\nIt passes." if chat else body


def recorded(model: str, benchmark: str, rows: list[dict[str, Any]]) -> list[Sample]:
    """Samples of a model; one in seven was cut off at its limit of tokens, and of each problem two are the same text."""
    chance = random.Random(f"{model} {benchmark}")
    samples = []
    for problem in range(PROBLEMS):
        easy = chance.betavariate(3 * CHANCES[model], 3 * (1 - CHANCES[model]))
        for index in range(SAMPLES):
            right = chance.random() < easy
            if benchmark == "humaneval":
                row = rows[problem]
                name = row["task_id"]
                text = code_sample(row, right, model == "zeta", hungry=problem == 0 and index == 0)
                text += f"\n# attempt {index // 2}\n" * (model == "alpha")
            else:
                answer = word_problem(5, problem).answer
                name = f"arithmetic/5/{problem}"
                text = f"Step {index // 2}.\nThe answer is {answer if right else answer + 1 + index % 3}."
            tokens = 20 + chance.randrange(200)
            finished = "length" if chance.random() < 1 / 7 else "stop"
            samples.append(Sample(name, index, 1000 * problem + index, text, 50 + problem, tokens, finished, -0.5 * tokens))
    return samples


def make(folder: Path) -> None:
    rows = humaneval_rows()[:PROBLEMS]
    project = new_study(folder / "project")
    (project.folder / "rows.jsonl").unlink()
    write_jsonl(project.folder / "rows.jsonl", rows)
    config = CONFIG | {"benchmarks": {name: dict(settings) for name, settings in CONFIG["benchmarks"].items()}}
    config["benchmarks"]["humaneval"]["data_sha256"] = rows_sha256(rows)
    (project.folder / "study.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")
    (project.folder / "samples").mkdir()
    for model in MODELS:
        for benchmark in BENCHMARKS:
            write_samples(project.folder / "samples" / f"{model}-{benchmark}.parquet", recorded(model, benchmark, rows), {"engine": "recorded"})
    project.edit("scripts/monkeys/statistics/forecasts.py", fewer)
    # Every pair's plan is asked for alike (test_rules.py), and takes seconds.
    project.run("all", f"results/rich/{PLAN}")


@pytest.fixture(scope="session")
def rich_study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the rich study's results."""
    return made_once(tmp_path_factory, "rich", make) / "project" / "results" / "rich"
