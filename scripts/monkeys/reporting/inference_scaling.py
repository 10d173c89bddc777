"""What the report says of strategies at equal cost: which one to use, and what it gains to choose by difficulty."""

from collections.abc import Mapping, Sequence
from typing import Any


def scaling_in_words(found: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Sentences and rows of each comparison of answers: ``title``, ``sentences``, ``rows`` (bin, problems, chosen), ``recommends``.

    Where ``recommends``, the first sentence says what to use.

    Args:
        found: ``compute_optimal.json``; empty where nothing was compared.
    """
    confidence = found.get("confidence", 0.95)
    shown = [one for one in found.get("choices", []) if one["label"] == "outcome"]
    return [_comparison(one, confidence, recommends=place == 0 or shown[place - 1]["model"] != one["model"]) for place, one in enumerate(shown)]


def _comparison(one: Mapping[str, Any], confidence: float, recommends: bool) -> dict[str, Any]:
    kind = (
        "by the share of samples that passed"
        if one["difficulty"] == "oracle"
        else f"as {one['difficulty'].removeprefix('predicted ').strip('()')} predicts it"
    )
    title = f"{one['model']}, difficulty {kind}"
    if "not_compared" in one:
        return {"title": title, "sentences": [f"Nothing is compared at equal cost: {one['not_compared']}."], "rows": [], "recommends": False}
    sentences = [recommendation(one, confidence), *ended_sentences(one)] if recommends else []
    sentences += [gain_sentence(one, confidence), *saved_sentences(one)]
    rows = [
        {
            "bin": row["bin"],
            "problems": row["problems"],
            "chosen": ", ".join(f"{way_name(way)} ({way['share']:.0%})" for way in row["chosen"][:3]),
        }
        for row in one["bins"]
    ]
    return {"title": title, "sentences": sentences, "rows": rows, "recommends": recommends}


def way_name(way: Mapping[str, Any]) -> str:
    """A strategy with its selector."""
    return f"{way['strategy']}, {way['selector']}"


def recommendation(one: Mapping[str, Any], confidence: float) -> str:
    """What one should use, by the comparison at the largest budget; where nothing is shown to differ, the usual strategy."""
    best, *others = one["ranking"]
    budget = f"At {one['tokens'][1]:,.0f} tokens a problem, policy and scorer together,"
    # A curve may also end later, and before the budget in one of the bins alone.
    cheap = max((way for way in one["ended"] if way["tokens"] <= one["tokens"][1]), key=lambda way: way["accuracy"], default=None)
    if cheap is not None and cheap["accuracy"] >= best["accuracy"]:
        return (
            f"Use {way_name(cheap)}: {cheap['accuracy']:.1%} of its answers are right at {cheap['tokens']:,.0f} tokens a problem, policy and scorer together, "
            f"where its samples end; those that judge how hard a problem is are not counted. Nothing is ahead of it at {one['tokens'][1]:,.0f} tokens: the best choice there, {way_name(best)}, has "
            f"{best['accuracy']:.1%}. Draw more samples for it to compare them at equal cost."
        )
    if not others:
        return f"{budget} {way_name(best)} is the only choice."
    behind = [way for way in others if way["p_holm"] < 1 - confidence]
    level = [way for way in others if way["p_holm"] >= 1 - confidence]
    if not behind:
        simple = one["baseline"] or best
        advice = f"Use what is simplest, such as {way_name(simple)}, or draw more problems."
        return (
            f"{budget} no choice for all problems is shown to be better than another: the differences of {way_name(best)}, which is ahead with {best['accuracy']:.1%}, are within "
            f"their intervals (the next, {way_name(others[0])}: {_points(others[0])}). {'Choose by difficulty.' if one['last']['gain_lower'] > 0 else advice}"
        )
    said = f"{budget} use {way_name(best)}: {best['accuracy']:.1%} of the answers are right"
    said += f", and it is ahead of {_listed(behind)}"
    if level:
        said += f". {_listed(level)} {'is' if len(level) == 1 else 'are'} not shown to be worse: the difference is within its interval"
    return said + "."


def ended_sentences(one: Mapping[str, Any]) -> list[str]:
    """Choices whose curves end before the largest budget, which may be nearly as good for less; one sentence, or none."""
    ended = [f"{way_name(way)} ({way['accuracy']:.1%} at {way['tokens']:,.0f} tokens)" for way in one["ended"]]
    return [f"Not compared there, as their samples end before, of all problems or of a bin: {'; '.join(ended)}."] if ended else []


def gain_sentence(one: Mapping[str, Any], confidence: float) -> str:
    """What choosing by difficulty gains over the best fixed choice."""
    last = one["last"]
    interval = f"{confidence:.0%} interval {100 * last['gain_lower']:+.1f} to {100 * last['gain_upper']:+.1f}"
    gain = f"{100 * last['gain']:+.1f} points ({interval})"
    ends = f"{last['optimal']:.1%} against {last['fixed']:.1%}; chosen with hindsight it would seem to be {last['oracle']:.1%}"
    if last["gain_lower"] > 0:
        return f"To choose by difficulty gains {gain} over the best fixed choice: {ends}."
    if last["gain_upper"] < 0:
        return f"To choose by difficulty loses {gain} against the best fixed choice: {ends}."
    return f"To choose by difficulty is not shown to gain anything over the best fixed choice: {gain}, {ends}."


def saved_sentences(one: Mapping[str, Any]) -> list[str]:
    """The factors of compute, one sentence for all that there are."""
    names = {"fixed": "the best fixed choice"}
    if one["baseline"]:
        names["best_of_n"] = f"best of N ({way_name(one['baseline'])})"
    said = []
    for key, name in names.items():
        if (saved := one["saved"].get(key)) is not None:
            least = "at least " if saved["at_least"] else ""
            said.append(f"{least}{saved['factor']:.2f} times over {name} (interval {saved['lower']:.2f} to {saved['upper']:.2f})")
    return (
        [
            f"At equal accuracy it saves tokens by a factor of {' and '.join(said)}; a factor below 1 costs more. The tokens that judge difficulty are not counted."
        ]
        if said
        else []
    )


def _listed(found: Sequence[Mapping[str, Any]]) -> str:
    shown = [f"{way_name(way)} ({_points(way)})" for way in found[:3]]
    return "; ".join(shown) + (f"; and {len(found) - 3} more" if len(found) > 3 else "")


def _points(way: Mapping[str, Any]) -> str:
    return f"{100 * way['behind']:+.1f} points, {100 * way['lower']:+.1f} to {100 * way['upper']:+.1f}"
