# MBPP+. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_mbpp_plus,


checkpoint prepare_mbpp_plus:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/mbpp_plus/dataset.jsonl",
        code=code("prepare_benchmark.py", "monkeys/benchmarks/mbpp_plus.py"),
    output:
        problems="<results>/mbpp_plus/problems.txt",
    log:
        "<results>/logs/prepare_mbpp_plus.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        settings=preparation_settings("mbpp_plus"),
    shell:
        "envs/python workflow {input.code[0]:q} --benchmark mbpp_plus --dataset {input.dataset:q} --settings {params.settings:q}"
        " --output {output.problems:q} --log {log:q}"
