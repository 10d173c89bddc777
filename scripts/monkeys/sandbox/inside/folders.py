"""Folders that candidates can write to: restored after each candidate."""

import os
import random
import re
import stat
import sys

Entry = tuple[int, str]
"""An inode, and where it leads if it is a symbolic link, else an empty text."""


class WritableFolder:
    """A folder whose initial contents have to be there after each program, and nothing else."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.mode = os.stat(path).st_mode & 0o7777
        self.contents = self.entries()

    def entries(self) -> dict[str, Entry]:
        """What is in it now, by name."""
        with os.scandir(self.path) as entries:
            return {entry.name: (entry.inode(), os.readlink(entry.path) if entry.is_symlink() else "") for entry in entries}

    def restore(self) -> None:
        """Remove what was added, whatever its permissions and depth.

        Raises:
            SystemExit: something that cannot be put back was removed or replaced.
        """
        if os.stat(self.path).st_mode & 0o7777 != self.mode:
            os.chmod(self.path, self.mode)
        # A link that leads elsewhere is removed like what was added, and put back.
        while added := {name for name, entry in self.entries().items() if entry[1] != self.contents.get(name, (0, None))[1]}:
            home = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY)
            for name in added:
                remove(name, home)
            os.close(home)
        for name in self.contents.keys() - self.entries().keys():
            link = self.contents[name][1]
            if not link:
                sys.exit(f"a program removed {name} from {self.path}")
            os.symlink(link, os.path.join(self.path, name))
        found = self.entries()
        if any(found[name][1] != link or (not link and found[name][0] != inode) for name, (inode, link) in self.contents.items()):
            sys.exit(f"a program changed {self.path}")


def writable_folders() -> list[WritableFolder]:
    """Every folder that is mounted for writing and that this user may write to."""
    found = []
    with open("/proc/self/mountinfo", "rb") as handle:
        for line in handle:
            mount, source = line.split(b" - ")
            path, options = mount.split()[4:6]
            if b"rw" in options.split(b",") and source.split()[0] not in (b"proc", b"sysfs", b"devpts", b"cgroup", b"cgroup2"):
                name = os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), path))
                if os.path.isdir(name) and os.access(name, os.W_OK):
                    found.append(WritableFolder(name))
    return found


def remove(name: str, home: int) -> None:
    """Remove a file or folder.

    Args:
        name: its name within ``home``.
        home: descriptor of a folder. Folders of a removed folder move up to it: thousands of levels are more than recursion or a path can take.
    """
    if not stat.S_ISDIR(os.stat(name, dir_fd=home, follow_symlinks=False).st_mode):
        os.unlink(name, dir_fd=home)
        return
    os.chmod(name, 0o700, dir_fd=home)
    folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=home)
    for child in os.scandir(folder):
        if child.is_dir(follow_symlinks=False):
            os.chmod(child.name, 0o700, dir_fd=folder)
            os.rename(child.name, f"{random.getrandbits(128):032x}", src_dir_fd=folder, dst_dir_fd=home)
        else:
            os.unlink(child.name, dir_fd=folder)
    os.close(folder)
    os.rmdir(name, dir_fd=home)
