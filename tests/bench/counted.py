# SPDX-License-Identifier: GPL-2.0-only
"""Run a scenario in a machine whose time is counted in instructions."""

from kdpvm import Machine, module

SECONDS = 1500


def run(script, quick):
    """The scenario's lines."""
    files = [(module.build('6.1', project=module.BENCH), '/root/kdp-bench.ko'),
             (script.parent / 'devices.sh', '/root/devices.sh'),
             (script, '/root/scenario.sh')]
    with Machine(icount=True, tools=['fio'], mem=2048, files=files,
                 what='bench') as machine:
        machine.start()
        done = machine.sh('sh /root/scenario.sh '
                          f'{"quick" if quick else "full"}', SECONDS,
                          check=True)
    return done.out.splitlines()
