"""Write the names and references of problems of which there are answers alone, a file of each for every block of problems."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.command_line.jobs import add_progress
from monkeys.errors import InputError, run_script
from monkeys.files import write_text
from monkeys.formats.votes import NULL, Columns, Votes, read_votes
from monkeys.graders import check_references
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.reference import Reference, write_references


def right_answers(files: Mapping[str, list[Votes]], name: str) -> list[str] | None:
    """The right answers to a problem, by all files that have it.

    Raises:
        InputError: an answer is right in one file and wrong in another.
    """
    found: dict[str, bool] = {}
    where: dict[str, str] = {}
    known = False
    for votes in (one for rows in files.values() for one in rows if one.problem == name):
        if votes.right is None:
            continue
        known = True
        for answer in {*votes.right, *votes.answers} - {"", NULL}:
            if found.setdefault(answer, answer in votes.right) != (answer in votes.right):
                raise InputError(
                    f"{votes.place} calls the answer {answer!r:.100} to problem {name} {'right' if answer in votes.right else 'wrong'}, but {where[answer]} does not; "
                    "if the files are of different problems, give them benchmarks of their own"
                )
            where.setdefault(answer, votes.place)
    return sorted(answer for answer, right in found.items() if right) if known else None


def prepare(votes: Mapping[str, Mapping[str, Any]], wanted: int) -> tuple[list[Prompt], list[Reference]]:
    """Prompts, which ask nothing, and references of the first problems of the first file.

    Args:
        votes: by model, its file and how it is written.
        wanted: how many problems.
    """
    files = {
        model: list(read_votes(Path(entry["file"]), Columns.of(entry), wanted if number == 0 else None))
        for number, (model, entry) in enumerate(votes.items())
    }
    empty = {entry["empty"] for entry in votes.values()}
    if len(empty) > 1:
        raise InputError(
            f"the models {', '.join(votes)} have different values of empty on the same benchmark; say the same, or give them benchmarks of their own"
        )
    names = [one.problem for one in next(iter(files.values()))]
    return (
        [Prompt(name, "", []) for name in names],
        [Reference(name, {"right": right_answers(files, name), "empty": min(empty)}) for name in names],
    )


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--settings", type=json.loads, required=True, help="JSON: problems, block, and votes, by model the file and its fields")
    parser.add_argument("--prompts", type=Path, nargs="+", required=True, help="a file a block, in the order of the blocks")
    parser.add_argument("--references", type=Path, nargs="+", required=True, help="likewise")
    parser.add_argument("--problems", type=Path, required=True, help="where the names of all problems go, one a line")
    add_progress(parser, "prepare_votes")
    arguments = parser.parse_args(argv)
    settings, progress = arguments.settings, Progress(arguments.label, arguments.log)
    prompts, references = prepare(settings["votes"], settings["problems"])
    check_references("recorded_answer", references, next(iter(settings["votes"].values()))["file"])
    write_text(arguments.problems, "".join(f"{prompt.problem_id}\n" for prompt in prompts))
    block = settings["block"]
    for number, (asked, known) in enumerate(zip(arguments.prompts, arguments.references, strict=True)):
        write_prompts(asked, prompts[number * block : (number + 1) * block])
        write_references(known, references[number * block : (number + 1) * block])
    unknown = sum(reference.reference["right"] is None for reference in references)
    progress.say(f"{len(prompts)} problems, {unknown} of them without a reference")


if __name__ == "__main__":
    run_script(main)
