# AIME 2024. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_aime24,


checkpoint prepare_aime24:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/aime24/dataset.jsonl",
    output:
        prompts=block_files("aime24", "prompts"),
        references=block_files("aime24", "references"),
        problems="<results>/aime24/problems.txt",
    log:
        "<results>/logs/prepare_aime24.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/aime24.py"),
        settings=preparation_settings("aime24"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark aime24 --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
