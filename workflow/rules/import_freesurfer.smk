# Volumes of regions by FreeSurfer, FastSurfer or SynthSeg, in place of the rules of preprocessing.smk.
rule import_freesurfer:
    input:
        given=freesurfer_tables,
    output:
        volumes=f"{OWN_MORPHOMETRY}.tsv",
        tissues=f"{OWN_MORPHOMETRY}.json",
        verdict=f"{ANAT}_desc-qc_metrics.json",
        picture=f"{ANAT}_desc-qc_figure.jpg",
    log:
        "logs/import_freesurfer/{folder}/{scan}.log",
    resources:
        mem_mb=growing(1000),
        runtime=growing(5),
    params:
        folder=configured_path("derivatives", "folder").as_posix(),
        limits=as_argument(settings.quality.limits),
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.derivatives.import_freesurfer"),
    shell:
        "python -m adrepro.preprocessing.derivatives.import_freesurfer --folder {params.folder:q} --scan {wildcards.scan:q} --given {input.given:q}"
        " --volumes {output.volumes:q} --tissues {output.tissues:q} --verdict {output.verdict:q} --picture {output.picture:q}"
        " --limits {params.limits:q} --failed {params.failed:q} --log {log:q}"
