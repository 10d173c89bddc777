# MATH-500. Needs: the rows of MATH. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_math500,


checkpoint prepare_math500:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/math500/dataset.jsonl",
    output:
        prompts=block_files("math500", "prompts"),
        references=block_files("math500", "references"),
        problems="<results>/math500/problems.txt",
    log:
        "<results>/logs/prepare_math500.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/math500.py"),
        settings=preparation_settings("math500"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark math500 --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
