# MiniF2F-MATH. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_minif2f_math,


checkpoint prepare_minif2f_math:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/minif2f_math/dataset.jsonl",
    output:
        prompts=block_files("minif2f_math", "prompts"),
        references=block_files("minif2f_math", "references"),
        problems="<results>/minif2f_math/problems.txt",
    log:
        "<results>/logs/prepare_minif2f_math.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/minif2f_math.py"),
        settings=preparation_settings("minif2f_math"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark minif2f_math --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
