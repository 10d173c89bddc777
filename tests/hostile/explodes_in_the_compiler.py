# Small texts that cost the compiler much time, memory or stack.
# kind: function
# expect: timeout, memory, failed
# variants: 9


def nested_finally(depth):
    lines = []
    for level in range(depth):
        lines += ["    " * level + "try:", "    " * (level + 1) + "x", "    " * level + "finally:"]
    return "\n".join([*lines, "    " * depth + "x"])


TEXTS = (
    lambda: nested_finally(20),
    lambda: "(" * 100_000 + ")" * 100_000,
    lambda: "-" * 1_000_000 + "1",
    lambda: "+".join(["1"] * 1_000_000),
    lambda: "lambda: " * 50_000 + "1",
    lambda: "[x for x in " * 5_000 + "y" + "]" * 5_000,
    lambda: "x" + ".x" * 500_000,
    lambda: "f" + "'{" * 10_000,
    lambda: "((1,) * 4096) * 4096\n" * 2000,
)


def solve(n):
    return eval(compile(TEXTS[VARIANT](), "<bomb>", "exec"))
