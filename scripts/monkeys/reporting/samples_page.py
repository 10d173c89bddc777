"""A page of samples: one HTML file that needs nothing else, to filter and read them.

What models wrote is hostile until proven otherwise. It stands in the page as JSON in which no ``<`` is left, the page's script puts it on the screen as
text and never as HTML, and the page's own policy (Content-Security-Policy, by hashes) lets no other script run and nothing be fetched.
"""

import base64
import hashlib
import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from monkeys.formats.samples.rows import natural
from monkeys.records.reference import Reference
from monkeys.reporting.export import is_chat
from monkeys.tables.joined import Draws, Place, prompt_text, prompts, references

MOST_SAMPLES = 3000
"""Samples on a page; of a larger study a fair part is shown."""
TEXT_LIMIT = 30_000
"""Characters of a text that are shown; of a longer one its beginning and its end."""
REFERENCE_LIMIT = 10_000
"""Characters of a value of a reference; tests may be megabytes."""


@dataclass(frozen=True, slots=True)
class Part:
    """The samples that a page shows of a study.

    ``places``: by the draws' number in the sequence and shard, what is shown. ``shown`` of ``total`` samples, ``each`` of a problem and model at most; None: all of them. ``left_out``: problems of which
    none is shown. ``passes``: by the draws' number, of each problem of the whole study (passed, samples).
    """

    places: dict[tuple[int, str], set[Place]]
    shown: int
    total: int
    each: int | None
    left_out: int
    passes: list[dict[str, tuple[int, int]]]

    @property
    def sentence(self) -> str:
        """What the page says of it."""
        if self.each is None:
            return f"All {self.total:,} samples of the study."
        problems = f", and none of {self.left_out:,} problems" if self.left_out else ""
        return (
            f"{self.shown:,} of the study's {self.total:,} samples: {self.each:,} of each problem, model and strategy at most{problems}. "
            "They are drawn by a hash of the problem's name and the sample's number, whatever became of them, so that shares of outcomes are those of the study up to chance; "
            "all models show the same problems and numbers. The counts beside problems are of the whole study."
        )


def rank(*words: object) -> str:
    """A number that is as good as drawn, and the same every time."""
    return hashlib.sha256("\0".join(map(str, words)).encode()).hexdigest()


def choose(draws: Sequence[Draws], limit: int) -> Part:
    """A fair part of a study: all samples where they are ``limit`` at most, else equally many of each problem of each model.

    Where even one of each is too many, problems are left out, the same for all models.
    """
    found: list[dict[str, list[tuple[int, str]]]] = []
    passes: list[dict[str, tuple[int, int]]] = []
    for one in draws:
        places: dict[str, list[tuple[int, str]]] = {}
        passed: dict[str, tuple[int, int]] = {}
        for shard in one.shards():
            table = one.verdicts(shard, ("problem_id", "sample_index", "outcome"))
            for name, index, outcome in zip(*(table[column].to_pylist() for column in ("problem_id", "sample_index", "outcome")), strict=True):
                places.setdefault(name, []).append((index, shard))
                before = passed.get(name, (0, 0))
                passed[name] = before[0] + (outcome == "passed"), before[1] + (outcome != "infrastructure_error")
        found.append(places)
        passes.append(passed)
    total = sum(len(samples) for places in found for samples in places.values())
    cells = sum(len(places) for places in found)
    problems = {(one.benchmark, name) for one, places in zip(draws, found, strict=True) for name in places}
    kept = problems
    each: int | None = None
    if total > limit:
        each = max(1, limit // cells)
        if cells > limit:
            kept = set(sorted(problems, key=lambda problem: rank(*problem))[: max(1, limit * len(problems) // cells)])
    chosen: dict[tuple[int, str], set[Place]] = {}
    shown = 0
    for number, (one, places) in enumerate(zip(draws, found, strict=True)):
        for name, samples in places.items():
            if (one.benchmark, name) in kept:
                some = samples if each is None else sorted(samples, key=lambda sample: rank(name, sample[0]))[:each]
                shown += len(some)
                for index, shard in some:
                    chosen.setdefault((number, shard), set()).add((name, index))
    return Part(chosen, shown, total, each, len(problems) - len(kept), passes)


def shortened(text: str, limit: int) -> str:
    """A text's beginning and end where it is longer than the limit."""
    return (
        text
        if len(text) <= limit
        else f"{text[: limit // 2]}\n[… {len(text) - limit // 2 * 2:,} characters are left out here …]\n{text[-(limit // 2) :]}"
    )


def entries(draws: Sequence[Draws], places: Mapping[tuple[int, str], Collection[Place]]) -> Iterator[dict[str, Any]]:
    """What a page has of each sample."""
    for (number, shard), wanted in sorted(places.items()):
        for row in draws[number].rows(shard, wanted):
            entry = {
                "d": number,
                "p": row["problem_id"],
                "i": row["sample_index"],
                "o": row["outcome"],
                "a": row.get("answer"),
                "r": row.get("detail") or "",
                "t": shortened(row["text"], TEXT_LIMIT),
                "n": row.get("output_tokens"),
                "f": row.get("finish_reason"),
                # A text: JavaScript's numbers end at 2^53, and seeds do not.
                "s": None if row.get("seed") is None else str(row["seed"]),
            }
            if row["scores"]:
                entry["v"] = row["scores"]
            yield {key: value for key, value in entry.items() if value not in (None, "")}


def fitting(draws: Sequence[Draws], limit: int, megabytes: float) -> tuple[Part, list[dict[str, Any]]]:
    """The part of a study that fits a page, by number of samples and by size: where texts are long, fewer of each problem are shown."""
    while True:
        part = choose(draws, limit)
        samples, size = [], 0
        for entry in entries(draws, part.places):
            samples.append(entry)
            size += len(json.dumps(entry))
            # The least part, one problem, is shown whatever its size.
            if size > megabytes * 1e6 and limit > 1:
                break
        else:
            samples.sort(key=lambda entry: (entry["d"], natural(entry["p"]), entry["i"]))
            return part, samples
        limit = max(1, min(limit - 1, part.shown - 1, int(0.9 * len(samples))))


def reference_fields(reference: Reference | None) -> dict[str, str]:
    """What a verifier knew, as texts."""
    if reference is None:
        return {}
    found = {}
    for name, value in reference.reference.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)
        if text.strip():
            found[name] = shortened(text, REFERENCE_LIMIT)
    return found


def page_data(config: Mapping[str, Any], draws: Sequence[Draws], limit: int, megabytes: float) -> dict[str, Any]:
    """All that a page shows."""
    part, samples = fitting(draws, limit, megabytes)
    chats = [is_chat(config, one.model) for one in draws]
    problems: dict[str, dict[str, Any]] = {}
    for entry in samples:
        one = draws[entry["d"]]
        of_benchmark = problems.setdefault(one.benchmark, {})
        if entry["p"] not in of_benchmark:
            asked = prompts(one.results, one.benchmark).get(entry["p"])
            of_benchmark[entry["p"]] = {
                "chat": shortened(prompt_text(asked, chat=True), TEXT_LIMIT),
                "text": shortened(prompt_text(asked, chat=False), TEXT_LIMIT),
                "reference": reference_fields(references(one.results, one.benchmark).get(entry["p"])),
            }
    return {
        "run": config.get("run", ""),
        "sentence": part.sentence,
        "draws": [
            {"benchmark": one.benchmark, "model": one.model, "strategy": one.strategy, "title": one.title, "chat": chat, "passes": passes}
            for one, chat, passes in zip(draws, chats, part.passes, strict=True)
        ],
        "problems": problems,
        "samples": samples,
    }


def harmless_json(value: Any) -> str:
    """JSON in which nothing ends a script element or begins a comment, whoever wrote its texts."""
    text = json.dumps(value, ensure_ascii=True, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def source_hash(text: str) -> str:
    """What a Content-Security-Policy allows an element by."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def render(data: Mapping[str, Any]) -> str:
    """The page."""
    import jinja2

    folder = Path(__file__).parent
    style = (folder / "samples.css").read_text(encoding="utf-8")
    script = (folder / "samples.js").read_text(encoding="utf-8")
    template = jinja2.Environment(autoescape=True).from_string((folder / "samples.html.j2").read_text(encoding="utf-8"))
    return template.render(
        run=data["run"],
        sentence=data["sentence"],
        style=style,
        script=script,
        data=harmless_json(data),
        policy=f"default-src 'none'; style-src {source_hash(style)}; script-src {source_hash(script)}; base-uri 'none'; form-action 'none'",
    )
