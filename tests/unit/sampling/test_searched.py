"""The job that grows trees, with engines without a model: files, resumption, reuse, and what a tree costs."""

import hashlib
import json
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import stub_engine
from stub_search import StubPolicy, StubValuer, noise

import generate_samples
from monkeys.files import write_json
from monkeys.records.node import read_nodes
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import read_provenance, read_samples
from monkeys.sampling import searched
from monkeys.sampling.searched import SearchJob
from monkeys.scorers import MODEL_KEYS
from monkeys.scorers import complete as complete_scorer
from monkeys.search import complete


class Killed(BaseException):
    """What ends a job in the middle."""


class Shard:
    """A shard of three problems, two trees each."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("weights", "scorer"):
            (folder / name).mkdir(parents=True)
            for file, content in {"config.json": b"{}", "model.safetensors": name.encode() * 100, "tokenizer.json": b"{}"}.items():
                (folder / name / file).write_bytes(content)
            files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted((folder / name).iterdir())}
            write_json(folder / "models" / f"{name}.json", {"source": "package:some", "folder": str(folder / name), "files": files})
        write_prompts(folder / "prompts.jsonl", [Prompt(f"p/{number}", f"What is {number} + 1?\n", [], []) for number in range(3)])
        self.policies: list[StubPolicy] = []
        self.killed_after: int | None = None
        self.version = "1"
        self.settings: dict[str, Any] = {}

    def change_scorer(self) -> None:
        """Other weights in the scorer's folder."""
        path, manifest = self.folder / "scorer" / "model.safetensors", self.folder / "models" / "scorer.json"
        path.write_bytes(b"other")
        described = json.loads(manifest.read_text(encoding="utf-8"))
        described["files"][path.name] = hashlib.sha256(b"other").hexdigest()
        write_json(manifest, described)

    def run(self, name: str = "out", reuse: bool = True, samples: tuple[int, int] = (0, 2), **strategy: Any) -> tuple[list[Any], list[Any]]:
        given = {"method": "beam", "scorer": "prm", "width": 4, "children": 2, "delimiter": "\n", **strategy}
        settings = {
            **MODEL_KEYS,
            "source": "searched",
            "engine": stub_engine.NAME,
            "sampling": {"max_tokens": 400},
            "seed": 0,
            "samples": samples,
            "response_format": "completion",
            "strategy": complete("s", given),
            "scorer": complete_scorer("prm", {"kind": "reward_model", "weights": "package:some", "level": "process"}),
            "grader": "numeric_answer",
            **self.settings,
        }
        at = {key: self.folder / name / file for key, file in (("output", "samples/0000-0000.parquet"), ("trees", "trees/0000-0000.parquet"))}
        words = ["--prompts", "prompts.jsonl", "--source", "models/weights.json", "--scorer", "models/scorer.json", "--store", "store"]
        words = [word if word.startswith("--") else str(self.folder / word) for word in words]
        words += [*(["--reuse"] if reuse else []), "--settings", json.dumps(settings), "--log", str(self.folder / name / "log" / "shard.log")]
        generate_samples.main([*words, "--trees", str(at["trees"]), "--output", str(at["output"])])
        return read_samples(at["output"]), read_nodes(at["trees"])

    def loads(self) -> int:
        number = len(self.policies)
        self.policies.clear()
        return number

    def said(self, name: str = "out") -> str:
        return (self.folder / name / "log" / "shard.log").read_text(encoding="utf-8")

    def bytes(self, name: str) -> list[bytes]:
        return [(self.folder / name / kind / "0000-0000.parquet").read_bytes() for kind in ("samples", "trees")]


@pytest.fixture
def shard(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shard]:
    made = Shard(tmp_path)

    class Policy(StubPolicy):
        def step(self) -> Any:
            if made.killed_after is not None and self.drawn >= made.killed_after:
                raise Killed
            return super().step()

        def _draw(self, step: Any) -> Any:
            drawn = super()._draw(step)
            return replace(drawn, logprob=-len(drawn.tokens) / 8)

        def text(self, tokens: Any) -> str:
            return bytes(tokens).decode()

    def opened(job: SearchJob, journal: Any) -> Any:
        made.policies.append(Policy())
        account = {"engine": "stub", "scorer_engine": made.version}
        journal.drawn_by(account)
        job._accounts.append(account)
        return made.policies[-1], StubValuer(noise)

    monkeypatch.setitem(sys.modules, f"monkeys.engines.{stub_engine.NAME}", stub_engine)
    monkeypatch.setattr(SearchJob, "_open", opened)
    before = signal.getsignal(signal.SIGTERM)
    yield made
    signal.signal(signal.SIGTERM, before)


def test_a_tree_is_one_sample_with_the_cost_of_all_of_it(shard: Shard) -> None:
    samples, nodes = shard.run()
    assert [(sample.problem_id, sample.sample_index) for sample in samples] == [(f"p/{number}", index) for number in range(3) for index in range(2)]
    for sample in samples:
        tree = [node for node in nodes if (node.problem_id, node.sample_index) == (sample.problem_id, sample.sample_index)]
        assert [node.node for node in tree] == list(range(len(tree)))
        assert sample.generated_tokens == sum(node.output_tokens for node in tree) > (sample.output_tokens or 0)
        assert sample.scored_tokens == sum(node.scored_tokens for node in tree) > 0
        (leaf,) = [node for node in tree if node.picked]
        line = [leaf]
        while line[0].parent >= 0:
            line.insert(0, tree[line[0].parent])
        assert sample.text == "".join(node.text for node in line)
        assert sample.output_tokens == sum(node.output_tokens for node in line)
        assert sample.finish_reason == leaf.finish_reason == "stop"
        # Of the text alone, and not of all that was drawn.
        assert sample.cumulative_logprob == -(sample.output_tokens or 0) / 8
        # Each node knows its children.
        assert [node.children for node in tree] == [sum(other.parent == node.node for other in tree) for node in tree]
        assert leaf.value == max(node.value or 0 for node in tree if node.finish_reason and node.kept)
    assert read_provenance(shard.folder / "out" / "trees" / "0000-0000.parquet") == {"engine": "stub", "scorer_engine": "1"}
    assert "6 trees, of which 6 grown" in shard.said()


def test_trees_are_taken_from_the_store_with_all_their_nodes(shard: Shard) -> None:
    first = shard.run("one")
    assert shard.loads() == 1
    assert shard.run("two") == first
    assert shard.loads() == 0
    assert "6 trees were grown before" in shard.said("two")
    assert shard.bytes("one") == shard.bytes("two")
    # More of them: the old ones are taken.
    more = shard.run("three", samples=(0, 3))
    assert shard.loads() == 1
    assert {(s.problem_id, s.sample_index): s for s in first[0]}.items() <= {(s.problem_id, s.sample_index): s for s in more[0]}.items()
    assert len(more[0]) == 9
    assert shard.run("four", reuse=False) == first
    assert shard.loads() == 1


@pytest.mark.parametrize("change", [{"width": 8}, {"value": "minimum"}, {"pick": "weighted"}, {"delimiter": " "}, {"max_depth": 3}])
def test_another_search_takes_nothing(shard: Shard, change: dict[str, Any]) -> None:
    shard.run("one")
    shard.loads()
    shard.run("two", **change)
    assert shard.loads() == 1


@pytest.mark.parametrize(
    ("settings", "strategy"),
    [
        ({}, {}),
        ({"scorer": complete_scorer("prm", {"kind": "reward_model", "weights": "package:some", "level": "process", "messages": "last"})}, {}),
        ({"grader": "gsm8k_answer"}, {"pick": "majority"}),
    ],
    ids=["scorer's weights", "scorer's options", "reader of answers"],
)
def test_another_scorer_or_reader_takes_nothing(shard: Shard, settings: dict[str, Any], strategy: dict[str, Any]) -> None:
    shard.run("one", **strategy)
    shard.run("again", **strategy)
    assert shard.loads() == 1
    shard.settings = settings
    if not settings:
        shard.change_scorer()
    shard.run("two", **strategy)
    assert shard.loads() == 1


def test_where_no_answer_is_read_the_grader_makes_no_other_tree(shard: Shard) -> None:
    first = shard.run("one")
    shard.loads()
    shard.settings = {"grader": "gsm8k_answer"}
    assert shard.run("two") == first and shard.loads() == 0


def test_trees_that_the_store_has_lost_are_grown_again(shard: Shard) -> None:
    first = shard.run("one")
    shard.loads()
    (beside,) = (shard.folder / "store").glob("*/*.beside")
    beside.unlink()
    assert shard.run("two") == first
    assert shard.loads() == 1
    assert "the trees of stored samples, is missing; its samples are drawn again" in shard.said("two")


@pytest.mark.parametrize("steps", [1, 7, 20, 40])
def test_a_killed_job_goes_on_and_its_files_are_the_same(shard: Shard, steps: int) -> None:
    shard.run("whole", reuse=False)
    (whole,) = shard.policies
    shard.loads()
    shard.killed_after = steps
    with pytest.raises(Killed):
        shard.run("cut", reuse=False)
    shard.killed_after = None
    shard.loads()
    shard.run("cut", reuse=False)
    assert shard.bytes("cut") == shard.bytes("whole")
    # What was drawn and answered is not drawn again.
    assert shard.policies[0].drawn <= whole.drawn - steps // 2
    assert not list((shard.folder / "cut" / "samples").glob(".*journal"))


def test_all_that_drew_a_shard_is_named_and_its_journal_goes_last(shard: Shard, monkeypatch: pytest.MonkeyPatch) -> None:
    shard.killed_after = 20
    with pytest.raises(Killed):
        shard.run("cut", reuse=False)
    shard.killed_after, shard.version = None, "2"
    with monkeypatch.context() as patch:
        patch.setattr(searched, "write_samples", full)
        with pytest.raises(SystemExit):
            shard.run("cut", reuse=False)
    assert list((shard.folder / "cut" / "samples").glob(".*journal")), "nothing is lost where the disk was full"
    shard.loads()
    shard.run("cut", reuse=False)
    assert shard.loads() == 0
    assert read_provenance(shard.folder / "cut" / "samples" / "0000-0000.parquet") == {"engine": "stub", "scorer_engine": "1; 2"}


def full(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_damaged_line_of_the_journal_is_drawn_again(shard: Shard) -> None:
    shard.run("whole", reuse=False)
    shard.killed_after = 25
    with pytest.raises(Killed):
        shard.run("cut", reuse=False)
    shard.killed_after = None
    journal = shard.folder / "cut" / "samples" / ".0000-0000.parquet.journal"
    lines = journal.read_text(encoding="utf-8").splitlines()
    lines[3] = lines[3].replace('"number"', '"numbre"')
    journal.write_text("\n".join([*lines, ""]), encoding="utf-8")
    shard.run("cut", reuse=False)
    assert "1 lines of the interrupted run's journal are damaged" in shard.said("cut")
    assert shard.bytes("cut") == shard.bytes("whole")


def test_what_was_answered_behind_a_damaged_line_is_kept_by_its_number(shard: Shard) -> None:
    """Answers that were given again lie behind those of later numbers, which they replaced."""
    shard.run("whole", reuse=False)
    (whole,) = shard.policies
    journal = shard.folder / "cut" / "samples" / ".0000-0000.parquet.journal"

    def kill(after: int) -> None:
        shard.killed_after = after
        with pytest.raises(Killed):
            shard.run("cut", reuse=False)
        shard.killed_after = None

    kill(whole.drawn - 12)
    lines = journal.read_text(encoding="utf-8").splitlines()
    damaged = next(place for place, line in enumerate(lines) if '"number": 1,' in line)
    lines[damaged] = lines[damaged].replace('"number"', '"numbre"')
    journal.write_text("\n".join([*lines, ""]), encoding="utf-8")
    kill(8)
    shard.run("cut", reuse=False)
    assert shard.bytes("cut") == shard.bytes("whole")
    assert shard.policies[-1].drawn <= 12
