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
        verdicts=study.verification.verdicts_of_pair,
        references=study.verification.references,
        allocation=lambda wildcards: own(study.generation.allocation(wildcards)),
    output:
        study.path("counts"),
    log:
        study.log("count_passes", "pair"),
    wildcard_constraints:
        model=study.pattern(study.models(has_samples=True)),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.generation.count_code,
        folder=study.generation.folder,
        cut=study.generation.cut,
    shell:
        study.command(
            "count_passes.py",
            "--pair {params.folder:q} --references {input.references:q} --cut {params.cut:q} --allocation {input.allocation:q} --output {output:q}",
            kept=True,
        )


rule import_counts:
    """Counts that someone has already, in the place of those that verdicts give."""
    input:
        table=lambda wildcards: own([study.analysis.table(wildcards)["file"]]),
    output:
        study.path("counts"),
    log:
        study.log("import_counts", "pair"),
    wildcard_constraints:
        model=study.pattern(study.models(has_samples=False)),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.analysis.table_code,
        problem=lambda wildcards: study.analysis.table(wildcards)["problem"],
        where=lambda wildcards: canonical(study.analysis.table(wildcards)["where"]),
        problems=lambda wildcards: config["benchmarks"][wildcards.benchmark]["problems"],
        samples=lambda wildcards: canonical(study.layout.samples(wildcards.benchmark, wildcards.strategy)),
        stopping=lambda wildcards: canonical(study.analysis.table(wildcards).get("stopping")),
        seed=study.analysis.level("seed"),
    shell:
        study.command(
            "import_counts.py",
            "--table {input.table:q} --problem-column {params.problem:q} --where {params.where:q}"
            " --problems {params.problems} --samples {params.samples} --stopping {params.stopping:q} {params.seed} --output {output:q}",
            kept=True,
        )


rule count_tokens:
    """Tokens, repeats and provenance of the samples. Stops with a sentence where samples are no draws of their own."""
    input:
        samples=study.generation.samples_of_pair,
    output:
        summary=study.path("tokens"),
        problems=study.path("tokens_by_problem"),
    log:
        study.log("count_tokens", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("count_tokens.py"),
        sampling=study.generation.drawn_sampling,
        label=study.generation.label,
        folder=study.generation.folder,
        cut=study.generation.cut,
    shell:
        study.command(
            "count_tokens.py",
            "--pair {params.folder:q} --cut {params.cut:q} --sampling {params.sampling:q}"
            " --label {params.label:q} --output {output.summary:q} --by-problem {output.problems:q}",
            kept=True,
        )


rule count_truncated:
    """Samples that were cut off at their limit of tokens, and what became of them."""
    input:
        samples=study.generation.samples_of_pair,
        verdicts=study.verification.verdicts_of_pair,
    output:
        study.path("truncated"),
    log:
        study.log("count_truncated", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("count_truncated.py"),
        folder=study.generation.folder,
        cut=study.generation.cut,
    shell:
        study.command(
            "count_truncated.py",
            "--pair {params.folder:q} --cut {params.cut:q} --output {output:q}",
            kept=True,
        )


rule estimate_coverage:
    """pass@k at every k, with an interval over problems."""
    input:
        counts=study.path("counts"),
    output:
        report(
            study.path("coverage"),
            caption="captions/table.rst",
            category="Tables",
            subcategory="{benchmark}",
            labels={"table": "coverage", "model": "{model}", "strategy": "{strategy}"},
        ),
    log:
        study.log("estimate_coverage", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("estimate_coverage.py"),
        level=study.analysis.level("bootstrap", "confidence", "seed"),
        method=f"--method {study.analysis.setting('intervals')}",
    shell:
        study.command(
            "estimate_coverage.py",
            "--counts {input.counts:q} {params.level} {params.method} --output {output:q}",
            kept=True,
        )


rule compare_models:
    """Differences in coverage between the models of a benchmark, paired by problem."""
    input:
        counts=study.analysis.of_benchmark("counts"),
    output:
        study.path("differences"),
    log:
        study.log("compare_models", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("compare_models.py"),
        models=study.analysis.labels,
        level=study.analysis.level("confidence", "seed"),
    shell:
        study.command(
            "compare_models.py",
            "--models {params.models:q} --counts {input.counts:q} {params.level} --output {output:q}",
            kept=True,
        )


rule grade_difficulty:
    """How hard each problem is for each model, and coverage by bins of difficulty."""
    input:
        counts=study.analysis.of_benchmark("counts"),
    output:
        problems=study.path("difficulty"),
        bins=study.path("difficulty_bins"),
    log:
        study.log("grade_difficulty", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("grade_difficulty.py"),
        models=study.analysis.labels,
        reference=study.analysis.setting("difficulty", "reference") or [],
        bins=f"--bins {study.analysis.setting('difficulty', 'bins')}",
        level=study.analysis.level("bootstrap", "confidence", "seed"),
    shell:
        study.command(
            "grade_difficulty.py",
            "--models {params.models:q} --counts {input.counts:q} --reference {params.reference:q} {params.bins}"
            " {params.level} --problems-output {output.problems:q} --bins-output {output.bins:q}",
            kept=True,
        )


rule measure_diversity:
    """How many of a problem's samples are different, and whether coverage flattens because the model repeats itself."""
    input:
        samples=study.generation.samples_of_pair,
        verdicts=study.verification.verdicts_of_pair,
        counts=study.path("counts"),
    output:
        json=study.path("diversity"),
        csv=study.path("diversity_curve"),
    log:
        study.log("measure_diversity", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("measure_diversity.py"),
        folder=study.generation.folder,
        cut=study.generation.cut,
    shell:
        study.command(
            "measure_diversity.py",
            "--pair {params.folder:q} --cut {params.cut:q}" " --counts {input.counts:q} --output-json {output.json:q} --output-csv {output.csv:q}",
            kept=True,
        )


rule plan_samples:
    """Where further samples help most, by what is known so far."""
    input:
        counts=study.path("counts"),
    output:
        study.path("plan"),
    log:
        study.log("plan_samples", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("plan_samples.py"),
        samples=f"--samples {study.analysis.setting('planning', 'samples')}",
        strategy=f"--strategy {study.analysis.setting('planning', 'strategy')}",
        k=f"--k {study.analysis.setting('planning', 'k')}",
    shell:
        study.command(
            "plan_samples.py",
            "--counts {input.counts:q} {params.samples} {params.strategy} {params.k} --output {output:q}",
            kept=True,
        )


rule plan:
    """The next samples of every model on every benchmark: `snakemake plan`."""
    input:
        study.files("plan"),
