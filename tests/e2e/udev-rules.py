# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 400
"""`udevadm verify` of a later Debian finds nothing in our rules.

It is changed into for this; the one of Debian 12 has no such command.
"""

import subprocess
import sys

from kdpvm import apt
from kdpvm.bootstrap import bootstrap
from kdpvm.cache import entry, recipe
from kdpvm.paths import TREE

SUITE = 'trixie'
INSIDE = '''mount -t proc proc "$1/proc" && mount --bind "$2" "$1/mnt" &&
    exec chroot "$1" udevadm verify --resolve-names=never "/mnt/$3"'''


def main():
    """Run it; returns the exit status."""
    archive = apt.Suite(SUITE)
    path = entry('udev', [SUITE, archive.candidates(['udev']),
                          recipe(bootstrap)],
                 lambda folder: bootstrap(
                     folder / 'root', SUITE, [archive.source()], 'essential',
                     ['udev'], folder / 'log'))
    bad = 0
    for rules in sorted((TREE / 'udev').glob('*.rules')):
        done = subprocess.run(
            ['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
             INSIDE, 'verify', path / 'root', rules.parent, rules.name],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        bad += done.returncode != 0
        print(f'not ok {rules.name}: {" ".join(done.stdout.split())}'
              if done.returncode else f'ok {rules.name}', flush=True)
    return 1 if bad else 0


if __name__ == '__main__':
    sys.exit(main())
