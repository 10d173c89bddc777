# The same with other programs: a shell, an interpreter, and a program that leaves its parent's session.
# kind: function
# expect: timeout, failed, memory
# variants: 3
import os
import sys

BOMB = "import os, sys\nwhile True:\n    try:\n        os.fork() or os.execv(sys.executable, [sys.executable, '-ISc', sys.argv[1], sys.argv[1]])\n    except OSError:\n        pass"
COMMANDS = (
    ["/bin/sh", "-c", "f() { f | f & f; }; f"],
    [sys.executable, "-ISc", BOMB, BOMB],
    ["/usr/bin/setsid", "/bin/sh", "-c", "while :; do (while :; do :; done) & done"],
)


def solve(n):
    os.execv(COMMANDS[VARIANT][0], COMMANDS[VARIANT])
