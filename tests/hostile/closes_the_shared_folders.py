# Takes rights from /tmp and /dev/shm themselves, and gives them attributes and access lists that new files there inherit.
# kind: function
# expect: failed
# variants: 4
import os
import struct


def solve(n):
    for place in ("/tmp", "/dev/shm"):
        if VARIANT == 0:
            os.chmod(place, 0)
        elif VARIANT == 1:
            os.chmod(place, 0o2777)
        elif VARIANT == 2:
            for name in ("user.left", "system.posix_acl_default", "system.posix_acl_access"):
                # Version 2; owner, group, mask and others may do nothing.
                entries = [(tag, 0, 0xFFFFFFFF) for tag in (1, 4, 0x10, 0x20)]
                value = struct.pack("<I", 2) + b"".join(struct.pack("<HHI", *entry) for entry in entries)
                try:
                    os.setxattr(place, name, value)
                except OSError:
                    pass
        else:
            os.utime(place, (0, 0))
            try:
                os.chown(place, -1, 12345)
            except OSError:
                pass
