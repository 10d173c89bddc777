"""A headless Chromium for tests of pages, spoken to by its own protocol over two pipes: no driver and no port."""

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest


def program() -> str:
    """A Chromium, by the environment's CHROMIUM or under its usual names; without one the test is skipped."""
    names = (os.environ.get("CHROMIUM", ""), "chromium", "chromium-browser", "google-chrome", "chrome", "headless_shell")
    found = next((path for name in names if name and (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("there is no Chromium")
    return found


class Browser:
    """One page of a browser."""

    def __init__(self, orders: int, answers: int) -> None:
        self._orders, self._answers = orders, os.fdopen(answers, "rb", buffering=0)
        self._number, self._rest = 0, b""
        self.requests: list[str] = []
        """Addresses that pages asked for."""
        target = self._say("Target.createTarget", url="about:blank")["targetId"]
        self._session = self._say("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Runtime"):
            self._say(f"{domain}.enable")

    def _read(self) -> dict[str, Any]:
        while b"\0" not in self._rest:
            piece = self._answers.read(1 << 20)
            assert piece, "the browser has ended"
            self._rest += piece
        message, _, self._rest = self._rest.partition(b"\0")
        found: dict[str, Any] = json.loads(message)
        if found.get("method") == "Network.requestWillBeSent":
            self.requests.append(found["params"]["request"]["url"])
        return found

    def _say(self, method: str, **words: Any) -> dict[str, Any]:
        self._number += 1
        session = {"sessionId": self._session} if hasattr(self, "_session") else {}
        os.write(self._orders, json.dumps({"id": self._number, "method": method, "params": words, **session}).encode() + b"\0")
        while (answer := self._read()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, address: str, width: int = 1200) -> None:
        """Load a page anew and wait until it is there."""
        self._say("Page.navigate", url="about:blank")
        self._say("Emulation.setEmulatedMedia", media="")
        self._say("Emulation.setDeviceMetricsOverride", width=width, height=800, deviceScaleFactor=1, mobile=False)
        self._say("Page.navigate", url=address)
        while self.value("document.readyState") != "complete" or self.value("location.href") == "about:blank":
            pass

    def print_media(self) -> None:
        """Show the page as it is printed, until another one is opened."""
        self._say("Emulation.setEmulatedMedia", media="print")

    def value(self, expression: str) -> Any:
        """What a JavaScript expression is in the page."""
        answer = self._say("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """A browser whose profile is in a folder."""
    orders_there, orders_here = os.pipe()
    answers_here, answers_there = os.pipe()
    # Chromium takes its orders from descriptor 3 and answers on 4.
    shell = f'exec "$0" "$@" 3<&{orders_there} 4>&{answers_there}'
    words = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
        f"--user-data-dir={folder}",
        "--remote-debugging-pipe",
    ]
    process = subprocess.Popen(
        ["bash", "-c", shell, program(), *words],
        pass_fds=(orders_there, answers_there),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    os.close(orders_there)
    os.close(answers_there)
    try:
        yield Browser(orders_here, answers_here)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        os.close(orders_here)
