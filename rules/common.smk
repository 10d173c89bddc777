# Every function that rules use, and no rule. Needs: config. Makes: the completed configuration and the names of files.

import gc
import json
import re
import shlex
import sys
from dataclasses import asdict
from pathlib import Path

from snakemake.exceptions import WorkflowError

# Of this file, and not of the Snakefile that was started, which may be somebody else's that takes this workflow as a module.
sys.path.insert(0, str(Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent / "scripts"))

from monkeys.benchmarks import benchmark_names, load_benchmark
from monkeys.closure import behaviour_of_all
from monkeys.study.configuration import canonical, complete, only_counted
from monkeys.study.configuration_faults import check_keys
from monkeys.contents import Contents
from monkeys.errors import InputError
from monkeys.figures.registry import KINDS, figures_of
from monkeys.graders import file_options, load_grader
from monkeys.home import HOME, definition, own_file
from monkeys.study.job_memory import verification_memory_mb
from monkeys.study.pairs import models_of, related_models
from monkeys.study.pairs import sampled_models as sampled_models_of
from monkeys.sandbox import choose
from monkeys.shards import blocks, shards
from monkeys.study.study_files import check_files
from monkeys.weights import model_files, model_folder, parse_source

BENCHMARK_FOLDER = HOME / "rules" / "benchmarks"
FORMATS = ("svg", "pdf", "png", "csv")

# What runs inside a sandbox starts here, and imports all its parts.
SANDBOX_SERVER = "monkeys/sandbox/inside/server.py"


def completed_config():
    schema = HOME / "config" / "schema.yaml"
    try:
        for path in dict.fromkeys(workflow.configfiles):
            check_keys(Path(path))
        completed = complete(config, schema, benchmark_names())
        check_files(completed)
        return completed
    except InputError as error:
        raise WorkflowError(str(error)) from None


config.update(completed_config())

# A plan of thousands of jobs is millions of objects that stay; to look among them for garbage at Python's usual pace takes a sixth of the time.
gc.set_threshold(100_000)

# Those whose models are all counted have no rules and no tests, but a title.
BENCHMARKS = {name: load_benchmark(name) for name in config["benchmarks"] if not only_counted(config, name)}
TITLES = {name: BENCHMARKS[name].title if name in BENCHMARKS else settings.get("title", name) for name, settings in config["benchmarks"].items()}


def rule_file(benchmark):
    """Where a benchmark has rules of its own, if it has any."""
    return BENCHMARK_FOLDER / f"{benchmark}.smk"


def benchmark_rules():
    """Rule files of this study's benchmarks; the others are not read."""
    return [str(rule_file(name)) for name in sorted(BENCHMARKS) if rule_file(name).exists()]


def prepared_benchmarks():
    """Benchmarks of this study without a rule file, whose module makes their prompts and references."""
    return [name for name in sorted(BENCHMARKS) if not rule_file(name).exists()]


def code(*roots):
    """What a script and all that it is made of do, as a hash: a rule's parameter `code`, so that editing them reruns it, words and layout aside.

    A parameter and no inputs, for each input of each of thousands of jobs takes Snakemake time whenever it plans.
    """
    return behaviour_of_all(*roots, folder=HOME / "scripts")


def own_words(*names):
    """Files of the workflow as words of a command, in which braces stand for themselves."""
    return " ".join(shlex.quote(own_file(name)).replace("{", "{{").replace("}", "}}") for name in names)


def command(script, arguments, environment="workflow", kept=False):
    """A rule's command: a script of this workflow, whatever folder a study is started from, in one of its environments.

    With ``kept`` what it prints goes to the rule's log too; other scripts write their logs themselves.
    """
    words = f"{own_words('envs/python')} {environment} {own_words(f'scripts/{script}')} {arguments}"
    return f"{words} 2>&1 | {own_words('envs/log')} {{log:q}}" if kept else words


# Files of the user's. Their content decides, not their time: they are inputs whose times Snakemake does not look at, and their hash stands beside `code`.

CONTENTS = Contents(Path("results/assets/contents.json"), lambda sentence: print(sentence, file=sys.stderr, flush=True))


def own(paths):
    """Files of the user's among the inputs; those that are made here stay as they are."""
    return [path if path.startswith("results/assets/") else ancient(path) for path in paths]


def of(behaviour, paths):
    """What a job is made of: the hash of its code, and one of the user's files that it takes."""
    files = [path for path in paths if not str(path).startswith("results/assets/")]
    if not files:
        return behaviour
    try:
        return f"{behaviour} {CONTENTS.of(*files)}"
    except InputError as error:
        raise WorkflowError(str(error)) from None


# Shards


def shard_files(kind):
    """All shards of a model's samples or verdicts on a benchmark."""
    return lambda wildcards: shards_of_pair(wildcards.benchmark, wildcards.model, kind)


def shards_of_pair(benchmark, model, kind):
    return [f"<results>/{benchmark}/{model}/{kind}/{shard}.parquet" for shard in shards(config["benchmarks"][benchmark])]


def shards_of_pairs(kind):
    return [path for pair in sampled_pairs() for path in shards_of_pair(pair["benchmark"], pair["model"], kind)]


def folder_of_pair(wildcards, kind):
    """Where shards lie. Scripts get this and ``cut`` instead of a list, which may be longer than a command can be (128 kB)."""
    return f"results/{config['run']}/{wildcards.benchmark}/{wildcards.model}/{kind}"


def cut(wildcards):
    """How a benchmark is cut into shards."""
    settings = config["benchmarks"][wildcards.benchmark]
    return canonical({key: settings[key] for key in ("problems", "samples", "shard")})


def sample_range(wildcards):
    settings = config["benchmarks"][wildcards.benchmark]
    size = settings["shard"]["samples"]
    first = int(wildcards.round) * size
    return [first, min(first + size, settings["samples"])]


# Inputs that may come again unchanged. Preparing is a checkpoint, not because the list of jobs would depend on it, but because Snakemake looks
# again at every job that takes a checkpoint's output: a mended test that leaves the prompts as they were draws no sample again. They are plain
# paths: behind a function that waits for the checkpoint, Snakemake 9.27 overlooks files that are missing, or new, and puts others in their place.


def block_files(benchmark, kind):
    return [f"<results>/{benchmark}/{kind}/{block}.jsonl" for block in blocks(config["benchmarks"][benchmark])]


def all_references(wildcards):
    return block_files(wildcards.benchmark, "references")


def problem_names(wildcards):
    """Names of all the benchmark's problems, against which recorded samples are checked; drawn ones need none."""
    if config["models"][wildcards.model]["engine"] != "recorded":
        return []
    return f"<results>/{wildcards.benchmark}/problems.txt"


def sample_source(wildcards):
    """What samples come from: the manifest of a model's weights, or a file of recorded samples."""
    model = config["models"][wildcards.model]
    if model["engine"] == "recorded":
        return ancient(model["samples"][wildcards.benchmark])
    return f"results/assets/models/{parse_source(model['weights']).slug}.json"


def weights_sources():
    """Sources of weights by the name of their folder."""
    models = config["models"].values()
    return {parse_source(model["weights"]).slug: model["weights"] for model in models if model["engine"] == "vllm"}


def weights_code(wildcards):
    """The code that fetches weights; with weights in a folder of the user's own, what is in it."""
    source = parse_source(weights_sources()[wildcards.weights])
    return of(code("fetch_model.py"), model_files(model_folder(source)) if source.kind == "folder" else [])


def fetched():
    """What comes over the network."""
    datasets = [f"<results>/{name}/dataset.jsonl" for name, benchmark in BENCHMARKS.items() if benchmark.dataset]
    graders = {BENCHMARKS[name].grader for name in BENCHMARKS}
    files = [path for name in sorted(graders) for path in files_of_grader(name)]
    images = [path for path in [*sandbox_image(), *files] if path.startswith("results/assets/")]
    return datasets + [f"results/assets/models/{name}.json" for name in weights_sources()] + images


# Settings of rules: canonical JSON, which Snakemake compares as text


def dataset_settings(wildcards):
    return canonical(asdict(BENCHMARKS[wildcards.benchmark].dataset) | expected_rows(wildcards))


def expected_rows(wildcards):
    settings = config["benchmarks"][wildcards.benchmark]
    return {"rows_sha256": settings["data_sha256"]} if "data_sha256" in settings else {}


def local_data(wildcards):
    settings = config["benchmarks"][wildcards.benchmark]
    return own([settings["data"]] if "data" in settings else [])


def dataset_code(wildcards):
    return of(code("fetch_dataset.py"), local_data(wildcards))


def preparation_settings(benchmark):
    settings = config["benchmarks"][benchmark]
    chosen = {"problems": settings["problems"], "block": settings["shard"]["problems"], "options": settings["options"]}
    return canonical(chosen | {"version": BENCHMARKS[benchmark].version})


def generation_settings(wildcards):
    model = config["models"][wildcards.model]
    if model["engine"] == "recorded":
        chosen = {"engine": "recorded"}
    else:
        keys = ("engine", "weights", "device", "batch_invariant", "environment", "prompt", "chat_template_kwargs", "template_date", "options")
        chosen = {key: model[key] for key in keys}
        chosen["sampling"] = config["benchmarks"][wildcards.benchmark]["sampling"]
    return canonical(chosen | {"seed": config["seed"], "samples": sample_range(wildcards)})


def drawn_sampling(wildcards):
    """The sampling parameters that samples were drawn with; null for recorded ones, of which they are unknown."""
    recorded = config["models"][wildcards.model]["engine"] == "recorded"
    return canonical(None if recorded else config["benchmarks"][wildcards.benchmark]["sampling"])


def gpus(wildcards):
    """GPUs of a generation job: what the model's parallelism takes, none on a CPU."""
    model = config["models"][wildcards.model]
    options = model["options"]
    uses_gpu = model["engine"] == "vllm" and model["device"] == "gpu"
    return options.get("tensor_parallel_size", 1) * options.get("pipeline_parallel_size", 1) if uses_gpu else 0


def generation_threads(wildcards):
    """On a CPU vLLM takes the whole machine; on a GPU it needs a core for the engine and one for the rest."""
    model = config["models"][wildcards.model]
    if model["engine"] == "recorded":
        return 1
    return 2 * gpus(wildcards) if model["device"] == "gpu" else workflow.cores or 8


def generation_code(wildcards):
    model = config["models"][wildcards.model]
    behaviour = code("generate_samples.py", f"monkeys/engines/{model['engine']}.py")
    return of(behaviour, [model["samples"][wildcards.benchmark]]) if model["engine"] == "recorded" else behaviour


def verification_threads(wildcards):
    return config["verification"]["workers"] if runs_programs(wildcards.benchmark) else 1


def verification_memory(wildcards, attempt):
    return verification_memory_mb(grader(wildcards), config["verification"], verification_threads(wildcards), attempt)


def judge_settings(benchmark, model=None):
    """How a benchmark's grader verifies, a model's answers if one is named."""
    options = config["verification"]["graders"].get(BENCHMARKS[benchmark].grader, {})
    chosen = {"options": options} if options else {}
    if runs_programs(benchmark):
        chosen |= {key: config["verification"][key] for key in ("cpu_seconds", "memory_mb")}
    if model:
        # Every grader reads chat answers behind the model's reasoning. Only those that run programs read completions otherwise.
        chosen |= {"answers": model["prompt"]} if runs_programs(benchmark) or model["prompt"] == "chat" else {}
        chosen |= {} if model["reasoning_marks"] is None else {"reasoning_marks": model["reasoning_marks"]}
        chosen |= {"reasoning_opened": True} if model["reasoning_opened"] else {}
    return canonical(chosen)


def verification_settings(wildcards):
    return judge_settings(wildcards.benchmark, config["models"][wildcards.model])


def files_of_grader(name):
    """Files that a grader's options name, such as an image of its own."""
    options = config["verification"]["graders"].get(name, {})
    return [options[option] for option in file_options(options)]


def folders_of_grader(name):
    """Images of one's own that lie in a folder, which a grader's option names: not inputs, as nobody knows which of them are wanted."""
    images = str(config["verification"]["graders"].get(name, {}).get("images", ""))
    return sorted(map(str, Path(images).glob("*.sif"))) if images and "://" not in images else []


def grader_files(wildcards):
    return own(files_of_grader(grader(wildcards)))


def judge_code(script, *benchmarks):
    """A script that verifies, with the graders of some benchmarks, and how these make references."""
    graders = [f"monkeys/graders/{BENCHMARKS[name].grader}.py" for name in benchmarks if name]
    modules = [f"monkeys/benchmarks/{name}.py" for name in benchmarks if name] if script != "verify_samples.py" else []
    sandboxes = [SANDBOX_SERVER] if any(runs_programs(name) for name in benchmarks if name) else []
    images = sandbox_image() if sandboxes else []
    names = sorted({BENCHMARKS[name].grader for name in benchmarks if name})
    return of(
        code(script, *graders, *modules, *sandboxes), [*images, *(path for name in names for path in files_of_grader(name) + folders_of_grader(name))]
    )


def runs_programs(benchmark):
    return load_grader(BENCHMARKS[benchmark].grader).RUNS_PROGRAMS


def sandbox_description(wildcards):
    return ["<results>/sandbox.json"] if runs_programs(wildcards.benchmark) else []


def sandbox_kind():
    """The sandbox that programs run in, as this machine decides where the configuration says auto."""
    return choose(config["verification"]["sandbox"])


def sandbox_image():
    """The image of Apptainer: one of the user's own, else one that a rule makes. bubblewrap needs none."""
    image = config["verification"]["image"]
    if sandbox_kind() != "apptainer":
        return []
    return [image] if "://" not in image and not image.endswith(".def") else ["results/assets/sandbox.sif"]


def verification_sandbox(wildcards):
    return sandbox_kind() if runs_programs(wildcards.benchmark) else "none"


def verification_image(wildcards):
    return own(sandbox_image()) if runs_programs(wildcards.benchmark) else []


def image_sources():
    """Files that the image is made of."""
    verification = config["verification"]
    return [path for path in (definition(verification["image"]), verification.get("base", "")) if path and "://" not in path]


def grader(wildcards):
    return BENCHMARKS[wildcards.benchmark].grader


def analysis(key):
    return config["analysis"][key]


# Audit of the verifiers


def audit(key):
    return config["verification"].get("audit", {}).get(key, 0)


def audited_cut(wildcards):
    """How the first samples of each problem, as many as are audited, are cut into shards."""
    settings = json.loads(cut(wildcards))
    return canonical(settings | {"samples": min(settings["samples"], audit("samples"))})


def audited_shards(wildcards, kind):
    """The shards that hold them."""
    return [f"<results>/{wildcards.benchmark}/{wildcards.model}/{kind}/{shard}.parquet" for shard in shards(json.loads(audited_cut(wildcards)))]


def dataset_of(benchmark):
    """A benchmark's rows; none where its problems are made from its options alone."""
    return [f"<results>/{benchmark}/dataset.jsonl"] if BENCHMARKS[benchmark].dataset else []


def dataset_rows(wildcards):
    return dataset_of(wildcards.benchmark)


def other_benchmark(benchmark):
    """The benchmark whose references are the other judge's; None where there is none, or the study does not have it, and so not its data."""
    other = BENCHMARKS[benchmark].other_judge
    name = (other.benchmark or benchmark) if other else None
    return name if name in BENCHMARKS else None


def other_dataset(wildcards):
    name = other_benchmark(wildcards.benchmark)
    return [f"<results>/{name}/dataset.jsonl"] if name else []


def other_options(benchmark):
    """Options of the other judge's benchmark. A study that has chosen the other judge for its own gets the usual one for the other."""
    name = other_benchmark(benchmark)
    own, changes = config["benchmarks"][name]["options"], BENCHMARKS[benchmark].other_judge.options
    swapped = name == benchmark and all(own.get(key) == value for key, value in changes.items())
    return own | {key: BENCHMARKS[name].options[key] if swapped else value for key, value in changes.items()}


def other_settings(wildcards):
    """The other judge, as the audit's script takes it."""
    name = other_benchmark(wildcards.benchmark)
    if not name:
        return "null"
    settings = json.loads(judge_settings(name, config["models"][wildcards.model]))
    return canonical({"benchmark": name, "options": other_options(wildcards.benchmark), "settings": settings})


def other_title(benchmark):
    """What the report calls the other judge."""
    name = other_benchmark(benchmark)
    if name in (None, benchmark):
        return ", ".join(f"{key}: {other_options(benchmark)[key]}" for key in BENCHMARKS[benchmark].other_judge.options) if name else None
    return TITLES[name]


def audited_benchmarks():
    """What the summary of the audit is made of."""
    models = {name: [pair["model"] for pair in sampled_pairs() if pair["benchmark"] == name] for name in BENCHMARKS}
    return canonical({name: {"models": models[name], "other_judge": other_title(name)} for name in BENCHMARKS})


def audit_tables():
    return [f"<results>/{name}/audit_gold.csv" for name in BENCHMARKS] + results_of_pairs("audit.csv", sampled_pairs())


def audit_summary():
    return ["<results>/audit.json"] if BENCHMARKS and "audit" in config["verification"] else []


# Results of pairs and their figures


def is_counted(model):
    return config["models"][model]["engine"] == "counted"


def sampled_pairs():
    """Pairs of which there are samples, and not just counts."""
    return [pair for pair in config["pairs"] if not is_counted(pair["model"])]


def models(wildcards):
    return models_of(config, wildcards.benchmark)


def sampled_models(wildcards):
    return sampled_models_of(config, wildcards.benchmark)


def results_of_models(name):
    """One file of each model on a benchmark."""
    return lambda wildcards: [f"<results>/{wildcards.benchmark}/{model}/{name}" for model in models(wildcards)]


def families(wildcards):
    """Families of the models on a benchmark that have relatives there."""
    return related_models(config, wildcards.benchmark)


def counts_of_families(wildcards):
    return [f"<results>/{wildcards.benchmark}/{model}/counts.csv" for model in families(wildcards)]


def results_of_pairs(name, pairs=None):
    """One file of each pair of model and benchmark."""
    return [f"<results>/{pair['benchmark']}/{pair['model']}/{name}" for pair in (config["pairs"] if pairs is None else pairs)]


def results_of_benchmarks(name):
    """One file of each benchmark."""
    return [f"<results>/{benchmark}/{name}" for benchmark in drawn_benchmarks()]


def drawn_benchmarks():
    return [name for name in config["benchmarks"] if models_of(config, name)]


def benchmarks_with(figure):
    """Those that have a kind of figure."""
    return [name for name in drawn_benchmarks() if figure in figures_of(config, name)]


def figures(formats=FORMATS):
    return [f"<results>/figures/{figure}-{name}.{suffix}" for name in drawn_benchmarks() for figure in figures_of(config, name) for suffix in formats]


def figure_files(kinds):
    return [f"<results>/figures/{kind}-{{benchmark}}.{suffix}" for kind in kinds for suffix in FORMATS]


def figure_sets():
    """Benchmarks by the figures that they have. Most studies have one set, two where a benchmark has related models or counts alone."""
    sets = {}
    for name in drawn_benchmarks():
        sets.setdefault(tuple(figures_of(config, name)), []).append(name)
    return sets


def figure_inputs(kinds):
    """Files that a benchmark's figures are drawn from, each once."""

    def files(wildcards):
        folder = f"<results>/{wildcards.benchmark}"
        names = {"models": models(wildcards), "sampled models": sampled_models(wildcards)}
        inputs = [source for kind in kinds for source in KINDS[kind].inputs.values()]
        paths = [
            [f"{folder}/{source.file}"] if source.of == "benchmark" else [f"{folder}/{name}/{source.file}" for name in names[source.of]]
            for source in inputs
        ]
        return list(dict.fromkeys(path for of_input in paths for path in of_input))

    return files


def figure_settings(wildcards):
    """What figures need beside their files."""
    return canonical({"references": reference_lines(wildcards)})


def dataset_origins():
    """Where each benchmark's rows come from."""
    return canonical({name: asdict(benchmark.dataset) for name, benchmark in BENCHMARKS.items() if benchmark.dataset})


def figures_by_benchmark():
    results = f"results/{config['run']}"
    return canonical({name: {figure: f"{results}/figures/{figure}-{name}.svg" for figure in figures_of(config, name)} for name in drawn_benchmarks()})


def figure_title(wildcards):
    return TITLES[wildcards.benchmark]


def figure_style():
    return canonical(config["figures"])


def reference_lines(wildcards):
    lines = config["analysis"]["reference_lines"].items()
    return {label: line["coverage"] for label, line in lines if line["benchmark"] == wildcards.benchmark}


# Counts in place of samples


def counts_code(wildcards):
    return of(code("import_counts.py"), [counts_table(wildcards)["file"]])


def counts_table(wildcards):
    """Where a counted model's counts are, with the part of the table that is its own."""
    return config["models"][wildcards.model]["counts"][wildcards.benchmark]


def samples_of_counts(benchmark):
    """How many samples of each problem are taken from a table of counts, in JSON; null for all."""
    samples = config["benchmarks"][benchmark]["samples"]
    return canonical(None if samples == "all" else samples)


def names_pattern(names):
    """A wildcard's pattern: these names, or nothing."""
    return "|".join(map(re.escape, names)) or "^$"


# Cost


def weights_config(wildcards):
    """The manifest of a model's weights, beside whose folder their config.json lies."""
    model = config["models"][wildcards.model]
    return [sample_source(wildcards)] if model["engine"] == "vllm" else []


def recorded_tokens(wildcards):
    return [] if is_counted(wildcards.model) else [f"<results>/{wildcards.benchmark}/{wildcards.model}/tokens.csv"]


def cost_settings(wildcards):
    """What a model's samples cost: architecture, price, and mean tokens where they are not recorded."""
    model = config["models"][wildcards.model]
    return {key: canonical(model.get(key)) for key in ("architecture", "price", "tokens")}


wildcard_constraints:
    benchmark=names_pattern(config["benchmarks"]),
    model=names_pattern(config["models"]),
    weights=names_pattern(weights_sources()),
    # Four digits and more; Snakemake does not know the pattern {4,}.
    block=r"\d{3}\d+",
    round=r"\d{3}\d+",
