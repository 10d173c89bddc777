# HumanEval+. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_humaneval_plus,


checkpoint prepare_humaneval_plus:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/humaneval_plus/dataset.jsonl",
        code=code("prepare_benchmark.py", "monkeys/benchmarks/humaneval_plus.py"),
    output:
        problems="<results>/humaneval_plus/problems.txt",
    log:
        "<results>/logs/prepare_humaneval_plus.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        settings=preparation_settings("humaneval_plus"),
    shell:
        "envs/python workflow {input.code[0]:q} --benchmark humaneval_plus --dataset {input.dataset:q} --settings {params.settings:q}"
        " --output {output.problems:q} --log {log:q}"
