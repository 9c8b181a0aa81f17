# Change between the visits of one person, in their halfway space.


rule within_person:
    input:
        corrected=of_visits(f"{ANAT}_desc-preproc_T1w.nii.gz"),
        gm=of_visits(f"{ANAT}_label-GM_probseg.nii.gz"),
        wm=of_visits(f"{ANAT}_label-WM_probseg.nii.gz"),
        csf=of_visits(f"{ANAT}_label-CSF_probseg.nii.gz"),
        affines=of_visits(f"{ANAT}_from-T1w_to-{study.space}_desc-affine_xfm.json"),
        reference=rules.template.output.origin,
    output:
        gm=f"{PERSON}_label-GM_desc-visits_probseg.nii.gz",
        wm=f"{PERSON}_label-WM_desc-visits_probseg.nii.gz",
        csf=f"{PERSON}_label-CSF_desc-visits_probseg.nii.gz",
        affine=f"{PERSON}_from-visits_to-{study.space}_desc-affine_xfm.json",
        warp=f"{PERSON}_from-visits_to-{study.space}_desc-warp_xfm.nii.gz",
        inverse=f"{PERSON}_from-{study.space}_to-visits_desc-warp_xfm.nii.gz",
        jacobians=f"{PERSON}_desc-visits_jacobian.nii.gz",
        record=f"{PERSON}_desc-visits_xfm.json",
        picture=f"{PERSON}_desc-visits_figure.jpg",
    log:
        "logs/within_person/{participant}.log",
    benchmark:
        "benchmarks/within_person/{participant}.tsv"
    resources:
        mem_mb=visits_mb,
        runtime=growing(20),
        gpu=registration_gpus,
    params:
        failed=lambda wildcards: f"results/cohort/failed/{next(iter(visits_of(wildcards)[wildcards.participant]))}.json",
        scans=lambda wildcards: list(visits_of(wildcards)[wildcards.participant]),
        settings=as_argument(settings.longitudinal),
        registration=as_argument(settings.registration),
        device=settings.registration.device,
        seed=settings.seed,
        code=code_hash("preprocessing.longitudinal.within_person"),
    shell:
        "python -m adrepro.preprocessing.longitudinal.within_person --scans {params.scans:q}"
        " --corrected {input.corrected:q} --gm {input.gm:q} --wm {input.wm:q} --csf {input.csf:q}"
        " --affines {input.affines:q} --reference results/reference/working"
        " --mean-gm {output.gm:q} --mean-wm {output.wm:q} --mean-csf {output.csf:q} --affine {output.affine:q}"
        " --warp {output.warp:q} --inverse-warp {output.inverse:q} --jacobians {output.jacobians:q}"
        " --record {output.record:q} --picture {output.picture:q} --settings {params.settings:q}"
        " --registration {params.registration:q} --device {params.device} --seed {params.seed}"
        " --failed {params.failed:q} --log {log:q}"


rule visit_volumes:
    input:
        gm=rules.within_person.output.gm,
        csf=rules.within_person.output.csf,
        affine=rules.within_person.output.affine,
        warp=rules.within_person.output.warp,
        inverse=rules.within_person.output.inverse,
        jacobians=rules.within_person.output.jacobians,
        record=rules.within_person.output.record,
        atlas=rules.atlas.output.labels,
        table=rules.atlas.output.table,
    output:
        f"{PERSON}_atlas-{{atlas}}_desc-visits_morph.tsv",
    log:
        "logs/visit_volumes/{participant}_atlas-{atlas}.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(5),
    params:
        code=code_hash("preprocessing.longitudinal.visit_volumes"),
    shell:
        "python -m adrepro.preprocessing.longitudinal.visit_volumes --gm {input.gm:q} --csf {input.csf:q}"
        " --affine {input.affine:q} --warp {input.warp:q} --inverse-warp {input.inverse:q}"
        " --jacobians {input.jacobians:q} --record {input.record:q} --atlas {input.atlas:q}"
        " --atlas-table {input.table:q} --volumes {output:q} --log {log:q}"
