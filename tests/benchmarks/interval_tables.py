"""Tables of the simulations of intervals, for docs/statistics.md and docs/intervals.md."""

from pathlib import Path

import pandas as pd

DOCS = Path(__file__).parents[2] / "docs"
MARKS = ("<!-- written by tests/benchmarks/intervals.py: begin -->", "<!-- end -->")
METHODS = {
    "coverage": {
        "dirichlet": "**Dirichlet bounds** (default)",
        "percentile": "percentile bootstrap",
        "studentised": "studentised bootstrap with exact ends (the default before)",
        "student": "t after adding a problem at 0 and one at 1",
        "wilson": "Wilson, of the sum over problems",
        "clopper_pearson": "Clopper-Pearson, of the sum",
        "bayes": "Bayes, uniform prior (scorio)",
        "bayes_these": "the same, held to the problems drawn",
    },
    "difference": {
        "dirichlet": "**Dirichlet bounds** (default)",
        "percentile": "percentile bootstrap (the default before)",
        "student": "t after adding a problem at -1 and one at 1",
        "sign_flip": "sign-flip test, p at most .05",
    },
}
SHOWN = (20, 60, 500)
"""Numbers of problems whose mean widths the summary shows."""


def summary(grid: pd.DataFrame, studies: int, others: int) -> str:
    """A row for each method: least and median share held, cells below 93 %, and mean width for some numbers of problems."""
    lines = [
        f"{studies:,} studies a cell for the default, {others:,} for the others: standard errors of {_error(studies):.1f} and {_error(others):.1f} points at 95 %.",
        "",
    ]
    for quantity, names in METHODS.items():
        part = grid[grid["quantity"] == quantity]
        number = len(part[part["method"] == "dirichlet"])
        what = "pass@k" if quantity == "coverage" else "difference"
        widths = " | ".join(f"width, P = {problems}" for problems in SHOWN)
        equal = " | called different: equal models, mean (at most) | others, mean" if quantity == "difference" else ""
        lines += [f"| {what}, {number} cells | least held | median | cells below 93 % | {widths}{equal} |"]
        lines += ["|---" * (4 + len(SHOWN) + 2 * bool(equal)) + "|"]
        for method, name in names.items():
            rows = part[part["method"] == method]
            width = [f"{100 * rows.loc[rows['P'] == problems, 'width'].mean():.1f}" for problems in SHOWN]
            values = [f"{100 * rows['held'].min():.1f} %", f"{100 * rows['held'].median():.1f} %", f"{(rows['held'] < 0.93).sum()}", *width]
            if method == "sign_flip":
                values = [""] * len(values)
            if equal:
                equals = rows.loc[rows["equal"], "apart"]
                values += [
                    f"{100 * equals.mean():.1f} % ({100 * equals.max():.1f} %)" if rows["equal"].any() else "",
                    f"{100 * rows.loc[~rows['equal'], 'apart'].mean():.0f} %",
                ]
            lines.append(f"| {name} | {' | '.join(values)} |")
        lines.append("")
    return "\n".join(lines)


def whole(grid: pd.DataFrame, studies: int) -> str:
    """Each cell of the default: the share held and, in brackets, its width in points and the percentile bootstrap's share and width."""
    lines = [
        "# Intervals, cell by cell",
        "",
        "Written by [tests/benchmarks/intervals.py](../tests/benchmarks/intervals.py); [statistics.md](statistics.md#intervals) says what it means.",
        f"Of each cell: how many of 100 default intervals at 95 % hold the truth ({studies:,} studies), and their mean width in points; after the slash the "
        "same of the percentile bootstrap. P problems, n samples of each. A population is named by the first model, then what the second is.",
    ]
    for quantity, title in {"coverage": "pass@k of the first model", "difference": "Difference, second less first"}.items():
        lines += ["", f"## {title}"]
        part = grid[grid["quantity"] == quantity]
        for name, rows in part.groupby("population", sort=False):
            columns = list(rows[["n", "k"]].drop_duplicates().itertuples(index=False, name=None))
            lines += ["", f"**{name}**", "", "| P | " + " | ".join(f"n = {n}, k = {k}" for n, k in columns) + " |", "|---" * (len(columns) + 1) + "|"]
            found = rows.set_index(["method", "P", "n", "k"])
            for problems in rows["P"].unique():
                values = []
                for n, k in columns:
                    own, other = found.loc[("dirichlet", problems, n, k)], found.loc[("percentile", problems, n, k)]
                    values.append(f"{_text(own['held'], own['width'])} / {_text(other['held'], other['width'])}")
                lines.append(f"| {problems} | " + " | ".join(values) + " |")
    return "\n".join(lines) + "\n"


def write(grid: pd.DataFrame, studies: int, others: int, *, store: bool) -> None:
    """Print the summary; with ``store`` put it and the whole grid into the documents."""
    text = summary(grid, studies, others)
    print("\n" + text)
    if not store:
        return
    (DOCS / "intervals.md").write_text(whole(grid, studies), encoding="utf-8")
    path = DOCS / "statistics.md"
    document = path.read_text(encoding="utf-8")
    before, rest = document.split(MARKS[0])
    after = rest.split(MARKS[1], 1)[1]
    path.write_text(f"{before}{MARKS[0]}\n{text}{MARKS[1]}{after}", encoding="utf-8")


def _text(held: float, width: float) -> str:
    return f"{100 * held:.1f} ({100 * width:.3g})"


def _error(studies: int) -> float:
    return 100 * (0.95 * 0.05 / studies) ** 0.5
