# SPDX-License-Identifier: GPL-2.0-only
# tier: systemd
# timeout: 900
"""When a pool is not activated at boot, and activations that are cut short."""

import sys

from _boot import VOLUMES, Story
from kdpvm import Disk

MIB = 1 << 20
CONF = '/etc/kdevpool/kdevpool.conf.d/test.conf'
UNIT = 'kdevpool-activate@dev-vda.service'
SUM = 'cat /dev/kdevpool/ci/pool1 | sha256sum'


def told(story):
    """What the service said since boot."""
    return story.sh(f'journalctl -b -o cat -u {UNIT}')


def refused(story, name, reason):
    """Not active, the journal has the reason, and the boot is fine."""
    story.settle()
    story.check(f'{name}: not active', not story.is_active('ci'))
    text = told(story)
    story.check(f'{name}: the journal says why', reason in text, text)
    story.equal(f'{name}: the system runs', story.sh(
        'systemctl is-system-running || :'), 'running')


def configure(story, text):
    """One line of configuration, none to have none."""
    story.sh(f'mkdir -p {CONF.rpartition("/")[0]}; rm -f {CONF}; '
             f'[ -z "{text}" ] || echo "{text}" >{CONF}; sync')


def rebooted(story):
    """The quick way, on a machine that has nothing to lose."""
    story.sh('sync')
    story.machine.reboot()


def switches(story):
    """Off by configuration, by the command line, by threshold, by mistake."""
    configure(story, 'auto_activate = no')
    rebooted(story)
    refused(story, 'switched off', 'auto_activate')
    story.succeeds('switched off: dry run', 'kdevpool-admin activate --auto '
                   '--dry-run /dev/vda; [ $? -eq 4 ]')
    story.check('dry run activates nothing', not story.is_active('ci'))
    story.succeeds('switched off: --force', 'kdevpool-admin activate --auto '
                   '--force /dev/vda')
    story.check('--force activates', story.is_active('ci'))
    configure(story, 'threshold = high')
    rebooted(story)
    refused(story, 'mistake in the configuration', 'test.conf')
    configure(story, '')
    story.machine.add_append('kdevpool.auto=0')
    rebooted(story)
    refused(story, 'kdevpool.auto=0', 'command line')
    story.machine.add_append('kdevpool.auto=1')


def other_host(story):
    """The disk of another machine, which has not closed the pool."""
    own = story.sh('cat /etc/machine-id')
    story.sh('kdevpool-admin activate --auto --force /dev/vda')
    story.sh('tr 0-9a-f 1-9a-f0 </etc/machine-id >/tmp/id; '
             'cat /tmp/id >/etc/machine-id')
    rebooted(story)
    refused(story, 'another host', 'points')
    story.sh(f'echo {own} >/etc/machine-id')


def cut_short(story, sums):
    """Power cut, shutdown, SIGKILL in the midst of an activation."""
    rebooted(story)
    story.settle()
    story.equal('on again: active once', story.times_active('ci'), 1)
    story.equal('owners of the boot before: their volumes go', story.sh(
        'test -e /dev/kdevpool/ci/left && kdevpool-admin cleanup --json | '
        'jq -r ".volumes[].why"; ls /dev/kdevpool/ci | grep left || :'),
        'its owner was of another boot')
    again = (f'kdevpool-admin deactivate ci && systemctl stop {UNIT}; '
             f'systemctl start --no-block {UNIT}; ')
    story.sh(again + 'sleep 0.5')
    story.machine.powercut()
    story.machine.start()
    story.settle()
    story.equal('power cut in the midst: active once',
                story.times_active('ci'), 1)
    story.equal('power cut in the midst: same data', story.sh(SUM), sums)
    story.sh(again + 'until dmsetup info kdp-ci; do :; done >/dev/null 2>&1')
    story.machine.shutdown()
    story.machine.start()
    story.settle()
    went = story.sh('journalctl -b -1 -o cat | tail -40')
    story.check('shutdown in the midst: goes down, in order',
                'Journal stopped' in went and 'Timed out' not in went, went)
    story.equal('shutdown in the midst: active once',
                story.times_active('ci'), 1)
    story.sh(again + 'until dmsetup info kdp-ci; do :; done >/dev/null 2>&1; '
             f'systemctl kill -s KILL {UNIT}')
    story.settle()
    killed = story.sh(f'systemctl show -P NRestarts {UNIT}')
    story.check('killed in the midst: it was', int(killed) > 0, killed)
    story.equal('killed in the midst: completed', sorted(story.sh(
        'ls /dev/kdevpool/ci').split()), sorted(VOLUMES))
    story.equal('killed in the midst: same data', story.sh(SUM), sums)


def tell(story):
    """All of it."""
    story.begin()
    story.make_pool('/dev/vda', 'ci', '16M')
    sums = story.sh('dd if=/dev/urandom of=/dev/kdevpool/ci/pool1 bs=1M '
                    f'count=4 oflag=direct conv=fsync 2>/dev/null; {SUM}')
    # the agent's number is, or may be, the same after a boot
    story.sh('kdevpool-admin volume create ci left 1M --owner-pid '
             '$(systemctl show -P MainPID kdp-agent)')
    switches(story)
    other_host(story)
    cut_short(story, sums)


def main():
    """Run it; returns the exit status."""
    disk = Disk(size=256 * MIB, serial='pool')
    return Story([disk], 'boot-decisions').run(tell)


if __name__ == '__main__':
    sys.exit(main())
