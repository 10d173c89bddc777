"""The shapes that are known, in the order in which a file is compared with them. A new one is a file beside this one and its line here."""

from monkeys.formats.samples.shapes import (
    columns,
    evalplus,
    human_eval,
    inspect_ai,
    lists,
    lm_eval,
    nemo_skills,
    openai,
    own,
    predictions,
)

SHAPES = {
    shape.name: shape
    for shape in (
        own.SHAPE,
        inspect_ai.SHAPE,
        *openai.SHAPES,
        lm_eval.SHAPE,
        nemo_skills.SHAPE,
        predictions.SHAPE,
        human_eval.SHAPE,
        evalplus.SHAPE,
        lists.SHAPE,
    )
}

named_columns = columns.named_columns
