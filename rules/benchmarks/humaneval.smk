# HumanEval. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_humaneval,


checkpoint prepare_humaneval:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/humaneval/dataset.jsonl",
        code=code("prepare_benchmark.py", "monkeys/benchmarks/humaneval.py"),
    output:
        problems="<results>/humaneval/problems.txt",
    log:
        "<results>/logs/prepare_humaneval.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        settings=preparation_settings("humaneval"),
    shell:
        "envs/python workflow {input.code[0]:q} --benchmark humaneval --dataset {input.dataset:q} --settings {params.settings:q}"
        " --output {output.problems:q} --log {log:q}"
