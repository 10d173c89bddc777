"""The images for Apptainer that tests share: made once, for real, the first by the script that the workflow uses, and kept by the hash of their sources."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from once import kept_folder
from project import ROOT

from monkeys.closure import hash_of_closure
from monkeys.sandbox import apptainer

NO_APPTAINER = "Apptainer is not installed here (.ci/install_apptainer.sh does it on Debian)"


def image_folder() -> Path:
    """Where the image and its base lie: a folder named by what they are made of."""
    sources = [ROOT / "envs/sandbox.def", ROOT / "tests/make_base_image.sh"]
    code = hash_of_closure("build_sandbox.py", folder=ROOT / "scripts")
    return kept_folder("sandbox-" + hashlib.sha256(b"\n".join([*(path.read_bytes() for path in sources), code.encode()])).hexdigest()[:16])


def base_in(folder: Path) -> Path | None:
    """A root file system out of Debian's packages, made if it is not there; None where it cannot be made."""
    if not (os.geteuid() == 0 and shutil.which("apt-get")):
        return None
    subprocess.run([ROOT / "tests" / "make_base_image.sh", folder / "base"], check=True, timeout=600)
    return folder / "base"


def make_image(folder: Path) -> str:
    """Make the image of programs in a folder unless it is there; gives the reason why it cannot be made, or an empty text."""
    image = folder / "sandbox.sif"
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if image.exists():
            return ""
        command = [sys.executable, "scripts/build_sandbox.py", "--image", "envs/sandbox.def", "--log", str(folder / "log")]
        if base := base_in(folder):
            command += ["--base", str(base)]
        answer = subprocess.run([*command, "--output", str(image)], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
        assert answer.returncode == 0 or base is None, answer.stderr
        return answer.stderr.strip() if answer.returncode else ""


@pytest.fixture(scope="session")
def sandbox_image() -> Path:
    """The image of programs. Without Apptainer tests are skipped."""
    if not apptainer.available():
        pytest.skip(NO_APPTAINER)
    folder = image_folder()
    if reason := make_image(folder):
        pytest.skip(f"there is no image for Apptainer, and none can be made here: {reason}")
    return folder / "sandbox.sif"


@pytest.fixture(scope="session")
def base_image() -> Path:
    """A root file system with Python and git, as a folder."""
    if not apptainer.available():
        pytest.skip(NO_APPTAINER)
    folder = image_folder()
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        base = base_in(folder)
    if base is None:
        pytest.skip("an image with git is made out of Debian's packages, which takes root on Debian or Ubuntu")
    return base


if __name__ == "__main__":  # ahead of the tests, beside other work
    if apptainer.available():
        print(make_image(image_folder()) or image_folder())
