"""How many samples each job of a study makes or takes: for whoever says how much is done, and how much there is to do."""

from monkeys.study.catalogue import RESULTS, of_pair
from monkeys.study.layout import Layout, Pair

STAGES = {"generate": "samples", "score": "scores", "verify": "verdicts"}
"""Stages whose jobs take samples, and what the catalogue calls their results."""


def samples_by_file(layout: Layout, stage: str) -> dict[str, int] | None:
    """The samples in each file that the jobs of a stage make, by its path below the run's folder; None where a pair takes all samples that there are."""
    found: dict[str, int] = {}
    for pair in layout.pairs_of(sampled=True):
        if layout.cut(pair).samples is None:
            return None
        sizes = _sizes(layout, pair, verify=stage == "verify")
        for path in of_pair(layout, RESULTS[STAGES[stage]], pair):
            found[path] = sizes[path.rpartition("/")[2].removesuffix(".parquet")]
    return found


def _sizes(layout: Layout, pair: Pair, verify: bool) -> dict[str, int]:
    """Samples by the name of a shard, or of a part of one."""
    cut = layout.cut(pair)
    sizes = {}
    for block in cut.blocks():
        problems = min(cut.block, cut.problems - int(block) * cut.block)
        for round in cut.rounds():
            begin, end = cut.sample_range(round)
            assert end is not None
            drawn = problems * (end - begin)
            if not verify:
                sizes[f"{block}-{round}"] = drawn
                continue
            for part in cut.parts_of(block, round):
                rows = cut.rows(part)
                sizes[f"{block}-{round}-{part}"] = min(drawn, rows.stop or drawn) - (rows.start or 0)
    return sizes
