# SPDX-License-Identifier: GPL-2.0-only
"""What a disk holds after the power failed, built from the log of its writes.

The log is in the format of dm-log-writes, written by that target or by QEMU's
blklogwrites driver.  A superblock sector (magic, version, number of entries,
sector size) is followed by entries, each a header sector (sector, number of
sectors, flags, length of a mark's text) and, for a write, its data.  All
numbers are little endian, sectors in units of the log's sector size.  An
entry is logged when its write or flush has completed.

A disk with a volatile cache that loses power after K entries holds

- everything logged before the last flush among those K, and every FUA write;
- of each later write, as the seed decides: all, nothing, or some sectors
  (the first few, or any of them).  Which of two overlapping ones reached the
  platter last is the seed's decision too.

A discard reads back as zeros or as what was there before, by seed.
"""

import ctypes
import os
import random
import struct
import subprocess
from typing import NamedTuple

from .errors import Fault

MAGIC = 0x6a736677736872
FLUSH, FUA, DISCARD, MARK = 1, 2, 4, 8
TORN_UNIT = 512
PIECE = 1 << 20
PUNCH_HOLE_KEEP_SIZE = 3


class Entry(NamedTuple):
    """One entry: where it goes on the disk, where its data are in the log."""
    index: int
    offset: int
    length: int
    flags: int
    data: int
    mark: bytes

    @property
    def writes(self):
        """Whether it carries data."""
        return bool(self.length) and not self.flags & (DISCARD | MARK)

    def describe(self):
        """The entry as a line of --list."""
        names = [name for bit, name in ((FLUSH, 'flush'), (FUA, 'fua'),
                                        (DISCARD, 'discard'), (MARK, 'mark'))
                 if self.flags & bit]
        if self.writes:
            names.append('write')
        text = f'{self.index} {"+".join(names)} {self.offset} {self.length}'
        return text + (f' {self.mark.decode(errors="replace")}'
                       if self.mark else '')


class Log:
    """A log, read from the file `path`; Fault when it is none or is cut."""

    def __init__(self, path):
        self.path = path
        self._fd = os.open(path, os.O_RDONLY)
        self._size = os.fstat(self._fd).st_size
        head = os.pread(self._fd, 28, 0)
        if len(head) < 28:
            raise Fault(f'{path}: too short for a log of writes')
        magic, version, count, unit = struct.unpack('<QQQI', head)
        if magic != MAGIC or version != 1:
            raise Fault(f'{path}: no log of writes (magic {magic:#x}, '
                        f'version {version})')
        if unit < 512 or unit & (unit - 1):
            raise Fault(f'{path}: sector size {unit}')
        self.entries = self._scan(count, unit)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self._fd)

    def _scan(self, count, unit):
        entries, at = [], unit
        for index in range(count):
            head = os.pread(self._fd, unit, at)
            if len(head) < unit:
                raise Fault(f'{self.path}: ends within entry {index} of '
                            f'{count}')
            sector, sectors, flags, length = struct.unpack_from('<QQQQ', head)
            if flags >= 32 or not (flags or sectors):
                raise Fault(f'{self.path}: entry {index} is damaged')
            at += unit
            mark = head[32:32 + length] if flags & MARK else b''
            entry = Entry(index, sector * unit, sectors * unit, flags, at,
                          mark)
            if entry.writes:
                at += entry.length
            if at > self._size:
                raise Fault(f'{self.path}: ends within entry {index} of '
                            f'{count}')
            entries.append(entry)
        return entries

    def read(self, entry, start=0, length=None):
        """Bytes of a write's data."""
        length = entry.length - start if length is None else length
        return os.pread(self._fd, length, entry.data + start)

    def flushes(self):
        """The indices of all flushes."""
        return [e.index for e in self.entries if e.flags & FLUSH]

    def area(self, count, offset, length, base=None):
        """What the bytes at `offset` were when the first `count` entries had
        been done: all writes in order, nothing lost.

        `base` is the image from before the log (zeros without one).
        """
        content = bytearray(length)
        if base:
            with open(base, 'rb') as handle:
                handle.seek(offset)
                old = handle.read(length)
                content[:len(old)] = old
        for entry in self.entries[:count]:
            first = max(entry.offset, offset)
            last = min(entry.offset + entry.length, offset + length)
            if first >= last:
                continue
            if entry.writes:
                data = self.read(entry, first - entry.offset, last - first)
            elif entry.flags & DISCARD:
                data = bytes(last - first)
            else:
                continue
            content[first - offset:last - offset] = data
        return bytes(content)


def count_entries(path):
    """How many entries a log has by now; it may still be written to."""
    with open(path, 'rb') as handle:
        head = handle.read(24)
    return struct.unpack_from('<Q', head, 16)[0] if len(head) == 24 else 0


def cut_log(path, count):
    """Make a log end after `count` entries."""
    with open(path, 'r+b') as handle:
        handle.seek(16)
        handle.write(struct.pack('<Q', count))


class Image:
    """The disk in the making."""

    def __init__(self, path, log):
        self._fd = os.open(path, os.O_RDWR)
        self._size = os.fstat(self._fd).st_size
        self._log = log

    def close(self):
        """Close the file."""
        os.close(self._fd)

    def _within(self, entry):
        if entry.offset + entry.length > self._size:
            raise Fault(f'entry {entry.index} lies beyond the end of the '
                        'disk: wrong base or size')

    def write(self, entry, start=0, length=None):
        """Put a write's data, or a part, to their place."""
        self._within(entry)
        end = entry.length if length is None else start + length
        while start < end:
            data = self._log.read(entry, start, min(PIECE, end - start))
            os.pwrite(self._fd, data, entry.offset + start)
            start += len(data)

    def discard(self, entry):
        """Make the range zeros."""
        self._within(entry)
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.fallocate(self._fd, PUNCH_HOLE_KEEP_SIZE,
                          ctypes.c_long(entry.offset),
                          ctypes.c_long(entry.length)):
            raise Fault(f'cannot punch a hole: {os.strerror(ctypes.get_errno())}')

    def apply(self, entry, dice):
        """Do all of an entry; a discard as the dice say."""
        if entry.writes:
            self.write(entry)
        elif entry.flags & DISCARD and dice.random() < 0.5:
            self.discard(entry)

    def maybe(self, entry, dice):
        """Do all, nothing or a part of an entry that was not flushed."""
        fate = dice.choice(('kept', 'dropped', 'torn'))
        if fate == 'kept' or (fate == 'torn' and not entry.writes):
            self.apply(entry, dice)
        elif fate == 'torn':
            for sector in torn(entry.length // TORN_UNIT, dice):
                self.write(entry, sector * TORN_UNIT, TORN_UNIT)


def torn(sectors, dice):
    """Which sectors of a torn write arrived: the first few, or any."""
    if dice.random() < 0.5:
        return range(dice.randint(0, sectors))
    return [s for s in range(sectors) if dice.random() < 0.5]


def split(entries):
    """(certain, uncertain): what must be on the disk, and what may be.

    `uncertain` is a list of groups; a group's last entry is certain when it
    is a FUA write, and then no later group's.
    """
    last = max((e.index for e in entries if e.flags & FLUSH), default=-1)
    certain = [e for e in entries if e.index < last]
    groups = [[]]
    for entry in entries[max(last, 0):]:
        if not entry.length or entry.flags & MARK:
            continue
        groups[-1].append(entry)
        if entry.flags & FUA:
            groups.append([])
    return certain, groups


def make_image(base, size, out):
    """Begin the image: a copy of `base`, or `size` bytes of zeros."""
    if base:
        subprocess.run(['cp', '--sparse=always', '--reflink=auto', base, out],
                       check=True)
        return
    with open(out, 'wb') as handle:
        handle.truncate(size)


def build(log, out, seed, at=None, base=None, size=None):
    """Write to `out` the disk after the power failed at entry `at`.

    That is, when entries 0 to at-1 had completed; without `at` the seed
    chooses.  Returns the entry number.  The same arguments give the same
    image.
    """
    dice = random.Random(seed)
    chosen = dice.randint(0, len(log.entries))
    at = chosen if at is None else at
    if not 0 <= at <= len(log.entries):
        raise Fault(f'no entry {at}: the log has {len(log.entries)}')
    if not base and not size:
        raise Fault('neither a base image nor a size given')
    certain, groups = split(log.entries[:at])
    make_image(base, size, out)
    image = Image(out, log)
    try:
        for entry in certain:
            image.apply(entry, dice)
        for group in groups:
            final = group.pop() if group and group[-1].flags & FUA else None
            dice.shuffle(group)
            for entry in group:
                image.maybe(entry, dice)
            if final:
                image.apply(final, dice)
    finally:
        image.close()
    return at
