# Price: what coverage costs, and what to buy. Needs: coverage, tokens and the weights' own description. Makes: CSV and JSON.


localrules:
    choose_budget,
    price_coverage,


rule price_coverage:
    """Tokens, FLOPs, GPU seconds and dollars of k samples of each problem."""
    input:
        coverage=study.path("coverage"),
        tokens=study.analysis.tokens,
        weights=study.generation.weights,
    output:
        study.path("costs"),
    log:
        study.log("price_coverage", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("price_coverage.py"),
        problems=lambda wildcards: config["benchmarks"][wildcards.benchmark]["problems"],
        architecture=lambda wildcards: study.analysis.cost(wildcards, "architecture"),
        price=lambda wildcards: study.analysis.cost(wildcards, "price"),
        mean_tokens=lambda wildcards: study.analysis.cost(wildcards, "tokens"),
    shell:
        study.command(
            "price_coverage.py",
            "--coverage {input.coverage:q} --tokens {input.tokens:q} --problems {params.problems}"
            " --weights {input.weights:q} --architecture {params.architecture:q} --price {params.price:q} --mean-tokens {params.mean_tokens:q}"
            " --output {output:q}",
            kept=True,
        )


rule choose_budget:
    """The cheapest model and number of samples for a wanted coverage, and the best for a budget."""
    input:
        costs=study.analysis.of_benchmark("costs"),
    output:
        study.path("budget"),
    log:
        study.log("choose_budget", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("choose_budget.py"),
        models=study.analysis.labels,
        coverages=canonical(study.analysis.setting("coverages")),
        budgets=canonical(study.analysis.setting("budgets")),
    shell:
        study.command(
            "choose_budget.py",
            "--models {params.models:q} --costs {input.costs:q} --coverages {params.coverages:q}"
            " --budgets {params.budgets:q} --output {output:q}",
            kept=True,
        )
