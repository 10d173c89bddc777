"""What is remembered of source files: the same facts as by parsing, whatever happens to the notes."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

TEXT = '''"""Words."""
import os
from monkeys.graders import verify
from . import inner
TEMPLATE = "page.j2"

def load(name):
    """words.txt"""
    return importlib.import_module(f"monkeys.scorers.{name}"), import_module(f"{__name__}.{name}"), import_module("json"), import_module(f"monkeys.{room}.{name}")
'''
PROGRAM = """
import ast, json, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
parse, parsed = ast.parse, []
ast.parse = lambda *words, **options: parsed.append(options["filename"]) or parse(*words, **options)
from monkeys import source_facts
found = source_facts.facts(Path(sys.argv[2]))
source_facts.remember()
print(json.dumps([found, len(parsed), str(source_facts._NOTES)]))
"""


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    """A folder with this module alone, whose notes are its own."""
    folder = tmp_path / "scripts" / "monkeys"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "source_facts.py").write_bytes((ROOT / "scripts/monkeys/source_facts.py").read_bytes())
    (tmp_path / "module.py").write_text(TEXT, encoding="utf-8")
    return folder.parent


def ask(scripts: Path, *options: str) -> tuple[list[object], int, Path]:
    """The facts of the module, in how many files they were read, and where they are remembered."""
    command = [sys.executable, *options, "-c", PROGRAM, str(scripts), str(scripts.parent / "module.py")]
    facts, parsed, notes = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return facts, parsed, Path(notes)


def test_facts_are_read_once_for_all_processes(scripts: Path) -> None:
    first, parsed, notes = ask(scripts)
    imports, loaded, named, behaviour = first
    assert imports == [[0, "os", []], [0, "monkeys.graders", ["verify"]], [1, "", ["inner"]]]
    assert loaded == ["", "__name__", "scorers"] and named == ["page.j2"] and len(str(behaviour)) == 64
    assert (parsed, notes.parent.parent) == (1, scripts / "monkeys")
    assert ask(scripts) == (first, 0, notes)


def test_words_are_read_again_and_do_the_same(scripts: Path) -> None:
    first, _, _ = ask(scripts)
    (scripts.parent / "module.py").write_text(TEXT.replace("Words", "Others"), encoding="utf-8")
    assert ask(scripts)[:2] == (first, 1)
    (scripts.parent / "module.py").write_text(TEXT.replace("json", "yaml"), encoding="utf-8")
    changed, parsed, _ = ask(scripts)
    assert parsed == 1 and changed[:3] == first[:3] and changed[3] != first[3]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"by": 1, "facts": {}}', b'{"facts": null}', b"\xff"])
def test_damaged_notes_cost_time_alone(scripts: Path, damage: bytes) -> None:
    first, _, notes = ask(scripts)
    notes.write_bytes(damage)
    assert ask(scripts) == (first, 1, notes)
    assert ask(scripts) == (first, 0, notes)


def test_another_version_of_the_reader_reads_again(scripts: Path) -> None:
    first, _, notes = ask(scripts)
    with (scripts / "monkeys/source_facts.py").open("a", encoding="utf-8") as file:
        file.write("# edited\n")
    assert ask(scripts) == (first, 1, notes)


def test_nothing_is_written_where_python_must_not_or_cannot(scripts: Path) -> None:
    first, _, notes = ask(scripts, "-B")
    assert not notes.exists()
    (scripts / "monkeys/__pycache__").write_text("a file in place of the folder", encoding="utf-8")
    assert ask(scripts) == (first, 1, notes)


def test_notes_do_not_grow_without_end(scripts: Path) -> None:
    source = scripts / "monkeys/source_facts.py"
    source.write_text(source.read_text(encoding="utf-8").replace("MOST = 2000", "MOST = 1"), encoding="utf-8")
    _, _, notes = ask(scripts)
    (scripts.parent / "module.py").write_text("import os\n", encoding="utf-8")
    assert ask(scripts)[1:] == (1, notes)
    assert len(json.loads(notes.read_text(encoding="utf-8"))["facts"]) == 1
