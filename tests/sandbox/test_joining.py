"""What runs inside sandboxes is written as ordinary modules and handed over as one text."""

import ast
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from closure_caches import forget_sources
from project import ROOT

from monkeys.closure import closure, hash_of_closure
from monkeys.graders import lean_session
from monkeys.sandbox import SERVER, START
from monkeys.sandbox.joining import self_contained

SCRIPTS = ROOT / "scripts"
PARTS = sorted(path for path in SERVER.parent.glob("*.py") if path.name != "__init__.py")
PROGRAMS = [SERVER, Path(lean_session.__file__)]
LONGEST_ARGUMENT = 32 * 4096
"""Bytes of one argument of a command, which Linux allows (MAX_ARG_STRLEN)."""


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda path: path.stem)
def test_joined_text_is_one_argument_for_any_python_from_3_9(program: Path) -> None:
    text = self_contained(program)
    assert not re.search(r"^\s*(from|import) monkeys", text, re.MULTILINE)
    assert text.count("class Elapsed") == 1
    assert len((START + text).encode()) < LONGEST_ARGUMENT
    ast.parse(text, feature_version=(3, 9))


def test_joined_server_starts_without_library() -> None:
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-c", self_contained(SERVER)], input=b"", capture_output=True, cwd="/", check=False, timeout=30
    )
    assert (answer.returncode, answer.stderr) == (0, b"")
    assert json.loads(answer.stdout[4:])["python"] == ".".join(map(str, sys.version_info[:3]))


def test_every_part_is_joined_and_in_closure() -> None:
    text = self_contained(SERVER)
    defined = {node.name for node in ast.parse(text).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
    for path in PARTS:
        parts = {node.name for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.FunctionDef | ast.ClassDef)}
        assert parts <= defined, path.name
    assert {path.as_posix() for path in PARTS} <= set(closure("monkeys/sandbox/__init__.py", folder=SCRIPTS))


def test_every_part_can_be_imported_alone() -> None:
    program = """
import importlib, os, sys
for name in sys.argv[1:]:
    if os.fork() == 0:
        importlib.import_module(f"monkeys.sandbox.inside.{name}")
        os._exit(0)
    assert os.wait()[1] == 0, name
"""
    answer = subprocess.run(
        [sys.executable, "-c", program, *(path.stem for path in PARTS)], env={"PYTHONPATH": str(SCRIPTS)}, capture_output=True, text=True, check=False
    )
    assert answer.returncode == 0, answer.stderr


def hash_of_code(folder: Path) -> str:
    forget_sources()
    return hash_of_closure("verify_samples.py", "monkeys/graders/python_tests.py", folder=folder)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A copy of the library, and the hash of verification in a sandbox."""
    folder = tmp_path_factory.mktemp("copy") / "scripts"
    shutil.copytree(SCRIPTS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder, hash_of_code(folder)


@pytest.mark.parametrize("part", ["../../clock.py", *(path.name for path in PARTS)])
def test_edit_of_any_part_changes_code_hash(copied: tuple[Path, str], part: str) -> None:
    folder, before = copied
    path = folder / "monkeys/sandbox/inside" / part
    text = path.read_text(encoding="utf-8")
    path.write_text(f"{text}ADDED = 1\n", encoding="utf-8")
    assert hash_of_code(folder) != before
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "monkeys").mkdir()
    for name, text in {
        "a": '"""Ä."""\nfrom monkeys.b import (\n    one,\n    two,\n)\nthree = one + two\n',
        "b": "import os\none, two = 1, 2\nclass Four:\n    one = 1\n",
        "round": "from monkeys.again import x\ny = 1\n",
        "again": "from monkeys.round import y\nx = 1\n",
    }.items():
        (tmp_path / "monkeys" / f"{name}.py").write_text(text, encoding="utf-8")
    (tmp_path / "monkeys" / "__init__.py").touch()
    return tmp_path


def joined(library: Path, text: str) -> str:
    path = library / "program.py"
    path.write_text(text, encoding="utf-8")
    return self_contained(path, library)


def test_module_stands_in_the_place_of_its_first_import(library: Path) -> None:
    text = joined(library, "zero = 'ü'\nfrom monkeys.a import three\nfrom monkeys.b import one, Four\nprint(zero, three, one, Four.one)\n")
    assert [line for line in text.splitlines() if line] == [
        *("zero = 'ü'", "import os", "one, two = (1, 2)", "class Four:", "    one = 1", "three = one + two"),
        "print(zero, three, one, Four.one)",
    ]


def test_docstrings_and_annotations_are_left_out(library: Path) -> None:
    text = joined(
        library, '"""Words."""\nclass A(Exception):\n    """Words."""\ndef f(x: int, *y: int) -> int:\n    """Words."""\n    return x  # words\n'
    )
    assert [line for line in text.splitlines() if line] == ["class A(Exception):", "    pass", "def f(x, *y):", "    return x"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("import monkeys.a\n", r"program\.py:1: write `from monkeys\.… import name`"),
        ("\ndef f():\n    from monkeys.a import three\n", r"program\.py:3: write `from"),
        ("if 1:\n    from monkeys.a import three\n", r"program\.py:2: write `from"),
        ("from monkeys import a\n", r"program\.py:1: write `from .* from a module of one file"),
        ("from . import a\n", r"program\.py:1: write `from .* from a module of one file"),
        ("from .a import three\n", r"program\.py:1: write `from .* from a module of one file"),
        ("from monkeys.absent import x\n", r"program\.py:1: write `from .* from a module of one file"),
        ("from monkeys.a import three as four\n", r"monkeys\.a defines no three, or it is renamed"),
        ("from monkeys.a import one\n", r"monkeys\.a defines no one"),
        ("from monkeys.a import *\n", r"monkeys\.a defines no \*"),
        ("from monkeys.round import y\n", r"again\.py:1: monkeys\.round defines no y"),
        ("from monkeys.b import one\ntwo = 3\n", r"program\.py and .*b\.py both define two"),
        ("from monkeys.b import one\nfor x, (two, y) in []: pass\n", r"both define two"),
        ("from __future__ import annotations\n", r"program\.py:1: leave out __future__"),
    ],
)
def test_import_that_cannot_be_joined_raises(library: Path, text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        joined(library, text)
