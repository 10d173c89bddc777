"""Samples that are trees: a search over steps that a scorer's values steer. Stored samples are taken, a killed job goes on at each tree's last depth."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from monkeys.closure import behaviour
from monkeys.engines import Rendered, Request
from monkeys.engines.environment import explicit
from monkeys.engines.gpus import for_another_model
from monkeys.engines.rendering import load_tokenizer, tokenize
from monkeys.engines.stepping import StepEngine
from monkeys.errors import InputError
from monkeys.files import write_json
from monkeys.graders import answer_reader
from monkeys.records.node import TreeNode, read_nodes, write_nodes
from monkeys.records.sample import Sample, write_samples
from monkeys.sampling.job import ShardJob
from monkeys.sampling.journal import Journal
from monkeys.sampling.preparation import before_loading, journal_of, lock_of, prepared_requests, read_weights
from monkeys.sampling.sample_store import Drawn, SampleStore, merged
from monkeys.scorers import Settings
from monkeys.search import loop, picking
from monkeys.search.tree import Node, walk

Place = tuple[str, int]
"""A draw: problem and sample index."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a tree was given for the ``number``-th thing that it asked for: a step or a value for each node."""

    problem_id: str
    sample_index: int
    number: int
    answers: list[dict[str, Any]]


def make_shard(job: ShardJob) -> None:
    """Grow the trees of a shard, or take them from the store.

    Raises:
        InputError: weights are damaged, an engine cannot run as the settings say, or the scorer does not value steps.
    """
    SearchJob(job).make()


class SearchJob:
    """A job that grows the trees of a shard."""

    def __init__(self, job: ShardJob) -> None:
        self._job, self._settings = job, job.settings
        self._strategy = job.settings["strategy"]
        self._module = import_module(f"monkeys.engines.{job.settings['engine']}")
        self._manifest, self._requests = prepared_requests(job, self._module)
        self._scorer = None if job.scorer is None else read_weights(job.scorer, job.progress)
        assert job.store is not None
        self._store = SampleStore(job.store, self._recipe())
        self._accounts: list[dict[str, str]] = []
        self._loaded = job.progress.seconds
        self._tokenizer: Any = None

    def _recipe(self) -> dict[str, Any]:
        """All that determines a tree but what the model sees and its seed."""
        modules = [loop, picking, import_module(f"monkeys.search.{self._strategy['method']}")]
        scorer = self._settings["scorer"]
        return self._module.recipe(self._manifest, self._settings) | {  # type: ignore[no-any-return]
            "search": {
                "behaviour": [behaviour(str(module.__file__)) for module in modules],
                # Where it runs and what it is called changes no tree.
                "strategy": {key: value for key, value in self._strategy.items() if key not in ("apart", "scorer")},
                "grader": self._settings["grader"] if self._strategy["pick"] not in ("best", "last") else None,
                "scorer": scorer and {key: value for key, value in scorer.items() if key not in ("train", "weights", "aggregate")},
                "scorer_weights": self._scorer and self._scorer["files"],
                "scorer_behaviour": scorer and behaviour(str(import_module(f"monkeys.scorers.{scorer['kind']}").__file__)),
            }
        }

    def make(self) -> None:
        """Make the samples and their trees."""
        job = self._job
        assert job.trees is not None
        digests = {request.prompt.problem_id: request.rendered.digest for request in self._requests}
        with lock_of(job.output, job.progress):
            nodes: dict[Place, list[TreeNode]] = defaultdict(list)

            def take_trees(path: Path, taken: Drawn) -> None:
                if not path.is_file():
                    raise InputError(f"{path}, the trees of stored samples, is missing")
                found: dict[Place, list[TreeNode]] = defaultdict(list)
                for node in read_nodes(path):
                    found[node.problem_id, node.sample_index].append(node)
                nodes.update({place: found[place] for place in taken})

            seeds = {(request.prompt.problem_id, request.sample_index): request.seed for request in self._requests}
            samples, found = self._store.find(digests, seeds, job.progress.say, take_trees) if job.reuse else ({}, [])
            self._accounts += found
            if samples:
                job.progress.say(f"{len(samples)} trees were grown before and are taken from {job.store}")
            stored = len(samples)
            journal = journal_of(
                job.output,
                self._store.key,
                self._settings["seed"],
                digests,
                Answered,
                job.progress,
                "what they hold is drawn again",
                ("problem_id", "sample_index", "number"),
            )
            rest = [request for request in self._requests if (request.prompt.problem_id, request.sample_index) not in samples]
            for tree in self._grow(rest, journal):
                sample, rows = self._outcome(tree)
                place = (sample.problem_id, sample.sample_index)
                samples[place], nodes[place] = sample, rows
                self._tick(samples.values(), len(self._requests))
            order = [(request.prompt.problem_id, request.sample_index) for request in self._requests]
            account = merged(self._accounts)
            write_nodes(job.trees, [node for place in order for node in nodes[place]], account)
            write_samples(job.output, [samples[place] for place in order], account)
            if stored < len(order):
                first, stop = self._settings["samples"]
                self._store.add(job.output, digests, first, stop, beside=job.trees)
            journal.remove()
        self._report([samples[request.prompt.problem_id, request.sample_index] for request in rest])

    def _grow(self, requests: Sequence[Request], journal: "Journal[Answered]") -> Iterable[loop.Tree]:
        kept: dict[Place, list[loop.Answers]] = defaultdict(list)
        for one in sorted(journal.samples, key=lambda one: one.number):
            # Behind a gap nothing holds.
            if one.number == len(kept[one.problem_id, one.sample_index]):
                kept[one.problem_id, one.sample_index].append(one.answers)
        if journal.samples:
            self._accounts += journal.accounts
            self._job.progress.say(f"going on with {len(kept)} trees of an interrupted run")

        def keep(request: Request, number: int, answers: loop.Answers) -> None:
            journal.add([Answered(request.prompt.problem_id, request.sample_index, number, answers)])

        search = loop.Search(partial(self._open, journal), self._strategy, self._settings["sampling"]["max_tokens"], self._revised, kept, keep)
        return search.run(requests)

    def _open(self, journal: "Journal[Answered]") -> tuple[loop.Policy, loop.Valuer | None]:
        """Load policy and scorer."""
        job, settings = self._job, self._settings
        scored = {} if job.scorer is None or self._scorer is None else {job.scorer: self._scorer}
        before_loading(job.log, job.progress, {job.source[0]: self._manifest, **scored})
        environment = explicit(settings["device"], settings["batch_invariant"], settings["environment"])
        policy = StepEngine(Path(self._manifest["folder"]), settings["device"], settings["options"], settings["sampling"], environment)
        valuer, account = None, {**policy.provenance, "method": str(self._strategy["method"])}
        if self._scorer is not None:
            job.progress.say("loading the scorer")
            for_another_model(apart=self._strategy["apart"])
            scorer = settings["scorer"]
            valuer = import_module(f"monkeys.scorers.{scorer['kind']}").open_values(
                Settings(options=scorer, manifest=self._scorer, response_format=settings["response_format"]), job.progress
            )
            account |= {f"scorer_{name}": value for name, value in valuer.provenance.items()}
        journal.drawn_by(account)
        self._accounts.append(account)
        self._loaded = job.progress.seconds
        return policy, valuer

    def _revised(self, request: Request, attempts: Sequence[str]) -> Rendered:
        """What the model sees of a prompt with attempts behind it, and asked for another."""
        prompt, instruction = request.prompt, self._strategy["instruction"]
        if self._settings["response_format"] == "completion":
            told = "".join(f"{attempt.rstrip()}\n\n{instruction}\n" for attempt in attempts)
            asked = replace(prompt, prompt=f"{prompt.prompt}{told}")
        else:
            turns = [
                {"role": role, "content": content}
                for attempt in attempts
                for role, content in (("assistant", attempt.strip()), ("user", instruction))
            ]
            asked = replace(prompt, messages=[*prompt.messages, *turns])
        folder = Path(self._manifest["folder"])
        if self._tokenizer is None:
            self._tokenizer = load_tokenizer(folder, self._settings["options"])
        (tokens,) = tokenize([asked], folder, self._settings, self._tokenizer)
        return Rendered(tuple(tokens), request.rendered.stop)

    def _outcome(self, tree: loop.Tree) -> tuple[Sample, list[TreeNode]]:
        """A tree's sample, and its nodes as they are kept."""
        answer = answer_reader(self._settings["grader"]) if self._strategy["pick"] not in ("best", "last") else lambda _text: None
        leaf = picking.pick(tree.leaves, self._strategy["pick"], answer)
        request = tree.request
        order = list(walk(tree.nodes))
        numbers: dict[int, int] = {id(node): number for number, node in enumerate(order)}
        drawn: dict[int, int] = defaultdict(int)
        for node in order:
            drawn[id(node.parent)] += 1

        def row(node: Node) -> TreeNode:
            return TreeNode(
                request.prompt.problem_id,
                request.sample_index,
                numbers[id(node)],
                numbers.get(id(node.parent), -1),
                node.child,
                node.depth,
                node.text,
                node.value,
                node.step_value,
                drawn[id(node)],
                node.kept,
                node.seed,
                len(node.tokens),
                node.scored_tokens,
                node.ended or None,
                node is leaf,
            )

        logprobs = [node.logprob for node in leaf.steps if node.tokens]
        sample = Sample(
            request.prompt.problem_id,
            request.sample_index,
            request.seed,
            leaf.whole_text,
            len(request.rendered.tokens),
            len(leaf.whole_tokens),
            leaf.ended or "stop",
            round(sum(one for one in logprobs if one is not None), 3) if logprobs and None not in logprobs else None,
            generated_tokens=sum(len(node.tokens) for node in tree.nodes),
            scored_tokens=sum(node.scored_tokens for node in tree.nodes),
        )
        return sample, [row(node) for node in order]

    def _tick(self, samples: Iterable[Sample], wanted: int) -> None:
        done = list(samples)
        seconds = self._job.progress.seconds - self._loaded
        tokens = sum(sample.generated_tokens or 0 for sample in done)
        self._job.progress.tick(f"{len(done)} of {wanted} trees" + (f", {tokens / seconds:.0f} tokens/s" if seconds > 0 else ""))

    def _report(self, grown: Sequence[Sample]) -> None:
        drawn, read = (sum(getattr(sample, name) or 0 for sample in grown) for name in ("generated_tokens", "scored_tokens"))
        seconds = self._job.progress.seconds - self._loaded
        self._job.progress.say(
            f"{len(self._requests)} trees, of which {len(grown)} grown: {drawn} tokens drawn and {read} read by the scorer in {seconds:.0f} s"
            f" after {self._loaded:.0f} s of loading"
        )
        usage = {
            "samples": len(grown),
            "output_tokens": drawn,
            "scored_tokens": read,
            "seconds_loading": round(self._loaded, 1),
            "seconds_drawing": round(seconds, 1),
        }
        write_json(self._job.log.with_suffix(".usage.json"), usage)
