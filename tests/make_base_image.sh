#!/usr/bin/env bash
# tests/make_base_image.sh FOLDER: a root file system with Python and git, out of Debian's packages, for envs/sandbox.def, and for an image with a
# repository, where no container registry is.
# Root on Debian or Ubuntu; does nothing where FOLDER is complete.
set -euo pipefail
folder=$(realpath -m "$1")
[ ! -e "$folder/usr/bin/git" ] || exit 0
log=$(mktemp)
unfinished=$folder.unfinished
trap 'rm -rf "$log" "$unfinished"' EXIT

fail() {
    echo "error: no base image: $1 ($(grep -E -m 1 '^(E:|error)' "$log" || tail -n 1 "$log"))" >&2
    exit 1
}

export DEBIAN_FRONTEND=noninteractive
if ! command -v mmdebstrap >/dev/null; then
    { apt-get update -qq && apt-get install -y -qq --no-install-recommends mmdebstrap; } >"$log" 2>&1 || fail "mmdebstrap cannot be installed"
fi
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | awk '$1 !~ /-/ && !found++ { print $2 }')
mkdir -p "$(dirname "$folder")"
rm -rf "$unfinished"
# Wheels of numpy look for libstdc++; zoneinfo looks for tzdata.
mmdebstrap --quiet --mode=root --variant=essential --include=python3,python3-distutils,libstdc++6,tzdata,git \
    --dpkgopt=force-unsafe-io --dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/locale/*' \
    --dpkgopt='path-exclude=/usr/share/doc/*' \
    bookworm "$unfinished" ${mirror:+"$mirror"} >"$log" 2>&1 || fail "mmdebstrap failed"
# A build by an ordinary user has one owner, no devices and no set-id programs; lists, logs and caches tell when this was made.
rm -rf "$unfinished"/dev/* "$unfinished"/var/{cache,log}/* "$unfinished"/var/lib/apt/lists "$unfinished"/etc/{hostname,resolv.conf,machine-id}
chown -R 0:0 "$unfinished"
find "$unfinished" -xdev -not -type l -exec chmod u+rwX,go+rX,a-s {} +
mv "$unfinished" "$folder"
