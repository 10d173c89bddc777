"""The script that draws a shard, with an engine without a model: reuse, damaged weights, and two jobs at one shard."""

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import stub_engine
from project import ROOT

import generate_samples
from monkeys.engines import shard_requests
from monkeys.files import seal_of, write_json, write_text
from monkeys.progress import Progress
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import Sample, read_provenance, read_samples
from monkeys.sampling import drawn, preparation
from monkeys.sampling.journal import Journal
from monkeys.sampling.locks import Lock
from monkeys.sampling.sample_store import SampleStore


class Shard:
    """A shard of three problems, four samples each, and what ``generate_samples`` needs for it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.weights = folder / "weights"
        self.weights.mkdir(parents=True)
        for name, content in {"config.json": b"{}", "model.safetensors": b"\1" * 4096, "tokenizer.json": b"{}"}.items():
            (self.weights / name).write_bytes(content)
        self.manifest = folder / "models" / "weights.json"
        self.describe("package:some")
        self.prompts = [Prompt(f"p/{number}", f"What is {number} + 1?", [], []) for number in range(3)]
        self.output = folder / "out" / "0000-0000.parquet"
        self.settings: dict[str, Any] = {"source": "drawn", "engine": stub_engine.NAME, "sampling": {"max_tokens": 8}, "seed": 0, "samples": [0, 4]}

    def describe(self, source: str) -> None:
        files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(self.weights.iterdir())}
        write_json(self.manifest, {"source": source, "folder": str(self.weights), "files": files})

    def command(self, reuse: bool = True, **settings: Any) -> list[str]:
        write_prompts(self.folder / "prompts.jsonl", self.prompts)
        words = ["--prompts", "prompts.jsonl", "--source", str(self.manifest), "--settings", json.dumps(self.settings | settings)]
        words += ["--store", "store", *(["--reuse"] if reuse else []), "--log", "log/shard.log", "--output", str(self.output)]
        return [str(self.folder / word) if word in ("prompts.jsonl", "store", "log/shard.log") else word for word in words]

    def run(self, reuse: bool = True, **settings: Any) -> list[Sample]:
        generate_samples.main(self.command(reuse, **settings))
        return read_samples(self.output)

    def start(self, seconds_a_sample: float, reuse: bool = True, **settings: Any) -> "subprocess.Popen[str]":
        words = [sys.executable, str(ROOT / "tests" / "stub_engine.py"), str(seconds_a_sample), *self.command(reuse, **settings)]
        environment = os.environ | {"PYTHONPATH": f"{ROOT / 'scripts'}:{ROOT / 'tests'}"}
        return subprocess.Popen(words, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def journaled(self) -> int:
        path = self.output.with_name(f".{self.output.name}.journal")
        return max(0, len(path.read_text(encoding="utf-8").splitlines()) - 2) if path.exists() else 0

    def files(self) -> list[str]:
        """Names of what lies in the folder of samples beside the seal."""
        return sorted(path.name for path in self.output.parent.iterdir() if path != seal_of(self.output))

    def said(self) -> str:
        return (self.folder / "log" / "shard.log").read_text(encoding="utf-8")

    def loads(self) -> int:
        """How many models were loaded since the last time that somebody asked."""
        number = len(stub_engine.opened)
        stub_engine.opened.clear()
        return number


@pytest.fixture
def shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shard]:
    monkeypatch.setitem(sys.modules, f"monkeys.engines.{stub_engine.NAME}", stub_engine)
    # The engine takes both streams for its log; a test keeps its own.
    monkeypatch.setattr(preparation, "redirect_engine", lambda *_: None)
    before = signal.getsignal(signal.SIGTERM)
    stub_engine.opened.clear()
    yield Shard(tmp_path)
    signal.signal(signal.SIGTERM, before)


def wait_for(condition: "object", seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < deadline
        time.sleep(0.02)


# What the model sees is what samples are found by.


def test_samples_of_the_same_rendering_are_taken_and_no_model_is_loaded(shard: Shard) -> None:
    first = shard.run()
    assert (len(first), shard.loads()) == (12, 1)
    shard.prompts = [Prompt(prompt.problem_id, prompt.prompt, [{"role": "user", "content": "unseen"}], []) for prompt in shard.prompts]
    assert (shard.run(), shard.loads()) == (first, 0)


def test_changed_rendering_draws_again(shard: Shard) -> None:
    first = shard.run()
    other = shard.run(system="Today is Tuesday. ")
    assert shard.loads() == 2 and not {sample.text for sample in first} & {sample.text for sample in other}
    assert (shard.run(), shard.loads()) == (first, 0)


@pytest.mark.parametrize("change", [{"seed": 1}, {"sampling": {"max_tokens": 9}}])
def test_another_seed_or_sampling_takes_nothing_from_store_or_journal(shard: Shard, change: dict[str, Any]) -> None:
    process = shard.start(0.2)
    wait_for(lambda: shard.journaled() >= 2)
    process.kill()
    process.wait()
    shard.run(**change)
    assert shard.loads() == 1 and "going on after" not in shard.said()


def test_without_reuse_all_samples_are_drawn_again(shard: Shard) -> None:
    """The store is read only where it is asked for; and what is drawn is put there in any case."""
    first = shard.run(reuse=False)
    assert shard.loads() == 1 and "12 samples, of which 12 drawn" in shard.said()
    for path in (shard.output, shard.folder / "log" / "shard.log"):
        path.unlink()
    assert shard.run(reuse=False) == first and shard.loads() == 1
    assert "12 samples, of which 12 drawn" in shard.said()
    shard.output.unlink()
    assert shard.run() == first and shard.loads() == 0


def test_a_larger_shard_draws_only_what_the_store_lacks(shard: Shard) -> None:
    first = shard.run()
    more = shard.run(samples=[0, 6])
    assert len(more) == 18 and [sample for sample in more if sample.sample_index < 4] == first
    assert "18 samples, of which 6 drawn" in shard.said() and len({sample.seed for sample in more}) == 18


@pytest.mark.parametrize("change", [{"seed": 1}, {"sampling": {"max_tokens": 9}}])
def test_a_journal_of_other_samples_gives_none_of_its_own(shard: Shard, change: dict[str, Any]) -> None:
    """Killed and started again otherwise: every sample is the new one."""
    identity = shard_identity(shard)
    expected = shard.run(reuse=False, **change)
    shard.output.unlink()
    old = shard.run(reuse=False)
    shard.output.unlink()
    journal = Journal(shard.output.with_name(f".{shard.output.name}.journal"), *identity)
    journal.drawn_by({"engine": "before"})
    journal.add(old[:4])
    assert shard.run(reuse=False, **change) == expected
    if "seed" in change:
        assert not {sample.seed for sample in old} & {sample.seed for sample in expected}


# Weights are compared before a model is loaded.


def damage(path: Path) -> None:
    """Other bytes; size and time stay."""
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns
    with path.open("r+b") as handle:
        handle.seek(path.stat().st_size // 2)
        handle.write(b"\0" * min(1024, path.stat().st_size // 2))
    os.utime(path, ns=times)


@pytest.mark.parametrize("warm", [False, True])
@pytest.mark.parametrize("name", ["model.safetensors", "tokenizer.json"])
def test_damaged_weights_are_refused_by_name_and_poison_nothing(shard: Shard, capsys: pytest.CaptureFixture[str], warm: bool, name: str) -> None:
    right = (shard.weights / name).read_bytes()
    if warm:
        shard.run()
    damage(shard.weights / name)
    stub_engine.opened.clear()
    with pytest.raises(SystemExit):
        shard.run(reuse=False)
    error = capsys.readouterr().err
    assert f"error: the weights file {shard.weights / name} is not what it was when {shard.manifest} was written" in error
    assert f"delete {shard.weights} and {shard.manifest} and run again" in error
    assert shard.loads() == 0
    (shard.weights / name).write_bytes(right)
    assert len(shard.run(reuse=False)) == 12 and shard.loads() == 1


def test_changed_weights_folder_raises_with_remedy(shard: Shard, capsys: pytest.CaptureFixture[str]) -> None:
    shard.describe(f"folder:{shard.weights}")
    damage(shard.weights / "model.safetensors")
    with pytest.raises(SystemExit):
        shard.run()
    assert f"put the right file back, or delete {shard.manifest} and run again" in capsys.readouterr().err


def test_a_weights_file_that_is_gone_is_named(shard: Shard, capsys: pytest.CaptureFixture[str]) -> None:
    (shard.weights / "model.safetensors").unlink()
    with pytest.raises(SystemExit):
        shard.run()
    assert "model.safetensors cannot be read (No such file or directory)" in capsys.readouterr().err


def test_weights_that_were_compared_are_not_read_again(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[Path] = []
    real = preparation.check_files.__globals__["file_sha256"]
    monkeypatch.setitem(preparation.check_files.__globals__, "file_sha256", lambda path: (read.append(path), real(path))[1])
    shard.run(reuse=False)
    assert len(read) == 3
    shard.run(reuse=False)
    assert len(read) == 3
    os.utime(shard.weights / "model.safetensors")
    shard.run(reuse=False)
    assert [path.name for path in read[3:]] == ["model.safetensors"]


def test_samples_from_the_store_need_no_weights(shard: Shard) -> None:
    first = shard.run()
    (shard.weights / "model.safetensors").unlink()
    assert (shard.run(), shard.loads()) == (first, 1)


def test_a_manifest_that_is_none_is_named(shard: Shard, capsys: pytest.CaptureFixture[str]) -> None:
    write_text(shard.manifest, '{"folder": "x"')
    with pytest.raises(SystemExit):
        shard.run()
    assert f"error: {shard.manifest} is not valid JSON (" in capsys.readouterr().err


# Two jobs at one shard.


@pytest.mark.parametrize("reuse", [True, False])
def test_a_second_job_waits_and_finds_the_shard_done(shard: Shard, reuse: bool) -> None:
    """As behind `kill -9` of Snakemake alone: the first job goes on, and the second is asked for the same."""
    first = shard.start(0.3, reuse)
    wait_for(lambda: shard.journaled() >= 2)
    second = shard.start(0, reuse)
    wait_for(lambda: "is drawing this shard; waiting" in shard.said())
    assert f"process {first.pid} on " in shard.said()
    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert "the job that this waited for has drawn these 12 samples" in shard.said()
    assert shard.said().count("12 samples, of which 12 drawn") == 1
    assert shard.files() == [shard.output.name]
    written = read_samples(shard.output)
    shard.output.unlink()
    assert shard.run(reuse=False) == written


@pytest.mark.parametrize("left", [b"cut", None])
def test_a_second_job_draws_where_the_first_ones_file_is_no_longer_there(shard: Shard, monkeypatch: pytest.MonkeyPatch, left: bytes | None) -> None:
    """What the first job said of its file is compared with the file."""
    said: list[str] = []
    with monkeypatch.context() as patch:
        patch.setattr(Lock, "done", lambda _, words: said.append(words))
        written = shard.run(reuse=False)
    with preparation.lock_of(shard.output, Progress("test")) as lock:
        second = shard.start(0, reuse=False)
        wait_for(lambda: "is drawing this shard; waiting" in shard.said())
        shard.output.unlink()
        seal_of(shard.output).unlink()
        if left is not None:
            shard.output.write_bytes(left)
        lock.done(said[0])
    assert second.wait(60) == 0
    assert "12 samples, of which 12 drawn" in shard.said() and "has drawn these" not in shard.said()
    assert read_samples(shard.output) == written


def test_a_second_job_takes_over_from_one_that_is_killed(shard: Shard) -> None:
    first = shard.start(0.3, reuse=False)
    wait_for(lambda: shard.journaled() >= 3)
    second = shard.start(0, reuse=False)
    wait_for(lambda: "is drawing this shard; waiting" in shard.said())
    first.kill()
    first.wait()
    assert second.wait(60) == 0
    assert "going on after" in shard.said()
    assert shard.files() == [shard.output.name]
    written = read_samples(shard.output)
    assert shard.run(reuse=False) == written


def test_a_second_job_that_wants_other_samples_draws_them(shard: Shard) -> None:
    first = shard.start(0.2)
    wait_for(lambda: shard.journaled() >= 2)
    second = shard.start(0, seed=1)
    assert (first.wait(60), second.wait(60)) == (0, 0)
    assert "the job that this waited for has drawn" not in shard.said()
    written = read_samples(shard.output)
    assert written == shard.run(seed=1)


def test_a_shard_whose_last_sample_was_in_the_journal_loads_no_model(shard: Shard) -> None:
    expected = shard.run(reuse=False)
    shard.output.unlink()
    process = shard.start(0, reuse=False)
    process.wait()
    # All is in the journal, and the job ends before it can write the shard.
    journal = Journal(shard.output.with_name(f".{shard.output.name}.journal"), *shard_identity(shard))
    journal.drawn_by({"engine": "before"})
    journal.add(expected)
    shard.loads()
    assert (shard.run(reuse=False), shard.loads()) == (expected, 0)
    assert read_provenance(shard.output) == {"engine": "before"}


def shard_identity(shard: Shard) -> tuple[str, int, dict[str, str]]:
    manifest = json.loads(shard.manifest.read_text(encoding="utf-8"))
    rendered = stub_engine.rendered(shard.prompts, manifest, shard.settings, shard.folder)
    store = SampleStore(shard.folder, stub_engine.recipe(manifest, shard.settings))
    return store.key, shard.settings["seed"], {name: one.digest for name, one in rendered.items()}


# A shard records the provenance and number of its samples, whichever source they come from.


def test_a_shard_names_everything_that_drew_its_samples(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some in the journal of an interrupted run, some in the store, the rest by this run's engine."""
    versions = ["1"]

    def opened(*_: object) -> stub_engine.StubEngine:
        engine = stub_engine.StubEngine()
        engine.provenance = {"engine": "stub", "version": versions[0]}
        return engine

    monkeypatch.setattr(stub_engine, "open_engine", opened)

    def usage() -> int:
        number: int = json.loads((shard.folder / "log" / "shard.usage.json").read_text(encoding="utf-8"))["samples"]
        return number

    first = shard.run(samples=[0, 2])
    assert read_provenance(shard.output) == {"engine": "stub", "version": "1"} and usage() == len(first) == 6
    versions[0] = "2"
    shard.output.unlink()
    journal = Journal(shard.output.with_name(f".{shard.output.name}.journal"), *shard_identity(shard))
    journal.drawn_by({"engine": "stub", "version": "0"})
    seeds = {(request.prompt.problem_id, request.sample_index): request.seed for request in shard_requests(shard.prompts, 2, 3, 0)}
    journal.add(Sample(name, index, seed, "kept", 1, 4, "stop") for (name, index), seed in seeds.items())
    whole = shard.run(samples=[0, 4])
    assert read_provenance(shard.output) == {"engine": "stub", "version": "0; 1; 2"} and usage() == 3
    assert [(one.problem_id, one.sample_index) for one in whole] == [(prompt.problem_id, index) for prompt in shard.prompts for index in range(4)]
    assert [one.text for one in whole if one.sample_index == 2] == ["kept"] * 3
    assert [one for one in whole if one.sample_index < 2] == first
    # All of it is in the store now, with all that drew it.
    versions[0] = "3"
    shard.output.unlink()
    assert shard.run(samples=[0, 4]) == whole and usage() == 0
    assert read_provenance(shard.output) == {"engine": "stub", "version": "0; 1; 2"}


def test_a_journals_sample_of_another_seed_is_drawn_again(shard: Shard) -> None:
    expected = shard.run(reuse=False)
    shard.output.unlink()
    journal = Journal(shard.output.with_name(f".{shard.output.name}.journal"), *shard_identity(shard))
    journal.add([Sample("p/0", 0, 999, "of another seed", 1, 4, "stop"), expected[1]])
    assert shard.run(reuse=False) == expected and "going on after 1 samples" in shard.said()


def test_the_journal_goes_only_when_the_shard_is_written(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = shard.run(reuse=False)
    shard.output.unlink()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(drawn, "write_samples", full)
        with pytest.raises(SystemExit):
            shard.run(reuse=False)
    assert shard.journaled() == 12
    shard.loads()
    assert shard.run(reuse=False) == expected and shard.loads() == 0
