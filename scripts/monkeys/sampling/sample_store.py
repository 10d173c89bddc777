"""Samples that this checkout has drawn, whichever run drew them, found again by what determines them.

A drawn sample depends on how its model was asked (weights, engine, environment, options, sampling: the ``recipe``), on what the model saw of its prompt
(the tokens, whatever template they come from) and on its seed, and on nothing else: neither the run's name, nor how shards were cut, nor how many samples were asked for. A study that grows, that is cut otherwise, or that shares
a model and a benchmark with another one takes what is there and draws the rest.

The store keeps the shards' files of samples by hard links, which take no space as long as the shard exists. Beside each lies a
small file that says which prompts and which samples are in it; the prompts themselves, token by token, are in ``rendered`` beside the recipes.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from monkeys.errors import InputError
from monkeys.files import file_sha256, read_json, whole_file, write_json
from monkeys.records.sample import Sample, read_provenance, read_samples

Drawn = dict[tuple[str, int], Sample]
"""Samples by problem and index."""


BESIDE = ".beside"
"""Ending of a file that belongs to a file of samples, such as the trees of a search."""


def recipe_key(recipe: Mapping[str, Any]) -> str:
    """A short name of everything that determines the samples of a prompt and a seed."""
    return hashlib.sha256(json.dumps(recipe, sort_keys=True).encode()).hexdigest()[:32]


class SampleStore:
    """The samples of one recipe.

    Args:
        folder: of the store.
        recipe: how samples are drawn, all that determines them but what the model sees and seed.
    """

    def __init__(self, folder: Path, recipe: Mapping[str, Any]) -> None:
        self.key = recipe_key(recipe)
        self._folder = folder / self.key
        self._recipe = dict(recipe)

    def find(
        self,
        prompts: Mapping[str, str],
        seeds: Mapping[tuple[str, int], int],
        say: Callable[[str], None],
        read_beside: Callable[[Path, Drawn], None] | None = None,
    ) -> tuple[Drawn, list[dict[str, str]]]:
        """Samples that are there already.

        Args:
            prompts: digest of each problem's prompt, as the model sees it.
            seeds: of the samples that are wanted.
            say: takes a sentence on each file that is damaged; it is left out.
            read_beside: takes the file that ``add`` kept beside a file of samples, and those that are taken from it; if it raises InputError, they are not.

        Returns:
            The samples, and what drew them.
        """
        found: Drawn = {}
        provenance = []
        for path, contents in self._files():
            known = [name for name, digest in contents["prompts"].items() if prompts.get(name) == digest]
            first, stop = contents["samples"]
            if not any((name, index) in seeds and (name, index) not in found for name in known for index in range(first, stop)):
                continue
            try:
                if file_sha256(path)[:32] != path.stem:
                    raise InputError(f"{path} is damaged")
                samples = read_samples(path)
                account = read_provenance(path)
            except (InputError, OSError) as error:
                say(f"{error}; its samples are drawn again")
                continue
            same = set(known)
            taken = {
                (sample.problem_id, sample.sample_index): sample
                for sample in samples
                if sample.problem_id in same and seeds.get((sample.problem_id, sample.sample_index)) == sample.seed
            }
            if read_beside is not None:
                taken = {place: sample for place, sample in taken.items() if place not in found}
                try:
                    read_beside(path.with_suffix(BESIDE), taken)
                except InputError as error:
                    say(f"{error}; its samples are drawn again")
                    continue
            if taken.keys() - found.keys():
                found = taken | found
                provenance.append(account)
        return found, provenance

    def add(self, path: Path, prompts: Mapping[str, str], first: int, stop: int, beside: Path | None = None) -> None:
        """Keep a finished file of samples ``first`` to ``stop`` of each prompt, and a file that belongs to it."""
        self._folder.mkdir(parents=True, exist_ok=True)
        if not (self._folder / "recipe.json").exists():
            write_json(self._folder / "recipe.json", self._recipe)
        name = file_sha256(path)[:32]
        target = self._folder / f"{name}.parquet"
        # The stored file may have been damaged since.
        if not target.exists() or file_sha256(target)[:32] != name:
            link_or_copy(path, target)
        if beside is not None:
            link_or_copy(beside, target.with_suffix(BESIDE))
        # Last, as it makes the file count.
        write_json(self._folder / f"{name}.json", {"prompts": dict(prompts), "samples": [first, stop]})

    def _files(self) -> Iterator[tuple[Path, dict[str, Any]]]:
        """Files of samples with what is in them, always in the same order."""
        for path in sorted(self._folder.glob("*.parquet")):
            try:
                contents = read_json(path.with_suffix(".json"))
                first, stop = contents["samples"]
                yield path, {"prompts": dict(contents["prompts"]), "samples": [int(first), int(stop)]}
            except (InputError, ValueError, KeyError, TypeError):
                continue  # not finished, just going, or damaged


def link_or_copy(source: Path, target: Path) -> None:
    """Make ``target`` the same file as ``source``, or a copy where the file system has no hard links or another one begins."""
    with whole_file(target, sealed=False) as part:
        try:
            os.link(source, part)
        except OSError:
            shutil.copyfile(source, part)


def merged(accounts: Sequence[Mapping[str, str]]) -> dict[str, str]:
    """What drew samples that come from several places, as one account: different values side by side."""
    names = sorted({name for account in accounts for name in account})
    return {name: "; ".join(sorted({account[name] for account in accounts if name in account})) for name in names}
