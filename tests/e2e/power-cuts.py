# SPDX-License-Identifier: GPL-2.0-only
# kernel: 6.1
# timeout: 900
"""Twenty power cuts under load: every flushed write is there, nothing else is.

One machine runs the load while QEMU logs the writes and flushes of its disk,
and ends without warning.  From the log twenty disks are built, each as the
power would have left it at another moment; markers that the load wrote to the
same disk tell what had been acknowledged by then.  A second machine brings
each of the disks up, verifies every sector, and checks the metadata.  More
cuts are verified with the same recovery code in user space, which is faster.

The same is done with a module that leaves out the flush before a commit; that
must be found, or the test cannot see what it is there for.

Half of the moments are any, half are right before a flush ends, when most is
at stake.
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
# One in thirty finds the mutant; the search ends with the first that does.
MUTANT_CUTS = 500
MORE_CUTS = int(os.environ.get('KDP_MORE_CUTS', '60'))
LOAD_SECONDS = int(os.environ.get('KDP_LOAD_SECONDS', '10'))
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


def build_tools(folder):
    """Compile the load, and the reader of pools in images."""
    tools = TREE / 'tests' / 'tools'
    subprocess.run(['gcc', '-O2', '-static', '-o', folder / 'kdp-load',
                    tools / 'kdp-load.c'], check=True)
    engine = [path for part in ('kernel/format', 'kernel/model',
                                'kernel/store', 'userspace/shim')
              for path in sorted((TREE / part).glob('*.c'))]
    subprocess.run(['gcc', '-std=gnu11', '-O2', '-D_GNU_SOURCE',
                    f'-I{TREE}/userspace/shim', f'-I{TREE}/kernel', '-o',
                    folder / 'volume-cat', tools / 'volume-cat.c', *engine],
                   check=True)


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
    subprocess.run([build_dir() / 'bin' / 'kdevpool-admin', 'create', '--image', '--device',
                    base, '--pool', 'cuts', '--yes', *volumes], check=True,
                   stdout=subprocess.DEVNULL)
    with open(base, 'ab') as handle:
        handle.truncate(POOL + MIB)
    return base


def run_load(folder, base, module_file):
    """Run the load, cut the power at a random moment; returns the log."""
    load = folder.parent / 'kdp-load'
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


def moments(log, seed, number):
    """`number` entries of the log, in turn any and just before a flush."""
    choose = random.Random(seed)
    total = len(log.entries)
    flushes = [n for n in log.flushes() if n > total // 20]
    return [choose.choice(flushes) if n % 2 else
            choose.randrange(total // 20, total) for n in range(number)]


def build_cuts(folder, base, log):
    """Build the disks; returns (path, acked, entry) of each."""
    cuts = []
    for number, entry in enumerate(moments(log, SEED, CUTS)):
        path = Path(folder) / f'cut{number}'
        powercut.build(log, path, SEED + number, entry, base)
        cuts.append((path, acked_at(log, entry, base), entry))
    return cuts


def verify_image(folder, path, acked):
    """Recover and verify in user space; what was wrong, '' if nothing."""
    tools, volumes = folder.parent, folder / 'volumes'
    volumes.mkdir(exist_ok=True)
    done = subprocess.run([tools / 'volume-cat', path, volumes],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        return done.stderr
    done = subprocess.run(
        [tools / 'kdp-load', 'verify', str(SEED), ','.join(map(str, acked)),
         *(volumes / f'v{n}' for n in range(VOLUMES))],
        capture_output=True, text=True, check=False)
    return done.stdout + done.stderr if done.returncode else ''


def verify_more(folder, base, log, cuts, until_wrong=False):
    """Many cuts in user space; returns what was wrong, one text each."""
    wrong, path = [], folder / 'cut'
    for number, entry in enumerate(moments(log, SEED + 1, cuts)):
        if until_wrong and any(wrong):
            break
        powercut.build(log, path, SEED + number, entry, base)
        with open(path, 'r+b') as handle:
            handle.truncate(POOL)
        wrong.append(verify_image(folder, path, acked_at(log, entry, base)))
    path.unlink()
    return wrong


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


def tell(name, log, wrong, seconds):
    """A line of figures."""
    print(f'# {name}: seed {SEED}, {len(log.entries)} log entries, '
          f'{sum(map(bool, wrong))} of {len(wrong)} cuts wrong, '
          f'{seconds:.0f} s', flush=True)


def good_module(folder, base):
    """Every cut must verify."""
    began = time.monotonic()
    part = folder / 'good'
    part.mkdir()
    with powercut.Log(run_load(part, base, None)) as log:
        acked = sum(acked_at(log, len(log.entries), base))
        report('the load got somewhere', acked > 100, acked)
        wrong = verify([*build_cuts(part, base, log)])
        tell('in machines', log, wrong, time.monotonic() - began)
        for number, why in enumerate(wrong):
            report(f'power cut {number + 1} of {CUTS}', not why,
                   re.sub(r'\s+', ' ', why))
        wrong = verify_more(part, base, log, MORE_CUTS)
        tell('in user space', log, wrong, time.monotonic() - began)
        report(f'{MORE_CUTS} more in user space', not any(wrong),
               re.sub(r'\s+', ' ', ' '.join(wrong))[:600])
    shutil.rmtree(part)


def mutant_module(folder, base):
    """Some cut must not verify."""
    began = time.monotonic()
    part = folder / 'mutant'
    part.mkdir()
    mutant = module.build('6.1', TREE / 'tests' / 'mutants' /
                          'no-data-flush.patch')
    with powercut.Log(run_load(part, base, mutant)) as log:
        wrong = verify_more(part, base, log, MUTANT_CUTS, True)
        tell('without the data flush', log, wrong, time.monotonic() - began)
        report('the module without the data flush is found', any(wrong),
               'all cuts verified')
    shutil.rmtree(part)


def main():
    """Run the cases."""
    # many copies of a disk: in memory where there is room
    shm = '/dev/shm' if shutil.disk_usage('/dev/shm').free > 8 << 30 else None
    with tempfile.TemporaryDirectory(dir=shm) as name:
        folder = Path(name)
        build_tools(folder)
        base = make_base(folder)
        good_module(folder, base)
        mutant_module(folder, base)


if __name__ == '__main__':
    sys.exit(main())
