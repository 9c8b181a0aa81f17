# Maps made by other tools, in place of the rules of preprocessing.smk.
rule import_derivatives:
    input:
        given=derived_files,
        reference=rules.template.output.origin,
        atlas=f"{ATLAS}.nii.gz",
        table=f"{ATLAS}.tsv",
    output:
        modulated=f"{ON_GRID}_label-GM_desc-modulated_probseg.nii.gz",
        volumes=f"{OWN_MORPHOMETRY}.tsv",
        tissues=f"{OWN_MORPHOMETRY}.json",
        verdict=f"{ANAT}_desc-qc_metrics.json",
        picture=f"{ANAT}_desc-qc_figure.jpg",
    log:
        "logs/import_derivatives/{folder}/{scan}.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        folder=configured_path("derivatives", "folder").as_posix(),
        kind=study.derivatives_kind,
        space=study.space,
        limits=as_argument(settings.quality.limits),
        resolution=settings.resolution_mm,
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.derivatives.import_derivatives"),
    shell:
        "python -m adrepro.preprocessing.derivatives.import_derivatives --folder {params.folder:q} --kind {params.kind:q} --scan-folder {wildcards.folder:q} --scan {wildcards.scan:q}"
        " --space {params.space:q} --given {input.given:q} --reference results/reference/study"
        " --atlas {input.atlas:q} --atlas-table {input.table:q} --modulated {output.modulated:q}"
        " --volumes {output.volumes:q} --tissues {output.tissues:q} --verdict {output.verdict:q} --picture {output.picture:q}"
        " --limits {params.limits:q} --resolution-mm {params.resolution} --failed {params.failed:q} --log {log:q}"


rule import_derivatives_t1w:
    input:
        given=derived_files,
        reference=rules.template.output.origin,
    output:
        preproc=f"{ON_GRID}_desc-preproc_T1w.nii.gz",
    log:
        "logs/import_derivatives_t1w/{folder}/{scan}.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        folder=configured_path("derivatives", "folder").as_posix(),
        kind=study.derivatives_kind,
        space=study.space,
        resolution=settings.resolution_mm,
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.derivatives.import_derivatives_t1w"),
    shell:
        "python -m adrepro.preprocessing.derivatives.import_derivatives_t1w --folder {params.folder:q} --kind {params.kind:q} --scan-folder {wildcards.folder:q} --scan {wildcards.scan:q}"
        " --space {params.space:q} --given {input.given:q} --reference results/reference/study"
        " --preproc {output.preproc:q} --resolution-mm {params.resolution} --failed {params.failed:q} --log {log:q}"
