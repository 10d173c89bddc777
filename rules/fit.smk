# Fit: scaling laws of a model on a benchmark. Needs: counts. Makes: scaling_laws.json.


localrules:
    fit_scaling_laws,


rule fit_scaling_laws:
    """Each law with its loss named, its intervals and its error."""
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
        "envs/python workflow scripts/fit_scaling_laws.py --counts {input.counts:q} {params.bootstrap} {params.confidence} {params.seed}"
        " --output {output:q} 2>&1 | tee {log:q}"
