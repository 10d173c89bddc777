"""A disk that is full is one sentence, and what was finished stays. The disk is a small tmpfs in namespaces of its own."""

import json
import random
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from project import ROOT, Project
from study_fixtures import recorded_study


def on_small_disk(folder: Path, kilobytes: int, *command: str, inodes: int = 0) -> subprocess.CompletedProcess[str]:
    """Run a command in ``folder``, whose sub-folder ``disk`` is so small; then list what is on it."""
    (folder / "disk").mkdir(exist_ok=True)
    script = f'mount -t tmpfs -o size={kilobytes}k,nr_inodes={inodes} tmpfs disk && "$@"; status=$?; find disk -type f -printf "%P "; exit $status'
    words = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", script, "sh", *command]
    answer = subprocess.run(words, cwd=folder, capture_output=True, text=True, timeout=60, check=False)
    if "unshare" in answer.stderr or "mount:" in answer.stderr:
        pytest.skip(f"no file system can be mounted here: {answer.stderr.strip()}")
    return answer


@pytest.fixture(autouse=True)
def tools() -> None:
    if shutil.which("unshare") is None:
        pytest.skip("there is no unshare here")


def test_shard_on_full_disk_raises_and_leaves_no_file(tmp_path: Path) -> None:
    chance = random.Random(0)
    lines = [json.dumps({"task_id": "p", "completion": "".join(chance.choices("abcdefghij", k=4000))}) for _ in range(200)]
    (tmp_path / "samples.jsonl").write_text("\n".join(lines))
    (tmp_path / "problems.txt").write_text("p\n")
    (tmp_path / "prompts.jsonl").write_text(json.dumps({"problem_id": "p", "prompt": "text", "messages": [], "stop": []}) + "\n")
    settings = json.dumps({"source": "recorded", "seed": 0, "samples": [0, 200]})
    command = [sys.executable, str(ROOT / "scripts/generate_samples.py"), "--prompts", "prompts.jsonl", "--source", "samples.jsonl"]
    command += ["--problems", "problems.txt", "--settings", settings, "--log", "log.txt", "--output", "disk/0000-0000.parquet"]
    answer = on_small_disk(tmp_path, 64, *command)
    assert answer.returncode == 1
    assert "error: the disk is full or has no inodes left, or your quota is used up;" in answer.stderr and "Traceback" not in answer.stderr
    assert answer.stdout == ""
    answer = on_small_disk(tmp_path, 4096, *command)
    assert (answer.returncode, answer.stdout) == (0, "0000-0000.parquet .0000-0000.parquet.sha256 ")


JOURNAL = """
import errno, sys
from pathlib import Path
from monkeys.sampling.journal import Journal
from monkeys.records.sample import Sample
filler, path = Path("disk/filler"), Path("disk/journal")
filler.write_bytes(bytes(20 << 10))
journal = Journal(path, "recipe", 0, {"p": "digest"})
try:
    for index in range(1000):
        journal.add([Sample("p", index, index, "text" * 100)])
except OSError as error:
    assert error.errno == errno.ENOSPC
written = index
filler.unlink()
kept = Journal(path, "recipe", 0, {"p": "digest"}).samples
assert 0 < len(kept) <= written + 1 and kept == [Sample("p", i, i, "text" * 100) for i in range(len(kept))]
print(written - len(kept))
"""


def test_journal_on_full_disk_keeps_complete_lines(tmp_path: Path) -> None:
    command = ["env", f"PYTHONPATH={ROOT / 'scripts'}", sys.executable, "-c", JOURNAL]
    answer = on_small_disk(tmp_path, 64, *command)
    assert answer.returncode == 0, answer.stderr
    # What was handed over whole, up to a buffer that was being written, is there.
    assert int(answer.stdout.split()[0]) <= 1


def test_a_run_on_a_full_or_unwritable_disk_is_one_sentence(tmp_path: Path) -> None:
    """The project lies on a disk without a free inode, then on one that can only be read."""
    project = Project.fresh(tmp_path / "source")
    run = "cp -a {}/. disk && cd disk && {} && exec envs/run.sh -n --configfile config/config.yaml"
    for change, reason in (
        ("mount -o remount,ro .", "Read-only file system"),
        ("i=0; while touch file$i; do i=$((i+1)); done 2>/dev/null; true", "No space left"),
    ):
        answer = on_small_disk(tmp_path, 65536, "sh", "-c", run.format(project.folder, change), inodes=3000)
        assert answer.returncode == 1
        assert re.search(rf"^error: nothing can be written to the folder \S+ \({reason}.*\); make room", answer.stderr, re.MULTILINE), answer.stderr
        assert "Traceback" not in answer.stderr


def test_a_log_that_does_not_fit_is_one_sentence(tmp_path: Path) -> None:
    """/dev/full takes no byte: a rule's log is a link to it."""
    project = recorded_study(tmp_path / "project")
    (project.folder / "Snakefile").write_text(
        (project.folder / "Snakefile").read_text()
        + '\n\nrule write:\n    output: "results/said.txt"\n    shell: "echo much | envs/log /dev/full >{output}"\n'
    )
    answer = project.snakemake("results/said.txt")
    assert answer.returncode != 0
    assert "error: the log /dev/full cannot be written, for the disk is full" in answer.stdout + answer.stderr
