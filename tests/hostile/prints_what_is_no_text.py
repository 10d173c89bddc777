# Bytes of no encoding, control characters, surrogates and a line without end.
# kind: script
# expect: failed, passed
# variants: 4
import os

os.write(1, (b"\xff\xfe\x00" * 100, b"\x1b[2J\x1b]0;x\x07\x00" * 100, "\ud800".encode("utf-8", "surrogatepass"), b"4" * 1_000_000)[VARIANT])
