# Score: one job a shard and scorer. Needs: samples, a block's prompts and a scorer. Makes: scores; never sees a reference or a verdict.


localrules:
    score,


rule score:
    """All scores: `snakemake score`."""
    input:
        study.files("scores"),


# Scorers with a model run in the environment of vLLM, on a GPU where they are to, with the memory that the profile says; the others where programs are verified.
for environment, scorers in (("workflow", study.scoring.names(with_model=False)), ("vllm", study.scoring.names(with_model=True))):

    rule:
        name:
            "score_samples" if environment == "workflow" else "score_samples_by_model"
        input:
            samples=study.path("samples"),
            prompts=study.path("prompts"),
            weights=study.scoring.weights,
            file=lambda wildcards: own(study.scoring.file(wildcards)),
            problems=study.scoring.problems,
            sandbox=study.scoring.sandbox_check,
            image=lambda wildcards: own(study.scoring.image(wildcards)),
        output:
            study.path("scores"),
        log:
            study.log("score_samples", "scores"),
        benchmark:
            study.benchmark_file("score_samples", "scores")
        wildcard_constraints:
            scorer=study.pattern(scorers),
        conda:
            f"../envs/{environment}.yaml"
        threads: study.scoring.model_threads if environment == "vllm" else study.scoring.threads
        resources:
            **({} if environment == "vllm" else {"mem_mb": study.scoring.memory}),
            gpu=study.scoring.gpus if environment == "vllm" else 0,
        params:
            code=study.scoring.code,
            settings=study.scoring.settings,
            sandbox=study.scoring.sandbox,
        shell:
            study.command(
                "score_samples.py",
                "--name {wildcards.scorer:q} --samples {input.samples:q} --prompts {input.prompts:q} --weights {input.weights:q} --file {input.file:q}"
                " --problems {input.problems:q} --settings {params.settings:q} --sandbox {params.sandbox:q} --image {input.image:q} --workers {threads}",
                study.progress("score_samples", "scores"),
                "--output {output:q}",
                environment=environment,
            )


rule train_reward_model:
    """The embedded reward model: a head on a model of this study, trained on its solutions of other problems. Runs share it, as weights."""
    input:
        source=study.scoring.training_source,
    output:
        manifest="results/assets/reward_models/{trained}.json",
        accuracy="results/assets/reward_models/{trained}-accuracy.json",
    log:
        "results/assets/logs/train_reward_model/{trained}.log",
    wildcard_constraints:
        trained=study.pattern(study.scoring.trained()),
    conda:
        "../envs/vllm.yaml"
    threads: study.scoring.training_threads
    resources:
        gpu=study.scoring.training_gpus,
    params:
        code=study.code.of("train_reward_model.py", **study.scoring.training_modules()),
        settings=study.scoring.training_settings,
    shell:
        study.command(
            "train_reward_model.py",
            "--source {input.source:q} --settings {params.settings:q} --store results/assets/samples --label 'train_reward_model {wildcards.trained}'"
            " --log {log:q} --accuracy {output.accuracy:q} --output {output.manifest:q}",
            environment="vllm",
        )


rule write_tests:
    """Tests that a model writes from the problem alone, for scorers that run programs against each other."""
    input:
        prompts=study.path("prompts"),
        weights=study.scoring.writer_weights,
    output:
        "<results>/{benchmark}/tests/{scorer}/{block}.jsonl",
    log:
        study.log("write_tests", "tests"),
    wildcard_constraints:
        scorer=study.pattern(study.scoring.test_writers()),
    conda:
        "../envs/vllm.yaml"
    threads: study.scoring.model_threads
    resources:
        gpu=study.scoring.gpus,
    params:
        code=study.code.of("write_tests.py", **study.scoring.writing_modules()),
        settings=study.scoring.entry,
    shell:
        study.command(
            "write_tests.py",
            "--prompts {input.prompts:q} --weights {input.weights:q} --settings {params.settings:q} --store results/assets/samples",
            study.progress("write_tests", "tests"),
            "--output {output:q}",
            environment="vllm",
        )
