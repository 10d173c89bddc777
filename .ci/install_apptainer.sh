#!/usr/bin/env bash
# .ci/install_apptainer.sh [FOLDER]: Apptainer on Debian 12, as root, in a folder of its own (/opt/apptainer), whose bin/ is to be put on the PATH.
# Debian ships it in unstable alone. Its package is unpacked beside the C library that it was built with and told to use that one, so nothing of
# unstable enters the system. Does nothing but open /dev/fuse where Apptainer is there already.
set -euo pipefail
folder=${1:-/opt/apptainer}
log=$(mktemp)
work=$(mktemp -d)
trap 'rm -rf "$work" "$log"' EXIT

fail() {
    echo "error: Apptainer is not installed: $1" >&2
    exit 1
}
quietly() {
    local task=$1
    shift
    "$@" >"$log" 2>&1 || fail "$task failed ($(grep -E -m 1 '^(E:|error|dpkg)' "$log" || tail -n 1 "$log"))"
}

# An image is mounted by a program of the user's, who may open the device on a machine with udev, but not on one without.
open_fuse() { [ "$(id -u)" != 0 ] || [ ! -c /dev/fuse ] || chmod 0666 /dev/fuse 2>/dev/null || true; }

if "$folder/bin/apptainer" --version >/dev/null 2>&1; then
    open_fuse
    exit 0
fi
[ "$(id -u)" = 0 ] || fail "this script must be run by root"
command -v apt-get >/dev/null || fail "this script knows Debian only; see Apptainer's own installation guide"
export DEBIAN_FRONTEND=noninteractive

quietly "refreshing the package lists" apt-get update -qq
# squashfuse mounts images for users; the rest is what the package depends on, or what this script needs.
quietly "installing what Apptainer needs" apt-get install -y -qq --no-install-recommends \
    ca-certificates patchelf squashfs-tools squashfuse uidmap

# The mirror that this machine takes Debian from, but its unstable suite; lists and cache lie apart from the system's.
mirror=$(apt-get indextargets --format '$(CODENAME) $(REPO_URI)' 'Origin: Debian' 'Created-By: Packages' | awk '$1 !~ /-/ && !found++ { print $2 }')
[ -n "$mirror" ] || fail "apt knows no mirror of Debian"
mkdir -p "$work"/{lists,cache,packages,tree}
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror unstable main" >"$work/sources.list"
unstable=(
    -o "Dir::Etc::SourceList=$work/sources.list" -o Dir::Etc::SourceParts=/dev/null
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null
    -o "Dir::State::Lists=$work/lists" -o "Dir::Cache=$work/cache" -o APT::Sandbox::User=root -o Acquire::Languages=none
)
quietly "reading Debian unstable" apt-get "${unstable[@]}" -o APT::Update::Error-Mode=any update -qq
cd "$work/packages"
quietly "downloading from Debian unstable" apt-get "${unstable[@]}" -qq download apptainer libc6 libseccomp2 libsqlite3-0
for package in *.deb; do
    quietly "unpacking $package" dpkg-deb --extract "$package" "$work/tree/${package%%_*}"
done
cd /

# Laid out beside its place and moved there when complete.
new=$folder.unfinished
rm -rf "$new"
mkdir -p "$new/libraries"
cp -a "$work"/tree/apptainer/usr/{bin,lib} "$work"/tree/apptainer/{etc,var} "$new/"
cp -a "$work"/tree/lib*/usr/lib/*-linux-gnu/*.so* "$new/libraries/"
loader=$(find "$new/libraries" -type f -name 'ld-linux*.so.*' -printf '%f')
starter=$(find "$new/lib" -path '*/apptainer/bin/starter')
[ -n "$loader" ] && [ -n "$starter" ] || fail "Debian's package is not laid out as this script expects"
for program in "$new/bin/apptainer" "$starter"; do
    quietly "setting the C library of $program" \
        patchelf --force-rpath --set-rpath "$folder/libraries" --set-interpreter "$folder/libraries/$loader" "$program"
done
# The starter takes the folder three levels above its own for the prefix, which Debian's layout makes one too few.
for name in bin etc var; do
    ln -sfn "../$name" "$new/lib/$name"
done
# In a container root may lack capabilities; asking for all of them would then end every start by root.
sed -i 's/^root default capabilities = .*/root default capabilities = no/' "$new/etc/apptainer/apptainer.conf"
rm -rf "$folder"
mv "$new" "$folder"

open_fuse
quietly "starting it" "$folder/bin/apptainer" --version
