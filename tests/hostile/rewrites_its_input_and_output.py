# Changes what it was given, and truncates, seals and maps what it prints to, so that whoever reads it afterwards is surprised.
# kind: script
# expect: failed, passed
# variants: 5
import fcntl
import mmap
import os

if VARIANT == 0:
    for fd in (0, 1, 2):
        try:
            os.ftruncate(fd, 1 << 40)
        except OSError:
            os.ftruncate(fd, 15 << 20)
elif VARIANT == 1:
    os.write(1, b"x" * 8192)
    if os.fork() == 0:
        kept = mmap.mmap(1, 8192)
        while True:
            kept[:4] = b"42\n\n"
            os.ftruncate(1, 0)
            os.ftruncate(1, 8192)
elif VARIANT == 2:
    fcntl.fcntl(1, 1033, 0x1F)  # F_ADD_SEALS: no more growing, shrinking, writing or sealing
elif VARIANT == 3:
    os.lseek(1, 1 << 40, os.SEEK_SET)
    os.write(1, b"42\n")
else:
    os.close(0)
    os.close(1)
    os.close(2)
