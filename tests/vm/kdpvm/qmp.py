# SPDX-License-Identifier: GPL-2.0-only
"""QEMU's control socket."""

import json

from .errors import Fault, GuestDied


class Qmp:
    """A connected QMP socket."""

    def __init__(self, sock, timeout=30):
        sock.settimeout(timeout)
        self._sock = sock
        self._file = sock.makefile('rwb')
        self._greeted = False

    def close(self):
        """Close the socket."""
        self._file.close()
        self._sock.close()

    def _read(self):
        try:
            line = self._file.readline()
        except OSError as error:
            raise GuestDied(f'QEMU does not answer: {error}') from error
        if not line:
            raise GuestDied('QEMU has ended')
        return json.loads(line)

    def _send(self, name, arguments):
        request = {'execute': name, 'arguments': arguments}
        try:
            self._file.write(json.dumps(request).encode() + b'\n')
            self._file.flush()
        except OSError as error:
            raise GuestDied('QEMU has ended') from error
        while True:
            reply = self._read()
            if 'error' in reply:
                raise Fault(f'QMP {name}: {reply["error"]["desc"]}')
            if 'return' in reply:
                return reply['return']

    def command(self, name, **arguments):
        """Run one command, give back what it returns; Fault on an error.

        Events that arrive meanwhile are dropped.  An underscore in an
        argument's name stands for a hyphen.
        """
        if not self._greeted:
            self._read()
            self._send('qmp_capabilities', {})
            self._greeted = True
        return self._send(name, {key.replace('_', '-'): value
                                 for key, value in arguments.items()})
