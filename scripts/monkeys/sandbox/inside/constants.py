"""Bounds and sentences that several parts share."""

FOLDER = "/tmp/program"
"""Where a candidate runs: made for it, and removed after it."""
PACKAGES = "/packages"
"""Where the sandbox has numpy, if it has it."""
MEGABYTE = 1 << 20
LONGEST_FILE = 16 * MEGABYTE
"""Bytes of any file, standard output included."""
MANY_BYTES = 4 * MEGABYTE
"""Bytes of answers after which garbage is collected: containers that contain themselves go in no other way."""

READY = b"ready"
"""A candidate's first message, sent before it has seen a line of its program. If it does not come, the machine failed and not the program."""
GONE = "gone"
"""What the tests answer when the candidate does not: how the candidate ended tells more."""
LOST = "the tests ended without an answer"
KILLED = "a process was killed from outside the sandbox; is there too little memory?"
UNREADY = "the candidate process could not be started"
