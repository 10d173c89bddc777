"""A run's folder with samples, verdicts, scores, prompts and references, written by the library's own records and without Snakemake."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.reference import Reference, write_references
from monkeys.records.sample import Sample, write_samples
from monkeys.records.verdict import Verdict, write_verdicts

HOSTILE = "x = \"</script><script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">\x1b[31m\u202e\u2028\""
"""A text that a page or a terminal might obey."""
PROBLEMS = 12
SAMPLES = 8
MODELS = ("small", "large")


def outcome(model: str, problem: int, index: int) -> str:
    """small solves problems below 4, large those below 8; sample 7 ran out of time."""
    if index == SAMPLES - 1:
        return "timeout"
    return "passed" if problem < (4 if model == "small" else 8) and index % 2 == 0 else "failed"


def sample_text(model: str, problem: int, index: int) -> str:
    if problem == 5 and index == 1:
        return HOSTILE
    return f"Here it is, by {model}:\n\n```python\ndef f{problem}(n):\n    # attempt {index}\n    return '{problem}' if n else None\n```\n"


def small_results(folder: Path, strategy: str = "", flips: frozenset[tuple[str, int]] = frozenset()) -> Path:
    """Write the run's folder, two benchmarks, two models and two shards each.

    Args:
        folder: of the run.
        strategy: a folder of the strategy's in each model's, with verdicts in two parts a shard; empty: none, as the first edition has it.
        flips: samples whose verdicts are other ones than ``outcome`` says.
    """
    config = {"run": folder.name, "question": "Which?", "models": {name: {"engine": "recorded", "response_format": "chat"} for name in MODELS}}
    config["benchmarks"] = {"code": {"problems": PROBLEMS, "sampling": {"temperature": 0.8}}, "quiz": {"problems": 2}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    for block in range(2):
        here = range(block * 6, block * 6 + 6)
        prompts = [Prompt(f"Code/{n}", f"def f{n}(n):", [{"role": "user", "content": f"Write f{n}. <b>Quickly</b>"}]) for n in here]
        write_prompts(folder / "code" / "prompts" / f"{block:04d}.jsonl", prompts)
        references = [Reference(f"Code/{n}", {"test": f"def check(f):\n    assert f(1) == '{n}'\n"}) for n in here]
        write_references(folder / "code" / "references" / f"{block:04d}.jsonl", references)
        for model in MODELS:
            at = folder / "code" / model / strategy
            samples, verdicts, scores = [], [], []
            for n in here:
                for index in range(SAMPLES):
                    name = f"Code/{n}"
                    samples.append(Sample(name, index, 100 * n + index, sample_text(model, n, index), 11, 20 + index, "stop", -1.5))
                    said = outcome(model, n, index)
                    if (name, index) in flips:
                        said = "passed" if said != "passed" else "failed"
                    verdicts.append(Verdict(name, index, said, None, f"AssertionError: assert f(1) == '{n}'" if said == "failed" else ""))
                    scores.append({"problem_id": name, "sample_index": index, "score": n / 10 + index / 100})
            write_samples(at / "samples" / f"{block:04d}-0000.parquet", samples, {"engine": "recorded"})
            if strategy:
                for part in range(2):
                    write_verdicts(at / "verdicts" / f"{block:04d}-0000-{part:04d}.parquet", verdicts[part * 30 : (part + 1) * 30])
            else:
                write_verdicts(at / "verdicts" / f"{block:04d}-0000.parquet", verdicts)
            (at / "scores" / "prm").mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(scores), at / "scores" / "prm" / f"{block:04d}-0000.parquet")
    write_prompts(
        folder / "quiz" / "prompts" / "0000.jsonl", [Prompt(f"quiz/{n}", "What?", [{"role": "user", "content": "What?"}]) for n in range(2)]
    )
    write_references(folder / "quiz" / "references" / "0000.jsonl", [Reference(f"quiz/{n}", {"answer": "42"}) for n in range(2)])
    at = folder / "quiz" / "small" / strategy
    write_samples(at / "samples" / "0000-0000.parquet", [Sample(f"quiz/{n}", i, None, f"It is {40 + i}.") for n in range(2) for i in range(4)], {})
    quiz = [Verdict(f"quiz/{n}", i, "passed" if i == 2 else "failed", str(40 + i)) for n in range(2) for i in range(4)]
    write_verdicts(at / "verdicts" / "0000-0000.parquet", quiz)
    return folder
