rule compute_metrics:
    input:
        scores=every_score,
        holdouts=every_holdout,
        splits=expand("results/splits/{task}.tsv", task=PER_TASK),
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
        approaches=as_argument(PER_TASK),
        settings=as_argument(AGAINST),
        replicates=config["bootstrap"]["replicates"],
        level=config["bootstrap"]["level"],
        seed=config["seed"],
        code=code_hash("evaluation.compute_metrics"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.evaluation.compute_metrics --results results --metrics {output.metrics:q}"
        " --proportions {output.proportions:q} --differences {output.differences:q}"
        " --noninferiority {output.noninferiority:q} --approaches {params.approaches:q}"
        " --settings {params.settings:q} --replicates {params.replicates} --level {params.level}"
        " --seed {params.seed} --log {log:q}"


rule compute_subgroups:
    input:
        scores=every_score,
        cohort=COHORT,
        labels="results/cohort/labels.tsv",
    output:
        "results/comparison/subgroups.tsv",
    log:
        "logs/compute_subgroups.log",
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        approaches=as_argument(PER_TASK),
        variables=config["comparison"]["subgroups"],
        age_limits=sorted(config["comparison"]["age_limits"]),
        replicates=config["bootstrap"]["replicates"],
        level=config["bootstrap"]["level"],
        seed=config["seed"],
        code=code_hash("evaluation.subgroups"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.evaluation.subgroups --results results --cohort {input.cohort:q} --labels {input.labels:q}"
        " --out {output:q} --approaches {params.approaches:q} --variables {params.variables:q}"
        " --age-limits {params.age_limits:q} --replicates {params.replicates} --level {params.level}"
        " --seed {params.seed} --log {log:q}"


rule compute_curves:
    input:
        every_score,
    output:
        "results/comparison/curves.tsv",
    log:
        "logs/compute_curves.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(60),
    params:
        approaches=as_argument(PER_TASK),
        replicates=config["bootstrap"]["replicates"],
        level=config["bootstrap"]["level"],
        seed=config["seed"],
        code=code_hash("evaluation.curves"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.evaluation.curves --results results --out {output:q} --approaches {params.approaches:q}"
        " --replicates {params.replicates} --level {params.level} --seed {params.seed} --log {log:q}"


rule certify:
    input:
        scores=every_score,
        cohort=COHORT,
        accepted="results/cohort/accepted.tsv",
        labels="results/cohort/labels.tsv",
        splits="results/splits/participants.tsv",
        maps=accepted_scans(f"{ANAT}_{SPACE}_label-GM_desc-modulated_probseg.nii.gz"),
        atlas=rules.atlas.output.origin,
        reference=rules.reference.output.origin,
    output:
        "results/leakage.json",
    log:
        "logs/certify.log",
    resources:
        mem_mb=pairs_mb(2000, 0.5, 0),
        runtime=growing(60),
    params:
        models=as_argument(PER_TASK),
        folds=config["splits"]["folds"],
        settings=as_argument(
            {**config["leakage"], "group": config["splits"]["group"], "made_of": MADE_OF}
        ),
        suffix=f"{SPACE}_label-GM_desc-modulated_probseg.nii.gz",
        resolution=config["resolution_mm"],
        code=code_hash("evaluation.leakage"),
    shell:
        "python -m adrepro.evaluation.leakage --results results --cohort {input.cohort:q} --accepted {input.accepted:q}"
        " --suffix {params.suffix:q} --reference {input.reference:q} --atlas {input.atlas:q}"
        " --out {output:q} --models {params.models:q} --folds {params.folds} --settings {params.settings:q}"
        " --resolution-mm {params.resolution} --log {log:q}"
