checkpoint select_readable:
    input:
        cohort=COHORT,
        verdicts=expand("results/cohort/inspected/{scan}.json", scan=SCANS.index),
    output:
        table="results/cohort/readable.tsv",
    log:
        "logs/select_readable.log",
    localrule: True
    params:
        failed_scans=failed_scans(),
        code=code_hash("cohort.select_readable"),
    shell:
        "python -m adrepro.cohort.select_readable --cohort {input.cohort:q} --inspected results/cohort/inspected"
        " --faults results/cohort/failed --out {output.table:q} --log {log:q}"


checkpoint select_included:
    input:
        cohort=COHORT,
        readable="results/cohort/readable.tsv",
        verdicts=readable_scans(f"{ANAT}_desc-qc_metrics.json"),
        lists=LIST_FILES,
    output:
        table="results/cohort/included.tsv",
        excluded="results/cohort/excluded.tsv",
        flow="results/cohort/flow.tsv",
    log:
        "logs/select_included.log",
    localrule: True
    params:
        horizon=settings.labels.horizon_months,
        tasks=as_argument(study.tasks),
        lists=LISTS,
        folds=settings.splits.folds,
        code=code_hash("cohort.select_included"),
    shell:
        "python -m adrepro.cohort.select_included --cohort {input.cohort:q} --readable {input.readable:q}"
        " --derivatives results/derivatives --out {output.table:q} --excluded {output.excluded:q}"
        " --flow {output.flow:q} --horizon-months {params.horizon} --tasks {params.tasks:q}"
        " --lists {params.lists:q} --folds {params.folds} --log {log:q}"


rule assign_labels:
    input:
        cohort=labeled_cohort,
        lists=LIST_FILES,
    output:
        labels="results/cohort/labels.tsv",
        visits="results/cohort/visits.tsv",
    log:
        "logs/assign_labels.log",
    localrule: True
    params:
        horizon=settings.labels.horizon_months,
        ignore=lambda wildcards: settings.labels.ignore_diagnoses,
        lists=LISTS,
        folds=settings.splits.folds,
        tasks=as_argument(study.tasks),
        code=code_hash("cohort.assign_labels"),
    shell:
        "python -m adrepro.cohort.assign_labels --cohort {input.cohort:q} --out {output.labels:q}"
        " --visits {output.visits:q} --horizon-months {params.horizon} --tasks {params.tasks:q}"
        " --ignore {params.ignore:q} --lists {params.lists:q} --folds {params.folds} --log {log:q}"


rule splits:
    input:
        cohort=COHORT,
        labels="results/cohort/labels.tsv",
        visits="results/cohort/visits.tsv",
        included="results/cohort/included.tsv",
        lists=LIST_FILES,
        rates=RATES,
        left_out_visits=LEFT_OUT,
        image_checks="results/cohort/image_leakage.json",
    output:
        participants="results/splits/participants.tsv",
        leakage="results/splits/leakage.json",
        left_out="results/splits/left_out.tsv",
        tasks=expand("results/splits/{task}.tsv", task=settings.tasks),
        visits=expand("results/splits/longitudinal/{task}.tsv", task=settings.tasks),
        holdout="results/splits/holdout.tsv",
    log:
        "logs/splits.log",
    localrule: True
    params:
        tasks=as_argument(study.tasks),
        settings=as_argument(settings.splits),
        lists=LISTS,
        seed=settings.seed,
        allow_leak=as_argument(settings.allow_leak),
        code=code_hash("cohort.splits"),
    shell:
        "python -m adrepro.cohort.splits --cohort {input.cohort:q} --labels {input.labels:q} --visits {input.visits:q}"
        " --included {input.included:q} --out {output.participants:q} --tasks {params.tasks:q}"
        " --settings {params.settings:q} --seed {params.seed} --lists {params.lists:q} --rates {input.rates:q}"
        " --left-out-visits {input.left_out_visits:q} --left-out {output.left_out:q}"
        " --image-checks {input.image_checks:q} --leakage {output.leakage:q} --allow-leak {params.allow_leak:q} --log {log:q}"


rule demographics:
    input:
        cohort=COHORT,
        labels="results/cohort/labels.tsv",
        visits="results/cohort/visits.tsv",
        splits="results/splits/participants.tsv",
        included="results/cohort/included.tsv",
    output:
        table="results/cohort/demographics.tsv",
        balance="results/splits/balance.tsv",
    log:
        "logs/demographics.log",
    localrule: True
    params:
        names=lambda wildcards: label_names(settings.tasks),
        code=code_hash("cohort.demographics"),
    shell:
        "python -m adrepro.cohort.demographics --cohort {input.cohort:q} --labels {input.labels:q} --visits {input.visits:q}"
        " --splits {input.splits:q} --included {input.included:q} --out {output.table:q} --balance {output.balance:q}"
        " --names {params.names:q} --log {log:q}"
