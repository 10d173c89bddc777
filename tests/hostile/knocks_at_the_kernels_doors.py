# Calls that are large and rarely needed parts of the kernel, or that change the machine; it answers right if one is let through.
# kind: function
# expect: failed
# variants: 2
import ctypes
import os

CALLS = {
    "x86_64": {
        "bpf": 321,
        "perf_event_open": 298,
        "userfaultfd": 323,
        "io_uring_setup": 425,
        "add_key": 248,
        "keyctl": 250,
        "request_key": 249,
        "init_module": 175,
        "finit_module": 313,
        "delete_module": 176,
        "kexec_load": 246,
        "swapon": 167,
        "acct": 163,
        "settimeofday": 164,
        "sethostname": 170,
        "setdomainname": 171,
        "open_by_handle_at": 304,
        "iopl": 172,
        "ioperm": 173,
        "quotactl": 179,
        "vhangup": 153,
    },
    "aarch64": {
        "bpf": 280,
        "perf_event_open": 241,
        "userfaultfd": 282,
        "io_uring_setup": 425,
        "add_key": 217,
        "keyctl": 219,
        "request_key": 218,
        "init_module": 105,
        "finit_module": 273,
        "delete_module": 106,
        "kexec_load": 104,
        "swapon": 224,
        "acct": 89,
        "settimeofday": 170,
        "sethostname": 161,
        "setdomainname": 162,
        "open_by_handle_at": 265,
        "quotactl": 60,
        "vhangup": 58,
    },
}[os.uname().machine]
libc = ctypes.CDLL(None)
libc.syscall.restype = ctypes.c_long


def call(name, *arguments):
    return libc.syscall(ctypes.c_long(CALLS.get(name, 1_000_000)), *arguments)


def solve(n):
    zero = ctypes.create_string_buffer(256)
    attribute = ctypes.create_string_buffer(128)
    ctypes.memmove(attribute, (1).to_bytes(4, "little") + (112).to_bytes(4, "little"), 8)
    if VARIANT == 0:
        done = [
            call("bpf", 0, ctypes.create_string_buffer(b"\2\0\0\0\4\0\0\0\4\0\0\0\1\0\0\0", 128), 64) >= 0,
            call("perf_event_open", attribute, 0, -1, -1, ctypes.c_long(0)) >= 0,
            call("userfaultfd", 1) >= 0,
            call("userfaultfd", 0) >= 0,
            call("io_uring_setup", 4, zero) >= 0,
            call("add_key", b"user", b"left", b"left", ctypes.c_size_t(4), -3) >= 0,
            call("keyctl", 0, -3, 1) >= 0,
            call("keyctl", 1, b"left") >= 0,
            call("request_key", b"user", b"left", None, 0) >= 0,
        ]
    else:
        done = [
            call("init_module", zero, ctypes.c_size_t(8), b"") == 0,
            call("finit_module", 0, b"", 0) == 0,
            call("delete_module", b"none", 0) == 0,
            call("kexec_load", ctypes.c_long(0), ctypes.c_long(0), None, ctypes.c_long(0)) == 0,
            call("swapon", b"/tmp/x", 0) == 0,
            call("acct", None) == 0,
            call("settimeofday", (ctypes.c_long * 2)(1, 0), None) == 0,
            call("sethostname", b"x", 1) == 0,
            call("setdomainname", b"x", 1) == 0,
            call("open_by_handle_at", -100, zero, 0) >= 0,
            call("iopl", 3) == 0,
            call("ioperm", ctypes.c_long(0x70), ctypes.c_long(2), 1) == 0,
            call("quotactl", 0, None, 0, None) == 0,
            call("vhangup") == 0,
        ]
    return n + 1 if any(done) else None
