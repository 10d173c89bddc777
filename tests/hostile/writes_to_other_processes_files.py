# Opens for writing what /proc has of the others: memory, name, out-of-memory score, settings; it answers right if one lets it.
# kind: function
# expect: failed, timeout
import os

NAMES = "mem comm oom_score_adj oom_adj coredump_filter clear_refs timerslack_ns autogroup sched attr/current uid_map setgroups".split()


def solve(n):
    # A thread's id leads to its process, too, and is not listed.
    for process in [f"/proc/{pid}" for pid in range(1, 500) if pid != os.getpid()]:
        for name in NAMES:
            for path in (f"{process}/{name}", f"{process}/task/{os.path.basename(process)}/{name}"):
                try:
                    with open(path, "wb", 0) as handle:
                        # Some may be opened by all, and ask then who is writing.
                        if name != "mem":
                            handle.write(b"0")
                        return n + 1
                except OSError:
                    pass
