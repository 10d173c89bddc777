"""Tokens per second of this workflow's generation beside raw vLLM: same model, prompts and seeds, in turns, loading apart.

Raw vLLM runs twice: with the requests problem by problem, as this workflow sends them, which shows what its bookkeeping costs, and round by round.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from embedded import in_turn, read_arguments, rendered_requests, settings_of

from monkeys.engines import Request
from monkeys.engines.vllm import VllmEngine, open_engine, prepare
from monkeys.progress import Progress
from monkeys.sampling.journal import Journal
from monkeys.weights.checking import read_manifest


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
    arguments = read_arguments(__doc__, problems=24, samples=8, turns=6)
    settings = settings_of({"max_model_len": 1024}, {"temperature": 0.6, "max_tokens": 96})
    manifest = read_manifest(arguments.model)
    prepare(settings)
    engine = open_engine(manifest, settings)
    with tempfile.TemporaryDirectory() as place:
        (requests,) = rendered_requests(manifest, settings, Path(place), arguments.problems, arguments.samples)
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
            for name in in_turn(list(runs), turn):
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
