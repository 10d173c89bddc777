"""Samples that an engine draws: those that were drawn before are taken from the store, a job that was killed goes on where it was."""

import hashlib
import json
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from monkeys.engines import Request
from monkeys.files import file_sha256, write_json
from monkeys.records.sample import Sample, write_samples
from monkeys.sampling.job import ShardJob
from monkeys.sampling.preparation import before_loading, journal_of, lock_of, prepared_requests
from monkeys.sampling.sample_store import SampleStore, merged


def make_shard(job: ShardJob) -> None:
    """Draw the samples of a shard, or take them from the store.

    Raises:
        InputError: the weights are damaged, or the engine cannot run as the settings say.
    """
    # By name, so that a rule's `code` holds the engine that it uses and no other.
    module = import_module(f"monkeys.engines.{job.settings['engine']}")
    progress = job.progress
    manifest, requests = prepared_requests(job, module)
    assert job.store is not None
    store = SampleStore(job.store, module.recipe(manifest, job.settings))
    work = _work_name(store.key, requests)
    began = progress.seconds
    with lock_of(job.output, progress) as lock:
        if lock.left == f"{work} {_hash_of(job.output)}":
            progress.say(f"the job that this waited for has drawn these {len(requests)} samples")
        else:
            _draw(job, module, manifest, requests, store, progress.seconds - began)
        lock.done(f"{work} {_hash_of(job.output)}")


def _draw(job: ShardJob, module: Any, manifest: dict[str, Any], requests: Sequence[Request], store: SampleStore, waited: float) -> None:
    settings, progress = job.settings, job.progress
    digests = {request.prompt.problem_id: request.rendered.digest for request in requests}
    seeds = {(request.prompt.problem_id, request.sample_index): request.seed for request in requests}
    journal = journal_of(job.output, store.key, settings["seed"], digests, Sample, progress, "their samples are drawn again")
    drawn = {(s.problem_id, s.sample_index): s for s in journal.samples if seeds.get((s.problem_id, s.sample_index)) == s.seed}
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
        # An endpoint has no weights here.
        doing = "loading the model" if job.source else f"asking {settings['endpoint']['model']} at {settings['endpoint']['url']}"
        before_loading(job.log, progress, dict.fromkeys(job.source, manifest), doing)
        engine = module.open_engine(manifest, settings)
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
