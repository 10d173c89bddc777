"""Rows of CodeContests that tests make."""

from monkeys.benchmarks import Problem, Row, load_benchmark

BENCHMARK = load_benchmark("code_contests")
ECHO = "print(input())"


def listed(*pairs: tuple[str, str]) -> dict[str, list[str]]:
    return {"input": [given for given, _ in pairs], "output": [expected for _, expected in pairs]}


def row(**columns: object) -> Row:
    """A row with every column of the hub's that is read: a program must write what it reads."""
    return {
        "name": "1_A. Echo",
        "description": "Write the line.",
        "public_tests": listed(("a", "a")),
        "private_tests": listed(("b", "b")),
        "generated_tests": listed(("c", "c"), ("d", "d")),
        "solutions": {"language": [2, 3, 3], "solution": ["int main() {}", f"\n{ECHO}\n", "print(input(), end='')"]},
        "incorrect_solutions": {"language": [3], "solution": ["print()"]},
        "time_limit": {"seconds": 2, "nanos": 500_000_000},
        "memory_limit_bytes": 2 * 10**9,
        "cf_rating": 1700,
        "untranslated_description": "",
        **columns,
    }


def problems_of(rows: list[Row], **options: object) -> list[Problem]:
    return list(BENCHMARK.problems(rows, {**BENCHMARK.options, **options}))
