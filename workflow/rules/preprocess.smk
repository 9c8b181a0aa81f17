# Priorities rise along the chain: a scan is finished before the next one begins, so that pictures and faults come early.


rule align:
    input:
        # Of the same voxels it says the same: a scan that was only copied anew is not preprocessed again.
        inspected="results/cohort/inspected/{scan}.json",
        reference=rules.reference.output.origin,
        provided_mask=provided_mask,
    output:
        corrected=f"{ANAT}_desc-preproc_T1w.nii.gz",
        mask=f"{ANAT}_desc-brain_mask.nii.gz",
        affine=f"{ANAT}_from-T1w_to-{REFERENCE_SPACE}_desc-affine_xfm.json",
        preproc=f"{ANAT}_{SPACE}_desc-preproc_T1w.nii.gz",
        sidecar=f"{ANAT}_desc-preproc_T1w.json",
        preproc_sidecar=f"{ANAT}_{SPACE}_desc-preproc_T1w.json",
    log:
        "logs/align/{folder}/{scan}.log",
    benchmark:
        "benchmarks/align/{folder}/{scan}.tsv"
    wildcard_constraints:
        scan=OWN_SCANS,
    resources:
        mem_mb=growing(3000),
        runtime=growing(5),
    params:
        t1w=lambda wildcards: T1W[wildcards.scan].as_posix(),
        settings=as_argument(config["preprocessing"]),
        resolution=config["resolution_mm"],
        space=REFERENCE_SPACE,
        seed=config["seed"],
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.align"),
    shell:
        "python -m adrepro.preprocessing.align --t1w {params.t1w:q} --reference results/reference/working"
        " --corrected {output.corrected:q} --mask {output.mask:q} --affine {output.affine:q}"
        " --preproc {output.preproc:q} --sidecar {output.sidecar:q}"
        " --preproc-sidecar {output.preproc_sidecar:q} --provided-mask {input.provided_mask:q}"
        " --settings {params.settings:q} --resolution-mm {params.resolution} --space {params.space:q}"
        " --seed {params.seed} --failed {params.failed:q} --log {log:q}"


rule normalize:
    input:
        corrected=rules.align.output.corrected,
        mask=rules.align.output.mask,
        affine=rules.align.output.affine,
        reference=rules.reference.output.origin,
    output:
        warp=f"{ANAT}_from-T1w_to-{REFERENCE_SPACE}_desc-warp_xfm.nii.gz",
        inverse=f"{ANAT}_from-{REFERENCE_SPACE}_to-T1w_desc-warp_xfm.nii.gz",
        jacobian=f"{ANAT}_{SPACE}_desc-jacobian_map.nii.gz",
    log:
        "logs/normalize/{folder}/{scan}.log",
    benchmark:
        "benchmarks/normalize/{folder}/{scan}.tsv"
    priority: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(10),
        gpu=registration_gpus,
    params:
        settings=as_argument(config["registration"]),
        device=config["registration"]["device"],
        resolution=config["resolution_mm"],
        seed=config["seed"],
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.normalize"),
    shell:
        "python -m adrepro.preprocessing.normalize --corrected {input.corrected:q} --mask {input.mask:q} --affine {input.affine:q}"
        " --reference results/reference/working --warp {output.warp:q} --inverse-warp {output.inverse:q}"
        " --jacobian {output.jacobian:q} --settings {params.settings:q} --device {params.device}"
        " --resolution-mm {params.resolution} --seed {params.seed} --failed {params.failed:q} --log {log:q}"


rule segment:
    input:
        corrected=rules.align.output.corrected,
        mask=rules.align.output.mask,
        affine=rules.align.output.affine,
        warp=rules.normalize.output.warp,
        inverse=rules.normalize.output.inverse,
        reference=rules.reference.output.origin,
    output:
        gm=f"{ANAT}_label-GM_probseg.nii.gz",
        wm=f"{ANAT}_label-WM_probseg.nii.gz",
        csf=f"{ANAT}_label-CSF_probseg.nii.gz",
        modulated=f"{ANAT}_{SPACE}_label-GM_desc-modulated_probseg.nii.gz",
    log:
        "logs/segment/{folder}/{scan}.log",
    benchmark:
        "benchmarks/segment/{folder}/{scan}.tsv"
    wildcard_constraints:
        scan=OWN_SCANS,
    priority: 2
    resources:
        mem_mb=growing(3000),
        runtime=growing(5),
    params:
        settings=as_argument(config["segmentation"]),
        resolution=config["resolution_mm"],
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.segment"),
    shell:
        "python -m adrepro.preprocessing.segment --corrected {input.corrected:q} --mask {input.mask:q} --affine {input.affine:q}"
        " --warp {input.warp:q} --inverse-warp {input.inverse:q} --reference results/reference/working"
        " --gm {output.gm:q} --wm {output.wm:q} --csf {output.csf:q} --modulated {output.modulated:q}"
        " --settings {params.settings:q} --resolution-mm {params.resolution} --failed {params.failed:q} --log {log:q}"


rule parcellate:
    input:
        gm=rules.segment.output.gm,
        wm=rules.segment.output.wm,
        csf=rules.segment.output.csf,
        modulated=rules.segment.output.modulated,
        affine=rules.align.output.affine,
        warp=rules.normalize.output.warp,
        inverse=rules.normalize.output.inverse,
        atlas=rules.atlas.output.labels,
        table=rules.atlas.output.table,
    output:
        regions=f"{ANAT}_desc-{ATLAS}_dseg.nii.gz",
        volumes=f"{ANAT}_desc-regional_volumes.json",
    log:
        "logs/parcellate/{folder}/{scan}.log",
    benchmark:
        "benchmarks/parcellate/{folder}/{scan}.tsv"
    wildcard_constraints:
        scan=OWN_SCANS,
    priority: 3
    resources:
        mem_mb=growing(2000),
        runtime=growing(2),
    params:
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.parcellate"),
    shell:
        "python -m adrepro.preprocessing.parcellate --gm {input.gm:q} --wm {input.wm:q} --csf {input.csf:q}"
        " --modulated {input.modulated:q} --affine {input.affine:q} --warp {input.warp:q}"
        " --inverse-warp {input.inverse:q} --atlas {input.atlas:q} --atlas-table {input.table:q}"
        " --regions {output.regions:q} --volumes {output.volumes:q} --failed {params.failed:q} --log {log:q}"


rule check:
    input:
        corrected=rules.align.output.corrected,
        mask=rules.align.output.mask,
        preproc=rules.align.output.preproc,
        affine=rules.align.output.affine,
        warp=rules.normalize.output.warp,
        jacobian=rules.normalize.output.jacobian,
        gm=rules.segment.output.gm,
        wm=rules.segment.output.wm,
        csf=rules.segment.output.csf,
        regions=rules.parcellate.output.regions,
        reference=rules.reference.output.origin,
    output:
        verdict=f"{ANAT}_desc-quality_check.json",
        picture=f"{ANAT}_desc-quality_check.jpg",
    log:
        "logs/check/{folder}/{scan}.log",
    benchmark:
        "benchmarks/check/{folder}/{scan}.tsv"
    wildcard_constraints:
        scan=OWN_SCANS,
    priority: 4
    resources:
        mem_mb=growing(2000),
        runtime=growing(2),
    params:
        limits=as_argument(config["quality"]["limits"]),
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.qc"),
    shell:
        "python -m adrepro.preprocessing.qc --preproc {input.preproc:q} --corrected {input.corrected:q} --mask {input.mask:q}"
        " --gm {input.gm:q} --wm {input.wm:q} --csf {input.csf:q} --regions {input.regions:q}"
        " --jacobian {input.jacobian:q} --affine {input.affine:q} --warp {input.warp:q}"
        " --reference results/reference/study"
        " --verdict {output.verdict:q} --picture {output.picture:q} --limits {params.limits:q}"
        " --failed {params.failed:q} --log {log:q}"
