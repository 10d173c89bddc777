"""Asks the script server for a script: ``python script_client.py SOCKET SCRIPT ARGUMENTS...``."""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(sys.argv[1])
    socket.send_fds(server, [b"\0"], [0, 1, 2])
    request = {"arguments": sys.argv[2:], "folder": os.getcwd(), "environment": dict(os.environ)}  # noqa: PTH109  pathlib takes longer to load than all of this
    server.sendall(json.dumps(request).encode() + b"\n")
    status = server.recv(1)
sys.exit(status[0] if status else 137)
