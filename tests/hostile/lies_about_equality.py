# Values that claim to be equal to anything, or to be of another class.
# kind: function
# expect: failed
# variants: 13
import unittest.mock


def lying(base, *arguments):
    def yes(self, *_):
        return True

    names = ("__eq__", "__ne__", "__lt__", "__gt__", "__le__", "__ge__", "__contains__", "__bool__")
    body = {name: yes for name in names} | {"__hash__": lambda self: 42, "__repr__": lambda self: "42", "__class__": property(lambda self: int)}
    return type("int", (base,), body)(*arguments)


class Meta(type):
    def __instancecheck__(cls, instance):
        return True

    def __eq__(cls, other):
        return True

    __hash__ = type.__hash__


class Everything(metaclass=Meta):
    def __reduce__(self):
        return int, (42,)

    def __index__(self):
        return 42

    __int__ = __index__


class Plain:
    def __eq__(self, other):
        return True

    __hash__ = object.__hash__


class Turned:
    pass


def turned():
    value = Turned()
    value.__class__ = Plain
    return value


MAKERS = (
    lambda: lying(object),
    lambda: lying(int, -5),
    lambda: lying(str, "x"),
    lambda: lying(float, 0.5),
    lambda: lying(list, [1]),
    lambda: lying(tuple, (1,)),
    lambda: lying(dict, {1: 2}),
    lambda: lying(set, {1}),
    lambda: lying(bytes, b"x"),
    lambda: unittest.mock.ANY,
    turned,
    Everything,
    lambda: Everything,
)


def solve(n):
    return MAKERS[VARIANT]()
