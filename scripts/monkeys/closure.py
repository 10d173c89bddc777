"""Which source files a script is made of and what they do, so that a rule reruns when that changes.

Snakemake watches neither a command-line script nor the modules that it imports. Rules therefore have a parameter ``code``, a hash of both; this
module makes it from what the files say (``source_facts``), without importing anything.
"""

import hashlib
from functools import cache
from pathlib import Path

from monkeys.extensions import candidates, folders, inside
from monkeys.source_facts import behaviour, facts, remember

__all__ = ["PACKAGE", "behaviour", "closure", "hash_of_closure", "packages_loaded_by_name"]

PACKAGE = "monkeys"


def closure(*roots: str, folder: str | Path = "scripts") -> list[str]:
    """The files that ``roots`` are made of: themselves, every module of the library that they import, directly
    or not, and every file that such a module names and that lies beside it, such as a template.

    Args:
        roots: paths below ``folder``: scripts, and modules that are imported by name at run time.
        folder: the folder that holds the scripts and the library.

    Returns:
        Paths that begin with ``folder``: the first root first, the rest sorted.

    Raises:
        FileNotFoundError: a root does not exist.
    """
    base = Path(folder)
    found: set[Path] = set()
    queue = [base / root for root in roots]
    for path in queue:
        if not path.is_file():
            raise FileNotFoundError(f"{path} does not exist, but a rule is made of it")
    while queue:
        path = queue.pop()
        if path not in found:
            found.add(path)
            queue.extend(_imports(path, base) | _named(path, base))
    first = base / roots[0]
    return [first.as_posix(), *sorted(path.as_posix() for path in found - {first})]


@cache
def packages_loaded_by_name(*roots: str, folder: str | Path = "scripts") -> frozenset[str]:
    """The library's packages, such as ``graders``, of which a closure's files load modules by a name that is known at run time only."""
    base = Path(folder)
    return frozenset(package for path in closure(*roots, folder=base) for package in _loaded_by_name(Path(path), base))


@cache
def _loaded_by_name(path: Path, base: Path) -> frozenset[str]:
    """Packages of which a file loads modules by name."""
    if path.suffix != ".py":
        return frozenset()
    return frozenset(inside(path, base).parts[1] if package == "__name__" else package for package in facts(path).loaded)


@cache
def _named(path: Path, base: Path) -> frozenset[Path]:
    """Files beside a module of the library, or below its folder, that a text in it names: templates, and programs that other processes run."""
    if path.suffix != ".py" or not any(folder in path.parents for folder in (base / PACKAGE, *folders())):
        return frozenset()
    return frozenset(file for text in facts(path).named if (file := path.parent / text).is_file())


@cache
def _imports(path: Path, base: Path) -> frozenset[Path]:
    """The library's own files that one file imports, anywhere in it."""
    if path.suffix != ".py":
        return frozenset()
    names: set[str] = set()
    for level, module, imported in facts(path).imports:
        if level:
            package = inside(path, base).with_suffix("").parts[:-level]
            module = ".".join([*package, module] if module else package)
        names.add(module)
        names.update(f"{module}.{name}" for name in imported)
    files: set[Path] = set()
    for name in names:
        parts = name.split(".")
        if parts[0] != PACKAGE:
            continue
        for end in range(1, len(parts) + 1):
            for stem in candidates(tuple(parts[:end]), base):
                files.update(file for file in (stem / "__init__.py", stem.with_suffix(".py")) if file.is_file())
    return frozenset(files)


@cache
def hash_of_closure(*roots: str, folder: str | Path = "scripts") -> str:
    """A hash of what ``roots`` and all that they are made of do; files other than Python's count byte by byte."""
    paths = [Path(path) for path in closure(*roots, folder=folder)]
    # By their names within the workflow, wherever it lies.
    parts = [
        f"{Path(folder).name / inside(path, Path(folder))} {behaviour(path) if path.suffix == '.py' else hashlib.sha256(path.read_bytes()).hexdigest()}"
        for path in paths
    ]
    remember()
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32]
