# Select: what votes and scores make of the samples. Needs: verdicts and scores. Makes: CSV; no model, no sandbox.


localrules:
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
        price=lambda wildcards: study.analysis.cost(wildcards, "price"),
        level=study.analysis.level("bootstrap", "confidence", "seed"),
        method=f"--method {study.analysis.setting('intervals')}",
    shell:
        study.command(
            "select_answers.py",
            "--pair {params.pair:q} --cut {params.cut:q} --scorers {params.scorers:q} --selectors {params.selectors:q} {params.numbers} --counts {input.counts:q}"
            " --tokens {input.tokens:q} --price {params.price:q} {params.level} {params.method} --output-selection {output.selection:q}"
            " --output-differences {output.differences:q} --output-selected {output.selected:q}",
            kept=True,
        )
