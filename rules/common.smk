# The study, which answers whatever rules ask of the configuration. Needs: config. Makes: the completed configuration, `study` and the wildcards' patterns.

import gc
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

# Of this file, and not of the Snakefile that was started, which may be somebody else's that takes this workflow as a module.
sys.path.insert(0, str(Path(workflow.current_basedir.get_path_or_uri(secret_free=True)).parent / "scripts"))

from monkeys.errors import InputError
from monkeys.study.code import is_own
from monkeys.study.configuration import canonical
from monkeys.study.machine import count_gpus
from monkeys.study.reading import read_study
from monkeys.study.study import Study

# A plan of thousands of jobs is millions of objects that stay; to look among them for garbage at Python's usual pace takes a sixth of the time.
gc.set_threshold(100_000)


def load_study():
    """The study of the configuration, which is completed on the way."""
    try:
        config.update(read_study(config, workflow.configfiles))
        return Study(config, lambda: workflow.cores, WorkflowError)
    except InputError as error:
        raise WorkflowError(str(error)) from None


study = load_study()
# For the console of `make run`, which says how many samples are done of all; without it nothing is shown.
logger.info("", extra={"monkeys_layout": study.layout})

# On this machine no more jobs run at a time than it has GPUs, whoever starts Snakemake; `--resources gpu=N` says otherwise. On a cluster, which is
# asked for a number of jobs (`--jobs`), the scheduler counts GPUs.
if workflow.is_main_process and workflow.nodes is None and "gpu" not in workflow.global_resources and study.uses_gpus() and (gpus := count_gpus()):
    workflow.register_resource("gpu", gpus)


def own(paths):
    """Inputs of which some are files of the user's. Of these the content decides, by its hash in `code`, and not the time."""
    return [ancient(path) if is_own(path) else path for path in paths]


wildcard_constraints:
    benchmark=study.pattern(config["benchmarks"]),
    model=study.pattern(config["models"]),
    strategy=study.pattern(config["strategies"]),
    scorer=study.pattern(config["scorers"]),
    weights=study.pattern(study.preparation.weights()),
    # Four digits and more; Snakemake does not know the pattern {4,}.
    block=r"\d{3}\d+",
    round=r"\d{3}\d+",
    part=r"\d{3}\d+",
