# SPDX-License-Identifier: GPL-2.0-only
"""tests/run: run tests two at a time, print their outcome in a fixed order."""

import argparse
import concurrent.futures
import fnmatch
import functools
import os
import shutil
import signal
import subprocess
import sys
import time

from kdpvm import kernels, rootfs, stock
from kdpvm.errors import Fault
from kdpvm.paths import TREE, build_dir

from . import discover, durations, jobs
from .jobs import Case, Job, Outcome, execute

TIERS = ('static', 'unit', 'debug', 'systemd', 'vm')
GUESTS = ('debug', 'systemd', 'vm')
WORKERS = 2
TAIL = 40
KEPT_RUNS = 10


def parser():
    """The command line."""
    p = argparse.ArgumentParser(prog='tests/run', description=__doc__)
    p.add_argument('--tier', action='append', choices=TIERS,
                   help='only this tier (may be given several times)')
    p.add_argument('--list', action='store_true', help='print the tests')
    p.add_argument('--soak', action='store_true',
                   help='only the soaks, at full length')
    p.add_argument('pattern', nargs='*', metavar='PATTERN',
                   help='only tests whose name contains or matches it')
    return p


def wanted(job, args):
    """Whether the command line selects a job."""
    if args.tier and job.tier not in args.tier:
        return False
    return not args.pattern or any(
        p in job.name or fnmatch.fnmatch(job.name, p) for p in args.pattern)


def collect(args):
    """The selected jobs, by tier."""
    found = discover.e2e_jobs(TREE, args.soak)
    if not args.soak:
        found += discover.unit_jobs(TREE, build_dir())
        found += discover.static_jobs(TREE)
    found = [job for job in found if wanted(job, args)]
    return sorted(found, key=lambda job: TIERS.index(job.tier))


def make(*targets):
    """Run our own Makefile; its output is passed on when it fails."""
    done = subprocess.run(['make', '-s', '-C', TREE, f'-j{WORKERS}',
                           *targets], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise Fault(f'make {" ".join(targets)} failed:\n{done.stdout}')


def preparations(args):
    """What must be made before the guests' tests: [(name, function)]."""
    tiers = args.tier or TIERS
    steps = []
    if set(tiers) & set(GUESTS):
        steps.append(('kernel 6.1', lambda: kernels.get('6.1')))
    if 'systemd' in tiers:
        steps.append(('Debian image', rootfs.get))
    if 'debug' in tiers:
        steps.append(('debug kernel', lambda: kernels.get('debug')))
        if args.soak:
            steps.append(('race kernel', lambda: kernels.get('kcsan')))
    if 'vm' in tiers:
        steps += [(f'kernel {name}', functools.partial(kernels.get, name))
                  for name in stock.SUITES]
    return steps


class Report:
    """Prints outcomes and counts them."""

    def __init__(self):
        self.passed = self.failed = 0
        self._bad = []

    def add(self, outcome):
        """Print one job's outcome."""
        job = outcome.job
        good = len(outcome.cases) - len(outcome.failed)
        self.passed += good
        self.failed += len(outcome.failed)
        word = 'FAIL' if outcome.failed else 'ok'
        count = '' if job.single else f'  {good}/{len(outcome.cases)}'
        print(f'{word:4} {job.tier:7} {job.name:42} '
              f'{outcome.seconds:6.1f} s{count}', flush=True)
        for case in outcome.failed:
            print(f'     not ok {case.name or job.name}: {case.why}')
        if outcome.failed:
            self._bad.append(outcome)
            print_tail(outcome.log)

    def add_fault(self, name, fault):
        """Print the failure of a preparation."""
        job = Job(name, 'prepare', [], single=True)
        self.add(Outcome(job, [Case('', False, str(fault))], 0.0, ''))

    def close(self):
        """Print the summary; returns the exit status."""
        for outcome in self._bad:
            print(f'failed: {outcome.job.name}: {outcome.log}')
        if not self.passed + self.failed:
            print('no test ran')
        print(f'{self.passed} passed, {self.failed} failed', flush=True)
        return 1 if self.failed or not self.passed else 0


def print_tail(log):
    """Print the end of a log."""
    if not log:
        return
    with open(log, encoding='utf-8', errors='replace') as handle:
        lines = handle.readlines()
    print(f'     {log}, last lines:')
    for line in lines[-TAIL:]:
        print(f'     | {line.rstrip()}')


def run_one(job, folder):
    """Run a job; its log goes below `folder`."""
    safe = ''.join(c if c.isalnum() or c in '._-' else '_' for c in job.name)
    return execute(job, folder / f'{job.tier}-{safe}.log', TREE)


def prepare(steps, report):
    """Do the steps; what fails is reported, the tests tell the rest."""
    for name, step in steps:
        began = time.monotonic()
        try:
            step()
        except Fault as fault:
            report.add_fault(name, fault)
        took = time.monotonic() - began
        if took > 5:
            print(f'made {name} in {took:.0f} s', flush=True)


def run_jobs(todo, steps, folder, report):
    """Run the jobs, `WORKERS` at a time, guests after the preparations.

    While the preparations go on in one worker, the others do the tests that
    need no guest.  Those that took longest last time begin first, so that no
    worker has long to wait for the last of them; all are told in the order of
    `todo`.
    """
    took = durations.load()
    with concurrent.futures.ThreadPoolExecutor(WORKERS) as pool:
        ready = pool.submit(prepare, steps, report)

        def run(job):
            if job.tier in GUESTS:
                ready.result()
            return run_one(job, folder)

        order = sorted(todo, key=lambda job: (
            job.tier in GUESTS, -took.get(durations.key(job), sys.maxsize)))
        futures = {durations.key(job): pool.submit(run, job) for job in order}
        outcomes = []
        for job in todo:
            outcomes.append(futures[durations.key(job)].result())
            report.add(outcomes[-1])
    durations.save(outcomes)


def fresh_folder():
    """An empty folder for the logs of this run; old ones but a few go."""
    logs = build_dir() / 'test-logs'
    logs.mkdir(parents=True, exist_ok=True)
    stamp = time.strftime('%Y%m%dT%H%M%S', time.gmtime())
    folder = logs / f'{stamp}-{os.getpid()}'
    folder.mkdir()
    for old in sorted(logs.iterdir())[:-KEPT_RUNS]:
        shutil.rmtree(old, ignore_errors=True)
    return folder


def interrupted(number, _frame):
    """End the running jobs, which clean up, and ourselves."""
    signal.signal(number, signal.SIG_IGN)
    jobs.end_all()
    os._exit(128 + number)


def main():
    """Entry point."""
    args = parser().parse_args()
    report = Report()
    try:
        make('build')
        if not args.soak and (not args.tier or 'unit' in args.tier):
            make('unit')
    except Fault as fault:
        report.add_fault('make', fault)
    todo = collect(args)
    if args.list:
        print('\n'.join(f'{job.tier:8} {job.name}' for job in todo))
        return 0
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupted)
    args.tier = sorted({job.tier for job in todo})
    run_jobs(todo, preparations(args), fresh_folder(), report)
    return report.close()


def entry():
    """Where tests/run comes in."""
    sys.exit(main())


if __name__ == '__main__':
    entry()
