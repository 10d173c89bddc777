# Price: what coverage costs, and what to buy. Needs: coverage, tokens and the weights' own description. Makes: CSV and JSON.


localrules:
    choose_budget,
    price_coverage,


rule price_coverage:
    """Tokens, FLOPs, GPU seconds and dollars of k samples of each problem."""
    input:
        coverage="<results>/{benchmark}/{model}/coverage.csv",
        tokens=recorded_tokens,
        weights=weights_config,
    output:
        "<results>/{benchmark}/{model}/cost.csv",
    log:
        "<results>/logs/price_coverage/{benchmark}/{model}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("price_coverage.py"),
        problems=lambda wildcards: config["benchmarks"][wildcards.benchmark]["problems"],
        architecture=lambda wildcards: cost_settings(wildcards)["architecture"],
        price=lambda wildcards: cost_settings(wildcards)["price"],
        mean_tokens=lambda wildcards: cost_settings(wildcards)["tokens"],
    shell:
        command(
            "price_coverage.py",
            "--coverage {input.coverage:q} --tokens {input.tokens:q} --problems {params.problems}"
            " --weights {input.weights:q} --architecture {params.architecture:q} --price {params.price:q} --mean-tokens {params.mean_tokens:q}"
            " --output {output:q}",
            kept=True,
        )


rule choose_budget:
    """The cheapest model and number of samples for a wanted coverage, and the best for a budget."""
    input:
        costs=results_of_models("cost.csv"),
    output:
        "<results>/{benchmark}/budget.json",
    log:
        "<results>/logs/choose_budget/{benchmark}.log",
    conda:
        "../envs/workflow.yaml"
    params:
        code=code("choose_budget.py"),
        models=models,
        coverages=canonical(analysis("coverages")),
        budgets=canonical(analysis("budgets")),
    shell:
        command(
            "choose_budget.py",
            "--models {params.models:q} --costs {input.costs:q} --coverages {params.coverages:q}"
            " --budgets {params.budgets:q} --output {output:q}",
            kept=True,
        )
