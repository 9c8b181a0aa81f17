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
    output:
        table="results/cohort/included.tsv",
        excluded="results/cohort/excluded.tsv",
    log:
        "logs/select_included.log",
    localrule: True
    params:
        code=code_hash("cohort.select_included"),
    shell:
        "python -m adrepro.cohort.select_included --cohort {input.cohort:q} --readable {input.readable:q}"
        " --derivatives results/derivatives --out {output.table:q} --excluded {output.excluded:q} --log {log:q}"


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
        lists=LISTS,
        listed=lambda wildcards: label_names(settings.tasks) if LISTS else [],
        code=code_hash("cohort.assign_labels"),
    shell:
        "python -m adrepro.cohort.assign_labels --cohort {input.cohort:q} --out {output.labels:q}"
        " --visits {output.visits:q} --horizon-months {params.horizon} --lists {params.lists:q}"
        " --listed {params.listed:q} --log {log:q}"


rule participant_flow:
    input:
        cohort=COHORT,
        readable="results/cohort/readable.tsv",
        included="results/cohort/included.tsv",
        labels="results/cohort/labels.tsv",
        rates=RATES,
        left_out_visits=LEFT_OUT,
    output:
        flow="results/cohort/flow.tsv",
        left_out="results/cohort/left_out.tsv",
    log:
        "logs/participant_flow.log",
    localrule: True
    params:
        tasks=as_argument(study.tasks),
        code=code_hash("cohort.participant_flow"),
    shell:
        "python -m adrepro.cohort.participant_flow --cohort {input.cohort:q} --readable {input.readable:q}"
        " --included {input.included:q} --labels {input.labels:q} --rates {input.rates:q}"
        " --left-out-visits {input.left_out_visits:q} --flow {output.flow:q} --left-out {output.left_out:q}"
        " --tasks {params.tasks:q} --log {log:q}"


rule eligible:
    input:
        cohort=COHORT,
        labels="results/cohort/labels.tsv",
        visits="results/cohort/visits.tsv",
        included="results/cohort/included.tsv",
        rates=RATES,
        left_out_visits=LEFT_OUT,
    output:
        people="results/cohort/eligible.tsv",
        visits="results/cohort/eligible_visits.tsv",
    log:
        "logs/eligible.log",
    localrule: True
    params:
        group=as_argument(settings.splits.group),
        code=code_hash("cohort.eligible"),
    shell:
        "python -m adrepro.cohort.eligible --cohort {input.cohort:q} --labels {input.labels:q} --visits {input.visits:q}"
        " --included {input.included:q} --rates {input.rates:q} --left-out-visits {input.left_out_visits:q}"
        " --out {output.people:q} --eligible-visits {output.visits:q} --group {params.group:q} --log {log:q}"


# One draw for each label, so that a further task with other labels draws these alone.
rule draw_splits:
    input:
        eligible="results/cohort/eligible.tsv",
        lists=LIST_FILES,
    output:
        drawn="results/splits/drawn/{draw}.tsv",
        holdouts="results/splits/drawn/{draw}_holdout.tsv",
    log:
        "logs/draw_splits/{draw}.log",
    localrule: True
    params:
        label=lambda wildcards: as_argument(label_of_draw(wildcards)),
        tasks=lambda wildcards: as_argument({} if label_of_draw(wildcards) else study.tasks),
        parts=parts_drawn,
        test_per_label=test_sizes,
        folds=settings.splits.folds,
        match=as_argument(settings.splits.match),
        repeated_holdout=as_argument(settings.splits.repeated_holdout),
        seed=settings.seed,
        lists=LISTS,
        code=code_hash("cohort.draw_splits"),
    shell:
        "python -m adrepro.cohort.draw_splits --eligible {input.eligible:q} --out {output.drawn:q}"
        " --holdouts {output.holdouts:q} --label {params.label:q} --tasks {params.tasks:q} --parts {params.parts:q}"
        " --test-per-label {params.test_per_label:q} --folds {params.folds} --match {params.match:q}"
        " --repeated-holdout {params.repeated_holdout:q} --seed {params.seed} --lists {params.lists:q} --log {log:q}"


# A checkpoint: models are trained again only if the content of these tables changes.
checkpoint task_split:
    input:
        eligible="results/cohort/eligible.tsv",
        visits="results/cohort/eligible_visits.tsv",
        drawn=draws_of("results/splits/drawn/{draw}.tsv"),
        holdouts=draws_of("results/splits/drawn/{draw}_holdout.tsv"),
        image_checks="results/cohort/image_leakage.json",
    output:
        view="results/splits/{task}.tsv",
        folds=expand("results/splits/{{task}}/fold-{fold}.tsv", fold=FOLDS),
        longitudinal=expand("results/splits/longitudinal/{{task}}/fold-{fold}.tsv", fold=FOLDS),
        holdout="results/splits/holdout/{task}.tsv",
    log:
        "logs/task_split/{task}.log",
    localrule: True
    params:
        task=lambda wildcards: as_argument(settings.tasks[wildcards.task]),
        test_per_label=as_argument(settings.splits.test_per_label),
        group=as_argument(settings.splits.group),
        lists=LISTS,
        allow_leak=as_argument(settings.allow_leak),
        code=code_hash("cohort.task_split"),
    shell:
        "python -m adrepro.cohort.task_split --eligible {input.eligible:q} --visits {input.visits:q}"
        " --drawn {input.drawn:q} --holdouts {input.holdouts:q} --image-checks {input.image_checks:q}"
        " --out {output.view:q} --folds {output.folds:q} --longitudinal {output.longitudinal:q}"
        " --holdout {output.holdout:q} --name {wildcards.task:q} --task {params.task:q}"
        " --test-per-label {params.test_per_label:q} --group {params.group:q} --lists {params.lists:q}"
        " --allow-leak {params.allow_leak:q} --log {log:q}"


rule splits:
    input:
        expand("results/splits/drawn/{draw}.tsv", draw=DRAWS),
    output:
        "results/splits/participants.tsv",
    log:
        "logs/splits.log",
    localrule: True
    params:
        code=code_hash("cohort.splits"),
    shell:
        "python -m adrepro.cohort.splits --drawn {input:q} --out {output:q} --log {log:q}"


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
