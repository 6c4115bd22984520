# SPDX-License-Identifier: GPL-2.0-only
"""Find the tests of the tree and make jobs of them.

Head comments of a script in tests/e2e tell how it is run:

    # vm: --disk 256M --disk 1G     options for scripts/vm
    # kernel: 6.1 debug             once on each (default 6.1; may be none)
    # tier: unit                    for a program that needs no machine
    # timeout: 600                  seconds
    # soak: 20 3600                 SOAK_SECONDS in `make check`, `make soak`
    # soak-kernel: kcsan            in `make soak` on this one as well
"""

import os
import re
import shlex
import sys

from .jobs import Job

HEAD = re.compile(r'^#\s*(vm|kernel|tier|timeout|soak|soak-kernel):\s*(.*?)\s*$')
# What a job may take beyond its guest's time: boots, checks, waiting for
# something another job builds.
GRACE = 240


def head(path):
    """The settings in a script's head comment, {name: text}."""
    found = {}
    with open(path, encoding='utf-8') as handle:
        for line in handle:
            if not line.startswith('#'):
                break
            match = HEAD.match(line)
            if match:
                found[match.group(1)] = match.group(2)
    return found


def tier_of(kernel, options):
    """The tier a machine with these options belongs to."""
    if '--systemd' in options:
        return 'systemd'
    return 'debug' if kernel in ('debug', 'kcsan') else 'vm'


def soak_env(settings, full):
    """SOAK_SECONDS for a test, as environment; {} when it is no soak."""
    if 'soak' not in settings:
        return {}
    short, long = settings['soak'].split()
    return {'SOAK_SECONDS': os.environ.get('SOAK_SECONDS', long) if full
            else short}


def guest_job(tree, path, kernel, settings, env, seconds):
    """A shell script that runs in the guest."""
    assign = ' '.join(f'{k}={shlex.quote(v)}' for k, v in env.items())
    options = shlex.split(settings.get('vm', ''))
    argv = [str(tree / 'scripts/vm'), '--kernel', kernel, *options,
            '--timeout', str(seconds),
            '--file', str(tree / 'tests/e2e/lib.sh'), '--file', str(path),
            '--', f'cd /root && {assign} KDP_KERNEL={kernel} sh {path.name}']
    return argv, {}


def host_job(path, kernel, env):
    """A Python program that drives machines from the host."""
    return [sys.executable, str(path)], {**env, 'KDP_KERNEL': kernel}


def e2e_jobs(tree, soak):
    """Jobs for the scripts in tests/e2e."""
    jobs = []
    for path in sorted((tree / 'tests/e2e').glob('*')):
        if path.suffix not in ('.sh', '.py') or path.name == 'lib.sh' or \
           path.name.startswith('_'):
            continue
        settings = head(path)
        env = soak_env(settings, soak)
        kernels = settings.get('kernel', '6.1').split() if env or not soak \
            else []
        if soak:
            kernels += settings.get('soak-kernel', '').split()
        seconds = int(settings.get('timeout', 600)) + \
            int(env.get('SOAK_SECONDS', 0))
        for kernel in kernels:
            # its processors wait for each other
            slow = 3 if kernel == 'kcsan' else 1
            if path.suffix == '.sh':
                argv, more = guest_job(tree, path, kernel, settings, env,
                                       seconds * slow)
            else:
                argv, more = host_job(path, kernel, env)
                more['PYTHONPATH'] = str(tree / 'tests/vm')
            tier = settings.get('tier')
            jobs.append(Job(path.name if tier else f'{path.name}[{kernel}]',
                            tier or
                            tier_of(kernel, settings.get('vm', '')), argv,
                            seconds * slow + GRACE,
                            {'PYTHONDONTWRITEBYTECODE': '1', **more}))
    return jobs


def unit_jobs(tree, build):
    """Jobs for the compiled unit tests and for the harness's own."""
    jobs = []
    for path in sorted((build / 'tests/unit').glob('*')):
        if path.is_file() and os.access(path, os.X_OK):
            jobs.append(Job(path.name, 'unit', [str(path)],
                            env={'CMOCKA_MESSAGE_OUTPUT': 'TAP'}))
    for path in sorted((tree / 'tests/vm/selftest').glob('test_*.py')):
        jobs.append(Job(path.name, 'unit',
                        [sys.executable, str(tree / 'tests/runner/pycases.py'),
                         str(path)],
                        env={'PYTHONDONTWRITEBYTECODE': '1'}))
    return jobs


def static_jobs(tree):
    """One job for each static check."""
    sys.path.insert(0, str(tree / 'tests/runner'))
    from . import static
    return [Job(name, 'static', [str(tree / 'scripts/check-static'), name],
                600, single=True) for name in static.CHECKS]
