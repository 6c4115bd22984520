# SPDX-License-Identifier: GPL-2.0-only
"""scripts/vm: run a command in a virtual machine."""

import argparse
import os
import shlex
import signal
import subprocess
import sys

from . import kernels, ledger, module
from .cache import say
from .disks import Disk
from .errors import Fault, GuestDied, GuestTimeout, KernelFault
from .machine import Machine
from .paths import build_dir

# Exit statuses of our own; any other is the command's.
EXITS = {KernelFault: 120, GuestDied: 121, GuestTimeout: 122, Fault: 123}
EPILOG = f"""
exit status: the command's, or {EXITS[KernelFault]} when the guest's kernel
complained (even if the command succeeded), {EXITS[GuestDied]} when the
machine ended without a verdict (panic), {EXITS[GuestTimeout]} when time ran
out, {EXITS[Fault]} when the harness could not do what was asked.
"""


def parser():
    """The command line."""
    p = argparse.ArgumentParser(
        prog='vm', epilog=EPILOG,
        description='Run a command in a virtual machine, module loaded.')
    p.add_argument('--kernel', default='6.1', help=f'{", ".join(kernels.MAKERS)} (default 6.1)')
    p.add_argument('--disk', action='append', default=[],
                   metavar='SIZE|FILE[,log=FILE][,serial=S][,bus=nvme]',
                   help='a disk: /dev/vda, vdb, ... in order')
    p.add_argument('--sector', type=int, default=512, choices=(512, 4096),
                   help='logical block size of the disks')
    p.add_argument('--systemd', action='store_true',
                   help='boot Debian with systemd and udev')
    p.add_argument('--mem', type=int, help='memory in MiB')
    p.add_argument('--smp', type=int, default=2, help='number of CPUs')
    p.add_argument('--keep', action='store_true',
                   help="keep the run's folder (printed)")
    p.add_argument('--timeout', type=int, default=300,
                   help='seconds for the command')
    p.add_argument('--file', action='append', default=[],
                   metavar='SRC[:DST]', help='put a file into the guest '
                   '(below /root by default)')
    p.add_argument('--tool', action='append', default=[],
                   help='put a host program into the guest (fio)')
    p.add_argument('--extra', action='append', default=[],
                   choices=module.EXTRAS, help='build this module of the '
                   'tests, put it below /root')
    p.add_argument('--compile', action='append', default=[],
                   metavar='SRC', help='put what this C program becomes '
                   'into the guest (below /usr/sbin)')
    p.add_argument('--append', default='', help='for the kernel\'s command '
                   'line')
    group = p.add_mutually_exclusive_group()
    group.add_argument('--module', metavar='KO', help='load this module')
    group.add_argument('--no-module', action='store_true',
                       help='load no module')
    p.add_argument('--ledger', nargs='?', type=int, const=20, metavar='N',
                   help='print the last N runs and exit')
    p.add_argument('command', nargs='*', help='shell text, or argv')
    return p


def file_pair(text):
    """(source, target in the guest) of a --file argument."""
    source, _, target = text.partition(':')
    return source, target or f'/root/{os.path.basename(source)}'


def extra_pair(kernel, name):
    """The same for a module of the tests, built for this kernel."""
    project = module.EXTRAS[name]
    return module.build(kernel, project=project), f'/root/{project.name}.ko'


def compiled_pair(source):
    """The same for a C program, compiled with libdevmapper at hand."""
    name = os.path.splitext(os.path.basename(source))[0]
    folder = build_dir() / 'tests' / 'tools'
    folder.mkdir(parents=True, exist_ok=True)
    made = folder / f'{name}.{os.getpid()}'
    done = subprocess.run(['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-o',
                           made, source, '-ldevmapper'], capture_output=True,
                          text=True, check=False)
    if done.returncode:
        raise Fault(f'{source} does not compile:\n{done.stderr}')
    made.rename(folder / name)
    return folder / name, f'/usr/sbin/{name}'


def print_output(kind, data):
    """Pass the guest's output on as it comes."""
    stream = sys.stdout if kind == b'O' else sys.stderr
    stream.buffer.write(data)
    stream.flush()


def run(args):
    """Run what the command line says; returns the exit status."""
    command = args.command[0] if len(args.command) == 1 \
        else shlex.join(args.command)
    machine = Machine(
        disks=[Disk.parse(text, args.sector) for text in args.disk],
        kernel=args.kernel, systemd=args.systemd, mem=args.mem, smp=args.smp,
        module_file=False if args.no_module else args.module,
        files=[file_pair(text) for text in args.file] +
        [extra_pair(args.kernel, name) for name in args.extra] +
        [compiled_pair(source) for source in args.compile],
        tools=args.tool,
        keep=args.keep, append=args.append, what=command)
    try:
        with machine:
            machine.start()
            before = len(machine.dmesg())
            rc = machine.sh(command, args.timeout, sink=print_output).rc
            lines = machine.dmesg()[before:]
            if rc and lines:
                say(f'exit status {rc}; the kernel said:')
                print('\n'.join(lines[-30:]), file=sys.stderr, flush=True)
    except Fault:
        explain(machine)
        raise
    if args.keep:
        say(f'kept {machine.folder}')
    return rc


def explain(machine):
    """Print the end of the kernel's log and where the rest is."""
    print('\n'.join(machine.dmesg()[-60:]), file=sys.stderr, flush=True)
    say(f'kept {machine.folder}')


def interrupted(number, _frame):
    """A signal ends the run by way of the clean-up."""
    sys.exit(128 + number)


def main():
    """Entry point."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, interrupted)
    args = parser().parse_args()
    if args.ledger is not None:
        print('\n'.join(ledger.table(args.ledger)))
        return 0
    if not args.command:
        parser().error('no command')
    try:
        return run(args)
    except Fault as fault:
        text = {KernelFault: 'KERNEL FAULT', GuestDied: 'NO VERDICT',
                GuestTimeout: 'TIMEOUT'}.get(type(fault), 'HARNESS')
        say(f'{text}: {fault}')
        return EXITS[type(fault)]
