"""Samples as a log of inspect_ai's (``.eval``), for its viewer: an evaluation a benchmark and model, an epoch a sample of a problem.

The archive is what inspect_ai 0.3 writes: ``header.json``, ``_journal/start.json``, ``summaries.json``, and ``samples/<problem>_epoch_<number>.json``. The
verifier is its first scorer, with C for passed and I for anything else; scores follow.
"""

import hashlib
import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from monkeys.files import whole_file
from monkeys.reporting.export import is_chat
from monkeys.tables.joined import Draws, prompts, references

VERIFIER = "verifier"
STOPPED = {"stop": "stop", "length": "max_tokens", "content_filter": "content_filter", "tool_calls": "tool_calls"}
SUMMARY = 1000
"""Characters of a text in the list of samples."""


def log_name(one: Draws, created: datetime) -> str:
    """A log's file name, as inspect_ai names its own."""
    task = "-".join("".join(letter if letter.isalnum() else "-" for letter in part) for part in (one.benchmark, one.model, one.strategy))
    return f"{created.strftime('%Y-%m-%dT%H-%M-%S+00-00')}_{task}_{identity(one.benchmark, one.model, one.strategy)}.eval"


def identity(*words: object) -> str:
    """A short identity, the same every time."""
    return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()[:22]


def created_at(one: Draws) -> datetime:
    """When the last verdict was written."""
    times = [path.stat().st_mtime for shard in one.shards() for path in one.parts(shard)]
    return datetime.fromtimestamp(int(max(times)), UTC)


def samples_of(one: Draws, config: Mapping[str, Any], first: int | None = None) -> Iterator[dict[str, Any]]:
    """The samples, each as inspect_ai has one."""
    asked, known, chat = prompts(one.results, one.benchmark), references(one.results, one.benchmark), is_chat(config, one.model)
    for shard in one.shards():
        for row in one.rows(shard):
            if first is not None and row["sample_index"] >= first:
                continue
            prompt, reference = asked.get(row["problem_id"]), known.get(row["problem_id"])
            name, epoch = row["problem_id"], row["sample_index"] + 1
            turns = prompt.messages if prompt and chat else [{"role": "user", "content": prompt.prompt if prompt else ""}]
            messages = [{"id": identity(name, number), "role": turn["role"], "content": turn["content"]} for number, turn in enumerate(turns)]
            answer = {"id": identity(name, epoch, "answer"), "role": "assistant", "content": row["text"], "source": "generate", "model": one.model}
            used = row.get("prompt_tokens"), row.get("output_tokens")
            usage = {"input_tokens": used[0] or 0, "output_tokens": used[1] or 0, "total_tokens": sum(number or 0 for number in used)}
            target = (reference.reference.get("answer") if reference else None) or ""
            verdict = {
                "value": "C" if row["outcome"] == "passed" else "I",
                "answer": row.get("answer"),
                "explanation": ": ".join(part for part in (row["outcome"], row.get("detail")) if part),
                "metadata": {"outcome": row["outcome"]},
            }
            scores = {VERIFIER: verdict} | {scorer: {"value": score} for scorer, score in row["scores"].items() if score is not None}
            sample: dict[str, Any] = {
                "id": name,
                "epoch": epoch,
                "input": messages,
                "target": target if isinstance(target, str) else json.dumps(target),
                "messages": [*messages, answer],
                "output": {
                    "model": one.model,
                    "choices": [{"message": answer, "stop_reason": STOPPED.get(row.get("finish_reason") or "", "unknown")}],
                    "completion": row["text"],
                    "usage": usage,
                },
                "scores": scores,
                "metadata": {"seed": row.get("seed"), "outcome": row["outcome"]},
                "store": {},
                "events": [],
                "model_usage": {one.model: usage},
                "attachments": {},
            }
            if row["outcome"] == "infrastructure_error":
                message = row.get("detail") or "the machinery failed"
                sample |= {"scores": {}, "error": {"message": message, "traceback": message, "traceback_ansi": message}}
            yield sample


def write_log(path: Path, one: Draws, config: Mapping[str, Any], first: int | None = None) -> int:
    """Write a log; the number of its samples."""
    created = created_at(one).isoformat()
    summaries: list[dict[str, Any]] = []
    values: dict[str, list[float]] = {}
    usage = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}
    with whole_file(path, sealed=False) as part, zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED) as archive:
        for sample in samples_of(one, config, first):
            put(archive, f"samples/{sample['id']}_epoch_{sample['epoch']}.json", sample)
            for scorer, score in sample["scores"].items():
                values.setdefault(scorer, []).append(float(score["value"] == "C") if scorer == VERIFIER else float(score["value"]))
            usage = {name: number + sample["output"]["usage"][name] for name, number in usage.items()}
            summaries.append(summary(sample))
        names = list(dict.fromkeys(sample["id"] for sample in summaries))
        specification = {
            "eval_id": identity(created, one.title, "eval"),
            "run_id": identity(created, one.results.name),
            "created": created,
            "task": one.benchmark,
            "task_id": identity(one.benchmark, one.model, one.strategy),
            "task_version": 0,
            "task_attribs": {},
            "task_args": {"strategy": one.strategy},
            "dataset": {"name": one.benchmark, "samples": len(names), "sample_ids": names, "shuffled": False},
            "model": one.model,
            "model_args": {},
            "config": {"epochs": max((sample["epoch"] for sample in summaries), default=1)},
            "packages": {},
            "metadata": {"run": str(config.get("run", one.results.name))},
        }
        plan = {"name": "plan", "steps": [{"solver": "generate", "params": {}}], "config": {}}
        scores = [
            {
                "name": scorer,
                "scorer": scorer,
                "params": {},
                "metrics": {
                    "mean" if scorer != VERIFIER else "accuracy": {
                        "name": "mean" if scorer != VERIFIER else "accuracy",
                        "value": sum(found) / len(found),
                        "params": {},
                    }
                },
            }
            for scorer, found in values.items()
        ]
        header = {
            "version": 2,
            "status": "success",
            "eval": specification,
            "plan": plan,
            "results": {"total_samples": len(summaries), "completed_samples": len(summaries), "scores": scores},
            "stats": {"started_at": created, "completed_at": created, "model_usage": {one.model: usage}},
        }
        put(archive, "_journal/start.json", {"version": 2, "eval": specification, "plan": plan})
        put(archive, "summaries.json", summaries)
        put(archive, "header.json", header)
    return len(summaries)


def summary(sample: Mapping[str, Any]) -> dict[str, Any]:
    """What the list of samples shows of one."""
    asked = sample["input"][-1]["content"][:SUMMARY]
    short = {
        scorer: score | {"explanation": score.get("explanation", "")[:SUMMARY]} if scorer == VERIFIER else score
        for scorer, score in sample["scores"].items()
    }
    found = {"id": sample["id"], "epoch": sample["epoch"], "input": asked, "target": sample["target"][:SUMMARY], "metadata": {}, "scores": short}
    found |= {"model_usage": sample["model_usage"], "completed": True, "message_count": len(sample["messages"])}
    return found | ({"error": sample["error"]["message"]} if "error" in sample else {})


def put(archive: zipfile.ZipFile, name: str, value: Any) -> None:
    """Add JSON to an archive, without the time of day."""
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_DEFLATED
    archive.writestr(entry, json.dumps(value, ensure_ascii=True))
