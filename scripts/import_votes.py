"""Take answers and scores that someone else recorded for verdicts and scores."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from monkeys.errors import InputError, run_script
from monkeys.records.parquet import write_parquet
from monkeys.records.verdict import write_verdicts
from monkeys.tables.recorded_votes import EMPTY, Columns, read_recorded


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="JSON Lines, a problem each")
    parser.add_argument("--problem", required=True, help="field of the problem's identifier")
    parser.add_argument("--answers", required=True, help="field of the answers: texts, or pairs of a text and its tokens")
    parser.add_argument("--gold", default="", help="field of the right answer")
    parser.add_argument("--right", default="", help="or field of true and false, one an answer")
    parser.add_argument("--score-fields", type=json.loads, default={}, help="JSON: field of the scores by scorer")
    parser.add_argument("--empty", choices=EMPTY, default="abstain", help="whether an empty answer votes")
    parser.add_argument("--problems", type=int, default=None, help="of the file, from its beginning")
    parser.add_argument("--output-verdicts", type=Path, required=True)
    parser.add_argument("--output-scores", type=Path, required=True, help="a folder: <scorer>.parquet, and length.parquet where answers have tokens")
    arguments = parser.parse_args(argv)
    if bool(arguments.gold) == bool(arguments.right):
        raise InputError("give either --gold, the right answer, or --right, which answers are right")
    columns = Columns(arguments.problem, arguments.answers, arguments.gold, arguments.right, arguments.score_fields, arguments.empty)
    recorded = read_recorded(arguments.data, columns, arguments.problems)
    write_verdicts(arguments.output_verdicts, recorded.verdicts)
    import pyarrow as pa

    schema = pa.schema([("problem_id", pa.string()), ("sample_index", pa.int64()), ("score", pa.float64())])
    for scorer, values in recorded.scores.items():
        rows = [
            {"problem_id": verdict.problem_id, "sample_index": verdict.sample_index, "score": value}
            for verdict, value in zip(recorded.verdicts, values, strict=True)
        ]
        write_parquet(arguments.output_scores / f"{scorer}.parquet", rows, schema)


if __name__ == "__main__":
    run_script(main)
