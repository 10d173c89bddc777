"""Models behind an endpoint that speaks OpenAI's API: vLLM serve, SGLang, Ollama, llama.cpp, Together, DeepSeek, OpenAI itself.

The client is ``openai``'s own, which tries again after 408, 409, 429, 5xx, lost connections and slow answers, with growing pauses or those that the server asks
for. The key comes from an environment variable and is in no file, log or error message.

Whether a server honours seeds nobody can see from outside, so the configuration says it (``endpoint.seeds``). With seeds each sample is a request of its own;
without, several samples of a problem share a request where the server gives them (``n``), and their prompt is paid once.
"""

import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from importlib.metadata import version
from pathlib import Path
from typing import Any

from monkeys.closure import behaviour
from monkeys.engines import Rendered, Request
from monkeys.errors import InfrastructureError, InputError
from monkeys.records.prompt import Prompt
from monkeys.records.sample import Sample

STANDARD = ("temperature", "top_p", "max_tokens", "presence_penalty", "frequency_penalty")
"""Sampling parameters that OpenAI's API has; all others are handed on as they are, for servers that know more."""
UNREADABLE = 3
"""How often an answer that is no answer (a body that was cut off, no choices) is asked for again."""


def recipe(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> dict[str, Any]:
    """All that determines a sample but what is asked and its seed, as far as it can be known from outside the server."""
    endpoint = settings["endpoint"]
    return {
        "engine": "openai_api",
        "behaviour": behaviour(__file__),
        **{key: endpoint[key] for key in ("url", "model", "seeds", "extra")},
        **{key: settings[key] for key in ("response_format", "chat_template_kwargs", "sampling")},
    }


def prepare(settings: Mapping[str, Any]) -> list[str]:
    """Nothing of the environment but the key, and what reaches the network, has a part in a draw."""
    # It would write requests to the log.
    os.environ.pop("OPENAI_LOG", None)
    return []


def rendered(prompts: Sequence[Prompt], manifest: Mapping[str, Any], settings: Mapping[str, Any], folder: Path) -> dict[str, Rendered]:
    """What the server is sent of each prompt, by problem. It makes tokens of it that are not known here: in their place stand the bytes."""
    if settings["response_format"] == "chat":
        return {prompt.problem_id: Rendered(tuple(json.dumps(prompt.messages, ensure_ascii=False).encode())) for prompt in prompts}
    return {prompt.problem_id: Rendered(tuple(prompt.prompt.encode()), tuple(prompt.stop)) for prompt in prompts}


def open_engine(manifest: Mapping[str, Any], settings: Mapping[str, Any]) -> "ApiEngine":
    """Connect.

    Raises:
        InputError: the key's variable is not set, or the client is not installed.
    """
    return ApiEngine(settings["endpoint"], settings["response_format"], settings["sampling"], settings["chat_template_kwargs"])


class ApiEngine:
    """An engine over OpenAI's API.

    Args:
        endpoint: of the configuration: ``url``, ``model``, ``key_variable``, ``in_flight``, ``seeds``, ``samples_per_request``, ``requests_per_minute``,
            ``seconds``, ``retries``, ``extra``.
        response_format: ``chat`` or ``completion``.
        sampling: sampling parameters.
        chat_template_kwargs: for servers that take them (vLLM, SGLang).

    Raises:
        InputError: see ``open_engine``.
    """

    def __init__(
        self, endpoint: Mapping[str, Any], response_format: str, sampling: Mapping[str, Any], chat_template_kwargs: Mapping[str, Any]
    ) -> None:
        try:
            from openai import OpenAI
        except ImportError as error:
            raise InputError(f"the client of OpenAI's API cannot be imported ({error}); set its environment up with `make environments`") from error
        self._endpoint, self._chat = endpoint, response_format == "chat"
        self._key = _key(endpoint["key_variable"])
        self._client = OpenAI(
            api_key=self._key or "none",
            base_url=endpoint["url"],
            organization=None,
            timeout=float(endpoint["seconds"]),
            max_retries=endpoint["retries"],
        )
        self._parameters = self._asked(sampling, chat_template_kwargs)
        self._top = int(sampling.get("logprobs") or 0)
        self._together = 1 if endpoint["seeds"] else int(endpoint["samples_per_request"])
        self._pace = Pace(endpoint["requests_per_minute"])
        seeds = endpoint["seeds"]
        self.provenance = {
            "engine": "openai_api",
            "openai": version("openai"),
            "endpoint": str(endpoint["url"]),
            "model": str(endpoint["model"]),
            "redrawing": "by the seeds of the samples, which the server is said to honour" if seeds else "not possible: the server got no seeds",
        }
        if self._together > 1:
            self.provenance["output_tokens"] = f"where {self._together} samples shared a request, its tokens in equal parts"
        if self._top:
            self.provenance["confidence_top"] = str(self._top)
        self._served: dict[str, set[str]] = {}

    def draw(self, requests: Sequence[Request]) -> Iterator[Sample]:
        """Draw the samples, so many requests at a time, each yielded as it comes.

        Raises:
            InputError: the server refuses the key, the model, a parameter or a prompt.
            InfrastructureError: it cannot be reached, or still fails after all tries.
        """
        waiting = self._parts(requests)
        with ThreadPoolExecutor(self._endpoint["in_flight"]) as pool:
            running: dict[Future[list[Sample]], None] = {}
            try:
                while waiting or running:
                    while waiting and len(running) < self._endpoint["in_flight"]:
                        running[pool.submit(self._ask, waiting.pop(0))] = None
                    done, _ = wait(running, return_when=FIRST_COMPLETED)
                    failed = None
                    for future in done:
                        del running[future]
                        if (error := future.exception()) is not None:
                            failed = failed or error
                        else:
                            yield from future.result()
                    # What came beside the failure is kept.
                    if failed is not None:
                        raise failed
            except (InputError, InfrastructureError):
                self._give_up(running)
                # Answers that are paid for already are waited for, and kept.
                for future in running:
                    if not future.cancelled() and future.exception() is None:
                        yield from future.result()
                raise
            except BaseException:
                self._give_up(running)
                raise
        # In which order the answers came leaves no trace.
        self.provenance |= {name: "; ".join(sorted(values)) for name, values in sorted(self._served.items())}

    def _give_up(self, running: Iterable[Future[list[Sample]]]) -> None:
        """Ask for nothing more; what is on its way comes."""
        self._pace.stop()
        for future in running:
            future.cancel()

    def _parts(self, requests: Sequence[Request]) -> list[list[Request]]:
        """The requests, those together that share one to the server: of one problem, and no more than it is asked for at a time."""
        parts: list[list[Request]] = []
        for request in requests:
            if parts and len(parts[-1]) < self._together and parts[-1][0].prompt.problem_id == request.prompt.problem_id:
                parts[-1].append(request)
            else:
                parts.append([request])
        return parts

    def _asked(self, sampling: Mapping[str, Any], chat_template_kwargs: Mapping[str, Any]) -> dict[str, Any]:
        """What every request says. Of ``extra`` a null leaves a parameter out, and ``max_completion_tokens`` stands in place of ``max_tokens``."""
        extra = dict(self._endpoint["extra"])
        chosen = {name: value for name, value in sampling.items() if name in STANDARD and name not in extra}
        if "max_completion_tokens" in extra:
            chosen.pop("max_tokens", None)
        body = {name: value for name, value in sampling.items() if name not in (*STANDARD, "logprobs")} | extra
        if chat_template_kwargs:
            body["chat_template_kwargs"] = dict(chat_template_kwargs)
        if "logprobs" in sampling:
            top = int(sampling["logprobs"])
            chosen |= ({"logprobs": True} | ({"top_logprobs": top} if top else {})) if self._chat else {"logprobs": top}
        return {"model": self._endpoint["model"], **chosen, "extra_body": {name: value for name, value in body.items() if value is not None}}

    def _ask(self, part: Sequence[Request]) -> list[Sample]:
        """The samples of one request; where the server gives fewer than asked for, of several."""
        samples: list[Sample] = []
        while len(samples) < len(part):
            rest = part[len(samples) :]
            found = self._answer(rest)
            if len(found) < len(rest):
                # It does not know `n`: from now on each sample is a request.
                self._together = 1
            samples += found
        return samples

    def _answer(self, part: Sequence[Request]) -> list[Sample]:
        for turn in range(UNREADABLE + 1):
            self._pace.wait()
            answer = self._create(part)
            try:
                return self._samples(part, answer)
            except (AttributeError, TypeError, ValueError, IndexError, KeyError) as error:
                if turn == UNREADABLE:
                    raise InfrastructureError(
                        f"the server at {self._endpoint['url']} answers in a form that is not OpenAI's ({self._clean(error)}); see that the url ends"
                        " where its documentation says, often in /v1"
                    ) from None
        raise AssertionError

    def _create(self, part: Sequence[Request]) -> Any:
        """One request, with the client's own tries."""
        import openai

        first = part[0]
        own: dict[str, Any] = {"seed": first.seed % (1 << 63)} if self._endpoint["seeds"] else {}
        if first.rendered.stop:
            own["stop"] = list(first.rendered.stop)
        if len(part) > 1 and self._together > 1:
            own["n"] = len(part)
        chat, text = self._client.chat.completions, self._client.completions
        try:
            if self._chat:
                return chat.create(messages=first.prompt.messages, **self._parameters, **own)  # type: ignore[arg-type]
            return text.create(prompt=first.prompt.prompt, **self._parameters, **own)
        except openai.APIStatusError as error:
            raise self._refused(error, first.prompt.problem_id) from None
        except (openai.APIError, ValueError) as error:
            # A body that is no JSON is a ValueError.
            raise InfrastructureError(
                f"the server at {self._endpoint['url']} gave no whole answer in {1 + self._endpoint['retries']} tries ({type(error).__name__}:"
                f" {self._clean(error)}); what was drawn is kept, run again when it can be reached"
            ) from None

    def _refused(self, error: Any, problem: str) -> Exception:
        """What a status of the server's means."""
        said = f"{error.status_code}, {self._clean(error)}"
        where = f"the server at {self._endpoint['url']}"
        if error.status_code in (401, 403):
            variable = self._endpoint["key_variable"]
            remedy = (
                f"see that {variable} holds the right one" if variable else "name the environment variable that holds one under endpoint.key_variable"
            )
            return InputError(f"{where} refuses the key ({said}); {remedy}")
        if error.status_code == 404:
            return InputError(f"{where} does not know the model {self._endpoint['model']!r}, or nothing is at that address ({said})")
        if error.status_code in (408, 409, 429) or error.status_code >= 500:
            return InfrastructureError(
                f"{where} still fails after {1 + self._endpoint['retries']} tries ({said}); what was drawn is kept, run again later,"
                " with fewer requests in_flight or a limit of requests_per_minute"
            )
        return InputError(
            f"{where} refuses the request for {problem} ({said}); change sampling, or endpoint.extra, where null leaves a parameter out"
        )

    def _clean(self, error: Exception) -> str:
        """An error's words in one line, without the key, which some servers repeat."""
        words = " ".join(str(error).split())[:300] or type(error).__name__
        return words.replace(self._key, "<key>") if self._key else words

    def _samples(self, part: Sequence[Request], answer: Any) -> list[Sample]:
        choices = sorted(answer.choices, key=lambda choice: choice.index or 0)[: len(part)]
        if not choices:
            raise ValueError("no choices")
        usage = answer.usage
        prompt, whole = (usage.prompt_tokens, usage.completion_tokens) if usage is not None else (None, None)
        for name, value in (("served_model", answer.model), ("fingerprint", getattr(answer, "system_fingerprint", None))):
            if value and len(known := self._served.setdefault(name, set())) < 10:
                known.add(str(value))
        samples = []
        for number, (request, choice) in enumerate(zip(part, choices, strict=False)):
            text = (choice.message.content or "") if self._chat else choice.text
            if not isinstance(text, str):
                raise TypeError("no text")
            each = None if whole is None else whole // len(choices) + (number < whole % len(choices))
            values = _log_probabilities(choice.logprobs, self._chat)
            samples.append(
                Sample(
                    problem_id=request.prompt.problem_id,
                    sample_index=request.sample_index,
                    seed=request.seed,
                    text=text,
                    prompt_tokens=prompt,
                    output_tokens=each,
                    finish_reason=choice.finish_reason,
                    # The last digits depend on the size of the batch.
                    cumulative_logprob=None if values is None else round(sum(values), 3),
                    confidences=_confidences(choice.logprobs, self._chat, self._top) if self._top else None,
                )
            )
        return samples


def _key(variable: str) -> str:
    """The key in an environment variable; empty where none is wanted.

    Raises:
        InputError: it is not set.
    """
    if not variable:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        raise InputError(f"the environment variable {variable}, which endpoint.key_variable names, is not set; export {variable}=... and run again")
    return key


def _log_probabilities(found: Any, chat: bool) -> list[float] | None:
    """Of each token that was drawn."""
    if found is None:
        return None
    values = [token.logprob for token in found.content or ()] if chat else list(found.token_logprobs or ())
    return [value for value in values if value is not None] or None


def _confidences(found: Any, chat: bool, top: int) -> list[float] | None:
    """At each place minus the mean of the likeliest tokens, as ``monkeys.engines.confidences`` has it."""
    if found is None:
        return None
    if chat:
        places = [[one.logprob for one in token.top_logprobs or ()] for token in found.content or ()]
    else:
        places = [list(one.values()) for one in found.top_logprobs or ()]
    chosen = [sorted(values, reverse=True)[:top] for values in places]
    return [round(-sum(values) / len(values), 3) for values in chosen] if chosen and all(chosen) else None


class Pace:
    """So many requests a minute, evenly; none: as many as there are."""

    def __init__(self, per_minute: float | None) -> None:
        self._step = 60 / per_minute if per_minute else 0.0
        self._next, self._lock, self._stopped = 0.0, threading.Lock(), threading.Event()

    def wait(self) -> None:
        """Wait for one's turn."""
        if not self._step:
            return
        with self._lock:
            now = time.monotonic()
            turn = max(now, self._next)
            self._next = turn + self._step
        self._stopped.wait(turn - now)

    def stop(self) -> None:
        """Let nobody wait any longer."""
        self._stopped.set()
