"""Scores of someone else's: CSV, JSON Lines (``.jsonl``, ``.jsonl.gz``) or Parquet, with the columns problem_id, sample_index and score.

step_scores, step_ends and scored_tokens may be there too; in CSV the first two are lists in JSON. An empty field, or null, is no score. Every sample of the
study needs an entry, and every entry a sample.

Where a study has answers alone (the engine ``votes``), ``field`` names the list of scores, one an answer, in the same file.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.errors import InputError
from monkeys.files import read_jsonl, read_table
from monkeys.formats.votes import Columns, numbers_of, read_votes
from monkeys.progress import Progress
from monkeys.records.parquet import read_parquet
from monkeys.records.score import Score, check_score
from monkeys.scorers import Settings, Task

OPTIONS: Mapping[str, Any] = {"files": {}, "field": ""}
NEEDS = "file"
COLUMNS = ("problem_id", "sample_index", "score")


def check(options: Mapping[str, Any]) -> None:
    """See ``ScorerModule.check``."""
    files = options["files"]
    if options["field"]:
        if files:
            raise InputError("files are not needed beside field, which names the scores in the files of answers; leave one of them out")
        return
    if not isinstance(files, Mapping) or not files or not all(isinstance(models, Mapping) and models for models in files.values()):
        raise InputError("files must say for each benchmark and model where their scores are, as in files: {math500: {llama: scores.csv}}")


def read_field(path: Path, columns: Columns, field: str) -> dict[tuple[str, int], Score]:
    """The scores that a file of answers has under a field, by problem and answer.

    Raises:
        InputError: a row has none, or too few, or what is no number.
    """
    return {
        (votes.problem, index): Score(votes.problem, index, value)
        for votes in read_votes(path, columns)
        for index, value in enumerate(numbers_of(votes, field))
    }


def read_recorded(path: Path) -> dict[tuple[str, int], Score]:
    """The scores of a file, by problem and sample.

    Raises:
        InputError: a line lacks a column, has a value of the wrong type, NaN, or a sample that stands there twice; the message names it.
    """
    scores: dict[tuple[str, int], Score] = {}
    for place, row in _rows(path):
        score = _score(row, f"{path}, {place}")
        if (score.problem_id, score.sample_index) in scores:
            raise InputError(f"{path}, {place}: sample {score.sample_index} of {score.problem_id} stands there twice; leave one of its scores")
        scores[score.problem_id, score.sample_index] = score
    return scores


def _rows(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if path.suffix == ".parquet":
        yield from ((f"row {number}", row) for number, row in enumerate(read_parquet(path, required=COLUMNS)))
    elif path.suffix == ".csv":
        # As texts: "NaN" is not an empty field.
        table = read_table(path, dtype=str, keep_default_na=False)
        for number, row in enumerate(table.to_dict("records"), start=2):
            yield f"line {number}", {str(name): _field(str(name), value, f"{path}, line {number}") for name, value in row.items()}
    elif path.name.endswith((".jsonl", ".jsonl.gz")):
        yield from ((f"line {number}", row) for number, row in read_jsonl(path))
    else:
        raise InputError(f"the scores {path} are of no format that is known; give them the ending .csv, .jsonl, .jsonl.gz or .parquet")


def _field(name: str, value: str, place: str) -> Any:
    if name == "problem_id":
        return value
    if name not in ("sample_index", "score", "step_scores", "step_ends", "scored_tokens") or not value.strip():
        return None
    try:
        return json.loads(value.strip())
    except ValueError:
        raise InputError(f"{place} has {value!r:.100} under {name!r}, but needs {'a list' if name.startswith('step') else 'a number'}") from None


def _score(row: Mapping[str, Any], place: str) -> Score:
    for name in COLUMNS:
        if name not in row:
            raise InputError(f"{place} lacks {name!r}; each score needs {', '.join(COLUMNS)}")
    problem, index = row["problem_id"], row["sample_index"]
    if not isinstance(problem, str):
        raise InputError(f"{place} has {problem!r:.100} under 'problem_id', but needs a text")
    if isinstance(index, bool) or not isinstance(index, int) or index < 0:
        raise InputError(f"{place} has {index!r:.100} under 'sample_index', but needs a whole number from 0")
    values = [("score", [row["score"]]), ("step_scores", row.get("step_scores") or []), ("step_ends", row.get("step_ends") or [])]
    for name, numbers in values:
        kinds = int if name == "step_ends" else int | float
        right = isinstance(numbers, list) and all(
            (value is None and name == "score") or (isinstance(value, kinds) and not isinstance(value, bool)) for value in numbers
        )
        if not right:
            shown = row[name]
            raise InputError(f"{place} has {shown!r:.100} under {name!r}, but needs {'a number or null' if name == 'score' else 'a list of numbers'}")
    tokens = row.get("scored_tokens")
    if tokens is not None and (isinstance(tokens, bool) or not isinstance(tokens, int) or tokens < 0):
        raise InputError(f"{place} has {tokens!r:.100} under 'scored_tokens', but needs a whole number from 0")
    score = Score(
        problem,
        index,
        None if row["score"] is None else float(row["score"]),
        None if row.get("step_scores") is None else [float(value) for value in row["step_scores"]],
        row.get("step_ends"),
        tokens or 0,
    )
    check_score(score, place)
    return score


class Recorded:
    """See ``monkeys.scorers.Scorer``.

    Raises:
        InputError: the file cannot be read, or has scores of samples that the study does not have.
    """

    def __init__(self, settings: Settings) -> None:
        assert settings.file is not None
        self.provenance = {"scorer": "recorded"}
        self._path = settings.file
        if field := settings.options.get("field"):
            # A study may use a part of the file.
            self._scores = read_field(settings.file, Columns.of(settings.answers), field)
            return
        self._scores = read_recorded(settings.file)
        known = None if settings.problems is None else set(settings.problems)
        for problem, index in self._scores:
            if known is not None and problem not in known:
                raise InputError(
                    f"{self._path} has scores of {problem!r}, which is no problem of the benchmark (its first is {next(iter(settings.problems or ()), None)!r}); "
                    "these are the scores of another study: name the right file"
                )
            if settings.total is not None and index >= settings.total:
                raise InputError(
                    f"{self._path} has a score of sample {index} of {problem}, but the study has samples 0 to {settings.total - 1} of each problem; "
                    "name the scores of this study, or raise samples"
                )

    def score(self, tasks: Sequence[Task]) -> list[Score]:
        """See ``monkeys.scorers.Scorer``.

        Raises:
            InputError: a sample has no entry.
        """
        found = []
        for task in tasks:
            for sample in task.samples:
                place = sample.problem_id, sample.sample_index
                if place not in self._scores:
                    raise InputError(
                        f"{self._path} has no score of sample {sample.sample_index} of {sample.problem_id}; add it (null where there is none), or name the right file"
                    )
                score = self._scores[place]
                if score.step_ends and score.step_ends[-1] > len(sample.text):
                    raise InputError(
                        f"{self._path} has a step of sample {sample.sample_index} of {sample.problem_id} that ends at character {score.step_ends[-1]}, but the sample "
                        f"has {len(sample.text)}; these are the scores of other samples"
                    )
                found.append(score)
        return found


def open_scorer(settings: Settings, _progress: Progress) -> Recorded:
    """See ``ScorerModule.open_scorer``."""
    return Recorded(settings)
