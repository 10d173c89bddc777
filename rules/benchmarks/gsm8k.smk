# GSM8K. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_gsm8k,


checkpoint prepare_gsm8k:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/gsm8k/dataset.jsonl",
    output:
        prompts=block_files("gsm8k", "prompts"),
        references=block_files("gsm8k", "references"),
        problems="<results>/gsm8k/problems.txt",
    log:
        "<results>/logs/prepare_gsm8k.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/gsm8k.py"),
        settings=preparation_settings("gsm8k"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark gsm8k --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
