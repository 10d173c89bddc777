# MATH. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_math,


checkpoint prepare_math:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/math/dataset.jsonl",
    output:
        prompts=block_files("math", "prompts"),
        references=block_files("math", "references"),
        problems="<results>/math/problems.txt",
    log:
        "<results>/logs/prepare_math.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/math.py"),
        settings=preparation_settings("math"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark math --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
