"""Messages between the processes of a sandbox, and between the sandbox and the workflow."""

import os
from typing import Optional

from monkeys.sandbox.inside.constants import MEGABYTE


class Channel:
    """Messages of bytes, each behind its length in four bytes.

    Args:
        fd: a socket or pipe.
        longest: bytes of a message, its length included, beyond which it is none.
    """

    def __init__(self, fd: int, longest: int = 1 << 32) -> None:
        self.fd, self.longest, self.rest = fd, longest, b""

    def receive(self) -> Optional[bytes]:
        """The next message; None if no whole message comes, as the sender may be hostile.

        Raises:
            OSError: the connection broke.
        """
        data = self.rest or os.read(self.fd, 1 << 16)
        while len(data) < 4:
            more = os.read(self.fd, 1 << 16)
            if not more:
                return None
            data += more
        end = 4 + int.from_bytes(data[:4], "big")
        if end > self.longest:
            return None
        if len(data) < end:
            chunks, size = [data], len(data)
            while size < end:
                chunk = os.read(self.fd, min(end - size, MEGABYTE))
                if not chunk:
                    return None
                chunks.append(chunk)
                size += len(chunk)
            data = b"".join(chunks)
        self.rest = data[end:]
        return data[4:end]

    def send(self, body: bytes) -> None:
        """Send a message.

        Raises:
            OSError: the other end is closed.
        """
        write_all(self.fd, len(body).to_bytes(4, "big") + body)


def write_all(fd: int, data: bytes) -> None:
    """Write bytes, in as many steps as it takes."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(fd, rest) :]
