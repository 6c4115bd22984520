# SPDX-License-Identifier: GPL-2.0-only
# kernel: debug
# timeout: 600
"""KUnit suites (tests/kunit) inside the debug kernel.

A case for each test that the sources tell of: one that does not run has
failed.  Given a patch, it is applied to the copy that is built: a mutant.
"""

import os
import re
import sys
import time

from kdpvm import Fault, Machine, module
from kdpvm.paths import TREE

KERNEL = os.environ.get('KDP_KERNEL', 'debug')
SECONDS = 400
NAME = 'kdevpool_kunit'
KO = '/root/kdevpool-kunit.ko'
# Failing allocations for threads that ask for them, without a word.
FAILSLAB = '''cd /sys/kernel/debug/failslab && echo 1 > task-filter &&
echo 0 > ignore-gfp-wait && echo 0 > verbose && echo 1 > interval &&
echo 1000000000 > times && echo 100 > probability'''
SUITE = re.compile(r'\.name = "(\w+)"')
CASE = re.compile(r'KUNIT_CASE\((\w+)\)')
BEGIN = re.compile(r'# Subtest: (\w+)$')
END = re.compile(r'^\s*(not )?ok \d+ (?:- )?(\w+)(.*)$')
NOTE = re.compile(r'\]     # \w+: \d')
LEFT_OUT = 2    # steps that the module leaves out on request


def report(name, good, why=''):
    """Print a case."""
    print(f'ok {name}' if good else f'not ok {name}: {why}', flush=True)


def cases_of_sources():
    """The cases that must run, as 'suite.case'; a suite is a file."""
    found = []
    for path in sorted((TREE / 'tests/kunit').glob('*.c')):
        text = path.read_text(encoding='utf-8')
        cases = CASE.findall(text)
        if cases:
            suite, = SUITE.findall(text)[-1:]
            found += [f'{suite}.{case}' for case in cases]
    return found


def results(lines):
    """{'suite.case': why it failed, or ''} out of a kernel log."""
    found, suite, said = {}, None, []
    for line in lines:
        text = line.partition('] ')[2]
        begin, end = BEGIN.search(text), END.match(text)
        if begin:
            suite, said = begin.group(1), []
        elif end and suite and end.group(2) != suite:
            bad = end.group(1) or end.group(3).strip()
            found[f'{suite}.{end.group(2)}'] = \
                ' '.join(said)[:600] or text.strip() if bad else ''
            said = []
        elif end:
            suite = None
        elif suite and text.startswith('    '):
            said.append(text.replace('\\x0a', ' ').strip())
    return found


def print_results(lines):
    """A case for each test, whether it ran or not."""
    ran, known = results(lines), cases_of_sources()
    report('there are suites', len(known) > 0, 'no case in tests/kunit')
    for name in known:
        report(name, ran.get(name, 'x') == '',
               ran.get(name, 'did not run'))
    for name in sorted(set(ran) - set(known)):
        report(name, False, 'ran, but is not in the sources')


def wait_for(condition, seconds=20):
    """Wait for what the kernel's log, which comes late, will tell."""
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.1)


def run_suites(built):
    """Load the module, which runs the suites; then look for faults."""
    machine = Machine(kernel=KERNEL, module_file=False, what='kunit',
                      files=[(built, KO)])
    try:
        with machine:
            machine.start()
            machine.sh(FAILSLAB, check=True)
            machine.sh(f'insmod {KO}', SECONDS, check=True)
            wait_for(lambda: set(cases_of_sources()) <=
                     set(results(machine.dmesg())))
            lines = machine.dmesg()
            locks = machine.sh('grep debug_locks: /proc/lockdep_stats').out
            machine.sh(f'rmmod {NAME}', check=True)
        report('kernel is content', True)
        report('lockdep was on to the end', locks.split()[-1:] == ['1'], locks)
    except Fault as fault:
        lines = machine.dmesg()
        report('kernel is content', False,
               ' '.join([str(fault), *machine.faults()])
               .replace('\n', ' ')[:1000])
    print_results(lines)
    print('\n'.join(line for line in lines if NOTE.search(line)))


def run_left_out(built):
    """Steps that are left out on request are warned of, and undone."""
    machine = Machine(kernel=KERNEL, module_file=False, what='kunit',
                      files=[(built, KO)], append='kunit.enable=0')
    with machine:
        machine.start()
        machine.sh(f'insmod {KO}', check=True)
        before = machine.faults()
        done = machine.sh(f'echo 1 > /sys/module/{NAME}/parameters/leave_out')
        wait_for(lambda: len(machine.faults()) >= LEFT_OUT)
        machine.powercut()
        found = machine.faults()
        machine.forgive()
    report('nothing is warned of yet', not before, before)
    report('steps left out change nothing', done.rc == 0, done.err)
    report('steps left out are warned of',
           len([t for t in found if 'freed.c' in t]) == LEFT_OUT, found)


def main():
    """Run the cases."""
    patch = sys.argv[1] if len(sys.argv) > 1 else None
    built = module.build(KERNEL, patch, module.KUNIT)
    if not patch:
        said = module.complaints(KERNEL, ['C=2'], module.KUNIT)
        report('no warnings, sparse is content', not said, said)
    run_suites(built)
    run_left_out(built)


if __name__ == '__main__':
    sys.exit(main())
