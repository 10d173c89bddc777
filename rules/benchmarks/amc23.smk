# AMC 2023. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_amc23,


checkpoint prepare_amc23:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/amc23/dataset.jsonl",
    output:
        prompts=block_files("amc23", "prompts"),
        references=block_files("amc23", "references"),
        problems="<results>/amc23/problems.txt",
    log:
        "<results>/logs/prepare_amc23.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/amc23.py"),
        settings=preparation_settings("amc23"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark amc23 --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
