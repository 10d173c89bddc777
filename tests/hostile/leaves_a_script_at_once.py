# Ends without a word, by every status and signal.
# kind: script
# expect: failed, passed
# variants: 5
import os
import sys

if VARIANT == 0:
    os._exit(0)
elif VARIANT == 1:
    sys.exit(0)
elif VARIANT == 2:
    os.kill(os.getpid(), 9)
elif VARIANT == 3:
    os.execv("/bin/false", ["false"])
else:
    raise KeyboardInterrupt
