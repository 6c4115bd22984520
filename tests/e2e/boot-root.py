# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 900
# soak: 0 1800
"""The root file system on a pool's volume, brought up by an initramfs.

`make check` has initramfs-tools make it, `make soak` also dracut, with systemd
in it and without, and boots with nothing but /usr on a volume.
"""

import os
import re
import sys

from _boot import Story
from kdpvm import Disk, mkinitrd

GIB = 1 << 30
SOAK = int(os.environ['SOAK_SECONDS'])
MAKERS = os.environ.get('KDP_MAKERS', ','.join(mkinitrd.MAKERS) if SOAK else
                        'initramfs-tools').split(',')
ROOT = 'root=/dev/kdevpool/ci/root rw'
PLAIN = '/dev/disk/by-id/virtio-plain'
COPY = r'''
from=$(readlink -f /dev/disk/by-id/virtio-root) to={}
echo 'this is root on {}' >/etc/kdp-root
sync
e2image -raf "$from" "$to" || exit 1
e2fsck -fy "$to" >/dev/null 2>&1
[ $? -le 2 ]
'''
# the root without /usr, which is on a volume
SPLIT = f'''
mkdir -p /tmp/root /tmp/usr
mount {PLAIN} /tmp/root && mkfs.ext4 -qF /dev/kdevpool/ci/usr &&
mount /dev/kdevpool/ci/usr /tmp/usr && cp -a /tmp/root/usr/. /tmp/usr/ &&
rm -rf /tmp/root/usr && mkdir /tmp/root/usr &&
echo '/dev/kdevpool/ci/usr /usr ext4 ro 0 0' >/tmp/root/etc/fstab &&
umount /tmp/usr /tmp/root
'''


def in_time(story, name):
    """The shutdown before this boot has waited for nothing that cannot be."""
    told = story.sh('journalctl -b -1 -o short-monotonic -u '
                    'kdevpool-shutdown.service')
    stop = re.findall(r'^\[ *([0-9.]+)\].*(?:Stopping|Stopped)', told, re.M)
    story.check(f'{name}: nobody waits for the volume of root', len(stop) == 2
                and float(stop[1]) - float(stop[0]) < 4, told)


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
                   "cat -u 'kdevpool-activate@*' | grep -Eq 'active already|"
                   "Pool ci is up'")
    story.equal(f'{name}: the other volume is there too', story.sh(
        'stat -L -c "%G %a" /dev/kdevpool/ci/spare'), 'kdevpool 660')
    story.equal(f'{name}: the system runs', story.sh(
        'systemctl is-system-running || :'), 'running')


def made(story, maker):
    """The initramfs of one maker, with the machine's id in it."""
    target = story.machine.folder / f'{maker.replace(" ", "-")}.initrd'
    told = mkinitrd.make(story.machine.kernel, story.machine.module,
                         story.sh('cat /etc/machine-id'), target, maker)
    story.check(f'{maker}, with what we add', 'kdevpool: ' not in told and
                ('rror' not in told or 'dracut' in maker), told)
    return target


def boots(story, disk, maker, initrd):
    """Twice from the same volume, with what was written in between."""
    story.machine.boot_by(initrd, ROOT)
    for number in (1, 2):
        story.machine.start()
        seen(story, f'{maker}, boot {number}')
        if number == 2:
            story.equal(f'{maker}: what was written is there', story.sh(
                'cat /root/kept'), maker)
            in_time(story, maker)
        story.sh(f'echo {maker} >/root/kept; systemctl log-level info; sync')
        story.machine.shutdown()
        story.closed(disk, f'{maker}, boot {number}')


def usr(story, disk, initrd):
    """Root on a disk of its own, /usr on a volume."""
    story.machine.boot_by(initrd, f'root={PLAIN} rw')
    story.machine.start()
    story.settle()
    story.equal('/usr is the volume', story.sh(
        'readlink -f "$(findmnt -no SOURCE /usr)"'),
        story.sh('readlink -f /dev/kdevpool/ci/usr'))
    story.equal('/usr: root is not', story.sh(
        'readlink -f "$(findmnt -no SOURCE /)"'),
        story.sh(f'readlink -f {PLAIN}'))
    story.equal('/usr: active once', story.times_active('ci'), 1)
    story.equal('/usr: the system runs', story.sh(
        'systemctl is-system-running || :'), 'running')
    story.machine.shutdown()
    story.closed(disk, '/usr')


def tell(story, disk):
    """Copy the root file system, boot from the copies."""
    story.begin()
    pool = '/dev/disk/by-id/virtio-pool'
    story.sh(f'kdevpool-admin create --device {pool} --pool ci '
             '--volume root:2G --volume spare:64M --volume usr:1G --yes')
    initrds = {maker: made(story, maker) for maker in MAKERS}
    story.sh(COPY.format('/dev/kdevpool/ci/root', 'a pool'), 600)
    if SOAK:
        story.sh(COPY.format(PLAIN, 'a disk') + SPLIT, 900)
    story.machine.shutdown()
    for maker, initrd in initrds.items():
        boots(story, disk, maker, initrd)
    if SOAK:
        usr(story, disk, initrds['initramfs-tools'])


def main():
    """Run it; returns the exit status."""
    disks = [Disk(size=4 * GIB, serial='pool')]
    if SOAK:
        disks.append(Disk(size=2 * GIB, serial='plain'))
    return Story(disks, 'boot-root').run(lambda s: tell(s, disks[0]))


if __name__ == '__main__':
    sys.exit(main())
