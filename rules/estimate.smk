# Estimate: counts, coverage, tokens, repeats and difficulty. Needs: verdicts and samples, or counts of the user's own. Makes: CSV and JSON.


localrules:
    compare_models,
    count_passes,
    count_tokens,
    count_truncated,
    estimate_coverage,
    grade_difficulty,
    import_counts,
    measure_diversity,
    plan,
    plan_samples,


rule count_passes:
    """Samples and passes of each problem; all later statistics start from these."""
    input:
        verdicts=shard_files("verdicts"),
        references=all_references,
    output:
        "<results>/{benchmark}/{model}/counts.csv",
    log:
        "<results>/logs/count_passes/{benchmark}/{model}.log",
    wildcard_constraints:
        model=names_pattern(name for name in config["models"] if not is_counted(name)),
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("count_passes.py"),
        verdicts=lambda wildcards: folder_of_pair(wildcards, "verdicts"),
        references=lambda wildcards: f"results/{config['run']}/{wildcards.benchmark}/references",
        cut=cut,
    shell:
        command(
            "count_passes.py",
            "--verdicts {params.verdicts:q} --references {params.references:q} --cut {params.cut:q}" " --output {output:q}",
            kept=True,
        )


rule import_counts:
    """Counts that someone has already, in the place of those that verdicts give."""
    input:
        table=lambda wildcards: ancient(counts_table(wildcards)["file"]),
    output:
        "<results>/{benchmark}/{model}/counts.csv",
    log:
        "<results>/logs/import_counts/{benchmark}/{model}.log",
    wildcard_constraints:
        model=names_pattern(name for name in config["models"] if is_counted(name)),
    conda:
        "../envs/workflow.yaml"
    params:
        code=counts_code,
        problem=lambda wildcards: counts_table(wildcards)["problem"],
        where=lambda wildcards: canonical(counts_table(wildcards)["where"]),
        problems=lambda wildcards: config["benchmarks"][wildcards.benchmark]["problems"],
        samples=lambda wildcards: samples_of_counts(wildcards.benchmark),
        stopping=lambda wildcards: canonical(counts_table(wildcards).get("stopping")),
        seed=f"--seed {config['seed']}",
    shell:
        command(
            "import_counts.py",
            "--table {input.table:q} --problem-column {params.problem:q} --where {params.where:q}"
            " --problems {params.problems} --samples {params.samples} --stopping {params.stopping:q} {params.seed} --output {output:q}",
            kept=True,
        )


rule count_tokens:
    """Tokens, repeats and provenance of the samples. Stops with a sentence where samples are no draws of their own."""
    input:
        samples=shard_files("samples"),
    output:
        summary="<results>/{benchmark}/{model}/tokens.json",
        problems="<results>/{benchmark}/{model}/tokens.csv",
    log:
        "<results>/logs/count_tokens/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("count_tokens.py"),
        sampling=drawn_sampling,
        folder=lambda wildcards: folder_of_pair(wildcards, "samples"),
        cut=cut,
    shell:
        command(
            "count_tokens.py",
            "--samples {params.folder:q} --cut {params.cut:q} --sampling {params.sampling:q}"
            " --label '{wildcards.model} on {wildcards.benchmark}' --output {output.summary:q} --by-problem {output.problems:q}",
            kept=True,
        )


rule count_truncated:
    """Samples that were cut off at their limit of tokens, and what became of them."""
    input:
        samples=shard_files("samples"),
        verdicts=shard_files("verdicts"),
    output:
        "<results>/{benchmark}/{model}/truncated.json",
    log:
        "<results>/logs/count_truncated/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("count_truncated.py"),
        samples=lambda wildcards: folder_of_pair(wildcards, "samples"),
        verdicts=lambda wildcards: folder_of_pair(wildcards, "verdicts"),
        cut=cut,
    shell:
        command(
            "count_truncated.py",
            "--samples {params.samples:q} --verdicts {params.verdicts:q} --cut {params.cut:q}" " --output {output:q}",
            kept=True,
        )


rule estimate_coverage:
    """pass@k at every k, with an interval over problems."""
    input:
        counts="<results>/{benchmark}/{model}/counts.csv",
    output:
        "<results>/{benchmark}/{model}/coverage.csv",
    log:
        "<results>/logs/estimate_coverage/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("estimate_coverage.py"),
        bootstrap=f"--bootstrap {analysis('bootstrap')}",
        confidence=f"--confidence {analysis('confidence')}",
        seed=f"--seed {config['seed']}",
        method=f"--method {analysis('intervals')}",
    shell:
        command(
            "estimate_coverage.py",
            "--counts {input.counts:q} {params.bootstrap} {params.confidence} {params.seed} {params.method}" " --output {output:q}",
            kept=True,
        )


rule compare_models:
    """Differences in coverage between the models of a benchmark, paired by problem."""
    input:
        counts=results_of_models("counts.csv"),
    output:
        "<results>/{benchmark}/differences.csv",
    log:
        "<results>/logs/compare_models/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("compare_models.py"),
        models=models,
        confidence=f"--confidence {analysis('confidence')}",
        seed=f"--seed {config['seed']}",
    shell:
        command(
            "compare_models.py",
            "--models {params.models:q} --counts {input.counts:q} {params.confidence} {params.seed} --output {output:q}",
            kept=True,
        )


rule grade_difficulty:
    """How hard each problem is for each model, and coverage by bins of difficulty."""
    input:
        counts=results_of_models("counts.csv"),
    output:
        problems="<results>/{benchmark}/difficulty.csv",
        bins="<results>/{benchmark}/difficulty_bins.csv",
    log:
        "<results>/logs/grade_difficulty/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("grade_difficulty.py"),
        models=models,
        reference=[analysis("difficulty")["reference"]] if analysis("difficulty")["reference"] else [],
        bins=f"--bins {analysis('difficulty')['bins']}",
        bootstrap=f"--bootstrap {analysis('bootstrap')}",
        confidence=f"--confidence {analysis('confidence')}",
        seed=f"--seed {config['seed']}",
    shell:
        command(
            "grade_difficulty.py",
            "--models {params.models:q} --counts {input.counts:q} --reference {params.reference:q} {params.bins}"
            " {params.bootstrap} {params.confidence} {params.seed} --problems-output {output.problems:q} --bins-output {output.bins:q}",
            kept=True,
        )


rule measure_diversity:
    """How many of a problem's samples are different, and whether coverage flattens because the model repeats itself."""
    input:
        samples=shard_files("samples"),
        verdicts=shard_files("verdicts"),
        counts="<results>/{benchmark}/{model}/counts.csv",
    output:
        json="<results>/{benchmark}/{model}/diversity.json",
        csv="<results>/{benchmark}/{model}/diversity.csv",
    log:
        "<results>/logs/measure_diversity/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("measure_diversity.py"),
        samples=lambda wildcards: folder_of_pair(wildcards, "samples"),
        verdicts=lambda wildcards: folder_of_pair(wildcards, "verdicts"),
        cut=cut,
    shell:
        command(
            "measure_diversity.py",
            "--samples {params.samples:q} --verdicts {params.verdicts:q} --cut {params.cut:q}"
            " --counts {input.counts:q} --output-json {output.json:q} --output-csv {output.csv:q}",
            kept=True,
        )


rule plan_samples:
    """Where further samples help most, by what is known so far."""
    input:
        counts="<results>/{benchmark}/{model}/counts.csv",
    output:
        "<results>/plans/{benchmark}/{model}.csv",
    log:
        "<results>/logs/plan_samples/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("plan_samples.py"),
        samples=f"--samples {analysis('planning')['samples']}",
        strategy=f"--strategy {analysis('planning')['strategy']}",
        k=f"--k {analysis('planning')['k']}",
    shell:
        command(
            "plan_samples.py",
            "--counts {input.counts:q} {params.samples} {params.strategy} {params.k} --output {output:q}",
            kept=True,
        )


rule plan:
    """The next samples of every model on every benchmark: `snakemake plan`."""
    input:
        [f"<results>/plans/{pair['benchmark']}/{pair['model']}.csv" for pair in config["pairs"]],
