# Report: the run as one page, its summary as a table, its configuration and versions beside them. Needs: everything before.


localrules:
    record_manifest,
    record_run,
    report_run,


rule record_run:
    """The completed configuration, and what software analysed."""
    output:
        config="<results>/config.yaml",
        versions="<results>/versions.json",
    log:
        "<results>/logs/record_run.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("record_run.py"),
        # A function, as Snakemake would take what stands in braces in somebody's text for a wildcard.
        config=lambda wildcards: canonical(config),
    shell:
        command(
            "record_run.py",
            "--config {params.config:q} --config-output {output.config:q} --versions-output {output.versions:q}",
            kept=True,
        )


rule report_run:
    """Shows times, which are in the logs; all other results are the same whenever their inputs are."""
    input:
        coverage=results_of_pairs("coverage.csv"),
        counts=results_of_pairs("counts.csv"),
        laws=results_of_pairs("scaling_laws.json"),
        forecasts=results_of_pairs("forecasts.json"),
        costs=results_of_pairs("cost.csv"),
        tokens=results_of_pairs("tokens.json", sampled_pairs()),
        truncated=results_of_pairs("truncated.json", sampled_pairs()),
        diversity=results_of_pairs("diversity.json", sampled_pairs()),
        differences=results_of_benchmarks("differences.csv"),
        budgets=results_of_benchmarks("budget.json"),
        families=[f"<results>/{name}/families.json" for name in benchmarks_with("families")],
        figures=figures(["svg"]),
        config="<results>/config.yaml",
        versions="<results>/versions.json",
        sandbox=["<results>/sandbox.json"] if BENCHMARKS else [],
        audit=audit_summary(),
    output:
        report="<results>/report.html",
        summary="<results>/summary.csv",
    log:
        "<results>/logs/report_run.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("report_run.py", "monkeys/reporting/report.html.j2"),
        titles=lambda wildcards: canonical(TITLES),
        figures=figures_by_benchmark(),
        results=subpath(output.report, parent=True),
    shell:
        command(
            "report_run.py",
            "--config {input.config:q} --versions {input.versions:q} --sandbox {input.sandbox:q} --audit {input.audit:q}"
            " --titles {params.titles:q} --figures {params.figures:q} --results {params.results:q}"
            " --report {output.report:q} --summary {output.summary:q}",
            kept=True,
        )


rule record_manifest:
    """What the run was made of and what came out, by hashes: for `make reproduce`."""
    input:
        shards_of_pairs("samples"),
        shards_of_pairs("verdicts"),
        rules.report_run.input,
        figures(),
        [f"<results>/{name}/problems.txt" for name in BENCHMARKS],
        summary="<results>/summary.csv",
        weights=[f"results/assets/models/{name}.json" for name in weights_sources()],
    output:
        "<results>/manifest.json",
    log:
        "<results>/logs/record_manifest.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("record_manifest.py"),
        datasets=dataset_origins(),
        results=subpath(output[0], parent=True),
    shell:
        command(
            "record_manifest.py",
            "--results {params.results:q} --datasets {params.datasets:q} --weights {input.weights:q}" " --output {output:q}",
            kept=True,
        )
