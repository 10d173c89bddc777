# Removes, renames or replaces what it finds in the folders that it can write to, such as the links in /dev.
# kind: function
# expect: failed
# variants: 3
import os


def solve(n):
    for folder in ("/dev", "/dev/shm", "/tmp", "/var/tmp", "/run", "/etc", "/home", "/"):
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in names:
            path = os.path.join(folder, name)
            try:
                if VARIANT == 0:
                    os.rmdir(path) if os.path.isdir(path) and not os.path.islink(path) else os.unlink(path)
                elif VARIANT == 1:
                    os.rename(path, path + "-left")
                else:
                    os.symlink("/proc/self/fd/0", path + "-new")
                    os.rename(path + "-new", path)
            except OSError:
                pass
