"""Everything about the samples of a run in one table, to take it elsewhere: prompt, text, verdict and scores, with a data card for the Hugging Face hub.

Shard by shard, so that a study need not fit into memory.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.files import whole_file
from monkeys.tables.joined import Draws, prompts, references

COLUMNS: tuple[tuple[str, str, str], ...] = (
    ("benchmark", "string", "name of the benchmark"),
    ("model", "string", "name of the model in the study's configuration"),
    ("strategy", "string", "how a draw was made; `repeated`: plain repeated sampling"),
    ("problem_id", "string", "name of the problem in its benchmark"),
    ("sample_index", "int64", "number of the sample among those of its problem and model, from 0"),
    ("prompt", "string", "text that the model continued; null for chats"),
    ("messages", "messages", "chat that the model answered; null for completions"),
    ("text", "string", "what the model wrote"),
    ("outcome", "string", "passed, failed, timeout, memory, no_answer, or infrastructure_error (the machinery failed; no verdict)"),
    ("passed", "bool", "whether the verifier passed it; null where it gave no verdict"),
    ("answer", "string", "answer that was read from the text; null for programs"),
    ("answer_class", "string", "samples of a problem with equal answers share it, where it was formed"),
    ("detail", "string", "why the verifier decided so"),
    ("seed", "int64", "seed of the draw; null where unknown"),
    ("prompt_tokens", "int64", "tokens of the prompt; null where unknown"),
    ("output_tokens", "int64", "tokens of the text; null where unknown"),
    ("finish_reason", "string", "why the text ends; `length`: at the limit of tokens"),
    ("cumulative_logprob", "double", "log-probability of the text's tokens, summed; null where unknown"),
)
"""Names, types and meanings; the scores follow, ``score_<scorer>`` each."""


def is_chat(config: Mapping[str, Any], model: str) -> bool:
    """Whether a model was asked by chats."""
    settings = config.get("models", {}).get(model, {})
    return bool(settings.get("response_format", settings.get("prompt")) != "completion")


def scorers_of(draws: Sequence[Draws]) -> list[str]:
    """Names of all scorers."""
    return sorted({name for one in draws for name in one.scorers()})


def shard_rows(
    one: Draws, shard: str, config: Mapping[str, Any], scorers: Sequence[str], with_references: bool, first: int | None
) -> Iterator[dict[str, Any]]:
    """A shard's samples as rows of the table, of each problem the ``first``, or all."""
    asked, known, chat = prompts(one.results, one.benchmark), references(one.results, one.benchmark), is_chat(config, one.model)
    for row in one.rows(shard):
        if first is not None and row["sample_index"] >= first:
            continue
        prompt = asked.get(row["problem_id"])
        found = {name: row.get(name) for name, _, _ in COLUMNS} | {"benchmark": one.benchmark, "model": one.model, "strategy": one.strategy}
        found["prompt"] = prompt.prompt if prompt and not chat else None
        found["messages"] = prompt.messages if prompt and chat else None
        found["passed"] = None if row["outcome"] == "infrastructure_error" else row["outcome"] == "passed"
        found |= {f"score_{name}": row["scores"].get(name) for name in scorers}
        if with_references:
            reference = known.get(row["problem_id"])
            found["reference"] = json.dumps(reference.reference, ensure_ascii=False) if reference else None
        yield found


def export_parquet(path: Path, draws: Sequence[Draws], config: Mapping[str, Any], with_references: bool = False, first: int | None = None) -> int:
    """Write the table as Parquet, a row group a shard; the number of rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    types = {"string": pa.string(), "int64": pa.int64(), "double": pa.float64(), "bool": pa.bool_()}
    types["messages"] = pa.list_(pa.struct([("role", pa.string()), ("content", pa.string())]))
    scorers = scorers_of(draws)
    fields = [(name, types[kind]) for name, kind, _ in COLUMNS] + [(f"score_{name}", pa.float64()) for name in scorers]
    schema = pa.schema(fields + ([("reference", pa.string())] if with_references else []))
    number = 0
    with whole_file(path, sealed=False) as part, pq.ParquetWriter(part, schema, compression="zstd", write_page_checksum=True) as writer:
        for one in draws:
            for shard in one.shards():
                table = pa.Table.from_pylist(list(shard_rows(one, shard, config, scorers, with_references, first)), schema=schema)
                writer.write_table(table)
                number += len(table)
    return number


def export_jsonl(path: Path, draws: Sequence[Draws], config: Mapping[str, Any], with_references: bool = False, first: int | None = None) -> int:
    """Write the table as JSON Lines; the number of rows."""
    scorers, number = scorers_of(draws), 0
    with whole_file(path, sealed=False) as part, part.open("w", encoding="utf-8") as handle:
        for one in draws:
            for shard in one.shards():
                for row in shard_rows(one, shard, config, scorers, with_references, first):
                    handle.write(json.dumps(row, ensure_ascii=False) + "\n")
                    number += 1
    return number


SIZES = (("n<1K", 1e3), ("1K<n<10K", 1e4), ("10K<n<100K", 1e5), ("100K<n<1M", 1e6), ("1M<n<10M", 1e7), ("10M<n<100M", 1e8), ("100M<n<1B", 1e9))
"""The hub's categories of size, each with its upper end."""


def data_card(
    name: str,
    rows: int,
    draws: Sequence[Draws],
    config: Mapping[str, Any],
    passes: Sequence[Mapping[str, tuple[int, int]]],
    with_references: bool = False,
) -> str:
    """The README.md of a data set on the hub.

    Args:
        name: of the table's file.
        rows: of the table.
        draws: whose samples are in it.
        config: the study's completed configuration.
        passes: of each of ``draws``, by problem, (passed, samples).
        with_references: whether references are in it.
    """
    size = next((label for label, end in SIZES if rows < end), "n>1T")
    run = " ".join(str(config.get("run", "study")).split())
    head = [
        "---",
        f"pretty_name: {json.dumps(f'{run}: repeated samples with verdicts')}",
        "task_categories:",
        "- text-generation",
        "tags:",
        "- inference-scaling",
    ]
    head += ["- repeated-sampling", "size_categories:", f"- {size}", "configs:", "- config_name: default", f"  data_files: {name}", "---"]
    counts = ["| benchmark | model | strategy | problems | samples | passed |", "|---|---|---|---|---|---|"]
    for one, problems in zip(draws, passes, strict=True):
        passed, drawn = (sum(pair[number] for pair in problems.values()) for number in range(2))
        share = f"{passed / drawn:.2%}" if drawn else "none"
        counts.append(f"| {cell(one.benchmark)} | {cell(one.model)} | {cell(one.strategy)} | {len(problems):,} | {drawn:,} | {share} |")
    columns = ["| column | type | what it is |", "|---|---|---|", *(f"| `{column}` | {kind} | {what} |" for column, kind, what in COLUMNS)]
    columns += [
        f"| `score_{cell(scorer)}` | double | score by {cell(scorer)}, higher is better; null where not scored |" for scorer in scorers_of(draws)
    ]
    if with_references:
        columns.append("| `reference` | string | what the verifier knew, as JSON. **It holds the answers** |")
    made = {key: config[key] for key in ("seed", "models", "benchmarks", "strategies", "scorers") if key in config}
    reader = "read_parquet" if name.endswith(".parquet") else "read_json"
    return "\n".join(
        [
            *head,
            f"\n# {run}: repeated samples with verdicts\n",
            f"{config.get('question', '')}\n" if config.get("question") else "",
            f"{rows:,} samples of language models, each with what it was asked, what it wrote, and what a verifier decided. Texts are as models wrote them: programs among them may be harmful, so run none outside a sandbox.\n",
            *counts,
            "\n## Columns\n",
            *columns,
            "\n## How to read it\n",
            "```sql",
            "-- DuckDB: pass rate by model",
            f"SELECT benchmark, model, avg(passed::INT) FROM {reader}('{name}') GROUP BY ALL;",
            "```\n",
            "## How it was made\n",
            "Independent draws with a seed of their own each; failures of the machinery (`infrastructure_error`) are no verdicts. The study's settings:\n",
            "```json",
            json.dumps(made, indent=1, ensure_ascii=False, sort_keys=True, default=str),
            "```\n",
            "## Licence\n",
            "Not set: prompts are under the terms of their data sets, texts under those of the models. Set `license` above before publishing.\n",
        ]
    )


def cell(text: str) -> str:
    """A text that ends no cell of a table."""
    return text.replace("|", "\\|").replace("\n", " ")
