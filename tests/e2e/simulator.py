# SPDX-License-Identifier: GPL-2.0-only
# soak: 20 3600
"""The store under simulated faults and power cuts, in user space.

`make check` goes through the seeds from 1 on, so that it fails for what was
changed; `make soak` begins with another seed each time.  A violation names its
seed, and `build/tests/sim/sim SEED=n` shows it again.
"""

import os
import subprocess
import sys
import time

from kdpvm.paths import TREE, build_dir

CHECK_SECONDS = 60      # shorter: part of `make check`


def main():
    """Run it for SOAK_SECONDS; returns the exit status."""
    subprocess.run(['make', '-s', '-C', TREE, 'sim',
                    f'BUILD={build_dir()}'], check=True)
    seconds = int(os.environ['SOAK_SECONDS'])
    first = int(os.environ.get('KDP_SEED', '0')) or \
        (int(time.time()) * 1000 if seconds > CHECK_SECONDS else 1)
    return subprocess.run([build_dir() / 'tests' / 'sim' / 'sim',
                           f'SECONDS={seconds}',
                           f'FIRST={first}'], check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
