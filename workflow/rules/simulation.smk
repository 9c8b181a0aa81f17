rule simulate:
    output:
        SIMULATED_SCANS,
    log:
        "logs/simulate.log",
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=as_argument(settings.simulate),
        seed=settings.seed,
        code=code_hash("simulation.simulate"),
    message:
        "simulate: computing resources/simulated, progress in {log}"
    shell:
        "python -m adrepro.simulation.simulate --out resources/simulated --settings {params.settings:q}"
        " --seed {params.seed} --processes {threads} --log {log:q}"


rule ground_truth:
    output:
        "results/reference/ground_truth.nii.gz",
    log:
        "logs/ground_truth.log",
    resources:
        mem_mb=growing(3000),
        runtime=growing(20),
    params:
        resolution=settings.resolution_mm,
        code=code_hash("simulation.ground_truth"),
    shell:
        "python -m adrepro.simulation.ground_truth --out {output:q} --resolution-mm {params.resolution} --log {log:q}"
