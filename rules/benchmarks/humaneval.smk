# HumanEval. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_humaneval,


checkpoint prepare_humaneval:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/humaneval/dataset.jsonl",
    output:
        prompts=block_files("humaneval", "prompts"),
        references=block_files("humaneval", "references"),
        problems="<results>/humaneval/problems.txt",
    log:
        "<results>/logs/prepare_humaneval.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/humaneval.py"),
        settings=preparation_settings("humaneval"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark humaneval --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
