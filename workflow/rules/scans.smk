# Every scan is checked, and described, whether it is preprocessed here or elsewhere.
rule check_input:
    input:
        simulated_scan,
    output:
        "results/cohort/inspected/{scan}.json",
    log:
        "logs/check_input/{scan}.log",
    resources:
        mem_mb=growing(1500),
        runtime=growing(1),
    params:
        t1w=lambda wildcards: T1W[wildcards.scan].as_posix(),
        date=date_of_scan,
        code=code_hash("preprocessing.check_input"),
    shell:
        "python -m adrepro.preprocessing.check_input --t1w {params.t1w:q} --out {output:q} --log {log:q}"


rule bids_description:
    output:
        "results/derivatives/dataset_description.json",
    log:
        "logs/bids_description.log",
    localrule: True
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        space=study.space,
        resolution=settings.resolution_mm,
        atlases=list(study.atlases),
        preprocessing=as_argument(settings.preprocessing),
        registration=as_argument(settings.registration),
        segmentation=as_argument(settings.segmentation),
        derivatives=as_argument(study.derivatives_kind),
        simulated=SIMULATED,
        code=code_hash("preprocessing.bids_description"),
    shell:
        "python -m adrepro.preprocessing.bids_description --folder results/derivatives --space {params.space:q}"
        " --resolution-mm {params.resolution} --atlases {params.atlases:q} --preprocessing {params.preprocessing:q}"
        " --registration {params.registration:q} --segmentation {params.segmentation:q}"
        " --derivatives-kind {params.derivatives:q} --simulated {params.simulated} --log {log:q}"
