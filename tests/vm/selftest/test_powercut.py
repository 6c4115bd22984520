# SPDX-License-Identifier: GPL-2.0-only
"""The power cut builder, with logs made by hand."""

import os
import struct
import tempfile
import unittest
from pathlib import Path

from kdpvm import powercut
from kdpvm.errors import Fault

SIZE = 1 << 16
BLOCK = 4096


class Maker:
    """A log in the making."""

    def __init__(self, path):
        self.path = path
        self.count = 0
        self.body = b''

    def entry(self, offset=0, data=b'', flags=0, length=None, mark=b''):
        """Append an entry."""
        length = len(data) if length is None else length
        head = struct.pack('<QQQQ', offset // 512, length // 512, flags,
                           len(mark)) + mark
        self.body += head.ljust(512, b'\0') + data
        self.count += 1

    def flush(self):
        """Append a flush."""
        self.entry(flags=powercut.FLUSH)

    def save(self, count=None):
        """Write the file, open it as a Log."""
        head = struct.pack('<QQQI', powercut.MAGIC, 1,
                           self.count if count is None else count, 512)
        self.path.write_bytes(head.ljust(512, b'\0') + self.body)
        return powercut.Log(self.path)


def fill(value, blocks=1):
    """Blocks full of one byte."""
    return bytes([value]) * (BLOCK * blocks)


class PowercutTest(unittest.TestCase):
    """Each case builds images for many seeds."""

    def setUp(self):
        self.temp = tempfile.TemporaryDirectory()
        self.folder = Path(self.temp.name)
        self.maker = Maker(self.folder / 'log')

    def tearDown(self):
        self.temp.cleanup()

    def image(self, log, seed, at=None, base=None):
        """The bytes of the disk after the cut."""
        out = self.folder / 'out'
        powercut.build(log, out, seed, at, base, None if base else SIZE)
        return out.read_bytes()

    def blocks(self, log, index, at, seeds=60):
        """The contents seen in one block over many seeds."""
        at_byte = index * BLOCK
        return {self.image(log, seed, at)[at_byte:at_byte + BLOCK]
                for seed in range(seeds)}

    def test_flushed_write_is_always_there(self):
        self.maker.entry(0, fill(1))
        self.maker.flush()
        self.maker.entry(BLOCK, fill(2))
        with self.maker.save() as log:
            self.assertEqual(self.blocks(log, 0, 3), {fill(1)})

    def test_write_after_last_flush_is_kept_dropped_or_torn(self):
        self.maker.flush()
        self.maker.entry(0, fill(1))
        with self.maker.save() as log:
            seen = self.blocks(log, 0, 2)
        self.assertIn(fill(1), seen)
        self.assertIn(fill(0), seen)
        self.assertTrue(len(seen) > 4)
        for content in seen:
            for sector in range(0, BLOCK, 512):
                part = content[sector:sector + 512]
                self.assertIn(part, (bytes(512), b'\1' * 512))

    def test_cut_before_the_flush_makes_the_write_uncertain(self):
        self.maker.entry(0, fill(1))
        self.maker.flush()
        with self.maker.save() as log:
            self.assertIn(fill(0), self.blocks(log, 0, 1))
            self.assertEqual(self.blocks(log, 0, 2), {fill(1)})

    def test_nothing_of_the_future_is_there(self):
        self.maker.entry(0, fill(1))
        self.maker.flush()
        self.maker.entry(0, fill(2))
        with self.maker.save() as log:
            self.assertEqual(self.blocks(log, 0, 2), {fill(1)})

    def test_fua_write_is_certain_without_flush(self):
        self.maker.entry(0, fill(1))
        self.maker.entry(BLOCK, fill(2), powercut.FUA)
        self.maker.entry(2 * BLOCK, fill(3))
        with self.maker.save() as log:
            self.assertEqual(self.blocks(log, 1, 3), {fill(2)})
            self.assertIn(fill(0), self.blocks(log, 0, 3))

    def test_fua_wins_over_earlier_write_of_the_same_place(self):
        self.maker.entry(0, fill(1))
        self.maker.entry(0, fill(2), powercut.FUA)
        with self.maker.save() as log:
            self.assertEqual(self.blocks(log, 0, 2), {fill(2)})

    def test_overlapping_writes_are_shuffled(self):
        self.maker.entry(0, fill(1))
        self.maker.entry(0, fill(2))
        with self.maker.save() as log:
            seen = self.blocks(log, 0, 2)
        self.assertTrue({fill(0), fill(1), fill(2)} <= seen)

    def test_flush_that_carries_data_does_not_cover_itself(self):
        self.maker.entry(0, fill(1))
        self.maker.entry(BLOCK, fill(2), powercut.FLUSH)
        with self.maker.save() as log:
            self.assertEqual(self.blocks(log, 0, 2), {fill(1)})
            self.assertIn(fill(0), self.blocks(log, 1, 2))

    def test_discard_reads_zeros_or_old(self):
        self.maker.entry(0, fill(1, 2))
        self.maker.entry(0, flags=powercut.DISCARD, length=BLOCK)
        self.maker.flush()
        with self.maker.save() as log:
            self.assertEqual(self.blocks(log, 0, 3), {fill(0), fill(1)})
            self.assertEqual(self.blocks(log, 1, 3), {fill(1)})

    def test_mark_changes_nothing(self):
        self.maker.entry(flags=powercut.MARK, mark=b'here')
        self.maker.entry(0, fill(1))
        self.maker.flush()
        with self.maker.save() as log:
            self.assertEqual(log.entries[0].mark, b'here')
            self.assertEqual(self.blocks(log, 0, 3), {fill(1)})

    def test_base_is_kept_where_nothing_was_written(self):
        base = self.folder / 'base'
        base.write_bytes(os.urandom(SIZE))
        self.maker.entry(BLOCK, fill(1))
        self.maker.flush()
        with self.maker.save() as log:
            got = self.image(log, 1, 2, base)
        old = base.read_bytes()
        self.assertEqual(got[:BLOCK], old[:BLOCK])
        self.assertEqual(got[BLOCK:2 * BLOCK], fill(1))
        self.assertEqual(got[2 * BLOCK:], old[2 * BLOCK:])

    def test_same_seed_same_image(self):
        for index in range(8):
            self.maker.entry(index * BLOCK, fill(index + 1))
        with self.maker.save() as log:
            self.assertEqual(self.image(log, 7), self.image(log, 7))
            self.assertTrue(len({self.image(log, s, 8)
                                 for s in range(20)}) > 10)

    def test_area_applies_all_in_order(self):
        self.maker.entry(0, fill(1, 2))
        self.maker.entry(BLOCK, fill(2))
        self.maker.entry(0, fill(3))
        with self.maker.save() as log:
            half = BLOCK // 2
            self.assertEqual(log.area(0, 0, BLOCK), fill(0))
            self.assertEqual(log.area(1, half, BLOCK), fill(1))
            self.assertEqual(log.area(2, half, BLOCK),
                             fill(1)[:half] + fill(2)[:half])
            self.assertEqual(log.area(3, 0, 2 * BLOCK), fill(3) + fill(2))

    def test_what_is_no_log_is_refused(self):
        path = self.folder / 'log'
        path.write_bytes(bytes(4096))
        with self.assertRaisesRegex(Fault, 'no log of writes'):
            powercut.Log(path)
        path.write_bytes(b'')
        with self.assertRaisesRegex(Fault, 'too short'):
            powercut.Log(path)

    def test_cut_off_log_is_refused(self):
        self.maker.entry(0, fill(1))
        with self.assertRaisesRegex(Fault, 'ends within entry 1'):
            self.maker.save(count=2)

    def test_entry_beyond_the_disk_is_refused(self):
        self.maker.entry(SIZE, fill(1))
        self.maker.flush()
        with self.maker.save() as log:
            with self.assertRaisesRegex(Fault, 'beyond the end'):
                self.image(log, 1, 2)
