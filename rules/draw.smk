# Draw: figures of a benchmark, all its models in one. Needs: what estimate, fit and price made. Makes: SVG, PDF and PNG, and the numbers as CSV.


localrules:
    draw_costs,
    draw_coverage,
    draw_difficulty,
    draw_diversity,
    draw_failure,
    draw_families,
    draw_forecasts,
    draw_heat_map,
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


rule draw_forecasts:
    """Coverage, and the recommended forecast of it with its interval."""
    input:
        coverage=results_of_models("coverage.csv"),
        forecasts=results_of_models("forecasts.json"),
    output:
        figure_files("forecasts"),
    log:
        "<results>/logs/draw_forecasts/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_forecasts.py"),
        models=lambda wildcards: models_of(wildcards.benchmark),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_forecasts.py --models {params.models:q} --coverage {input.coverage:q} --forecasts {input.forecasts:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_families:
    """The curves of related models before and after they are shifted onto each other."""
    input:
        comparison="<results>/{benchmark}/families.json",
        table="<results>/{benchmark}/families.csv",
    output:
        figure_files("families"),
    log:
        "<results>/logs/draw_families/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_families.py"),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_families.py --comparison {input.comparison:q} --table {input.table:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_heat_map:
    """How often each model solves each problem."""
    input:
        problems="<results>/{benchmark}/difficulty.csv",
    output:
        figure_files("heat_map"),
    log:
        "<results>/logs/draw_heat_map/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_heat_map.py"),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_heat_map.py --problems {input.problems:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_difficulty:
    """Coverage by bins of difficulty."""
    input:
        bins="<results>/{benchmark}/difficulty_bins.csv",
    output:
        figure_files("difficulty"),
    log:
        "<results>/logs/draw_difficulty/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_difficulty.py"),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_difficulty.py --bins {input.bins:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_costs:
    """Coverage over what it costs."""
    input:
        costs=results_of_models("cost.csv"),
    output:
        figure_files("costs"),
    log:
        "<results>/logs/draw_costs/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_costs.py"),
        models=lambda wildcards: models_of(wildcards.benchmark),
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_costs.py --models {params.models:q} --costs {input.costs:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"


rule draw_diversity:
    """How many of k samples are different."""
    input:
        diversity=results_of_sampled_models("diversity.csv"),
    output:
        figure_files("diversity"),
    log:
        "<results>/logs/draw_diversity/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("draw_diversity.py"),
        models=sampled_models,
        title=figure_title,
        style=figure_style(),
        stem=subpath(output[0], strip_suffix=".svg"),
    shell:
        "envs/python workflow scripts/draw_diversity.py --models {params.models:q} --diversity {input.diversity:q}"
        " --title {params.title:q} --style {params.style:q} --stem {params.stem:q} 2>&1 | tee {log:q}"
