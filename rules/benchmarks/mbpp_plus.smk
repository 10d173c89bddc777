# MBPP+. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_mbpp_plus,


checkpoint prepare_mbpp_plus:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/mbpp_plus/dataset.jsonl",
    output:
        prompts=block_files("mbpp_plus", "prompts"),
        references=block_files("mbpp_plus", "references"),
        problems="<results>/mbpp_plus/problems.txt",
    log:
        "<results>/logs/prepare_mbpp_plus.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/mbpp_plus.py"),
        settings=preparation_settings("mbpp_plus"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark mbpp_plus --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
