#!/usr/bin/env bash
# envs/install.sh PYTHON FOLDER REQUIREMENTS: put the pinned packages of a file into a virtual environment, made if it is not there.
set -euo pipefail
. "$(dirname "$0")/clean.sh"
python=$1 folder=$2 requirements=$3

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "error: $python is $("$python" --version 2>&1), but 3.11 or newer is needed; name another with PYTHON=python3.12" >&2
    exit 1
fi
if ! [ -x "$folder/bin/python" ]; then
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        echo "error: $python cannot make virtual environments; install its venv package (Debian, Ubuntu: apt-get install python3-venv)" >&2
        exit 1
    fi
    "$python" -m venv "$folder"
fi

echo "setting up $folder from $requirements ($(grep -c == "$requirements") packages)"
install() {
    local log
    log=$(mktemp)
    # Not compiled: Python does that on first use, and most of it is never used. One line a package as it comes; everything is kept for the case that something goes wrong.
    if ! "$folder/bin/python" -m pip install --disable-pip-version-check --no-input --no-compile --progress-bar off "$@" 2>&1 | tee "$log" |
        sed -un 's/^Collecting \([^ ]*\).*/  \1/p; s/^Installing collected packages.*/  installing/p'; then
        grep -E '^ERROR' "$log" >&2 || tail -n 5 "$log" >&2
        rm -f "$log"
        return 1
    fi
    rm -f "$log"
}
if [ "$requirements" = envs/vllm-gpu.txt ]; then
    install -r "$requirements"
elif [ "$requirements" = envs/vllm-cpu.txt ] &&
    ! "$folder/bin/python" -m pip install --quiet --dry-run --no-deps "$(grep '^torch==' "$requirements")" >/dev/null 2>&1; then
    # The index has no CPU build of torch: the ordinary build does the same on a CPU, at the price of CUDA libraries that nothing uses.
    echo "  no CPU build of torch in the package index: taking the ordinary one, some gigabytes (PIP_EXTRA_INDEX_URL can name PyTorch's CPU index)"
    install --no-deps -r <(grep -v '^torch==' "$requirements")
    install "$(sed -n 's/^\(torch==[0-9.]*\).*/\1/p' "$requirements")"
else
    install --no-deps -r "$requirements"
fi
