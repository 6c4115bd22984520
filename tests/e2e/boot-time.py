# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# kernel:
# soak-kernel: 6.1
# timeout: 900
# soak: 0 600
"""What a pool adds to the boot, beside a volume group of LVM.

The same machine boots in turn without, with seven volumes of a pool and with
seven of LVM, one of them in fstab: the seconds from the kernel's start to
local-fs.target, the median of each.
"""

import os
import statistics
import sys

from _boot import VOLUMES, Story
from kdpvm import Disk

MIB = 1 << 20
ROUNDS = 9 if int(os.environ['SOAK_SECONDS']) else 3
LIMIT = 1.5
# below it the difference to no pool at all is lost in the noise
NOISE = 0.5
LVM = ('pvcreate -qy {0} && vgcreate -qy vg {0} && for v in {1}; do '
       'lvcreate -qyn $v -L 16M vg || exit 1; done')
FSTAB = 'mkfs.ext4 -q {0} && echo "{0} /mnt ext4 defaults 0 0" >/root/{1}'


def prepare(story):
    """Both on their disks, a line for fstab of each."""
    story.begin()
    pool = '/dev/disk/by-id/virtio-pool'
    story.make_pool(pool, 'ci', '16M')
    story.sh(LVM.format('/dev/disk/by-id/virtio-lvm', ' '.join(VOLUMES)))
    story.sh('rm -f /root/none; touch /root/none')
    story.sh(FSTAB.format('/dev/kdevpool/ci/test', 'pool'))
    story.sh(FSTAB.format('/dev/vg/test', 'lvm'))
    story.sh('systemctl mask -q lvm2-monitor.service')


def boot(story, disks, which):
    """Seconds to local-fs.target with one of the disks, or none."""
    story.sh(f'cp /root/{which} /etc/fstab; sync')
    story.machine.powercut()
    story.machine.disks[:] = [disks[which]] if which in disks else []
    story.machine.start()
    if which in disks:
        story.succeeds(f'{which}: mounted', 'findmnt -n /mnt >/dev/null')
    return float(story.sh('systemctl show -P ActiveEnterTimestampMonotonic '
                          'local-fs.target')) / 1e6


def tell(story, disks):
    """In turn, so that what else the machine does counts for all."""
    prepare(story)
    times = {'none': [], 'pool': [], 'lvm': []}
    for _ in range(ROUNDS):
        for which, list_ in times.items():
            list_.append(boot(story, disks, which))
    middle = {which: statistics.median(list_)
              for which, list_ in times.items()}
    pool, lvm = (middle[which] - middle['none'] for which in ('pool', 'lvm'))
    print(f'to local-fs.target: {middle["none"]:.1f} s without, '
          f'{pool:+.1f} s with a pool, {lvm:+.1f} s with LVM; all: {times}')
    story.machine.note_figures(local_fs=middle)
    story.check('a pool adds at most 1.5 times what LVM adds',
                pool <= max(LIMIT * lvm, NOISE), f'{pool:.2f} s, {lvm:.2f} s')


def main():
    """Run it; returns the exit status."""
    disks = {name: Disk(size=256 * MIB, serial=name)
             for name in ('pool', 'lvm')}
    story = Story(list(disks.values()), 'boot-time')
    return story.run(lambda s: tell(s, disks))


if __name__ == '__main__':
    sys.exit(main())
