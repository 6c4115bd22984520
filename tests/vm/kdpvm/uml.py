# SPDX-License-Identifier: GPL-2.0-only
"""User-mode Linux: a kernel at native speed, on the host's own root folder.

For benchmarks: it has one processor, no preemption and no debugging.  What runs
in it is a script, which sees the host's files.
"""

import contextlib
import dataclasses
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from . import apt, kernels
from .cache import entry, logged, recipe
from .errors import Fault
from .paths import TREE
from .stock import Builder

CONFIG = TREE / 'tests' / 'vm' / 'uml.config'
# 6.1 saves 2696 bytes of floating-point registers; with AMX there are more.
OFFSETS = 'arch/x86/um/user-offsets.c'
FP_SIZE = re.compile(r'(DEFINE_LONGS\(HOST_FP_SIZE, )2696\)')
FP_LEAST = 2696
FAULT = re.compile(r'BUG: |WARNING: |Kernel panic|Call Trace|Oops')
CPUID = '''#include <cpuid.h>
#include <stdio.h>
int main(void)
{
    unsigned a, b, c, d;
    if (!__get_cpuid_count(13, 0, &a, &b, &c, &d))
        c = 0;
    printf("%u", c);
    return 0;
}
'''


@dataclasses.dataclass(frozen=True)
class Uml:
    """A kernel that is started as a program."""
    program: Path
    builder: Builder
    modules: Path


def xsave_size():
    """Bytes of registers that this machine's processor saves."""
    done = subprocess.run('t=$(mktemp) && gcc -x c -o "$t" - && "$t"; '
                          's=$?; rm -f "$t"; exit $s', shell=True,
                          input=CPUID, capture_output=True, text=True,
                          check=False)
    if done.returncode:
        raise Fault(f'cannot ask the processor: {done.stderr}')
    return max(FP_LEAST, -(-int(done.stdout) // 64) * 64 + 64)


def _build(folder, version, fragment, fp_size):
    # Built within its sources, as the debug kernel is.
    log = folder / 'log'
    kernels._unpack_source(folder, version)
    linux = folder / 'linux'
    offsets = linux / OFFSETS
    text, changed = FP_SIZE.subn(rf'\g<1>{fp_size})', offsets.read_text())
    if changed != 1:
        raise Fault(f'{OFFSETS}: HOST_FP_SIZE is not where it was')
    offsets.write_text(text)
    frag = folder / 'fragment'
    frag.write_text(fragment, encoding='ascii')
    make = ['make', '-C', linux, 'ARCH=um', f'-j{os.cpu_count()}']
    logged(make + ['tinyconfig'], log)
    logged([linux / 'scripts/kconfig/merge_config.sh', '-m', '.config', frag],
           log, cwd=linux)
    logged(make + ['olddefconfig'], log)
    kernels.check_config(linux / '.config', fragment)
    logged(make + ['linux', 'modules'], log)
    logged(make + ['modules_install', f'INSTALL_MOD_PATH={folder / "root"}'],
           log)
    shutil.copy(linux / 'linux', folder / 'kernel')
    kernels._drop_unneeded(linux)
    (linux / 'linux').unlink()


def get():
    """The kernel, built when it is needed."""
    version = apt.candidate('linux-source-6.1')
    fragment = CONFIG.read_text(encoding='ascii')
    fp_size = xsave_size()
    path = entry('uml', [version, apt.installed('gcc'), fragment, fp_size,
                         recipe(_build)],
                 lambda folder: _build(folder, version, fragment, fp_size))
    release = (path / 'linux/include/config/kernel.release').read_text(
        encoding='ascii').strip()
    return Uml(path / 'kernel', Builder(path / 'linux', arch='um'),
               path / 'root/lib/modules' / release)


def builder():
    """What modules are built with."""
    return get().builder


def run(kernel, script, seconds, variables, memory='6G'):
    """Run a shell script as the first process; its lines of output.

    `variables` are in its environment; they hold no blanks.

    Fault when it fails, when the kernel finds a fault, or after so many
    seconds.  The root folder is the host's, read-only.
    """
    argv = [kernel.program, f'mem={memory}', 'root=/dev/root',
            'rootfstype=hostfs', 'ro', f'init={script}', 'con=null',
            'con0=null,fd:1', 'panic=1', 'quiet',
            *(f'{name}={value}' for name, value in variables.items())]
    with tempfile.TemporaryFile('w+', errors='replace') as out:
        child = subprocess.Popen([str(a) for a in argv], stdout=out,
                                 stdin=subprocess.DEVNULL,
                                 stderr=subprocess.STDOUT,
                                 start_new_session=True)
        try:
            child.wait(seconds)
            late = False
        except subprocess.TimeoutExpired:
            late = True
        finally:
            # its processes are threads of the host in the same session
            with contextlib.suppress(ProcessLookupError):
                os.killpg(child.pid, signal.SIGKILL)
            child.wait()
        out.seek(0)
        lines = out.read().splitlines()
    faults = [line for line in lines if FAULT.search(line)]
    if late or faults or 'end 0' not in lines:
        raise Fault(f'user-mode Linux: '
                    f'{"no end" if late else "failed"}\n' +
                    '\n'.join((faults or lines)[-30:]))
    return lines
