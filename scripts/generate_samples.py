"""Draw the samples of one shard, or take them from a file. Samples that were drawn before are taken from the store."""

import argparse
import hashlib
import json
import os
import signal
import sys
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from monkeys.engines import Engine, Request, shard_requests
from monkeys.errors import run_script, user_message
from monkeys.files import file_sha256, read_text, write_json
from monkeys.progress import Progress
from monkeys.records.prompt import read_prompts
from monkeys.records.sample import write_samples
from monkeys.sampling.journal import Journal
from monkeys.sampling.locks import Lock
from monkeys.sampling.sample_store import SampleStore, merged
from monkeys.weights.checking import check_files, read_manifest


def generate(arguments: argparse.Namespace, progress: Progress) -> None:
    settings = json.loads(arguments.settings)
    prompts = read_prompts(arguments.prompts)
    first, stop = settings["samples"]
    requests = shard_requests(prompts, first, stop, settings["seed"])
    # By name, so that a rule's `code` holds the engine that it uses and no other.
    module = import_module(f"monkeys.engines.{settings['engine']}")
    if settings["engine"] == "recorded":
        engine = module.RecordedEngine(arguments.source, read_text(arguments.problems[0]).split("\n")[:-1])
        write_samples(arguments.output, engine.draw(requests), engine.provenance)
        progress.say(f"{len(requests)} samples taken from {arguments.source}")
        return
    manifest = read_manifest(arguments.source)
    if changed := module.prepare(settings):
        progress.say(
            f"{', '.join(changed)} of your environment would change samples and is not used; the model's environment in the configuration sets what is"
        )
    # The tokenizer's files decide what the model sees; the weights themselves are looked at when they are needed.
    check_files(manifest, arguments.source, progress.say, weights=False)
    rendered = module.rendered(prompts, manifest, settings, arguments.store / "rendered")
    requests = [replace(request, rendered=rendered[request.prompt.problem_id]) for request in requests]
    store = SampleStore(arguments.store, module.recipe(manifest, settings))
    work = work_name(store.key, requests)
    began = progress.seconds
    with Lock(arguments.output.with_name(f".{arguments.output.name}.lock"), progress.say) as lock:
        if lock.left == f"{work} {hash_of(arguments.output)}":
            progress.say(f"the job that this waited for has drawn these {len(requests)} samples")
        else:
            draw(arguments, settings, module, manifest, requests, store, progress, progress.seconds - began)
        lock.done(f"{work} {hash_of(arguments.output)}")


def draw(
    arguments: argparse.Namespace,
    settings: dict[str, Any],
    module: Any,
    manifest: dict[str, Any],
    requests: Sequence[Request],
    store: SampleStore,
    progress: Progress,
    waited: float,
) -> None:
    digests = {request.prompt.problem_id: request.rendered.digest for request in requests}
    seeds = {(request.prompt.problem_id, request.sample_index): request.seed for request in requests}
    journal = Journal(arguments.output.with_name(f".{arguments.output.name}.journal"), store.key, settings["seed"], digests)
    drawn = {(s.problem_id, s.sample_index): s for s in journal.samples if seeds.get((s.problem_id, s.sample_index)) == s.seed}
    if journal.damaged:
        progress.say(f"{journal.damaged} lines of the interrupted run's journal are damaged; their samples are drawn again")
    accounts = list(journal.accounts) if drawn else []
    if drawn:
        progress.say(f"going on after {len(drawn)} samples of an interrupted run")
    missing = {place: seed for place, seed in seeds.items() if place not in drawn}
    stored, found = store.find(digests, missing, progress.say) if arguments.reuse else ({}, [])
    accounts += found
    if stored:
        progress.say(f"{len(stored)} samples were drawn before and are taken from {arguments.store}")
    drawn |= stored
    kept = len(drawn)
    rest = [request for request in requests if (request.prompt.problem_id, request.sample_index) not in drawn]
    tokens, loaded = 0, progress.seconds
    if rest:
        check_files(manifest, arguments.source, progress.say)
        engine = open_engine(module, manifest, settings, arguments.log, progress)
        journal.drawn_by(engine.provenance)
        accounts.append(engine.provenance)
        loaded = progress.seconds
        for sample in engine.draw(rest):
            journal.add([sample])
            drawn[sample.problem_id, sample.sample_index] = sample
            tokens += sample.output_tokens or 0
            rate = f", {tokens / (progress.seconds - loaded):.0f} tokens/s" if tokens else ""
            progress.tick(f"{len(drawn)} of {len(requests)} samples{rate}")
    samples = [drawn[request.prompt.problem_id, request.sample_index] for request in requests]
    write_samples(arguments.output, samples, merged(accounts))
    if len(stored) < len(requests):
        store.add(arguments.output, digests, *settings["samples"])
    journal.remove()
    seconds = progress.seconds - loaded
    progress.say(f"{len(samples)} samples, of which {len(rest)} drawn: {tokens} tokens in {seconds:.0f} s after {loaded - waited:.0f} s of loading")
    usage = {
        "samples": len(samples) - kept,
        "output_tokens": tokens,
        "seconds_loading": round(loaded - waited, 1),
        "seconds_drawing": round(seconds, 1),
    }
    write_json(arguments.log.with_suffix(".usage.json"), usage)


def work_name(key: str, requests: Sequence[Request]) -> str:
    """A name of the samples of a shard, by all that determines them."""
    wanted = [[request.prompt.problem_id, request.sample_index, request.seed, request.rendered.digest] for request in requests]
    return hashlib.sha256(json.dumps([key, wanted]).encode()).hexdigest()


def hash_of(path: Path) -> str:
    return file_sha256(path) if path.is_file() else "nothing"


def open_engine(module: Any, manifest: dict[str, Any], settings: dict[str, Any], log_path: Path, progress: Progress) -> Engine:
    # vLLM writes pages to both streams: they belong in the log, the console gets the progress alone.
    progress.to(os.fdopen(os.dup(2), "w", encoding="utf-8"))
    with log_path.open("a", encoding="utf-8") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    progress.say("loading the model")
    return cast(Engine, module.open_engine(manifest, settings))


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=Path, required=True, help="the block's prompts")
    parser.add_argument("--source", type=Path, required=True, help="manifest of the weights, or a file of recorded samples")
    parser.add_argument("--problems", type=Path, nargs="*", help="for recorded samples: names of all the benchmark's problems, one a line")
    parser.add_argument(
        "--settings",
        required=True,
        help="JSON: engine, seed, samples (first, stop); for vllm weights, device, batch_invariant, environment, prompt, chat_template_kwargs, template_date, options, sampling",
    )
    parser.add_argument("--store", type=Path, help="folder of all samples that this checkout has drawn")
    parser.add_argument("--reuse", action="store_true", help="take from the store what is there")
    parser.add_argument("--label", default="generate_samples", help="what the progress lines begin with")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args(argv)
    progress = Progress(arguments.label, arguments.log)

    def terminate(*_: object) -> None:
        progress.say("ended by SIGTERM (a time limit? somebody?); what was drawn is kept, and the next try goes on from there")
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, terminate)
    try:
        generate(arguments, progress)
    except Exception as error:
        # The engine may have taken standard error for its log; this is for the console.
        sentence = user_message(error)
        progress.say(f"error: {sentence}" if sentence else f"error: {type(error).__name__}: {error}; {arguments.log} has the whole message")
        if sentence is None:
            raise
        sys.exit(1)


if __name__ == "__main__":
    run_script(main)
