"""The library's rooms: lower ones never import higher ones, and neighbours on a floor never import each other."""

from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path

import pytest
from project import ROOT

from monkeys.closure import _imports

SCRIPTS = ROOT / "scripts"
LIBRARY = SCRIPTS / "monkeys"

FLOORS: tuple[set[str], ...] = (
    {"extensions", "source_facts"},
    {"errors", "clock", "seeds", "progress", "closure", "home", "shards"},
    {"files", "packages", "options"},
    {"contents", "records", "formats", "statistics", "costs"},
    {"weights", "benchmarks", "sandbox", "selectors"},
    {"engines", "graders", "dataset_rows"},
    {"scorers"},
    {"search", "training"},
    {"sampling", "tables", "command_line", "figures"},
    {"study"},
    {"console"},
    {"reporting"},
)
"""Rooms, the ground first: a folder of the library, or a module that lies in none."""


def room(path: Path) -> str:
    return path.relative_to(LIBRARY).with_suffix("").parts[0]


@cache
def imports() -> dict[Path, set[Path]]:
    """By module of the library, the modules of the library that it imports, anywhere in its text."""
    return {path: {other for other in _imports(path, SCRIPTS) if room(other) != "__init__"} - {path} for path in LIBRARY.rglob("*.py")}


def test_every_room_has_a_floor() -> None:
    placed = set().union(*FLOORS)
    unplaced = {room(path) for path in imports()} - placed - {"__init__"}
    assert not unplaced, f"name the floor of {', '.join(sorted(unplaced))} in FLOORS"
    assert sum(map(len, FLOORS)) == len(placed), "a room has two floors"


@pytest.mark.parametrize("name", sorted({room(path) for path in LIBRARY.rglob("*.py")} - {"__init__"}))
def test_room_imports_lower_rooms_only(name: str) -> None:
    floor = {member: number for number, rooms in enumerate(FLOORS) for member in rooms}
    wrong = [
        f"{path.relative_to(LIBRARY)} imports {other.relative_to(LIBRARY)}"
        for path, others in imports().items()
        for other in others
        if room(path) == name and room(other) != name and floor[room(other)] >= floor[name]
    ]
    assert wrong == []


def test_no_module_imports_itself_through_others() -> None:
    # Python loads a package before its modules: an edge to one's own package says nothing.
    others = {path: {other for other in found if other != path.with_name("__init__.py")} for path, found in imports().items()}
    assert list(TopologicalSorter(others).static_order())


def test_records_know_nothing_of_each_other() -> None:
    """A new record, or a change of one, reruns nothing that is made of others."""
    records = {path for path in (LIBRARY / "records").glob("*.py") if path.stem not in ("__init__", "parquet")}
    assert len(records) >= 4
    for path in records:
        assert not imports()[path] & records, path.name
    package = LIBRARY / "records" / "__init__.py"
    assert imports()[package] == set()
