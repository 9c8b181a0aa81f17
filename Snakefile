# The door to the study: everything is in workflow/Snakefile; this file owns the default target.
include: "workflow/Snakefile"


rule all:
    default_target: True
    input:
        "reports/comparison.html",
        "reports/quality.html",
    localrule: True
