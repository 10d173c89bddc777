"""The report of a run: one HTML file that needs nothing else, and its numbers as a table."""

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pandas as pd
import yaml

from monkeys.figures.registry import KINDS
from monkeys.files import read_json, read_text
from monkeys.reporting.captions import files_of, image_of, numbers, shown_figures
from monkeys.reporting.failures import KINDS as FAILURES
from monkeys.reporting.failures import failure_rows
from monkeys.reporting.finding import finding
from monkeys.reporting.fits_in_words import forecast_sentence, interval, never_solved, value_or_doubt
from monkeys.reporting.inference_scaling import scaling_in_words
from monkeys.reporting.results import Comparison, PairResults
from monkeys.reporting.samples_page import MOST_SAMPLES
from monkeys.reporting.selection import reward_in_words, selection_in_words, votes_in_words
from monkeys.reporting.units import MEASURES, quantity
from monkeys.statistics.coverage import TABLE_KS
from monkeys.statistics.difficulty import cannot_judge_itself
from monkeys.statistics.intervals import METHODS
from monkeys.statistics.stopping import dependence_in_words, estimate, reach
from monkeys.tables.counts import stopping_of
from monkeys.tables.truncation import truncation_in_words, truncation_warning

HEADING = re.compile(r'<section id="([^"]+)"[^>]*>\s*<h([23])>(.*?)</h[23]>')
LINKED = 5
"""Problems of a kind whose samples the report links to."""


def table_rows(coverage: pd.DataFrame) -> pd.DataFrame:
    """The rows of a coverage table at round k, and at the last."""
    rows: pd.DataFrame = coverage.loc[coverage["k"].isin(TABLE_KS) | (coverage["k"] == coverage["k"].max())]
    return rows


def summary(pairs: Sequence[PairResults]) -> pd.DataFrame:
    """One row for each benchmark, model and round k: benchmark, model, problems, samples, k, pass_at_k, lower, upper."""
    frames = []
    for pair in pairs:
        rows = table_rows(pair.coverage)[["k", "pass_at_k", "lower", "upper"]]
        rows.insert(0, "samples", int(pair.coverage["k"].max()))
        rows.insert(0, "problems", len(pair.counts))
        rows.insert(0, "model", pair.model)
        rows.insert(0, "benchmark", pair.benchmark)
        frames.append(rows)
    return pd.concat(frames)


def by_difficulty(pair: PairResults) -> list[dict[str, Any]]:
    """Share of samples that passed and of problems solved, by difficulty; empty where problems have none."""
    counts = pair.counts
    if counts["difficulty"].isna().all():
        return []
    rule = stopping_of(counts)

    def passed(group: pd.DataFrame) -> float:
        # Where sampling stops at successes, the share among samples is that of no fixed number of them.
        return float(estimate(group["n"], group["c"], [1], rule).mean()) if rule else float(group["c"].sum() / group["n"].sum())

    return [
        {"difficulty": difficulty, "problems": len(group), "passed": passed(group), "solved": (group["c"] > 0).mean()}
        for difficulty, group in counts.groupby("difficulty", sort=True)
    ]


NO_BINS = (
    " It has no bins of difficulty: samples that stop at successes cannot be split into a half that judges problems and an independent one that measures; "
    "name a model with a fixed number of samples by the key analysis.difficulty.reference."
)


def end_of_curve(counts: pd.DataFrame) -> str:
    """Why a curve ends where it does."""
    fewest, most = int(counts["n"].min()), int(counts["n"].max())
    if rule := stopping_of(counts):
        end = reach(counts["n"].to_numpy(), counts["c"].to_numpy(), rule)
        return f"Sampling {rule}; pass@k is estimated by this rule, and the curve ends at k = {end}."
    if fewest == most:
        return f"The curve ends at k = {fewest}, the samples of each problem."
    short = counts["problem_id"].iloc[int(counts["n"].argmin())]
    return f"The curve ends at k = {fewest}: problem {short} has no more samples, although others have up to {most}."


def samples_each(numbers: "pd.Series[int]") -> str:
    """How many samples problems have."""
    fewest, most = int(numbers.min()), int(numbers.max())
    return str(fewest) if fewest == most else f"{fewest} to {most}"


def warnings(config: Mapping[str, Any], pairs: Sequence[PairResults]) -> list[str]:
    """What a reader should know before the numbers: shares of samples that the limit of tokens cut off, numbers of samples that depend on outcomes."""
    found = []
    for pair in pairs:
        limit = config["benchmarks"][pair.benchmark]["sampling"]["max_tokens"] if pair.drawn else None
        if pair.truncated and (sentence := truncation_warning(pair.truncated, pair.model, pair.title, limit)):
            found.append(sentence)
        counts, where = pair.counts, f"{pair.model} on {pair.title}"
        problems = config["benchmarks"][pair.benchmark]["problems"]
        if len(counts) < problems:
            found.append(
                f"{where}: {problems - len(counts)} of {problems} problems have no reference; nobody knows which answers to them are right, and no number here counts them."
            )
        if rule := stopping_of(counts):
            found.append(
                f"{where}: sampling {rule}. All estimates take this rule into account; costs are those of k samples of every problem, however sampling went."
                + (NO_BINS if cannot_judge_itself(pair.model, config["analysis"]["difficulty"]["reference"], {pair.model: rule}) else "")
            )
        elif sentence := dependence_in_words(counts["n"], counts["c"]):
            found.append(f"{where}: {sentence}.")
    return found


def family_sentences(families: Mapping[str, Any]) -> list[str]:
    """How well the curves of each family coincide, in words."""
    said = []
    for family in families.get("families", []):
        if "not_compared" in family:
            if len(family["models"]) > 1:
                said.append(f"{family['family']}: not compared, {family['not_compared']}")
            continue
        before, after = (f"{family[key] * 100:.1f} points {_points(family[f'{key}_interval'])}" for key in ("before", "after"))
        left_out = [f"{model} ({reason})" for model, reason in zip(family["models"], family["left_out"], strict=True) if reason]
        said.append(
            f"{family['family']}: two curves differ by {before} in the mean before the shift, and by {after} after it"
            + (f"; left out: {', '.join(left_out)}" if left_out else "")
            + "."
        )
    return said


def budget_rows(budget: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The choices that could be made, one row a wanted coverage or a budget: wanted, measure, model, k, pass_at_k, cost; reasons where none could."""
    rows = []
    for wanted in budget["coverages"]:
        for measure, choice in wanted["cheapest"].items():
            # A choice without any price or architecture needs no row.
            if choice["model"] is not None or "are known" not in choice["reason"]:
                rows.append({"wanted": f"{wanted['coverage']:.1%} for the fewest {MEASURES[measure]}", "measure": measure, **choice})
    for wanted in budget["budgets"]:
        name = f"the most for {quantity(wanted['budget'], wanted['measure'])}"
        rows.append({"wanted": name, "measure": wanted["measure"], **wanted["best"]})
    return rows


def time_spent(logs: Path, folder: str) -> dict[str, float]:
    """Seconds of loading and drawing, and the tokens drawn in them, from the usage files that generation jobs leave in the logs.

    They are measurements, not results: they differ from run to run, and only the report shows them.
    """
    usages = [read_json(path) for path in sorted((logs / "generate_samples" / folder).glob("*.usage.json"))]
    return {name: sum(usage[name] for usage in usages) for name in ("seconds_loading", "seconds_drawing", "output_tokens")}


def render(
    config: Mapping[str, Any],
    pairs: Sequence[PairResults],
    comparisons: Mapping[str, Comparison],
    figures: Mapping[str, Mapping[str, Path]],
    audits: Mapping[str, Any],
    sandbox: Mapping[str, str],
    versions: Mapping[str, str],
    logs: Path,
    rewards: Mapping[str, Any] | None = None,
) -> str:
    """The report as HTML.

    Args:
        config: the completed configuration.
        pairs: results.
        comparisons: of the models, by benchmark.
        figures: SVG files by benchmark and kind.
        audits: of the verifiers, by benchmark; empty where there were none.
        sandbox: what programs ran in; empty where none did.
        versions: of the software that analysed.
        logs: folder of the run's logs.
        rewards: by scorer, what a reward model that was trained here is worth on held-out problems.
    """
    # Most of this module is sentences and tables, which show_run.py prints without a page.
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {"interval": interval, "value_or_doubt": value_or_doubt, "never_solved": never_solved}
    environment.filters["share"] = lambda value: "–" if value is None else f"{value:.1%}"
    environment.filters["tokens"] = lambda number: "not known" if number is None else f"{number:,}"
    environment.filters |= {"quantity": quantity, "contents": contents}
    confidence = config["analysis"]["confidence"]
    figure_number = count(1)
    # The page of samples shows all problems only where it shows all samples.
    whole = sum(int(pair.counts["n"].sum()) for pair in pairs if pair.tokens) <= MOST_SAMPLES
    sections = []
    for benchmark in dict.fromkeys(pair.benchmark for pair in pairs):
        of_benchmark = [pair for pair in pairs if pair.benchmark == benchmark]
        comparison = comparisons[benchmark]
        scaling = scaling_in_words(comparison.compute_optimal_choices)
        shown = shown_figures(figures[benchmark], of_benchmark)
        sections.append(
            {
                "name": benchmark,
                "title": of_benchmark[0].title,
                "settings": config["benchmarks"][benchmark],
                "samples": samples_each(pd.concat([pair.counts["n"] for pair in of_benchmark])),
                # Of recorded samples it is unknown.
                "drawn": any(pair.drawn for pair in of_benchmark),
                "entries": [_entry(pair, logs, whole) for pair in of_benchmark],
                "ks": table_ks(pair.coverage for pair in of_benchmark),
                "finding": finding(of_benchmark, scaling, confidence),
                "failures": failure_rows(of_benchmark),
                "figures": [
                    {
                        "number": next(figure_number),
                        "caption": kind.caption.format(intervals=METHODS[config["analysis"]["intervals"]], confidence=f"{confidence:.0%}"),
                        "numbers": numbers(kind.name, of_benchmark, scaling),
                        "files": files_of(kind.name, benchmark),
                        **image_of(figures[benchmark][kind.name]),
                    }
                    for kind in KINDS.values()
                    if kind.name in shown
                ],
                "differences": last_rows(comparison.differences),
                "difference_sentence": difference_sentence(comparison.differences, confidence),
                "families": family_sentences(comparison.families),
                "budget": budget_rows(comparison.budget),
                "scaling": scaling,
            }
        )
    return environment.get_template("report.html.j2").render(
        config=config,
        style=read_text(Path(__file__).parent / "report.css"),
        confidence=f"{confidence:.0%}",
        failures=list(FAILURES.values()),
        config_text=yaml.safe_dump(dict(config), sort_keys=False, allow_unicode=True),
        intervals=method_in_words(config["analysis"]),
        sections=sections,
        warnings=warnings(config, pairs),
        audits=[audit_row(audit, benchmark, sections) for benchmark, audit in audits.items()],
        sandbox=sandbox,
        versions=versions,
        rewards=[reward_in_words(name, found) for name, found in (rewards or {}).items()],
    )


def contents(body: str) -> list[tuple[int, str, str]]:
    """The headings of a page that stand first in a section with a name: level, the section's name, and the heading as HTML."""
    return [(int(level), name, title) for name, level, title in HEADING.findall(body)]


def audit_row(audit: Mapping[str, Any], benchmark: str, sections: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The audit of a benchmark's verifier, with the benchmark's title."""
    return {"title": next(section["title"] for section in sections if section["name"] == benchmark), **audit}


def table_ks(curves: Iterable[pd.DataFrame]) -> list[int]:
    """Every k that a table of several curves shows."""
    return sorted({int(k) for curve in curves for k in table_rows(curve)["k"]})


def last_rows(differences: pd.DataFrame) -> list[dict[str, Any]]:
    """Differences between models at one sample and at the last k, as records."""
    if differences.empty:
        return []
    last = differences.groupby(["first", "second"])["k"].transform("max")
    rows: list[dict[str, Any]] = differences[(differences["k"] == 1) | (differences["k"] == last)].to_dict("records")  # type: ignore[assignment]
    return rows


def difference_sentence(differences: pd.DataFrame, confidence: float) -> str:
    """Which models differ at the last k of each pair, once corrected for the number of pairs; empty where no models are compared."""
    if differences.empty:
        return ""
    last = differences.loc[differences.groupby(["first", "second"], sort=False)["k"].idxmax()]
    apart = last[last["p_holm"] < 1 - confidence]
    named = ", ".join(f"{row['second']} {'above' if row['difference'] > 0 else 'below'} {row['first']}" for _, row in apart.iterrows())
    if len(last) == 1:
        return (
            f"At the last k: {named}."
            if named
            else f"At the last k no difference is shown at {confidence:.0%}; that does not show that there is none."
        )
    corrected = f"Of the {len(last)} pairs at the last k, corrected for their number (Holm, family-wise error {1 - confidence:.0%})"
    return f"{corrected}: {named}." if named else f"{corrected}, none is shown to differ; that does not show that none does."


def method_in_words(analysis: Mapping[str, Any]) -> str:
    """How coverage's intervals are made, and of how many resamples where there are any."""
    resampled = f", {analysis['bootstrap']} resamples" if analysis["intervals"] == "percentile" else ""
    return f"{METHODS[analysis['intervals']]}{resampled}"


def texts_behind(pair: PairResults, whole: bool) -> dict[str, Any] | None:
    """Links to the page of samples: to all of a pair and, where the page is ``whole``, to problems that were solved seldom and never; None without samples."""
    if not pair.tokens:
        return None
    page = f"samples.html#{pair.folder}"
    counts = pair.counts.sort_values("c", kind="stable")
    chosen = {"seldom solved": counts[counts["c"] > 0], "never solved": counts[counts["c"] == 0]} if whole else {}
    problems = [
        (
            title,
            [
                {"name": row["problem_id"], "passed": row["c"], "samples": row["n"], "address": f"{page}//{quote(str(row['problem_id']), safe='')}"}
                for row in table.head(LINKED).to_dict("records")
            ],
        )
        for title, table in chosen.items()
    ]
    return {"all": page, "problems": [(title, links) for title, links in problems if links]}


def _entry(pair: PairResults, logs: Path, whole: bool) -> dict[str, Any]:
    rows = table_rows(pair.coverage)
    return {
        "pair": pair,
        "at": {int(row["k"]): row for row in rows.to_dict("records")},
        "end": end_of_curve(pair.counts),
        "laws": pair.laws["laws"],
        "populations": pair.laws["populations"],
        "forecast": forecast_sentence(pair.forecasts),
        "selection": selection_in_words(pair.selection, pair.selection_differences),
        "votes": votes_in_words(pair.votes, pair.vote_record, pair.stopping),
        "difficulty": by_difficulty(pair),
        "time": time_spent(logs, pair.folder),
        "texts": texts_behind(pair, whole),
        "cut_off": truncation_in_words(pair.truncated) if pair.truncated else _unless_unknown((pair.tokens or {}).get("truncated")),
        "solved": int((pair.counts["c"] > 0).sum()),
        **{name: int(pair.counts[name].sum()) for name in ("n", "c", "no_answer", "timeout", "memory")},
    }


def _unless_unknown(number: int | None) -> str:
    return "not known" if number is None else str(number)


def _points(interval: Sequence[float | None]) -> str:
    low, high = interval
    return "" if low is None or high is None else f"[{low * 100:.1f}, {high * 100:.1f}]"
