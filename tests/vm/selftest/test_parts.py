# SPDX-License-Identifier: GPL-2.0-only
"""The harness's parts that need no machine."""

import io
import unittest
from unittest import mock

from kdpvm import cpio, kernels, kmsg
from kdpvm.disks import Disk, parse_size
from kdpvm.errors import Fault
from runner import jobs, main as runner_main


class KmsgTest(unittest.TestCase):
    """What in a kernel log is a fault."""

    BAD = [
        'BUG: KASAN: use-after-free in kdp_map+0x10/0x20',
        'BUG: kernel NULL pointer dereference, address: 0000000000000000',
        'kernel BUG at drivers/md/dm.c:100!',
        'WARNING: CPU: 1 PID: 5 at kernel/workqueue.c:3 flush+0x1/0x2',
        'WARNING: possible circular locking dependency detected',
        'WARNING: possible recursive locking detected',
        'WARNING: suspicious RCU usage',
        'INFO: task dmsetup:45 blocked for more than 60 seconds.',
        'UBSAN: array-index-out-of-bounds in a.c:1:2',
        'ODEBUG: free active (active state 0) object type: work_struct',
        'rcu: INFO: rcu_preempt detected stalls on CPUs/tasks:',
        'watchdog: BUG: soft lockup - CPU#0 stuck for 22s!',
        'list_del corruption. prev->next should be x',
        'BUG kdp_io (Tainted: G): Objects remaining in kdp_io on shutdown',
        'refcount_t: underflow; use-after-free.',
        'Kernel panic - not syncing: Fatal exception',
        'general protection fault, probably for non-canonical address',
    ]
    GOOD = [
        'device-mapper: table: 253:0: kdevpool-pool: bad magic',
        'EXT4-fs warning (device dm-1): mounting unchecked fs',
        'kdp_hello: loading out-of-tree module taints kernel.',
        'Command line: console=ttyS0 watchdog_thresh=60 oops=panic',
        'debug: unmapping init memory', 'Buffer I/O error on dev dm-0',
        'device-mapper: kdevpool: WARNING replica 2 is out of date',
    ]

    def test_faults_are_seen(self):
        for line in self.BAD:
            self.assertEqual(kmsg.faults([line]), [line])

    def test_other_lines_are_not(self):
        self.assertEqual(kmsg.faults(self.GOOD), [])

    def test_stream_becomes_text(self):
        raw = '6,1,2500000,-;hello\n SUBSYSTEM=block\n4,2,3000000,-;x;y\n'
        self.assertEqual(kmsg.readable(raw),
                         ['[    2.500000] hello', '[    3.000000] x;y'])


class DiskTest(unittest.TestCase):
    """The --disk argument."""

    def test_sizes(self):
        self.assertEqual(parse_size('64K'), 65536)
        self.assertEqual(parse_size('1GiB'), 1 << 30)
        self.assertIsNone(parse_size('disk.img'))

    def test_options(self):
        disk = Disk.parse('1M,log=/tmp/x,serial=abc', 4096)
        self.assertEqual((disk.size, str(disk.log), disk.serial, disk.sector),
                         (1 << 20, '/tmp/x', 'abc', 4096))

    def test_mistakes_are_refused(self):
        for text in ('1M,colour=red', '1M,log', '/nowhere/at/all',
                     '1M,sector=100', '1M,bus=scsi', '1M,bus=nvme,log=/tmp/x'):
            with self.assertRaises(Fault):
                Disk.parse(text)


class CpioTest(unittest.TestCase):
    """The archive writer."""

    def test_parents_come_first_and_names_once(self):
        out = io.BytesIO()
        archive = cpio.Archive(out)
        archive.data('a/b/c', b'one')
        archive.data('a/b/c', b'two')
        archive.close()
        raw = out.getvalue()
        self.assertEqual(len(raw) % 512, 0)
        self.assertEqual(raw.count(b'070701'), 4)
        self.assertLess(raw.index(b'a/b\0'), raw.index(b'a/b/c\0'))
        self.assertNotIn(b'two', raw)

    def test_merged_usr(self):
        self.assertEqual(cpio.normal('/lib/modules/x'), 'usr/lib/modules/x')
        self.assertEqual(cpio.normal('lib64'), 'lib64')
        self.assertEqual(cpio.normal('/usr/lib/x'), 'usr/lib/x')


class ConfigTest(unittest.TestCase):
    """The check that kernel options did not fall away."""

    def test_wanted(self):
        text = 'CONFIG_A=y\n# CONFIG_B is not set\n# a comment\nCONFIG_C=12\n'
        self.assertEqual(kernels.wanted_options(text),
                         {'CONFIG_A': 'y', 'CONFIG_B': 'n', 'CONFIG_C': '12'})


class JobsTest(unittest.TestCase):
    """How a job's output is judged."""

    def judge(self, text, status=0, single=False):
        """(passed, failed) of an output."""
        cases = jobs.judge(jobs.Job('x', 'unit', [], single=single), text,
                           status)
        good = sum(case.passed for case in cases)
        return good, len(cases) - good

    def test_cases_are_counted(self):
        self.assertEqual(self.judge('ok a\nnot ok b: why\nok 3 - c\nokay\n',
                                    1), (2, 1))

    def test_tap_of_cmocka(self):
        text = '1..2\nok 1 - one\nnot ok 2 - two\n# 1 != 2\n'
        self.assertEqual(self.judge(text, 1), (1, 1))

    def test_no_case_is_a_failure(self):
        self.assertEqual(self.judge('hello\n', 0), (0, 1))

    def test_early_death_is_a_failure(self):
        self.assertEqual(self.judge('ok a\n', 120), (1, 1))
        self.assertEqual(self.judge('ok a\n', None), (1, 1))

    def test_single(self):
        self.assertEqual(self.judge('', 0, True), (1, 0))
        self.assertEqual(self.judge('', 1, True), (0, 1))


class OrderTest(unittest.TestCase):
    """In which order jobs are begun and told."""

    TOOK = {'unit a': 1, 'unit b': 5, 'vm c': 2, 'vm d': 9}

    def test_longest_first_told_in_order(self):
        begun, told = [], []

        def run_one(job, _folder):
            begun.append(job.name)
            return jobs.Outcome(job, [jobs.Case('', True, '')], 1.0, '')

        todo = [jobs.Job(name, tier, []) for tier, name in
                (word.split() for word in
                 ('unit a', 'unit b', 'unit new', 'vm c', 'vm d'))]
        report = mock.Mock()
        report.add = lambda outcome: told.append(outcome.job.name)
        with mock.patch.multiple(runner_main, WORKERS=1, run_one=run_one), \
             mock.patch.object(runner_main.durations, 'load',
                               return_value=self.TOOK), \
             mock.patch.object(runner_main.durations, 'save') as save:
            runner_main.run_jobs(todo, [('x', lambda: begun.append('x'))],
                                 None, report)
        self.assertEqual(begun, ['x', 'new', 'b', 'a', 'd', 'c'])
        self.assertEqual(told, ['a', 'b', 'new', 'c', 'd'])
        self.assertEqual(len(save.call_args[0][0]), 5)
