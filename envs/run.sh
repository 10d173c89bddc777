#!/usr/bin/env bash
# envs/run.sh ARGUMENTS...: run snakemake on this machine, one run at a time, and go on after one that was killed.
set -euo pipefail
. "$(dirname "$0")/clean.sh"
# Snakemake itself answers a configuration file that is not there with its own source.
taking=
files=()
for word in "$@"; do
    case "$word" in
    --configfile | --configfiles) taking=yes ;;
    --configfile=* | --configfiles=*) taking= && files+=("${word#*=}") ;;
    -*) taking= ;;
    *) if [ -n "$taking" ]; then files+=("$word"); fi ;;
    esac
done
for file in ${files[@]+"${files[@]}"}; do
    if [ ! -f "$file" ]; then
        echo "error: the configuration file $file does not exist; the studies that come with the workflow are in config/" >&2
        exit 1
    fi
done
# Nor does it name the file or the line where one cannot be read.
if [ ${#files[@]} -gt 0 ]; then
    PYTHONPATH="$PWD/scripts" .venvs/workflow/bin/python -c '
import sys
from pathlib import Path
from monkeys.errors import run_script
from monkeys.study.configuration_faults import check_keys
run_script(lambda: [check_keys(Path(file)) for file in sys.argv[1:]])' "${files[@]}"
fi
# Snakemake would end in a traceback.
for folder in .snakemake results; do
    if ! reason=$({ mkdir -p "$folder" && probe=$(mktemp "$folder/.writable.XXXXXX") && rm "$probe"; } 2>&1); then
        echo "error: nothing can be written to the folder $folder (${reason##*: }); make room or make it writable, then run again" >&2
        exit 1
    fi
done
exec 9>.snakemake/run.lock
if ! flock --nonblock 9; then
    echo "another run is still at work in this checkout; waiting for it to end"
    flock 9
fi
# Nobody else is at work, so a lock that is left belongs to a run that was killed.
if [ -n "$(ls -A .snakemake/locks 2>/dev/null)" ]; then
    echo "the last run was interrupted; going on where it was"
    rm -f .snakemake/locks/*
fi
# Snakemake's plugin for Slurm asks the controller for its settings whenever Snakemake starts, for up to ten seconds where none answers. A run on this
# machine has nothing to ask: without a configuration the question fails at once.
# The console is a logger plugin in scripts/, which Snakemake finds on PYTHONPATH.
SLURM_CONF=/dev/null PYTHONPATH="$PWD/scripts" .venvs/workflow/bin/snakemake --logger monkeys --profile profiles/local "$@"
