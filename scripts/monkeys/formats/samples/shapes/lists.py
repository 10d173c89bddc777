"""A problem a row with all its samples in a list: the released dumps of *Large Language Monkeys* (``prompt``, ``question``, ``samples``; the data set on the hub
adds ``orig_dset_idx``, the scripts write ``<number>.yaml`` for each problem), and other dumps of the kind (CodeT's: ``prompt``, ``samples``)."""

from collections.abc import Iterator

from monkeys.formats.samples import NAMES, Found, Row, RowError, Shape, name_of, question_of
from monkeys.formats.samples.rows import FILE

NEEDS = "samples, a list of texts, beside the problem's name, number or question"


def samples(row: Row, _position: int) -> Iterator[Found]:
    texts = row.get("samples")
    if not isinstance(texts, list):
        raise RowError(f"has no list under 'samples'; each needs {NEEDS}")
    name = name_of(row, ("orig_dset_idx", "theorem_name", *NAMES, FILE))
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise RowError(f"has {text!r:.60} as number {number} under 'samples', but needs a text")
        yield Found(name, text, question_of(row))


SHAPE = Shape("sample_lists", "Large Language Monkeys' dumps", NEEDS, lambda row: isinstance(row.get("samples"), list), samples)
