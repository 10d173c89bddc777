"""Price each point of a coverage curve: tokens, FLOPs, GPU seconds and dollars of k samples of each problem."""

import argparse
import json
from pathlib import Path

from monkeys.costs.architecture import known_architecture
from monkeys.costs.cost import assume_tokens, cost_of_k, unrecorded_tokens
from monkeys.costs.price import read_price
from monkeys.errors import run_script
from monkeys.files import read_table, write_table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--coverage", type=Path, required=True, help="coverage.csv")
    parser.add_argument("--tokens", type=Path, nargs="*", default=[], help="tokens.csv; nothing where no tokens are recorded")
    parser.add_argument("--problems", type=int, required=True, help="number of problems, where there is no tokens.csv")
    parser.add_argument("--architecture", type=json.loads, default=None, help="JSON: parameters, layers, width; null: from the weights' config.json")
    parser.add_argument("--weights", type=Path, nargs="*", default=[], help="manifest of the weights; nothing where there are none")
    parser.add_argument("--price", type=json.loads, default=None, help="JSON: per_million_tokens, per_gpu_hour or per_attempt; null: unknown")
    parser.add_argument("--mean-tokens", type=json.loads, default=None, help="JSON: prompt, output; means a sample, where tokens are not recorded")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    curve = read_table(arguments.coverage)
    tokens = read_table(*arguments.tokens) if arguments.tokens else unrecorded_tokens(arguments.problems)
    if arguments.mean_tokens:
        tokens = assume_tokens(tokens, arguments.mean_tokens["prompt"], arguments.mean_tokens["output"])
    costs = cost_of_k(
        curve["k"].tolist(), tokens, known_architecture(arguments.architecture, next(iter(arguments.weights), None)), read_price(arguments.price)
    )
    write_table(arguments.output, curve[["k", "pass_at_k", "lower", "upper"]].merge(costs, on="k", validate="one_to_one"))


if __name__ == "__main__":
    run_script(main)
