# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 120
"""The prober is no slower than blkid -p on the same disk.

udev runs it for every block device.  Runs of both alternate, so that whatever
else the machine does hits both; the faster quarter of 101 each counts, of an
empty disk and of one with a pool.  Up to three rounds: a loaded machine may
spoil one.  Medians are printed, too.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _programs import made
from kdpvm.paths import TREE

RUNS = 101
LIMIT = 1.0


def seconds(*command):
    """How long a program takes, whatever it says."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL,
                   stderr=subprocess.DEVNULL, check=False)
    return time.perf_counter() - begin


def ratio(program, image):
    """(ratio of the medians, a line about them)."""
    ours, theirs = [], []
    for _ in range(RUNS):
        theirs.append(seconds('blkid', '-p', image))
        ours.append(seconds(program, 'probe', '--udev', image))
    a, b = statistics.quantiles(ours), statistics.quantiles(theirs)
    return a[0] / b[0], (f'{a[0] * 1e3:.2f} ms, blkid {b[0] * 1e3:.2f} ms, '
                         f'{a[0] / b[0]:.2f} (medians {a[1] / b[1]:.2f})')


def case(name, program, image):
    """One image; whether the prober was fast enough in one of three rounds."""
    for _ in range(3):
        found, text = ratio(program, image)
        print(f'{name}: {text}', flush=True)
        if found <= LIMIT:
            print(f'ok {name}', flush=True)
            return True
    print(f'not ok {name}: {text} times blkid, at most {LIMIT} wanted')
    return False


def main():
    """Run the cases; returns the exit status."""
    subprocess.run(['make', '-s', '-C', TREE, 'userspace'], check=True)
    program = TREE / 'build/bin/kdevpool-admin'
    tools = made('admin-tools', 'tools')
    base = '/dev/shm' if os.access('/dev/shm', os.W_OK) else None
    with tempfile.TemporaryDirectory(dir=base) as folder:
        blank, pool = Path(folder, 'blank.img'), Path(folder, 'pool.img')
        blank.write_bytes(b'')
        os.truncate(blank, 1 << 30)
        subprocess.run([tools / 'pool-image', pool], check=True)
        good = [case('an empty disk', program, blank),
                case('a disk with a pool', program, pool)]
    return 0 if all(good) else 1


if __name__ == '__main__':
    sys.exit(main())
