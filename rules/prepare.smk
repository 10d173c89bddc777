# Prompts and references of the benchmarks. Needs: the rows of their data sets. Makes: a file of each for every block of problems.
#
# One rule for each benchmark, named after it. A benchmark that needs steps of its own has a file in rules/benchmarks/ with a checkpoint that makes the
# same files, and none here.


for name in prepared_benchmarks():

    checkpoint:
        name:
            f"prepare_{name}"
        input:
            dataset=dataset_of(name),
        output:
            prompts=block_files(name, "prompts"),
            references=block_files(name, "references"),
            problems=f"<results>/{name}/problems.txt",
        log:
            f"<results>/logs/prepare_{name}.log",
        localrule: True
        conda:
            "../envs/workflow.yaml"
        params:
            code=code("prepare_benchmark.py", f"monkeys/benchmarks/{name}.py"),
            benchmark=name,
            settings=preparation_settings(name),
        shell:
            # Prompts go to generation, references to verification, and neither sees the other's.
            command(
                "prepare_benchmark.py",
                "--benchmark {params.benchmark} --dataset {input.dataset:q} --settings {params.settings:q}"
                " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}",
            )
