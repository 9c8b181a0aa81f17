rule simulate:
    output:
        SIMULATED,
    log:
        "logs/simulate.log",
    threads: 2
    resources:
        mem_mb=4000,
        runtime=120,
    params:
        settings=as_argument(config["simulate"]),
        seed=config["seed"],
        code=digest("simulate"),
    message:
        "simulate: computing resources/simulated, progress in {log}"
    shell:
        "python -m adrepro.simulate --out resources/simulated --settings {params.settings:q}"
        " --seed {params.seed} --processes {threads} --log {log:q}"
