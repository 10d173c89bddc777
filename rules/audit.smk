# Audit: can the verifiers be trusted? Only where the configuration has verification.audit.
# Needs: data sets, references, samples and verdicts. Makes: tables of verdicts on the same texts, and their summary; no other stage reads them.


localrules:
    summarise_audit,


rule audit_gold:
    """Solutions that are known to be right, verified several times, and answers that ignore the problem."""
    input:
        dataset=dataset_rows,
        references=all_references,
        sandbox=sandbox_description,
        image=verification_image,
        files=grader_files,
    output:
        "<results>/{benchmark}/audit_gold.csv",
    log:
        "<results>/logs/audit_gold/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    threads: verification_threads
    resources:
        mem_mb=verification_memory,
    params:
        code=lambda wildcards: judge_code("audit_gold.py", wildcards.benchmark),
        grader=grader,
        settings=lambda wildcards: judge_settings(wildcards.benchmark),
        sandbox=verification_sandbox,
        options=lambda wildcards: canonical(config["benchmarks"][wildcards.benchmark]["options"]),
        repeats=audit("repeats"),
    shell:
        command(
            "audit_gold.py",
            "--benchmark {wildcards.benchmark:q} --options {params.options:q} --dataset {input.dataset:q}"
            " --references {input.references:q} --repeats {params.repeats} --grader {params.grader:q} --settings {params.settings:q}"
            " --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads} --label 'audit_gold {wildcards.benchmark}'"
            " --log {log:q} --output {output:q}",
        )


rule audit_samples:
    """The first samples of each problem, verified again, and by a second verifier where there is one."""
    input:
        samples=lambda wildcards: audited_shards(wildcards, "samples"),
        verdicts=lambda wildcards: audited_shards(wildcards, "verdicts"),
        references=all_references,
        other=other_dataset,
        sandbox=sandbox_description,
        image=verification_image,
        files=grader_files,
    output:
        "<results>/{benchmark}/{model}/audit.csv",
    log:
        "<results>/logs/audit_samples/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    threads: verification_threads
    resources:
        mem_mb=verification_memory,
    params:
        code=lambda wildcards: judge_code("audit_samples.py", wildcards.benchmark, other_benchmark(wildcards.benchmark)),
        grader=grader,
        settings=verification_settings,
        sandbox=verification_sandbox,
        folder=lambda wildcards: str(Path(folder_of_pair(wildcards, "samples")).parent),
        cut=audited_cut,
        repeats=audit("repeats"),
        other=other_settings,
    shell:
        command(
            "audit_samples.py",
            "--pair {params.folder:q} --references {input.references:q}"
            " --cut {params.cut:q} --repeats {params.repeats} --other {params.other:q} --other-dataset {input.other:q}"
            " --grader {params.grader:q} --settings {params.settings:q} --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads}"
            " --label 'audit_samples {wildcards.benchmark} {wildcards.model}' --log {log:q} --output {output:q}",
        )


rule summarise_audit:
    """One file for the report: how many gold solutions fail, how many verdicts change, and how often the cross-check agrees."""
    input:
        audit_tables(),
    output:
        "<results>/audit.json",
    log:
        "<results>/logs/summarise_audit.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("summarise_audit.py"),
        benchmarks=audited_benchmarks(),
        results=subpath(output[0], parent=True),
    shell:
        command(
            "summarise_audit.py",
            "--results {params.results:q} --benchmarks {params.benchmarks:q} --output {output:q}",
            kept=True,
        )
