# Audit: can the verifiers be trusted? Only where the configuration has verification.audit.
# Needs: data sets, references, samples and verdicts. Makes: tables of verdicts on the same texts, and their summary; no other stage reads them.


localrules:
    summarise_audit,


rule audit_gold:
    """Solutions that are known to be right, verified several times, and answers that ignore the problem."""
    input:
        dataset=lambda wildcards: study.preparation.dataset(wildcards.benchmark),
        references=study.verification.references,
        sandbox=study.verification.sandbox_check,
        image=lambda wildcards: own(study.verification.image(wildcards)),
        files=lambda wildcards: own(study.verification.grader_files(wildcards)),
    output:
        study.path("audit_gold"),
    log:
        study.log("audit_gold", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    threads: study.verification.threads
    resources:
        mem_mb=study.verification.memory,
    params:
        code=study.audit.gold_code,
        grader=study.verification.grader,
        settings=study.audit.gold_settings,
        sandbox=study.verification.sandbox,
        options=study.audit.options,
        repeats=study.audit.setting("repeats"),
    shell:
        study.command(
            "audit_gold.py",
            "--benchmark {wildcards.benchmark:q} --options {params.options:q} --dataset {input.dataset:q}"
            " --references {input.references:q} --repeats {params.repeats} --grader {params.grader:q} --settings {params.settings:q}"
            " --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads}",
            study.progress("audit_gold", "benchmark"),
            "--output {output:q}",
        )


rule audit_samples:
    """The first samples of each problem, verified again, and by a cross-check where there is one."""
    input:
        samples=study.audit.samples,
        verdicts=study.audit.verdicts,
        references=study.verification.references,
        other=study.audit.second_dataset,
        sandbox=study.verification.sandbox_check,
        image=lambda wildcards: own(study.verification.image(wildcards)),
        files=lambda wildcards: own(study.verification.grader_files(wildcards)),
    output:
        study.path("audit_samples"),
    log:
        study.log("audit_samples", "pair"),
    conda:
        "../envs/workflow.yaml"
    threads: study.verification.threads
    resources:
        mem_mb=study.verification.memory,
    params:
        code=study.audit.samples_code,
        grader=study.verification.grader,
        settings=study.verification.settings,
        sandbox=study.verification.sandbox,
        folder=study.generation.folder,
        cut=study.generation.cut,
        samples=study.audit.setting("samples"),
        repeats=study.audit.setting("repeats"),
        other=study.audit.second_settings,
    shell:
        study.command(
            "audit_samples.py",
            "--pair {params.folder:q} --references {input.references:q}"
            " --cut {params.cut:q} --first {params.samples} --repeats {params.repeats} --other {params.other:q} --other-dataset {input.other:q}"
            " --grader {params.grader:q} --settings {params.settings:q} --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads}",
            study.progress("audit_samples", "pair"),
            "--output {output:q}",
        )


rule summarise_audit:
    """One file for the report: how many gold solutions fail, how many verdicts change, and how often the cross-check agrees."""
    input:
        study.audit.tables(),
    output:
        study.path("audit"),
    log:
        study.log("summarise_audit"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("summarise_audit.py", benchmarks=[], graders=[]),
        benchmarks=study.audit.benchmarks(),
        results=subpath(output[0], parent=True),
    shell:
        study.command("summarise_audit.py", "--results {params.results:q} --benchmarks {params.benchmarks:q} --output {output:q}", kept=True)
