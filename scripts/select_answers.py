"""Choose answers by votes and scores: the accuracy of every selector over k, paired differences, and the answer that each chooses from all samples."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from monkeys.costs.architecture import Architecture, known_architecture
from monkeys.costs.cost import cost_of_k
from monkeys.costs.price import read_price
from monkeys.errors import InputError, nearest, run_script
from monkeys.files import read_table, write_table
from monkeys.selectors import Draws, Entry, read_entry
from monkeys.shards import Cut
from monkeys.statistics import FloatArray, IntArray
from monkeys.tables.ballots import Problem, add_calls, add_scores, joined, read_problems, with_classes
from monkeys.tables.counts import groups_of, read_counts
from monkeys.tables.problem_curves import ALL, MEASURING, judgements, measuring_curves, write_problem_curves
from monkeys.tables.selection import Curves, Intervals, curves, difference_table, selected_table, selection_table, subset_sizes
from monkeys.tables.shard_files import verdict_files


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--verdicts", type=Path, nargs="*", default=[], help="all files of verdicts of a model on a benchmark")
    parser.add_argument("--pair", type=Path, help="in place of these, the folder of the pair, which holds verdicts/ and scores/")
    parser.add_argument("--cut", type=Cut.read, help="JSON: how the pair is cut into files, as monkeys.shards has it")
    parser.add_argument("--scorers", nargs="*", default=[], help="scorers whose scores lie in the folder of the pair")
    parser.add_argument(
        "--scores", type=json.loads, default=None, help="JSON: by scorer, its files: scores in Parquet, or recorded calls in one CSV file"
    )
    parser.add_argument("--selectors", type=json.loads, required=True, help='JSON list, such as ["majority", {"best_of": "prm"}]')
    parser.add_argument("--samples", type=int, default=None, help="of a problem; those with a higher index are left out")
    parser.add_argument("--counts", type=Path, default=None, help="counts.csv, for the groups that problems come in")
    parser.add_argument("--tokens", type=Path, default=None, help="tokens.csv: what samples cost; without it those columns stay empty")
    parser.add_argument("--price", type=json.loads, default=None, help="JSON, as of a model")
    parser.add_argument("--architecture", type=json.loads, default=None, help="JSON: parameters, layers, width; null: from the weights' config.json")
    parser.add_argument("--weights", type=Path, nargs="*", default=[], help="manifest of the weights that drew; nothing where there are none")
    parser.add_argument("--scorer-weights", type=json.loads, default={}, help="JSON: by scorer, the manifest of its weights, for FLOPs")
    parser.add_argument("--calls", type=json.loads, default={}, help="JSON: by name, a CSV file of recorded comparisons or choices of a model")
    parser.add_argument("--scorer-prices", type=json.loads, default={}, help="JSON: by scorer, dollars for a million tokens that it reads or draws")
    parser.add_argument(
        "--equality", choices=["verify", "minerva"], default=None, help="reading of mathematics by which classes of several files are joined"
    )
    parser.add_argument("--classes", default="", help="the scorer whose answer classes count, such as programs' behaviour; empty: the verdicts' own")
    parser.add_argument("--points", type=int, default=64, help="k of a curve: all if there are no more, else so many on a log scale")
    parser.add_argument("--permutations", type=int, default=200, help="random orders where a selector has no closed form")
    parser.add_argument("--bootstrap", type=int, required=True)
    parser.add_argument("--confidence", type=float, required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--method", required=True, help="of the intervals")
    parser.add_argument("--output-selection", type=Path, required=True)
    parser.add_argument("--output-differences", type=Path, required=True)
    parser.add_argument("--output-selected", type=Path, required=True)
    parser.add_argument("--output-problems", type=Path, default=None, help="Parquet: the accuracy of each problem, for comparisons at equal cost")
    parser.add_argument("--output-judgements", type=Path, default=None, help="CSV: how hard each problem seems, by half of its samples")
    parser.add_argument("--judges", action="store_true", help="this pair's samples say how hard problems are: the other half measures, apart")
    arguments = parser.parse_args(argv)
    arguments.scores = dict(arguments.scores or {})
    if arguments.pair is not None:
        arguments.verdicts = verdict_files(arguments.pair, arguments.cut)
        for name in arguments.scorers:
            arguments.scores[name] = [arguments.pair / "scores" / name / f"{shard}.parquet" for shard in arguments.cut.shards()]
    arguments.scores |= {name: [Path(path)] for name, path in arguments.calls.items()}
    if not arguments.verdicts:
        raise InputError("there are no verdicts to select from; name files with --verdicts, or a folder with --pair")
    if arguments.permutations < 4:
        raise InputError(f"--permutations is {arguments.permutations}, but must be at least 4, of which an error can be estimated")
    if not isinstance(arguments.selectors, list) or not arguments.selectors:
        raise InputError("config key selection.selectors must be a list with a selector at least, such as [majority]")
    entries = [read_entry(value, arguments.scores) for value in arguments.selectors]
    if twice := [entry.label for number, entry in enumerate(entries) if entry.label in [one.label for one in entries[:number]]]:
        raise InputError(f"config key selection.selectors has {twice[0]} twice")
    problems = joined(read_problems(arguments.verdicts, arguments.samples), arguments.equality if len(arguments.verdicts) > 1 else None)
    if arguments.classes:
        if arguments.classes not in arguments.scores:
            raise InputError(
                f"answer classes are asked of the scorer {arguments.classes!r}, which does not exist{nearest(arguments.classes, arguments.scores)}"
            )
        problems = with_classes(problems, arguments.classes, [Path(path) for path in arguments.scores[arguments.classes]])
    used = {entry.scorer for entry in entries}
    for scorer, paths in arguments.scores.items():
        if scorer not in used:
            continue
        if len(paths) == 1 and str(paths[0]).endswith(".csv"):
            add_calls(problems, scorer, Path(paths[0]))
        else:
            add_scores(problems, scorer, [Path(path) for path in paths], arguments.samples)

    verified = [problem for problem in problems if problem.verified]
    ks = subset_sizes(min(problem.size for problem in verified), arguments.points) if verified else np.zeros(0, dtype=np.int64)
    found = curves(problems, entries, ks, Draws(arguments.permutations, arguments.seed))
    how = Intervals(arguments.bootstrap, arguments.confidence, arguments.seed, arguments.method, groups(arguments.counts, verified))
    architecture = known_architecture(arguments.architecture, arguments.weights) if arguments.tokens else None
    costs = sampling_costs(arguments.tokens, arguments.price, architecture, ks, verified)
    sizes = {name: known_architecture(None, [Path(path)]) for name, path in arguments.scorer_weights.items()}
    scored = scoring_costs(verified, ks, arguments.scorer_prices, {name: one.parameters for name, one in sizes.items() if one})
    write_table(arguments.output_selection, selection_table(found, ks, how, costs, scored))
    write_table(arguments.output_differences, difference_table(found, ks, how))
    write_table(arguments.output_selected, selected_table(problems, entries))
    write_parts(arguments, problems, entries, (found, ks))


def write_parts(arguments: argparse.Namespace, problems: Sequence[Problem], entries: Sequence[Entry], whole: tuple[list[Curves], IntArray]) -> None:
    """What comparisons at equal cost need of this pair."""
    if arguments.output_problems is not None:
        parts = {ALL: whole}
        if arguments.judges:
            parts[MEASURING] = measuring_curves(problems, entries, arguments.points, Draws(arguments.permutations, arguments.seed))
        write_problem_curves(arguments.output_problems, problems, parts)
    if arguments.output_judgements is not None:
        scorers = list(dict.fromkeys(entry.scorer for entry in entries if entry.scorer)) if arguments.judges else []
        write_table(arguments.output_judgements, judgements(problems if arguments.judges else [], scorers, arguments.seed))


def groups(path: Path | None, problems: Sequence[Problem]) -> Sequence[object] | None:
    """The group of each problem, None without counts or groups."""
    if path is None or not problems:
        return None
    counts = read_counts(path).set_index("problem_id")
    if missing := [problem.name for problem in problems if problem.name not in counts.index]:
        raise InputError(f"{path} has no counts of problem {missing[0]}; count the verdicts again")
    return groups_of(counts.loc[[problem.name for problem in problems]].reset_index())


def sampling_costs(
    path: Path | None, price: Mapping[str, object] | None, architecture: Architecture | None, ks: IntArray, problems: Sequence[Problem]
) -> dict[str, FloatArray]:
    """Output tokens, FLOPs and dollars of k samples of all problems with a reference."""
    if path is None or not ks.size:
        return {}
    tokens = read_table(path, dtype={"problem_id": str})
    tokens = tokens[tokens["problem_id"].isin([problem.name for problem in problems])]
    table = cost_of_k(ks.tolist(), tokens, architecture, read_price(price))
    return {name: table[name].to_numpy(dtype=np.float64) for name in ("output_tokens", "flops", "dollars")}


def scoring_costs(problems: Sequence[Problem], ks: IntArray, prices: Mapping[str, float], parameters: Mapping[str, float]) -> dict[str, FloatArray]:
    """Tokens that scorers take for k samples of all problems; dollars where they have a price; FLOPs where the scorer's size is known, 2 a parameter and token."""
    found: dict[str, FloatArray] = {}
    for scorer in {name for problem in problems for name in problem.scored_tokens}:
        tokens = np.asarray(ks * sum(problem.scored_tokens[scorer] / problem.size for problem in problems), dtype=np.float64)
        found[scorer] = tokens
        if scorer in prices or not tokens.any():
            found[f"{scorer} dollars"] = np.asarray(tokens * float(prices.get(scorer, 0.0)) / 1e6, dtype=np.float64)
        if scorer in parameters or not tokens.any():
            found[f"{scorer} flops"] = 2 * parameters.get(scorer, 0.0) * tokens
    return found


if __name__ == "__main__":
    run_script(main)
