"""Exceptions of programs that may be hostile, in words."""

import builtins


def message_of(error: BaseException) -> str:
    """The beginning of an exception's message, whatever its class does when it is asked."""
    try:
        return str(error)[:200]
    except BaseException:
        return "cannot be printed"


def describe_error(error: BaseException) -> str:
    """An exception in one line."""
    return f"{type(error).__name__}: {message_of(error)}"[:200]


def failure(error: BaseException) -> tuple[str, tuple[str, str]]:
    """What a candidate reports of an exception: ``memory`` or ``error``, and the nearest built-in class and the message."""
    if isinstance(error, MemoryError):
        return "memory", ("MemoryError", "MemoryError")
    kinds = [kind.__name__ for kind in type(error).__mro__ if vars(builtins).get(kind.__name__) is kind]
    return "error", (kinds[0], message_of(error))
