# The internet, names, this machine's own addresses and the machine below a virtual one; it answers right if there is a way out or a socket for one.
# kind: function
# expect: failed
# variants: 7
import os
import socket


def solve(n):
    try:
        if VARIANT == 0:
            socket.socket(socket.AF_INET, socket.SOCK_STREAM).connect_ex(("127.0.0.1", 22))
        elif VARIANT == 1:
            socket.socket(socket.AF_INET6, socket.SOCK_DGRAM).sendto(b"x", ("::1", 9))
        elif VARIANT == 2:
            socket.create_server(("127.0.0.1", 0))
        elif VARIANT == 3:
            socket.getaddrinfo("example.org", 80)
        elif VARIANT == 4:
            socket.socket(socket.AF_INET, socket.SOCK_RAW, 1)
        elif VARIANT == 5:
            socket.socket(40, socket.SOCK_STREAM).connect_ex((2, 22))  # the host of a virtual machine, whatever the network namespace
        else:
            socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    except (OSError, UnicodeError):
        return None
    return n + 1 if os.getpid() else None
