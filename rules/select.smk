# Select: what votes and scores make of the samples, and which strategy to use. Needs: verdicts and scores. Makes: CSV, JSON and Parquet; no model, no sandbox.


localrules:
    compare_strategies,
    forecast_votes,
    plan_votes,
    select,
    select_answers,


rule select:
    """The accuracy of every selector, and the answers that they choose: `snakemake select`."""
    input:
        study.files("selection"),


rule select_answers:
    """Exact expected accuracy of each selector over k, paired differences between them, and the answer that each chooses from all samples."""
    input:
        verdicts=study.verification.verdicts_of_pair,
        scores=study.selection.scores,
        counts=study.path("counts"),
        tokens=study.path("tokens_by_problem"),
        weights=study.generation.weights,
        scorer_weights=study.selection.scorer_weights,
        calls=lambda wildcards: own(study.selection.calls(wildcards)),
    output:
        selection=report(
            study.path("selection"),
            caption="captions/table.rst",
            category="Tables",
            subcategory="{benchmark}",
            labels={"table": "accuracy of choosing", "model": "{model}", "strategy": "{strategy}"},
        ),
        differences=study.path("selection_differences"),
        selected=study.path("selected"),
        problems=study.path("selection_problems"),
        judgements=study.path("judgements"),
    log:
        study.log("select_answers", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.selection.code,
        pair=study.generation.folder,
        cut=study.generation.cut,
        scorers=study.selection.used,
        selectors=study.selection.selector_list,
        numbers=study.selection.numbers,
        judges=study.selection.judges,
        price=lambda wildcards: study.analysis.cost(wildcards, "price"),
        costs=study.selection.costs,
        level=study.analysis.level("bootstrap", "confidence", "seed"),
        method=f"--method {study.analysis.setting('intervals')}",
    shell:
        study.command(
            "select_answers.py",
            "--pair {params.pair:q} --cut {params.cut:q} --scorers {params.scorers:q} --selectors {params.selectors:q} {params.numbers} {params.judges} --counts {input.counts:q}"
            " --tokens {input.tokens:q} --price {params.price:q} --weights {input.weights:q} {params.costs} {params.level} {params.method} --output-selection {output.selection:q}"
            " --output-differences {output.differences:q} --output-selected {output.selected:q}"
            " --output-problems {output.problems:q} --output-judgements {output.judgements:q}",
            kept=True,
        )


rule compare_strategies:
    """Strategies and selectors at equal cost, and the compute-optimal choice by difficulty."""
    input:
        problems=study.scaling.of_pairs("selection_problems"),
        judgements=study.scaling.of_pairs("judgements"),
        counts=study.scaling.of_pairs("counts"),
        samples=study.scaling.of_pairs("samples"),
        weights=study.scaling.weights,
    output:
        table=study.path("inference_scaling"),
        optimal=study.path("compute_optimal"),
        choices=study.path("compute_optimal_choices"),
    log:
        study.log("compare_strategies", "benchmark"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.code.of("compare_strategies.py", selectors=[], graders=[]),
        pairs=study.scaling.pairs,
        settings=study.scaling.settings,
        level=study.analysis.level("bootstrap", "confidence", "seed"),
        method=f"--method {study.analysis.setting('intervals')}",
        results=subpath(output.table, ancestor=2),
    shell:
        study.command(
            "compare_strategies.py",
            "--pairs {params.pairs:q} --settings {params.settings:q} --results {params.results:q} {params.level} {params.method}"
            " --output {output.table:q} --output-optimal {output.optimal:q} --output-choices {output.choices:q}",
            kept=True,
        )


rule plan_votes:
    """How many votes are worth it, where the configuration has selection.plan_votes: `snakemake plan_votes`."""
    input:
        study.files("votes"),


rule forecast_votes:
    """The best number of votes, predictions beyond the samples with their record, and votes that stop early."""
    input:
        verdicts=study.verification.verdicts_of_pair,
    output:
        votes=study.path("votes"),
        record=study.path("vote_record"),
        stopping=study.path("stopping"),
    log:
        study.log("forecast_votes", "pair"),
    conda:
        "../envs/workflow.yaml"
    params:
        code=study.selection.votes_code,
        pair=study.generation.folder,
        cut=study.generation.cut,
        numbers=study.selection.votes,
        level=study.analysis.level("seed"),
    shell:
        study.command(
            "forecast_votes.py",
            "--pair {params.pair:q} --cut {params.cut:q} {params.numbers} {params.level} --output-votes {output.votes:q}"
            " --output-record {output.record:q} --output-stopping {output.stopping:q}",
            kept=True,
        )
