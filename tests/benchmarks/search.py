"""Tokens per second of beam search: this workflow's loop, the same search driven naively, and repeated sampling. Same model, prompts and seeds, in turns.

Driven naively, a search grows one tree after another and reads every prefix from its beginning, as programs do that call an engine once a step and keep no
cache. Both grow the same trees, which is checked. The reward model is the policy with a head of chance numbers: what it says costs as much as what a trained one
says. A search whose values cost nothing shows what steps alone take.
"""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from embedded import in_turn, read_arguments, rendered_requests, settings_of

from monkeys.engines import Rendered, Request
from monkeys.engines.environment import explicit
from monkeys.engines.stepping import StepEngine
from monkeys.engines.vllm import VllmEngine, prepare
from monkeys.progress import Progress
from monkeys.scorers import Settings, load_scorer
from monkeys.scorers import complete as complete_scorer
from monkeys.search import complete
from monkeys.search.loop import Search, Tree
from monkeys.training.folder import write_folder
from monkeys.weights.checking import read_manifest

SAMPLING = {"temperature": 0.8, "max_tokens": 96}
BEAM = {"method": "beam", "scorer": "prm", "width": 4, "children": 2, "delimiter": "\n", "max_depth": 8}


class Free:
    """Values that cost nothing: those that another scorer gave before."""

    longest, shares = 10**9, True

    def __init__(self, tokens: Callable[..., Sequence[int]]) -> None:
        self.tokens, self.known = tokens, {}  # type: ignore[var-annotated]

    def values(self, prefixes: Sequence[Sequence[int]]) -> list[float]:
        return [self.known[tuple(prefix)] for prefix in prefixes]


class Remembering:
    """A scorer whose values are kept for ``Free``."""

    def __init__(self, valuer: Any, free: Free) -> None:
        self._valuer, self._free = valuer, free
        self.longest, self.shares, self.tokens = valuer.longest, valuer.shares, valuer.tokens

    def values(self, prefixes: Sequence[Sequence[int]]) -> list[float]:
        found: list[float] = self._valuer.values(prefixes)
        self._free.known.update(zip(map(tuple, prefixes), found, strict=True))
        return found


def no_revision(request: Request, _attempts: Sequence[str]) -> Rendered:
    return request.rendered


def grow(policy: Any, valuer: Any, requests: Sequence[Request]) -> list[Tree]:
    """Trees in the order in which they are finished."""
    return list(Search(lambda: (policy, valuer), complete("beam", BEAM), SAMPLING["max_tokens"], no_revision, {}, lambda *_: None).run(requests))  # type: ignore[arg-type]


def texts_of(trees: Sequence[Tree]) -> dict[tuple[str, int], list[str]]:
    return {(tree.request.prompt.problem_id, tree.request.sample_index): [leaf.whole_text for leaf in tree.leaves] for tree in trees}


def drawn(trees: Sequence[Tree]) -> int:
    return sum(len(node.tokens) for tree in trees for node in tree.nodes)


def main() -> None:
    arguments = read_arguments(__doc__, problems=12, samples=4, turns=3)
    os.environ.setdefault("VLLM_CPU_KVCACHE_SPACE", "1")
    options = {"dtype": "float32", "max_model_len": 512}
    settings = settings_of(options, SAMPLING)
    manifest = read_manifest(arguments.model)
    prepare(settings)
    environment = explicit("cpu", False, {})
    folder = Path(manifest["folder"])
    with tempfile.TemporaryDirectory() as place:
        head = Path(place) / "head"
        write_folder(manifest, np.random.default_rng(0).normal(size=576) / 40, head)
        entry = complete_scorer("prm", {"kind": "reward_model", "level": "process", "weights": "head", "messages": "last", "options": options})
        uncached = {**entry, "options": {**options, "enable_prefix_caching": False}}
        values = [
            load_scorer("reward_model").open_values(Settings(one, manifest={"folder": str(head)}), Progress("benchmark")) for one in (entry, uncached)
        ]  # type: ignore[attr-defined]
        policy = StepEngine(folder, "cpu", options, SAMPLING, environment)
        naive = StepEngine(folder, "cpu", {**options, "enable_prefix_caching": False}, SAMPLING, environment)
        plain = VllmEngine(folder, "cpu", options, SAMPLING, environment)
        # As many samples as a tree has candidates at a time: the same batches.
        wanted = (arguments.samples, arguments.samples * int(str(BEAM["width"])))
        requests, samples = rendered_requests(manifest, settings, Path(place) / "rendered", arguments.problems, *wanted, steps=2)
        free = Free(values[0].tokens)
        trees: dict[str, list[Tree]] = {}

        def searched(name: str, found: list[Tree]) -> int:
            trees[name] = found
            return drawn(found)

        runs: dict[str, Callable[[], int]] = {
            "repeated sampling": lambda: sum(sample.output_tokens or 0 for sample in plain.draw(samples)),
            "beam search": lambda: searched("ours", grow(policy, Remembering(values[0], free), requests)),
            "beam search, values for free": lambda: searched("free", grow(policy, free, requests)),
            "beam search, driven naively": lambda: searched("naive", [tree for one in requests for tree in grow(naive, values[1], [one])]),
        }
        rates: dict[str, list[float]] = {name: [] for name in runs}
        for turn in range(arguments.turns):
            # The first turn, in the order of the list, fills `free`.
            for name in in_turn(list(runs), turn):
                for engine in (policy, naive, plain, values[0]._engine, values[1]._engine):
                    engine._llm.reset_prefix_cache()
                began, cpu = time.perf_counter(), time.process_time()
                tokens = runs[name]()
                rates[name].append(tokens / (time.process_time() - cpu))
                print(
                    f"turn {turn + 1}, {name}: {tokens} tokens, {time.perf_counter() - began:.1f} s, {rates[name][-1]:.0f} tokens a CPU second",
                    flush=True,
                )
            texts = {name: texts_of(found) for name, found in trees.items()}
            assert texts["ours"] == texts["naive"] == texts["free"], "the searches grew different trees"
    base = statistics.median(rates["repeated sampling"])
    print(f"\n{'':32} tokens a CPU second (median of {arguments.turns})  of repeated sampling")
    for name, found in rates.items():
        print(f"{name:32} {statistics.median(found):>10.0f} {100 * statistics.median(found) / base:>32.0f} %")
    read = sum(node.scored_tokens for tree in trees["ours"] for node in tree.nodes)
    number = drawn(trees["ours"])
    print(f"the scorer read {read} tokens, with its cache, for {number} that were drawn")
    # As tables of tokens and costs count them.
    handled = statistics.median(rates["beam search"]) * (number + read) / number
    print(f"drawn and read, the beam search handles {handled:.0f} tokens a CPU second, {100 * handled / base:.0f} % of repeated sampling's")


if __name__ == "__main__":
    main()
