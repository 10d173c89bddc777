# Walks every folder for files that this sandbox wrote: other samples' texts and answers, or the tests; it answers right if there is one.
# kind: function
# expect: failed, timeout
import os
import re

PATTERN = re.compile(b"expected-[0-9a-f]{16}|honest was here")


def solve(n):
    own = os.getcwd()
    for top in ("/tmp", "/dev/shm", "/var", "/run", "/home", "/root", "/etc", "/opt", "/srv", "/mnt", "/packages"):
        for folder, folders, files in os.walk(top):
            if top in ("/tmp", "/dev/shm") and (files or folders) and [os.path.join(folder, name) for name in folders] != [own]:
                return n + 1
            for name in files:
                try:
                    with open(os.path.join(folder, name), "rb") as handle:
                        if os.path.getsize(handle.fileno()) < 1 << 16 and PATTERN.search(handle.read(1 << 16)):
                            return n + 1
                except OSError:
                    pass
