"""The jobs of a dry run, read from what Snakemake prints with `-n -p`."""

import argparse
import importlib
import json
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

ARGUMENTS = ("--resources", "gpu=64", "-n", "-p", "--quiet", "host")
"""As many GPUs as any job asks for: a job is planned with no more of them than this machine has."""


@dataclass(frozen=True)
class Job:
    """A planned job: its files, cores, priority and resources, its command's words from the script on and, apart, its beginning and its script's options.

    What reads as JSON is JSON; an option with one value is that value.
    """

    inputs: list[str]
    outputs: list[str]
    threads: int
    priority: int
    resources: dict[str, str]
    words: list[str]
    environment: str
    options: dict[str, Any]


def value(word: str) -> Any:
    try:
        return json.loads(word)
    except json.JSONDecodeError:
        return word


def options(words: list[str]) -> dict[str, Any]:
    found: dict[str, list[Any]] = {}
    for word in words:
        if re.match(r"--[a-z]", word):
            found[word[2:]] = values = []
        else:
            values.append(value(word))
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def read_jobs(text: str) -> dict[tuple[str, str], Job]:
    """The jobs of a dry run with commands, by rule and by the values of the wildcards."""
    jobs = {}
    for part in re.split(r"\n\[[^\]\n]* 20\d\d\]\n", text)[1:]:
        rule = re.search(r"(?:rule|checkpoint) (\w+):", part)
        assert rule is not None
        fields = dict(re.findall(r"^    (\w+): (.*)$", part, re.MULTILINE))
        command = part.partition("\nShell command: ")[2].split("\n")[0]
        pairs = [entry.split("=", 1) for name in ("wildcards", "resources") for entry in fields.get(name, "").split(", ") if entry]
        words = shlex.split(command.partition(" 2>&1")[0])
        wildcards = [entry.split("=", 1)[1] for entry in fields.get("wildcards", "").split(", ") if entry]
        files = {name: fields[name].split(", ") if name in fields else [] for name in ("input", "output")}
        key = rule.group(1), "/".join(wildcards)
        assert key not in jobs
        threads, priority = (int(fields.get(name, default)) for name, default in (("threads", 1), ("priority", 0)))
        jobs[key] = Job(files["input"], files["output"], threads, priority, dict(pairs), words[2:], " ".join(words[:3]), options(words[3:]))
    return jobs


def parse(words: list[str]) -> argparse.Namespace:
    """A command's arguments as its script reads them, which does nothing more.

    Raises:
        SystemExit: the script does not take them.
    """
    script, *rest = words
    read = argparse.ArgumentParser.parse_args

    class Parsed(BaseException):
        pass

    def stop(parser: argparse.ArgumentParser, _: object = None) -> None:
        raise Parsed(read(parser, rest))

    with mock.patch.object(argparse.ArgumentParser, "parse_args", stop):
        try:
            importlib.import_module(Path(script).stem).main()
        except Parsed as parsed:
            found: argparse.Namespace = parsed.args[0]
            return found
    raise AssertionError(f"{script} reads no arguments")
