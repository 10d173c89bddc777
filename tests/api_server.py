"""A server on loopback between a client of OpenAI's API and a real server, or in place of one: it makes faults on request and remembers what it was asked."""

import json
import threading
import time
import urllib.error
import urllib.request
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class ApiServer:
    """What a test says and learns.

    Attributes:
        behind: address of the real server, up to ``/v1``; None: answers are made up from prompt and seed.
        faults: for the next requests in turn: a status, ``cut`` (half of the answer), ``slow`` (after ``pause`` seconds), ``odd`` (no answer of the API's), ``""``.
        key: that is wanted; None: any.
        knows_n: whether several samples come in one answer.
        asked: bodies of requests, in the order they came.
        most: requests at a time.
    """

    def __init__(self, behind: str | None = None) -> None:
        self.behind, self.faults = behind, deque[Any]()
        self.key: str | None = None
        self.knows_n, self.pause = True, 1.0
        self.asked: list[dict[str, Any]] = []
        self.most = self.now = 0
        self.lock = threading.Lock()
        self.url = ""

    def fault(self) -> Any:
        with self.lock:
            return self.faults.popleft() if self.faults else ""

    def answer(self, path: str, body: dict[str, Any]) -> bytes:
        if self.behind is not None:
            headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self.key}"}
            request = urllib.request.Request(self.behind + path, json.dumps(body).encode(), headers)
            with urllib.request.urlopen(request, timeout=600) as found:
                return bytes(found.read())
        number = body.get("n", 1) if self.knows_n else 1
        asked = body["messages"][-1]["content"] if "messages" in body else body["prompt"]
        texts = [f"{asked} {body.get('seed')} {place}" for place in range(number)]
        choices = [
            {
                "index": place,
                "finish_reason": "stop",
                **({"message": {"role": "assistant", "content": text}} if "messages" in body else {"text": text}),
            }
            for place, text in enumerate(texts)
        ]
        usage = {"prompt_tokens": 7, "completion_tokens": 10 * number + 1, "total_tokens": 0}
        return json.dumps({"id": "x", "object": "x", "created": 0, "model": "small-2026", "choices": choices, "usage": usage}).encode()


@contextmanager
def api_server(behind: str | None = None) -> Iterator[ApiServer]:
    """A server that runs until the block ends."""
    state = ApiServer(behind)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with state.lock:
                state.asked.append(body)
                state.now += 1
                state.most = max(state.most, state.now)
            try:
                self.respond(body)
            finally:
                with state.lock:
                    state.now -= 1

        def respond(self, body: dict[str, Any]) -> None:
            given = self.headers.get("Authorization", "")
            if state.key is not None and given != f"Bearer {state.key}":
                self.send(401, json.dumps({"error": {"message": f"Incorrect API key provided: {given.split()[-1]}"}}).encode())
                return
            fault = state.fault()
            if isinstance(fault, int):
                self.send(fault, json.dumps({"error": {"message": f"fault {fault} {given}"}}).encode())
                return
            if fault == "odd":
                self.send(200, b'{"status": "fine"}')
                return
            try:
                text = state.answer(self.path.removeprefix("/v1"), body)
            except urllib.error.HTTPError as error:
                self.send(error.code, error.read())
                return
            if fault == "slow":
                time.sleep(state.pause)
            self.send(200, text, half=fault == "cut")

        def send(self, status: int, text: bytes, half: bool = False) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.send_header("retry-after-ms", "5")
                self.end_headers()
                self.wfile.write(text[: len(text) // 2] if half else text)
            except (BrokenPipeError, ConnectionResetError):
                pass  # the client waits no longer
            self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    thread = threading.Thread(target=lambda: server.serve_forever(0.02), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
