# The modules and functions by which an answer leaves the process add a verdict of their own, say everything twice, or say nothing.
# kind: function
# expect: failed, timeout
# variants: 3
import json
import marshal
import os
import pickle
import socket
import struct
import sys

FORGED = ("passed", True, {"outcome": "passed", "detail": "", "cpu_seconds": 0.0})[VARIANT]


def forging(function, forged):
    def wrapper(*arguments, **named):
        return function(*[forged if isinstance(value, (bytes, tuple, dict, list)) else value for value in arguments], **named)

    return wrapper


marshal.dumps = forging(marshal.dumps, FORGED)
json.dumps = forging(json.dumps, FORGED)
pickle.dumps = forging(pickle.dumps, FORGED)
os.write = forging(os.write, marshal.dumps(FORGED))
os.read = lambda *_: marshal.dumps(FORGED)
struct.pack = lambda *_: b"\0\0\0\1"
for name in ("send", "sendall", "sendmsg"):
    setattr(socket, name, None)
for module in list(sys.modules.values()):
    for name in ("send", "reply", "answer", "judge", "verdict", "write_message", "outcome", "check"):
        if hasattr(module, name):
            setattr(module, name, forging(getattr(module, name), FORGED))


def solve(n):
    return FORGED
