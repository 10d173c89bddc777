# Fetch: what comes over the network, before anything that runs without one.
# Needs: a network, or local files. Makes: rows in <results>, weights and the sandbox's image in results/assets/, which all runs share.


localrules:
    build_image,
    build_sandbox,
    fetch,
    fetch_dataset,
    fetch_model,


rule fetch_dataset:
    """The rows of a data set, at a pinned revision and with a known hash."""
    input:
        data=lambda wildcards: own(study.preparation.local_data(wildcards)),
    output:
        "<results>/{benchmark}/dataset.jsonl",
    log:
        study.log("fetch_dataset", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.preparation.dataset_code,
        dataset=study.preparation.dataset_settings,
    shell:
        study.command(
            "fetch_dataset.py",
            "--benchmark {wildcards.benchmark:q} --dataset {params.dataset:q} --data {input.data:q} --log {log:q} --output {output:q}",
        )


rule fetch:
    """Everything that needs a network: `snakemake fetch` on a machine that has one, and the rest runs without."""
    input:
        study.preparation.fetched(),


rule fetch_model:
    """The weights of a model, described by a manifest; jobs depend on the manifest's content."""
    output:
        manifest="results/assets/models/{weights}.json",
    log:
        "results/assets/logs/fetch_model/{weights}.log",
    conda:
        "../envs/vllm.yaml"
    params:
        code=study.preparation.weights_code,
        source=study.preparation.weights_source,
    shell:
        study.command(
            "fetch_model.py",
            "--source {params.source:q} --contents results/assets/contents.json --log {log:q} --output {output.manifest:q}",
            environment="vllm",
        )


rule build_sandbox:
    """The image in which Apptainer runs programs, built or pulled; bubblewrap needs none."""
    input:
        sources=own(study.preparation.image_sources()),
    output:
        "results/assets/sandbox.sif",
    log:
        "results/assets/logs/build_sandbox.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.preparation.sandbox_code,
        image=lambda wildcards: study.preparation.sandbox_definition(),
        base=lambda wildcards: config["verification"].get("base", ""),
    shell:
        study.command("build_sandbox.py", "--image {params.image:q} --base {params.base:q} --log {log:q} --output {output:q}")


rule build_image:
    """An image that a grader needs beside the sandbox's, from a definition file in envs/."""
    input:
        ancient(study.own_file("envs/{image}.def")),
    output:
        "results/assets/images/{image}.sif",
    log:
        "results/assets/logs/build_image/{image}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.preparation.image_code,
    shell:
        study.command("build_image.py", "--definition {input:q} --log {log:q} --output {output:q}")
