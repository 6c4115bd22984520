# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 900
# soak: 0 2400
"""The Debian packages: built, then installed, upgraded, removed and purged on a
running machine whose pool is in use.

The machine has DKMS, a compiler and the kernel's headers, and nothing of ours
but what the packages bring.  An emulated processor compiles the module for six
minutes: `make soak` has it do so, in `make check` the machine's `make` hands
over what was compiled here, of the sources in the package, by the command in
its dkms.conf.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from _boot import Story
from kdpvm import Disk, stock
from kdpvm.paths import TREE

MIB = 1 << 20
LONG = bool(int(os.environ['SOAK_SECONDS']))
# for what the machine compiles
PATIENCE = 2400
LATER = '99'
DPKG = 'DEBIAN_FRONTEND=noninteractive dpkg'
BOTH = 'kdevpool kdevpool-dkms'
# Of ours, by name; dpkg's own list and what the test has brought are not.
LEFT = ("find / -xdev -name '*kdevpool*' -not -path '/var/lib/dpkg/*' "
        "-not -path '/root/*' | sort")
MAKE = '''#!/bin/sh
# In place of make, for DKMS: what was compiled outside.
for word; do
	case $word in
	M=*) dir=${word#M=} ;;
	clean) exit 0 ;;
	esac
done
version=${dir%/build}
exec cp "/root/${version##*/}.ko" "$dir/dm-kdevpool.ko"
'''


def run(*argv, **options):
    """A command that must succeed; its output."""
    return subprocess.run([str(a) for a in argv], check=True, text=True,
                          stdout=subprocess.PIPE, **options).stdout


class Package:
    """One of the packages, in one version, and where it is in the machine."""

    def __init__(self, path):
        self.path = path
        self.version = run('dpkg-deb', '-f', path, 'Version').strip()
        self.target = f'/root/{path.name}'

    def later(self, folder):
        """The same as a later version."""
        tree = folder / self.path.stem
        run('dpkg-deb', '-R', self.path, tree)
        control = tree / 'DEBIAN/control'
        control.write_text(control.read_text().replace(
            f'Version: {self.version}\n', f'Version: {LATER}\n'))
        sources = tree / f'usr/src/kdevpool-{self.version}'
        if sources.exists():
            self._later_module(tree, sources)
        path = folder / f'later-{self.path.name}'
        run('dpkg-deb', '-b', '--root-owner-group', tree, path)
        return Package(path)

    def _later_module(self, tree, sources):
        """The version is also in scripts and paths; the module differs."""
        for name in ('DEBIAN/postinst', 'DEBIAN/prerm'):
            script = tree / name
            script.write_text(script.read_text().replace(
                f'DKMS_VERSION={self.version}\n', f'DKMS_VERSION={LATER}\n'))
        conf = sources / 'dkms.conf'
        conf.write_text(conf.read_text().replace(
            f'PACKAGE_VERSION="{self.version}"',
            f'PACKAGE_VERSION="{LATER}"'))
        with open(sources / 'kernel/target/main.c', 'a') as source:
            source.write('static int later;\n'
                         'module_param(later, int, 0444);\n')
        (tree / 'DEBIAN/md5sums').unlink()
        sources.rename(sources.with_name(f'kdevpool-{LATER}'))

    def compile(self, folder):
        """The module, of the sources that the package brings."""
        tree = folder / f'compile-{self.version}'
        run('dpkg-deb', '-x', self.path, tree)
        source = tree / f'usr/src/kdevpool-{self.version}'
        build = folder / f'kdevpool/{self.version}/build'
        build.parent.mkdir(parents=True)
        source.rename(build)
        command = re.search(r'^MAKE\[0\]="(.*)"$',
                            (build / 'dkms.conf').read_text(), re.M)[1]
        run('sh', '-e', '-c', command, env={
            **os.environ, 'kernel_source_dir': str(stock.headers()),
            'dkms_tree': str(folder), 'PACKAGE_NAME': 'kdevpool',
            'PACKAGE_VERSION': self.version, 'MAKEFLAGS': '-j2'})
        return build / 'dm-kdevpool.ko'


def build(folder):
    """The packages of now, and those of later; what goes into the machine."""
    run(TREE / 'scripts/build-package', folder)
    first = [Package(next(folder.glob(f'{name}_*.deb')))
             for name in BOTH.split()]
    later = [package.later(folder) for package in first]
    files = [(package.path, package.target) for package in first + later]
    if not LONG:
        fake = folder / 'make'
        fake.write_text(MAKE)
        fake.chmod(0o755)
        files.append((fake, '/usr/local/sbin/make'))
        for package in (first[1], later[1]):
            files.append((package.compile(folder),
                          f'/root/{package.version}.ko'))
    return first, later, files


class Life(Story):
    """The packages come, change and go."""

    def __init__(self, first, later, files):
        super().__init__([Disk(size=128 * MIB)], 'package', files=files,
                         dkms=True)
        self.first, self.later = first, later

    def install(self, name, packages):
        """Both at once, as apt does; what is compiled is timed."""
        began = time.monotonic()
        self.succeeds(name, f'{DPKG} -i {" ".join(p.target for p in packages)}',
                      PATIENCE)
        print(f'{name}: {time.monotonic() - began:.0f} s', flush=True)

    def state(self):
        """What users see of the pool."""
        return self.sh("dmsetup ls | sort; dmsetup table | sort; "
                       "ls -l /dev/kdevpool/p; findmnt -n /mnt/p; "
                       "sha256sum </mnt/p/data")

    def loaded(self):
        """Which version of the module runs."""
        return self.sh('cd /sys/module/dm_kdevpool && '
                       '{ [ -e parameters/later ] && echo later || '
                       'echo first; }')

    def module_is(self, name, version):
        """DKMS has built and installed this version, and no other."""
        release = self.machine.kernel.release
        self.equal(f'{name}: DKMS', self.sh('dkms status'),
                   f'kdevpool/{version}, {release}, x86_64: installed')
        self.equal(f'{name}: modprobe takes it', self.sh(
            'modinfo -F filename dm-kdevpool; modinfo -F parm dm-kdevpool'),
            f'/lib/modules/{release}/updates/dkms/dm-kdevpool.ko' +
            ('\nlater: (int)' if version == LATER else ''))

    def writes(self):
        """The writes that the background has done up to now."""
        return int(self.sh('cat /mnt/p/count'))

    def in_use(self, name, before):
        """The pool has not noticed anything, and goes on."""
        self.equal(f'{name}: the pool in use is as it was', self.state(),
                   before)
        count = self.writes()
        self.succeeds(f'{name}: and is written to', 'for i in $(seq 100); do '
                      f'[ "$(cat /mnt/p/count)" -gt {count} ] && exit 0; '
                      'sleep 0.1; done; exit 1')


def installed(story):
    """Onto a machine that has never seen us."""
    story.equal('nothing of ours is there', story.sh(LEFT), '')
    story.install('installed', story.first)
    story.module_is('installed', story.first[1].version)
    story.succeeds('the group is there', 'getent group kdevpool')
    story.equal('the timers are enabled', story.sh(
        'systemctl is-enabled kdevpool-metrics.timer kdevpool-cleanup.timer'),
        'enabled\nenabled')
    story.succeeds('the programs are there', 'kdevpool-admin --help && '
                   'ls /usr/share/initramfs-tools/hooks/kdevpool')
    story.make_pool('/dev/vda', 'p', '16M', ('a', 'b'))
    story.equal('the module was loaded when it was needed', story.loaded(),
                'first')
    story.sh('mkfs.ext4 -q /dev/kdevpool/p/a; mkdir -p /mnt/p; '
             'echo "/dev/kdevpool/p/a /mnt/p ext4 defaults 0 2" >>/etc/fstab; '
             'systemctl daemon-reload; mount /mnt/p; '
             'dd if=/dev/urandom of=/mnt/p/data bs=1M count=4 conv=fsync '
             '2>/dev/null')
    story.machine.shutdown()
    story.machine.start()
    story.settle()
    story.succeeds('it is there after a boot', 'findmnt -n /mnt/p && '
                   'sha256sum </mnt/p/data')
    story.equal('with the module of the package', story.loaded(), 'first')


def changed(story):
    """Upgraded while the pool is mounted and written to."""
    story.sh('echo 0 >/mnt/p/count; (n=0; while n=$((n + 1)); do echo $n '
             '>/mnt/p/new && sync /mnt/p/new && mv /mnt/p/new /mnt/p/count; '
             'done) >/dev/null 2>&1 & echo $! >/run/writer')
    before = story.state()
    story.in_use('before', before)
    story.install('upgraded', story.later)
    story.module_is('upgraded', LATER)
    story.in_use('upgraded', before)
    story.equal('upgraded: the old module goes on', story.loaded(), 'first')
    story.sh('kill $(cat /run/writer)')
    story.succeeds('upgraded: the rules work', 'kdevpool-admin deactivate p '
                   '2>&1 | grep -q /mnt/p && umount /mnt/p && '
                   'kdevpool-admin deactivate p && rmmod dm-kdevpool && '
                   'kdevpool-admin activate /dev/vda && mount /mnt/p')
    story.equal('the new module runs now', story.loaded(), 'later')
    story.equal('on the same data', story.sh('sha256sum </mnt/p/data'),
                before.splitlines()[-1])


def gone(story):
    """Removed and purged while the pool is mounted, and then installed anew."""
    story.sh('mkdir -p /etc/kdevpool/kdevpool.conf.d; '
             'echo threshold=80 >/etc/kdevpool/kdevpool.conf.d/mine.conf')
    story.succeeds('removed', f'{DPKG} -r {BOTH}', 400)
    story.equal('removed: DKMS has nothing', story.sh('dkms status'), '')
    story.fails('removed: modprobe has nothing', 'modinfo dm-kdevpool')
    story.succeeds('removed: what was configured is there',
                   'test -e /etc/kdevpool/kdevpool.conf.d/mine.conf')
    story.succeeds('removed: the volume in use is, too',
                   'sha256sum </mnt/p/data && dmsetup status kdp-p')
    story.succeeds('purged', f'{DPKG} -P {BOTH}', 400)
    story.equal('purged: nothing is left', story.sh(
        LEFT + '; find /var/lib/dkms /lib/modules/*/updates 2>/dev/null; :'),
        '/var/lib/dkms')
    story.equal('purged: nor do dpkg and systemd know of it', story.sh(
        'dpkg -l | grep kdevpool; find /var/lib/systemd /etc/systemd -name '
        "'*kdevpool*'; systemctl list-unit-files | grep -v "
        "kdevpool-activate@ | grep kdevpool; :"), '')
    story.succeeds('purged: but the pool', 'sha256sum </mnt/p/data && '
                   'umount /mnt/p && dmsetup status kdp-p')
    story.sh('for d in kdp-p-a kdp-p-b kdp-p; do dmsetup remove $d; done; '
             'rmmod dm_kdevpool')
    if not LONG:
        story.install('installed anew', story.first)
        story.succeeds('installed anew: the pool is the same',
                       'kdevpool-admin activate /dev/vda && mount /mnt/p && '
                       'sha256sum </mnt/p/data && umount /mnt/p && '
                       'kdevpool-admin deactivate p && '
                       'kdevpool-admin check /dev/vda')


def tell(story):
    """All of it."""
    story.begin(prepare=False)
    installed(story)
    changed(story)
    gone(story)


def main():
    """Run it; returns the exit status."""
    with tempfile.TemporaryDirectory(dir='/var/tmp') as name:
        first, later, files = build(Path(name))
        print('ok the packages build, and lintian finds nothing', flush=True)
        return Life(first, later, files).run(tell)


if __name__ == '__main__':
    sys.exit(main())
