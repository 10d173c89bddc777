# Verify: one job a part of a shard. Needs: samples, a block's references and a sandbox. Makes: verdicts; never sees the model.


rule check_sandbox:
    """First of all, so that a study does not draw for hours what cannot be verified here."""
    input:
        image=own(study.verification.sandbox_images()),
    output:
        study.path("sandbox"),
    log:
        study.log("check_sandbox"),
    priority: 100
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.verification.sandbox_code,
        sandbox=study.verification.sandbox_kind(),
    shell:
        study.command("check_sandbox.py", "--sandbox {params.sandbox:q} --image {input.image:q} --log {log:q} --output {output:q}")


rule verify_samples:
    """Untrusted programs run in the sandbox that this rule's script starts; it has no container of its own."""
    input:
        samples=study.path("samples"),
        references=study.path("references"),
        sandbox=study.verification.sandbox_check,
        image=lambda wildcards: own(study.verification.image(wildcards)),
        files=lambda wildcards: own(study.verification.grader_files(wildcards)),
    output:
        study.path("verdicts"),
    log:
        study.log("verify_samples", "part"),
    benchmark:
        study.benchmark_file("verify_samples", "part")
    conda:
        "../envs/workflow.yaml"
    threads: study.verification.threads
    resources:
        mem_mb=study.verification.memory,
    params:
        code=study.verification.code,
        grader=study.verification.grader,
        settings=study.verification.settings,
        sandbox=study.verification.sandbox,
        rows=study.verification.rows,
    shell:
        study.command(
            "verify_samples.py",
            "--samples {input.samples:q} {params.rows} --references {input.references:q} --grader {params.grader:q}"
            " --settings {params.settings:q} --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads}",
            study.progress("verify_samples", "part"),
            "--output {output:q}",
        )
