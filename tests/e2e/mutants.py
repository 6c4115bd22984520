# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
# soak: 0 3600
"""Every mutant of the store is caught by the simulator.

`make check` tries some that are caught soon, `make soak` all of them, looking
for another seed where the known one does not show it any more.
"""

import subprocess
import sys

from _programs import soak_seconds
from kdpvm.paths import TREE

FEW = ('gap-is-end', 'replay-allocates', 'slot-in-use')


def main():
    """Run them; returns the exit status."""
    argv = ['--search'] if soak_seconds() else ['--search', *FEW]
    status = subprocess.run([TREE / 'tests/mutants/run', *argv],
                            check=False).returncode
    print(f'not ok mutants: exit status {status}' if status else 'ok mutants')
    return status


if __name__ == '__main__':
    sys.exit(main())
