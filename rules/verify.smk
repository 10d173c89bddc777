# Verify: one job a shard. Needs: samples, a block's references and a sandbox. Makes: verdicts; never sees the model.


rule check_sandbox:
    """First of all, so that a study does not draw for hours what cannot be verified here."""
    input:
        image=own(sandbox_image()),
    output:
        "<results>/sandbox.json",
    log:
        "<results>/logs/check_sandbox.log",
    priority: 100
    conda:
        "../envs/workflow.yaml"
    params:
        code=lambda wildcards: of(code("check_sandbox.py", SANDBOX_SERVER), sandbox_image()),
        sandbox=sandbox_kind(),
    shell:
        command(
            "check_sandbox.py",
            "--sandbox {params.sandbox:q} --image {input.image:q} --log {log:q} --output {output:q}",
        )


rule verify_samples:
    """Untrusted programs run in the sandbox that this rule's script starts; it has no container of its own."""
    input:
        samples="<results>/{benchmark}/{model}/samples/{block}-{round}.parquet",
        references="<results>/{benchmark}/references/{block}.jsonl",
        sandbox=sandbox_description,
        image=verification_image,
        files=grader_files,
    output:
        "<results>/{benchmark}/{model}/verdicts/{block}-{round}.parquet",
    log:
        "<results>/logs/verify_samples/{benchmark}/{model}/{block}-{round}.log",
    conda:
        "../envs/workflow.yaml"
    threads: verification_threads
    resources:
        mem_mb=verification_memory,
    params:
        code=lambda wildcards: judge_code("verify_samples.py", wildcards.benchmark),
        grader=grader,
        settings=verification_settings,
        sandbox=verification_sandbox,
    shell:
        command(
            "verify_samples.py",
            "--samples {input.samples:q} --references {input.references:q} --grader {params.grader:q}"
            " --settings {params.settings:q} --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads}"
            " --label 'verify_samples {wildcards.benchmark} {wildcards.model} {wildcards.block}-{wildcards.round}'"
            " --log {log:q} --output {output:q}",
        )
