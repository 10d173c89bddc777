# CodeContests. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_code_contests,


checkpoint prepare_code_contests:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/code_contests/dataset.jsonl",
    output:
        prompts=block_files("code_contests", "prompts"),
        references=block_files("code_contests", "references"),
        problems="<results>/code_contests/problems.txt",
    log:
        "<results>/logs/prepare_code_contests.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/code_contests.py"),
        settings=preparation_settings("code_contests"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark code_contests --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
