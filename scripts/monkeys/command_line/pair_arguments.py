"""Arguments of scripts that read all samples and verdicts of a pair."""

import argparse
from pathlib import Path

from monkeys.shards import Cut


def add_pair(parser: argparse.ArgumentParser) -> None:
    """``--pair`` and ``--cut``: the folder of a pair's samples and verdicts, and how they are cut into files."""
    parser.add_argument("--pair", type=Path, required=True, help="the folder of the pair, which holds samples/ and verdicts/")
    parser.add_argument("--cut", type=Cut.read, required=True, help="JSON: problems, block, samples, round and part, as monkeys.shards has them")
