rule compute_metrics:
    input:
        scores=every_score,
        holdouts=every_holdout,
        splits=expand("results/splits/{task}.tsv", task=study.per_task),
    output:
        metrics=report(
            "results/comparison/metrics.tsv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "metrics"},
        ),
        proportions=report(
            "results/comparison/proportions.tsv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "proportions"},
        ),
        differences=report(
            "results/comparison/differences.tsv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "paired differences"},
        ),
        noninferiority=report(
            "results/comparison/noninferiority.tsv",
            caption="../report/table.rst",
            category="Tables",
            labels={"table": "non-inferiority"},
        ),
    log:
        "logs/compute_metrics.log",
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        approaches=as_argument(study.per_task),
        folds=settings.splits.folds,
        holdouts=as_argument(study.with_holdouts),
        reference_approach=as_argument(study.reference_approach),
        margin=settings.comparison.margin,
        replicates=settings.bootstrap.replicates,
        confidence_level=settings.bootstrap.confidence_level,
        seed=settings.seed,
        code=code_hash("evaluation.compute_metrics"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.evaluation.compute_metrics --results results --metrics {output.metrics:q}"
        " --proportions {output.proportions:q} --differences {output.differences:q}"
        " --noninferiority {output.noninferiority:q} --approaches {params.approaches:q}"
        " --holdouts {params.holdouts:q} --folds {params.folds}"
        " --reference-approach {params.reference_approach:q} --margin {params.margin}"
        " --replicates {params.replicates} --confidence-level {params.confidence_level} --seed {params.seed} --log {log:q}"


rule subgroups:
    input:
        scores=every_score,
        cohort=COHORT,
    output:
        "results/comparison/subgroups.tsv",
    log:
        "logs/subgroups.log",
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        approaches=as_argument(study.per_task),
        folds=settings.splits.folds,
        variables=settings.comparison.subgroups,
        age_limits=sorted(settings.comparison.age_limits),
        replicates=settings.bootstrap.replicates,
        confidence_level=settings.bootstrap.confidence_level,
        seed=settings.seed,
        code=code_hash("evaluation.subgroups"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.evaluation.subgroups --results results --cohort {input.cohort:q}"
        " --out {output:q} --approaches {params.approaches:q} --folds {params.folds} --variables {params.variables:q}"
        " --age-limits {params.age_limits:q} --replicates {params.replicates} --confidence-level {params.confidence_level}"
        " --seed {params.seed} --log {log:q}"


rule curves:
    input:
        every_score,
    output:
        "results/comparison/curves.tsv",
    log:
        "logs/curves.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        approaches=as_argument(study.per_task),
        folds=settings.splits.folds,
        replicates=settings.bootstrap.replicates,
        confidence_level=settings.bootstrap.confidence_level,
        seed=settings.seed,
        code=code_hash("evaluation.curves"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.evaluation.curves --results results --out {output:q} --approaches {params.approaches:q}"
        " --folds {params.folds} --replicates {params.replicates} --confidence-level {params.confidence_level} --seed {params.seed} --log {log:q}"


# Before the splits, which refuse leakage, so that no training starts.
rule image_leakage:
    input:
        included="results/cohort/included.tsv",
        regional=[] if HEAD_MAP else "results/features/regional.tsv",
        maps=included_scans(f"{ON_GRID}_{HEAD_MAP}") if HEAD_MAP else [],
        mask="results/reference/study/mask.nii.gz",
        atlas=f"{ATLAS}.json",
        reference=rules.template.output.origin,
    output:
        checks="results/cohort/image_leakage.json",
        pairs="results/cohort/similarity.tsv",
    log:
        "logs/image_leakage.log",
    resources:
        mem_mb=pairs_mb(2000, 0.5, 0),
        runtime=growing(60),
    params:
        settings=as_argument(settings.leakage),
        derived_from=as_argument(study.derived_from),
        suffix=as_argument(HEAD_MAP and f"{study.space_entities}_{HEAD_MAP}"),
        resolution=settings.resolution_mm,
        code=code_hash("evaluation.image_leakage"),
    shell:
        "python -m adrepro.evaluation.image_leakage --results results --included {input.included:q}"
        " --suffix {params.suffix:q} --mask {input.mask:q} --reference {input.reference:q} --atlas {input.atlas:q}"
        " --out {output.checks:q} --pairs {output.pairs:q} --settings {params.settings:q}"
        " --derived-from {params.derived_from:q} --resolution-mm {params.resolution} --log {log:q}"


rule leakage:
    input:
        scores=every_score,
        pretrainings=expand(
            "results/pretraining/{name}/fold-{fold}/training.tsv",
            name=study.used_pretrainings,
            fold=FOLDS,
        ),
        image_checks="results/cohort/image_leakage.json",
        eligible="results/cohort/eligible.tsv",
        splits="results/splits/participants.tsv",
        views=expand("results/splits/{task}.tsv", task=study.per_task),
        visits=expand(
            "results/splits/longitudinal/{task}/fold-{fold}.tsv", task=study.per_task, fold=FOLDS
        ),
    output:
        "results/leakage.json",
    log:
        "logs/leakage.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        models=as_argument(study.per_task),
        pretrainings=study.used_pretrainings,
        folds=settings.splits.folds,
        group=as_argument(settings.splits.group),
        code=code_hash("evaluation.leakage"),
    shell:
        "python -m adrepro.evaluation.leakage --results results --image-checks {input.image_checks:q}"
        " --eligible {input.eligible:q} --out {output:q} --models {params.models:q}"
        " --pretrainings {params.pretrainings:q} --folds {params.folds} --group {params.group:q} --log {log:q}"
