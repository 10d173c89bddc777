# Fills what it prints to, by one descriptor, by the other, by both at once from many processes.
# kind: script
# expect: failed, timeout, memory
# variants: 3
import os

chunk = b"42\n" * 20_000
if VARIANT == 2:
    for _ in range(3):
        os.fork()
while True:
    os.write(1 + VARIANT % 2, chunk)
    if VARIANT == 2:
        os.write(1, chunk)
