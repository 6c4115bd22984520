# SPDX-License-Identifier: GPL-2.0-only
"""Disks of a guest: what the user writes, and what QEMU is told."""

import dataclasses
import os
import re
from pathlib import Path
from typing import Optional

from .errors import Fault

UNITS = {'': 1, 'K': 1 << 10, 'M': 1 << 20, 'G': 1 << 30, 'T': 1 << 40}
# Room for the log of a disk's writes.  QEMU wants it to be there beforehand;
# the file is sparse.
LOG_ROOM = 64 << 30
BUSES = ('virtio', 'nvme')


def parse_size(text):
    """Bytes of a size such as 512, 64K, 1G; None when it is no size."""
    found = re.fullmatch(r'(\d+)([KMGT]?)(?:i?B)?', text)
    return int(found.group(1)) * UNITS[found.group(2)] if found else None


@dataclasses.dataclass
class Disk:
    """One disk: a file, or a size for an empty one made for this run.

    log: file that records all writes (see powercut.py); begun anew at each
    start.  serial: what the guest sees.  sector: logical block size.  bus:
    virtio (write cache, FUA as write and flush) or nvme (real FUA; no log).
    """
    path: Optional[Path] = None
    size: Optional[int] = None
    log: Optional[Path] = None
    serial: Optional[str] = None
    sector: int = 512
    bus: str = 'virtio'

    @classmethod
    def parse(cls, text, sector=512):
        """A disk from SIZE|FILE[,log=FILE][,serial=S][,sector=N][,bus=B]."""
        first, *rest = text.split(',')
        disk = cls(sector=sector)
        disk.size = parse_size(first)
        if disk.size is None:
            disk.path = Path(first)
        for option in rest:
            name, _, value = option.partition('=')
            if name not in ('log', 'serial', 'sector', 'bus') or not value:
                raise Fault(f'--disk {text}: no option {option}')
            kind = {'log': Path, 'sector': int}.get(name, str)
            setattr(disk, name, kind(value))
        disk.check()
        return disk

    def check(self):
        """Fault when the settings do not go together."""
        if self.sector not in (512, 4096):
            raise Fault(f'sector size {self.sector}: only 512 and 4096')
        if self.bus not in BUSES:
            raise Fault(f'bus {self.bus}: one of {", ".join(BUSES)}')
        if self.log and self.bus != 'virtio':
            raise Fault('log= only on virtio: QEMU would lose nvme\'s FUA')
        if self.path and not self.path.exists():
            raise Fault(f'no disk image {self.path}')

    def prepare(self, folder, index):
        """Make the image when only a size was given; begin the log."""
        if self.path is None:
            self.path = Path(folder) / f'disk{index}.img'
            with open(self.path, 'wb') as handle:
                handle.truncate(self.size)
        self.check()
        if self.log:
            with open(self.log, 'wb') as handle:
                handle.truncate(LOG_ROOM)

    def arguments(self, index):
        """QEMU's arguments for this disk, the index'th of the guest."""
        node = f'd{index}'
        # The guest's flushes need not reach the host's disk, but the node
        # that logs must see them: no-flush is for those below it only.
        cache = 'cache.direct=off,cache.no-flush=on'
        args = ['-blockdev', f'driver=file,node-name={node}f,{cache},'
                f'discard=unmap,filename={escape(self.path)}',
                '-blockdev', f'driver=raw,node-name={node},file={node}f,'
                f'{cache},discard=unmap']
        if self.log:
            args += ['-blockdev', f'driver=file,node-name={node}lf,{cache},'
                     f'filename={escape(self.log)}',
                     '-blockdev', f'driver=raw,node-name={node}l,'
                     f'file={node}lf,{cache}',
                     '-blockdev', f'driver=blklogwrites,node-name={node}w,'
                     f'file={node},log={node}l,log-sector-size=512,'
                     f'log-super-update-interval=1,discard=unmap']
            node += 'w'
        serial = self.serial or f'disk{index}'
        sizes = (f'logical_block_size={self.sector},'
                 f'physical_block_size={self.sector}')
        address = f'addr={hex(8 + index)}'
        if self.bus == 'nvme':
            return args + ['-device', f'nvme,drive={node},serial={serial},'
                           f'{sizes},{address}']
        # Merged requests may have as many pieces as the host takes at once;
        # with the header of the log's entry they are one too many, and fail.
        merging = ',request-merging=off' if self.log else ''
        return args + ['-device', f'virtio-blk-pci,drive={node},'
                       f'serial={serial},{sizes},{address}{merging}']


def escape(path):
    """A path as the value of a QEMU option."""
    return os.path.abspath(path).replace(',', ',,')
