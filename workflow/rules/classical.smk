rule fit_classical:
    input:
        features=classical_features,
        kernel=classical_kernel,
        regional="results/features/regional.tsv",
        cohort=covariates_of,
        split=of_task(FOLD_SPLIT),
        fitted_split=of_task(FOLD_SPLIT, fitted_task),
        visits=longitudinal_visits,
    output:
        scores="results/{task}/{approach}/fold-{fold}/scores.tsv",
        training="results/{task}/{approach}/fold-{fold}/training.tsv",
        model="results/{task}/{approach}/fold-{fold}/model.json",
        weights="results/{task}/{approach}/fold-{fold}/weights.safetensors",
    log:
        "logs/{task}/{approach}/fold-{fold}.log",
    benchmark:
        "benchmarks/{task}/{approach}/fold-{fold}.tsv"
    wildcard_constraints:
        approach=named(CLASSICAL_KINDS),
    resources:
        mem_mb=pairs_mb(4000, 0.1, 32),
        runtime=growing(120),
    params:
        settings=lambda wildcards: as_fitted(APPROACHES[wildcards.approach]),
        seed=settings.seed,
        code=code_hash("models.classical.fit_classical"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.models.classical.fit_classical --features {input.features:q} --kernel {input.kernel:q}"
        " --regional {input.regional:q} --cohort {input.cohort:q} --split {input.split:q}"
        " --fitted-split {input.fitted_split:q} --visits {input.visits:q}"
        " --scores {output.scores:q} --training {output.training:q} --model {output.model:q}"
        " --weights {output.weights:q} --task {wildcards.task:q} --approach {wildcards.approach:q}"
        " --fold {wildcards.fold} --settings {params.settings:q} --seed {params.seed} --log {log:q}"


rule repeated_holdout:
    input:
        features=classical_features,
        kernel=classical_kernel,
        regional="results/features/regional.tsv",
        cohort=covariates_of,
        split=of_task("results/splits/{task}.tsv"),
        holdouts=of_task("results/splits/holdout/{task}.tsv"),
    output:
        "results/{task}/{approach}/holdout/scores.tsv",
    log:
        "logs/{task}/{approach}/holdout.log",
    wildcard_constraints:
        approach=named(CLASSICAL_KINDS),
    resources:
        mem_mb=pairs_mb(4000, 0.1, 32),
        runtime=growing(480),
    params:
        settings=lambda wildcards: as_fitted(APPROACHES[wildcards.approach]),
        seed=settings.seed,
        code=code_hash("models.classical.repeated_holdout"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.models.classical.repeated_holdout --features {input.features:q} --kernel {input.kernel:q}"
        " --regional {input.regional:q} --cohort {input.cohort:q} --split {input.split:q}"
        " --holdouts {input.holdouts:q} --scores {output:q}"
        " --task {wildcards.task:q} --approach {wildcards.approach:q} --settings {params.settings:q}"
        " --seed {params.seed} --log {log:q}"
