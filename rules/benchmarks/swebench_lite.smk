# SWE-bench Lite. Needs: the data set's rows. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_swebench_lite,


checkpoint prepare_swebench_lite:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        dataset="<results>/swebench_lite/dataset.jsonl",
    output:
        prompts=block_files("swebench_lite", "prompts"),
        references=block_files("swebench_lite", "references"),
        problems="<results>/swebench_lite/problems.txt",
    log:
        "<results>/logs/prepare_swebench_lite.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/swebench_lite.py"),
        settings=preparation_settings("swebench_lite"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark swebench_lite --dataset {input.dataset:q} --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
