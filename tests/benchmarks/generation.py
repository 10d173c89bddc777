"""Tokens per second of this workflow's generation beside raw vLLM: same model, prompts and seeds, in turns, loading apart.

Raw vLLM runs twice: with the requests problem by problem, as this workflow sends them, which shows what its bookkeeping costs, and round by round.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from pathlib import Path

from monkeys.benchmarks import load_benchmark
from monkeys.engines import Request, shard_requests
from monkeys.engines.vllm import VllmEngine, open_engine, prepare, rendered
from monkeys.progress import Progress
from monkeys.sampling.journal import Journal


def ours(engine: VllmEngine, requests: list[Request], folder: Path) -> int:
    """What generate_samples does between loading and writing."""
    journal, progress, tokens = Journal(folder / "journal", "benchmark", 0, {}), Progress("benchmark"), 0
    for sample in engine.draw(requests):
        journal.add([sample])
        tokens += sample.output_tokens or 0
        progress.tick(f"{tokens} tokens")
    journal.remove()
    return tokens


def raw(engine: VllmEngine, requests: list[Request]) -> int:
    prompts = [{"prompt_token_ids": list(request.rendered.tokens)} for request in requests]
    parameters = [engine._parameters(request.rendered.stop, request.seed) for request in requests]
    outputs = engine._llm.generate(prompts, parameters, use_tqdm=False)
    return sum(len(output.outputs[0].token_ids) for output in outputs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", type=Path, required=True, help="manifest of the weights")
    parser.add_argument("--problems", type=int, default=24)
    parser.add_argument("--samples", type=int, default=8)
    parser.add_argument("--turns", type=int, default=6)
    arguments = parser.parse_args()
    settings = {
        "device": "cpu",
        "batch_invariant": False,
        "environment": {},
        "response_format": "chat",
        "chat_template_kwargs": {},
        "template_date": None,
        "options": {"max_model_len": 1024},
        "sampling": {"temperature": 0.6, "max_tokens": 96},
    }
    manifest = json.loads(arguments.model.read_text(encoding="utf-8"))
    prepare(settings)
    engine = open_engine(manifest, settings)
    benchmark = load_benchmark("arithmetic")
    prompts = [prompt for prompt, _ in islice(benchmark.problems([], benchmark.options), arguments.problems)]
    with tempfile.TemporaryDirectory() as place:
        seen = rendered(prompts, manifest, settings, Path(place))
    requests = [replace(request, rendered=seen[request.prompt.problem_id]) for request in shard_requests(prompts, 0, arguments.samples, 0)]
    raw(engine, requests[:32])
    rounds = sorted(requests, key=lambda request: request.sample_index)
    counts = set()
    with tempfile.TemporaryDirectory() as place:
        runs: dict[str, Callable[[], int]] = {
            "generate_samples": lambda: ours(engine, requests, Path(place)),
            "LLM.generate, same order": lambda: raw(engine, requests),
            "LLM.generate, round by round": lambda: raw(engine, rounds),
        }
        rates: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(arguments.turns):
            # Each goes first in some turn: machines are faster and slower for minutes at a time.
            names = list(runs)
            for name in names[turn % len(names) :] + names[: turn % len(names)]:
                run = runs[name]
                engine._llm.reset_prefix_cache()
                start = time.perf_counter()
                tokens = run()
                rates[name].append(tokens / (time.perf_counter() - start))
                counts.add(tokens)
    assert len(counts) == 1, f"they drew different numbers of tokens: {counts}"
    print(f"generation: {len(requests)} samples, {counts.pop()} tokens, {arguments.turns} turns each")
    medians = {name: statistics.median(values) for name, values in rates.items()}
    for name, values in rates.items():
        ratio = medians["generate_samples"] / medians[name]
        print(f"  {name:32} {medians[name]:7.1f} tokens/s  ({', '.join(f'{value:.1f}' for value in values)})  ours / this {ratio:.3f}")


if __name__ == "__main__":
    main()
