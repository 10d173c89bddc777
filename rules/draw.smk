# Draw: figures of a benchmark, all its models in one. Needs: what estimate, fit and price made. Makes: SVG, PDF and PNG, and the numbers as CSV.


# One job draws all figures of a benchmark, as loading matplotlib takes longer than drawing. A rule makes the same files for each benchmark, and not all
# benchmarks have the same figures: there is a rule for each set of figures, draw_figures and, where there are more, draw_figures_2 and so on.
for number, (kinds, benchmarks) in enumerate(study.figures.sets().items(), start=1):

    rule:
        name:
            "draw_figures" if number == 1 else f"draw_figures_{number}"
        input:
            study.figures.inputs(kinds),
        output:
            [
                (
                    report(
                        path,
                        caption="captions/figure.rst",
                        category="Figures",
                        subcategory="{benchmark}",
                        labels={"figure": study.figures.kind_of(path)},
                    )
                    if path.endswith(".svg")
                    else path
                )
                for path in study.figures.outputs(kinds)
            ],
        log:
            study.log("draw_figures", "benchmark"),
        wildcard_constraints:
            benchmark=study.pattern(benchmarks),
        localrule: True
        conda:
            "../envs/workflow.yaml"
        params:
            code=study.code.of("draw_figures.py"),
            kinds=list(kinds),
            pairs=study.figures.pairs,
            sampled=study.figures.sampled_pairs,
            title=study.figures.title,
            style=study.figures.style(),
            settings=study.figures.settings,
            figures=subpath(output[0], parent=True),
            results=subpath(output[0], ancestor=2),
        shell:
            study.command(
                "draw_figures.py",
                "--kinds {params.kinds:q} --benchmark {wildcards.benchmark:q} --pairs {params.pairs:q} --sampled {params.sampled:q}"
                " --title {params.title:q} --style {params.style:q} --settings {params.settings:q}"
                " --results {params.results:q} --output {params.figures:q}",
                kept=True,
            )
