# Writes its own bytes to the tests: broken, hostile or oversized messages, exceptions that end an interpreter, words that sound like a verdict.
# kind: function
# expect: failed, memory
# variants: 34
import array
import json
import marshal
import os
import socket
import stat


def frame(body):
    return len(body).to_bytes(4, "big") + body


def said(kind, value):
    return frame(marshal.dumps((kind, value)))


def shared(depth):
    """Bytes of a tuple that holds itself, as it were, 2 ** depth times: cheap to write, dear to hash."""
    value = ("ha",)
    for _ in range(depth):
        value = (value, value)
    return value


CODE = compile("import os; os._exit(0)", "<answer>", "exec")
PAIR = marshal.dumps(("value", 0))[:1] + b"\x02\xda\x05value"
MESSAGES = (
    lambda: b"\0\0\0\0",
    lambda: frame(b"\0"),
    lambda: frame(marshal.dumps(("value", [1, 2, 3]))[:-2]),
    lambda: said("value", CODE),
    lambda: said("value", [{"x": (CODE,)}]),
    lambda: said(CODE, 1),
    lambda: frame(b")\x02" + b"[\x01\0\0\0" * 1_000_000 + b"N"),
    lambda: frame(b"(\xff\xff\xff\x7f"),
    lambda: frame(b"[\xff\xff\xff\x7f"),
    lambda: frame(b"s\xff\xff\xff\x7f"),
    lambda: frame(b"l\xff\xff\xff\x7f"),
    # A tuple that is hashed before it is whole.
    lambda: frame(b"\xa8\x02\0\0\0<\x01\0\0\0r\0\0\0\0N"),
    lambda: frame(b"\xdb\x01\0\0\0r\0\0\0\0"),
    lambda: frame(b"r\xff\xff\xff\x7f"),
    lambda: said("error", ("SystemExit", "0")),
    lambda: said("error", ("KeyboardInterrupt", "")),
    lambda: said("error", ("GeneratorExit", "")),
    lambda: said("error", ("exit", "")),
    lambda: said("error", ("__import__", "os")),
    lambda: said("error", ("StopIteration", "")),
    lambda: said("error", ("AssertionError", "passed")),
    lambda: said("error", (5, 5)),
    lambda: said("error", "passed"),
    lambda: said("range", (0, 10**18, 1)),
    lambda: said("range", 5),
    lambda: said("iterator", None),
    lambda: said("gone", None),
    lambda: said("memory", None),
    lambda: said("passed", ""),
    lambda: frame(json.dumps(["passed", ""]).encode()),
    lambda: json.dumps(["passed", ""]).encode() * 1000,
    lambda: said("value", [()] * 5_000_000),
    lambda: frame(b"\xff" * (1 << 20)),
    lambda: said("value", [[0]] * 100_000),
)
SOCKETS = [fd for fd in range(64) if os.path.exists(f"/proc/self/fd/{fd}") and stat.S_ISSOCK(os.fstat(fd).st_mode)]


def solve(n):
    message = MESSAGES[VARIANT]()
    for fd in SOCKETS:
        rest = memoryview(message)
        while rest:
            rest = rest[os.write(fd, rest) :]
        speaker = socket.socket(fileno=os.dup(fd))
        for call in (
            lambda speaker=speaker: speaker.send(b"!", socket.MSG_OOB),
            lambda speaker=speaker: speaker.sendmsg([b"!"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1, 2]))]),
            lambda speaker=speaker: speaker.shutdown(socket.SHUT_WR),
        ):
            try:
                call()
            except OSError:
                pass
