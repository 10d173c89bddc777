"""What the documentation names is there: links, commands, files, keys; and every page says first who needs it."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from project import ROOT

from monkeys.benchmarks import benchmark_names, load_benchmark
from monkeys.study.configuration import complete

PAGES = [
    ROOT / "README.md",
    ROOT / "config/README.md",
    ROOT / "examples/module/README.md",
    ROOT / "rules/benchmarks/README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
]
GUIDES = [path for path in sorted((ROOT / "docs").glob("*.md")) if path.stem != "intervals"]
"""Without what simulations write."""
SCHEMA = yaml.safe_load((ROOT / "config/schema.yaml").read_text(encoding="utf-8"))
SETTINGS = (ROOT / "config/README.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## `?(\w+)[^\n]*\n(.*?)(?=^## |\Z)", SETTINGS, re.MULTILINE | re.DOTALL))
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def anchors(path: Path) -> set[str]:
    """The addresses of a page's headings, as GitHub makes them."""
    found: set[str] = set()
    for heading in re.findall(r"^#+ (.*)$", BLOCK.sub("", path.read_text(encoding="utf-8")), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        found.add(re.sub(r"[^\w\- ]", "", plain).replace(" ", "-"))
    return found


def code(text: str) -> list[str]:
    """Lines of blocks, and what stands in backquotes."""
    lines = [line for _, block in BLOCK.findall(text) for line in block.splitlines()]
    return lines + re.findall(r"`([^`\n]+)`", BLOCK.sub("", text))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path) -> None:
    dead = []
    for target in re.findall(r"\]\(([^)\s]+)\)", BLOCK.sub("", page.read_text(encoding="utf-8"))):
        path, _, anchor = target.partition("#")
        if re.match(r"[a-z]+:", target):
            continue
        other = (page.parent / path).resolve() if path else page
        if not other.exists() or (anchor and other.suffix == ".md" and anchor not in anchors(other)):
            dead.append(target)
    assert dead == []


@pytest.mark.parametrize("page", GUIDES, ids=name)
def test_a_page_says_first_who_needs_it_and_the_readme_leads_there(page: Path) -> None:
    assert page.read_text(encoding="utf-8").split("\n\n")[1].startswith("You need this page if ")
    assert f"(docs/{page.name}" in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_commands_are_there(page: Path) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets, variables = set(re.findall(r"^([\w-]+):", makefile, re.MULTILINE)), set(re.findall(r"\$\((?:or \$\()?([A-Z_]+)\)", makefile))
    rules = set(
        re.findall(r"^(?:rule|checkpoint) (\w+):", "".join(path.read_text(encoding="utf-8") for path in (ROOT / "rules").glob("*.smk")), re.MULTILINE)
    )
    for line in code(page.read_text(encoding="utf-8")):
        if called := re.match(r"make ([a-z][\w-]*)", line):
            assert called[1] in targets, line
            assert set(re.findall(r"\b([A-Z_]+)=", line)) <= variables | {"ACCELERATOR", "CHECKS", "PYTEST_ARGS"}, line
        if called := re.match(r"(?:\.venvs/workflow/bin/)?snakemake (\w+)(?![\w/])", line):
            assert called[1] in rules, line
        scripts = re.findall(r"scripts/\w+\.py", line) or (["scripts/show_samples.py"] if line.startswith("make show") else [])
        for script in scripts:
            options = re.findall(r"(?<!\S)\"?(--[a-z-]+)", line.partition("#")[0])
            text = (ROOT / script).read_text(encoding="utf-8")
            assert [option for option in options if f'"{option}"' not in text and option != "--help"] == [], line


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_files_of_the_checkout_are_there(page: Path) -> None:
    words = {
        word
        for line in code(page.read_text(encoding="utf-8"))
        for word in re.findall(r"(?<![\w/.>*-])(?:config|scripts|envs|profiles|rules|tests|docs)/[\w./-]+(?![\w./<*-])", line)
    }
    assert [word for word in sorted(words) if not (ROOT / word.rstrip("/.")).exists()] == []


def keys(schema: dict[str, Any], path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for key, value in schema.get("properties", {}).items():
        yield (*path, key)
        yield from keys(value, (*path, key))
    for inner in ("additionalProperties", "items"):
        if isinstance(schema.get(inner), dict):
            yield from keys(schema[inner], path)


def test_every_key_of_the_configuration_is_documented_in_its_section() -> None:
    missing = []
    for path in keys(SCHEMA):
        # Keys of endpoints and of one's own questions are listed under the run, with the page that explains them.
        section = SECTIONS.get(path[0], "") + ("" if path[0] in ("scorers", "selection", "verification", "analysis", "figures") else SECTIONS["The"])
        if path[-1] not in SECTIONS and not re.search(rf"`[^`]*\b{path[-1]}\b[^`]*`", section):
            missing.append(".".join(path))
    assert missing == []


def test_every_documented_key_is_one() -> None:
    known = {path[-1] for path in keys(SCHEMA)} | {path.name for path in (ROOT / "config").rglob("*.yaml")} | {"changes/better_graders.yaml"}
    for benchmark in benchmark_names():
        known |= set(load_benchmark(benchmark).options)
    graders = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "scripts/monkeys/graders").glob("*.py"))
    rows = re.findall(r"^\| ((?:`[\w./]+`(?:, )?)+) \|", SETTINGS, re.MULTILINE)
    documented = {key for row in rows for key in re.findall(r"`([\w./]+)`", row)}
    assert len(documented) > 100
    assert [key for key in sorted(documented) if key.rpartition(".")[2] not in known and key not in known and f'"{key}"' not in graders] == []


def test_every_shipped_study_is_listed() -> None:
    studies = {str(path.relative_to(ROOT / "config")) for path in (ROOT / "config").rglob("*.yaml")} - {"schema.yaml"}
    assert studies == set(re.findall(r"^\| `([\w./]+\.yaml)` \|", SETTINGS, re.MULTILINE))


@pytest.mark.parametrize("page", [page for page in PAGES if "\nrun: " in page.read_text(encoding="utf-8")], ids=name)
def test_studies_in_the_text_are_right(page: Path) -> None:
    studies = [block for language, block in BLOCK.findall(page.read_text(encoding="utf-8")) if language == "yaml" and block.startswith("run: ")]
    assert studies
    for study in studies:
        complete(yaml.safe_load(study), ROOT / "config/schema.yaml", benchmark_names())
