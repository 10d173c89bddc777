# HumanEval+. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_humaneval_plus,


checkpoint prepare_humaneval_plus:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/humaneval_plus/dataset.jsonl",
    output:
        prompts=block_files("humaneval_plus", "prompts"),
        references=block_files("humaneval_plus", "references"),
        problems="<results>/humaneval_plus/problems.txt",
    log:
        "<results>/logs/prepare_humaneval_plus.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/humaneval_plus.py"),
        settings=preparation_settings("humaneval_plus"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark humaneval_plus --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
