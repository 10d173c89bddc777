# Prompts and references of the benchmarks. Needs: the rows of their data sets. Makes: a file of each for every block of problems.
#
# One rule for each benchmark, named after it. A benchmark that needs steps of its own has a file in rules/benchmarks/ with a checkpoint that makes the
# same files, and none here.
#
# Preparing is a checkpoint, not because the list of jobs would depend on it, but because Snakemake looks again at every job that takes a checkpoint's
# output: a corrected test that leaves the prompts as they were draws no sample again. The outputs are plain paths: behind a function that waits for the
# checkpoint, Snakemake 9.27 overlooks files that are missing, or new, and puts others in their place.


for name in study.preparation.without_rules():

    checkpoint:
        name:
            f"prepare_{name}"
        input:
            dataset=study.preparation.dataset(name),
        output:
            prompts=study.files("prompts", name),
            references=study.files("references", name),
            problems=study.files("problems", name),
        log:
            study.log(f"prepare_{name}"),
        localrule: True
        conda:
            "../envs/workflow.yaml"
        params:
            code=study.preparation.code(name),
            benchmark=name,
            settings=study.preparation.settings(name),
        shell:
            # Prompts go to generation, references to verification, and neither sees the other's.
            study.command(
                "prepare_benchmark.py",
                "--benchmark {params.benchmark} --dataset {input.dataset:q} --settings {params.settings:q}"
                " --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q} --log {log:q}",
            )


# Of answers alone there are no prompts; names and references come with them. A rule's name must not have all characters that a benchmark's may have.
for number, name in enumerate(study.preparation.voted(), start=1):

    checkpoint:
        name:
            f"prepare_votes_{number}"
        input:
            files=own(study.preparation.votes_files(name)),
        output:
            prompts=study.files("prompts", name),
            references=study.files("references", name),
            problems=study.files("problems", name),
        log:
            study.log(f"prepare_{name}"),
        localrule: True
        conda:
            "../envs/workflow.yaml"
        params:
            code=study.preparation.votes_code(name),
            settings=study.preparation.votes_settings(name),
            label=f"prepare_votes {name}",
        shell:
            study.command(
                "prepare_votes.py",
                "--settings {params.settings:q} --prompts {output.prompts:q} --references {output.references:q} --problems {output.problems:q}"
                " --label {params.label:q} --log {log:q}",
            )
