rule reference:
    input:
        given=REFERENCE_FILES,
    output:
        origin="results/reference/space.json",
        working=expand(
            "results/reference/working/{name}.nii.gz",
            name=["T1w", "mask", "GM", "WM", "CSF", "deep"],
        ),
        study=expand(
            "results/reference/study/{name}.nii.gz", name=["T1w", "mask", "GM", "WM", "CSF"]
        ),
        fine="results/reference/fine/GM.nii.gz",
    log:
        "logs/reference.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        working=config["preprocessing"]["working_mm"],
        resolution=config["resolution_mm"],
        settings=as_argument({"name": REFERENCE["name"], "space": REFERENCE_SPACE}),
        code=code_hash("preprocessing.reference.template"),
    shell:
        "python -m adrepro.preprocessing.reference.template --folder results/reference --origin {output.origin:q}"
        " --working-mm {params.working} --resolution-mm {params.resolution}"
        " --settings {params.settings:q} --given {input.given:q} --log {log:q}"


rule atlas:
    input:
        gm="results/reference/fine/GM.nii.gz",
        # All of them: a map that was deleted is made again. Jobs of scans name one, so that large studies plan fast.
        reference=rules.reference.output,
        given=ATLAS_FILES,
    output:
        labels=f"results/reference/atlas-{ATLAS}_dseg.nii.gz",
        table=f"results/reference/atlas-{ATLAS}_dseg.tsv",
        origin=f"results/reference/atlas-{ATLAS}_dseg.json",
    log:
        "logs/atlas.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(20),
    params:
        settings=as_argument(ATLAS_SETTINGS),
        space=REFERENCE_SPACE,
        code=code_hash("preprocessing.reference.atlas"),
    shell:
        "python -m adrepro.preprocessing.reference.atlas --gm {input.gm:q} --labels {output.labels:q} --table {output.table:q}"
        " --origin {output.origin:q} --settings {params.settings:q} --space {params.space:q}"
        " --given {input.given:q} --log {log:q}"


rule describe:
    output:
        "results/derivatives/dataset_description.json",
    log:
        "logs/describe.log",
    localrule: True
    resources:
        mem_mb=growing(500),
        runtime=growing(5),
    params:
        space=REFERENCE_SPACE,
        resolution=config["resolution_mm"],
        atlas=ATLAS,
        settings=as_argument(
            {key: config[key] for key in ("preprocessing", "registration", "segmentation")}
            | {"derivatives": {"kind": DERIVED_KIND} if DERIVED_FOLDER else None}
        ),
        simulated=IS_SIMULATED,
        code=code_hash("preprocessing.bids_description"),
    shell:
        "python -m adrepro.preprocessing.bids_description --folder results/derivatives --space {params.space:q}"
        " --resolution-mm {params.resolution} --atlas {params.atlas:q} --settings {params.settings:q}"
        " --simulated {params.simulated} --log {log:q}"
