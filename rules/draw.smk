# Draw: figures of a benchmark, all its models in one. Needs: what estimate, fit and price made. Makes: SVG, PDF and PNG, and the numbers as CSV.


# One job draws all figures of a benchmark, as loading matplotlib takes longer than drawing. A rule makes the same files for each benchmark, and not all
# benchmarks have the same figures: there is a rule for each set of figures, draw_figures and, where there are more, draw_figures_2 and so on.
for number, (kinds, benchmarks) in enumerate(figure_sets().items(), start=1):

    rule:
        name:
            "draw_figures" if number == 1 else f"draw_figures_{number}"
        input:
            figure_inputs(kinds),
        output:
            figure_files(kinds),
        log:
            "<results>/logs/draw_figures/{benchmark}.log",
        wildcard_constraints:
            benchmark=names_pattern(benchmarks),
        localrule: True
        conda:
            "../envs/workflow.yaml"
        params:
            code=code("draw_figures.py"),
            kinds=list(kinds),
            models=models,
            sampled=sampled_models,
            title=figure_title,
            style=figure_style(),
            settings=figure_settings,
            figures=subpath(output[0], parent=True),
            results=subpath(output[0], ancestor=2),
        shell:
            command(
                "draw_figures.py",
                "--kinds {params.kinds:q} --benchmark {wildcards.benchmark:q} --models {params.models:q}"
                " --sampled-models {params.sampled:q} --title {params.title:q} --style {params.style:q} --settings {params.settings:q}"
                " --results {params.results:q} --output {params.figures:q}",
                kept=True,
            )
