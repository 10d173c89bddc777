"""Nothing of the user's Python or locale reaches a job: text is UTF-8 wherever it is read or written, and what PYTHON... variables say is not used."""

import ast
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from project import ROOT

SOURCES = sorted((ROOT / "scripts").rglob("*.py"))
OF_OTHERS = ("os.open", "tarfile.open", "zipfile.ZipFile.open", "distribution.read_text")


def in_the_locales_encoding(source: str) -> Iterator[int]:
    """Lines of the calls that read or write text without saying in which encoding.

    Ruff's PLW1514 looks for the same, but knows a path only where its type stands beside the call; here every call of such a name counts.
    """
    for node in ast.walk(ast.parse(source)):
        if not isinstance(node, ast.Call):
            continue
        function = ast.unparse(node.func)
        name = function.rpartition(".")[2]
        words = {keyword.arg: keyword.value for keyword in node.keywords}
        if "encoding" in words or function in OF_OTHERS:
            continue
        if name in ("read_text", "write_text"):
            if isinstance(node.func, ast.Name):  # those of monkeys.files
                continue
            yield node.lineno
        elif name in ("open", "fdopen", "NamedTemporaryFile", "TemporaryFile"):
            # A path's method has the mode first, the functions second; temporary files and gzip are binary unless they say otherwise.
            method = isinstance(node.func, ast.Attribute) and name == "open" and not function.startswith(("gzip.", "io."))
            place = 0 if method or "TemporaryFile" in name else 1
            mode = node.args[place] if len(node.args) > place else words.get("mode")
            text = str(mode.value) if isinstance(mode, ast.Constant) else ""
            binary = "t" not in text if function.startswith("gzip.") else "b" in text or (not text and "TemporaryFile" in name)
            if not binary:
                yield node.lineno
        elif any(isinstance(words.get(word), ast.Constant) for word in ("text", "universal_newlines")) and name in ("run", "Popen", "check_output"):
            yield node.lineno


@pytest.mark.parametrize(
    "call",
    [
        *("path.read_text()", "path.write_text(text)", "open(name)", "open(name, 'w')", "path.open()", "path.open('a')", "part.open(mode='w')"),
        *("os.fdopen(number, 'w')", "gzip.open(name, 'rt')", "subprocess.run(words, text=True)", "NamedTemporaryFile('w')"),
    ],
)
def test_a_call_without_an_encoding_is_found(call: str) -> None:
    assert list(in_the_locales_encoding(call)) == [1]
    assert list(in_the_locales_encoding(call[:-1].removesuffix("(") + (", " if call[-2] != "(" else "(") + "encoding='utf-8')")) == []


@pytest.mark.parametrize("call", ["path.open('rb')", "open(name, 'rb')", "os.open(name, 0)", "gzip.open(name)", "run(words)", "os.fdopen(1, 'wb')"])
def test_bytes_need_no_encoding(call: str) -> None:
    assert list(in_the_locales_encoding(call)) == []


def test_every_text_is_read_and_written_as_utf8() -> None:
    found = [f"{path.relative_to(ROOT)}:{line}" for path in SOURCES for line in in_the_locales_encoding(path.read_text(encoding="utf-8"))]
    assert found == []


SHOWS = """
import locale, sys
import numpy
flags = sys.flags.optimize, sys.flags.no_user_site, sys.flags.safe_path, sys.dont_write_bytecode
print(numpy.__name__, locale.getpreferredencoding(), sys.stdout.encoding, *flags, "pp" in str(sys.path))
"""


@pytest.fixture
def foreign(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose cluster's modules bring a Python of their own."""
    packages = tmp_path / "pp" / "numpy"
    packages.mkdir(parents=True)
    (packages / "__init__.py").write_text('raise ImportError("another Python\'s numpy")\n', encoding="utf-8")
    (tmp_path / "user").mkdir()
    return os.environ | {
        "PYTHONPATH": str(tmp_path / "pp"),
        "PYTHONHOME": str(tmp_path / "nowhere"),
        "PYTHONSTARTUP": str(tmp_path / "startup.py"),
        "PYTHONUSERBASE": str(tmp_path / "user"),
        "PYTHONOPTIMIZE": "2",
        "PYTHONSAFEPATH": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONWARNINGS": "error",
        "PYTHONIOENCODING": "latin-1",
        "PYTHONUTF8": "0",
        "LC_ALL": "C",
    }


def test_the_users_python_does_not_reach_jobs(foreign: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "shows.py").write_text(SHOWS, encoding="utf-8")
    answer = subprocess.run(
        ["envs/python", "workflow", tmp_path / "shows.py"], cwd=ROOT, env=foreign, capture_output=True, encoding="utf-8", check=False
    )
    assert answer.returncode == 0, answer.stderr
    assert answer.stdout.split() == ["numpy", "utf-8", "utf-8", "0", "1", "False", "False", "False"]


def test_make_and_its_scripts_clear_the_users_python(foreign: dict[str, str], tmp_path: Path) -> None:
    (tmp_path / "shows.py").write_text(SHOWS, encoding="utf-8")
    (tmp_path / "Makefile").write_text(f"include {ROOT}/Makefile\nshow:\n\t@$(PYTHON) {tmp_path}/shows.py\n", encoding="utf-8")
    python = ROOT / ".venvs/workflow/bin/python"
    command = ["make", "-f", str(tmp_path / "Makefile"), "show", f"PYTHON={python}"]
    answer = subprocess.run(command, cwd=ROOT, env=foreign, capture_output=True, encoding="utf-8", check=False)
    assert answer.stdout.split() == ["numpy", "utf-8", "utf-8", "0", "1", "False", "False", "False"], answer.stderr
    for script in ("run.sh", "install.sh"):
        text = (ROOT / "envs" / script).read_text(encoding="utf-8")
        assert text.index("clean.sh") < text.index("python" if script == "install.sh" else "bin/snakemake", text.index("set -euo"))
