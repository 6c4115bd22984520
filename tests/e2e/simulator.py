# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
# soak: 20 7200
"""The store under simulated faults and power cuts, in user space.

`make check` goes through the seeds from 1 on; `make soak` begins with another
seed each time and goes on for a million power cuts, and until every class of
faults was met a thousand times.  A violation names its seed, and
`build/tests/sim/sim SEED=n` shows it again.
"""

import sys

from _programs import first_seed, made, passes, soak_seconds

CHECK_SECONDS = 60      # shorter: part of `make check`


def main():
    """Fast, then under ASan and UBSan; returns the exit status."""
    seconds = soak_seconds()
    short = seconds <= CHECK_SECONDS
    first = f'FIRST={first_seed(short)}'
    goal = [] if short else ['CYCLES=1000000', 'NEED=1000', 'COVERAGE=1']
    good = passes('power cuts', [made('sim', 'sim/sim'),
                                 f'SECONDS={seconds}', first, *goal])
    good &= passes('power cuts, sanitized',
                   [made('sim', 'sim/sim', True),
                    f'SECONDS={seconds // 6 or 1}', first])
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
