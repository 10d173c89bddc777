# Fit: scaling laws, distributions of success, forecasts, families. Needs: counts. Makes: JSON and CSV.


localrules:
    compare_families,
    fit_scaling_laws,
    forecast_coverage,


rule fit_scaling_laws:
    """Each law with its loss named, its intervals and its error; each distribution of success likewise."""
    input:
        counts="<results>/{benchmark}/{model}/counts.csv",
    output:
        "<results>/{benchmark}/{model}/scaling_laws.json",
    log:
        "<results>/logs/fit_scaling_laws/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("fit_scaling_laws.py"),
        bootstrap=f"--bootstrap {analysis('bootstrap')}",
        confidence=f"--confidence {analysis('confidence')}",
        seed=f"--seed {config['seed']}",
    shell:
        command(
            "fit_scaling_laws.py",
            "--counts {input.counts:q} {params.bootstrap} {params.confidence} {params.seed}" " --output {output:q}",
            kept=True,
        )


rule forecast_coverage:
    """Coverage beyond the samples drawn, by each estimator, with its hold-out record."""
    input:
        counts="<results>/{benchmark}/{model}/counts.csv",
    output:
        json="<results>/{benchmark}/{model}/forecasts.json",
        csv="<results>/{benchmark}/{model}/forecasts.csv",
    log:
        "<results>/logs/forecast_coverage/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("forecast_coverage.py"),
        factor=f"--factor {analysis('forecast_factor')}",
        confidence=f"--confidence {analysis('confidence')}",
        seed=f"--seed {config['seed']}",
    shell:
        command(
            "forecast_coverage.py",
            "--counts {input.counts:q} {params.factor} {params.confidence} {params.seed}"
            " --output-json {output.json:q} --output-csv {output.csv:q}",
            kept=True,
        )


rule compare_families:
    """How well the curves of related models coincide when they are shifted onto each other."""
    input:
        counts=counts_of_families,
    output:
        json="<results>/{benchmark}/families.json",
        csv="<results>/{benchmark}/families.csv",
    log:
        "<results>/logs/compare_families/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("compare_families.py"),
        models=lambda wildcards: list(families(wildcards)),
        families=lambda wildcards: list(families(wildcards).values()),
        bootstrap=f"--bootstrap {analysis('bootstrap')}",
        confidence=f"--confidence {analysis('confidence')}",
        seed=f"--seed {config['seed']}",
    shell:
        command(
            "compare_families.py",
            "--models {params.models:q} --families {params.families:q} --counts {input.counts:q}"
            " {params.bootstrap} {params.confidence} {params.seed} --output {output.json:q} --table {output.csv:q}",
            kept=True,
        )
