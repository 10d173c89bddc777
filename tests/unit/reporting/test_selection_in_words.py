"""What the report says of selectors."""

import pandas as pd

from monkeys.reporting.selection import selection_in_words

COLUMNS = ["selector", "scorer", "options", "label", "k", "accuracy", "lower", "upper", "coverage"]


def table(*rows: tuple[object, ...]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=COLUMNS)


SELECTION = table(
    ("majority", None, None, "outcome", 1, 0.1, 0.0, 0.2, 0.1),
    ("oracle", None, None, "outcome", 8, 0.6, 0.5, 0.7, 0.6),
    ("random", None, None, "outcome", 8, 0.1, 0.0, 0.2, 0.6),
    ("majority", None, None, "outcome", 8, 0.3, 0.2, 0.4, 0.6),
    ("weighted", "prm", "link=sigmoid", "outcome", 8, 0.25, 0.1, 0.4, 0.6),
    ("oracle", None, None, "process", 8, 0.4, 0.3, 0.5, 0.4),
)
DIFFERENCES = pd.DataFrame(
    {
        "first": ["majority"],
        "second": ["weighted (prm, link=sigmoid)"],
        "label": ["outcome"],
        "k": [8],
        "difference": [-0.05],
        "lower": [-0.125],
        "upper": [0.02],
    }
)


def test_selectors_are_shown_at_the_last_k_with_their_difference_from_the_vote() -> None:
    found = selection_in_words(SELECTION, DIFFERENCES)
    assert found is not None
    assert [row["name"] for row in found["rows"]] == ["coverage", "a sample taken blindly", "majority", "weighted (prm, link=sigmoid)", "coverage"]
    assert [(row["difference"], row["bounds"]) for row in found["rows"]] == [("", "")] * 3 + [("-5.0 points", "-12.5 to +2.0"), ("", "")]
    turned = DIFFERENCES.assign(first=DIFFERENCES["second"], second=DIFFERENCES["first"], difference=0.05, lower=-0.02, upper=0.125)
    assert selection_in_words(SELECTION, turned) == found


def test_sentence_names_best_selector_coverage_and_right_steps() -> None:
    found = selection_in_words(SELECTION, None)
    assert found is not None and found["sentence"] == (
        "Coverage at k = 8 is 60.0%; the best of these selectors, majority, hands in a right answer in 30.0% of the cases. "
        "Counting only answers whose steps are right too, coverage is 40.0%."
    )


def test_nothing_is_said_where_nothing_was_chosen() -> None:
    assert selection_in_words(None, None) is None and selection_in_words(table(), None) is None
