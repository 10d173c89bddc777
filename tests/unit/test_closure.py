import json
import subprocess
import sys
from pathlib import Path

import pytest
from closure_caches import forget_sources
from project import ROOT

from monkeys import closure as closure_module
from monkeys.closure import behaviour, closure, hash_of_closure
from monkeys.study.code import Code

FILES = {
    "script.py": "import os\nimport monkeys.a\nfrom monkeys.pack import deep\n",
    "other.py": "def f():\n    from monkeys import lazy\n",
    "typed.py": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import monkeys.a as renamed\n",
    "quiet.py": "import json\nname = 'monkeys.a'\n",
    "monkeys/__init__.py": "",
    "monkeys/a.py": "from . import b\n",
    "monkeys/b.py": "from .a import something\n",
    "monkeys/lazy.py": "import numpy\n",
    "monkeys/unused.py": "",
    "monkeys/template.j2": "import monkeys.unused\n",
    "monkeys/pack/__init__.py": "from . import inner\n",
    "monkeys/pack/inner.py": "from ..lazy import x\n",
    "monkeys/pack/deep.py": "from .inner import y\nfrom .. import b\n",
}


def written(folder: Path, texts: dict[str, str]) -> Path:
    """A folder of scripts with these files."""
    for name, text in texts.items():
        path = folder / "scripts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder / "scripts"


@pytest.fixture
def scripts(tmp_path: Path) -> Path:
    return written(tmp_path, FILES)


@pytest.mark.parametrize(
    ("roots", "expected"),
    [
        (
            ["script.py"],
            ["script.py"]
            + [f"monkeys/{name}" for name in ("__init__.py", "a.py", "b.py", "lazy.py", "pack/__init__.py", "pack/deep.py", "pack/inner.py")],
        ),
        (["other.py"], ["other.py", "monkeys/__init__.py", "monkeys/lazy.py"]),
        (["typed.py"], ["typed.py", "monkeys/__init__.py", "monkeys/a.py", "monkeys/b.py"]),
        (["quiet.py"], ["quiet.py"]),
        (["quiet.py", "monkeys/template.j2"], ["quiet.py", "monkeys/template.j2"]),
        (["quiet.py", "monkeys/pack/inner.py"], ["quiet.py", "monkeys/__init__.py", "monkeys/lazy.py", "monkeys/pack/inner.py"]),
        (["quiet.py", "quiet.py"], ["quiet.py"]),
    ],
)
def test_a_closure_is_the_root_and_then_all_that_it_imports(scripts: Path, roots: list[str], expected: list[str]) -> None:
    found = closure(*roots, folder=scripts)
    assert [Path(path).relative_to(scripts).as_posix() for path in found] == expected


def test_a_missing_root_is_named(scripts: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"monkeys/absent\.py does not exist, but a rule is made of it"):
        closure("script.py", "monkeys/absent.py", folder=scripts)


SCRIPTS = sorted(path.stem for path in (ROOT / "scripts").glob("*.py"))


@pytest.fixture(scope="module")
def loaded() -> dict[str, list[str]]:
    """By script, every file of the library that Python loads when it imports the script: asked of one process, which forks for each."""
    program = """
import importlib, json, os, sys
sys.path.insert(0, "scripts")
found = {}
for script in sys.argv[1:]:
    reading, writing = os.pipe()
    if os.fork() == 0:
        importlib.import_module(script)
        files = [module.__file__ for module in list(sys.modules.values()) if getattr(module, "__file__", None)]
        with os.fdopen(writing, "w") as pipe:
            json.dump(files, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        found[script] = json.load(pipe)
    os.wait()
print(json.dumps(found))
"""
    heavy = "import numpy, pandas, matplotlib.figure, scipy.stats, scipy.optimize, yaml, jinja2, jsonschema"
    answer = subprocess.run([sys.executable, "-c", heavy + program, *SCRIPTS], cwd=ROOT, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = json.loads(answer.stdout)
    return found


@pytest.mark.parametrize("script", SCRIPTS)
def test_what_python_loads_is_in_the_closure(loaded: dict[str, list[str]], script: str) -> None:
    """Python itself as the judge."""
    paths = {Path(name) for name in loaded[script]}
    own = {path.relative_to(ROOT).as_posix() for path in paths if path.is_relative_to(ROOT / "scripts")}
    found = {Path(path).relative_to(ROOT).as_posix() for path in closure(f"{script}.py", folder=ROOT / "scripts")}
    assert f"scripts/{script}.py" in own
    assert own <= found


def changed(path: Path, text: str) -> None:
    """Edit a file of a closure that may have been read before."""
    path.write_text(text, encoding="utf-8")
    forget_sources()


@pytest.mark.parametrize(
    ("name", "text", "same"),
    [
        ("monkeys/template.j2", "import monkeys.unused \n", False),
        ("quiet.py", "import json\nname = 'monkeys.b'\n", False),
        ("quiet.py", "import json  # as JSON\nname = 'monkeys.a'\n", True),
        ("monkeys/lazy.py", "import numpy as np\n", False),
        ("monkeys/unused.py", "X = 1\n", True),
    ],
)
def test_the_hash_of_a_closure_changes_with_what_any_of_its_files_does(scripts: Path, name: str, text: str, same: bool) -> None:
    roots = ("quiet.py", "monkeys/template.j2", "monkeys/pack/inner.py")
    before = hash_of_closure(*roots, folder=scripts)
    changed(scripts / name, text)
    assert (hash_of_closure(*roots, folder=scripts) == before) == same


def test_stages_do_not_depend_on_each_other() -> None:
    def names(script: str) -> set[str]:
        return {Path(path).relative_to(ROOT / "scripts").as_posix() for path in closure(script, folder=ROOT / "scripts")}

    assert not any(part in name for name in names("generate_samples.py") for part in ("graders/", "sandbox/", "statistics/", "figures"))
    assert not any(part in name for name in names("verify_samples.py") for part in ("engines/", "benchmarks/", "statistics/"))
    assert not any(part in name for name in names("fit_scaling_laws.py") for part in ("graders/", "engines/", "sandbox/", "benchmarks/"))


def test_behaviour_is_not_changed_by_words_and_layout(tmp_path: Path) -> None:
    plain = tmp_path / "plain.py"
    plain.write_text("X = 1\ndef f(a, b):\n    return a + b\nclass C:\n    y = 2\n")
    worded = tmp_path / "worded.py"
    worded.write_text(
        '"""Words."""\nX = 1  # more\n"""Of X."""\n\n\ndef f(a,\n      b):\n    """Adds."""\n    return (a + b)\nclass C:\n    "C."\n    y = 2\n'
    )
    other = tmp_path / "other.py"
    other.write_text(plain.read_text().replace("a + b", "b + a"))
    assert behaviour(plain) == behaviour(worded) != behaviour(other)


def test_files_that_a_module_names_beside_it_belong_to_the_closure(tmp_path: Path) -> None:
    texts = {
        "script.py": "import monkeys.page\nNAME = 'page.py'\n",
        "monkeys/__init__.py": "",
        "monkeys/page.py": '"""Not notes.txt, which only this docstring names."""\nTEMPLATE = "page.j2"\nPROGRAM = "inside/run.py"\nABSENT = "gone.j2"\n',
        "monkeys/page.j2": "",
        "monkeys/notes.txt": "",
        "monkeys/inside/run.py": "import monkeys.other\n",
        "monkeys/other.py": "",
    }
    folder = written(tmp_path, texts)
    found = {Path(path).relative_to(folder).as_posix() for path in closure("script.py", folder=folder)}
    assert found == texts.keys() - {"monkeys/notes.txt"}


def test_packages_whose_modules_are_loaded_by_name_are_known(tmp_path: Path) -> None:
    texts = {
        "script.py": "from importlib import import_module\nimport monkeys.graders\nimport_module(f'monkeys.engines.{name}')\nimport_module(name)\n",
        "monkeys/__init__.py": "",
        "monkeys/graders/__init__.py": "import importlib\ndef load(name):\n    return importlib.import_module(f'{__name__}.{name}')\n",
    }
    assert closure_module.packages_loaded_by_name("script.py", folder=written(tmp_path, texts)) == {"engines", "graders"}


def test_a_rule_that_forgets_modules_loaded_by_name_does_not_load() -> None:
    with pytest.raises(ValueError, match=r"verify_samples\.py loads modules of graders by name; its rule must say which"):
        Code().of("verify_samples.py")
    assert Code().of("verify_samples.py", graders=["numeric_answer"]) != Code().of("verify_samples.py", graders=["python_tests"])
