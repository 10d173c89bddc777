"""Building images for Apptainer."""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from project import ROOT

from monkeys.errors import InfrastructureError, InputError
from monkeys.sandbox import apptainer, images


def build(tmp_path: Path, *arguments: str) -> str:
    """What the script says when it fails."""
    command = [sys.executable, "scripts/build_sandbox.py", "--log", str(tmp_path / "log"), "--output", str(tmp_path / "image.sif"), *arguments]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert answer.returncode == 1 and not (tmp_path / "image.sif").exists()
    assert not list(tmp_path.glob("*.unfinished"))
    last = answer.stderr.splitlines()[-1]
    assert last.startswith("error: ")
    return last


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--image", "envs/nothing.def"], "neither a definition file"),
        (["--image", "README.md"], "neither a definition file"),
        (["--image", "docker://somewhere/image:1", "--base", "docker://base"], "leave out the base docker://base"),
        (["--image", "envs/sandbox.def", "--base", "no/such/folder"], "the base no/such/folder of the sandbox's image does not exist"),
    ],
)
def test_wrong_image_or_base_is_named(tmp_path: Path, arguments: list[str], words: str) -> None:
    assert words in build(tmp_path, *arguments)


def test_error_has_the_message_of_apptainer(tmp_path: Path, sandbox_image: Path) -> None:
    assert "connection refused" in build(tmp_path, "--image", "docker://127.0.0.1:1/nobody/there:1")
    unreachable = build(tmp_path, "--image", "envs/sandbox.def", "--base", "docker://127.0.0.1:1/nobody/there:1")
    assert "cannot be fetched; without a network set verification.base to an image" in unreachable and "connection refused" in unreachable
    (tmp_path / "base" / "etc").mkdir(parents=True)
    assert "no Python starts in the base" in build(tmp_path, "--image", "envs/sandbox.def", "--base", str(tmp_path / "base"))
    with pytest.raises(InfrastructureError, match=r"the image .* does not exist"):
        apptainer.command(tmp_path / "nothing.sif")
    (tmp_path / "text.sif").write_text("no image\n")
    with pytest.raises(InfrastructureError, match="does not start"):
        images.describe_image(tmp_path / "text.sif")


def test_image_has_labels_and_no_trace_of_its_build(sandbox_image: Path) -> None:
    answer = subprocess.run([apptainer.executable(), "inspect", "--all", sandbox_image], capture_output=True, text=True, check=True)
    found = json.loads(answer.stdout)["data"]["attributes"]
    assert found["labels"]["numpy.version"] in (images.NUMPY, *images.OLDER_NUMPY.values())
    assert found["labels"]["python.version"].startswith("3.")
    assert found["labels"]["org.label-schema.build-date"] == "none"
    assert tempfile.gettempdir() not in answer.stdout and str(ROOT) not in answer.stdout
    assert sandbox_image.read_bytes()[48:80] == bytes(32)


def test_image_describes_its_versions(sandbox_image: Path) -> None:
    assert apptainer.version()[0].isdigit()
    assert set(images.describe_image(sandbox_image)) == {"python", "numpy"}


def test_definition_without_base_raises(tmp_path: Path) -> None:
    assert images.default_base(ROOT / "envs" / "sandbox.def").startswith("docker://python:3.")
    (tmp_path / "some.def").write_text("Bootstrap: docker\nFrom: debian\n")
    with pytest.raises(InputError, match="name a base"):
        images.default_base(tmp_path / "some.def")
