"""How jobs begin that load a model, whether they draw, search, score, write tests or train: environment, weights, lock, journal, log.

The environment is settled before anything of the engine is imported. What lies beside the weights (tokenizer, chat template) decides what a model sees and is
compared at once; the weights themselves when the model is loaded, as a job whose samples are all there needs none.
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from monkeys.engines import Request
from monkeys.engines.engine_log import redirect_engine
from monkeys.engines.environment import settle_for
from monkeys.progress import Progress
from monkeys.sampling.job import ShardJob
from monkeys.sampling.journal import Journal
from monkeys.sampling.locks import Lock
from monkeys.weights.checking import check_files, read_manifest

Record = TypeVar("Record")
Manifest = dict[str, Any]


def read_weights(path: Path, progress: Progress) -> Manifest:
    """The manifest of a model, of which the files beside the weights are those that it names.

    Raises:
        InputError: it is no manifest, or one of these files is missing or another one.
    """
    manifest = read_manifest(path)
    check_files(manifest, path, progress.say, weights=False)
    return manifest


def settled_weights(model: Mapping[str, Any], what: str, path: Path, progress: Progress) -> Manifest:
    """``read_weights``, in the environment that the model's entry of the configuration wants.

    Args:
        model: ``device``, ``batch_invariant`` and ``environment``.
        what: the environment would change, for the log.
        path: of the manifest.
        progress: takes sentences.
    """
    settle_for(model, what, progress.say)
    return read_weights(path, progress)


def prepared_requests(job: ShardJob, module: Any) -> tuple[Manifest, list[Request]]:
    """A shard's model and its requests, rendered, in the environment of the engine.

    Args:
        job: of the shard.
        module: of the engine, which the caller loads by its name, so that a rule's ``code`` holds the engine that it uses and no other.

    Returns:
        The manifest, without files where the model is behind an endpoint, and the requests, problem by problem.
    """
    if changed := module.prepare(job.settings):
        job.progress.say(
            f"{', '.join(changed)} of your environment would change samples and is not used; the model's environment in the configuration sets what is"
        )
    manifest = read_weights(job.source[0], job.progress) if job.source else {"files": {}}
    assert job.store is not None
    rendered = module.rendered(job.prompts, manifest, job.settings, job.store / "rendered")
    return manifest, [replace(request, rendered=rendered[request.prompt.problem_id]) for request in job.requests()]


def lock_of(output: Path, progress: Progress) -> Lock:
    """The lock of a job, beside its output."""
    return Lock(output.with_name(f".{output.name}.lock"), progress.say)


def journal_of(
    output: Path,
    recipe: str,
    seed: int,
    prompts: Mapping[str, str],
    record: type[Record],
    progress: Progress,
    lost: str,
    place: tuple[str, ...] = ("problem_id", "sample_index"),
) -> Journal[Record]:
    """The journal of a job, beside its output; see ``Journal``.

    Args:
        output: what the job makes.
        recipe, seed, prompts, record, place: of the journal.
        progress: takes a sentence on lines that are damaged.
        lost: what becomes of what they held: the end of that sentence.
    """
    journal = Journal(output.with_name(f".{output.name}.journal"), recipe, seed, prompts, record, place)
    if journal.damaged:
        progress.say(f"{journal.damaged} lines of the interrupted run's journal are damaged; {lost}")
    return journal


def before_loading(log: Path, progress: Progress, weights: Mapping[Path, Mapping[str, Any]], sentence: str = "loading the model") -> None:
    """What comes before a model is loaded: its weights are compared with their manifest, and what the engine writes goes to the job's log.

    Args:
        log: the job's log.
        progress: takes sentences.
        weights: by the path of a manifest what it says; of all models that the job loads.
        sentence: what the job does next.

    Raises:
        InputError: a file is missing or another one.
    """
    for path, manifest in weights.items():
        check_files(dict(manifest), path, progress.say)
    redirect_engine(log, progress)
    progress.say(sentence)
