# SPDX-License-Identifier: GPL-2.0-only
"""Jobs: programs that report test cases by lines on standard output.

A case is a line `ok NAME` or `not ok NAME: why`; TAP's numbers are accepted.
A job that fails without a failed case, or reports no case, counts as one
failure.
"""

import dataclasses
import os
import re
import subprocess
import time
from typing import Dict, List, NamedTuple

RUNNING = set()
CASE = re.compile(r'^(not )?ok (?:\d+ (?:- )?)?(.+)$')


class Case(NamedTuple):
    """One test case and its outcome."""
    name: str
    passed: bool
    why: str


@dataclasses.dataclass
class Job:
    """A program to run.  tier: unit, static, vm, debug or systemd."""
    name: str
    tier: str
    argv: List[str]
    timeout: int = 300
    env: Dict[str, str] = dataclasses.field(default_factory=dict)
    # A program without cases of its own: its exit status is the one case.
    single: bool = False


class Outcome(NamedTuple):
    """How a job ended."""
    job: Job
    cases: List[Case]
    seconds: float
    log: str

    @property
    def failed(self):
        """The cases that failed."""
        return [case for case in self.cases if not case.passed]


def parse_cases(text):
    """The cases a program reported."""
    cases = []
    for line in text.splitlines():
        found = CASE.match(line.rstrip('\r'))
        if found:
            name, _, why = found.group(2).partition(': ')
            cases.append(Case(name.strip(), not found.group(1), why))
    return cases


def judge(job, text, status):
    """The cases of a job that ended with `status` (None: out of time)."""
    if status is None:
        ending = f'out of time ({job.timeout} s)'
    else:
        ending = f'exit status {status}'
    if job.single:
        return [Case('', status == 0, ending)]
    cases = parse_cases(text)
    if not cases:
        return [Case('', False, f'reported no case, {ending}')]
    if status != 0 and all(case.passed for case in cases):
        cases.append(Case('', False, ending))
    return cases


def execute(job, log, cwd):
    """Run a job, its output into the file `log`; returns its Outcome.

    Out of time, it gets SIGTERM and ten seconds for its clean-up.
    """
    began = time.monotonic()
    with open(log, 'wb') as out:
        process = subprocess.Popen(job.argv, stdin=subprocess.DEVNULL,
                                   stdout=out, stderr=subprocess.STDOUT,
                                   cwd=cwd, env={**os.environ, **job.env})
        RUNNING.add(process)
        try:
            status = process.wait(job.timeout)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            end(process)
            RUNNING.discard(process)
    with open(log, encoding='utf-8', errors='replace') as handle:
        text = handle.read()
    return Outcome(job, judge(job, text, status),
                   time.monotonic() - began, str(log))


def end(process):
    """End a process that may still be running."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_all():
    """End all jobs that are running."""
    for process in list(RUNNING):
        end(process)
