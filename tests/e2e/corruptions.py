# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
# soak: 0 600
"""Every named corruption of one to five copies of a pool that is not active.

check tells of it, repair mends it byte for byte, or refuses without a write.
corruptions-active.py does the same to a pool at work.  `make soak` begins with
each of the copies in turn.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from _programs import made, soak_seconds

# Those of all five copies that are not refused.
SPARED = ('stale-replica', 'torn-superblock', 'bitmap-and-maps')


class Wrong(Exception):
    """A case failed."""


def must(condition, why):
    """Fail the case unless the condition holds."""
    if not condition:
        raise Wrong(why)


class Bench:
    """An image, what it was some time ago, and the tools."""

    def __init__(self, folder):
        self.dir = Path(folder)
        tools = made('admin-tools', 'tools')
        self.admin = tools / 'kdevpool-admin'
        self.corrupt = made('corrupt', 'corrupt')
        self.whole, self.old = self.dir / 'whole', self.dir / 'old'
        self.image = self.dir / 'image'
        self.run(tools / 'pool-image', self.whole)
        self.run(self.corrupt, '--save', self.old, self.whole)
        self.run(tools / 'pool-image', '--more', self.whole)
        self.used = self.run(self.corrupt, '--used', self.whole)
        self.volumes = self.report('check', self.whole)[1]['volumes']

    def run(self, *argv):
        """Its output; it must succeed."""
        return subprocess.run(argv, check=True, text=True,
                              stdout=subprocess.PIPE).stdout

    def report(self, *args):
        """(exit status, what it printed as JSON)."""
        done = subprocess.run([self.admin, *args, '--json'], check=False,
                              text=True, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL)
        return done.returncode, json.loads(done.stdout)

    def text(self, *args):
        """What it printed for people; it must succeed."""
        return self.run(self.admin, *args)

    def harm(self, name, number, first):
        """A new image with this damage."""
        shutil.copyfile(self.whole, self.image)
        self.run(self.corrupt, name, '--replicas', str(number), '--first',
                 str(first), '--old', self.old, self.image)


def refused(bench):
    """Nothing of it can be used, and nothing is written."""
    before = bench.image.read_bytes()
    must(bench.report('check', bench.image)[0] == 2, 'check does not say lost')
    must(bench.report('repair', bench.image, '--yes')[0] == 2,
         'repair does not refuse')
    must(bench.image.read_bytes() == before, 'something was written')
    return 'refused'


def older(bench):
    """The pool that it was; nobody can know better."""
    status, told = bench.report('check', bench.image)
    must(status == 0 and told['volumes'] != bench.volumes, 'not the older one')
    return 'older'


def mended(bench, name, number):
    """One good copy is enough."""
    status, told = bench.report('check', bench.image)
    must(status == 1, f'check exits with {status}')
    must(told['volumes'] == bench.volumes, 'check sees other volumes')
    text = bench.text('repair', '--dry-run', bench.image)
    outvoted = name == 'bitmap-and-maps' and number > 2
    must(('calls 1 chunk(s) free that volumes have' in text) == outvoted,
         f'repair says: {text}')
    must('no volume has' not in text, f'repair says: {text}')
    status, _ = bench.report('repair', bench.image, '--yes')
    must(status == 0, f'repair exits with {status}')
    status, told = bench.report('check', bench.image)
    must(told['volumes'] == bench.volumes, 'volumes are not as they were')
    if outvoted:
        # three that agree outvote two; the maps show that they are wrong
        must(status == 1, 'nothing is said about the bitmap')
        return 'maps win'
    must(status == 0, f'check exits with {status} after the repair')
    now = bench.run(bench.corrupt, '--used', bench.image)
    if name == 'but-one-superblock':
        # the older slot was lost in all five: it gets the next write
        return 'newer'
    must(now == bench.used, 'it is not byte for byte what it was')
    return 'exact'


def case(bench, name, number, first):
    """What becomes of it."""
    bench.harm(name, number, first)
    if number == 5 and name not in SPARED:
        return refused(bench)
    if number == 5 and name == 'stale-replica':
        return older(bench)
    return mended(bench, name, number)


def main():
    """The table; returns the exit status."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(folder)
        names = bench.run(bench.corrupt, '--list').split()
        print(f'{"not active":18} ' + ''.join(f'{n} of 5    '
                                              for n in range(1, 6)))
        for name in names:
            row, wrong = [], []
            for number in range(1, 6):
                firsts = range(5) if soak_seconds() else [number % 5]
                try:
                    ends = {case(bench, name, number, f) for f in firsts}
                    row.append('/'.join(sorted(ends)))
                except Wrong as why:
                    row.append('WRONG')
                    wrong.append(f'{number}: {why}')
            failed += bool(wrong)
            print(f'{name:18} ' + ''.join(f'{end:10}' for end in row))
            print(f'not ok {name}: {wrong}' if wrong else f'ok {name}',
                  flush=True)
        must(len(names) == 12, f'only {names}')
        told = all('What must happen' in
                   bench.run(bench.corrupt, name, '--help')
                   for name in names)
        print('ok each says what must happen' if told else
              'not ok each says what must happen: one does not')
    return 1 if failed or not told else 0


if __name__ == '__main__':
    sys.exit(main())
