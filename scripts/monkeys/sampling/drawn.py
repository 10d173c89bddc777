"""Samples that an engine draws: those that were drawn before are taken from the store, a job that was killed goes on where it was."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any, cast

from monkeys.engines import Engine, Request
from monkeys.engines.engine_log import redirect_engine
from monkeys.files import file_sha256, write_json
from monkeys.progress import Progress
from monkeys.records.sample import Sample, write_samples
from monkeys.sampling.job import ShardJob
from monkeys.sampling.journal import Journal
from monkeys.sampling.locks import Lock
from monkeys.sampling.sample_store import SampleStore, merged
from monkeys.weights.checking import check_files, read_manifest


def make_shard(job: ShardJob) -> None:
    """Draw the samples of a shard, or take them from the store.

    Raises:
        InputError: the weights are damaged, or the engine cannot run as the settings say.
    """
    # By name, so that a rule's `code` holds the engine that it uses and no other.
    module = import_module(f"monkeys.engines.{job.settings['engine']}")
    # An endpoint has no weights here.
    manifest, progress = read_manifest(job.source[0]) if job.source else {"files": {}}, job.progress
    if changed := module.prepare(job.settings):
        progress.say(
            f"{', '.join(changed)} of your environment would change samples and is not used; the model's environment in the configuration sets what is"
        )
    # The tokenizer's files decide what the model sees; the weights themselves are looked at when they are needed.
    if job.source:
        check_files(manifest, job.source[0], progress.say, weights=False)
    assert job.store is not None
    rendered = module.rendered(job.prompts, manifest, job.settings, job.store / "rendered")
    requests = [replace(request, rendered=rendered[request.prompt.problem_id]) for request in job.requests()]
    store = SampleStore(job.store, module.recipe(manifest, job.settings))
    work = _work_name(store.key, requests)
    began = progress.seconds
    with Lock(job.output.with_name(f".{job.output.name}.lock"), progress.say) as lock:
        if lock.left == f"{work} {_hash_of(job.output)}":
            progress.say(f"the job that this waited for has drawn these {len(requests)} samples")
        else:
            _draw(job, module, manifest, requests, store, progress.seconds - began)
        lock.done(f"{work} {_hash_of(job.output)}")


def _draw(job: ShardJob, module: Any, manifest: dict[str, Any], requests: Sequence[Request], store: SampleStore, waited: float) -> None:
    settings, progress = job.settings, job.progress
    digests = {request.prompt.problem_id: request.rendered.digest for request in requests}
    seeds = {(request.prompt.problem_id, request.sample_index): request.seed for request in requests}
    journal = Journal(job.output.with_name(f".{job.output.name}.journal"), store.key, settings["seed"], digests, Sample)
    drawn = {(s.problem_id, s.sample_index): s for s in journal.samples if seeds.get((s.problem_id, s.sample_index)) == s.seed}
    if journal.damaged:
        progress.say(f"{journal.damaged} lines of the interrupted run's journal are damaged; their samples are drawn again")
    accounts = list(journal.accounts) if drawn else []
    if drawn:
        progress.say(f"going on after {len(drawn)} samples of an interrupted run")
    missing = {place: seed for place, seed in seeds.items() if place not in drawn}
    stored, found = store.find(digests, missing, progress.say) if job.reuse else ({}, [])
    accounts += found
    if stored:
        progress.say(f"{len(stored)} samples were drawn before and are taken from {job.store}")
    drawn |= stored
    kept = len(drawn)
    rest = [request for request in requests if (request.prompt.problem_id, request.sample_index) not in drawn]
    tokens, loaded = 0, progress.seconds
    if rest:
        if job.source:
            check_files(manifest, job.source[0], progress.say)
        engine = _open_engine(module, manifest, settings, job.log, progress)
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
    write_samples(job.output, samples, merged(accounts))
    if len(stored) < len(requests):
        store.add(job.output, digests, *settings["samples"])
    journal.remove()
    seconds = progress.seconds - loaded
    progress.say(f"{len(samples)} samples, of which {len(rest)} drawn: {tokens} tokens in {seconds:.0f} s after {loaded - waited:.0f} s of loading")
    usage = {
        "samples": len(samples) - kept,
        "output_tokens": tokens,
        "seconds_loading": round(loaded - waited, 1),
        "seconds_drawing": round(seconds, 1),
    }
    write_json(job.log.with_suffix(".usage.json"), usage)


def _work_name(key: str, requests: Sequence[Request]) -> str:
    """A name of the samples of a shard, by all that determines them."""
    wanted = [[request.prompt.problem_id, request.sample_index, request.seed, request.rendered.digest] for request in requests]
    return hashlib.sha256(json.dumps([key, wanted]).encode()).hexdigest()


def _hash_of(path: Path) -> str:
    return file_sha256(path) if path.is_file() else "nothing"


def _open_engine(module: Any, manifest: dict[str, Any], settings: Mapping[str, Any], log_path: Path, progress: Progress) -> Engine:
    redirect_engine(log_path, progress)
    progress.say("loading the model" if manifest["files"] else f"asking {settings['endpoint']['model']} at {settings['endpoint']['url']}")
    return cast(Engine, module.open_engine(manifest, settings))
