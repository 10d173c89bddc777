"""EvalPlus's samples (``evalplus.codegen``): a line has ``task_id`` and ``solution``, a whole program; ``completion`` in its place continues the prompt."""

from collections.abc import Iterator

from monkeys.formats.samples import Found, Row, Shape, text_under

NEEDS = "task_id and solution"


def samples(row: Row, _position: int) -> Iterator[Found]:
    yield Found(text_under(row, "task_id", NEEDS), text_under(row, "solution", NEEDS))


SHAPE = Shape("evalplus", "EvalPlus", NEEDS, lambda row: "solution" in row and "task_id" in row, samples, whole_programs=True)
