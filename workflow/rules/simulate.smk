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
        out="resources/simulated",
        settings=as_argument(config["simulate"]),
        seed=config["seed"],
        code=digest("simulate"),
    message:
        "simulate: computing {params.out}, progress in {log}"
    shell:
        "python -m adrepro.simulate --out {params.out:q} --settings {params.settings:q}"
        " --seed {params.seed} --processes {threads} --log {log:q}"
