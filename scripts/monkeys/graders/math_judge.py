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
from typing import Any, TextIO

CPU_SECONDS = 5
"""CPU time of one comparison, which may take a second more, for the kernel counts whole ones. The paper's grader has 5 s by the clock."""

VALUE_SECONDS = 1
"""CPU time in which an answer is evaluated: one that takes longer is compared with no other but the key."""

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


def same_in_meaning(gold: str, answer: str) -> bool:
    """What math-verify reads in two formulas compared: by value relative to their size, and an inequality with the set of its solutions either way.

    Unlike ``same_by_math_verify`` it does not take a number for the answer that stands anywhere in a formula which cannot be read.
    """
    from math_verify import LatexExtractionConfig, grader, parse, verify

    if not hasattr(grader, "absolutely_equal"):
        grader.absolutely_equal = grader.sympy_numeric_eq
        grader.sympy_numeric_eq = _relatively_equal
    reading = [LatexExtractionConfig()]
    read = [parse(f"${text}$", reading, parsing_timeout=0) for text in (gold, answer)]
    if verify(*read, timeout_seconds=0, allow_set_relation_comp=True):
        return True
    if (values := [_both_signs(text) for text in (gold, answer)]) != [gold, answer]:
        return same_in_meaning(*values)
    if not all(read):
        return False
    one, other = read[0][0], read[1][0]
    return _same_solutions(one, other) or _same_solutions(other, one) or _same_to_machine_precision(one, other)


def _both_signs(text: str) -> str:
    r"""An answer with one ``\pm`` as the list of its two values."""
    if text.count(r"\pm") != 1 or "," in text:
        return text
    return ", ".join(text.replace(r"\pm", sign).replace(r"\mp", other) for sign, other in (("+", "-"), ("-", "+")))


def _same_solutions(solutions: Any, relations: Any) -> bool:
    """Whether inequalities beside each other, taken as alternatives or all together, have a set that is no list for their solutions."""
    import sympy
    from math_verify import grader

    if not (isinstance(relations, sympy.FiniteSet) and isinstance(solutions, sympy.Set) and not isinstance(solutions, sympy.FiniteSet)):
        return False
    try:
        if len({symbol for one in relations.args for symbol in one.free_symbols}) != 1 or not all(map(grader.is_relation, relations.args)):
            return False
        sets = [one.as_set() for one in relations.args]
        return solutions in (sympy.Union(*sets), sympy.Intersection(*sets))
    except Exception:
        return False


def _same_to_machine_precision(one: Any, other: Any) -> bool:
    """Whether one is a decimal with twelve digits or more, written as a ratio, and the other its value."""
    import sympy

    for decimal, value in ((one, other), (other, one)):
        try:
            decimal = sympy.Rational(decimal.doit()) if decimal.is_number and decimal.doit().is_Rational else None
            if decimal is not None and 10**12 % decimal.q and 10**40 % decimal.q == 0 and abs(decimal.p) >= 10**9 and not value.doit().is_Rational:
                return bool(abs((decimal - value).evalf(30)) <= abs(decimal) * sympy.Rational(1, 10**11))
        except Exception:
            continue
    return False


RELATIVE = 2e-6
"""Difference, as a share of the larger value, beyond which two values are not equal: the six digits that math-verify compares."""


def _relatively_equal(one: Any, other: Any, float_rounding: int, numeric_precision: int) -> bool:
    """math-verify's comparison of numbers, whose limits are absolute, so that all that is smaller than they is equal to it."""
    from math_verify import grader

    if not grader.absolutely_equal(one, other, float_rounding, numeric_precision):
        return False
    try:
        values = [complex(value.evalf(30)) for value in (one, other)]
        sizes = [abs(value.evalf(30)) for value in (one, other)]
        if 0 in sizes and sizes[0] != sizes[1]:
            return False
        return bool(abs((one - other).evalf(30)) <= RELATIVE * max(sizes)) if values else False
    except Exception:  # symbols, matrices: what has no size
        return True


ENDS: dict[int, str] = {signal.SIGXCPU: "timeout", signal.SIGKILL: "killed"}
"""What became of a comparison that was ended by a signal; others are a crash. It is the system that kills, for want of memory, or a person."""


def value_of(reading: str, answer: str) -> str:
    """``value`` and a number that equal answers share, by what a comparison reads in an answer, its variables given fixed values; ``none`` where it has none."""
    import sympy

    try:
        if reading == "minerva":
            from sympy.parsing.latex import parse_latex

            read = [parse_latex(answer)]
        else:
            from math_verify import LatexExtractionConfig, parse

            read = parse(f"${answer}$", [LatexExtractionConfig()], parsing_timeout=0)
        total = _evaluated(read[0]) if read and not isinstance(read[0], str) else None
        # Six digits of two parts in one number: what math-verify compares.
        return "none" if total is None or not math.isfinite(total) else f"value {total:.12e}"
    except ImportError:
        raise
    except (Exception, sympy.SympifyError):
        return "none"


def _evaluated(read: Any) -> float | None:
    import sympy

    if isinstance(read, (sympy.FiniteSet, sympy.Tuple, list, tuple)):
        parts = [_evaluated(part) for part in (read.args if isinstance(read, sympy.Basic) else read)]
        if any(part is None for part in parts):
            return None
        known = [part for part in parts if part is not None]
        known = sorted(known) if isinstance(read, sympy.FiniteSet) else known
        # A set of one is its element; of several the order counts, or has been made one.
        return sum(part * (1 + 0.37 * place) for place, part in enumerate(known))
    if isinstance(read, sympy.Expr):
        names = sorted(read.free_symbols, key=str)
        number = complex(read.subs({name: sympy.Rational(sum(map(ord, str(name))) % 89 + 11, 53) for name in names}).doit().evalf(30))
        return number.real + 0.61 * number.imag
    return None


COMPARISONS = {"minerva": same_by_sympy, "verify": same_in_meaning}


def _compare(output: TextIO, cpu_seconds: int) -> None:
    """Answer queries until there are no more, each with CPU time of its own."""
    signal.signal(signal.SIGXCPU, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    while line := sys.stdin.readline():
        reading, gold, answer = json.loads(line)
        usage = resource.getrusage(resource.RUSAGE_SELF)
        soft = math.ceil(usage.ru_utime + usage.ru_stime) + (VALUE_SECONDS if reading == "value" else cpu_seconds)
        resource.setrlimit(resource.RLIMIT_CPU, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))
        if reading == "value":
            _say(output, value_of(gold, answer))
        else:
            _say(output, "same" if COMPARISONS[reading](gold, answer) else "different")


def _say(output: TextIO, word: str) -> None:
    output.write(word + "\n")
    output.flush()


def main() -> None:
    # Verdicts go where nothing else that is printed can get.
    output = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
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
        _say(output, ENDS.get(os.WTERMSIG(status), "crashed") if os.WIFSIGNALED(status) else "crashed")


if __name__ == "__main__":
    main()
