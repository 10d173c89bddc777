"""Accuracy of choosing at all log-spaced k up to 10,000, of 128 problems with 10,000 samples, beside others' ways: speed and errors, on one thread.

Ours are ``majority_vote`` and ``best_of_k``, exact. Beside them: 100 random subsets of each k, as Large Language Monkeys does it; scorio's ``maj_at_k``, a majority
of right samples, which needs no answers and is another quantity (timed only); and the vote over the first k samples with ties to the first answer seen, as
NeMo-Skills counts it (its package is not installed: the loop is written after its ``BaseMetrics``). Errors are root mean squares over k of the mean over problems,
beside the exact curve. What is not installed is left out.

Arguments: number of problems (128), and of turns (1).
"""

import resource
import sys
import time
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from one_thread import on_one_thread

from monkeys.statistics.coverage import log_spaced
from monkeys.statistics.selection import below_share, best_of_k, classes_of, majority_vote

SAMPLES = 10_000
KS = np.unique(log_spaced(SAMPLES, 40))
SUBSETS = 100
Problem = tuple[NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]


def problems(number: int) -> list[Problem]:
    """Classes, right ones and scores: a right answer of any frequency, and 20 to 800 wrong ones of which few are frequent."""
    random = np.random.default_rng(0)
    found = []
    for _ in range(number):
        right = random.beta(0.5, 1)
        wrong = random.dirichlet(np.full(int(random.integers(20, 800)), 0.1))
        classes = random.choice(wrong.size + 1, SAMPLES, p=np.append(right, (1 - right) * wrong))
        correct = (classes == 0).astype(np.float64)
        found.append((classes.astype(np.int64), correct, random.normal(correct).round(2)))
    return found


def exact_votes(drawn: list[Problem]) -> NDArray[np.float64]:
    return np.mean([majority_vote(classes, right, KS) for classes, right, _ in drawn], axis=0)


def exact_best(drawn: list[Problem]) -> NDArray[np.float64]:
    table = below_share(SAMPLES, KS)
    return np.mean([best_of_k(scores, right, KS, table) for _, right, scores in drawn], axis=0)


def subsets_of_votes(drawn: list[Problem]) -> NDArray[np.float64]:
    random = np.random.default_rng(1)
    found = np.zeros(KS.size)
    for classes, right, _ in drawn:
        _, share, _ = classes_of(classes, right)
        numbers = np.unique(classes, return_inverse=True)[1]
        for place, k in enumerate(KS):
            for _ in range(SUBSETS):
                counts = np.bincount(numbers[random.choice(SAMPLES, k, replace=False)], minlength=share.size)
                found[place] += share[counts == counts.max()].mean() / SUBSETS
    return found / len(drawn)


def subsets_of_best(drawn: list[Problem]) -> NDArray[np.float64]:
    random = np.random.default_rng(1)
    found = np.zeros(KS.size)
    for _, right, scores in drawn:
        for place, k in enumerate(KS):
            for _ in range(SUBSETS):
                subset = random.choice(SAMPLES, k, replace=False)
                found[place] += right[subset[scores[subset].argmax()]] / SUBSETS
    return found / len(drawn)


def first_k(drawn: list[Problem]) -> NDArray[np.float64]:
    """Majority among the first k, counted anew at each k; a tie goes to the answer that came first."""
    found = np.zeros(KS.size)
    for classes, right, _ in drawn:
        answers = list(zip(classes.tolist(), right.tolist(), strict=True))
        for place, k in enumerate(KS):
            (_, correct), _ = Counter(answers[:k]).most_common(1)[0]
            found[place] += correct
    return found / len(drawn)


def main() -> None:
    on_one_thread()
    number, turns = (int(sys.argv[place]) if len(sys.argv) > place else default for place, default in ((1, 128), (2, 1)))
    drawn = problems(number)
    ways: dict[str, tuple[Callable[[list[Problem]], NDArray[np.float64]], str]] = {
        "ours: majority, exact": (exact_votes, "vote"),
        "ours: best of k, exact": (exact_best, "best"),
        "the first k, as NeMo-Skills": (first_k, "vote"),
        f"{SUBSETS} subsets: majority": (subsets_of_votes, "vote"),
        f"{SUBSETS} subsets: best of k": (subsets_of_best, "best"),
    }
    truth = {"vote": exact_votes(drawn[: min(8, number)]), "best": exact_best(drawn[: min(8, number)])}
    print(f"{number} problems, {SAMPLES} samples, {KS.size} k, one thread, {turns} turns; errors of the first {min(8, number)} problems")
    for name, (run, which) in ways.items():
        # Peers take minutes for all problems: they are timed on the first 8.
        part = drawn if name.startswith("ours") else drawn[:8]
        seconds = []
        for _ in range(turns):
            start = time.process_time()
            found = run(part)
            seconds.append((time.process_time() - start) * number / len(part))
        error = 0.0 if name.startswith("ours") else float(np.sqrt(np.mean((found - truth[which]) ** 2)))
        scale = "" if len(part) == number else f", {len(part)} problems times {number / len(part):.0f}"
        print(f"  {name:<30}{np.median(seconds):>9.2f} s CPU   error {100 * error:.2f} points{scale}")
    if find_spec("scorio"):
        from scorio import eval as scorio

        passed = np.array([right for _, right, _ in drawn[:8]], dtype=np.int8)
        start = time.process_time()
        for k in KS:
            scorio.maj_at_k(passed, int(k))
        print(f"  {'scorio: maj_at_k':<30}{(time.process_time() - start) * number / 8:>9.2f} s CPU   another quantity: more than half are right")
    print(f"  at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


if __name__ == "__main__":
    main()
