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
        data=local_data,
    output:
        "<results>/{benchmark}/dataset.jsonl",
    log:
        "<results>/logs/fetch_dataset/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=dataset_code,
        dataset=dataset_settings,
    shell:
        command(
            "fetch_dataset.py",
            "--benchmark {wildcards.benchmark:q} --dataset {params.dataset:q} --data {input.data:q}" " --log {log:q} --output {output:q}",
        )


rule fetch:
    """Everything that needs a network: `snakemake fetch` on a machine that has one, and the rest runs without."""
    input:
        fetched(),


rule fetch_model:
    """The weights of a model, described by a manifest; jobs depend on the manifest's content."""
    output:
        manifest="results/assets/models/{weights}.json",
    log:
        "results/assets/logs/fetch_model/{weights}.log",
    conda:
        "../envs/vllm.yaml"
    params:
        code=weights_code,
        source=lambda wildcards: weights_sources()[wildcards.weights],
    shell:
        command(
            "fetch_model.py",
            "--source {params.source:q} --contents results/assets/contents.json --log {log:q}" " --output {output.manifest:q}",
            environment="vllm",
        )


rule build_sandbox:
    """The image in which Apptainer runs programs, built or pulled; bubblewrap needs none."""
    input:
        sources=own(image_sources()),
    output:
        "results/assets/sandbox.sif",
    log:
        "results/assets/logs/build_sandbox.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=lambda wildcards: of(code("build_sandbox.py"), image_sources()),
        image=lambda wildcards: definition(config["verification"]["image"]),
        base=lambda wildcards: config["verification"].get("base", ""),
    shell:
        command(
            "build_sandbox.py",
            "--image {params.image:q} --base {params.base:q} --log {log:q} --output {output:q}",
        )


rule build_image:
    """An image that a grader needs beside the sandbox's, from a definition file in envs/."""
    input:
        ancient(own_file("envs/{image}.def")),
    output:
        "results/assets/images/{image}.sif",
    log:
        "results/assets/logs/build_image/{image}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=lambda wildcards: of(code("build_image.py"), [own_file(f"envs/{wildcards.image}.def")]),
    shell:
        command(
            "build_image.py",
            "--definition {input:q} --log {log:q} --output {output:q}",
        )
