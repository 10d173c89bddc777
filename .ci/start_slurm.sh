#!/usr/bin/env bash
# .ci/start_slurm.sh: a real Slurm of one machine on Debian or Ubuntu, as root, for the tests: controller and node daemon on loopback, the partitions
# cpu and gpu, two GPUs that are none, no accounting. `.ci/start_slurm.sh stop` ends it. Does nothing where it runs already; touches no other Slurm.
set -euo pipefail
name=monkeystest # tests/cluster/test_slurm.py runs on a cluster of this name alone
state=/var/lib/$name
log=$(mktemp)
trap 'rm -f "$log"' EXIT

fail() {
    echo "error: Slurm does not run: $1" >&2
    exit 1
}
quietly() {
    "$@" >"$log" 2>&1 || fail "$* failed ($(grep -iE -m 1 '^E:|error' "$log" || tail -n 1 "$log"))"
}
runs() { scontrol show config 2>/dev/null | grep -q "^ClusterName *= $name"; }
ended() {
    local file=$1
    [ ! -s "$file" ] || kill "$(cat "$file")" 2>/dev/null || true
}

if [ "${1:-start}" = stop ]; then
    runs && scontrol shutdown
    ended "$state/munged.pid"
    exit 0
fi
runs && exit 0
[ "$(id -u)" = 0 ] || fail "this script must be run by root"
[ ! -e /etc/slurm/slurm.conf ] || grep -q "^ClusterName=$name$" /etc/slurm/slurm.conf || fail "/etc/slurm/slurm.conf is another cluster's"
if ! command -v slurmctld >/dev/null || ! command -v slurmd >/dev/null || ! command -v munged >/dev/null; then
    command -v apt-get >/dev/null || fail "this script knows Debian and Ubuntu only"
    export DEBIAN_FRONTEND=noninteractive
    quietly apt-get update
    quietly apt-get install -y --no-install-recommends slurmctld slurmd slurm-client munge
fi

# munge answers for who submits; its package makes the key, and expects folders that systemd would make.
if ! munge -n >/dev/null 2>&1; then
    install -d -o munge -g munge -m 0755 /run/munge
    install -d -o munge -g munge -m 0700 /var/lib/munge /var/log/munge
    [ -s /etc/munge/munge.key ] || install -o munge -g munge -m 0400 <(head -c 1024 /dev/urandom) /etc/munge/munge.key
    install -d -o munge -g munge -m 0755 "$state"
    quietly setpriv --reuid munge --regid munge --clear-groups munged --pid-file "$state/munged.pid"
fi

host=$(hostname -s)
cpus=$(nproc)
memory=$(($(awk '/MemTotal/ {print $2}' /proc/meminfo) / 1024 - 512))
install -d -m 0755 /etc/slurm "$state/controller" "$state/node"
# Nodes that are none have device files that act like /dev/null: a bare count would make the node invalid.
for number in 0 1; do
    [ -e "$state/gpu$number" ] || mknod -m 666 "$state/gpu$number" c 1 3
done
echo "NodeName=$host Name=gpu Type=fake File=$state/gpu[0-1]" >/etc/slurm/gres.conf
cat >/etc/slurm/slurm.conf <<CONFIGURATION
ClusterName=$name
SlurmctldHost=$host(127.0.0.1)
CommunicationParameters=NoCtldInAddrAny,NoInAddrAny
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
MpiDefault=none
StateSaveLocation=$state/controller
SlurmdSpoolDir=$state/node
SlurmctldPidFile=$state/slurmctld.pid
SlurmdPidFile=$state/slurmd.pid
SlurmctldLogFile=$state/slurmctld.log
SlurmdLogFile=$state/slurmd.log
# Without systemd there are no cgroups of Slurm's own; memory is enforced by looking once a second.
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=1
JobAcctGatherParams=OverMemoryKill
PropagateResourceLimits=NONE
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU_Memory
SchedulerType=sched/backfill
SchedulerParameters=sched_interval=2,bf_interval=2,batch_sched_delay=0,sched_min_interval=1
ReturnToService=2
InactiveLimit=0
KillWait=5
# With no accounting squeue alone tells how a job ended, for so many seconds.
MinJobAge=600
AccountingStorageType=accounting_storage/none
DefMemPerCPU=1000
GresTypes=gpu
NodeName=$host NodeAddr=127.0.0.1 CPUs=$cpus RealMemory=$memory Gres=gpu:fake:2 State=UNKNOWN
PartitionName=cpu Nodes=$host Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=$host Default=NO MaxTime=INFINITE State=UP
CONFIGURATION
quietly slurmctld -c
quietly slurmd
for _ in $(seq 150); do
    [ "$(sinfo -h -o %T 2>/dev/null | sort -u)" = idle ] && exit 0
    sleep 0.2
done
fail "its node does not come up ($(tail -n 1 "$state/slurmd.log"))"
