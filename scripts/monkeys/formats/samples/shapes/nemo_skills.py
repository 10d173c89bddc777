"""NeMo-Skills' generations (``nemo_skills/inference/generate.py``): ``output-rs<seed>.jsonl``, a file a seed, a line a problem with the fields of the data
set and ``generation``.

Lines stand in the order of the data set, so a line without a name is the problem of its number. ``parse_reasoning`` moves the whole text to
``_full_generation``; the part behind the reasoning stays in ``generation`` and is what counts.
"""

from collections.abc import Iterator

from monkeys.formats.samples import Found, Row, Shape, log_probability, name_of, question_of, text_under, whole, word

NEEDS = "generation"


def samples(row: Row, position: int) -> Iterator[Found]:
    text = text_under(row, "generation", NEEDS)
    name = name_of(row)
    yield Found(
        position if name is None else name,
        text,
        question_of(row),
        # A seed's file has each problem once.
        key=0,
        prompt_tokens=whole(row.get("num_input_tokens")),
        output_tokens=whole(row.get("num_generated_tokens")),
        finish_reason=word(row.get("finish_reason")),
        cumulative_logprob=log_probability(row.get("logprobs")),
    )


SHAPE = Shape("nemo_skills", "NeMo-Skills", NEEDS, lambda row: isinstance(row.get("generation"), str), samples)
