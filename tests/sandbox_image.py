"""The image for Apptainer that tests share: made once, for real, by the script that the workflow uses."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT

from monkeys.sandbox import apptainer


@pytest.fixture(scope="session")
def sandbox_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The image; SANDBOX_IMAGE in the environment names one to take, or the place for one that is to stay. Without Apptainer tests are skipped."""
    if not apptainer.available():
        pytest.skip("Apptainer is not installed here (.ci/install_apptainer.sh does it on Debian)")
    kept = os.environ.get("SANDBOX_IMAGE")
    image = Path(kept).resolve() if kept else tmp_path_factory.mktemp("sandbox") / "sandbox.sif"
    if image.exists():
        return image
    command = [sys.executable, "scripts/build_sandbox.py", "--image", "envs/sandbox.def", "--log", str(image.with_suffix(".log"))]
    if os.geteuid() == 0 and shutil.which("apt-get"):
        base = image.with_name("base")
        subprocess.run([ROOT / "tests" / "make_base_image.sh", base], check=True, timeout=600)
        command += ["--base", str(base)]
    answer = subprocess.run([*command, "--output", str(image)], cwd=ROOT, capture_output=True, text=True, timeout=1200, check=False)
    if answer.returncode and "--base" not in command:
        pytest.skip(f"there is no image for Apptainer, and none can be made here: {answer.stderr.strip()}")
    assert answer.returncode == 0, answer.stderr
    return image
