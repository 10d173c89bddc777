# Kills or stops the others by the calls that a filter of kill(2) may have forgotten.
# kind: function
# expect: failed, timeout
# variants: 12
import ctypes
import os
import signal
import time

# tkill, tgkill, rt_sigqueueinfo, rt_tgsigqueueinfo, pidfd_send_signal, pidfd_open
CALLS = {"x86_64": (200, 234, 129, 297, 424, 434), "aarch64": (130, 131, 138, 240, 424, 434)}[os.uname().machine]
tkill, tgkill, queue, tgqueue, pidfd_send, pidfd_open = (ctypes.c_long(number) for number in CALLS)
syscall = ctypes.CDLL(None).syscall


def solve(n):
    number = (signal.SIGKILL, signal.SIGSTOP)[VARIANT % 2]
    info = ctypes.create_string_buffer(128)
    ctypes.memmove(info, b"".join(word.to_bytes(4, "little", signed=True) for word in (int(number), 0, -1)), 12)
    own = os.getpid()
    for pid in [int(name) for name in os.listdir("/proc") if name.isdigit() and int(name) != own]:
        if VARIANT // 2 == 0:
            syscall(tkill, pid, number)
        elif VARIANT // 2 == 1:
            syscall(tgkill, pid, pid, number)
        elif VARIANT // 2 == 2:
            syscall(queue, pid, number, info)
        elif VARIANT // 2 == 3:
            syscall(tgqueue, pid, pid, number, info)
        elif VARIANT // 2 == 4:
            syscall(pidfd_send, syscall(pidfd_open, pid, 0), number, None, 0)
        else:
            try:
                folder = os.open(f"/proc/{pid}", os.O_RDONLY | os.O_DIRECTORY)
            except OSError:
                continue
            syscall(pidfd_send, folder, number, None, 0)
    time.sleep(0.3)
