"""Real beam searches with the values of real value models (OVM, arXiv 2311.09724): the same candidates are kept at all levels."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from monkeys.search.tree import Node, best


@pytest.mark.parametrize(
    ("file", "levels", "distinct"),
    [("gsm8k_llama2-7b_beam5_of_100_trace_10", 55, False), ("game24_beam5_of_20_prm_trace_2", 11, True)],
    ids=["outcome-supervised", "process reward model, copies last"],
)
def test_the_kept_candidates_of_published_traces(file: str, levels: int, distinct: bool, shared_data: Callable[[str], Path]) -> None:
    lines = shared_data("value_traces").joinpath(f"{file}.jsonl").read_text(encoding="utf-8").splitlines()
    seen = 0
    for line in lines:
        for level in json.loads(line)["intermediate_steps"]:
            root = Node(None, 0)
            nodes = [Node(root, number, one["str"], value=one["vscore"]) for number, one in enumerate(level["sequences"])]
            kept = best(nodes, len(level["choices"]), distinct)
            if distinct or len({node.value for node in nodes}) == len(nodes):
                assert {node.child for node in kept} == set(level["choices"])
            # Copies of one text have one value: which of them is kept is chance.
            assert sorted(node.value or 0 for node in kept) == sorted(level["sequences"][one]["vscore"] for one in level["choices"])
            seen += 1
    assert seen == levels
