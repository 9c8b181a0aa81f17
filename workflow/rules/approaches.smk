rule fit_svm:
    input:
        features=lambda wildcards: {
            "svm_regional": "results/features/regional.tsv",
            "svm_voxel": "results/volumes/GM.npy",
        }[APPROACHES[wildcards.approach]["kind"]],
        index=lambda wildcards: {
            "svm_regional": "results/features/regional.tsv",
            "svm_voxel": "results/volumes/GM.tsv",
        }[APPROACHES[wildcards.approach]["kind"]],
        split="results/splits/{task}.tsv",
        visits="results/splits/longitudinal/{task}.tsv",
        labels="results/cohort/labels.tsv",
    output:
        scores="results/{task}/{approach}/fold-{fold}/scores.tsv",
        training="results/{task}/{approach}/fold-{fold}/training.tsv",
        model="results/{task}/{approach}/fold-{fold}/model.json",
    log:
        "logs/{task}/{approach}/fold-{fold}.log",
    wildcard_constraints:
        approach=named(SVM_KINDS),
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        settings=lambda wildcards: as_argument(APPROACHES[wildcards.approach]),
        seed=config["seed"],
        code=digest("svm"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.svm --features {input.features:q} --index {input.index:q} --split {input.split:q}"
        " --visits {input.visits:q} --labels {input.labels:q} --scores {output.scores:q} --training {output.training:q} --model {output.model:q} --task {wildcards.task:q}"
        " --approach {wildcards.approach:q} --fold {wildcards.fold} --settings {params.settings:q}"
        " --seed {params.seed} --log {log:q}"


rule train_cnn:
    input:
        volumes=lambda wildcards: packed_images(wildcards) + ".npy",
        index=lambda wildcards: packed_images(wildcards) + ".tsv",
        split="results/splits/{task}.tsv",
        visits="results/splits/longitudinal/{task}.tsv",
        labels="results/cohort/labels.tsv",
    output:
        scores="results/{task}/{approach}/fold-{fold}/scores.tsv",
        training="results/{task}/{approach}/fold-{fold}/training.tsv",
        history="results/{task}/{approach}/fold-{fold}/history.tsv",
        weights="results/{task}/{approach}/fold-{fold}/weights.pt",
        model="results/{task}/{approach}/fold-{fold}/model.json",
    log:
        "logs/{task}/{approach}/fold-{fold}.log",
    wildcard_constraints:
        approach=named(CNN_KINDS),
    threads: config["torch_threads"]
    resources:
        mem_mb=6000,
        runtime=1200,
        gpu=0 if config["device"] == "cpu" else 1,
    params:
        settings=lambda wildcards: as_argument(APPROACHES[wildcards.approach]),
        resolution=config["resolution_mm"],
        device=config["device"],
        torch_threads=config["torch_threads"],
        seed=config["seed"],
        code=digest("cnn"),
    shell:
        "export OMP_NUM_THREADS={params.torch_threads}; "
        "python -m adrepro.cnn --volumes {input.volumes:q} --index {input.index:q} --split {input.split:q}"
        " --visits {input.visits:q} --labels {input.labels:q} --scores {output.scores:q} --training {output.training:q} --history {output.history:q}"
        " --weights {output.weights:q} --model {output.model:q} --task {wildcards.task:q}"
        " --approach {wildcards.approach:q} --fold {wildcards.fold} --settings {params.settings:q}"
        " --resolution-mm {params.resolution} --device {params.device} --torch-threads {params.torch_threads}"
        " --seed {params.seed} --log {log:q}"
