"""CodeT's own comparison: its published samples and tests of CodeGen-Mono-16B on HumanEval, in the real sandbox.

    .venvs/workflow/bin/python tests/benchmarks/codet.py --every 4 --samples 25

All 164 problems with 100 samples each are eight times the work of `--every 4 --samples 50`: each distinct program runs against up to some hundred generated tests.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "scripts")]

from codet import accuracies  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "data", help="holds codet_humaneval and samples_humaneval")
    parser.add_argument("--every", type=int, default=16, help="one problem of so many")
    parser.add_argument("--first", type=int, default=0, help="the number of the first problem")
    parser.add_argument("--samples", type=int, default=40, help="of each problem, from the first")
    arguments = parser.parse_args()
    began, problems = time.monotonic(), range(arguments.first, 164, arguments.every)
    with tempfile.TemporaryDirectory() as folder:
        found = accuracies(lambda name: arguments.data / name, Path(folder), problems, arguments.samples)
    print(
        f"{len(problems)} problems, {arguments.samples} samples each: a sample is right in {found['random']:.1f} %, the best by CodeT in {found['codet']:.1f} %"
        f" of the cases ({time.monotonic() - began:.0f} s)"
    )


if __name__ == "__main__":
    main()
