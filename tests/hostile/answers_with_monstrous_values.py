# Plain values that cost whoever copies, compares, hashes or prints them much time, memory or stack.
# kind: function
# expect: failed, memory, timeout
# variants: 14
# wall: 3


def cycle():
    value = []
    value.append(value)
    return value


def tuple_cycle():
    value = ([],)
    value[0].append(value)
    return value


def dict_cycle():
    value = {}
    value[1] = value
    return value


def laughs(depth, kind):
    value = kind(["ha"])
    for _ in range(depth):
        value = kind([value, value])
    return value


def deep(depth):
    value = ()
    for _ in range(depth):
        value = (value,)
    return value


MAKERS = (
    cycle,
    tuple_cycle,
    dict_cycle,
    lambda: laughs(100, tuple),
    lambda: laughs(100, list),
    lambda: laughs(24, list),
    lambda: laughs(100, frozenset),
    lambda: deep(1_000_000),
    lambda: deep(1_900),
    lambda: b"x" * (100 << 20),
    lambda: "\U0001f600" * (10 << 20),
    lambda: [None] * (10 << 20),
    lambda: 1 << (1 << 28),
    lambda: dict.fromkeys(number * (2**61 - 1) for number in range(8_000)),
)


def solve(n):
    return MAKERS[VARIANT]()
