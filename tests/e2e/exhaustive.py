# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
# soak: 0 7200
"""Every short sequence of operations, every crash, every durable subset.

`make check` takes each operation alone, `make soak` up to three in a row.  A
violation names what `build/tests/sim/exhaust REPLAY=` shows again.
"""

import sys

from _programs import made, passes, soak_seconds


def main():
    """Run it; returns the exit status."""
    length = 3 if soak_seconds() else 1
    return 0 if passes(f'sequences of up to {length}',
                       [made('exhaust-build', 'sim/exhaust'),
                        f'LENGTH={length}']) else 1


if __name__ == '__main__':
    sys.exit(main())
