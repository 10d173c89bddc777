# Exceptions that are no Exception, that cannot be printed, that are printed for ever, that lie about their class, or that are huge.
# kind: function
# expect: failed, timeout, memory
# variants: 18


class Base(BaseException):
    pass


class Unprintable(Exception):
    def __str__(self):
        raise Base

    __repr__ = __str__


class Endless(Exception):
    def __str__(self):
        while True:
            pass


class Huge(Exception):
    def __str__(self):
        return "x" * 10**8


class NoString(Exception):
    def __str__(self):
        return 5


class Surrogates(Exception):
    def __str__(self):
        return "\ud800\0\n\x1b[2J" * 100


class Nameless(type):
    @property
    def __name__(cls):
        raise Base


class Liar(Exception, metaclass=Nameless):
    pass


class Masked(Exception):
    __class__ = SystemExit


class StringSubclass(str):
    def __getitem__(self, key):
        return "passed"

    def __add__(self, other):
        return "passed"

    __radd__ = __format__ = __add__


class Lying(Exception):
    def __str__(self):
        return StringSubclass("passed")


Lying.__name__ = "SystemExit"
Lying.__qualname__ = "SystemExit"


class Last(Exception):
    def __del__(self):
        raise Base


def linked():
    error = Exception()
    for _ in range(100_000):
        following = Exception()
        following.__cause__ = error
        following.__context__ = following
        error = following
    return error


def grouped():
    error = Exception()
    for _ in range(20_000):
        error = ExceptionGroup("x", [error, error])
    return error


def solve(n):
    make = (
        Base,
        KeyboardInterrupt,
        GeneratorExit,
        StopIteration,
        StopAsyncIteration,
        lambda: SystemExit(0),
        Unprintable,
        Endless,
        Huge,
        NoString,
        Surrogates,
        Liar,
        Masked,
        Lying,
        Last,
        linked,
        grouped,
        lambda: AssertionError(n + 1),
    )[VARIANT]
    raise make()
