# Generate: one job a shard. Needs: a block's prompts and a model. Makes: samples; never sees a reference.


localrules:
    generate,


rule generate:
    """All samples, and nothing that is made of them: `snakemake generate`."""
    input:
        shards_of_pairs("samples"),


rule generate_samples:
    """A round of samples for a block of problems. Parallelism is a parameter, for it may change the samples; GPUs follow from it."""
    input:
        prompts="<results>/{benchmark}/prompts/{block}.jsonl",
        source=sample_source,
        problems=problem_names,
    output:
        "<results>/{benchmark}/{model}/samples/{block}-{round}.parquet",
    log:
        "<results>/logs/generate_samples/{benchmark}/{model}/{block}-{round}.log",
    conda:
        "../envs/vllm.yaml"
    threads: generation_threads
    resources:
        gpu=gpus,
    params:
        code=generation_code,
        settings=generation_settings,
        reuse="--reuse" if config["reuse_samples"] else "",
    shell:
        command(
            "generate_samples.py",
            "--prompts {input.prompts:q} --source {input.source:q} --problems {input.problems:q}"
            " --settings {params.settings:q} --store results/assets/samples {params.reuse} --label 'generate_samples {wildcards.benchmark} {wildcards.model} {wildcards.block}-{wildcards.round}'"
            " --log {log:q} --output {output:q}",
            environment="vllm",
        )
