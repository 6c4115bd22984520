# SPDX-License-Identifier: GPL-2.0-only
"""A virtual machine a test drives: start, run commands, cut the power.

    with Machine(disks=[Disk(size=1 << 30)]) as machine:
        machine.start()
        machine.sh('kdevpool-admin create /dev/vda --yes', check=True)
        machine.powercut()
        machine.start()
        print(machine.sh('dmsetup ls').out)

Leaving the block stops the machine and looks for faults of the kernel.
"""

import os
import shlex
import shutil
import time
from typing import NamedTuple

from . import (initramfs, kernels, kmsg, ledger, module, powercut, qemu,
               rootfs)
from .cache import say
from .errors import Fault, GuestDied, GuestTimeout, KernelFault
from .link import Link
from .paths import new_run
from .qmp import Qmp

BOOT_SECONDS = 240
SILENT_SECONDS = 120


def _text(path):
    """A file's text; empty when there is no such file."""
    return path.read_text(encoding='utf-8', errors='replace') \
        if path.exists() else ''


class Result(NamedTuple):
    """How a command ended: exit status, standard output and error."""
    rc: int
    out: str
    err: str


class Machine:
    """One guest.  Its disks outlive each start.

    kernel: a name kernels.get knows.  systemd: boot Debian instead of the
    initramfs.  module_file: a built module to load, None builds ours, False
    loads none.  files: (source, target) pairs for the guest; tools: heavy
    host programs (fio).  keep: leave the run's folder behind.  icount: time
    is counted in instructions, with one processor.  keep_root: with systemd,
    the root disk keeps what is written, over all boots of this machine.
    extra: more arguments for QEMU.  dkms: with systemd, a Debian with DKMS and
    all it needs, and nothing of ours: no module, no program, no rule.
    """

    def __init__(self, disks=(), kernel='6.1', systemd=False, mem=None,
                 smp=2, module_file=None, files=(), tools=(), keep=False,
                 append='', icount=False, keep_root=False, extra=(),
                 dkms=False, what='python'):
        began = time.monotonic()
        self.kernel = kernels.get(kernel)
        self.systemd = systemd
        self.disks = list(disks)
        self.mem = mem or (1024 if systemd or tools or kernel == 'debug'
                           else 512)
        self.smp = 1 if icount else smp
        self._icount = icount
        self.keep = keep
        self.folder = new_run()
        self._append = append
        self._files = list(files)
        self._extra = list(extra)
        self._tools = list(tools)
        self._bare = dkms
        self._module = self._find_module(False if dkms else module_file)
        self._root = rootfs.get(dkms) if systemd else None
        if keep_root:
            self._root = qemu.overlay(self.folder / 'root.qcow2', self._root)
        self._base = initramfs.base(self.kernel)
        self._initrd = None
        self._process = self._link = self._qmp = None
        self._boots = 0
        self._faults = []
        self._record = {'utc': ledger.now(), 'what': what, 'kernel': kernel,
                        'tier': 'systemd' if systemd else 'fast',
                        'build': time.monotonic() - began, 'boot': 0.0,
                        'run': str(self.folder)}
        self._began = began
        for index, disk in enumerate(self.disks):
            if not disk.path:
                disk.prepare(self.folder, index)

    def __enter__(self):
        return self

    def __exit__(self, kind, value, trace):
        if kind is None:
            self.stop()
        else:
            self.abandon(kind.__name__)

    def _find_module(self, module_file):
        if module_file is False:
            return None
        if module_file:
            return os.path.abspath(module_file)
        return module.build(self.kernel.name)

    # Starting and ending

    def _boot_folder(self):
        return self.folder / f'boot{self._boots}'

    def _write_initrd(self, folder):
        payload_file = folder / 'payload.cpio'
        payload = initramfs.Payload(payload_file, self.kernel, self.systemd)
        for source, target in self._files:
            payload.tree(source, target)
        if not self._bare:
            payload.project()
        for tool in self._tools:
            payload.program(initramfs.which(tool), f'/usr/sbin/{tool}')
        if self._module:
            payload.module(self._module)
        payload.close()
        initrd = folder / 'initrd'
        with open(initrd, 'wb') as out:
            for part in (self._base, payload_file):
                with open(part, 'rb') as handle:
                    shutil.copyfileobj(handle, out, 1 << 20)
        payload_file.unlink()

    def _launch(self):
        """Start QEMU and connect to it."""
        self._boots += 1
        folder = self._boot_folder()
        folder.mkdir()
        append = f'{self.kernel.append} {self._append}'
        if self.systemd:
            append += ' kdp.systemd ' + rootfs.APPEND
        if self._initrd:
            shutil.copyfile(self._initrd, folder / 'initrd')
        else:
            self._write_initrd(folder)
        args = qemu.arguments(folder, self.kernel.image, folder / 'initrd',
                              append, self.mem, self.smp, self._root,
                              self._icount)
        for index, disk in enumerate(self.disks):
            disk.prepare(folder, index)
            args += disk.arguments(index)
        args += self._extra
        self._process = qemu.Process(args, folder)
        self._link = Link(self._process.agent)
        self._qmp = Qmp(self._process.qmp)

    def _wait_ready(self, timeout):
        try:
            self._link.wait_ready(timeout)
        except GuestDied as error:
            raise GuestDied(f'{error} at boot {self._process.stderr()}') \
                from error

    def _silent(self):
        """Whether the guest never came to its first program."""
        folder = self._boot_folder()
        return not _text(folder / 'kmsg') + _text(folder / 'console.log')

    def _boot(self, timeout):
        """Boot until the agent answers.

        With software emulation a kernel sometimes stops dead before its
        first program, when nothing of ours is loaded yet: such a boot is
        tried once more, and the ledger says so.
        """
        self._launch()
        try:
            self._wait_ready(min(timeout, SILENT_SECONDS))
            return
        except GuestTimeout:
            if not self._silent():
                self._wait_ready(max(timeout - SILENT_SECONDS, 1))
                return
        say('the guest does not start, trying again')
        self._record['retries'] = self._record.get('retries', 0) + 1
        self._end()
        self._launch()
        self._wait_ready(timeout)

    def start(self, timeout=BOOT_SECONDS):
        """Boot and load the module; returns the seconds it took.

        GuestDied or GuestTimeout when the agent does not answer, Fault when
        the module cannot be loaded.
        """
        if self._process:
            raise Fault('the machine is running')
        began = time.monotonic()
        self._boot(timeout)
        (self._boot_folder() / 'initrd').unlink()
        if self._module:
            name = module.name_of(self._module)
            self.sh(f'modprobe {name}', timeout, check=True)
        took = time.monotonic() - began
        self._record['boot'] = self._record['boot'] or took
        return took

    def _end(self):
        """Release what belongs to the QEMU that has ended or must end."""
        if not self._process:
            return
        self._process.kill()
        self._link.close()
        self._qmp.close()
        self._process = None
        self._faults += kmsg.faults(self.dmesg())

    def powercut(self):
        """Stop QEMU at once, as if the power failed.

        What the guest had not written to its disks is lost; what a disk's
        volatile cache would have lost is not: build that from the disk's log
        (powercut.py), which ends at the moment of the cut.
        """
        # QEMU flushes all disks when it quits, and the log would say so.
        ends = [(disk.log, powercut.count_entries(disk.log))
                for disk in self.disks if disk.log]
        try:
            self._qmp.command('quit')
        except GuestDied:
            pass
        self._process.wait(30)
        for log, count in ends:
            powercut.cut_log(log, count)
        self._end()

    def shutdown(self, command='systemctl poweroff', timeout=120):
        """Go down in good order, as a user would; Fault when it does not.

        What `command` starts must end the machine.
        """
        try:
            self.sh(command, timeout)
        except GuestDied:
            pass
        try:
            self._process.wait(timeout)
        finally:
            self._end()

    def reboot(self, timeout=BOOT_SECONDS):
        """Power cut and start again on the same disks."""
        self.powercut()
        return self.start(timeout)

    def stop(self, check=True):
        """Stop; then KernelFault when the kernel complained in any boot.

        A machine that still runs is first asked to remove the module, and on
        the debug kernel to look for leaks.  check=False only stops.
        """
        try:
            if self._process and check:
                self._last_checks()
            if self._process:
                self.powercut()
        except Fault as fault:
            self.abandon(type(fault).__name__)
            raise
        if check and self._faults:
            self.abandon('KernelFault')
            raise KernelFault('the guest\'s kernel complained:\n  ' +
                              '\n  '.join(self._faults[:20]))
        self._finish('ok')

    def abandon(self, outcome):
        """Stop without any check and keep the run's folder."""
        self._end()
        self.keep = True
        self._finish(outcome)

    def _finish(self, outcome):
        if self._record:
            total = time.monotonic() - self._began
            ledger.note({**self._record, 'total': total, 'outcome': outcome})
        self._record = None
        if not self.keep:
            shutil.rmtree(self.folder, ignore_errors=True)

    def boot_by(self, initrd, words):
        """From the next start on: this initramfs, these words on the command
        line, and no root disk of ours.
        """
        self._initrd, self._root, self._append = initrd, None, words

    def add_append(self, words):
        """More for the kernel's command line, from the next start on."""
        self._append = f'{self._append} {words}'

    def note_figures(self, **figures):
        """Figures of this run for the ledger."""
        self._record.update(figures)

    def set_outcome(self, what):
        """Note in the ledger what is being run, once it is known."""
        self._record['what'] = what

    # Talking to the guest

    def sh(self, command, timeout=120, stdin=b'', check=False, sink=None):
        """Run a shell command in the guest; returns a Result.

        `sink(kind, data)` gets the output instead when given.  GuestTimeout
        when it does not end in time, GuestDied when the machine goes down
        meanwhile; with check=True Fault when it does not exit with 0.
        """
        if not self._process:
            raise Fault('the machine is not running')
        parts = {b'O': [], b'E': []}

        def collect(kind, data):
            parts[kind].append(data)

        try:
            rc = self._link.run(command, stdin, timeout, sink or collect)
        except GuestTimeout as error:
            raise GuestTimeout(f'{error} ({timeout} s): {command}') from error
        except GuestDied as error:
            raise GuestDied(f'{error}: {command}') from error
        out, err = (b''.join(parts[k]).decode(errors='replace')
                    for k in (b'O', b'E'))
        if check and rc:
            raise Fault(f'exit {rc}: {command}\n{out}{err}')
        return Result(rc, out, err)

    def put(self, source, target, timeout=120):
        """Copy a file of the host into the running guest."""
        with open(source, 'rb') as handle:
            self.sh(f'cat > {shlex.quote(target)}', timeout, handle.read(),
                    check=True)

    def get(self, path, timeout=120):
        """The bytes of a file of the guest; Fault when there is none."""
        parts = []
        rc = self._link.run(f'cat {shlex.quote(path)}', b'', timeout,
                            lambda kind, data: parts.append(data))
        if rc:
            raise Fault(f'no {path} in the guest')
        return b''.join(parts)

    def qmp(self, name, **arguments):
        """Run a command of QEMU's control protocol."""
        return self._qmp.command(name, **arguments)

    # Looking at it

    @property
    def module(self):
        """The file of the module that is loaded, or None."""
        return self._module

    def dmesg(self):
        """The kernel log of the last boot, as lines.

        After a panic the end is only on the console: what it has beyond the
        log is appended.
        """
        folder = self._boot_folder()
        lines = kmsg.readable(_text(folder / 'kmsg'))
        known = set(lines)
        return lines + [f'console: {line}'
                        for line in _text(folder / 'console.log').splitlines()
                        if line.strip() and line not in known]

    def faults(self):
        """What the kernel complained about up to now, in all boots."""
        return self._faults + (kmsg.faults(self.dmesg())
                               if self._process else [])

    def forgive(self):
        """Forget the complaints of earlier boots (a panic that was meant)."""
        self._faults = []

    def _sync_log(self, timeout=10):
        """Wait until all the kernel has logged has reached the host."""
        mark = f'kdp-mark-{time.monotonic_ns()}'
        self.sh(f'echo {mark} > /dev/kmsg')
        end = time.monotonic() + timeout
        while mark not in _text(self._boot_folder() / 'kmsg'):
            if time.monotonic() > end:
                raise Fault('the kernel log does not arrive')
            time.sleep(0.02)

    def _last_checks(self):
        if self._module:
            self.sh(f'rmmod {module.name_of(self._module)} 2>/dev/null', 60)
        if self.kernel.name == 'debug':
            self._look_for_leaks()
        self._sync_log()

    def _look_for_leaks(self):
        # kmemleak reports what is older than five seconds and unreferenced
        # in two scans with the same content.
        report = self.sh('cd /sys/kernel/debug && t=$(date +%s) && '
                         'echo scan > kmemleak && '
                         't=$((t + 6 - $(date +%s))) && '
                         '{ [ $t -le 0 ] || sleep $t; } && '
                         'echo scan > kmemleak && cat kmemleak', 300,
                         check=True).out
        if report.strip():
            self._faults.append('memory leak:\n' + report)
