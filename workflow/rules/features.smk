rule regional_features:
    input:
        included="results/cohort/included.tsv",
        described="results/derivatives/dataset_description.json",
        volumes=lambda wildcards: included_scans(
            f"{MORPHOMETRY}.tsv".replace("{atlas}", ATLAS_SUFFIXES[wildcards.atlas_suffix])
        )(wildcards),
    output:
        volumes="results/features/regional{atlas_suffix}.tsv",
        densities="results/features/regional_density{atlas_suffix}.tsv",
    log:
        "logs/regional_features{atlas_suffix}.log",
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        atlas=lambda wildcards: ATLAS_SUFFIXES[wildcards.atlas_suffix],
        code=code_hash("features.regional_features"),
    shell:
        "python -m adrepro.features.regional_features --included {input.included:q} --derivatives results/derivatives"
        " --atlas {params.atlas:q} --volumes {output.volumes:q} --densities {output.densities:q} --log {log:q}"


rule regional_rates:
    input:
        included="results/cohort/included.tsv",
        cohort=COHORT,
        described="results/derivatives/dataset_description.json",
        volumes=volumes_of_visits,
        records=records_of_visits,
    output:
        rates="results/features/regional_rate{atlas_suffix}.tsv",
        left_out="results/features/regional_rate{atlas_suffix}_left_out.tsv",
    log:
        "logs/regional_rates{atlas_suffix}.log",
    resources:
        mem_mb=growing(1000),
        runtime=growing(20),
    params:
        max_months=as_argument(settings.longitudinal.max_months),
        code=code_hash("features.regional_rates"),
    shell:
        "python -m adrepro.features.regional_rates --included {input.included:q} --cohort {input.cohort:q}"
        " --volumes {input.volumes:q} --records {input.records:q} --max-months {params.max_months:q}"
        " --rates {output.rates:q} --left-out {output.left_out:q} --log {log:q}"


# Target: regional tables of all included scans, as a target.
rule features:
    input:
        expand(rules.regional_features.output, atlas_suffix=ATLAS_SUFFIXES),
    localrule: True


rule stack_volumes:
    input:
        included="results/cohort/included.tsv",
        maps=lambda wildcards: included_scans(
            f"{ANAT}_{study.stacked_images[wildcards.image].suffix}"
        )(wildcards),
    output:
        volumes="results/volumes/{image}.npy",
        index="results/volumes/{image}.tsv",
    log:
        "logs/stack_volumes/{image}.log",
    resources:
        mem_mb=growing(2000),
        runtime=growing(120),
    params:
        suffix=lambda wildcards: study.stacked_images[wildcards.image].suffix,
        smoothing=lambda wildcards: study.stacked_images[wildcards.image].smoothing_fwhm_mm,
        equalize=lambda wildcards: as_argument(study.stacked_images[wildcards.image].equalize),
        code=code_hash("features.stack_volumes"),
    shell:
        "python -m adrepro.features.stack_volumes --included {input.included:q} --derivatives results/derivatives"
        " --suffix {params.suffix:q} --out {output.volumes:q} --index {output.index:q}"
        " --smoothing-fwhm-mm {params.smoothing} --equalize {params.equalize} --log {log:q}"


rule linear_kernel:
    input:
        "results/volumes/GM.npy",
    output:
        "results/volumes/GM_kernel.npy",
    log:
        "logs/linear_kernel.log",
    resources:
        mem_mb=pairs_mb(3000, 0, 16),
        runtime=growing(240),
    params:
        code=code_hash("features.linear_kernel"),
    shell:
        "export OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1; "
        "python -m adrepro.features.linear_kernel --volumes {input:q} --out {output:q} --log {log:q}"
