# MBPP. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_mbpp,


checkpoint prepare_mbpp:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/mbpp/dataset.jsonl",
    output:
        prompts=block_files("mbpp", "prompts"),
        references=block_files("mbpp", "references"),
        problems="<results>/mbpp/problems.txt",
    log:
        "<results>/logs/prepare_mbpp.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/mbpp.py"),
        settings=preparation_settings("mbpp"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark mbpp --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
