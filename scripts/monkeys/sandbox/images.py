"""Images for Apptainer: built from ``envs/sandbox.def`` on a base with Python, or pulled as they are."""

import os
import platform
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from monkeys.errors import InfrastructureError, InputError
from monkeys.sandbox import apptainer
from monkeys.sandbox.launching import identity, unprivileged

NUMPY = "2.4.6"
OLDER_NUMPY = {(3, 9): "2.0.2", (3, 10): "2.2.6"}
"""The last numpy for these versions of Python."""
WHEELS = ("manylinux_2_28", "manylinux_2_27", "manylinux_2_17", "manylinux2014")
EPOCH = "315532800"
"""Time of all files in an image, so that it is reproducible: 1980, the first year that every archive format has."""
DESCRIBE = "import platform, sysconfig; print(platform.python_version(), sysconfig.get_path('stdlib'))"
CHECK = "import sys, ctypes; sys.path.append('/packages'); import numpy; print(sys.version.split()[0], numpy.__version__)"


def default_base(definition: Path) -> str:
    """The base that a definition file names in its ``%arguments``, as ``docker://...``."""
    found = {name: re.search(rf"^\s*{name}=(\S+)", definition.read_text(encoding="utf-8"), re.M) for name in ("BOOTSTRAP", "BASE")}
    if not (found["BOOTSTRAP"] and found["BASE"]):
        raise InputError(f"{definition} gives no default to BOOTSTRAP and BASE in its %arguments; name a base")
    return f"{found['BOOTSTRAP'][1]}://{found['BASE'][1]}"


def build_image(definition: Path, base: str, output: Path) -> None:
    """Build an image with numpy.

    Args:
        definition: the Apptainer definition file.
        base: ``docker://...``, or an image or a folder with a root file system on this machine; Python 3.9 or newer must be in it.
        output: the image to write.

    Raises:
        InputError: there is no such base.
        InfrastructureError: Apptainer or pip fails, or there is no suitable Python in the base.
    """
    remote = "://" in base
    if not remote and not Path(base).exists():
        raise InputError(f"the base {base} of the sandbox's image does not exist")
    with _workplace() as folder:
        source = base if remote else str(Path(base).resolve())
        # Unpacked first: its Python can then be asked for its version, and the base is fetched once.
        remedy = (
            "; without a network set verification.base to an image or folder that is here, or verification.sandbox to bubblewrap" if remote else ""
        )
        apptainer.run(["build", "--fix-perms", "--sandbox", str(folder / "base"), source], f"the base {base} cannot be fetched{remedy}")
        _give_to_identity(folder)
        python, library = _inside(folder, DESCRIBE, f"no Python starts in the base {base}").split(maxsplit=1)
        version = (int(python.split(".")[0]), int(python.split(".")[1]))
        if version < (3, 9):
            raise InfrastructureError(f"the base {base} has Python {python}, but 3.9 or newer is needed")
        numpy = OLDER_NUMPY.get(version, NUMPY)
        _fetch_numpy(numpy, version, folder / "packages")
        _give_to_identity(folder)
        # Nothing can be written in a sandbox, so a module that is not compiled now would be compiled by each program that imports it. Validated by
        # hash, as the files' times change when the image is made.
        compilation = f"""if True:
            import compileall, re
            for folder in ({library!r}, "/packages"):
                compileall.compile_dir(folder, quiet=2, force=True, rx=re.compile("/(tests?|idlelib|(dist|site)-packages)/"),
                                       invalidation_mode=compileall.py_compile.PycInvalidationMode.UNCHECKED_HASH)
        """
        _inside(folder, compilation, "the image's Python cannot compile its library", library)
        values = {
            "BOOTSTRAP": "localimage",
            "BASE": "base",
            "PACKAGES": "packages",
            "ORIGIN": base if remote else Path(base).name,
            "PYTHON": python,
            "NUMPY": numpy,
        }
        shutil.copy(definition, folder / "sandbox.def")
        _write_image([word for name, value in values.items() for word in ("--build-arg", f"{name}={value}")], "sandbox.def", folder, output)
    found = describe_image(output)
    if not found.get("numpy"):
        raise InfrastructureError(f"numpy {numpy} is in the image {output}, but does not load there; take a base with glibc and libstdc++")


def build_definition(definition: Path, output: Path) -> None:
    """Build an image from a definition file as it stands.

    Raises:
        InfrastructureError: Apptainer fails.
    """
    with _workplace() as folder:
        shutil.copy(definition, folder / "image.def")
        _write_image([], "image.def", folder, output)


def pull_image(source: str, output: Path) -> None:
    """Fetch an image as it is, and check that Python starts in it. Programs find numpy in it only if it lies in /packages.

    Args:
        source: ``docker://...`` or another address that Apptainer knows.
        output: the image to write.

    Raises:
        InfrastructureError: Apptainer fails, or no Python starts in the image.
    """
    fetch_image(source, output)
    describe_image(output)


def fetch_image(source: str, output: Path) -> None:
    """Fetch an image as it is, without a check.

    Raises:
        InfrastructureError: Apptainer fails.
    """
    with _workplace() as folder:
        _write_image([], source, folder, output)


def describe_image(image: Path) -> dict[str, str]:
    """Start an image once; return the versions of its Python and, if it loads, of numpy in /packages.

    Raises:
        InfrastructureError: it does not start.
    """
    for check in (CHECK, "import sys, ctypes; print(sys.version.split()[0])"):
        answer = subprocess.run(
            [*apptainer.command(image), "-I", "-S", "-c", check],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            **unprivileged(apptainer.environment()),
            encoding="utf-8",
        )
        if answer.returncode == 0:
            return dict(zip(("python", "numpy"), answer.stdout.split(), strict=False))
    raise InfrastructureError(f"the image {image} does not start ({apptainer.reason(answer.stderr)}): {apptainer.INSTALL}")


@contextmanager
def _workplace() -> Iterator[Path]:
    """A temporary folder, which ``identity`` can reach."""
    with tempfile.TemporaryDirectory(prefix="sandbox-image-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def _give_to_identity(folder: Path) -> None:
    """Make ``identity``, which is to write there, the owner of everything in a folder."""
    if os.geteuid() == 0:
        for path in (folder, *folder.rglob("*")):
            os.chown(path, *identity(), follow_symlinks=False)


def _inside(folder: Path, program: str, complaint: str, library: str = "") -> str:
    """Run a program in the unpacked base; return what it prints. With ``library``, a folder of the base, it may write there, and finds numpy."""
    binds = [f"{folder / 'base'}{library}:{library}", f"{folder / 'packages'}:/packages"] if library else []
    answer: subprocess.CompletedProcess[str] = subprocess.run(
        [
            *(apptainer.executable(), "--silent", "exec", "--containall", "--userns", "--no-home", "--pwd", "/"),
            *(word for bind in binds for word in ("--bind", bind)),
            *(str(folder / "base"), "/usr/bin/env", "-i", *(f"{name}={value}" for name, value in apptainer.ENVIRONMENT.items())),
            *("python3", "-I", "-S", "-c", program),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        **unprivileged(apptainer.environment()),
        encoding="utf-8",
    )
    if answer.returncode:
        raise InfrastructureError(f"{complaint} ({apptainer.reason(answer.stderr) or answer.returncode})")
    return answer.stdout.strip()


def _fetch_numpy(number: str, python: tuple[int, int], folder: Path) -> None:
    """Unpack numpy's wheel for another Python than this one."""
    platforms = [word for kind in WHEELS for word in ("--platform", f"{kind}_{platform.machine()}")]
    answer = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-compile", "--only-binary=:all:", "--target", str(folder)),
            *("--implementation", "cp", "--python-version", ".".join(map(str, python)), *platforms, f"numpy=={number}"),
        ],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    if answer.returncode:
        raise InfrastructureError(f"numpy {number} cannot be fetched ({apptainer.reason(answer.stderr)}); check that pip reaches a package index")
    # Programs need neither its commands, which name this machine's Python, nor pip's list of them, nor its tests, a third of its files.
    for path in (folder / "bin", *(path for path in sorted(folder.rglob("tests")) if path.is_dir())):
        shutil.rmtree(path, ignore_errors=True)
    for path in folder.glob("*.dist-info/RECORD"):
        path.unlink()


def _write_image(arguments: list[str], source: str, folder: Path, output: Path) -> None:
    """Let Apptainer write an image, working in ``folder``; ``output`` appears when the image is complete."""
    output.parent.mkdir(parents=True, exist_ok=True)
    unfinished = output.resolve().with_name(f"{output.name}.unfinished")
    # Zstandard: a tenth of the time to write, and less to start. One owner, as in a build by an ordinary user.
    compression = ["--mksquashfs-args", "-all-root -comp zstd -Xcompression-level 9"]
    environment = {**os.environ, "SOURCE_DATE_EPOCH": EPOCH}
    try:
        apptainer.run(
            ["build", "--force", *compression, *arguments, str(unfinished), source], f"the image {output} cannot be made", folder, environment
        )
        _blank_times(unfinished)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)


def _blank_times(image: Path) -> None:
    """Blank identity, times and owners in an image's header, as Apptainer's library does for reproducible images."""
    with image.open("r+b") as file:
        header = file.read(128)
        if header[32:41] != b"SIF_MAGIC":
            return
        file.seek(48)
        file.write(bytes(32))  # a random identity of 16 bytes, times of creation and change
        total, start = struct.unpack_from("<q", header, 88)[0], struct.unpack_from("<q", header, 96)[0]
        for number in range(total):
            file.seek(start + 585 * number + 41)
            file.write(bytes(32))  # of each part: times of creation and change, user, group
