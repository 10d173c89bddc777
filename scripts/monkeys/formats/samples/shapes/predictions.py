"""SWE-bench's predictions: ``instance_id`` and ``model_patch``. A prediction without a patch is an empty sample."""

from collections.abc import Iterator

from monkeys.formats.samples import Found, Row, Shape, text_under

NEEDS = "instance_id and model_patch"


def samples(row: Row, _position: int) -> Iterator[Found]:
    name = text_under(row, "instance_id", NEEDS)
    yield Found(name, "" if "model_patch" in row and row["model_patch"] is None else text_under(row, "model_patch", NEEDS))


SHAPE = Shape("predictions", "SWE-bench's predictions", NEEDS, lambda row: "instance_id" in row or "model_patch" in row, samples)
