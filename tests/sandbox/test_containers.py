"""How containers of Apptainer start and end, and error messages where there is no Apptainer."""

import os
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from containers import SERVER, STUBBORN, Person, end, inside, left_of, started_by

from monkeys.errors import InfrastructureError
from monkeys.sandbox import apptainer
from monkeys.sandbox.launching import stop, unprivileged

ROOT_ONLY = pytest.mark.skipif(os.geteuid() != 0, reason="takes root, who becomes nobody")


@pytest.mark.parametrize(("program", "way"), [(SERVER, "end of input"), (SERVER, "stop"), (STUBBORN, "stop"), (STUBBORN, "kill")])
def test_no_process_is_left_of_an_ended_container(person: Person, program: str, way: str) -> None:
    names, left = person.call(end, person.image, program, way)
    assert any("squashfuse" in name for name in names) and len(names) >= 3
    assert left == []


def test_programs_end_with_a_killed_launcher(person: Person) -> None:
    names, left = person.call(end, person.image, STUBBORN, "SIGKILL")
    # Nothing but the mount's, which is why there is `kill`.
    assert len(names) >= 3 and all("squashfuse" in name for name in left)


def test_container_stopped_while_it_starts_is_gone(sandbox_image: Path) -> None:
    for delay in range(0, 200, 20):
        process = subprocess.Popen(
            [*apptainer.command(sandbox_image), "-I", "-S", "-c", STUBBORN],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **unprivileged(apptainer.environment()),
        )
        time.sleep(delay / 1000)
        processes = started_by(process)
        stop(process, seconds=0.05)
        assert left_of(processes) == []


def test_stop_kills_process_ignoring_sigterm() -> None:
    deaf = textwrap.dedent("""
        import signal, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        print("ready", flush=True)
        time.sleep(600)
    """)
    for program, status in ((SERVER, 0), (deaf, -signal.SIGKILL)):
        process = subprocess.Popen([sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        stop(process, seconds=0.2)
        assert process.returncode == status
        process.stdout.close()


def test_image_is_unpacked_without_fuse(sandbox_image: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apptainer, "FUSE", Path("/dev/there is none"))
    apptainer.startable.cache_clear()
    try:
        assert apptainer.startable(sandbox_image).is_dir()
        assert inside(sandbox_image, "import sys; sys.path.append('/packages'); import numpy; print(numpy.sqrt(4))") == "2.0\n"
        names, left = end(sandbox_image, STUBBORN, "SIGKILL")
        assert len(names) >= 3 and left == []
    finally:
        apptainer.startable.cache_clear()


@ROOT_ONLY
def test_image_in_closed_folder_is_copied(sandbox_image: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    image = tmp_path / "closed.sif"
    image.symlink_to(sandbox_image)
    shutil.copyfile(sandbox_image, tmp_path / "another.sif")
    assert inside(tmp_path / "another.sif", "print(1)") == inside(image, "print(1)") == "1\n"


def test_missing_apptainer_names_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not apptainer.available()
    for ask in (apptainer.version, lambda: apptainer.command(tmp_path)):
        with pytest.raises(InfrastructureError, match="install Apptainer"):
            ask()
    game = tmp_path / "singularity"
    game.write_text("#!/bin/sh\necho Endgame 1.0\n")
    game.chmod(0o755)
    with pytest.raises(InfrastructureError, match=r"does not start \(Endgame 1.0\): install Apptainer"):
        apptainer.version()


def test_reason_is_fatal_line_then_error_then_last() -> None:
    text = "INFO:    Starting\nERROR:   one\nFATAL:   While building: two\nINFO:    Cleaning up\n\n"
    assert apptainer.reason(text) == "While building: two"
    assert apptainer.reason("ERROR: one\nmore\n") == "one"
    assert apptainer.reason("some\nwords\n") == "words"
    assert apptainer.reason("") == ""
