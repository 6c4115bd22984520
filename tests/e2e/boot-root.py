# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 900
"""The root file system on a pool's volume, brought up by initramfs-tools."""

import sys

from _boot import Story
from kdpvm import Disk, mkinitrd

GIB = 1 << 30
COPY = r'''
from=$(readlink -f /dev/disk/by-id/virtio-root) to=/dev/kdevpool/ci/root
echo 'this is root on a pool' >/etc/kdp-root
sync
e2image -raf "$from" "$to" || exit 1
e2fsck -fy "$to" >/dev/null 2>&1
[ $? -le 2 ]
'''

def seen(story, name):
    """What holds on a root of this kind."""
    story.equal(f'{name}: root is the volume', story.sh(
        'readlink -f "$(findmnt -no SOURCE /)"'),
        story.sh('readlink -f /dev/kdevpool/ci/root'))
    story.equal(f'{name}: it is the copy', story.sh('cat /etc/kdp-root'),
                'this is root on a pool')
    story.settle()
    story.equal(f'{name}: active once', story.times_active('ci'), 1)
    story.succeeds(f'{name}: the service finds it active', 'journalctl -b -o '
                   "cat -u 'kdevpool-activate@*' | grep -q 'active already'")
    story.equal(f'{name}: the other volume is there too', story.sh(
        'stat -L -c "%G %a" /dev/kdevpool/ci/spare'), 'kdevpool 660')
    story.equal(f'{name}: the system runs', story.sh(
        'systemctl is-system-running || :'), 'running')


def tell(story, folder):
    """Copy the root file system, boot from the copy."""
    story.begin(prepare=False)
    story.sh('kdevpool-admin create --device /dev/vda --pool ci '
             '--volume root:2G --volume spare:64M --yes')
    initrd = folder / 'root.initrd'
    told = mkinitrd.make(story.machine.kernel, story.machine.module,
                         story.sh('cat /etc/machine-id'), initrd)
    story.check('mkinitramfs with our hook', 'rror' not in told, told)
    story.sh(COPY, 400)
    story.machine.shutdown()
    story.machine.boot_by(initrd, 'root=/dev/kdevpool/ci/root rw')
    story.machine.start()
    seen(story, 'first boot')
    story.sh('echo kept >/root/kept; sync')
    story.machine.shutdown()
    story.machine.start()
    seen(story, 'second boot')
    story.equal('what was written is there', story.sh('cat /root/kept'),
                'kept')


def main():
    """Run it; returns the exit status."""
    story = Story([Disk(size=3 * GIB, serial='pool')], 'boot-root')
    return story.run(lambda s: tell(s, s.machine.folder))


if __name__ == '__main__':
    sys.exit(main())
