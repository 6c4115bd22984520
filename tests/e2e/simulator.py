# SPDX-License-Identifier: GPL-2.0-only
# soak: 20 3600
"""The store under simulated faults and power cuts, in user space.

Every run begins with another seed; a violation names it, and
`build/tests/sim/sim SEED=n` shows it again.
"""

import os
import subprocess
import sys
import time

from kdpvm.paths import TREE, build_dir


def main():
    """Run it for SOAK_SECONDS; returns the exit status."""
    subprocess.run(['make', '-s', '-C', TREE, 'sim',
                    f'BUILD={build_dir()}'], check=True)
    first = int(os.environ.get('KDP_SEED', '0')) or int(time.time()) * 1000
    return subprocess.run([build_dir() / 'tests' / 'sim' / 'sim',
                           f'SECONDS={os.environ["SOAK_SECONDS"]}',
                           f'FIRST={first}'], check=False).returncode


if __name__ == '__main__':
    sys.exit(main())
