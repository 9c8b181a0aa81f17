# Maps that other tools made, in place of the rules of preprocess.smk: which of both, the wildcard constraints say.
rule adopt:
    input:
        given=derived_files,
        reference=rules.reference.output.origin,
        atlas=rules.atlas.output.labels,
        table=rules.atlas.output.table,
    output:
        modulated=f"{ANAT}_{SPACE}_label-GM_desc-modulated_probseg.nii.gz",
        volumes=f"{ANAT}_desc-regional_volumes.json",
        verdict=f"{ANAT}_desc-quality_check.json",
        picture=f"{ANAT}_desc-quality_check.jpg",
    log:
        "logs/adopt/{folder}/{scan}.log",
    wildcard_constraints:
        scan=ADOPTED_SCANS,
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        folder=DERIVED_FOLDER,
        kind=DERIVED_KIND,
        space=REFERENCE_SPACE,
        limits=as_argument(config["quality"]["limits"]),
        resolution=config["resolution_mm"],
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.import_derivatives"),
    shell:
        "python -m adrepro.preprocessing.import_derivatives --folder {params.folder:q} --kind {params.kind:q} --scan-folder {wildcards.folder:q} --scan {wildcards.scan:q}"
        " --space {params.space:q} --given {input.given:q} --reference results/reference/study"
        " --atlas {input.atlas:q} --atlas-table {input.table:q} --modulated {output.modulated:q}"
        " --volumes {output.volumes:q} --verdict {output.verdict:q} --picture {output.picture:q}"
        " --limits {params.limits:q} --resolution-mm {params.resolution} --failed {params.failed:q} --log {log:q}"


rule adopt_t1w:
    input:
        given=derived_files,
        reference=rules.reference.output.origin,
    output:
        preproc=f"{ANAT}_{SPACE}_desc-preproc_T1w.nii.gz",
    log:
        "logs/adopt_t1w/{folder}/{scan}.log",
    wildcard_constraints:
        scan=ADOPTED_SCANS,
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        folder=DERIVED_FOLDER,
        kind=DERIVED_KIND,
        space=REFERENCE_SPACE,
        resolution=config["resolution_mm"],
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.import_derivatives_t1w"),
    shell:
        "python -m adrepro.preprocessing.import_derivatives_t1w --folder {params.folder:q} --kind {params.kind:q} --scan-folder {wildcards.folder:q} --scan {wildcards.scan:q}"
        " --space {params.space:q} --given {input.given:q} --reference results/reference/study"
        " --preproc {output.preproc:q} --resolution-mm {params.resolution} --failed {params.failed:q} --log {log:q}"
