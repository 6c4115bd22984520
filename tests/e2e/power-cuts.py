# SPDX-License-Identifier: GPL-2.0-only
# kernel: 6.1
# timeout: 900
"""Twenty power cuts under load: every flushed write is there, nothing else is.

One machine runs the load while QEMU logs the writes and flushes of its disk,
and ends without warning.  From the log twenty disks are built, each as the
power would have left it at another moment; markers that the load wrote to the
same disk tell what had been acknowledged by then.  A second machine brings
each of the disks up, verifies every sector, and checks the metadata.

The same is done with a module that leaves out the flush before a commit; that
must be found, or the test cannot see what it is there for.
"""

import os
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from kdpvm import Disk, Machine, module, powercut
from kdpvm.paths import TREE, build_dir

MIB = 1 << 20
POOL = 320 * MIB
VOLUMES = 4
VOLUME_MIB = 48
CUTS = int(os.environ.get('KDP_CUTS', '20'))
PER_MACHINE = 10
LOAD_SECONDS = int(os.environ.get('KDP_LOAD_SECONDS', '20'))
SEED = int(os.environ.get('KDP_SEED', '0')) or int(time.time())
NODES = ' '.join(f'/dev/kdevpool/cuts/v{n}' for n in range(VOLUMES))

# A disk of just the pool; behind it on the real disk the load's markers.
ACTIVATE = '''
dmsetup create part{n} --table "0 {sectors} linear /dev/vd{letter} 0" &&
kdevpool-admin activate /dev/mapper/part{n}
'''


def report(name, good, why=''):
    """Print a case."""
    print(f'ok {name}' if good else f'not ok {name}: {why}', flush=True)


def activate(number):
    """The command that brings up the pool on disk `number`."""
    return ACTIVATE.format(n=number, sectors=POOL // 512,
                           letter='abcdefghijklmnop'[number])


def build_load(folder):
    """Compile the load; returns its path."""
    program = Path(folder) / 'kdp-load'
    subprocess.run(['gcc', '-O2', '-static', '-o', program,
                    TREE / 'tests' / 'tools' / 'kdp-load.c'], check=True)
    return program


def make_base(folder):
    """A disk full of somebody else's data, with a pool; returns its path."""
    base = Path(folder) / 'base'
    pattern = b'somebody else\'s data must never be seen.........................'
    assert len(pattern) == 64
    with open(base, 'wb') as handle:
        for _ in range(POOL // MIB):
            handle.write(pattern * (MIB // 64))
    volumes = [word for n in range(VOLUMES)
               for word in ('--volume', f'v{n}:{VOLUME_MIB}M')]
    subprocess.run([build_dir() / 'bin' / 'kdevpool-admin', 'create', '--image',
                    base, '--pool', 'cuts', '--yes', *volumes], check=True,
                   stdout=subprocess.DEVNULL)
    with open(base, 'ab') as handle:
        handle.truncate(POOL + MIB)
    return base


def run_load(folder, base, load, module_file):
    """Run the load, cut the power at a random moment; returns the log."""
    disk = Path(folder) / 'disk'
    log = Path(folder) / 'log'
    shutil.copyfile(base, disk)
    machine = Machine(disks=[Disk(path=disk, log=log)], what='power-cuts',
                      files=[(load, '/usr/sbin/kdp-load')],
                      module_file=module_file)
    with machine:
        machine.start()
        machine.sh(activate(0), check=True)
        machine.sh(f'kdp-load run {SEED} 600 /dev/vda {POOL} {NODES} '
                   '>/tmp/load 2>&1 &', check=True)
        time.sleep(LOAD_SECONDS + random.Random(SEED).random() * 3)
        machine.powercut()
    disk.unlink()
    return log


def acked_at(log, count, base):
    """What each writer had been told was safe after `count` entries."""
    area = log.area(count, POOL, VOLUMES * 4096, base)
    return [struct.unpack_from('<Q', area, n * 4096)[0]
            for n in range(VOLUMES)]


def build_cuts(folder, base, log_path):
    """Build the disks; returns (path, acked, entry) of each."""
    choose = random.Random(SEED)
    cuts = []
    with powercut.Log(log_path) as log:
        total = len(log.entries)
        for number in range(CUTS):
            entry = choose.randrange(total // 20, total)
            path = Path(folder) / f'cut{number}'
            powercut.build(log, path, SEED + number, entry, base)
            cuts.append((path, acked_at(log, entry, base), entry))
    return cuts, total


def verify_one(machine, number, acked):
    """Bring up disk `number` of the machine and verify it; what was wrong."""
    words = ','.join(str(n) for n in acked)
    steps = ((activate(number), 'activate'),
             (f'kdp-load verify {SEED} {words} {NODES}', 'data'),
             ('kdevpool-admin deactivate cuts', 'deactivate'),
             (f'kdevpool-admin check /dev/mapper/part{number}', 'check'),
             (f'dmsetup remove part{number}', 'remove'))
    for command, name in steps:
        result = machine.sh(command, timeout=300)
        if result.rc:
            return f'{name}: {(result.out + result.err)[-600:]}'
    return ''


def verify(cuts):
    """Verify all disks; returns what was wrong with each ('' if nothing)."""
    wrong = []
    for first in range(0, len(cuts), PER_MACHINE):
        part = cuts[first:first + PER_MACHINE]
        load = part[0][0].parent.parent / 'kdp-load'
        disks = [Disk(path=path) for path, _, _ in part]
        with Machine(disks=disks, what='power-cuts verify',
                     files=[(load, '/usr/sbin/kdp-load')]) as machine:
            machine.start()
            for number, (_, acked, _) in enumerate(part):
                wrong.append(verify_one(machine, number, acked))
                if wrong[-1]:
                    # the next disk must not find this one's pool active
                    machine.sh('kdevpool-admin deactivate --all; '
                               'dmsetup remove_all -f')
    return wrong


def twenty_cuts(folder, name, base, load, module_file):
    """Run and verify; returns the list of what was wrong."""
    part = Path(folder) / name
    part.mkdir()
    log = run_load(part, base, load, module_file)
    cuts, total = build_cuts(part, base, log)
    wrong = verify(cuts)
    acked = max(sum(acked) for _, acked, _ in cuts)
    print(f'# {name}: seed {SEED}, {total} log entries, up to {acked} '
          f'acknowledged operations, {sum(map(bool, wrong))} of {len(cuts)} '
          'cuts wrong', flush=True)
    shutil.rmtree(part)
    return wrong, acked


def main():
    """Run the cases."""
    with tempfile.TemporaryDirectory(dir=os.environ.get('TMPDIR')) as folder:
        load = build_load(folder)
        base = make_base(folder)
        wrong, acked = twenty_cuts(folder, 'cuts', base, load, None)
        report('the load got somewhere', acked > 100, acked)
        for number, why in enumerate(wrong):
            report(f'power cut {number + 1} of {CUTS}', not why,
                   re.sub(r'\s+', ' ', why))
        mutant = module.build('6.1', TREE / 'tests' / 'mutants' /
                              'no-data-flush.patch')
        wrong, acked = twenty_cuts(folder, 'mutant', base, load, mutant)
        report('the mutant without the data flush is found', any(wrong),
               'all cuts verified')


if __name__ == '__main__':
    sys.exit(main())
