"""Run by the environment that draws, in a project's folder: ``python vllm_scores.py MANIFEST FOLDER`` writes what real engines say to ``FOLDER/found.json``.

Engines in one process, one after the other: training draws and reads states; the trained model is served; the policy judges, writes tests, and draws with log-probabilities.
"""

import json
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import score_samples
import train_reward_model
from monkeys.engines import Request
from monkeys.engines.rendering import render
from monkeys.engines.vllm import VllmEngine
from monkeys.errors import InputError
from monkeys.files import write_jsonl
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import Sample, read_provenance, read_samples, write_samples
from monkeys.records.score import write_scores
from monkeys.scorers import MODEL_KEYS, Settings, Task, complete, load_scorer
from monkeys.scorers.reward_model import Reader
from monkeys.scorers.test_writing import write_tests
from monkeys.training.solutions import training_problems
from monkeys.weights.checking import check_files, read_manifest

OPTIONS = {"max_model_len": 512, "max_num_seqs": 16, "max_num_batched_tokens": 1024, "num_gpu_blocks_override": 272}
"""So small a cache that a model is loaded in seconds: on some machines its memory takes longer than the weights."""
TEXTS = ("{start} + 1 = 2\nThe answer is 2.", "The answer is {answer}.", "I do not know.\n\nThe answer is 7.", "")


def main() -> None:
    source, folder = Path(sys.argv[1]), Path(sys.argv[2])
    manifest = read_manifest(source)
    found: dict[str, Any] = {}
    problems = training_problems(9, 0, 3, 2)
    asked = [prompt for prompt, _ in problems]
    tasks = [
        Task(
            prompt,
            [Sample(prompt.problem_id, index, None, text.format(start=problem.start, answer=problem.answer)) for index, text in enumerate(TEXTS)],
        )
        for prompt, problem in problems
    ]

    training = {
        "level": "process",
        "train": {"model": "m", "problems": 10, "samples": 2, "written": 20, "max_tokens": 48},
        "model": {"options": OPTIONS},
    }
    words = ["--source", str(source), "--settings", json.dumps(training), "--store", str(folder / "store"), "--log", str(folder / "first.log")]
    train_reward_model.main([*words, "--accuracy", str(folder / "accuracy.json"), "--output", str(folder / "trained.json")])
    trained = read_manifest(folder / "trained.json")
    check_files(trained, folder / "trained.json", lambda _: None)

    entry = complete("mine", {"kind": "reward_model", "weights": "w", "level": "process", "messages": "last", "options": OPTIONS})
    scorer = load_scorer("reward_model").open_scorer(Settings(entry, "chat", manifest=trained), Progress("test"))
    scores = scorer.score(tasks)
    write_scores(folder / "process.parquet", scores, scorer.provenance)
    found["again"] = scorer.score(tasks) == scores
    found["one_by_one"] = [one.score for task in tasks for one in scorer.score([task])]
    long = replace(tasks[0].samples[0], text="1 + 1 = 2\n" * 200)
    found["too_long"] = sentence(partial(scorer.score, [Task(asked[0], [long])]))
    del scorer
    found["values"] = by_transformers(Path(trained["folder"]), entry, tasks)

    # The same weights as an outcome reward model, by the script.
    write_prompts(folder / "prompts.jsonl", asked)
    write_samples(folder / "samples.parquet", [sample for task in tasks for sample in task.samples], {})
    given = {"scorer": {"kind": "reward_model", "weights": "w", "messages": "last", "options": OPTIONS}, "response_format": "chat"}
    words = [
        "--name",
        "mine",
        "--samples",
        str(folder / "samples.parquet"),
        "--prompts",
        str(folder / "prompts.jsonl"),
        "--settings",
        json.dumps(given),
    ]
    words += ["--weights", str(folder / "trained.json"), "--log", str(folder / "outcome.log"), "--output", str(folder / "outcome.parquet")]
    score_samples.main(words)

    # SmolLM2's own mark of the end of a turn stands for a step token.
    reader = Reader(Path(trained["folder"]), {**entry, "step_token": "<|im_end|>", "response_format": "completion"})
    mark = reader._tokenizer.convert_tokens_to_ids("<|im_end|>")
    reading = reader.read(asked[0], "1 + 1 = 2\n\nThe answer is 2.\n")
    found["step_token"] = [[reading.tokens[place] == mark for place in reading.places], reading.ends, reading.tokens.count(mark)]
    found["step_token_in_text"] = sentence(lambda: reader.read(asked[0], "1 + 1 = 2<|im_end|>"))

    entry = complete("judge", {"kind": "yes_no", "weights": "w", "options": OPTIONS, "least": 0})
    judge = load_scorer("yes_no").open_scorer(Settings(entry, "chat", manifest=manifest), Progress("test"))
    write_scores(folder / "judged.parquet", judge.score(tasks), judge.provenance)
    judge._options = {**entry, "question": "What is the capital of France? {answer}", "least": 0.05}
    found["neither"] = sentence(partial(judge.score, tasks))
    del judge

    stub = Prompt("code", "def double(x):\n    '''Return twice x.'''\n", [])
    entry = {**MODEL_KEYS, "options": OPTIONS, "texts": 4, "per_text": 5, "response_format": "completion", "sampling": {"max_tokens": 40}, "seed": 0}
    write_jsonl(folder / "tests.jsonl", write_tests([stub], manifest, entry, folder / "store"))

    settings = {**MODEL_KEYS, "response_format": "chat", "options": OPTIONS}
    rendered = render(asked, manifest, settings, folder / "store")
    requests = [Request(prompt, index, 100 + index, rendered[prompt.problem_id]) for prompt in asked for index in range(2)]
    engine = VllmEngine(Path(manifest["folder"]), "cpu", OPTIONS, {"temperature": 0.8, "max_tokens": 8, "logprobs": -1})
    for name, top in (("vocabulary", -1), ("top", 5), ("sum", 0)):
        engine._sampling["logprobs"] = top
        samples = sorted(engine.draw(requests), key=lambda sample: (sample.problem_id, sample.sample_index))
        write_samples(folder / f"{name}.parquet", samples, engine.provenance if top else {})
    found["vocabulary"] = read_provenance(folder / "vocabulary.parquet")["vocabulary"]
    sample = read_samples(folder / "vocabulary.parquet")[0]
    found["confidences"] = confidences_by_transformers(Path(manifest["folder"]), list(requests[0].rendered.tokens), sample)
    (folder / "found.json").write_text(json.dumps(found), encoding="utf-8")


def sentence(action: Any) -> str:
    try:
        action()
    except InputError as error:
        return str(error)
    return "no error"


def by_transformers(folder: Path, entry: dict[str, Any], tasks: list[Task]) -> list[list[float]]:
    """The head's raw value at each token of each sample."""
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder, dtype=torch.float32)
    reader = Reader(folder, entry)
    values = []
    for task in tasks:
        for sample in task.samples:
            reading = reader.read(task.prompt, sample.text)
            with torch.no_grad():
                states = model.model(torch.tensor([reading.tokens])).last_hidden_state[0]
                values.append([float(value) for value in model.score(states)[[*reading.places, -1], 0]])
    return values


def confidences_by_transformers(folder: Path, prompt: list[int], sample: Sample) -> list[list[float]]:
    """For the first token of a sample: minus the mean log-probability over the vocabulary, and over the five likeliest."""
    import torch
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        logprobs = torch.log_softmax(model(torch.tensor([prompt])).logits[0, -1], dim=-1)
    return [[float(-logprobs.mean()), float(-logprobs.topk(5).values.mean())]]


if __name__ == "__main__":
    main()
