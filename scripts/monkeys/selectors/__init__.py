"""Selectors: pick one answer out of k samples by votes and scores, without a reference.

A selector is a module of this package, found by its name: ``OPTIONS`` (its own keys with their defaults), ``NEEDS`` (``scores``, ``calls``, ``choices`` or nothing),
``check``, ``choose`` and ``accuracy``. All are pure functions of a ``Ballot``.

Decided once, for all: samples without an answer do not vote, and come last where scores decide; a subset of which nothing can be chosen is wrong; what is
tied is decided uniformly at random.
"""

import hashlib
import importlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import ArrayLike

from monkeys.errors import InputError, nearest
from monkeys.extensions import modules_with, places
from monkeys.options import Configured, check_name, check_options
from monkeys.options import one_of as one_of
from monkeys.statistics import FloatArray, IntArray
from monkeys.statistics.selection import ENUMERATED, TIED, Choose, Estimate, controlled, enumerated, leaders, majority_vote, nested_permutations

__path__.extend(places("selectors"))


@dataclass(frozen=True, slots=True)
class Ballot:
    """The samples of one problem, in the order of their indices.

    Args:
        classes: number of each sample's class of equal answers, -1 where it has no answer; shape (n,).
        scores: of a scorer, higher is better, NaN where it says nothing; shape (n,).
        indices: sample indices, shape (n,).
        calls: recorded comparisons: the chance that the first of a pair of sample indices is better, as it was asked, first one first.
        choices: recorded choices of a model that saw a whole subset: by the sample indices of the subset, sorted, the index that it chose.
    """

    classes: IntArray
    scores: FloatArray
    indices: IntArray
    calls: Mapping[tuple[int, int], float] | None = None
    choices: Mapping[tuple[int, ...], int] | None = None

    @classmethod
    def of(cls, classes: ArrayLike, scores: ArrayLike | None = None, calls: Mapping[tuple[int, int], float] | None = None) -> "Ballot":
        """Samples 0, 1, ... with or without scores."""
        labels = np.asarray(classes, dtype=np.int64)
        values = np.full(labels.shape, np.nan) if scores is None else np.asarray(scores, dtype=np.float64)
        return cls(labels, values, np.arange(labels.size), calls)

    @property
    def answered(self) -> Any:
        """Which samples have an answer, shape (n,)."""
        return self.classes >= 0

    @property
    def ranks(self) -> FloatArray:
        """What orders samples by their scores: those without an answer last, before them those without a score."""
        finite = self.scores[self.answered & ~np.isnan(self.scores)]
        least = float(finite.min()) if finite.size else 0.0
        unscored = np.nextafter(least, -np.inf)
        return np.where(self.answered, np.where(np.isnan(self.scores), unscored, self.scores), -np.inf)

    def part(self, places: IntArray) -> "Ballot":
        """A subset of the samples."""
        return replace(self, classes=self.classes[places], scores=self.scores[places], indices=self.indices[places])


@dataclass(frozen=True, slots=True)
class Choice:
    """What a selector makes of a ballot.

    Args:
        chances: of each sample to be handed in, shape (n,); they sum to 1, or to 0 where there is nothing to choose.
        classes: the candidates: numbers of classes, shape (candidates,).
        totals: what decided between them, larger is better: votes, weights, or the best score; shape (candidates,).
    """

    chances: FloatArray
    classes: IntArray
    totals: FloatArray

    @property
    def ties(self) -> int:
        """Candidates that lead."""
        return int(leaders(self.totals).sum()) if self.totals.size else 0

    @property
    def margin(self) -> float:
        """How far the leading candidate is ahead of the next; 0 where they are tied, NaN where there is no other."""
        if self.totals.size < 2:
            return float("nan")
        second, first = np.partition(self.totals, -2)[-2:]
        return 0.0 if first - second <= TIED * abs(first) else float(first - second)


@dataclass(frozen=True, slots=True)
class Draws:
    """How many random orders are drawn where there is no exact form, and their seed."""

    permutations: int = 200
    seed: int = 0

    def of(self, problem: str) -> "Draws":
        """Those of one problem: the orders of problems are independent, so that their errors add up as variances."""
        return replace(self, seed=_number(self.seed, problem))

    def generator(self, name: str) -> np.random.Generator:
        """Of a selector."""
        return np.random.default_rng(_number(self.seed, name))


def _number(*parts: object) -> int:
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:16], "little")


class Selector(Configured, Protocol):
    """What a module of this package offers."""

    NEEDS: str

    def choose(self, ballot: Ballot, options: Mapping[str, Any]) -> Choice:
        """The choice from all samples of the ballot."""

    def accuracy(self, ballot: Ballot, right: FloatArray, ks: IntArray, options: Mapping[str, Any], draws: Draws) -> Estimate:
        """Expected accuracy over random subsets of each k, of which ``right`` tells the samples that are right."""


def selector_names() -> list[str]:
    """All selectors: the modules of this package that can choose."""
    return modules_with(__path__, "choose")


def load_selector(name: str) -> Selector:
    """The selector of a name.

    Raises:
        InputError: there is none.
    """
    check_name("selector", name, selector_names())
    return cast(Selector, importlib.import_module(f"{__name__}.{name}"))


@dataclass(frozen=True, slots=True)
class Entry:
    """A selector of a study: its module's name, the scorer that it reads (empty: none), and its options, completed."""

    selector: str
    scorer: str
    options: Mapping[str, Any]

    @property
    def changed(self) -> str:
        """The options that are not the defaults, as ``link=sigmoid``; sorted by name."""
        defaults = load_selector(self.selector).OPTIONS
        return ", ".join(f"{name}={value}" for name, value in sorted(self.options.items()) if value != defaults[name])

    @property
    def label(self) -> str:
        """As figures name it."""
        name = self.selector.replace("_", " ")
        said = ", ".join(part for part in (self.scorer, self.changed) if part)
        return f"{name} ({said})" if said else name


def name_of(value: Mapping[str, Any]) -> str:
    """The key of an entry that is the selector's name, the first that is one, wherever it stands: completed configurations have their keys in another order."""
    names = selector_names()
    return next((key for key in value if key in names), next(iter(value)))


def read_entry(value: object, scorers: Mapping[str, object] | None = None, place: str = "selection.selectors") -> Entry:
    """An entry of the configuration: a name, such as ``majority``; or name and scorer, such as ``{weighted: prm, link: sigmoid}``.

    Args:
        value: the entry.
        scorers: names of the scorers that there are; None where that is not known.
        place: the configuration's key, for error messages.

    Raises:
        InputError: the selector, its scorer or an option does not exist or is impossible.
    """
    if isinstance(value, str):
        name, scorer, options = value, "", {}
    elif isinstance(value, Mapping) and value:
        name = name_of(value)
        given = value[name]
        scorer, options = "" if given is None else str(given), {key: one for key, one in value.items() if key != name}
    else:
        raise InputError(f"config key {place} has {value!r}, but each entry must be a selector's name, or {{name: scorer, option: value}}")
    try:
        selector = load_selector(str(name))
    except InputError as error:
        raise InputError(f"config key {place}: {error}") from error
    where = f"config key {place}.{name}"
    for key in options:
        if key not in selector.OPTIONS:
            raise InputError(f"{where} has the option {key!r}{nearest(key, selector.OPTIONS)}; it has {', '.join(selector.OPTIONS) or 'none'}")
    if selector.NEEDS and not scorer:
        raise InputError(f"{where} names no scorer; write {{{name}: <scorer>}}")
    if not selector.NEEDS and scorer:
        raise InputError(f"{where} names the scorer {scorer!r}, but looks at no scores; write {name}")
    if scorer and scorers is not None and scorer not in scorers:
        raise InputError(
            f"{where} names the scorer {scorer!r}, which does not exist{nearest(scorer, scorers)}; there are {', '.join(scorers) or 'none'}"
        )
    completed = {**selector.OPTIONS, **options}
    check_options(where, selector, completed)
    return Entry(str(name), scorer, completed)


def of_classes(ballot: Ballot, totals: FloatArray, classes: IntArray, weights: FloatArray | None = None) -> Choice:
    """The choice of the classes with the largest total, ties uniformly, and of a sample of theirs in proportion to ``weights`` (all the same)."""
    chances = np.zeros(ballot.classes.size)
    if classes.size:
        first = classes[leaders(totals)]
        share = np.ones(ballot.classes.size) if weights is None else weights
        for name in first:
            members = ballot.classes == name
            chances[members] = share[members] / share[members].sum() / first.size
    return Choice(chances, classes, totals)


def votes(ballot: Ballot, weights: FloatArray | None = None) -> tuple[IntArray, FloatArray]:
    """Classes, and the number (or the weight) of the votes of each."""
    voting = ballot.answered
    classes, numbers = np.unique(ballot.classes[voting], return_inverse=True)
    return classes, np.bincount(numbers, weights=None if weights is None else weights[voting], minlength=classes.size).astype(np.float64)


def by_subsets(choose: Choose, ballot: Ballot, right: FloatArray, ks: IntArray, draws: Draws, name: str, control: bool = True) -> Estimate:
    """Accuracy of a selector without a closed form: all subsets of few samples, else random orders with the majority vote as control variate."""
    if ballot.classes.size <= ENUMERATED:
        return Estimate.exact(enumerated(choose, right, ks))
    inside = ks <= ballot.classes.size
    accuracy, variance = np.full(ks.size, np.nan), np.full(ks.size, np.nan)
    if not inside.any():
        return Estimate(accuracy, variance, draws.permutations)
    from monkeys.selectors import majority

    def vote(places: IntArray) -> FloatArray:
        return majority.choose(ballot.part(places), {}).chances

    drawn = [nested_permutations(one, right, ks[inside], draws.permutations, draws.generator(name)) for one in (choose, vote)]
    found = controlled(drawn[0], drawn[1], majority_vote(ballot.classes, right, ks[inside]))
    accuracy[inside], variance[inside] = found.accuracy, found.variance
    return Estimate(accuracy, variance, draws.permutations)


def number_between(options: Mapping[str, Any], key: str, low: float, high: float) -> None:
    """See that an option is a number above ``low`` and up to ``high``.

    Raises:
        InputError: it is not.
    """
    value = options[key]
    if isinstance(value, bool) or not isinstance(value, int | float) or not low < value <= high:
        raise InputError(f"{key} is {value!r}, but must be a number above {low:g}{'' if high == float('inf') else f' and at most {high:g}'}")
