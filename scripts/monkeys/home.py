"""Where the workflow's own files lie, whichever folder a study is started from."""

from pathlib import Path

HOME = Path(__file__).parents[2]
"""The folder of the Snakefile."""
DEFAULT_IMAGE = "envs/sandbox.def"
"""The one file of the workflow's own that a configuration names, by the schema's default."""


def own_file(name: str) -> str:
    """How a command names a file of the workflow's: as in its folder if it is run there, else by its whole path.

    Commands that say the same from checkout to checkout rerun nothing where a study is moved or cloned.
    """
    return name if HOME.samefile(Path.cwd()) else str(HOME / name)


def definition(image: str) -> str:
    """The file that a configuration names as its image; the default is the workflow's own."""
    return own_file(image) if image == DEFAULT_IMAGE else image
