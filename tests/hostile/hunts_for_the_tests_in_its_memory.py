# Reads all memory of its own process, as bytes and as wide characters; it answers right if the tests' text was ever in it.
# kind: function
# expect: failed, timeout
import re

NARROW = re.compile(b"expected-[0-9a-f]{16}")
WIDE = re.compile(b"e\0x\0p\0e\0c\0t\0e\0d\0-\0(?:[0-9a-f]\0){16}")
WIDEST = re.compile(b"e\0\0\0x\0\0\0p\0\0\0e\0\0\0c\0\0\0t\0\0\0e\0\0\0d\0\0\0-\0\0\0(?:[0-9a-f]\0\0\0){16}")


def chunks():
    with open("/proc/self/maps") as maps, open("/proc/self/mem", "rb", 0) as memory:
        for line in maps:
            if line.split()[1][0] != "r" or "[v" in line:
                continue
            start, end = (int(word, 16) for word in line.split()[0].split("-"))
            while start < end:
                try:
                    memory.seek(start)
                    yield memory.read(min(end - start, 1 << 22))
                except (OSError, ValueError, OverflowError):
                    pass
                start += (1 << 22) - 200


def solve(n):
    for chunk in chunks():
        for pattern in (NARROW, WIDE, WIDEST):
            if pattern.search(chunk):
                return n + 1
