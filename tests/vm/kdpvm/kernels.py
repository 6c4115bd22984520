# SPDX-License-Identifier: GPL-2.0-only
"""The kernels that are tested on, and the debug build of one of them."""

import functools
import os
import re
import shutil

from . import apt, stock
from .cache import entry, logged, recipe
from .errors import Fault
from .paths import TREE
from .stock import Builder, Kernel

CONFIG = TREE / 'tests' / 'vm' / 'debug.config'
RACES = TREE / 'tests' / 'vm' / 'kcsan.config'


def get(name):
    """The kernel called `name`, made when needed; Fault for a wrong name."""
    if name not in MAKERS:
        raise Fault(f'no kernel {name}: one of {", ".join(MAKERS)}')
    return MAKERS[name]()


def builder(name):
    """The Builder of the kernel `name`, without making what only boots."""
    if name in stock.SUITES:
        return stock.suite_builder(name)
    return Builder(stock.headers()) if name == '6.1' else get(name).builder


# What the debug kernel and checkpatch do not need of the sources; it is two
# thirds of the unpacking.
UNWANTED = ['*.rst', '*.dts', '*.dtsi', '*/drivers/gpu/drm/*/*.[ch]',
            '*/drivers/net/*/*.[ch]', '*/sound/*.[ch]',
            '*/drivers/media/*.[ch]', '*/tools/testing/selftests/*',
            '*/drivers/staging/*.[ch]', '*/tools/perf/*']
ARCHES = ['alpha', 'arc', 'arm', 'arm64', 'csky', 'hexagon', 'ia64',
          'loongarch', 'm68k', 'microblaze', 'mips', 'nios2', 'openrisc',
          'parisc', 'powerpc', 'riscv', 's390', 'sh', 'sparc', 'xtensa']


def _unpack_source(folder, version, only=None):
    """Unpack linux-source-6.1 (or just `only` of it) to folder/linux."""
    log = folder / 'log'
    root = apt.unpack('linux-source-6.1', version, folder, log)
    tar = root / 'usr' / 'src' / 'linux-source-6.1.tar.xz'
    argv = ['tar', '-C', folder, '-xf', tar, '--use-compress-program',
            'xz -T0']
    if only:
        argv += [f'linux-source-6.1/{name}' for name in only]
    else:
        argv += [f'--exclude={name}' for name in UNWANTED]
        argv += [f'--exclude=linux-source-6.1/arch/{a}/*.[chS]'
                 for a in ARCHES]
    logged(argv, log)
    (folder / 'linux-source-6.1').rename(folder / 'linux')
    shutil.rmtree(root)


def source_scripts():
    """The kernel's scripts/ folder (checkpatch and its word lists)."""
    version = apt.candidate('linux-source-6.1')
    path = entry('checkpatch', [version, recipe(_unpack_source)],
                 lambda folder: _unpack_source(folder, version, ['scripts']))
    return path / 'linux' / 'scripts'


def wanted_options(text):
    """The options a config fragment asks for, as {name: 'y'|'n'|value}."""
    wanted = {}
    for line in text.splitlines():
        line = line.strip()
        unset = re.fullmatch(r'# (CONFIG_\w+) is not set', line)
        if unset:
            wanted[unset.group(1)] = 'n'
        elif line.startswith('CONFIG_'):
            name, _, value = line.partition('=')
            wanted[name] = value
    return wanted


def check_config(config, fragment):
    """Fault when an option of the fragment fell away in the .config."""
    have = wanted_options(config.read_text(encoding='ascii'))
    lost = [f'{name}={value} (is {have.get(name, "n")})'
            for name, value in wanted_options(fragment).items()
            if have.get(name, 'n') != value]
    if lost:
        raise Fault('kernel options fell away: ' + ', '.join(lost))


def _build_debug(folder, version, fragment):
    # Built within its sources: an output folder would keep the path it was
    # made at, and entries of the cache are renamed.
    log = folder / 'log'
    _unpack_source(folder, version)
    linux = folder / 'linux'
    frag = folder / 'fragment'
    frag.write_text(fragment, encoding='ascii')
    make = ['make', '-C', linux, f'-j{os.cpu_count()}',
            'KBUILD_BUILD_USER=kdevpool', 'KBUILD_BUILD_HOST=kdevpool']
    logged(make + ['tinyconfig'], log)
    logged([linux / 'scripts/kconfig/merge_config.sh', '-m', '.config', frag],
           log, cwd=linux)
    logged(make + ['olddefconfig'], log)
    check_config(linux / '.config', fragment)
    logged(make + ['bzImage', 'modules'], log)
    logged(make + ['modules_install', f'INSTALL_MOD_PATH={folder / "root"}'],
           log)
    shutil.copy(linux / 'arch/x86/boot/bzImage', folder / 'bzImage')
    _drop_unneeded(linux)


def _drop_unneeded(linux):
    """Delete what building external modules does not need."""
    for name in ('vmlinux', 'vmlinux.o', 'vmlinux.a'):
        (linux / name).unlink(missing_ok=True)
    for path in list(linux.rglob('*')):
        keep = path.relative_to(linux).parts[0] in ('scripts', 'tools')
        if path.suffix in ('.o', '.a', '.cmd', '.c', '.S') and not keep:
            path.unlink(missing_ok=True)


def overlaid(base, change):
    """The fragment `base` as `change` has it; CONFIG_X= leaves X out."""
    gone = wanted_options(change)
    kept = [line for line in base.splitlines()
            if not gone.keys() & wanted_options(line).keys()]
    return '\n'.join(kept + [line for line in change.splitlines()
                             if not line.endswith('=')]) + '\n'


def _built(name, fragment, append):
    version = apt.candidate('linux-source-6.1')
    key = [name, version, apt.installed('gcc'), fragment,
           recipe(_unpack_source, _build_debug, _drop_unneeded)]
    path = entry('kernel', key,
                 lambda folder: _build_debug(folder, version, fragment))
    release = (path / 'linux/include/config/kernel.release').read_text(
        encoding='ascii').strip()
    return Kernel(name, release, path / 'bzImage', Builder(path / 'linux'),
                  path / 'root/lib/modules' / release, append)


def debug():
    """6.1 with KASAN, lockdep, kmemleak, UBSAN, KUnit, fault injection."""
    return _built('debug', CONFIG.read_text(encoding='ascii'),
                  'kasan_multi_shot log_buf_len=4M')


def kcsan():
    """6.1 that reports data races.

    An emulated processor needs long to come by where another one waits.
    """
    return _built('kcsan', overlaid(CONFIG.read_text(encoding='ascii'),
                                    RACES.read_text(encoding='ascii')),
                  'log_buf_len=4M kcsan.udelay_task=1500 '
                  'kcsan.udelay_interrupt=500 kcsan.skip_watch=2000')


MAKERS = {'6.1': stock.own, 'debug': debug, 'kcsan': kcsan,
          **{name: functools.partial(stock.of_suite, name)
             for name in stock.SUITES}}
