# SPDX-License-Identifier: GPL-2.0-only
"""Run a scenario in user-mode Linux; its times."""

import re
import shutil
import subprocess

from kdpvm import module, uml
from kdpvm.paths import TREE, build_dir

SECONDS = 900
LINE = re.compile(r'bench (\S+) (\d+) (\d+) (\d+)$')


def prepare(folder):
    """All that the guest needs, in one folder."""
    subprocess.run(['make', '-s', '-j2', '-C', TREE, 'userspace',
                    f'BUILD={build_dir()}'], check=True)
    shutil.copy(build_dir() / 'bin' / 'kdevpool-admin', folder)
    for project in (module.TARGET, module.BENCH):
        shutil.copy(module.build('uml', project=project), folder)


def run(script, folder, quick):
    """The scenario's lines."""
    prepare(folder)
    kernel = uml.get()
    return uml.run(kernel, script, SECONDS,
                   {'KDP_MODULES': kernel.modules, 'KDP_BUILD': folder,
                    'KDP_BENCH': script.parent, 'KDP_QUICK': int(quick)})


def times(lines):
    """{bench: [{group: nanoseconds} of each round]}"""
    found_times = {}
    for line in lines:
        found = LINE.match(line)
        if found:
            name, numbers = found.group(1), map(int, found.groups()[1:])
            number, group, ns = numbers
            rounds = found_times.setdefault(name, [])
            if not rounds or number != rounds[-1][0] or \
               group in rounds[-1][1]:
                rounds.append((number, {}))
            rounds[-1][1][group] = ns
    return {name: [r for _, r in rounds] for name, rounds in found_times.items()}
