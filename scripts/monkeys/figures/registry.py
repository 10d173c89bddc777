"""The kinds of figures, in the order of the report. A new one is a file beside this one and its line here."""

from monkeys.figures import (
    costs,
    coverage,
    difficulty,
    diversity,
    failure,
    families,
    forecasts,
    heat_map,
    inference_scaling,
    scaling_laws,
    selection,
    votes,
)

KINDS = {
    kind.name: kind
    for kind in (
        coverage.KIND,
        failure.KIND,
        scaling_laws.KIND,
        forecasts.KIND,
        families.KIND,
        heat_map.KIND,
        difficulty.KIND,
        costs.KIND,
        diversity.KIND,
        selection.KIND,
        votes.KIND,
        inference_scaling.KIND,
    )
}
