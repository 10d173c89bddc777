"""`snakemake --profile slurm` on a real Slurm (.ci/start_slurm.sh), as docs/cluster.md says: the same bytes as on one machine, whatever happens to jobs.

Runs on the cluster of that script alone, never on somebody's own.
"""

import os
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import pytest
import yaml
from project import PATIENCE, Project, journaled
from study_fixtures import CURVES, new_study

from monkeys.reporting.manifest import hashes, result_files

CLUSTER = "monkeystest"


def answer(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60).stdout


@pytest.fixture(scope="module")
def cluster() -> None:
    if shutil.which("scontrol") is None or f"= {CLUSTER}\n" not in answer("scontrol", "show", "config"):
        pytest.skip("there is no test cluster here; root can start one with .ci/start_slurm.sh")


def set_up(project: Project) -> None:
    """The lines of the profile that docs/cluster.md has people set, and what so small a cluster without accounting needs."""

    def change(text: str) -> str:
        for commented, value in (("slurm_partition: gpu", "gpu"), ("slurm_partition: cpu", "cpu"), ("slurm-status-command: squeue", "squeue")):
            assert f"# {commented}" in text
            text = text.replace(f"# {commented}", f"{commented.partition(':')[0]}: {value}")
        text = text.replace("# set-threads:\n#   generate_samples: 16", "set-threads:\n  generate_samples: 1")
        profile = yaml.safe_load(text)
        profile["slurm-init-seconds-before-status-checks"] = 2
        profile["latency-wait"] = 5
        profile["default-resources"]["mem_mb"] = 1500
        # The model runs on the CPU, and takes a GPU all the same, to see that it gets one.
        profile["set-resources"]["generate_samples"].update(mem_mb=5000, runtime=30, gpu=1)
        return yaml.safe_dump(profile)

    project.edit("profiles/slurm/profile.yaml", change)


@dataclass
class Job:
    """A job as squeue shows it."""

    number: str
    state: str
    partition: str
    gpus: str
    shard: str


def jobs() -> list[Job]:
    columns = ("JobID", "State", "Partition", "tres-per-job", "Comment")
    lines = answer("squeue", "--noheader", "--states=all", "--Format=" + ",".join(f"{column}:200" for column in columns)).splitlines()
    return [Job(*line.split()) for line in lines]


@dataclass
class Submission:
    """A run on the cluster, and what was seen of its jobs."""

    project: Project
    process: subprocess.Popen[str]
    before: set[str]
    """Jobs of earlier runs, which Slurm still knows."""
    seen: dict[str, Job] = field(default_factory=dict)
    stopped: int = 0
    """Samples of ``STOPPED`` that were drawn when an earlier run was stopped."""

    @property
    def log(self) -> str:
        return (self.project.folder / "run.log").read_text()

    def job(self, shard: str, states: tuple[str, ...] = ("RUNNING",)) -> Job | None:
        """The job of a shard in one of these states, the latest first."""
        self.seen |= {job.number: job for job in jobs() if job.number not in self.before}
        found = [job for job in self.seen.values() if job.shard.endswith(shard) and job.state in states]
        return max(found, key=lambda job: int(job.number), default=None)

    def wait_for(self, what: str, condition: Callable[[], object], timeout: float = PATIENCE) -> None:
        deadline = time.monotonic() + timeout
        while not condition():
            assert self.process.poll() is None, f"the run ended before {what}:\n{self.log[-3000:]}"
            assert time.monotonic() < deadline, f"waited in vain for {what}:\n{self.log[-3000:]}"
            time.sleep(0.2)


def submit(project: Project, *arguments: str) -> Submission:
    command = [".venvs/workflow/bin/snakemake", *arguments, "--profile", "slurm", "--configfile", "study.yaml"]
    before = {job.number for job in jobs()}
    with (project.folder / "run.log").open("w") as log:
        # Ctrl-C ends it, also where the tests run in a shell's background, which ignores that signal.
        heed = partial(signal.signal, signal.SIGINT, signal.SIG_DFL)
        return Submission(project, subprocess.Popen(command, cwd=project.folder, stdout=log, stderr=log, text=True, preexec_fn=heed), before)


def processes(project: Project, text: str) -> list[int]:
    """Processes of generation of a project whose command line has a text."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            words = (folder / "cmdline").read_bytes().decode(errors="replace").split("\0")
            if (folder / "cwd").readlink() != project.folder:
                continue
        except OSError:
            continue
        if any(word.endswith("generate_samples.py") for word in words[:3]) and any(text in word for word in words):
            found.append(int(folder.name))
    return found


STOPPED = "arithmetic/smollm2/repeated/samples/0000-0000.parquet"
"""The shard whose run is stopped by Ctrl-C before the study begins."""


def stop(project: Project) -> int:
    """Stop a run by Ctrl-C when a shard has drawn something, and wait until nothing of it is in the queue; returns the number of samples drawn."""
    run = submit(project, f"results/study/{STOPPED}")
    shard = project.folder / "results/study" / STOPPED
    journal = shard.with_name(f".{shard.name}.journal")
    run.wait_for("the first samples", lambda: journaled(journal))
    run.process.send_signal(signal.SIGINT)
    assert run.process.wait(timeout=PATIENCE) != 0
    deadline = time.monotonic() + PATIENCE
    locks = project.folder / ".snakemake" / "locks"
    while any(locks.glob("*")) or any(job.state in ("RUNNING", "PENDING", "COMPLETING") for job in jobs()):
        assert time.monotonic() < deadline, "Snakemake does not end, or jobs are left in the queue"
        time.sleep(0.5)
    return journaled(journal)


@pytest.fixture(scope="module")
def submitted(cluster: None, finished_study: Project, tmp_path_factory: pytest.TempPathFactory) -> Submission:
    """The study on the cluster, up to its curves: one shard cancelled, one killed, one out of time, each after it has drawn something.

    A run before it was stopped while one of the shards was drawn.
    """
    project = new_study(tmp_path_factory.mktemp("slurm") / "project")
    project.share_weights(finished_study)
    set_up(project)
    stopped = stop(project)
    run = submit(project, *CURVES)
    run.stopped = stopped
    samples = project.folder / "results/study"
    ends = {
        "humaneval_smollm2_repeated_0000_0000": "cancel",
        "humaneval_smollm2_repeated_0001_0000": "kill",
        "arithmetic_smollm2_repeated_0000_0000": "time",
    }

    def journal(shard: str) -> Path:
        benchmark, model, strategy, block, round_number = shard.split("_")
        return samples / benchmark / model / strategy / "samples" / f".{block}-{round_number}.parquet.journal"

    def drawing(shard: str) -> list[int]:
        benchmark, model, strategy, block, round_number = shard.split("_")
        return processes(project, f"{benchmark} {model} {strategy} {block}-{round_number}")

    before = {shard: journaled(journal(shard)) for shard in ends}
    frozen: set[str] = set()
    over = threading.Event()

    def freeze() -> None:
        """Stop each shard's process as soon as it has drawn something: a moment later it may have finished."""
        while not over.wait(0.01) and frozen != ends.keys():
            for shard in ends.keys() - frozen:
                if journaled(journal(shard)) > before[shard]:
                    for process in drawing(shard):
                        os.kill(process, signal.SIGSTOP)
                        frozen.add(shard)

    def disturb() -> bool:
        for shard in frozen - disturbed:
            job = run.job(shard)
            if job is None:
                continue
            if ends[shard] == "cancel":
                answer("scancel", job.number)  # wakes the process up and asks it to end
            elif ends[shard] == "time":
                # It stands still, and so it is still there when its time is over.
                answer("scontrol", "update", f"JobId={job.number}", "TimeLimit=1")
            else:
                for process in drawing(shard):
                    os.kill(process, signal.SIGKILL)
            disturbed.add(shard)
        return disturbed == ends.keys()

    disturbed: set[str] = set()
    watcher = threading.Thread(target=freeze)
    watcher.start()
    try:
        run.wait_for("the first samples of every shard", disturb)
        deadline = time.monotonic() + PATIENCE
        while run.process.poll() is None and time.monotonic() < deadline:
            run.job("")
            time.sleep(0.5)
    finally:
        over.set()
        watcher.join()
        run.process.kill()  # a plugin that waits for what never comes ignores signals of the gentle kind
    assert run.process.wait() == 0, run.log[-5000:]
    return run


def test_results_are_those_of_one_machine(submitted: Submission, finished_study: Project) -> None:
    results = [project.folder / "results/study" for project in (submitted.project, finished_study)]
    config = yaml.safe_load((results[1] / "config.yaml").read_text())
    there = [path for path in result_files(config, results[0]) if path.is_file()]
    on_cluster = hashes(there, results[0])
    assert on_cluster == hashes([results[1] / name for name in on_cluster], results[1])
    assert sum(name.endswith(".parquet") for name in on_cluster) == 2 * 3
    assert {Path(curve).relative_to("results/study").as_posix() for curve in CURVES} <= on_cluster.keys()


def test_generation_has_a_gpu_and_verification_a_cpu(submitted: Submission) -> None:
    kinds = {(job.shard.partition("_wildcards")[0], job.partition, job.gpus) for job in submitted.seen.values()}
    assert {(rule, partition) for rule, partition, _ in kinds} == {
        ("rule_check_sandbox", "cpu"),
        ("rule_generate_samples", "gpu"),
        ("rule_verify_samples", "cpu"),
    }
    assert {gpus for rule, _, gpus in kinds if rule == "rule_generate_samples"} == {"gres:gpu:1"}
    assert {gpus for rule, _, gpus in kinds if rule != "rule_generate_samples"} == {"N/A"}


@pytest.mark.parametrize(
    ("shard", "state"),
    [
        ("humaneval_smollm2_repeated_0000_0000", "CANCELLED"),
        ("humaneval_smollm2_repeated_0001_0000", "FAILED"),
        ("arithmetic_smollm2_repeated_0000_0000", "TIMEOUT"),
    ],
)
def test_a_job_that_ends_early_is_told_apart_and_goes_on(submitted: Submission, shard: str, state: str) -> None:
    states = {job.state: job for job in submitted.seen.values() if "generate_samples" in job.shard and job.shard.endswith(shard)}
    assert states.keys() == {state, "COMPLETED"}
    assert re.search(rf"SLURM-job '{states[state].number}' failed, SLURM status is: '{state}", submitted.log)
    benchmark, model, strategy, block, round_number = shard.split("_")
    log = (submitted.project.folder / f"results/study/logs/generate_samples/{benchmark}/{model}/{strategy}/{block}-{round_number}.log").read_text()
    assert re.search(r"going on after [1-9]\d* samples of an interrupted run", log)
    if state != "FAILED":  # SIGKILL leaves no time for words
        last_words = submitted.project.folder / f".snakemake/slurm_logs/rule_generate_samples/{shard}/{states[state].number}.log"
        assert "ended by SIGTERM" in last_words.read_text()


def test_a_run_that_is_stopped_goes_on(submitted: Submission) -> None:
    """Ctrl-C cancels the jobs in the queue; the next run goes on after the samples that were drawn."""
    assert submitted.stopped > 0
    log = (submitted.project.folder / "results/study/logs/generate_samples/arithmetic/smollm2/repeated/0000-0000.log").read_text()
    kept = re.search(r"going on after (\d+) samples of an interrupted run", log)
    # Another job lay between, which drew some more and ran out of time.
    assert kept and int(kept[1]) > submitted.stopped


SBATCH = """#!/bin/sh
[ "$1" = "--version" ] && { echo "slurm 24.05.0"; exit 0; }
for word in "$@"; do printf '%s\\n' "$word"; done >"$RECORDED/$$"
echo $$
"""


def test_what_slurm_is_asked_for_modals_study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of sbatch, recorded by a program of that name; nothing runs."""
    project = Project.fresh(tmp_path / "project")
    tools, recorded = tmp_path / "tools", tmp_path / "recorded"
    tools.mkdir()
    recorded.mkdir()
    programs = {"sbatch": SBATCH, "squeue": '#!/bin/sh\nls "$RECORDED" | sed "s/.*/&|FAILED/"\n', "sacctmgr": "#!/bin/sh\necho myaccount\n"}
    programs |= {"sinfo": "#!/bin/sh\necho gpu\n", "scontrol": "#!/bin/sh\necho 'MinJobAge = 600 sec'\n", "scancel": "#!/bin/sh\n"}
    for name, text in programs.items():
        (tools / name).write_text(text)
        (tools / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")
    monkeypatch.setenv("RECORDED", str(recorded))

    def change(text: str) -> str:
        for commented in ("slurm_account: myaccount", "slurm_partition: gpu", "gpu_model: h100", "slurm-status-command: squeue"):
            text = text.replace(f"# {commented}", commented)
        return text.replace("retries: 2", "retries: 0\nslurm-init-seconds-before-status-checks: 1")

    project.edit("profiles/slurm/profile.yaml", change)
    # Weights and sandbox that a login node with a network would have fetched and looked at.
    made = {"results/assets/models/meta-llama--Llama-3.1-8B-Instruct-0e9e39f249a1.json": "{}", "results/modal_humaneval/sandbox.json": "{}"}
    for name, text in made.items():
        (project.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (project.folder / name).write_text(text)
    command = [".venvs/workflow/bin/snakemake", "generate", "--profile", "slurm", "--configfile", "config/modal_humaneval.yaml"]
    subprocess.run(["timeout", "-k", "5", "120", *command], cwd=project.folder, capture_output=True, text=True, check=False)
    lines = [path.read_text().splitlines() for path in sorted(recorded.iterdir())]
    assert len(lines) == 10
    asked = []
    for words in lines:
        text = " ".join(words)
        asked.append(text)
        for wanted in ("-p gpu", "-A myaccount", "--gpus=h100:1", "-t 240", "--mem 32000"):
            assert wanted in text.replace("'", ""), text
        assert re.search(r"--cpus-per-(task|gpu)=2\b", text), text
    assert len({re.search(r"round=?_?(\d{4})|0000_(\d{4})", text).group(0) for text in asked}) == 10  # type: ignore[union-attr]
