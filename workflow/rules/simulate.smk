rule simulate:
    output:
        SIMULATED,
    log:
        "logs/simulate.log",
    threads: 2
    resources:
        mem_mb=growing(4000),
        runtime=growing(120),
    params:
        settings=as_argument(config["simulate"]),
        seed=config["seed"],
        code=code_hash("simulation.simulate"),
    message:
        "simulate: computing resources/simulated, progress in {log}"
    shell:
        "python -m adrepro.simulation.simulate --out resources/simulated --settings {params.settings:q}"
        " --seed {params.seed} --processes {threads} --log {log:q}"


rule planted:
    output:
        "results/reference/planted.nii.gz",
    log:
        "logs/planted.log",
    resources:
        mem_mb=growing(3000),
        runtime=growing(20),
    params:
        resolution=config["resolution_mm"],
        code=code_hash("simulation.ground_truth"),
    shell:
        "python -m adrepro.simulation.ground_truth --out {output:q} --resolution-mm {params.resolution} --log {log:q}"
