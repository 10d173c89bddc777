"""What can be wrong with a folder of extensions, before anything of it is used."""

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from monkeys.errors import InputError
from monkeys.extensions import ROOMS, use

WANTED: Mapping[str, tuple[str, ...]] = {
    "benchmarks": ("BENCHMARK",),
    "graders": ("RUNS_PROGRAMS", "check_reference", "grade"),
    "scorers": ("OPTIONS", "NEEDS", "check", "open_scorer"),
    "selectors": ("OPTIONS", "NEEDS", "check", "choose", "accuracy"),
}
"""What a module of each kind has."""


def use_extensions(config: Mapping[str, Any]) -> None:
    """Take the folder that a configuration, as written, names under ``extensions``, and see that its modules can be used.

    Raises:
        InputError: there is no such folder, it has no modules, or one of them bears a name of the workflow's, cannot be imported or lacks something.
    """
    folder = config.get("extensions")
    if folder is not None and not isinstance(folder, str):
        raise InputError(f"config key extensions is {folder!r}, but must be the name of a folder")
    if folder is not None:
        check_folder(folder)
    use(folder)
    if folder is not None:
        for room, path in modules(folder):
            _check_module(room, path)


def modules(folder: str) -> list[tuple[str, Path]]:
    """The modules of a folder of extensions with their rooms; those whose name begins with _ are for the others to import."""
    return [(room, path) for room in ROOMS for path in sorted(Path(folder, room).glob("*.py")) if not path.name.startswith("_")]


def check_folder(folder: str) -> None:
    """See that a folder of extensions has modules, and none of a name that there is.

    Raises:
        InputError: see ``use_extensions``.
    """
    if not Path(folder).is_dir():
        raise InputError(
            f"config key extensions names the folder {folder}, which does not exist; paths are taken from the folder where the workflow is started"
        )
    found = modules(folder)
    if not found:
        raise InputError(f"config key extensions names the folder {folder}, but it has no module in {', '.join(f'{room}/' for room in ROOMS)}")
    for room, path in found:
        if not path.stem.isidentifier() or not path.stem.islower():
            raise InputError(f"config key extensions: {path} must be named as a module is, in small letters, digits and _; rename it")
        if (Path(__file__).parents[1] / room / path.name).exists():
            raise InputError(f"config key extensions: {path} has the name of one of the workflow's {room}; give it another name")


def _check_module(room: str, path: Path) -> None:
    try:
        module = importlib.import_module(f"monkeys.{room}.{path.stem}")
    except Exception as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise InputError(f"config key extensions: {path} cannot be imported ({type(error).__name__}: {said}); correct it") from error
    if not Path(str(module.__file__)).samefile(path):
        raise InputError(f"config key extensions: {path} has the name of {module.__file__}; give one of them another name")
    for name in WANTED[room]:
        if not hasattr(module, name):
            raise InputError(f"config key extensions: {path} lacks {name}, which every module of {room} has; docs/extensions.md says what it is")
    if room == "benchmarks" and module.BENCHMARK.name != path.stem:
        raise InputError(f"config key extensions: {path} has a BENCHMARK with the name {module.BENCHMARK.name!r}, but must have its module's")
