"""Train the embedded reward model: a logistic head on a small model's states, and write it as a folder that vLLM serves."""

import argparse
import gc
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from monkeys.command_line.jobs import add_progress, run_job
from monkeys.engines import Request
from monkeys.engines.environment import explicit
from monkeys.engines.pooling import PoolingEngine
from monkeys.engines.rendering import render
from monkeys.engines.vllm import VllmEngine, recipe
from monkeys.errors import InputError, run_script
from monkeys.files import write_json
from monkeys.progress import Progress
from monkeys.records.sample import Sample
from monkeys.sampling.journal import Journal
from monkeys.sampling.preparation import before_loading, journal_of, lock_of, settled_weights
from monkeys.sampling.sample_store import recipe_key
from monkeys.scorers import MODEL_KEYS
from monkeys.scorers.reward_model import OPTIONS, Reader, complete_training
from monkeys.seeds import sample_seed
from monkeys.training import igsm_solutions
from monkeys.training import solutions as arithmetic_solutions
from monkeys.training.evaluation import States, held_out_report
from monkeys.training.folder import check_policy, write_folder
from monkeys.training.head import fit_head
from monkeys.training.solutions import Solution
from monkeys.weights.checking import notes_path

SOURCES: Any = {"arithmetic": arithmetic_solutions, "igsm": igsm_solutions}
"""By benchmark, what makes and labels its solutions."""
BATCH = 64
"""Solutions that are read at a time."""


def train(arguments: argparse.Namespace, progress: Progress) -> None:
    given = json.loads(arguments.settings)
    training = complete_training(given["train"], given["level"])
    model = {**MODEL_KEYS, **{key: value for key, value in given["model"].items() if key in MODEL_KEYS}}
    manifest = settled_weights(model, "the training", arguments.source, progress)
    with lock_of(arguments.output, progress):
        _train(arguments, training, model, manifest, progress)


def _train(arguments: argparse.Namespace, training: dict[str, Any], model: dict[str, Any], manifest: dict[str, Any], progress: Progress) -> None:
    before_loading(arguments.log, progress, {arguments.source: manifest})
    check_policy(manifest)
    source = SOURCES[training["benchmark"]]
    problems = source.training_problems(training["seed"], 0, training["problems"], training["steps"])
    by_name = dict(zip([prompt.problem_id for prompt, _ in problems], problems, strict=True))
    samples, journal = draw(arguments, training, model, manifest, [prompt for prompt, _ in problems], progress)
    own = [source.labelled(*by_name[sample.problem_id], sample.text, own=True) for sample in samples]
    # Written ones are of problems behind those of the model's own: none is held out.
    further = source.training_problems(training["seed"], training["problems"], training["problems"] + training["written"], training["steps"])
    examples = own + source.written(further, training["seed"])
    progress.say(f"reading {len(examples)} solutions, of which the model wrote {len(own)}")
    states = read_states(examples, manifest, model, progress)
    bound = training["problems"] - max(1, round(training["held_out"] * training["problems"]))
    held = [number for number, one in enumerate(examples) if one.own and _number(one) >= bound]
    used = [number for number, one in enumerate(examples) if number not in set(held)]
    heads, penalties = {}, {}
    for level in ("process", "outcome"):
        heads[level], penalties[level] = fit(level, [examples[number] for number in used], [states[number] for number in used])
    report = held_out_report([examples[number] for number in held], [states[number] for number in held], heads)
    folder = arguments.output.with_name(arguments.output.name.removesuffix(".json"))
    files = write_folder(manifest, heads[training["level"]], folder)
    notes_path(arguments.output).unlink(missing_ok=True)
    report |= {
        "level": training["level"],
        "training": {
            "own_solutions": sum(examples[number].own for number in used),
            "written_solutions": sum(not examples[number].own for number in used),
            "steps": sum(len(examples[number].labels) for number in used),
            "penalties": penalties,
        },
    }
    write_json(arguments.accuracy, report)
    write_json(arguments.output, {"source": f"trained:{manifest['source']}", "folder": str(folder), "files": files})
    journal.remove()
    area = report["heads"]["process"]["step_auc"]
    progress.say(
        f"trained on {report['training']['steps']} steps in {progress.seconds:.0f} s; on {report['steps']} steps of {report['problems']} held-out problems the area under the "
        f"curve is {area}"
    )


def draw(
    arguments: argparse.Namespace, training: dict[str, Any], model: dict[str, Any], manifest: dict[str, Any], prompts: list[Any], progress: Progress
) -> tuple[list[Sample], Journal[Sample]]:
    """The model's own solutions, kept in a journal until the reward model is written."""
    sampling = {"temperature": training["temperature"], "max_tokens": training["max_tokens"]}
    settings = {**model, "response_format": "chat", "sampling": sampling}
    rendered = render(prompts, manifest, settings, arguments.store / "rendered", apart=model["device"] == "gpu")
    digests = {name: one.digest for name, one in rendered.items()}
    requests = [
        Request(prompt, index, sample_seed(training["seed"], prompt.problem_id, index), rendered[prompt.problem_id])
        for prompt in prompts
        for index in range(training["samples"])
    ]
    key = recipe_key(recipe(manifest, settings))
    journal = journal_of(arguments.output, key, training["seed"], digests, Sample, progress, "their solutions are drawn again")
    drawn = {(sample.problem_id, sample.sample_index): sample for sample in journal.samples}
    rest = [request for request in requests if (request.prompt.problem_id, request.sample_index) not in drawn]
    if drawn:
        progress.say(f"going on after {len(drawn)} solutions of an interrupted run")
    if rest:
        environment = explicit(model["device"], model["batch_invariant"], model["environment"])
        engine = VllmEngine(Path(manifest["folder"]), model["device"], model["options"], sampling, environment)
        for sample in engine.draw(rest):
            journal.add([sample])
            drawn[sample.problem_id, sample.sample_index] = sample
            progress.tick(f"{len(drawn)} of {len(requests)} solutions drawn")
        del engine
        gc.collect()
    return [drawn[request.prompt.problem_id, request.sample_index] for request in requests], journal


def read_states(solutions: Sequence[Solution], manifest: dict[str, Any], model: dict[str, Any], progress: Progress) -> list[States]:
    """The model's states at the ends of each solution's steps, and at the last token."""
    folder = Path(manifest["folder"])
    environment = explicit(model["device"], model["batch_invariant"], model["environment"])
    engine = PoolingEngine(folder, model["device"], model["options"], "token_embed", environment)
    reader = Reader(folder, {**MODEL_KEYS, **model, **OPTIONS, "level": "process", "messages": "last"})
    states: list[States] = []
    for first in range(0, len(solutions), BATCH):
        readings = [reader.read(one.prompt, one.text) for one in solutions[first : first + BATCH]]
        values = engine.values([reading.tokens for reading in readings])
        # Fewer digits than the machine has: the last ones depend on its kind.
        states += [(np.round(value[reading.places], 3), np.round(value[-1], 3)) for reading, value in zip(readings, values, strict=True)]
        progress.tick(f"{len(states)} of {len(solutions)} solutions read")
    return states


def fit(level: str, solutions: Sequence[Solution], states: Sequence[States]) -> tuple[Any, float]:
    """A head by process supervision, from all steps and their labels, or by outcome supervision, from each solution's last token and whether its answer is right."""
    rows, labels, groups = [], [], []
    for one, (steps, last) in zip(solutions, states, strict=True):
        examples = zip(steps, one.labels, strict=True) if level == "process" else [(last, one.right_answer)]
        for vector, label in examples:
            rows.append(vector)
            labels.append(label)
            groups.append(_number(one))
    if len(set(labels)) < 2:
        raise InputError(
            f"all {len(labels)} examples of training are {'right' if labels and labels[0] else 'wrong'}; raise train.problems, or train.written, or change train.steps"
        )
    return fit_head(np.array(rows, dtype=np.float64), np.array(labels), np.array(groups))


def _number(solution: Solution) -> int:
    return int(solution.prompt.problem_id.rpartition("/")[2])


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", type=Path, required=True, help="manifest of the weights of the model on which the head is put")
    parser.add_argument(
        "--settings",
        required=True,
        help="JSON: train and level of the scorer, and model (device, batch_invariant, environment, options, chat_template_kwargs, template_date)",
    )
    parser.add_argument("--store", type=Path, required=True, help="folder of all samples that this checkout has drawn, for rendered prompts")
    add_progress(parser, "train_reward_model")
    parser.add_argument("--accuracy", type=Path, required=True, help="the JSON file of the accuracy on held-out problems")
    parser.add_argument("--output", type=Path, required=True, help="the manifest; the weights go to a folder of its name without .json")
    arguments = parser.parse_args(argv)
    progress = Progress(arguments.label, arguments.log)
    run_job(lambda: train(arguments, progress), progress, arguments.log)


if __name__ == "__main__":
    run_script(main)
