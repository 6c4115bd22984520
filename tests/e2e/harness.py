# SPDX-License-Identifier: GPL-2.0-only
# kernel: 6.1 debug
"""The harness itself: what must fail a run does, what must not does not."""

import os
import shutil
import sys
import tempfile
from pathlib import Path

from kdpvm import (Disk, GuestDied, GuestTimeout, KernelFault, Machine,
                   kernels, powercut)
from kdpvm.paths import GUEST

KERNEL = os.environ['KDP_KERNEL']
PARAMETER = '/sys/module/faults/parameters/do'


def report(name, good, why=''):
    """Print a case."""
    print(f'ok {name}' if good else f'not ok {name}: {why}', flush=True)
    return good


def build_faults(folder):
    """Build the module of faults; returns its path."""
    for path in (GUEST / 'faults').iterdir():
        shutil.copy(path, folder)
    status, text = kernels.builder(KERNEL).make(folder, '-s', 'modules')
    if status:
        sys.exit(text)
    return Path(folder) / 'faults.ko'


def faults_of(module, *names, wait=0):
    """What a run that commits these faults ends with, as text."""
    machine = Machine(kernel=KERNEL, module_file=module, what='harness')
    machine.start()
    for name in names:
        machine.sh(f'echo {name} > {PARAMETER}', check=True)
    machine.sh(f'sleep {wait}')
    try:
        machine.stop()
    except KernelFault as fault:
        shutil.rmtree(machine.folder)
        return str(fault)
    return ''


def clean_run(module):
    """Exit status, streams and standard input arrive; nothing is found."""
    with Machine(kernel=KERNEL, module_file=module, what='harness',
                 disks=[Disk(size=1 << 24, sector=4096)]) as machine:
        machine.start()
        result = machine.sh('cat; echo error >&2; exit 37', stdin=b'x' * 300000)
        report('exit status', result.rc == 37, result.rc)
        report('streams', result.err == 'error\n' and
               result.out == 'x' * 300000, result.err)
        size = machine.sh('blockdev --getss /dev/vda').out
        report('4096 byte sectors', size == '4096\n', size)
        killed = machine.sh('kill -9 $$').rc
        report('death by signal', killed == 137, killed)


def ends(module, command, wanted, name, timeout=20):
    """A command that must end a run with the exception `wanted`."""
    machine = Machine(kernel=KERNEL, module_file=module, what='harness')
    try:
        machine.start()
        machine.sh(command, timeout)
        report(name, False, 'nothing happened')
    except wanted:
        report(name, True)
    finally:
        machine.abandon(wanted.__name__)
        shutil.rmtree(machine.folder)


def log_of_writes(module, folder):
    """A flushed write is in every power cut, an unflushed one not in all."""
    disk = Disk(size=1 << 22, log=Path(folder) / 'log')
    with Machine(kernel=KERNEL, module_file=module, disks=[disk],
                 what='harness') as machine:
        machine.start()
        machine.sh('yes a | dd of=/dev/vda bs=4k count=1 iflag=fullblock '
                   'oflag=direct conv=fsync', check=True)
        machine.sh('yes b | dd of=/dev/vda bs=4k count=1 seek=1 '
                   'iflag=fullblock oflag=direct', check=True)
        machine.powercut()
    seen = [set(), set()]
    with powercut.Log(disk.log) as log:
        for seed in range(40):
            out = Path(folder) / 'image'
            powercut.build(log, out, seed, len(log.entries), size=1 << 22)
            data = out.read_bytes()
            seen[0].add(data[:4096])
            seen[1].add(data[4096:8192])
    report('flushed write survives', seen[0] == {b'a\n' * 2048}, len(seen[0]))
    report('unflushed write may be lost', {bytes(4096), b'b\n' * 2048} <=
           seen[1], len(seen[1]))


def find(name, text, *parts):
    """Each part must be in what was found."""
    for part in parts:
        report(f'{name} {part}', part in text, text)


def main():
    """Run the cases."""
    with tempfile.TemporaryDirectory() as folder:
        module = build_faults(folder)
        clean_run(module)
        ends(module, 'echo c > /proc/sysrq-trigger', GuestDied, 'panic')
        ends(module, 'sleep 1000', GuestTimeout, 'timeout', 2)
        if KERNEL == 'debug':
            # lockdep first: any other report turns it off.
            found = faults_of(module, 'lockdep', 'leak', 'atomic', 'kasan')
            find('found:', found, 'memory leak', 'KASAN',
                 'BUG: sleeping function called', 'circular locking')
        else:
            find('found:', faults_of(module, 'warn'), 'WARNING: CPU')
            log_of_writes(module, folder)


if __name__ == '__main__':
    sys.exit(main())
