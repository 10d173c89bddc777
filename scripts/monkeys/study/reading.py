"""A configuration as a person wrote it, made ready for a study. Whoever plans or runs a study reads it here, so that all of them take it for the same."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from monkeys.benchmarks import benchmark_names
from monkeys.home import HOME
from monkeys.study.configuration import complete
from monkeys.study.configuration_faults import check_keys
from monkeys.study.extension_faults import use_extensions
from monkeys.study.questions import counted
from monkeys.study.study_files import check_files


def read_study(written: dict[str, Any], files: Iterable[str | Path]) -> dict[str, Any]:
    """The completed configuration; the modules of its extensions can be used from then on.

    Args:
        written: the keys of all files, joined.
        files: the files, in which no key may stand twice.

    Raises:
        InputError: anything that is wrong with the configuration or with a file that it names.
    """
    for path in dict.fromkeys(files):
        check_keys(Path(path))
    use_extensions(written)
    config = counted(complete(written, HOME / "config" / "schema.yaml", benchmark_names()))
    check_files(config)
    return config
