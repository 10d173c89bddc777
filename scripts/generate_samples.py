"""Draw the samples of one shard, or take them from a file."""

import argparse
import hashlib
import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from monkeys.engines import Engine, shard_requests
from monkeys.errors import InputError, run_script
from monkeys.journal import Journal
from monkeys.progress import Progress
from monkeys.records import read_prompts, write_json, write_samples


def open_engine(arguments: argparse.Namespace, settings: dict[str, Any], progress: Progress) -> Engine:
    # By name, so that a rule's `code` holds the engine that it uses and no other.
    module = import_module(f"monkeys.engines.{settings['engine']}")
    if settings["engine"] == "recorded":
        known = arguments.problems[0].read_text().splitlines()
        return cast(Engine, module.RecordedEngine(arguments.source, known))
    # vLLM writes pages to both streams: they belong in the log, the console gets the progress alone.
    progress.to(os.fdopen(os.dup(2), "w"))
    with arguments.log.open("a") as log:
        os.dup2(log.fileno(), 1)
        os.dup2(log.fileno(), 2)
    progress.say("loading the model")
    manifest = json.loads(arguments.source.read_text())
    engine = module.VllmEngine(Path(manifest["folder"]), settings["device"], settings["prompt"], settings["options"], settings["sampling"])
    return cast(Engine, engine)


def generate(arguments: argparse.Namespace, progress: Progress) -> None:
    settings = json.loads(arguments.settings)
    first, stop = settings["samples"]
    requests = shard_requests(read_prompts(arguments.prompts), first, stop, settings["seed"])
    source = str(arguments.source) if settings["engine"] == "recorded" else arguments.source.read_text()
    determined_by = hashlib.sha256("\n".join((arguments.settings, arguments.prompts.read_text(), source)).encode()).hexdigest()
    journal = Journal(arguments.output.with_name(f".{arguments.output.name}.journal"), determined_by)
    drawn = {(sample.problem_id, sample.sample_index): sample for sample in journal.samples}
    kept = len(drawn)
    if kept:
        progress.say(f"going on after {kept} samples of an interrupted run")
    engine = open_engine(arguments, settings, progress)
    loaded = progress.seconds
    tokens = 0
    rest = [request for request in requests if (request.prompt.problem_id, request.sample_index) not in drawn]
    for sample in engine.draw(rest):
        journal.add([sample])
        drawn[sample.problem_id, sample.sample_index] = sample
        tokens += sample.output_tokens or 0
        rate = f", {tokens / (progress.seconds - loaded):.0f} tokens/s" if tokens else ""
        progress.tick(f"{len(drawn)} of {len(requests)} samples{rate}")
    samples = [drawn[request.prompt.problem_id, request.sample_index] for request in requests]
    write_samples(arguments.output, samples, engine.provenance)
    journal.remove()
    seconds = progress.seconds - loaded
    progress.say(f"{len(samples)} samples, {tokens} tokens in {seconds:.0f} s after {loaded:.0f} s of loading")
    usage = {"samples": len(samples) - kept, "output_tokens": tokens, "seconds_loading": round(loaded, 1), "seconds_drawing": round(seconds, 1)}
    write_json(arguments.log.with_suffix(".usage.json"), usage)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--prompts", type=Path, required=True, help="the block's prompts")
    parser.add_argument("--source", type=Path, required=True, help="manifest of the weights, or a file of recorded samples")
    parser.add_argument("--problems", type=Path, nargs="*", help="for recorded samples: names of all the benchmark's problems, one a line")
    parser.add_argument("--settings", required=True, help="JSON: engine, weights, device, prompt, options, sampling, seed, samples (first, stop)")
    parser.add_argument("--label", default="generate_samples", help="what the progress lines begin with")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    progress = Progress(arguments.label, arguments.log)
    try:
        generate(arguments, progress)
    except InputError as error:
        # The engine may have taken standard error for its log; this is for the console.
        progress.say(f"error: {error}")
        sys.exit(1)
    except Exception as error:
        progress.say(f"error: {type(error).__name__}: {error}; {arguments.log} has the whole message")
        raise


if __name__ == "__main__":
    run_script(main)
