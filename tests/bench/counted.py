# SPDX-License-Identifier: GPL-2.0-only
"""Run a scenario in an emulated machine, most with time counted in instructions."""

import subprocess

from kdpvm import Disk, Machine, module
from kdpvm.paths import TREE

SECONDS = 1500


def run(script, _folder, quick, icount=True):
    """The scenario's lines."""
    files = [(module.build('6.1', project=module.BENCH), '/root/kdp-bench.ko'),
             (script.parent / 'devices.sh', '/root/devices.sh'),
             (script, '/root/scenario.sh')]
    with Machine(icount=icount, tools=['fio'], mem=2048, files=files,
                 what='bench') as machine:
        machine.start()
        done = machine.sh('sh /root/scenario.sh '
                          f'{"quick" if quick else "full"}', SECONDS,
                          check=True)
    return done.out.splitlines()


def run_timed(script, folder, quick):
    """The same, with two processors and the time that it takes."""
    return run(script, folder, quick, icount=False)


def run_seven(script, folder, quick):
    """The lines of what is made in a whole Debian."""
    program = folder / 'linears'
    subprocess.run(['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-o', program,
                    TREE / 'tests' / 'tools' / 'linears.c', '-ldevmapper'],
                   check=True)
    with Machine(disks=[Disk(size=512 << 20) for _ in range(3)],
                 systemd=True, icount=True, what='bench',
                 files=[(program, '/usr/sbin/linears'),
                        (script, '/root/seven.sh')]) as machine:
        machine.start()
        done = machine.sh(f'sh /root/seven.sh {3 if quick else 11}', SECONDS,
                          check=True)
    return done.out.splitlines()
