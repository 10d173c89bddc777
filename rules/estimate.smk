# Estimate: counts, coverage and tokens of a model on a benchmark. Needs: all its verdicts or samples. Makes: CSV and JSON.


localrules:
    count_passes,
    count_tokens,
    estimate_coverage,


rule count_passes:
    """Samples and passes of each problem; all later statistics start from these."""
    input:
        verdicts=shard_files("verdicts"),
        references=all_references,
    output:
        "<results>/{benchmark}/{model}/counts.csv",
    log:
        "<results>/logs/count_passes/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("count_passes.py"),
        verdicts=lambda wildcards: folder_of_pair(wildcards, "verdicts"),
        references=lambda wildcards: f"results/{config['run']}/{wildcards.benchmark}/references",
        cut=cut,
    shell:
        "envs/python workflow scripts/count_passes.py --verdicts {params.verdicts:q} --references {params.references:q} --cut {params.cut:q}"
        " --output {output:q} 2>&1 | tee {log:q}"


rule count_tokens:
    """Tokens, repeats and provenance of the samples. Stops with a sentence where samples are no draws of their own."""
    input:
        samples=shard_files("samples"),
    output:
        "<results>/{benchmark}/{model}/tokens.json",
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
        "envs/python workflow scripts/count_tokens.py --samples {params.folder:q} --cut {params.cut:q} --sampling {params.sampling:q}"
        " --label '{wildcards.model} on {wildcards.benchmark}' --output {output:q} 2>&1 | tee {log:q}"


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
    shell:
        "envs/python workflow scripts/estimate_coverage.py --counts {input.counts:q} {params.bootstrap} {params.confidence} {params.seed}"
        " --output {output:q} 2>&1 | tee {log:q}"
