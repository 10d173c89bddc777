# Generate: one job a shard. Needs: a block's prompts and a model. Makes: samples; never sees a reference.


localrules:
    generate,


rule generate:
    """All samples, and nothing that is made of them: `snakemake generate`."""
    input:
        study.files("samples"),


# A round of samples for a block of problems. Parallelism is a parameter, for it may change the samples; GPUs follow from it. Models behind an endpoint have a
# rule of their own: their jobs need a network, no GPU, and another environment.
for name, (environment, models) in study.generation.rules().items():

    rule:
        name:
            name
        input:
            prompts=study.path("prompts"),
            source=lambda wildcards: own(study.generation.source(wildcards)),
            problems=study.generation.problems,
            allocation=lambda wildcards: own(study.generation.allocation(wildcards)),
        output:
            study.path("samples"),
        log:
            study.log("generate_samples", "shard"),
        benchmark:
            study.benchmark_file("generate_samples", "shard")
        wildcard_constraints:
            model=models,
            strategy=study.pattern(study.generation.plain()),
        conda:
            f"../envs/{environment}.yaml"
        threads: study.generation.threads
        resources:
            gpu=study.generation.gpus,
        params:
            code=study.generation.code,
            settings=study.generation.settings,
            questions=study.generation.questions,
            reuse="--reuse" if config["reuse_samples"] else "",
        shell:
            study.command(
                "generate_samples.py",
                "--prompts {input.prompts:q} --source {input.source:q} --problems {input.problems:q} --questions {params.questions:q} --allocation {input.allocation:q}"
                " --settings {params.settings:q} --store results/assets/samples {params.reuse}",
                study.progress("generate_samples", "shard"),
                "--output {output:q}",
                environment=environment,
            )


rule search_samples:
    """The same by a search: each sample is a tree that a scorer's values steer. Policy and scorer are in one job."""
    input:
        prompts=study.path("prompts"),
        source=study.generation.source,
        allocation=lambda wildcards: own(study.generation.allocation(wildcards)),
        scorer=study.generation.scorer,
    output:
        samples=study.path("samples"),
        trees=study.path("trees"),
    log:
        study.log("generate_samples", "shard"),
    benchmark:
        study.benchmark_file("generate_samples", "shard")
    wildcard_constraints:
        strategy=study.pattern(study.generation.searching()),
    conda:
        "../envs/vllm.yaml"
    threads: study.generation.threads
    resources:
        gpu=study.generation.gpus,
    params:
        code=study.generation.code,
        settings=study.generation.settings,
        reuse="--reuse" if config["reuse_samples"] else "",
    shell:
        study.command(
            "generate_samples.py",
            "--prompts {input.prompts:q} --source {input.source:q} --allocation {input.allocation:q} --scorer {input.scorer:q}"
            " --settings {params.settings:q} --store results/assets/samples {params.reuse}",
            study.progress("search_samples", "shard"),
            "--trees {output.trees:q} --output {output.samples:q}",
            environment="vllm",
        )
