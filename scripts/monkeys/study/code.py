"""What jobs are made of: commands, the hash of their code, and the hash of the user's own files that they take."""

import shlex
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from monkeys.closure import hash_of_closure, packages_loaded_by_name
from monkeys.contents import Contents
from monkeys.errors import InputError
from monkeys.extensions import places
from monkeys.home import HOME, own_file

ASSETS = "results/assets/"
"""What rules make for all runs: weights, images, the store of samples."""
FOLDER = "<results>/"
"""What Snakemake puts the run's folder in place of."""
SCRIPTS = HOME / "scripts"


def is_own(path: str) -> bool:
    """Whether a file is the user's own, and not made here."""
    return not path.startswith((ASSETS, FOLDER))


def own_words(*names: str) -> str:
    """Files of the workflow as words of a command, in which braces stand for themselves."""
    return " ".join(shlex.quote(own_file(name)).replace("{", "{{").replace("}", "}}") for name in names)


def command(script: str, *arguments: str, environment: str = "workflow", kept: bool = False) -> str:
    """A rule's command: a script of this workflow in one of its environments, whatever folder a study is started from.

    Args:
        script: its name in ``scripts/``.
        arguments: as the shell reads them, with Snakemake's placeholders.
        environment: ``workflow`` or ``vllm``.
        kept: whether what it prints goes to the rule's log too; scripts that show progress write their logs themselves.
    """
    words = f"{own_words('envs/python')} {environment} {own_words(f'scripts/{script}')} {' '.join(arguments)}"
    return f"{words} 2>&1 | {own_words('envs/log')} {{log:q}}" if kept else words


def _root(package: str, name: str) -> str:
    """A module that is loaded by name, as the closure takes it: below the scripts, or in a folder of extensions."""
    own = f"monkeys/{package}/{name}.py"
    found = [Path(place) / f"{name}.py" for place in places(package)]
    return next((str(path) for path in found if path.is_file() and not (SCRIPTS / own).exists()), own)


class Code:
    """Hashes for the parameter ``code`` of rules, so that editing a script, or a file of the user's, reruns the jobs that are made of it.

    ``fault`` is the error that Snakemake shows without a traceback; rules ask for hashes long after the configuration was checked.
    """

    def __init__(self, fault: type[Exception] = InputError) -> None:
        self._fault = fault
        # A file's content decides, not its time: user files are inputs whose times Snakemake does not look at.
        self._contents = Contents(Path(ASSETS) / "contents.json", lambda sentence: print(sentence, file=sys.stderr, flush=True))

    def of(self, script: str, files: Sequence[str] = (), **modules: Iterable[str]) -> str:
        """What a script does, with all that it imports, words and layout aside, and what the user's files hold.

        A parameter and no inputs, for each input of each of thousands of jobs takes Snakemake time whenever it plans.

        Args:
            script: its name in ``scripts/``.
            files: that it takes; those that are made here count as inputs do, and not in this hash.
            modules: by package of the library, the modules that it loads by name.

        Raises:
            the fault: a file cannot be read.
            ValueError: it loads modules of a package by name, and none are given: editing them would rerun nothing.
        """
        roots = [script, *(_root(package, name) for package, names in modules.items() for name in names)]
        if unknown := packages_loaded_by_name(*roots, folder=SCRIPTS) - modules.keys():
            raise ValueError(f"{script} loads modules of {', '.join(sorted(unknown))} by name; its rule must say which")
        behaviour = hash_of_closure(*roots, folder=SCRIPTS)
        own = [path for path in files if is_own(path)]
        if not own:
            return behaviour
        try:
            return f"{behaviour} {self._contents.of(*own)}"
        except InputError as error:
            raise self._fault(str(error)) from None
