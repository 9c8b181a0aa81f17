rule export:
    input:
        models=expand(
            "results/{{task}}/{{approach}}/fold-{fold}/model.json",
            fold=FOLDS,
        ),
        weights=expand(
            "results/{{task}}/{{approach}}/fold-{fold}/weights.safetensors",
            fold=FOLDS,
        ),
        split="results/splits/{task}.tsv",
        metrics="results/comparison/metrics.tsv",
        leakage="results/leakage.json",
        cohort=COHORT,
    output:
        described="results/models/{task}/{approach}/adrepro.json",
        study="results/models/{task}/{approach}/study.yaml",
        card="results/models/{task}/{approach}/docs/README.md",
        weights=expand(
            "results/models/{{task}}/{{approach}}/models/fold-{fold}.safetensors",
            fold=FOLDS,
        ),
    log:
        "logs/{task}/{approach}/export.log",
    wildcard_constraints:
        task=trained_tasks(),
        approach=named(CNN_KINDS + LINEAR_KINDS),
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        folder=lambda wildcards: f"results/models/{wildcards.task}/{wildcards.approach}",
        settings=SHARED_SETTINGS,
        simulated=SIMULATED,
        templates=TEMPLATES,
        code=code_hash("inference.export"),
    shell:
        "python -m adrepro.inference.export --models {input.models:q} --split {input.split:q}"
        " --metrics {input.metrics:q} --leakage {input.leakage:q} --cohort {input.cohort:q} --out {params.folder:q}"
        " --task {wildcards.task:q} --approach {wildcards.approach:q} --settings {params.settings:q}"
        " --simulated {params.simulated} --log {log:q}"


rule monai_bundle:
    input:
        rules.export.output.described,
    output:
        metadata="results/models/{task}/{approach}/configs/metadata.json",
        inference="results/models/{task}/{approach}/configs/inference.json",
    log:
        "logs/{task}/{approach}/monai_bundle.log",
    wildcard_constraints:
        approach=named(CNN_KINDS),
    resources:
        mem_mb=growing(1000),
        runtime=growing(10),
    params:
        code=code_hash("inference.monai_bundle"),
    shell:
        "python -m adrepro.inference.monai_bundle --described {input:q} --metadata {output.metadata:q}"
        " --configuration {output.inference:q} --log {log:q}"


# Every exported model, as a target.
rule models:
    input:
        every_model,
    localrule: True
