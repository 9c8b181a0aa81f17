rule fetch_imagenet:
    output:
        IMAGENET,
    log:
        "logs/fetch_imagenet.log",
    localrule: True
    resources:
        mem_mb=growing(500),
        runtime=growing(20),
    params:
        code=code_hash("models.deep.fetch_imagenet"),
    shell:
        "python -m adrepro.models.deep.fetch_imagenet --out {output:q} --log {log:q}"


rule pretrain:
    input:
        volumes=network_images(".npy"),
        index=network_images(".tsv"),
        split=of_task(FOLD_SPLIT, split_task),
        visits=longitudinal_visits,
    output:
        training="results/pretraining/{pretraining}/fold-{fold}/training.tsv",
        history="results/pretraining/{pretraining}/fold-{fold}/history.tsv",
        weights="results/pretraining/{pretraining}/fold-{fold}/weights.safetensors",
        model="results/pretraining/{pretraining}/fold-{fold}/model.json",
    log:
        "logs/pretraining/{pretraining}/fold-{fold}.log",
    benchmark:
        "benchmarks/pretraining/{pretraining}/fold-{fold}.tsv"
    threads: settings.torch_threads
    resources:
        mem_mb=network_mb,
        runtime=growing(480),
        gpu=training_gpus,
    params:
        settings=lambda wildcards: as_argument(study.pretrainings[wildcards.pretraining]),
        checkpoint="results/checkpoints/pretraining/{pretraining}/fold-{fold}",
        resolution=settings.resolution_mm,
        device=settings.device,
        torch_threads=settings.torch_threads,
        memory=KEEP_MEMORY,
        seed=settings.seed,
        code=code_hash("models.deep.pretrain"),
    shell:
        "export {params.memory} OMP_NUM_THREADS={params.torch_threads}; "
        "python -m adrepro.models.deep.pretrain --volumes {input.volumes:q} --index {input.index:q} --split {input.split:q}"
        " --visits {input.visits:q} --training {output.training:q}"
        " --history {output.history:q} --weights {output.weights:q} --model {output.model:q}"
        " --checkpoint {params.checkpoint:q} --name {wildcards.pretraining:q} --fold {wildcards.fold}"
        " --settings {params.settings:q} --resolution-mm {params.resolution} --device {params.device}"
        " --torch-threads {params.torch_threads} --seed {params.seed} --log {log:q}"


rule train_cnn:
    input:
        volumes=network_images(".npy"),
        index=network_images(".tsv"),
        split=of_task(FOLD_SPLIT),
        visits=longitudinal_visits,
        init_from=initial_weights,
        imagenet=imagenet_weights,
    output:
        scores="results/{task}/{approach}/fold-{fold}/scores.tsv",
        training="results/{task}/{approach}/fold-{fold}/training.tsv",
        history="results/{task}/{approach}/fold-{fold}/history.tsv",
        weights="results/{task}/{approach}/fold-{fold}/weights.safetensors",
        model="results/{task}/{approach}/fold-{fold}/model.json",
    log:
        "logs/{task}/{approach}/fold-{fold}.log",
    benchmark:
        "benchmarks/{task}/{approach}/fold-{fold}.tsv"
    wildcard_constraints:
        task=trained_tasks(),
        approach=named(CNN_KINDS),
    threads: settings.torch_threads
    resources:
        mem_mb=network_mb,
        runtime=growing(480),
        gpu=training_gpus,
    params:
        settings=lambda wildcards: as_fitted(APPROACHES[wildcards.approach]),
        # Never a declared output: Snakemake deletes those before a job starts.
        checkpoint="results/checkpoints/{task}/{approach}/fold-{fold}",
        resolution=settings.resolution_mm,
        device=settings.device,
        torch_threads=settings.torch_threads,
        memory=KEEP_MEMORY,
        seed=settings.seed,
        code=code_hash("models.deep.train_cnn"),
    shell:
        "export {params.memory} OMP_NUM_THREADS={params.torch_threads}; "
        "python -m adrepro.models.deep.train_cnn --volumes {input.volumes:q} --index {input.index:q} --split {input.split:q}"
        " --visits {input.visits:q} --init-from {input.init_from:q}"
        " --imagenet {input.imagenet:q} --scores {output.scores:q} --training {output.training:q}"
        " --history {output.history:q} --weights {output.weights:q} --model {output.model:q}"
        " --checkpoint {params.checkpoint:q} --task {wildcards.task:q} --approach {wildcards.approach:q}"
        " --fold {wildcards.fold} --settings {params.settings:q} --resolution-mm {params.resolution}"
        " --device {params.device} --torch-threads {params.torch_threads} --seed {params.seed} --log {log:q}"


rule apply_cnn:
    input:
        volumes=network_images(".npy"),
        index=network_images(".tsv"),
        split=of_task(FOLD_SPLIT),
        weights=lambda wildcards: (
            f"results/{fitted_task(wildcards)}/{wildcards.approach}/fold-{wildcards.fold}/weights.safetensors"
        ),
        model=lambda wildcards: (
            f"results/{fitted_task(wildcards)}/{wildcards.approach}/fold-{wildcards.fold}/model.json"
        ),
    output:
        scores="results/{task}/{approach}/fold-{fold}/scores.tsv",
        training="results/{task}/{approach}/fold-{fold}/training.tsv",
        applied="results/{task}/{approach}/fold-{fold}/model.json",
    log:
        "logs/{task}/{approach}/fold-{fold}.log",
    wildcard_constraints:
        task=trained_tasks(elsewhere=True),
        approach=named(CNN_KINDS),
    threads: settings.torch_threads
    resources:
        mem_mb=network_mb,
        runtime=growing(120),
        gpu=training_gpus,
    params:
        device=settings.device,
        torch_threads=settings.torch_threads,
        memory=KEEP_MEMORY,
        code=code_hash("models.deep.apply_cnn"),
    shell:
        "export {params.memory} OMP_NUM_THREADS={params.torch_threads}; "
        "python -m adrepro.models.deep.apply_cnn --volumes {input.volumes:q} --index {input.index:q} --split {input.split:q}"
        " --weights {input.weights:q} --model {input.model:q}"
        " --scores {output.scores:q} --training {output.training:q} --applied {output.applied:q}"
        " --task {wildcards.task:q} --approach {wildcards.approach:q} --fold {wildcards.fold}"
        " --device {params.device} --torch-threads {params.torch_threads} --log {log:q}"
