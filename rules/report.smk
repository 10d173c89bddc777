# Report: the run as one page, its summary as a table, its configuration and versions beside them. Needs: everything before.


localrules:
    draw_samples_page,
    record_manifest,
    record_run,
    report_run,


rule record_run:
    """The completed configuration, and what software analysed."""
    output:
        config=study.path("config"),
        versions=study.path("versions"),
    log:
        study.log("record_run"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("record_run.py"),
        config=study.reporting.config,
    shell:
        study.command(
            "record_run.py",
            "--config {params.config:q} --config-output {output.config:q} --versions-output {output.versions:q}",
            kept=True,
        )


rule report_run:
    """Shows times, which are in the logs; all other results are the same whenever their inputs are."""
    input:
        study.reporting.inputs(),
        config=study.path("config"),
        versions=study.path("versions"),
        sandbox=study.files("sandbox"),
        audit=study.files("audit"),
        rewards=list(study.scoring.accuracies().values()),
    output:
        report=study.path("report"),
        summary=report(
            study.path("summary"),
            caption="captions/table.rst",
            category="Tables",
            labels={"table": "summary"},
        ),
    log:
        study.log("report_run"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("report_run.py", graders=[]),
        titles=study.reporting.titles,
        rewards=canonical(study.scoring.accuracies()),
        results=subpath(output.report, parent=True),
    shell:
        study.command(
            "report_run.py",
            "--config {input.config:q} --versions {input.versions:q} --sandbox {input.sandbox:q} --audit {input.audit:q}"
            " --rewards {params.rewards:q} --titles {params.titles:q} --results {params.results:q} --report {output.report:q} --summary {output.summary:q}",
            kept=True,
        )


rule draw_samples_page:
    """Samples to filter and read, beside the report, which links to them; of a large study a fair part."""
    input:
        study.reporting.behind_samples(),
        config=study.path("config"),
    output:
        study.path("samples_page"),
    log:
        study.log("draw_samples_page"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("draw_samples_page.py", graders=[]),
        results=subpath(output[0], parent=True),
    shell:
        study.command("draw_samples_page.py", "--results {params.results:q} --config {input.config:q} --output {output:q}", kept=True)


rule record_manifest:
    """What the run was made of and what came out, by hashes: for `make reproduce`."""
    input:
        study.reporting.everything(),
        report=study.path("report"),
        summary=study.path("summary"),
        weights=study.preparation.weights_manifests(),
    output:
        "<results>/manifest.json",
    log:
        study.log("record_manifest"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("record_manifest.py", graders=[]),
        datasets=study.preparation.dataset_origins(),
        results=subpath(output[0], parent=True),
    shell:
        study.command(
            "record_manifest.py",
            "--results {params.results:q} --datasets {params.datasets:q} --weights {input.weights:q} --output {output:q}",
            kept=True,
        )
