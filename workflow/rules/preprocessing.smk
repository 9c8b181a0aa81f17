# Priorities rise along the chain: a scan is finished before the next one begins, so that pictures and faults come early.


rule align:
    input:
        # Of the same voxels it says the same: a scan that was only copied anew is not preprocessed again.
        inspected="results/cohort/inspected/{scan}.json",
        reference=rules.template.output.origin,
        provided_mask=provided_mask,
    output:
        corrected=f"{ANAT}_desc-preproc_T1w.nii.gz",
        mask=f"{ANAT}_desc-brain_mask.nii.gz",
        affine=f"{ANAT}_from-T1w_to-{study.space}_desc-affine_xfm.json",
        preproc=f"{ON_GRID}_desc-preproc_T1w.nii.gz",
        sidecar=f"{ANAT}_desc-preproc_T1w.json",
        preproc_sidecar=f"{ON_GRID}_desc-preproc_T1w.json",
    log:
        "logs/align/{folder}/{scan}.log",
    benchmark:
        "benchmarks/align/{folder}/{scan}.tsv"
    resources:
        mem_mb=growing(3000),
        runtime=growing(5),
    params:
        t1w=lambda wildcards: T1W[wildcards.scan].as_posix(),
        settings=as_argument(settings.preprocessing.model_copy(update={"brain_masks": None})),
        resolution=settings.resolution_mm,
        space=study.space,
        seed=settings.seed,
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.align"),
    shell:
        "python -m adrepro.preprocessing.align --t1w {params.t1w:q} --reference results/reference/working"
        " --corrected {output.corrected:q} --mask {output.mask:q} --affine {output.affine:q}"
        " --preproc {output.preproc:q} --sidecar {output.sidecar:q}"
        " --preproc-sidecar {output.preproc_sidecar:q} --provided-mask {input.provided_mask:q}"
        " --settings {params.settings:q} --resolution-mm {params.resolution} --space {params.space:q}"
        " --seed {params.seed} --failed {params.failed:q} --log {log:q}"


rule segment:
    input:
        corrected=rules.align.output.corrected,
        mask=rules.align.output.mask,
        affine=rules.align.output.affine,
        reference=rules.template.output.origin,
    output:
        gm=f"{ANAT}_label-GM_probseg.nii.gz",
        wm=f"{ANAT}_label-WM_probseg.nii.gz",
        csf=f"{ANAT}_label-CSF_probseg.nii.gz",
        lesions=f"{ANAT}_label-WMH_probseg.nii.gz",
    log:
        "logs/segment/{folder}/{scan}.log",
    benchmark:
        "benchmarks/segment/{folder}/{scan}.tsv"
    priority: 1
    resources:
        mem_mb=growing(3000),
        runtime=growing(5),
    params:
        settings=as_argument(settings.segmentation),
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.segment"),
    shell:
        "python -m adrepro.preprocessing.segment --corrected {input.corrected:q} --mask {input.mask:q} --affine {input.affine:q}"
        " --reference results/reference/working --gm {output.gm:q} --wm {output.wm:q} --csf {output.csf:q} --lesions {output.lesions:q}"
        " --settings {params.settings:q} --failed {params.failed:q} --log {log:q}"


rule normalize:
    input:
        corrected=rules.align.output.corrected,
        mask=rules.align.output.mask,
        gm=rules.segment.output.gm,
        wm=rules.segment.output.wm,
        affine=rules.align.output.affine,
        reference=rules.template.output.origin,
    output:
        warp=f"{ANAT}_from-T1w_to-{study.space}_desc-warp_xfm.nii.gz",
        inverse=f"{ANAT}_from-{study.space}_to-T1w_desc-warp_xfm.nii.gz",
        jacobian=f"{ON_GRID}_desc-jacobian_map.nii.gz",
        modulated=f"{ON_GRID}_label-GM_desc-modulated_probseg.nii.gz",
    log:
        "logs/normalize/{folder}/{scan}.log",
    benchmark:
        "benchmarks/normalize/{folder}/{scan}.tsv"
    priority: 2
    resources:
        mem_mb=growing(3000),
        runtime=growing(10),
        gpu=registration_gpus,
    params:
        settings=as_argument(settings.registration),
        device=settings.registration.device,
        resolution=settings.resolution_mm,
        seed=settings.seed,
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.normalize"),
    shell:
        "python -m adrepro.preprocessing.normalize --corrected {input.corrected:q} --mask {input.mask:q}"
        " --gm {input.gm:q} --wm {input.wm:q} --affine {input.affine:q}"
        " --reference results/reference/working --warp {output.warp:q} --inverse-warp {output.inverse:q}"
        " --jacobian {output.jacobian:q} --modulated {output.modulated:q}"
        " --settings {params.settings:q} --device {params.device}"
        " --resolution-mm {params.resolution} --seed {params.seed} --failed {params.failed:q} --log {log:q}"


rule parcellate:
    input:
        gm=rules.segment.output.gm,
        wm=rules.segment.output.wm,
        csf=rules.segment.output.csf,
        lesions=rules.segment.output.lesions,
        modulated=rules.normalize.output.modulated,
        affine=rules.align.output.affine,
        warp=rules.normalize.output.warp,
        inverse=rules.normalize.output.inverse,
        atlas=rules.atlas.output.labels,
        table=rules.atlas.output.table,
        structures=STRUCTURES,
    output:
        regions=f"{ANAT}_desc-{{atlas}}_dseg.nii.gz",
        volumes=f"{MORPHOMETRY}.tsv",
        tissues=f"{MORPHOMETRY}.json",
    log:
        "logs/parcellate/{folder}/{scan}_atlas-{atlas}.log",
    benchmark:
        "benchmarks/parcellate/{folder}/{scan}_atlas-{atlas}.tsv"
    priority: 3
    resources:
        mem_mb=growing(2000),
        runtime=growing(2),
    params:
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.parcellate"),
    shell:
        "python -m adrepro.preprocessing.parcellate --gm {input.gm:q} --wm {input.wm:q} --csf {input.csf:q}"
        " --lesions {input.lesions:q} --modulated {input.modulated:q} --affine {input.affine:q} --warp {input.warp:q}"
        " --inverse-warp {input.inverse:q} --atlas {input.atlas:q} --atlas-table {input.table:q}"
        " --structures {input.structures:q}"
        " --regions {output.regions:q} --volumes {output.volumes:q} --tissues {output.tissues:q}"
        " --failed {params.failed:q} --log {log:q}"


rule qc:
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
        lesions=rules.segment.output.lesions,
        regions=f"{ANAT}_desc-{study.atlas_label}_dseg.nii.gz",
        reference=rules.template.output.origin,
    output:
        verdict=f"{ANAT}_desc-qc_metrics.json",
        picture=f"{ANAT}_desc-qc_figure.jpg",
    log:
        "logs/qc/{folder}/{scan}.log",
    benchmark:
        "benchmarks/qc/{folder}/{scan}.tsv"
    priority: 4
    resources:
        mem_mb=growing(2000),
        runtime=growing(2),
    params:
        limits=as_argument(settings.quality.limits),
        failed="results/cohort/failed/{scan}.json",
        code=code_hash("preprocessing.qc"),
    shell:
        "python -m adrepro.preprocessing.qc --preproc {input.preproc:q} --corrected {input.corrected:q} --mask {input.mask:q}"
        " --gm {input.gm:q} --wm {input.wm:q} --csf {input.csf:q} --lesions {input.lesions:q} --regions {input.regions:q}"
        " --jacobian {input.jacobian:q} --affine {input.affine:q} --warp {input.warp:q}"
        " --reference results/reference/study"
        " --verdict {output.verdict:q} --picture {output.picture:q} --limits {params.limits:q}"
        " --failed {params.failed:q} --log {log:q}"
