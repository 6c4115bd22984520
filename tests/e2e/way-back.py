# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
"""`create` killed, interrupted or failing at each system call that writes.

On an image file, so without device-mapper: way-back-disk.py has that.  The
first image holds a partition table, a file system and noise elsewhere, the
second one an older pool.  Every byte is as before, or a whole pool is there;
after a power cut at any moment, on the way there or back, none shows half.
"""

import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from _programs import made, passes

SIZE = 64 << 20
TABLE = 'label: gpt\nstart=2048, size=65536, name=precious\n'


def admin(*args):
    """Run kdevpool-admin for the fixture."""
    subprocess.run([made('userspace', '../bin/kdevpool-admin'), *args],
                   check=True, stdout=subprocess.DEVNULL)


def noisy(path):
    """An image in which no byte is like its neighbours."""
    path.write_bytes(random.Random(1).randbytes(SIZE))


def precious(path):
    """A disk that somebody would miss."""
    noisy(path)
    subprocess.run(['sfdisk', '-q', path], input=TABLE.encode(), check=True)
    subprocess.run(['mke2fs', '-q', '-F', '-L', 'precious', '-E',
                    'offset=1048576,nodiscard', path, '32M'], check=True)


def pool(path):
    """An older pool of other geometry, with a volume."""
    noisy(path)
    admin('create', '--device', path, '--image', '--pool', 'old', '--volume',
          'precious:3M', '--chunk', '128K', '--force', '--yes')


def case(name, image, *words):
    """All stops on this image."""
    command = [made('userspace', '../bin/kdevpool-admin'), 'create',
               '--device', image, '--image', '--volume', 'a:1M', '--volume',
               'b:4M', '--pool', 'new', '--yes', '--force']
    return passes(name, [made('stops-build', 'stops/stops'), f'DISK={image}',
                         *words, '--', *command])


def main():
    """Run them; returns the exit status."""
    os.environ['PATH'] += ':/usr/sbin:/sbin'
    # fsync costs nothing there
    where = '/dev/shm' if os.path.isdir('/dev/shm') else None
    with tempfile.TemporaryDirectory(dir=where) as folder:
        image = Path(folder) / 'disk.img'
        precious(image)
        good = case('each stop, over a partition table', image)
        good &= case('power cuts, over a partition table', image, 'EVERY=50',
                     'CUTS=1')
        pool(image)
        good &= case('each third stop, over a pool', image, 'EVERY=3')
        good &= case('power cuts, over a pool', image, 'EVERY=50',
                     'FIRST=10', 'CUTS=1')
    return 0 if good else 1


if __name__ == '__main__':
    sys.exit(main())
