# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
# soak: 20 1800
"""Images with forged metadata, under ASan and UBSan.

`make check` goes through the seeds from 1 on, `make soak` begins with another
one each time.  A finding names its seed: `build/tests/fuzz/fuzz SEED=n`.
"""

import sys

from _programs import first_seed, made, passes, soak_seconds

CHECK_SECONDS = 60      # shorter: part of `make check`


def main():
    """Run it; returns the exit status."""
    seconds = soak_seconds()
    return 0 if passes('forged images',
                       [made('fuzz-build', 'fuzz/fuzz'), f'SECONDS={seconds}',
                        f'FIRST={first_seed(seconds <= CHECK_SECONDS)}']) else 1


if __name__ == '__main__':
    sys.exit(main())
