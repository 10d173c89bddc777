# Arithmetic: word problems made from a seed. Needs: nothing. Makes: prompts and references, a file of each for every block of problems.


localrules:
    prepare_arithmetic,


checkpoint prepare_arithmetic:
    """Prompts go to generation, references to verification, and neither sees the other's."""
    input:
        code=code("prepare_benchmark.py", "monkeys/benchmarks/arithmetic.py"),
    output:
        problems="<results>/arithmetic/problems.txt",
    log:
        "<results>/logs/prepare_arithmetic.log",
    conda:
        "../../envs/workflow.yaml"
    params:
        settings=preparation_settings("arithmetic"),
    shell:
        "envs/python workflow {input.code[0]:q} --benchmark arithmetic --settings {params.settings:q}" " --output {output.problems:q} --log {log:q}"
