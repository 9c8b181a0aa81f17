SALIENCY = "results/{task}/{approach}/saliency"


rule explain:
    input:
        volumes=network_images(".npy"),
        index=network_images(".tsv"),
        split=of_task(FOLD_SPLIT),
        weights=expand(
            "results/{{task}}/{{approach}}/fold-{fold}/weights.safetensors", fold=EXPLAINED_FOLDS
        ),
        models=expand("results/{{task}}/{{approach}}/fold-{fold}/model.json", fold=EXPLAINED_FOLDS),
        atlas=f"{ATLAS}.nii.gz",
        atlas_table=f"{ATLAS}.tsv",
        mask="results/reference/study/mask.nii.gz",
        background="results/reference/study/T1w.nii.gz",
        ground_truth=rules.ground_truth.output if json.loads(SIMULATED) else [],
    output:
        maps=expand(
            f"{SALIENCY}/{{method}}_{{side}}.nii.gz",
            method=settings.saliency.methods,
            side=["negative", "positive"],
            allow_missing=True,
        ),
        regions=f"{SALIENCY}/regions.tsv",
        checks=f"{SALIENCY}/checks.tsv",
        picture=report(
            f"{SALIENCY}/maps.jpg",
            caption="../report/saliency.rst",
            category="Interpretation",
            labels={"maps": "{task}: {approach}, saliency"},
        ),
    log:
        "logs/{task}/{approach}/explain.log",
    benchmark:
        "benchmarks/{task}/{approach}/explain.tsv"
    wildcard_constraints:
        task=trained_tasks(),
        approach=named(CNN_KINDS),
    threads: settings.torch_threads
    resources:
        mem_mb=network_mb,
        runtime=growing(480),
        gpu=training_gpus,
    params:
        settings=as_argument(settings.saliency),
        sides=lambda wildcards: as_argument(
            {
                side: ", ".join(labels)
                for side, labels in classes_of(settings.tasks[wildcards.task]).items()
            }
        ),
        simulated=SIMULATED,
        device=settings.device,
        torch_threads=settings.torch_threads,
        memory=KEEP_MEMORY,
        seed=settings.seed,
        code=code_hash("interpretation.explain"),
    shell:
        "export {params.memory} OMP_NUM_THREADS={params.torch_threads}; "
        "python -m adrepro.interpretation.explain --volumes {input.volumes:q} --index {input.index:q} --split {input.split:q}"
        " --weights {input.weights:q} --models {input.models:q}"
        " --atlas {input.atlas:q} --atlas-table {input.atlas_table:q} --mask {input.mask:q}"
        " --background {input.background:q} --ground-truth {input.ground_truth:q} --maps {output.maps:q} --regions {output.regions:q}"
        " --checks {output.checks:q} --picture {output.picture:q} --settings {params.settings:q}"
        " --sides {params.sides:q} --simulated {params.simulated} --device {params.device}"
        " --torch-threads {params.torch_threads} --seed {params.seed} --log {log:q}"


rule weight_maps:
    input:
        weights=expand(
            "results/{{task}}/{{approach}}/fold-{fold}/weights.safetensors",
            fold=FOLDS,
        ),
        features=regional_table,
        atlas=atlas_file(".nii.gz"),
        atlas_table=atlas_file(".tsv"),
        background="results/reference/study/T1w.nii.gz",
    output:
        map="results/{task}/{approach}/weights.nii.gz",
        picture=report(
            "results/{task}/{approach}/weights.jpg",
            caption="../report/weights.rst",
            category="Interpretation",
            # One label: of several, the page of Snakemake 9.27 breaks where a combination is missing.
            labels={"maps": "{task}: {approach}, weights"},
        ),
    log:
        "logs/{task}/{approach}/weight_maps.log",
    wildcard_constraints:
        approach=named(CLASSICAL_KINDS),
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        regional=lambda wildcards: as_argument(
            APPROACHES[wildcards.approach].kind in REGIONAL_KINDS
        ),
        resolution=settings.resolution_mm,
        simulated=SIMULATED,
        code=code_hash("interpretation.weight_maps"),
    shell:
        "python -m adrepro.interpretation.weight_maps --weights {input.weights:q} --features {input.features:q}"
        " --atlas {input.atlas:q} --atlas-table {input.atlas_table:q} --background {input.background:q}"
        " --out {output.map:q} --picture {output.picture:q} --regional {params.regional:q}"
        " --resolution-mm {params.resolution} --simulated {params.simulated} --log {log:q}"
