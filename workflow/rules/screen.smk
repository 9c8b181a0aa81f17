rule inspect:
    input:
        scan_made_here,
    output:
        "results/cohort/inspected/{scan}.json",
    log:
        "logs/inspect/{scan}.log",
    resources:
        mem_mb=growing(1500),
        runtime=growing(1),
    params:
        t1w=lambda wildcards: T1W[wildcards.scan].as_posix(),
        date=date_of_scan,
        code=code_hash("preprocessing.check_input"),
    shell:
        "python -m adrepro.preprocessing.check_input --t1w {params.t1w:q} --out {output:q} --log {log:q}"


checkpoint usable:
    input:
        cohort=COHORT,
        verdicts=expand("results/cohort/inspected/{scan}.json", scan=SCANS.index),
    output:
        table="results/cohort/usable.tsv",
    log:
        "logs/usable.log",
    localrule: True
    params:
        failed_scans=failed_scans(),
        code=code_hash("cohort.exclusions"),
    shell:
        "python -m adrepro.cohort.exclusions usable --cohort {input.cohort:q} --inspected results/cohort/inspected"
        " --faults results/cohort/failed --out {output.table:q} --log {log:q}"


checkpoint accepted:
    input:
        cohort=COHORT,
        usable="results/cohort/usable.tsv",
        verdicts=usable_scans(f"{ANAT}_desc-quality_check.json"),
    output:
        table="results/cohort/accepted.tsv",
        excluded="results/cohort/excluded.tsv",
        flow="results/cohort/flow.tsv",
    log:
        "logs/accepted.log",
    localrule: True
    params:
        horizon=config["labels"]["horizon_months"],
        tasks=as_argument(TASKS),
        code=code_hash("cohort.exclusions"),
    shell:
        "python -m adrepro.cohort.exclusions accepted --cohort {input.cohort:q} --usable {input.usable:q}"
        " --derivatives results/derivatives --out {output.table:q} --excluded {output.excluded:q}"
        " --flow {output.flow:q} --horizon-months {params.horizon} --tasks {params.tasks:q} --log {log:q}"


rule label:
    input:
        cohort=labelled_cohort,
        lists=LIST_FILES,
    output:
        labels="results/cohort/labels.tsv",
        visits="results/cohort/visits.tsv",
    log:
        "logs/label.log",
    localrule: True
    params:
        horizon=config["labels"]["horizon_months"],
        ignore=lambda wildcards: config["labels"]["ignore_diagnoses"],
        lists=LISTS,
        tasks=as_argument(TASKS),
        code=code_hash("cohort.labels"),
    shell:
        "python -m adrepro.cohort.labels --cohort {input.cohort:q} --out {output.labels:q} --visits {output.visits:q}"
        " --horizon-months {params.horizon} --tasks {params.tasks:q} --ignore {params.ignore:q} --lists {params.lists:q}"
        " --log {log:q}"


rule split:
    input:
        cohort=COHORT,
        labels="results/cohort/labels.tsv",
        visits="results/cohort/visits.tsv",
        accepted="results/cohort/accepted.tsv",
        lists=LIST_FILES,
    output:
        participants="results/splits/participants.tsv",
        tasks=expand("results/splits/{task}.tsv", task=TASKS),
        visits=expand("results/splits/longitudinal/{task}.tsv", task=TASKS),
        holdout="results/splits/holdout.tsv",
    log:
        "logs/split.log",
    localrule: True
    params:
        tasks=as_argument(TASKS),
        settings=as_argument(config["splits"]),
        lists=LISTS,
        seed=config["seed"],
        code=code_hash("cohort.splits"),
    shell:
        "python -m adrepro.cohort.splits --cohort {input.cohort:q} --labels {input.labels:q} --visits {input.visits:q}"
        " --accepted {input.accepted:q} --out {output.participants:q} --tasks {params.tasks:q}"
        " --settings {params.settings:q} --seed {params.seed} --lists {params.lists:q} --log {log:q}"


rule demographics:
    input:
        cohort=COHORT,
        labels="results/cohort/labels.tsv",
        splits="results/splits/participants.tsv",
        accepted="results/cohort/accepted.tsv",
    output:
        table="results/cohort/demographics.tsv",
        balance="results/splits/balance.tsv",
    log:
        "logs/demographics.log",
    localrule: True
    params:
        code=code_hash("cohort.demographics"),
    shell:
        "python -m adrepro.cohort.demographics --cohort {input.cohort:q} --labels {input.labels:q} --splits {input.splits:q}"
        " --accepted {input.accepted:q} --out {output.table:q} --balance {output.balance:q} --log {log:q}"
