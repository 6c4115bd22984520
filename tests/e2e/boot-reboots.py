# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 900
# soak: 0 3600
"""A pool over reboots and power cuts: there once, in time, as it was.

Seven volumes, one of them mounted by fstab.  `make check` does three reboots
and three power cuts, `make soak` ten of each.
"""

import os
import sys

from _boot import VOLUMES, Story
from kdpvm import Disk

MIB = 1 << 20
ROUNDS = int(os.environ.get('KDP_ROUNDS', '0')) or \
    (10 if int(os.environ['SOAK_SECONDS']) else 3)
SUM = ('(cd /dev/kdevpool/ci && for v in pool* logwrites; do '
       'head -c 2M $v | sha256sum; done; cat /mnt/test/file) | sha256sum')
FILL = r'''
cd /dev/kdevpool/ci || exit 1
for v in pool* logwrites; do
	dd if=/dev/urandom of=$v bs=1M count=2 oflag=direct conv=notrunc,fsync
done 2>/dev/null
mkfs.ext4 -q test && mkdir /mnt/test &&
echo '/dev/kdevpool/ci/test /mnt/test ext4 defaults 0 2' >>/etc/fstab &&
systemctl daemon-reload && mount /mnt/test && seq 100000 >/mnt/test/file &&
sync
'''
OWN = 'runuser -u {} -- dd if={} of={} bs=4k count=1 oflag=direct conv=notrunc'


def stamp(story, unit, what='ActiveEnterTimestampMonotonic'):
    """When a unit reached something, seconds after the kernel's start."""
    return float(story.sh(f'systemctl show -P {what} {unit}')) / 1e6


def seen(story, name, sums):
    """All that must hold after each boot."""
    story.settle()
    story.equal(f'{name}: active once', story.times_active('ci'), 1)
    story.equal(f'{name}: the service ran once', story.sh(
        "journalctl -b -o cat -u 'kdevpool-activate@*' "
        '| grep -c "Pool ci is" || :'), '1')
    story.equal(f'{name}: same names', sorted(
        story.sh('ls /dev/kdevpool/ci').split()), sorted(VOLUMES))
    story.succeeds(f'{name}: fstab has mounted its volume',
                   'findmnt -n /mnt/test')
    story.equal(f'{name}: same data', story.sh(SUM), sums)
    story.equal(f'{name}: no unit failed', story.sh(
        'systemctl --failed --plain --no-legend'), '')
    pool = float(story.sh("dmesg | sed -n 's/^\\[ *\\([0-9.]*\\)\\].*ci: the "
                          "pool is active.*/\\1/p'"))
    mounted = stamp(story, 'mnt-test.mount')
    local_fs = stamp(story, 'local-fs.target')
    story.check(f'{name}: before local-fs.target',
                0 < pool <= local_fs and mounted <= local_fs,
                f'pool {pool}, mount {mounted}, local-fs {local_fs}')
    story.check(f'{name}: the activation begins before the mount',
                0 < stamp(story, 'kdevpool-activate@dev-vda.service',
                          'InactiveExitTimestampMonotonic') <
                stamp(story, 'mnt-test.mount',
                      'InactiveExitTimestampMonotonic'))
    return {'pool': round(pool, 2), 'local_fs': round(local_fs, 2)}


def owners(story, when):
    """Who may use which volume."""
    node = '/dev/kdevpool/ci/pool5'
    story.equal(f'{when}: nodes', story.sh(
        f'stat -L -c "%U %G %a" {node} /dev/kdevpool/ci/pool4'),
        'alice root 660\nroot kdevpool 660')
    story.succeeds(f'{when}: the owner writes',
                   OWN.format('alice', '/dev/zero', node))
    story.succeeds(f'{when}: and reads', 'runuser -u alice -- dd if='
                   f'{node} of=/dev/null bs=4k count=1 iflag=direct')
    story.fails(f'{when}: another user of the group does not',
                OWN.format('bob', '/dev/zero', node), 'Permission denied')
    story.succeeds(f'{when}: root\'s volume is for the group',
                   'runuser -u bob -- dd if=/dev/kdevpool/ci/pool4 '
                   'of=/dev/null bs=4k count=1')
    story.fails(f'{when}: and for no other', 'runuser -u carol -- dd if='
                '/dev/kdevpool/ci/pool4 of=/dev/null bs=4k count=1',
                'Permission denied')


def known(story):
    """What udev says of disk, pool and volumes."""
    disk = story.sh('udevadm info /dev/vda')
    story.check('udev knows what the disk is',
                'ID_FS_TYPE=kdevpool_member' in disk and
                'UDISKS_IGNORE=1' in disk and 'SYSTEMD_READY=0' not in disk,
                disk)
    story.equal('so does lsblk', story.sh('lsblk -dno FSTYPE,LABEL /dev/vda'),
                'kdevpool_member ci')
    story.check('LVM finds nothing on it', 'vda' not in story.sh(
        'pvs --noheadings; pvscan'))
    story.succeeds('and asked for nothing', '! journalctl -b -o cat | '
                   'grep -q lvm-activate')
    pool = story.sh('udevadm info /dev/mapper/kdp-ci')
    story.check('the pool\'s own device is for nobody',
                'SYSTEMD_READY=0' in pool and 'kdevpool/' not in pool, pool)
    volume = story.sh('udevadm info /dev/kdevpool/ci/test')
    story.check('nobody scans volumes', 'ID_FS_TYPE' not in volume and
                'by-uuid' not in volume and 'by-id/dm-uuid-KDEVPOOL-' in
                volume, volume)
    story.equal('the scheduler is set after a boot', story.sh(
        r"sed 's/.*\[\(.*\)\].*/\1/' /sys/block/vda/queue/scheduler"), 'bfq')
    story.sh('udevadm trigger --action=add --settle /dev/kdevpool/ci/test '
             '/dev/vda; sleep 1')
    story.succeeds('another "add" unmounts nothing', 'findmnt -n /mnt/test')
    story.equal('and activates nothing', story.times_active('ci'), 1)
    story.sh('systemctl isolate multi-user.target')
    story.equal('changing targets takes nothing down', story.sh(
        'systemctl is-active kdevpool-shutdown.service kdevpool.target '
        'kdevpool-activate@dev-vda.service || :'), 'active\n' * 2 + 'active')


def deactivated(story):
    """What somebody took down stays down, until the next boot."""
    story.sh('umount /mnt/test && kdevpool-admin deactivate ci')
    story.sh('udevadm trigger --settle /dev/vda; '
             'udevadm trigger --action=add --settle /dev/vda; sleep 1')
    story.settle()
    story.check('deactivated by hand, it stays so', not story.is_active('ci'))


def went_down(story):
    """The shutdown before this boot."""
    told = story.sh("journalctl -b -1 -o short-monotonic -u "
                    "kdevpool-shutdown.service -u mnt-test.mount")
    story.check('shutdown: the pool is taken down', told.count(
        'Pool ci is no longer active') == 1, told)
    # it would wait for a while; so the moment that it is asked to counts
    story.check('shutdown: after what was mounted is unmounted',
                -1 < told.find('Unmounted mnt-test.mount') <
                told.find('Stopping kdevpool-shutdown.service'), told)


def beside_lvm(story, disk):
    """LVM's own service takes devices down, too: one after the other."""
    story.sh('systemctl unmask -q blk-availability.service; '
             'systemctl enable -q blk-availability.service; '
             'systemctl start blk-availability.service; '
             'systemctl log-level info; sync')
    story.machine.shutdown()
    story.closed(disk, 'beside LVM')
    story.machine.start()
    told = story.sh('journalctl -b -1 -o short-monotonic -u '
                    'kdevpool-shutdown.service -u blk-availability.service')
    story.check('beside LVM: we wait for it',
                -1 < told.find('Stopped blk-availability.service') <
                told.find('Stopping kdevpool-shutdown.service'), told)
    story.check('beside LVM: it has taken down what was idle',
                '[DM]: deactivating' in told, told)
    story.check('beside LVM: and we have not failed',
                'Failed' not in told and 'failed' not in told, told)


def tell(story, disk):
    """Boot after boot."""
    story.begin()
    story.make_pool('/dev/vda', 'ci', '64M')
    story.sh(FILL)
    story.sh('kdevpool-admin volume set ci pool5 --uid alice')
    owners(story, 'new')
    sums = story.sh('dd if=/dev/zero of=/dev/kdevpool/ci/pool5 bs=4k count=1 '
                    'oflag=direct conv=notrunc 2>/dev/null; ' + SUM)
    boots = {}
    for number in range(1, ROUNDS + 1):
        story.sh('systemctl log-level info')
        story.machine.shutdown()
        story.closed(disk, f'reboot {number}')
        story.machine.start()
        boots[f'reboot{number}'] = seen(story, f'reboot {number}', sums)
        if number == 1:
            went_down(story)
            owners(story, 'after a boot')
            known(story)
        story.sh('sync')
        if number == ROUNDS:
            story.sh('(while :; do dd if=/dev/urandom of=/mnt/test/x bs=64k '
                     'count=64 conv=fsync; done) >/dev/null 2>&1 & sleep 1')
        story.machine.powercut()
        story.machine.start()
        boots[f'cut{number}'] = seen(story, f'power cut {number}', sums)
    beside_lvm(story, disk)
    boots['lvm'] = seen(story, 'beside LVM', sums)
    deactivated(story)
    story.machine.note_figures(boots=boots)
    for name, figures in boots.items():
        print(f'{name}: pool {figures["pool"]} s, '
              f'local-fs {figures["local_fs"]} s')


def main():
    """Run it; returns the exit status."""
    disk = Disk(size=1024 * MIB, serial='pool')
    story = Story([disk], 'boot-reboots')
    return story.run(lambda s: tell(s, disk))


if __name__ == '__main__':
    sys.exit(main())
