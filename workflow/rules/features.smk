rule features:
    input:
        accepted="results/cohort/accepted.tsv",
        described="results/derivatives/dataset_description.json",
        volumes=accepted_scans(f"{ANAT}_desc-regional_volumes.json"),
    output:
        volumes="results/features/regional.tsv",
        densities="results/features/regional_density.tsv",
    log:
        "logs/features.log",
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        code=code_hash("features.regional_features"),
    shell:
        "python -m adrepro.features.regional_features --accepted {input.accepted:q} --derivatives results/derivatives"
        " --volumes {output.volumes:q} --densities {output.densities:q} --log {log:q}"


rule pack_t1w:
    input:
        accepted="results/cohort/accepted.tsv",
        maps=accepted_scans(f"{ANAT}_{SPACE}_desc-preproc_T1w.nii.gz"),
    output:
        volumes="results/volumes/T1w.npy",
        index="results/volumes/T1w.tsv",
    log:
        "logs/pack_t1w.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        suffix=f"{SPACE}_desc-preproc_T1w.nii.gz",
        smooth=0,
        equalise=as_argument(False),
        code=code_hash("features.stack_volumes"),
    shell:
        "python -m adrepro.features.stack_volumes --accepted {input.accepted:q} --derivatives results/derivatives"
        " --suffix {params.suffix:q} --out {output.volumes:q} --index {output.index:q}"
        " --smooth-mm {params.smooth} --equalise {params.equalise} --log {log:q}"


use rule pack_t1w as pack_gm with:
    input:
        accepted="results/cohort/accepted.tsv",
        maps=accepted_scans(f"{ANAT}_{SPACE}_label-GM_desc-modulated_probseg.nii.gz"),
    output:
        volumes="results/volumes/GM.npy",
        index="results/volumes/GM.tsv",
    log:
        "logs/pack_gm.log",
    params:
        suffix=f"{SPACE}_label-GM_desc-modulated_probseg.nii.gz",
        smooth=config["smooth_gm_mm"],
        equalise=as_argument(False),
        code=code_hash("features.stack_volumes"),


use rule pack_gm as pack_gm_unsmoothed with:
    output:
        volumes="results/volumes/GM_unsmoothed.npy",
        index="results/volumes/GM_unsmoothed.tsv",
    log:
        "logs/pack_gm_unsmoothed.log",
    params:
        suffix=f"{SPACE}_label-GM_desc-modulated_probseg.nii.gz",
        smooth=0,
        equalise=as_argument(False),
        code=code_hash("features.stack_volumes"),


use rule pack_t1w as pack_t1w_equalised with:
    output:
        volumes="results/volumes/T1w_equalised.npy",
        index="results/volumes/T1w_equalised.tsv",
    log:
        "logs/pack_t1w_equalised.log",
    params:
        suffix=f"{SPACE}_desc-preproc_T1w.nii.gz",
        smooth=0,
        equalise=as_argument(True),
        code=code_hash("features.stack_volumes"),


rule multiply:
    input:
        "results/volumes/GM.npy",
    output:
        "results/volumes/GM_gram.npy",
    log:
        "logs/multiply.log",
    resources:
        mem_mb=pairs_mb(3000, 0, 16),
        runtime=growing(240),
    params:
        code=code_hash("features.linear_kernel"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.features.linear_kernel --volumes {input:q} --out {output:q} --log {log:q}"
