"""Look at the samples of a run: by problem, outcome, answer or score; what one model solves and another does not; what changed. For people; no rule calls it."""

import argparse
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from monkeys.errors import InputError, run_script
from monkeys.reporting.samples_in_words import block, harmless
from monkeys.tables.joined import Draws, Place, find_draws, prompt_text, prompts
from monkeys.tables.sample_search import Condition, Query, changes, check_problem, graders_differ, matching, outcomes_of, solved_by_one

EXAMPLES = """\
examples:
  show_samples.py results/demo
  show_samples.py results/demo --problem HumanEval/5 --outcome failed --first 3
  show_samples.py results/demo --benchmark arithmetic --answer 42 --first 100
  show_samples.py results/demo --score 'prm>0.9' --outcome failed
  show_samples.py results/demo --solved-by large --not-by small
  show_samples.py results/demo --against results/other
  show_samples.py results/demo --graders
"""


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, help="a run's folder, such as results/demo")
    parser.add_argument("--benchmark")
    parser.add_argument("--model")
    parser.add_argument("--strategy")
    parser.add_argument("--problem", help="a problem's name")
    parser.add_argument("--outcome", action="append", default=[], help="passed, failed, timeout, memory or no_answer; several times for several")
    parser.add_argument("--answer", help="the answer as it was read")
    parser.add_argument("--score", action="append", default=[], help="a condition such as 'prm<0.5'; several times for several")
    parser.add_argument("--first", type=int, default=3, help="how many samples, problems or changes to show (3)")
    parser.add_argument("--prompt", action="store_true", help="show what was asked, too")
    parser.add_argument("--whole", action="store_true", help="show long texts whole")
    parser.add_argument("--solved-by", metavar="MODEL", help="list problems that this model solves …")
    parser.add_argument("--not-by", metavar="MODEL", help="… and this one does not")
    parser.add_argument("--against", type=Path, help="another run's folder: list samples on which the verdicts differ")
    parser.add_argument("--graders", action="store_true", help="list samples on which graders of the audit differ")
    arguments = parser.parse_args(argv)
    if arguments.first < 1:
        raise InputError("--first must be at least 1")
    if (arguments.solved_by is None) != (arguments.not_by is None):
        raise InputError("--solved-by and --not-by need each other")
    query = Query(arguments.problem, tuple(arguments.outcome), arguments.answer, tuple(Condition.parse(text) for text in arguments.score))
    draws = find_draws(arguments.results, arguments.benchmark, arguments.model, arguments.strategy)
    query.check(draws)
    if query.problem is not None:
        check_problem(draws, query.problem)
    if arguments.solved_by:
        show_difference(draws, arguments)
    elif arguments.against:
        show_changes(draws, arguments)
    elif arguments.graders:
        show_graders(draws, arguments)
    elif query == Query():
        show_overview(draws)
    else:
        show_samples(draws, query, arguments)


def show_overview(draws: Sequence[Draws]) -> None:
    for one in draws:
        outcomes = outcomes_of(one)
        print(f"{one.title}: {outcomes.total()} samples: {', '.join(f'{number} {name}' for name, number in outcomes.most_common())}")
    print("\nname a problem, an outcome, an answer or a score to see samples (--help has examples)")


def show_samples(draws: Sequence[Draws], query: Query, arguments: argparse.Namespace) -> None:
    total = shown = 0
    for one in draws:
        for shard, places in matching(one, query):
            total += len(places)
            wanted = places[: arguments.first - shown]
            shown += len(wanted)
            print_samples(one, shard, wanted, arguments)
    print(f"{shown} of {total} samples that are so" if total else "no sample is so")


def print_samples(draws: Draws, shard: str, wanted: Sequence[Place], arguments: argparse.Namespace) -> None:
    if not wanted:
        return
    rows = {(row["problem_id"], row["sample_index"]): row for row in draws.rows(shard, set(wanted))}
    for place in wanted:
        asked = prompt_text(prompts(draws.results, draws.benchmark).get(place[0]), chat=True) if arguments.prompt else ""
        print(block(rows[place], draws.title, arguments.whole, asked), end="\n\n")


def show_difference(draws: Sequence[Draws], arguments: argparse.Namespace) -> None:
    for benchmark in dict.fromkeys(one.benchmark for one in draws):
        here = [one for one in draws if one.benchmark == benchmark]
        found = [next((one for one in here if one.model == name), None) for name in (arguments.solved_by, arguments.not_by)]
        for name, one in zip((arguments.solved_by, arguments.not_by), found, strict=True):
            if one is None and not any(other.model == name for other in draws):
                raise InputError(
                    f"{arguments.results} has no samples of the model {name!r}; it has {', '.join(sorted({other.model for other in draws}))}"
                )
        first, second = found
        if first is None or second is None:
            continue
        problems = solved_by_one(first, second)
        print(f"{benchmark}: {len(problems)} problems are solved by {first.model} and not by {second.model}")
        for name, (passed, drawn), (_, others) in problems[: arguments.first]:
            print(harmless(f"  {name}: {passed} of {drawn} samples pass; of {second.model} 0 of {others}"))
        if len(problems) > arguments.first:
            print(f"  … {len(problems) - arguments.first} more; --first shows more")


def show_changes(draws: Sequence[Draws], arguments: argparse.Namespace) -> None:
    others = {(one.benchmark, one.model, one.strategy): one for one in find_draws(arguments.against)}
    pairs = [(one, others[key]) for one in draws if (key := (one.benchmark, one.model, one.strategy)) in others]
    if not pairs:
        raise InputError(f"{arguments.results} and {arguments.against} have no model on a benchmark in common")
    for one, other in pairs:
        common, found = changes(one, other, arguments.problem)
        if arguments.outcome:
            found = [change for change in found if set(arguments.outcome) & {change.before[0], change.after[0]}]
        kinds = Counter(f"{change.before[0]} -> {change.after[0]}" for change in found if change.before[0] != change.after[0])
        kinds.update(["the answer only" for change in found if change.before[0] == change.after[0]])
        print(f"{one.title}: verdicts differ on {len(found)} of {common} samples" + (":" if found else ""))
        for kind, number in kinds.most_common():
            print(f"  {number:>6} {kind}")
        for change in found[: arguments.first]:
            rows = [row_of(run, change.place) for run in (one, other)]
            same = rows[0]["text"] == rows[1]["text"]
            print(f"\n{'the same text' if same else 'different texts'}:")
            for row, run in zip(rows, (one, other), strict=True):
                print(block(row, f"{run.results}, {run.title}", arguments.whole))


def row_of(draws: Draws, place: Place) -> dict[str, object]:
    for shard in draws.shards(place[0]):
        for row in draws.rows(shard, {place}):
            return row
    raise InputError(f"{draws.folder} has no sample {place[1]} of {place[0]}")


def show_graders(draws: Sequence[Draws], arguments: argparse.Namespace) -> None:
    for one in draws:
        audited, found = graders_differ(one)
        print(f"{one.title}: verdicts differ on {len(found)} of {audited} audited samples")
        for place, said in found[: arguments.first]:
            print("\n" + harmless("; ".join(f"{name}: {outcome}" for name, outcome in said.items())))
            print(block(row_of(one, place), one.title, arguments.whole))


if __name__ == "__main__":
    run_script(main)
