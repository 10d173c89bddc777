"""What OpenAI's API answers, as many servers do: chat completions, completions, the Responses API, one object a row; and the lines of a Batch's output.

An answer does not say which problem it answers. A Batch's line does (``custom_id``); an answer may in its ``metadata``, and a row that keeps answers under
``response`` may beside it. A ``custom_id`` of several samples of a problem ends in a number: ``HumanEval/5-0``, ``HumanEval/5-1``, … A request that failed
is no sample. Tokens are known of a request with one choice. What a model reasoned (``reasoning_content``) is no part of the text.
"""

from collections.abc import Iterator
from typing import Any

from monkeys.formats.samples import NAMES, Found, Row, RowError, Shape, fields, log_probability, name_of, whole, word

KINDS = ("chat.completion", "text_completion", "response")
NEEDS_ANSWER = "object (chat.completion, text_completion or response) and the problem's name in metadata, or response beside the problem's name"
NEEDS_BATCH = "custom_id and response"


def batch(row: Row, _position: int) -> Iterator[Found | str]:
    name, response = row.get("custom_id"), row.get("response")
    if not isinstance(name, str):
        raise RowError(f"has no text under 'custom_id'; each needs {NEEDS_BATCH}")
    if row.get("error") or not isinstance(response, dict) or response.get("status_code", 200) != 200:
        yield "requests that failed"
        return
    body = response.get("body")
    if not isinstance(body, dict):
        raise RowError("has no answer under 'response.body'")
    for found in _choices(body):
        yield Found(name, numbered=True, key=f"{name} {found['key']}", **{field: value for field, value in found.items() if field != "key"})


def answers(row: Row, _position: int) -> Iterator[Found | str]:
    body = fields(row.get("response")) if _is_answer(row.get("response")) else row
    if not _is_answer(body):
        raise RowError(f"has no answer of OpenAI's API; each needs {NEEDS_ANSWER}")
    if body.get("error"):
        yield "requests that failed"
        return
    # An answer's own id says nothing of its problem.
    beside = row if body is not row else {field: value for field, value in row.items() if field != "id"}
    name = name_of(beside, ("custom_id", *NAMES))
    if name is None:
        name = name_of(fields(body.get("metadata")), ("custom_id", "problem_id", "task_id", "problem", "id"))
    if name is None:
        raise RowError(f"does not name its problem; each needs {NEEDS_ANSWER}")
    for found in _choices(body):
        yield Found(name, numbered=True, key=None, **{field: value for field, value in found.items() if field != "key"})


def _is_answer(value: Any) -> bool:
    return isinstance(value, dict) and value.get("object") in KINDS


def _choices(body: Row) -> Iterator[dict[str, Any]]:
    """The samples of an answer, by the names of ``Found``'s fields."""
    usage = fields(body.get("usage"))
    if body.get("object") == "response" or "output" in body:
        details = fields(body.get("incomplete_details"))
        reason = (
            "length"
            if details.get("reason") == "max_output_tokens"
            else details.get("reason") or ("stop" if body.get("status") == "completed" else None)
        )
        texts: list[Any] = []
        scores: list[Any] = []
        for item in body.get("output") or []:
            for part in item.get("content") or [] if item.get("type") == "message" else []:
                texts.append(part.get("text") if part.get("type") == "output_text" else part.get("refusal"))
                scores += part.get("logprobs") or []
        yield {
            "text": "".join(text for text in texts if isinstance(text, str)),
            "key": 0,
            "prompt_tokens": whole(usage.get("input_tokens")),
            "output_tokens": whole(usage.get("output_tokens")),
            "finish_reason": word(reason),
            "cumulative_logprob": log_probability([score.get("logprob") for score in scores]),
        }
        return
    choices = body.get("choices")
    if not isinstance(choices, list):
        raise RowError("has no choices in its answer")
    for number, choice in enumerate(choices):
        message = choice.get("message") if isinstance(choice, dict) else None
        text = message.get("content") if isinstance(message, dict) else choice.get("text") if isinstance(choice, dict) else None
        if isinstance(text, list):
            text = "".join(part.get("text", "") for part in text if isinstance(part, dict))
        if text is None and isinstance(message, dict):
            text = message.get("refusal") or ""
        if not isinstance(text, str):
            raise RowError("has a choice without a text")
        tokens = fields(choice.get("logprobs"))
        listed = [token.get("logprob") for token in tokens["content"]] if isinstance(tokens.get("content"), list) else tokens.get("token_logprobs")
        yield {
            "text": text,
            "key": number,
            "prompt_tokens": whole(usage.get("prompt_tokens")),
            "output_tokens": whole(usage.get("completion_tokens")) if len(choices) == 1 else None,
            "finish_reason": word(choice.get("finish_reason")),
            "cumulative_logprob": log_probability(listed),
        }


SHAPES = (
    Shape("openai_batch", "OpenAI's Batch output", NEEDS_BATCH, lambda row: "custom_id" in row and ("response" in row or "error" in row), batch),
    Shape("openai", "OpenAI's answers", NEEDS_ANSWER, lambda row: _is_answer(row) or _is_answer(row.get("response")), answers),
)
