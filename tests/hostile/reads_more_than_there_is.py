# Waits for input for ever, or reads it over and over.
# kind: script
# expect: failed, timeout
# variants: 3
import os
import sys

if VARIANT == 0:
    while True:
        input()
elif VARIANT == 1:
    while True:
        os.lseek(0, 0, os.SEEK_SET)
        os.read(0, 1 << 20)
else:
    fd = os.open("/dev/tty", os.O_RDONLY)
    sys.exit(os.read(fd, 1))
