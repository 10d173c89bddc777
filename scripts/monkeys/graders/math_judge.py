"""The process that compares mathematical answers for ``math_answer``: a query a line on standard input, a verdict a line on standard output.

sympy and math-verify may take for ever over an answer such as 10^10^10, in one step that no signal handler interrupts, or all memory. So a first process
loads them once and forks a second, which compares; the kernel ends that one where a single comparison takes more CPU time than it may, and the first
forks the next, at the cost of some milliseconds. The limit is of CPU time, so that verdicts do not depend on the machine's load.

Run as a program, with the seconds of a comparison as its argument; it imports nothing of this library.
"""

import json
import logging
import math
import os
import resource
import signal
import sys
from typing import TextIO

CPU_SECONDS = 5
"""CPU time of one comparison, which may take a second more, for the kernel counts whole ones. The paper's grader has 5 s by the clock."""

MEMORY = 1 << 30
"""Bytes of address space, of which the libraries take a fifth. A comparison that wants more finds the answers different."""


def same_by_sympy(gold: str, answer: str) -> bool:
    """Minerva's ``is_equiv``: the difference of what sympy reads in both simplifies to 0."""
    import sympy
    from sympy.parsing.latex import parse_latex

    try:
        return bool(sympy.simplify(parse_latex(answer) - parse_latex(gold)) == 0)
    except ImportError:
        raise
    except Exception:  # as there: what cannot be read, subtracted or simplified is not equal
        return False


def same_by_math_verify(gold: str, answer: str) -> bool:
    """math-verify's verdict on two answers, each handed to it as a formula; its own limits, by the clock, are off."""
    from math_verify import parse, verify

    read = [parse(f"${text}$", parsing_timeout=0) for text in (gold, answer)]
    return bool(verify(*read, timeout_seconds=0))


COMPARISONS = {"minerva": same_by_sympy, "verify": same_by_math_verify}


def _compare(output: TextIO, cpu_seconds: int) -> None:
    """Answer queries until there are no more, each with CPU time of its own."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while line := sys.stdin.readline():
        reading, gold, answer = json.loads(line)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        soft = math.ceil(usage.ru_utime + usage.ru_stime) + cpu_seconds
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
        _say(output, "same" if COMPARISONS[reading](gold, answer) else "different")


def _say(output: TextIO, word: str) -> None:
    output.write(word + "\n")
    output.flush()


def main() -> None:
    # Verdicts go where nothing else that is printed can get.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    logging.disable(logging.CRITICAL)
    try:
        for same in COMPARISONS.values():
            same("x", "y")  # which loads all that is needed
    except Exception as error:
        _say(output, f"{type(error).__name__}: {error}".replace("\n", " "))
        sys.exit(1)
    _say(output, "ready")
    while True:
        child = os.fork()
        if child == 0:
            _compare(output, int(sys.argv[1]))
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status == 0:
            return
        _say(output, "timeout" if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGXCPU else "broken")


if __name__ == "__main__":
    main()
