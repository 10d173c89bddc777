# Fit: scaling laws, distributions of success, forecasts, families. Needs: counts. Makes: JSON and CSV.


localrules:
    compare_families,
    fit_scaling_laws,
    forecast_coverage,


rule fit_scaling_laws:
    """Each law with its loss named, its intervals and its error; each distribution of success likewise."""
    input:
        counts=study.path("counts"),
    output:
        study.path("laws"),
    log:
        study.log("fit_scaling_laws", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("fit_scaling_laws.py"),
        level=study.analysis.level("bootstrap", "confidence", "seed"),
    shell:
        study.command(
            "fit_scaling_laws.py",
            "--counts {input.counts:q} {params.level} --output {output:q}",
            kept=True,
        )


rule forecast_coverage:
    """Coverage beyond the samples drawn, by each estimator, with its hold-out record."""
    input:
        counts=study.path("counts"),
    output:
        json=study.path("forecasts"),
        csv=study.path("forecast_curve"),
    log:
        study.log("forecast_coverage", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("forecast_coverage.py"),
        factor=f"--factor {study.analysis.setting('forecast_factor')}",
        level=study.analysis.level("confidence", "seed"),
    shell:
        study.command(
            "forecast_coverage.py",
            "--counts {input.counts:q} {params.factor} {params.level}" " --output-json {output.json:q} --output-csv {output.csv:q}",
            kept=True,
        )


rule compare_families:
    """How well the curves of related models coincide when they are shifted onto each other."""
    input:
        counts=study.analysis.related_counts,
    output:
        json=study.path("families"),
        csv=study.path("family_curves"),
    log:
        study.log("compare_families", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("compare_families.py"),
        models=study.analysis.related_labels,
        families=study.analysis.families,
        level=study.analysis.level("bootstrap", "confidence", "seed"),
    shell:
        study.command(
            "compare_families.py",
            "--models {params.models:q} --families {params.families:q} --counts {input.counts:q}"
            " {params.level} --output {output.json:q} --table {output.csv:q}",
            kept=True,
        )
