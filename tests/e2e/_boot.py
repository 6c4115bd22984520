# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of boots have in common: a machine that keeps its root."""

import json
import subprocess
import sys

from kdpvm import Fault, Machine
from kdpvm.paths import build_dir

# The journal of the boot before is what tells how a shutdown went.
PREPARE = r'''
rm -f /etc/systemd/system/systemd-journal-flush.service
rm -f /etc/systemd/journald.conf.d/kdp.conf
mkdir -p /var/log/journal
# LVM's; takes down all there is, before we do: a test of its own has it
systemctl mask -q blk-availability.service
systemctl daemon-reload
systemctl restart systemd-journald
journalctl --flush
useradd -M -u 2001 -G kdevpool alice
useradd -M -u 2002 -G kdevpool bob
useradd -M -u 2003 carol
'''
VOLUMES = ('test', 'pool1', 'pool2', 'pool3', 'pool4', 'pool5', 'logwrites')


class Story:
    """A machine, and the cases found with it."""

    def __init__(self, disks, what, systemd=True, **options):
        self.machine = Machine(disks=disks, systemd=systemd,
                               keep_root=systemd, what=what, **options)
        self.failed = 0

    def check(self, name, good, why=''):
        """Print a case."""
        if good:
            print(f'ok {name}', flush=True)
        else:
            self.failed += 1
            why = ' '.join(str(why).split())[-600:]
            print(f'not ok {name}: {why}', flush=True)
        return good

    def sh(self, command, timeout=120):
        """The output of a command that must succeed."""
        return self.machine.sh(command, timeout, check=True).out.strip()

    def succeeds(self, name, command, timeout=120):
        """A case: the command exits with 0."""
        done = self.machine.sh(command, timeout)
        return self.check(name, done.rc == 0,
                          f'{command}: exit {done.rc}: {done.out}{done.err}')

    def fails(self, name, command, wanted=''):
        """A case: the command does not succeed, and says this."""
        done = self.machine.sh(command)
        text = done.out + done.err
        return self.check(name, done.rc and wanted in text,
                          f'{command}: exit {done.rc}: {text}')

    def equal(self, name, got, wanted):
        """A case: two values are the same."""
        return self.check(name, got == wanted, f'got {got!r}, not {wanted!r}')

    def begin(self, prepare=True):
        """First boot; its seconds."""
        took = self.machine.start()
        if prepare:
            self.sh(PREPARE)
        return took

    def make_pool(self, disk, pool, size, volumes=VOLUMES):
        """A pool with volumes of one size."""
        words = ' '.join(f'--volume {name}:{size}' for name in volumes)
        self.sh(f'kdevpool-admin create --device {disk} --pool {pool} '
                f'{words} --yes')

    def settle(self):
        """Until udev and systemd have nothing left to do."""
        self.sh('udevadm settle; for i in $(seq 150); do '
                "systemctl list-jobs 'kdevpool-activate@*' | "
                'grep -q "No jobs" && exit 0; sleep 0.2; done; exit 1')

    def times_active(self, pool):
        """How often the kernel has activated it since boot."""
        return int(self.sh(f'dmesg | grep -c "kdevpool: {pool}: the pool is '
                           'active" || :'))

    def is_active(self, pool):
        """Whether it is active now."""
        return not self.machine.sh(f'dmsetup info kdp-{pool}').rc

    def closed(self, disk, name):
        """What the disk says while the machine is off."""
        tool = build_dir() / 'bin' / 'kdevpool-admin'
        done = subprocess.run([tool, 'check', '--json', disk.path],
                              capture_output=True, text=True, check=False)
        self.check(f'{name}: the metadata is clean', done.returncode == 0,
                   done.stdout)
        self.check(f'{name}: and was closed in order', done.stdout and
                   json.loads(done.stdout)['clean_shutdown'], done.stdout)

    def run(self, tell):
        """Tell the story; the exit status of the program."""
        try:
            with self.machine:
                tell(self)
        except Fault as fault:
            self.check('to the end', False, fault)
        sys.stdout.flush()
        return 1 if self.failed else 0
