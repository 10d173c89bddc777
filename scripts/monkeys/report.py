"""The report of a run: one HTML file that needs nothing else, and its numbers as a table."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from jinja2 import Environment, FileSystemLoader, StrictUndefined

TABLE_KS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


@dataclass(frozen=True, slots=True)
class Pair:
    """The results of one model on one benchmark: ``coverage`` and ``counts`` as tables, ``laws`` and ``tokens`` as JSON."""

    benchmark: str
    title: str
    model: str
    coverage: pd.DataFrame
    counts: pd.DataFrame
    laws: dict[str, Any]
    tokens: dict[str, Any]


def read_pair(folder: Path, benchmark: str, title: str, model: str) -> Pair:
    """Read what the stages wrote to ``<results>/<benchmark>/<model>``."""
    return Pair(
        benchmark,
        title,
        model,
        pd.read_csv(folder / "coverage.csv"),
        pd.read_csv(folder / "counts.csv"),
        json.loads((folder / "scaling_laws.json").read_text()),
        json.loads((folder / "tokens.json").read_text()),
    )


def table_rows(coverage: pd.DataFrame) -> pd.DataFrame:
    """The rows of a coverage table at round k, and at the last."""
    rows: pd.DataFrame = coverage.loc[coverage["k"].isin(TABLE_KS) | (coverage["k"] == coverage["k"].max())]
    return rows


def summary(pairs: Sequence[Pair]) -> pd.DataFrame:
    """One row for each benchmark, model and round k: benchmark, model, problems, samples, k, pass_at_k, lower, upper."""
    frames = []
    for pair in pairs:
        rows = table_rows(pair.coverage)[["k", "pass_at_k", "lower", "upper"]]
        rows.insert(0, "samples", int(pair.counts["n"].min()))
        rows.insert(0, "problems", len(pair.counts))
        rows.insert(0, "model", pair.model)
        rows.insert(0, "benchmark", pair.benchmark)
        frames.append(rows)
    return pd.concat(frames)


def by_difficulty(pair: Pair) -> list[dict[str, Any]]:
    """Share of samples that passed and of problems solved, by difficulty; empty where problems have none."""
    counts = pair.counts
    if counts["difficulty"].isna().all():
        return []
    groups = counts.groupby("difficulty", sort=True)
    return [
        {"difficulty": difficulty, "problems": len(group), "passed": group["c"].sum() / group["n"].sum(), "solved": (group["c"] > 0).mean()}
        for difficulty, group in groups
    ]


def law_sentence(law: Mapping[str, Any], confidence: float) -> str:
    """A fitted law in words, its loss named."""
    if "not_fitted" in law:
        return f"{law['loss_description']}: not fitted, {law['not_fitted']}"
    a, b = law["a_interval"], law["b_interval"]
    return (
        f"{law['loss_description']}: a = {law['a']:.3f} [{a[0]:.3f}, {a[1]:.3f}], b = {law['b']:.3f} [{b[0]:.3f}, {b[1]:.3f}] "
        f"({confidence:.0%} intervals), mean error {law['error_mean']:.4f} ± {law['error_sd']:.4f}"
    )


def time_spent(logs: Path, benchmark: str, model: str) -> dict[str, float]:
    """Seconds of loading and drawing, and the tokens drawn in them, from the usage files that generation jobs leave in the logs.

    They are measurements, not results: they differ from run to run, and only the report shows them.
    """
    usages = [json.loads(path.read_text()) for path in sorted((logs / "generate_samples" / benchmark / model).glob("*.usage.json"))]
    return {name: sum(usage[name] for usage in usages) for name in ("seconds_loading", "seconds_drawing", "output_tokens")}


def render(
    config: Mapping[str, Any],
    pairs: Sequence[Pair],
    figures: Mapping[str, Sequence[Path]],
    sandbox: Mapping[str, str],
    versions: Mapping[str, str],
    logs: Path,
) -> str:
    """The report as HTML.

    Args:
        config: the completed configuration.
        pairs: results.
        figures: SVG files by benchmark.
        sandbox: what programs ran in.
        versions: of the software that analysed.
        logs: folder of the run's logs.
    """
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    sections = []
    for benchmark in dict.fromkeys(pair.benchmark for pair in pairs):
        of_benchmark = [pair for pair in pairs if pair.benchmark == benchmark]
        entries = [
            {
                "pair": pair,
                "rows": table_rows(pair.coverage).to_dict("records"),
                "laws": [law_sentence(law, pair.laws["confidence"]) for law in pair.laws["laws"]],
                "difficulty": by_difficulty(pair),
                "time": time_spent(logs, benchmark, pair.model),
                "solved": int((pair.counts["c"] > 0).sum()),
                **{name: int(pair.counts[name].sum()) for name in ("n", "c", "no_answer", "timeout", "memory")},
            }
            for pair in of_benchmark
        ]
        images = [base64.b64encode(path.read_bytes()).decode() for path in figures[benchmark]]
        sections.append(
            {"name": benchmark, "title": of_benchmark[0].title, "settings": config["benchmarks"][benchmark], "entries": entries, "images": images}
        )
    return environment.get_template("report.html.j2").render(
        config=config,
        config_text=yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True),
        sections=sections,
        sandbox=sandbox,
        versions=versions,
    )
