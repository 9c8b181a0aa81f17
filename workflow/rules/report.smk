rule compare:
    input:
        leakage="results/leakage.json",
        scores=every_score,
        holdouts=every_holdout,
        weights=every_weight_map,
        pictures=every_picture,
        tables=expand(
            "results/comparison/{name}.tsv",
            name=[
                "metrics",
                "differences",
                "noninferiority",
                "proportions",
                "subgroups",
                "curves",
            ],
        ),
        cohort=COHORT,
        demographics="results/cohort/demographics.tsv",
        balance="results/splits/balance.tsv",
        flow="results/cohort/flow.tsv",
        excluded="results/cohort/excluded.tsv",
        accepted="results/cohort/accepted.tsv",
        quality="results/cohort/quality.tsv",
        atlas=rules.atlas.output.origin,
        reference=rules.reference.output.origin,
        templates=TEMPLATES,
    output:
        page=report(
            "reports/comparison.html",
            caption="../report/comparison.rst",
            category="Report",
            labels={"page": "comparison of approaches"},
        ),
        study="results/comparison/study.json",
    log:
        "logs/compare.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        approaches=as_argument(PER_TASK),
        config=as_argument(without_folders(config)),
        allow_leak=as_argument(config["allow_leak"]),
        simulated=IS_SIMULATED,
        code=code_hash("report.comparison_report"),
    shell:
        "python -m adrepro.report.comparison_report --results results --comparison results/comparison --benchmarks benchmarks"
        " --cohort {input.cohort:q} --atlas {input.atlas:q} --reference {input.reference:q} --out {output.page:q}"
        " --approaches {params.approaches:q} --config {params.config:q} --allow-leak {params.allow_leak}"
        " --simulated {params.simulated} --log {log:q}"


# What has finished of a run that is not complete; a failure makes it by itself.
rule partial:
    log:
        "logs/partial.log",
    localrule: True
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        command=lambda wildcards: partial_command(),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; {params.command:q}"


rule quality:
    input:
        usable="results/cohort/usable.tsv",
        cohort=COHORT,
        described="results/derivatives/dataset_description.json",
        verdicts=usable_scans(f"{ANAT}_desc-quality_check.json"),
        pictures=usable_scans(f"{ANAT}_desc-quality_check.jpg"),
        templates=TEMPLATES,
    output:
        table="results/cohort/quality.tsv",
        page="reports/quality.html",
    log:
        "logs/quality.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        warn_z=config["quality"]["warn_z"],
        embedded_pictures=config["quality"]["embedded_pictures"],
        share=as_argument(config["share"]),
        simulated=IS_SIMULATED,
        code=code_hash("report.qc_report"),
    shell:
        "python -m adrepro.report.qc_report --usable {input.usable:q} --inspected results/cohort/inspected --derivatives results/derivatives"
        " --cohort {input.cohort:q} --table {output.table:q} --out {output.page:q} --warn-z {params.warn_z}"
        " --embedded-pictures {params.embedded_pictures} --share {params.share} --simulated {params.simulated} --log {log:q}"
