# SPDX-License-Identifier: GPL-2.0-only
"""The host's end of the agent's port; guest/agent.c tells the protocol."""

import select
import struct
import time

from .errors import GuestDied, GuestTimeout

CHUNK = 1 << 16


class Link:
    """Frames over a connected socket.  One command at a time."""

    def __init__(self, sock):
        self._sock = sock
        self._sock.setblocking(False)
        self._in = b''
        self._out = bytearray()

    def close(self):
        """Close the socket."""
        self._sock.close()

    def _queue(self, kind, data=b''):
        self._out += kind + struct.pack('<I', len(data)) + data

    def _frame(self):
        """Take one whole frame off the input; None when there is none."""
        if len(self._in) < 5:
            return None
        size = struct.unpack_from('<I', self._in, 1)[0]
        if len(self._in) < 5 + size:
            return None
        kind, data = self._in[:1], self._in[5:5 + size]
        self._in = self._in[5 + size:]
        return kind, data

    def _exchange(self, deadline):
        """Send and receive what is possible; waits for either."""
        left = deadline - time.monotonic()
        if left <= 0:
            raise GuestTimeout('the guest did not answer in time')
        readable, writable, _ = select.select(
            [self._sock], [self._sock] if self._out else [], [], left)
        try:
            if writable:
                del self._out[:self._sock.send(self._out[:CHUNK])]
            if readable:
                data = self._sock.recv(CHUNK)
                if not data:
                    raise GuestDied('the machine ended without a verdict')
                self._in += data
        except (BrokenPipeError, ConnectionResetError) as error:
            raise GuestDied('the machine ended without a verdict') from error

    def _next(self, deadline):
        while True:
            frame = self._frame()
            if frame:
                return frame
            self._exchange(deadline)

    def wait_ready(self, timeout):
        """Wait for the agent's greeting."""
        deadline = time.monotonic() + timeout
        while self._next(deadline)[0] != b'H':
            pass

    def run(self, command, stdin, timeout, sink):
        """Run `command` by the guest's shell; returns its exit status.

        `sink(kind, data)` gets the output as it comes, kind b'O' or b'E'.
        GuestTimeout after `timeout` seconds: the command is then still
        running and the link no longer usable.
        """
        deadline = time.monotonic() + timeout
        self._queue(b'X', command.encode())
        for at in range(0, len(stdin), CHUNK):
            self._queue(b'I', stdin[at:at + CHUNK])
        self._queue(b'Z')
        while True:
            kind, data = self._next(deadline)
            if kind == b'R':
                return data[0]
            if kind in (b'O', b'E'):
                sink(kind, data)
