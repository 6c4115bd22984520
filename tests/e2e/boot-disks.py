# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 900
"""Disks that are damaged, foreign, late, somewhere else, gone, or twice there.

One machine: first a boot with everything that can be on a disk, then disks
come and go while it runs.
"""

import hashlib
import shutil
import struct
import sys
import tempfile
from pathlib import Path

from _boot import Story
from kdpvm import Disk
from kdpvm.paths import runs_dir

MIB = 1 << 20
BLOCK = 4096
SIZE = 128 * MIB
PLUG = {'id': 'plug', 'driver': 'virtio-blk-pci', 'bus': 'later'}


def copies_of(path):
    """Where the five copies are: of each, (start, bytes) of its superblocks
    and of the rest; kernel/doc/format.rst has the offsets.
    """
    with open(path, 'rb') as handle:
        handle.seek(BLOCK)
        block = handle.read(BLOCK)
    journal, slot = struct.unpack_from('<II', block, 144)
    places = [struct.unpack_from('<QQ', block, 160 + 24 * n) for n in range(5)]
    return [((home * BLOCK, 2 * BLOCK),
             (extent * BLOCK, (journal + 2 * slot) * BLOCK))
            for home, extent in places]


def scribble(path, areas):
    """Bytes that mean nothing, over parts of an image."""
    with open(path, 'r+b') as handle:
        for start, length in areas:
            handle.seek(start)
            handle.write(hashlib.shake_128(b'%d' % start).digest(length))


def digest(path):
    """Of a whole image."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


class Disks(Story):
    """The images: pool `ci` on the first, and copies of it."""

    def __init__(self, folder):
        self.folder = Path(folder)
        names = ('ci', 'four', 'five', 'lost', 'blank', 'ext4', 'noise')
        self.disks = {name: Disk(size=SIZE, serial=name) for name in names}
        for disk in self.disks.values():
            disk.path = self.folder / disk.serial
            with open(disk.path, 'wb') as handle:
                handle.truncate(SIZE)
        scribble(self.disks['noise'].path, [(0, SIZE)])
        super().__init__(self.disks.values(), 'boot-disks',
                         extra=['-device', 'pcie-root-port,id=later,'
                                'addr=0x1d,chassis=1'])

    def path(self, name):
        """The image of a disk."""
        return self.disks[name].path

    def node(self, name):
        """The guest's name of a disk."""
        return f'/dev/disk/by-id/virtio-{name}'

    def sums(self):
        """Digests of what must not be touched."""
        return {name: digest(self.path(name))
                for name in ('lost', 'blank', 'ext4', 'noise')}

    def plug(self, path, serial):
        """Put a disk into the running machine."""
        self.machine.qmp('blockdev-add', **{
            'node-name': 'plugged', 'driver': 'raw', 'discard': 'unmap',
            'file': {'driver': 'file', 'filename': str(path)}})
        self.machine.qmp('device_add', drive='plugged', serial=serial, **PLUG)
        self.wait(f'a disk {serial}', f'test -e {self.node(serial)}')

    def unplug(self, serial):
        """Take it out again."""
        self.machine.qmp('device_del', id='plug')
        self.wait(f'no disk {serial}', f'! test -e {self.node(serial)}')
        self.wait('QEMU has let it go', 'sleep 1')
        self.machine.qmp('blockdev-del', node_name='plugged')

    def wait(self, what, command, seconds=20):
        """Until a command succeeds, else a failed case."""
        done = self.machine.sh(f'for i in $(seq {seconds * 5}); do '
                               f'{command} && exit 0; sleep 0.2; done; exit 1',
                               seconds * 4)
        if done.rc:
            self.check(what, False, self.machine.sh(
                "systemctl list-jobs; journalctl -b -u 'kdevpool-*' "
                "-o cat | tail -20; dmesg | tail -5").out)
        return done.rc == 0

    def journal(self, name):
        """What was decided about a disk's device."""
        return self.sh(f'dev=$(basename $(readlink {self.node(name)})); '
                       'journalctl -b -o cat -u kdevpool-activate@dev-$dev')


def damaged(story):
    """Damage while the machine is off."""
    story.begin()
    for name in ('ci', 'four', 'five', 'lost'):
        story.make_pool(story.node(name), name, '8M', ('a', 'b'))
        story.sh('dd if=/dev/urandom of=/dev/kdevpool/%s/a bs=1M count=4 '
                 'conv=fsync 2>/dev/null' % name)
    story.sh(f'mkfs.ext4 -q {story.node("ext4")}')
    data = story.sh('cat /dev/kdevpool/four/a | sha256sum')
    story.machine.shutdown()
    copies = copies_of(story.path('four'))
    scribble(story.path('four'), [area for copy in copies[:2] + copies[3:]
                                  for area in copy])
    copies = copies_of(story.path('five'))
    scribble(story.path('five'), [copy[1] for copy in copies])
    copies = copies_of(story.path('lost'))
    scribble(story.path('lost'), [area for copy in copies for area in copy])
    before = story.sums()
    five = digest(story.path('five'))
    story.machine.start()
    story.settle()
    story.check('healthy: active', story.is_active('ci'))
    story.check('four copies damaged: active', story.is_active('four'),
                story.journal('four'))
    story.equal('four copies damaged: same data', story.sh(
        'cat /dev/kdevpool/four/a | sha256sum'), data)
    story.wait('four copies damaged: healed', '[ "$(cat /sys/block/$(basename '
               '$(readlink /dev/mapper/kdp-four))/kdevpool/metadata_health)" '
               '= "5/5 copies valid" ]')
    story.check('five: not active', not story.is_active('five'))
    told = story.journal('five')
    story.check('five: the journal says why', 'five' in told and
                ('beyond' in told or 'damaged' in told), told)
    story.check('all superblocks lost: not active',
                not story.is_active('lost'))
    story.equal('the system has booted', story.sh(
        'systemctl is-system-running || :'), 'running')
    story.machine.shutdown()
    story.equal('blank, foreign and lost disks: no byte changed',
                story.sums(), before)
    story.equal('nor of the one with five damaged', digest(
        story.path('five')), five)


def elsewhere(story):
    """Other names of the disk, by another order on the bus."""
    story.machine.disks.reverse()
    story.machine.start()
    story.settle()
    story.equal('renamed: another name', story.sh(
        f'readlink -f {story.node("ci")}'), '/dev/vdg')
    story.check('renamed: active', story.is_active('ci'))
    story.equal('renamed: the same nodes', story.sh('ls /dev/kdevpool/ci'),
                'a\nb')


def comes_and_goes(story):
    """A disk that is late, and is pulled out."""
    late = story.folder / 'late'
    story.machine.shutdown()
    ci = story.disks.pop('ci')
    story.machine.disks.remove(ci)
    shutil.copyfile(ci.path, late)
    story.machine.start()
    story.settle()
    story.check('without its disk: not active', not story.is_active('ci'))
    for number, idle in enumerate((True, False, True)):
        what = 'late' if not number else f'plugged in again {number}'
        story.plug(late, 'ci')
        story.wait(f'{what}: active', 'dmsetup info kdp-ci >/dev/null 2>&1 &&'
                   ' test -e /dev/kdevpool/ci/b')
        story.settle()
        story.succeeds(f'{what}: volumes can be read and written',
                       'dd if=/dev/kdevpool/ci/a of=/dev/kdevpool/ci/b bs=1M '
                       'count=4 iflag=direct oflag=direct conv=fsync')
        if not idle:
            story.sh('mkfs.ext4 -q /dev/kdevpool/ci/b && mkdir -p /mnt/b && '
                     'mount /dev/kdevpool/ci/b /mnt/b && echo x >/mnt/b/f')
        story.unplug('ci')
        if not idle:
            in_use(story, late)
    story.plug(late, 'ci')
    story.wait('and again: active', 'test -e /dev/kdevpool/ci/b && '
               'dd if=/dev/kdevpool/ci/a of=/dev/null bs=4k count=1 '
               'iflag=direct 2>/dev/null')


def in_use(story, late):
    """Pulled out while a file system is mounted from it."""
    story.fails('pulled out in use: errors',
                'timeout 20 dd if=/dev/kdevpool/ci/a of=/dev/null bs=4k '
                'count=1 iflag=direct', 'error')
    story.succeeds('pulled out in use: status does not hang',
                   'timeout 20 kdevpool-admin status')
    story.plug(late, 'ci')
    story.settle()
    told = story.journal('ci')
    story.check('back while the old one is in use: it says so',
                'in use' in told, told)
    story.sh('umount -l /mnt/b; sleep 1')
    story.unplug('ci')


def twice(story):
    """A clone of the disk, made with dd."""
    story.unplug('ci')
    story.sh('kdevpool-admin deactivate --all || :')
    story.machine.shutdown()
    clone = story.folder / 'clone'
    shutil.copyfile(story.folder / 'late', clone)
    for name, path in (('ci', story.folder / 'late'), ('clone', clone)):
        story.machine.disks.append(Disk(path=path, serial=name))
    before = digest(clone), digest(story.folder / 'late')
    story.machine.start()
    story.settle()
    story.check('a clone: neither is active', not story.is_active('ci'))
    told = story.journal('clone') + story.journal('ci')
    story.check('a clone: the journal says why', 'copy' in told or
                'same pool' in told or 'clone' in told, told)
    story.machine.shutdown()
    story.equal('a clone: no byte changed of either', (digest(clone), digest(
        story.folder / 'late')), before)


def late_clone(story):
    """The clone arrives when the pool is active."""
    story.machine.disks.pop()
    story.machine.start()
    story.settle()
    story.check('alone again: active', story.is_active('ci'))
    warning = 'holds a copy of the pool ci'
    story.succeeds('alone: no warning',
                   f'! kdevpool-admin status 2>&1 | grep "{warning}"')
    story.plug(story.folder / 'clone', 'clone')
    story.settle()
    disk = story.sh(f'readlink -f {story.node("ci")}')
    clone = story.sh(f'readlink -f {story.node("clone")}')
    told = story.journal('clone')
    story.check('a clone that is late: the journal names both', told.count(
        disk) and told.count(clone) and 'copy' in told, told)
    told = story.sh('kdevpool-admin log -n 1')
    story.check('a clone that is late: so does log', told.count(disk) and
                told.count(clone) and 'not activated' in told, told)
    story.equal('a clone that is late: still active from its disk', story.sh(
        'dmsetup table kdp-ci | cut -d" " -f4; lsblk -dno MAJ:MIN ' + disk),
        '\n'.join([story.sh('lsblk -dno MAJ:MIN ' + disk)] * 2))
    story.equal('a clone that is late: activated once',
                story.times_active('ci'), 1)
    for words in ('status', 'status ci'):
        told = story.sh(f'kdevpool-admin {words} 2>&1 >/dev/null')
        story.check(f'a clone that is late: {words} warns', warning in told and
                    told.count(disk) and told.count(clone), told)
    story.succeeds('a clone that is late: the volumes work',
                   'dd if=/dev/kdevpool/ci/a of=/dev/null bs=1M count=1 '
                   'iflag=direct')
    story.unplug('clone')
    story.succeeds('gone again: no warning',
                   f'! kdevpool-admin status 2>&1 | grep "{warning}"')


def tell(story):
    """The whole of it."""
    damaged(story)
    elsewhere(story)
    comes_and_goes(story)
    twice(story)
    late_clone(story)


def main():
    """Run it; returns the exit status."""
    with tempfile.TemporaryDirectory(dir=runs_dir()) as folder:
        return Disks(folder).run(tell)


if __name__ == '__main__':
    sys.exit(main())
