# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 600
"""The Debian package: built, then installed, upgraded, removed and purged on a
running machine whose pool is in use.

The machine has the module already, so kdevpool-dkms is only built and looked
at by lintian.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from _boot import Story
from kdpvm import Disk
from kdpvm.paths import TREE

MIB = 1 << 20
# Of ours, by name; the module and the harness's agent are not the package's.
LEFT = ("find / -xdev -name '*kdevpool*' -not -path '/proc/*' "
        "-not -path '/lib/modules/*' -not -path '/usr/lib/modules/*' "
        "-not -path '/var/lib/dpkg/*' -not -path '/root/*' "
        "-not -path '/tmp/*' | sort")


def build(folder):
    """The package, and the same as a later version."""
    subprocess.run([TREE / 'scripts/build-package', folder], check=True)
    first = next(folder.glob('kdevpool_*.deb'))
    tree = folder / 'tree'
    subprocess.run(['dpkg-deb', '-R', first, tree], check=True)
    control = tree / 'DEBIAN/control'
    control.write_text(''.join(
        'Version: 99\n' if line.startswith('Version:') else line
        for line in control.read_text().splitlines(True)))
    later = folder / 'later.deb'
    subprocess.run(['dpkg-deb', '-b', '--root-owner-group', tree, later],
                   check=True, stdout=subprocess.DEVNULL)
    return first, later


def state(story):
    """What users see of the pool."""
    return story.sh("dmsetup ls | sort; dmsetup table | sort; "
                    "ls -l /dev/kdevpool/p; findmnt -n /mnt/p; "
                    "sha256sum </mnt/p/data")


def life(story):
    """The package comes, changes and goes."""
    story.make_pool('/dev/vda', 'p', '16M', ('a', 'b'))
    story.sh('mkfs.ext4 -q /dev/kdevpool/p/a; mkdir -p /mnt/p; '
             'mount /dev/kdevpool/p/a /mnt/p; '
             'dd if=/dev/urandom of=/mnt/p/data bs=1M count=4 conv=fsync '
             '2>/dev/null')
    before = state(story)
    dpkg = 'DEBIAN_FRONTEND=noninteractive dpkg --force-depends'
    story.succeeds('it installs', f'{dpkg} -i /root/first.deb')
    story.equal('the pool in use is as it was', state(story), before)
    story.succeeds('the group is there', 'getent group kdevpool')
    story.succeeds('the timer is enabled',
                   'systemctl is-enabled kdevpool-metrics.timer')
    story.succeeds('the programs are there', 'kdevpool-admin --help && '
                   'ls /usr/share/initramfs-tools/hooks/kdevpool')
    story.succeeds('it is upgraded', f'{dpkg} -i /root/later.deb')
    story.equal('the pool in use has not noticed', state(story), before)
    story.succeeds('the rules still work', 'kdevpool-admin deactivate p 2>&1 '
                   '| grep -q /mnt/p && umount /mnt/p && '
                   'kdevpool-admin deactivate p && '
                   'kdevpool-admin activate /dev/vda && '
                   'mount /dev/kdevpool/p/a /mnt/p')
    story.sh('mkdir -p /etc/kdevpool/kdevpool.conf.d; '
             'echo threshold=80 >/etc/kdevpool/kdevpool.conf.d/mine.conf')
    story.succeeds('it is removed', f'{dpkg} -r kdevpool')
    story.succeeds('what was configured is there',
                   'test -e /etc/kdevpool/kdevpool.conf.d/mine.conf')
    story.succeeds('the volume in use is, too',
                   'sha256sum </mnt/p/data && dmsetup status kdp-p')
    story.succeeds('it is purged', f'{dpkg} -P kdevpool')
    left = [line for line in story.sh(LEFT).splitlines()
            if not line.startswith(('/dev/', '/sys/', '/run/'))]
    story.equal('nothing of it is left', left, [])
    story.succeeds('but the pool', 'sha256sum </mnt/p/data && umount /mnt/p')
    story.succeeds('install anew', f'{dpkg} -i /root/first.deb && '
                   'kdevpool-admin status p && kdevpool-admin deactivate p && '
                   'kdevpool-admin check /dev/vda')


def main():
    """Entry point."""
    with tempfile.TemporaryDirectory(dir='/var/tmp') as name:
        folder = Path(name)
        first, later = build(folder)
        print('ok the packages build, and lintian finds nothing')
        story = Story([Disk(size=128 * MIB)], 'package', files=[
            (first, '/root/first.deb'), (later, '/root/later.deb')])
        with story.machine:
            story.begin(prepare=False)
            life(story)
    return 1 if story.failed else 0


if __name__ == '__main__':
    sys.exit(main())
