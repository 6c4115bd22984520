# SPDX-License-Identifier: GPL-2.0-only
# kernel: 6.1 debug
# timeout: 600
"""The machine goes down, and nobody has taken the pool down: the module closes
it in order, while its volumes go on.
"""

import os
import sys

from _boot import Story
from kdpvm import Disk

MIB = 1 << 20
WRITER = ('while :; do dd if=/dev/urandom of=/dev/kdevpool/p/{0} bs=64k '
          'count=64 oflag=direct; blkdiscard /dev/kdevpool/p/{0}; done')


def goes_down(story, disk, name, command):
    """The disk is clean after `command`, and comes up with what was on it."""
    story.machine.shutdown(command)
    story.closed(disk, name)
    story.machine.start()
    story.succeeds(f'{name}: it comes up', 'kdevpool-admin activate /dev/vda')
    story.equal(f'{name}: same data', story.sh('sha256sum </dev/kdevpool/p/a'),
                story.sums)


def tell(story, disk):
    """Idle, removed before, and with changes up to the last moment."""
    story.machine.start()
    story.sh('kdevpool-admin create --device /dev/vda --pool p --volume a:4M '
             '--volume b:8M:thin --volume c:8M:thin --yes && '
             'dd if=/dev/urandom of=/dev/kdevpool/p/a bs=1M count=4 '
             'oflag=direct')
    story.sums = story.sh('sha256sum </dev/kdevpool/p/a')
    goes_down(story, disk, 'poweroff', 'poweroff -f')
    story.sh('dd if=/dev/zero of=/dev/kdevpool/p/b bs=64k count=3 oflag=direct')
    goes_down(story, disk, 'reboot', 'reboot -f')
    # suspended: it is clean already, and nothing may wait for the resume
    story.sh('dmsetup suspend kdp-p')
    goes_down(story, disk, 'suspended', 'poweroff -f')
    for volume in 'bc':
        story.sh(f'({WRITER.format(volume)}) >/dev/null 2>&1 &')
    story.machine.shutdown('sleep 2; poweroff -f')
    story.machine.start()
    story.succeeds('in the midst of changes: it comes up',
                   'kdevpool-admin activate /dev/vda && '
                   'kdevpool-admin scrub --wait p')
    story.equal('in the midst of changes: same data', story.sh(
        'sha256sum </dev/kdevpool/p/a'), story.sums)
    story.sh('kdevpool-admin deactivate p; rmmod dm_kdevpool')
    story.succeeds('without the module there is nothing to be called',
                   '! lsmod | grep kdevpool')
    story.machine.shutdown('poweroff -f')


def main():
    """Run it; returns the exit status."""
    disk = Disk(size=96 * MIB)
    story = Story([disk], 'going-down', systemd=False,
                  kernel=os.environ['KDP_KERNEL'])
    return story.run(lambda s: tell(s, disk))


if __name__ == '__main__':
    sys.exit(main())
