# Arithmetic: word problems made from a seed. Needs: nothing. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_arithmetic,


checkpoint prepare_arithmetic:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    output:
        prompts=block_files("arithmetic", "prompts"),
        references=block_files("arithmetic", "references"),
        problems="<results>/arithmetic/problems.txt",
    log:
        "<results>/logs/prepare_arithmetic.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/arithmetic.py"),
        settings=preparation_settings("arithmetic"),
    shell:
        "envs/python workflow scripts/prepare_benchmark.py --benchmark arithmetic --settings {params.settings:q}"
        " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}"
