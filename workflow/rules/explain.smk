SALIENCY = "results/{task}/{approach}/saliency"


rule explain:
    input:
        volumes=lambda wildcards: packed_images(wildcards, ".npy"),
        index=lambda wildcards: packed_images(wildcards, ".tsv"),
        split="results/splits/{task}.tsv",
        labels="results/cohort/labels.tsv",
        weights=expand(
            "results/{{task}}/{{approach}}/fold-{fold}/weights.safetensors", fold=EXPLAINED_FOLDS
        ),
        models=expand("results/{{task}}/{{approach}}/fold-{fold}/model.json", fold=EXPLAINED_FOLDS),
        atlas=rules.atlas.output.labels,
        atlas_table=rules.atlas.output.table,
        mask="results/reference/study/mask.nii.gz",
        background="results/reference/study/T1w.nii.gz",
        planted=rules.planted.output if json.loads(IS_SIMULATED) else [],
    output:
        maps=expand(
            f"{SALIENCY}/{{method}}_{{side}}.nii.gz",
            method=config["saliency"]["methods"],
            side=["negative", "positive"],
            allow_missing=True,
        ),
        regions=f"{SALIENCY}/regions.tsv",
        checks=f"{SALIENCY}/checks.tsv",
        picture=report(
            f"{SALIENCY}/maps.jpg",
            caption="../report/saliency.rst",
            category="Where the models look",
            labels={"maps": "{task}: {approach}, saliency"},
        ),
    log:
        "logs/{task}/{approach}/explain.log",
    benchmark:
        "benchmarks/{task}/{approach}/explain.tsv"
    wildcard_constraints:
        task=trained_tasks(),
        approach=named(CNN_KINDS),
    threads: config["torch_threads"]
    resources:
        mem_mb=network_mb,
        runtime=growing(480),
        gpu=training_gpus,
    params:
        settings=as_argument(config["saliency"]),
        sides=lambda wildcards: as_argument(
            {
                side: ", ".join(as_list(TASKS[wildcards.task][side]))
                for side in ("negative", "positive")
            }
        ),
        simulated=IS_SIMULATED,
        device=config["device"],
        torch_threads=config["torch_threads"],
        memory=KEEP_MEMORY,
        seed=config["seed"],
        code=code_hash("interpretation.explain"),
    shell:
        "export {params.memory} OMP_NUM_THREADS={params.torch_threads}; "
        "python -m adrepro.interpretation.explain --volumes {input.volumes:q} --index {input.index:q} --split {input.split:q}"
        " --labels {input.labels:q} --weights {input.weights:q} --models {input.models:q}"
        " --atlas {input.atlas:q} --atlas-table {input.atlas_table:q} --mask {input.mask:q}"
        " --background {input.background:q} --planted {input.planted:q} --maps {output.maps:q} --regions {output.regions:q}"
        " --checks {output.checks:q} --picture {output.picture:q} --settings {params.settings:q}"
        " --sides {params.sides:q} --simulated {params.simulated} --device {params.device}"
        " --torch-threads {params.torch_threads} --seed {params.seed} --log {log:q}"
