# Draw: figures of a benchmark, all its models in one. Needs: coverage, laws. Makes: SVG, PDF and PNG, and the numbers as CSV.


localrules:
    draw_coverage,
    draw_failure,
    draw_scaling_laws,


rule draw_coverage:
    """pass@k over k with the configuration's reference lines."""
    input:
        coverage=results_of_models("coverage.csv"),
    output:
        figure_files("coverage"),
    log:
        "<results>/logs/draw_coverage/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_coverage.py"),
        models=lambda wildcards: models_of(wildcards.benchmark),
        title=figure_title,
        lines=reference_lines,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_coverage.py --models {params.models:q} --coverage {input.coverage:q} --title {params.title:q}"
        " --reference-lines {params.lines:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_failure:
    """fail@k over k on log-log axes."""
    input:
        coverage=results_of_models("coverage.csv"),
    output:
        figure_files("failure"),
    log:
        "<results>/logs/draw_failure/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_failure.py"),
        models=lambda wildcards: models_of(wildcards.benchmark),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_failure.py --models {params.models:q} --coverage {input.coverage:q} --title {params.title:q}"
        " --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_scaling_laws:
    """Coverage and the law that was fitted to it."""
    input:
        coverage=results_of_models("coverage.csv"),
        laws=results_of_models("scaling_laws.json"),
    output:
        figure_files("scaling_laws"),
    log:
        "<results>/logs/draw_scaling_laws/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_scaling_laws.py"),
        models=lambda wildcards: models_of(wildcards.benchmark),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_scaling_laws.py --models {params.models:q} --coverage {input.coverage:q} --laws {input.laws:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"
