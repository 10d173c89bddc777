from snakemake.utils import min_version

min_version("9.19")

# A study given with --configfile stands for itself: the embedded default is read only where there is none.
if not workflow.overwrite_configfiles:

    configfile: f"{workflow.basedir}/config/config.yaml"


include: "rules/common.smk"


pathvars:
    results=f"results/{config['run']}",


for path in study.preparation.rule_files():

    include: path


include: "rules/prepare.smk"
include: "rules/fetch.smk"
include: "rules/generate.smk"
include: "rules/verify.smk"
include: "rules/audit.smk"
include: "rules/score.smk"
include: "rules/estimate.smk"
include: "rules/select.smk"
include: "rules/fit.smk"
include: "rules/price.smk"
include: "rules/draw.smk"
include: "rules/report.smk"


rule all:
    default_target: True
    input:
        "<results>/report.html",
        study.files("samples_page"),
        "<results>/summary.csv",
        "<results>/manifest.json",
        study.reporting.figures(),
