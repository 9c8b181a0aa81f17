rule comparison_report:
    input:
        leakage="results/leakage.json",
        similarity="results/cohort/similarity.tsv",
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
        included="results/cohort/included.tsv",
        left_out="results/cohort/left_out.tsv",
        splits=expand("results/splits/{task}.tsv", task=settings.tasks),
        quality="results/cohort/quality.tsv",
        atlas=f"{ATLAS}.json",
        reference=rules.template.output.origin,
    output:
        page=report(
            "reports/comparison.html",
            caption="../report/comparison.rst",
            category="Report",
            labels={"page": "comparison of approaches"},
        ),
        study="results/comparison/study.json",
    log:
        "logs/comparison_report.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        approaches=as_argument(study.per_task),
        settings=SHARED_SETTINGS,
        simulated=SIMULATED,
        templates=TEMPLATES,
        code=code_hash("report.comparison_report"),
    shell:
        "python -m adrepro.report.comparison_report --results results --comparison results/comparison --benchmarks benchmarks"
        " --cohort {input.cohort:q} --atlas {input.atlas:q} --reference {input.reference:q} --out {output.page:q}"
        " --approaches {params.approaches:q} --settings {params.settings:q}"
        " --simulated {params.simulated} --log {log:q}"


# Report of a run that is not complete; a failed run makes it by itself.
rule partial_report:
    log:
        "logs/partial_report.log",
    localrule: True
    resources:
        mem_mb=growing(4000),
        runtime=growing(60),
    params:
        command=lambda wildcards: partial_command(),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; {params.command:q}"


rule qc_report:
    input:
        readable="results/cohort/readable.tsv",
        cohort=COHORT,
        described="results/derivatives/dataset_description.json",
        verdicts=readable_scans(f"{ANAT}_desc-qc_metrics.json"),
        pictures=readable_scans(f"{ANAT}_desc-qc_figure.jpg"),
        visits=pictures_of_visits,
    output:
        table="results/cohort/quality.tsv",
        page="reports/quality.html",
    log:
        "logs/qc_report.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(30),
    params:
        warn_z=settings.quality.warn_z,
        embedded_pictures=settings.quality.embedded_pictures,
        deidentify=as_argument(settings.deidentify),
        simulated=SIMULATED,
        templates=TEMPLATES,
        code=code_hash("report.qc_report"),
    shell:
        "python -m adrepro.report.qc_report --readable {input.readable:q} --inspected results/cohort/inspected --derivatives results/derivatives"
        " --visits {input.visits:q} --cohort {input.cohort:q} --table {output.table:q} --out {output.page:q} --warn-z {params.warn_z}"
        " --embedded-pictures {params.embedded_pictures} --deidentify {params.deidentify} --simulated {params.simulated} --log {log:q}"


# Names of the two reports as targets.
rule quality:
    input:
        rules.qc_report.output.page,
    localrule: True
