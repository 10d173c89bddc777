"""Every result of a study has one entry here: its file, what there is one of it for, and when it exists.

Rules, the manifest, the report and the tests read the catalogue. A new table is its script, its rule and its entry; figures have their entries in
``monkeys.figures.registry``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from monkeys.figures.registry import KINDS
from monkeys.study.layout import Layout, Pair

FIGURE_FORMATS = ("svg", "pdf", "png", "csv")
PAIR = "{benchmark}/{model}/{strategy}"


class Scope(Enum):
    """What there is one file for."""

    RUN = "run"
    BENCHMARK = "benchmark"
    BLOCK = "block"
    PAIR = "pair"
    SHARD = "shard"
    PART = "part"
    SCORES = "scores"


def _always(layout: Layout, of: object) -> bool:
    return True


def _has_samples(layout: Layout, pair: Pair) -> bool:
    return layout.has_samples(pair)


def _searches(layout: Layout, pair: Pair) -> bool:
    return layout.searches(pair)


def _is_sampled(layout: Layout, benchmark: str) -> bool:
    return benchmark in layout.sampled_benchmarks


def _runs_anything(layout: Layout, of: object) -> bool:
    return any(name not in layout.voted_benchmarks for name in layout.sampled_benchmarks)


def _audits(layout: Layout, of: object) -> bool:
    return _runs_anything(layout, of) and "audit" in layout.config["verification"]


@dataclass(frozen=True, slots=True)
class Result:
    """A kind of file among the results.

    Args:
        name: what code calls it.
        path: below the run's folder, with wildcards.
        scope: what there is one of it for.
        exists: whether there is one, by the layout and what it is of (a benchmark's name, a pair, nothing for the run).
        in_manifest: whether it is a result that a reproduction must make again, byte for byte.
        in_report: whether the report reads it.
        text: of a table, the columns that are read as text.
    """

    name: str
    path: str
    scope: Scope
    exists: Callable[..., bool] = _always
    in_manifest: bool = True
    in_report: bool = False
    text: tuple[str, ...] = ()


def _selects(layout: Layout, pair: Pair) -> bool:
    return bool(layout.selectors(pair))


def _plans_votes(layout: Layout, pair: Pair) -> bool:
    return layout.plans_votes and layout.has_samples(pair)


def _compares(layout: Layout, benchmark: str) -> bool:
    return benchmark in layout.benchmarks and bool(layout.compared(benchmark))


def _figure(kind: str) -> Callable[[Layout, str], bool]:
    return lambda layout, benchmark: benchmark in layout.benchmarks and KINDS[kind].exists(layout.facts(benchmark))


def _related(layout: Layout, benchmark: str) -> bool:
    return bool(layout.related(benchmark))


RESULTS = {
    result.name: result
    for result in (
        Result("config", "config.yaml", Scope.RUN),
        Result("versions", "versions.json", Scope.RUN),
        Result("sandbox", "sandbox.json", Scope.RUN, _runs_anything),
        Result("summary", "summary.csv", Scope.RUN),
        Result("audit", "audit.json", Scope.RUN, _audits),
        Result("report", "report.html", Scope.RUN, in_manifest=False),
        Result("samples_page", "samples.html", Scope.RUN, _runs_anything, in_manifest=False),
        Result("problems", "{benchmark}/problems.txt", Scope.BENCHMARK, _is_sampled),
        Result("prompts", "{benchmark}/prompts/{block}.jsonl", Scope.BLOCK, _is_sampled),
        Result("references", "{benchmark}/references/{block}.jsonl", Scope.BLOCK, _is_sampled),
        Result("samples", PAIR + "/samples/{shard}.parquet", Scope.SHARD, _has_samples),
        Result("trees", PAIR + "/trees/{shard}.parquet", Scope.SHARD, _searches),
        Result("verdicts", PAIR + "/verdicts/{part}.parquet", Scope.PART, _has_samples),
        Result("audit_gold", "{benchmark}/audit_gold.csv", Scope.BENCHMARK, lambda layout, of: _audits(layout, of) and _is_sampled(layout, of)),
        Result("audit_samples", PAIR + "/audit.csv", Scope.PAIR, lambda layout, of: _audits(layout, of) and _has_samples(layout, of)),
        Result("counts", PAIR + "/counts.csv", Scope.PAIR, in_report=True),
        Result("coverage", PAIR + "/coverage.csv", Scope.PAIR, in_report=True),
        Result("tokens", PAIR + "/tokens.json", Scope.PAIR, _has_samples, in_report=True),
        Result("tokens_by_problem", PAIR + "/tokens.csv", Scope.PAIR, _has_samples),
        Result("truncated", PAIR + "/truncated.json", Scope.PAIR, _has_samples, in_report=True),
        Result("diversity", PAIR + "/diversity.json", Scope.PAIR, _has_samples, in_report=True),
        Result("diversity_curve", PAIR + "/diversity.csv", Scope.PAIR, _has_samples),
        Result("scores", PAIR + "/scores/{scorer}/{shard}.parquet", Scope.SCORES, _has_samples),
        Result("selection", PAIR + "/selection.csv", Scope.PAIR, _selects, in_report=True, text=("selector", "scorer", "options", "label")),
        Result("selection_differences", PAIR + "/selection_differences.csv", Scope.PAIR, _selects, in_report=True, text=("first", "second", "label")),
        Result("selected", PAIR + "/selected.csv", Scope.PAIR, _selects),
        Result("votes", PAIR + "/votes.json", Scope.PAIR, _plans_votes, in_report=True),
        Result("vote_record", PAIR + "/vote_record.csv", Scope.PAIR, _plans_votes, in_report=True, text=("way",)),
        Result("stopping", PAIR + "/stopping.csv", Scope.PAIR, _plans_votes, in_report=True, text=("rule",)),
        Result("selection_problems", PAIR + "/selection_problems.parquet", Scope.PAIR, _selects),
        Result("judgements", PAIR + "/judgements.csv", Scope.PAIR, _selects),
        Result("laws", PAIR + "/scaling_laws.json", Scope.PAIR, in_report=True),
        Result("forecasts", PAIR + "/forecasts.json", Scope.PAIR, in_report=True),
        Result("forecast_curve", PAIR + "/forecasts.csv", Scope.PAIR),
        Result("costs", PAIR + "/cost.csv", Scope.PAIR, in_report=True),
        Result("differences", "{benchmark}/differences.csv", Scope.BENCHMARK, in_report=True, text=("first", "second")),
        Result("difficulty", "{benchmark}/difficulty.csv", Scope.BENCHMARK),
        Result("difficulty_bins", "{benchmark}/difficulty_bins.csv", Scope.BENCHMARK),
        Result("families", "{benchmark}/families.json", Scope.BENCHMARK, _related, in_report=True),
        Result("family_curves", "{benchmark}/families.csv", Scope.BENCHMARK, _related),
        Result("budget", "{benchmark}/budget.json", Scope.BENCHMARK, in_report=True),
        Result("inference_scaling", "{benchmark}/inference_scaling.csv", Scope.BENCHMARK, _compares),
        Result("compute_optimal", "{benchmark}/compute_optimal.csv", Scope.BENCHMARK, _compares),
        Result("compute_optimal_choices", "{benchmark}/compute_optimal.json", Scope.BENCHMARK, _compares, in_report=True),
        Result("plan", "plans/" + PAIR + ".csv", Scope.PAIR, in_manifest=False),
        *(
            Result(f"figure {kind} {form}", f"figures/{kind}-{{benchmark}}.{form}", Scope.BENCHMARK, _figure(kind))
            for kind in KINDS
            for form in FIGURE_FORMATS
        ),
    )
}


def files(layout: Layout, name: str, benchmark: str | None = None) -> list[str]:
    """All files of one kind, below the run's folder, in the order of the configuration; with ``benchmark`` those of one."""
    result = RESULTS[name]
    if result.scope is Scope.RUN:
        return [result.path] if result.exists(layout, None) else []
    if result.scope in (Scope.BENCHMARK, Scope.BLOCK):
        names = [name for name in ([benchmark] if benchmark else layout.benchmarks) if result.exists(layout, name)]
        return [
            result.path.format(benchmark=name, block=block)
            for name in names
            for block in (layout.blocks(name) if result.scope is Scope.BLOCK else [""])
        ]
    return [path for pair in layout.pairs_of(benchmark) for path in of_pair(layout, result, pair)]


def of_pair(layout: Layout, result: Result, pair: Pair, first: int | None = None, scorer: str | None = None) -> list[str]:
    """The files of one kind that a pair has; with ``first`` those that hold the first samples of each problem, with ``scorer`` the scores of one."""
    if not result.exists(layout, pair):
        return []
    names = {"benchmark": pair.benchmark, "model": pair.model, "strategy": pair.strategy}
    if result.scope is Scope.SHARD:
        return [result.path.format(**names, shard=shard) for shard in layout.cut(pair).shards(first)]
    if result.scope is Scope.PART:
        return [result.path.format(**names, part=part) for part in layout.cut(pair).parts(first)]
    if result.scope is Scope.SCORES:
        scorers = layout.scorers(pair) if scorer is None else [scorer]
        return [result.path.format(**names, scorer=name, shard=shard) for name in scorers for shard in layout.cut(pair).shards(first)]
    return [result.path.format(**names)]


def manifest_files(layout: Layout) -> list[str]:
    """All results that a reproduction must make again, below the run's folder; what earlier and larger configurations left is not among them."""
    return [path for name, result in RESULTS.items() if result.in_manifest for path in files(layout, name)]
