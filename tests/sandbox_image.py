"""The images for Apptainer that tests share: made once, for real, the first by the script that the workflow uses."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

from monkeys.sandbox import apptainer

NO_APPTAINER = "Apptainer is not installed here (.ci/install_apptainer.sh does it on Debian)"


@pytest.fixture(scope="session")
def sandbox_place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the image of programs is or will be; SANDBOX_IMAGE in the environment names one to take, or the place for one that is to stay."""
    kept = os.environ.get("SANDBOX_IMAGE")
    return Path(kept).resolve() if kept else tmp_path_factory.mktemp("sandbox") / "sandbox.sif"


def base_beside(image: Path) -> Path | None:
    """A root file system out of Debian's packages, made where it is not there; None where it cannot be made."""
    if not (os.geteuid() == 0 and shutil.which("apt-get")):
        return None
    base = image.with_name("base")
    subprocess.run([ROOT / "tests" / "make_base_image.sh", base], check=True, timeout=600)
    return base


@pytest.fixture(scope="session")
def sandbox_image(sandbox_place: Path) -> Path:
    """The image of programs. Without Apptainer tests are skipped."""
    if not apptainer.available():
        pytest.skip(NO_APPTAINER)
    image = sandbox_place
    if image.exists():
        return image
    command = [sys.executable, "scripts/build_sandbox.py", "--image", "envs/sandbox.def", "--log", str(image.with_suffix(".log"))]
    if base := base_beside(image):
        command += ["--base", str(base)]
    answer = subprocess.run([*command, "--output", str(image)], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    if answer.returncode and "--base" not in command:
        pytest.skip(f"there is no image for Apptainer, and none can be made here: {answer.stderr.strip()}")
    assert answer.returncode == 0, answer.stderr
    return image


@pytest.fixture(scope="session")
def base_image(sandbox_place: Path) -> Path:
    """A root file system with Python and git, as a folder."""
    if not apptainer.available():
        pytest.skip(NO_APPTAINER)
    base = base_beside(sandbox_place)
    if base is None:
        pytest.skip("an image with git is made out of Debian's packages, which takes root on Debian or Ubuntu")
    return base
