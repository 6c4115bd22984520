# SPDX-License-Identifier: GPL-2.0-only
"""The QEMU process: its command line, its sockets, its end."""

import ctypes
import os
import signal
import socket
import subprocess

from .errors import Fault
from .initramfs import which

APPEND = ('console=ttyS0 quiet panic=-1 oops=panic mitigations=off nokaslr '
          'no_timer_check tsc=reliable random.trust_cpu=on '
          'rcupdate.rcu_expedited=1 rcupdate.rcu_cpu_stall_timeout=120 '
          'watchdog_thresh=60 workqueue.watchdog_thresh=120 '
          'sysctl.kernel.hung_task_timeout_secs=60')
# Without five-level paging: an interrupt while 6.1 identifies the boot CPU
# finds the feature bit cleared, and KASAN then looks in the wrong place.
CPU = 'max,la57=off'
# Time by counting instructions: one is a nanosecond, waiting takes no time.
# Random numbers of the processor would make runs differ.
ICOUNT = ['-accel', 'tcg,thread=single', '-icount', 'shift=0,sleep=off',
          '-rtc', 'clock=vm,base=2026-01-01', '-cpu',
          f'{CPU},-rdrand,-rdseed']
PR_SET_PDEATHSIG = 1


def accelerator():
    """QEMU's -accel: TCG unless KDEVPOOL_ACCEL says otherwise."""
    return os.environ.get('KDEVPOOL_ACCEL') or 'tcg,thread=multi'


def arguments(folder, image, initrd, append, mem, smp, root=None,
              icount=False):
    """The command line without disks and sockets."""
    args = [which('qemu-system-x86_64'), '-M', 'q35',
            *(ICOUNT if icount else ['-accel', accelerator(), '-cpu', CPU]),
            '-smp', str(smp), '-m', str(mem), '-nodefaults',
            '-no-user-config', '-display', 'none', '-no-reboot',
            '-serial', f'file:{folder}/console.log',
            '-kernel', str(image), '-initrd', str(initrd),
            '-append', f'{APPEND} {append}']
    if root:
        how = 'qcow2' if root.suffix == '.qcow2' else 'raw,snapshot=on'
        args += ['-drive', f'file={root},if=none,id=root,format={how},'
                 'cache=unsafe', '-device',
                 'virtio-blk-pci,drive=root,serial=root,addr=0x1e']
    return args


def _die_with_parent():
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def overlay(path, image):
    """Make `path`, a layer over a root image that takes the writes."""
    done = subprocess.run([which('qemu-img'), 'create', '-q', '-f', 'qcow2',
                           '-b', str(image), '-F', 'raw', str(path)],
                          capture_output=True, text=True, check=False)
    if done.returncode:
        raise Fault(f'qemu-img create {path}: {done.stderr}')
    return path


class Process:
    """A running QEMU.  agent and qmp are our ends of its sockets."""

    def __init__(self, args, folder):
        self.agent, agent = socket.socketpair()
        self.qmp, qmp = socket.socketpair()
        args = args + [
            '-chardev', f'socket,id=qmp,fd={qmp.fileno()}',
            '-mon', 'chardev=qmp,mode=control',
            '-device', 'virtio-serial-pci,addr=0x2',
            '-chardev', f'socket,id=agent,fd={agent.fileno()}',
            '-device', 'virtserialport,chardev=agent,name=kdp.agent',
            '-chardev', f'file,id=kmsg,path={folder}/kmsg',
            '-device', 'virtserialport,chardev=kmsg,name=kdp.kmsg']
        (folder / 'qemu.args').write_text('\n'.join(args), encoding='utf-8')
        self._errors = folder / 'qemu.stderr'
        with open(self._errors, 'wb') as errors:
            self._process = subprocess.Popen(
                args, stdin=subprocess.DEVNULL, stdout=errors, stderr=errors,
                pass_fds=(agent.fileno(), qmp.fileno()),
                preexec_fn=_die_with_parent)
        agent.close()
        qmp.close()

    def stderr(self):
        """What QEMU itself complained about."""
        return self._errors.read_text(encoding='utf-8', errors='replace')

    def wait(self, timeout):
        """Wait for its end; Fault when it goes on."""
        try:
            return self._process.wait(timeout)
        except subprocess.TimeoutExpired as error:
            raise Fault('QEMU does not end') from error

    def running(self):
        """Whether it still runs."""
        return self._process.poll() is None

    def kill(self):
        """End it at once; harmless when it has ended."""
        if self.running():
            self._process.kill()
        self._process.wait()
