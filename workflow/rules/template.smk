rule template:
    input:
        given=TEMPLATE_FILES,
    output:
        origin="results/reference/space.json",
        working=expand(
            "results/reference/working/{name}.nii.gz",
            name=["T1w", "mask", "GM", "WM", "CSF", "deep", "nuclei"],
        ),
        study=expand(
            "results/reference/study/{name}.nii.gz", name=["T1w", "mask", "GM", "WM", "CSF"]
        ),
        fine=expand("results/reference/fine/{name}.nii.gz", name=["T1w", "mask", "GM", "WM", "CSF"]),
    log:
        "logs/template.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        working=settings.preprocessing.registration_resolution_mm,
        resolution=settings.resolution_mm,
        name=study.template_name,
        space=study.space,
        code=code_hash("preprocessing.reference.template"),
    shell:
        "python -m adrepro.preprocessing.reference.template --folder results/reference --origin {output.origin:q}"
        " --registration-resolution-mm {params.working} --resolution-mm {params.resolution}"
        " --name {params.name:q} --space {params.space:q} --given {input.given:q} --log {log:q}"


rule atlas:
    input:
        # All of them: a map that was deleted is made again. Jobs of scans name one, so that large studies plan fast.
        reference=rules.template.output,
        given=lambda wildcards: ATLAS_FILES.get(ATLAS_NAMES[wildcards.atlas], []),
    output:
        labels="results/reference/atlas-{atlas}_dseg.nii.gz",
        table="results/reference/atlas-{atlas}_dseg.tsv",
        origin="results/reference/atlas-{atlas}_dseg.json",
    log:
        "logs/atlas-{atlas}.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        name=lambda wildcards: ATLAS_NAMES[wildcards.atlas],
        space=study.space,
        own_space=getattr(settings.atlas, "space", study.space),
        code=code_hash("preprocessing.reference.atlas"),
    shell:
        "python -m adrepro.preprocessing.reference.atlas --fine results/reference/fine --labels {output.labels:q}"
        " --table {output.table:q} --origin {output.origin:q} --name {params.name:q} --space {params.space:q}"
        " --own-space {params.own_space:q} --given {input.given:q} --log {log:q}"
