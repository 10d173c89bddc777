# MBPP. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_mbpp,


checkpoint prepare_mbpp:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/mbpp/dataset.jsonl",
        code=code("prepare_benchmark.py", "monkeys/benchmarks/mbpp.py"),
    output:
        problems="<results>/mbpp/problems.txt",
    log:
        "<results>/logs/prepare_mbpp.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        settings=preparation_settings("mbpp"),
    shell:
        "envs/python workflow {input.code[0]:q} --benchmark mbpp --dataset {input.dataset:q} --settings {params.settings:q}"
        " --output {output.problems:q} --log {log:q}"
