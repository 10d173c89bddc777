"""inspect_ai's logs (``.eval``, or ``.json`` by ``--log-format json``): a sample of an epoch has ``id``, ``epoch`` and ``output`` with its choices.

What a model reasoned is a part of the content of its own and no part of the text. A sample that ended in an error is none.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from monkeys.formats.samples import Found, Row, RowError, Shape, fields, log_probability, whole, word

NEEDS = "id, epoch and output"
ATTACHMENT = "attachment://"
REASONS = {"max_tokens": "length", "model_length": "length"}
"""inspect_ai's words for why a text ends, where they are not vLLM's."""


def samples(row: Row, _position: int) -> Iterator[Found | str]:
    if not isinstance(row.get("id"), (str, int)) or not isinstance(row.get("epoch"), int):
        raise RowError(f"has no id or no epoch; each needs {NEEDS}")
    if row.get("error"):
        yield "samples that ended in an error"
        return
    output = row.get("output")
    choices = output.get("choices") if isinstance(output, dict) else None
    if not isinstance(output, dict) or not isinstance(choices, list):
        raise RowError(f"has no choices under 'output'; each needs {NEEDS}")
    if not choices:
        yield "samples without an output"
        return
    usage = fields(output.get("usage")) if len(choices) == 1 else {}
    for number, choice in enumerate(choices):
        try:
            content, reason = choice["message"]["content"], choice.get("stop_reason")
        except (KeyError, TypeError, AttributeError) as error:
            raise RowError(f"has a choice without a message under 'output'; each needs {NEEDS}") from error
        tokens = fields(choice.get("logprobs")).get("content")
        yield Found(
            row["id"],
            _text(content, fields(row.get("attachments"))),
            _question(row.get("input")),
            key=f"{row['epoch']} {number}",
            prompt_tokens=whole(usage.get("input_tokens")),
            output_tokens=whole(usage.get("output_tokens")),
            finish_reason=REASONS.get(str(reason), word(reason)),
            cumulative_logprob=log_probability([token.get("logprob") for token in tokens]) if isinstance(tokens, list) else None,
        )


def _question(asked: Any) -> str | None:
    """What was asked: a text, or the last message of a user's."""
    if isinstance(asked, list):
        asked = next((fields(message).get("content") for message in reversed(asked) if fields(message).get("role") == "user"), None)
    if isinstance(asked, list):
        asked = "\n".join(str(fields(part).get("text", "")) for part in asked if fields(part).get("type") == "text")
    return word(asked)


def _text(content: Any, attachments: Mapping[str, Any]) -> str:
    parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
    texts = []
    for part in parts:
        if isinstance(part, dict) and part.get("type") == "text":
            if not isinstance(part.get("text"), str):
                raise RowError("has a content that is no text under 'output'")
            texts.append(part["text"])
    # Long texts may lie apart.
    return "\n".join(str(attachments.get(text.removeprefix(ATTACHMENT), text)) if text.startswith(ATTACHMENT) else text for text in texts)


SHAPE = Shape("inspect_ai", "inspect_ai's .eval", NEEDS, lambda row: {"id", "epoch", "output"} <= row.keys(), samples)
