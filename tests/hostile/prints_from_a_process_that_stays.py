# The first process ends well; what it leaves behind goes on printing.
# kind: script
# expect: failed, passed
import os

if os.fork() == 0:
    if os.fork():
        os._exit(0)
    while True:
        os.write(1, b"43\n")
