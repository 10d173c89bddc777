"""Which problem of the benchmark a row of somebody's file is of.

Tools name problems in their own ways, and some number them. In this order:

1. The row has a problem's name.
2. The row's name is a problem's, but for upper and lower case and the marks between words (``humaneval_5`` is ``HumanEval/5``).
3. The row has the problem's text, and exactly one problem asks it.
4. The row has a number n. If the names of all problems end in numbers, each in its own, n is the problem whose name ends in it; if none does, n is the
   problem at that position, from 0. Where the row also has a text, the problem must have it: another order is noticed and not graded.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

from monkeys.errors import nearest
from monkeys.formats.samples import Found, PlaceError

Key = TypeVar("Key")
SHORTEST = 12
"""Characters of a question that is looked for inside another text."""
HINT = "name the right benchmark, or say how problems are named, as in columns: {problem: 'HumanEval/{number}'}"


class Problems:
    """The benchmark's problems, as rows name them.

    Args:
        known: names of all problems, in the benchmark's order.
        questions: texts that ask them, by name, of all or of some.
    """

    def __init__(self, known: Sequence[str], questions: Mapping[str, str] | None = None) -> None:
        self._known = list(known)
        self._names = set(known)
        self._plain = _unique((_plain(name), name) for name in known)
        self._texts = {name: _words(text) for name, text in (questions or {}).items() if name in self._names}
        self._asked: dict[str, str | None] = {}
        numbers = [match[0] if (match := re.search(r"\d+$", name)) else None for name in known]
        self._numbers = _unique((int(number), name) for number, name in zip(numbers, known, strict=True) if number is not None)
        self._numbered = len(self._numbers) == len(known) and all(name is not None for name in self._numbers.values())
        self._positions = not any(numbers)

    def name(self, found: Found) -> str:
        """The name of a sample's problem.

        Raises:
            PlaceError: there is no such problem, or it is not sure which.
        """
        said = found.problem
        if isinstance(said, str):
            name = self._by_name(said, found.numbered)
            if name is not None:
                return name
        asked = self._by_question(found.question) if found.question else None
        if asked is not None:
            return asked
        number = said if isinstance(said, int) else int(said) if isinstance(said, str) and re.fullmatch(r"\d{1,18}", said) else None
        if number is None:
            what = (
                f"the benchmark has no problem {said!r:.80}{nearest(said, self._known)}"
                if isinstance(said, str)
                else "nothing says which problem this is"
            )
            raise PlaceError(f"{what} (its first is {self._known[0]!r}); remove the sample, {HINT}")
        name = self._by_number(number)
        if found.question and name in self._texts and not _within(_words(found.question), self._texts[name]):
            raise PlaceError(
                f"number {number} would be the problem {name!r}, but the texts differ: the row asks {' '.join(found.question.split())[:60]!r}; "
                "the file numbers problems in another order: say how they are named, as in columns: {problem: 'HumanEval/{number}'}"
            )
        return name

    def _by_name(self, said: str, numbered: bool) -> str | None:
        if said in self._names:
            return said
        if numbered and (match := re.fullmatch(r"(.+?)[-_#:@/. ]+(?:sample|s|n|rs|seed|draw|try|attempt)?[-_#:=]?\d+", said, re.DOTALL)):
            stem = match[1]
            if stem in self._names:
                return stem
            if (name := self._plain.get(_plain(stem))) is not None:
                return name
        return self._plain.get(_plain(said))

    def _by_number(self, number: int) -> str:
        if self._numbered:
            if (name := self._numbers.get(number)) is not None:
                return name
            raise PlaceError(f"the benchmark has no problem with the number {number} (its first is {self._known[0]!r}); remove the sample, {HINT}")
        if self._positions:
            if 0 <= number < len(self._known):
                return self._known[number]
            raise PlaceError(f"the benchmark has {len(self._known)} problems, and none at position {number} from 0; remove the sample, {HINT}")
        raise PlaceError(
            f"the number {number} does not say which problem is meant, since names such as {self._known[0]!r} do not each end in a number of their own; {HINT}"
        )

    def _by_question(self, question: str) -> str | None:
        """The one problem that asks this, where its text is known."""
        if question not in self._asked:
            words = _words(question)
            found = [name for name, text in self._texts.items() if text == words]
            if not found and len(words) >= SHORTEST:
                found = [name for name, text in self._texts.items() if words in text]
            self._asked[question] = found[0] if len(found) == 1 else None
        return self._asked[question]


def _unique(pairs: Iterable[tuple[Key, str]]) -> dict[Key, str | None]:
    """A mapping; None where two names share a key."""
    found: dict[Key, str | None] = {}
    for key, name in pairs:
        found[key] = None if key in found else name
    return found


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", "/", name.casefold()).strip("/")


def _words(text: str) -> str:
    return " ".join(text.split())


def _within(one: str, other: str) -> bool:
    return one in other or other in one
