# SPDX-License-Identifier: GPL-2.0-only
"""The base initramfs of every guest, and the payload that rides behind it.

The base holds busybox, the agent, a few host programs with their libraries
and the kernel modules a test may want; it is cached.  The payload is a second
archive made for each run: our module, our programs, the test's files.
"""

import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import apt
from .cache import entry, hash_of, logged, recipe
from .cpio import Archive, normal
from .errors import Fault
from .paths import GUEST, TREE, build_dir

# Loaded at boot, in this order.
BOOT_MODULES = ['virtio_pci', 'virtio_blk', 'virtio_console', 'dm_mod']
SYSTEMD_MODULES = ['ext4']
# There for modprobe, or for the kernel to ask for.
MODULES = BOOT_MODULES + SYSTEMD_MODULES + [
    'nvme', 'crc32c_generic', 'crc32c_intel', 'libcrc32c', 'loop', 'brd',
    'null_blk', 'dm_thin_pool', 'dm_log_writes', 'dm_flakey', 'dm_delay',
    'dm_zero', 'dm_snapshot', 'dm_bufio', 'xfs', 'autofs4', 'efivarfs',
    'configfs', 'virtio_rng', 'md_mod', 'raid1', 'dm_crypt', 'xts', 'ecb',
    'aes_generic', 'sha256_generic', 'af_alg', 'algif_skcipher', 'sd_mod',
    'scsi_debug', 'bfq']
TOOLS = ['dmsetup', 'blkid', 'wipefs', 'mke2fs', 'e2fsck', 'debugfs',
         'lsblk', 'losetup', 'blockdev', 'findmnt', 'sfdisk', 'setpriv']
TOOL_PACKAGES = ['dmsetup', 'util-linux', 'mount', 'e2fsprogs', 'fdisk',
                 'busybox-static', 'libc6', 'libdevmapper1.02.1', 'kmod']
# Too heavy for the base: added to the payload on request.
HEAVY_TOOLS = ['fio']
ALIASES = {'mkfs.ext4': 'mke2fs', 'fsck.ext4': 'e2fsck'}
FOLDERS = ['proc', 'sys', 'dev', 'root', 'tmp', 'run', 'etc', 'mnt',
           'usr/bin', 'usr/sbin', 'usr/lib', 'usr/lib64', 'var/tmp']


def which(tool):
    """Path of a host program; Fault when it is not installed."""
    path = shutil.which(tool, path=os.environ.get('PATH', '') +
                        ':/usr/sbin:/sbin:/usr/bin:/bin')
    if not path:
        raise Fault(f'no program {tool}: run scripts/install-deps')
    return path


def libraries(program):
    """The shared libraries a host program needs, loader included."""
    done = subprocess.run(['ldd', str(program)], capture_output=True,
                          text=True, check=False)
    if 'not found' in done.stdout:
        raise Fault(f'{program} lacks a library:\n{done.stdout}')
    return sorted(set(re.findall(r'(/\S+) \(0x', done.stdout)))


def add_program(archive, path, source):
    """Add a program and its libraries."""
    archive.file(path, source)
    for library in libraries(source):
        archive.file(library, os.path.realpath(library))


def module_closure(tree, names):
    """The files in a module tree that the named modules need.

    A name that neither is a module nor is built in is left out: kernels
    differ, and loading it in the guest tells.
    """
    depends, by_name = {}, {}
    for line in (tree / 'modules.dep').read_text().splitlines():
        path, _, rest = line.partition(':')
        depends[path] = rest.split()
        by_name[Path(path).name.split('.')[0].replace('-', '_')] = path
    wanted = set()
    for name in names:
        if name in by_name:
            path = by_name[name]
            wanted.update([path, *depends[path]])
    return sorted(wanted)


def pruned_modules(kernel, folder, extra=None):
    """Make folder/lib/modules/<release>: MODULES, and the file `extra`."""
    target = folder / 'lib' / 'modules' / kernel.release
    for path in module_closure(kernel.modules, MODULES):
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        os.symlink(kernel.modules / path, target / path)
    target.mkdir(parents=True, exist_ok=True)
    for name in ('modules.builtin', 'modules.order', 'modules.builtin.modinfo'):
        if (kernel.modules / name).exists():
            shutil.copy(kernel.modules / name, target / name)
    if extra:
        (target / 'updates').mkdir()
        shutil.copy(extra, target / 'updates')
        subprocess.run(['strip', '--strip-debug',
                        target / 'updates' / Path(extra).name], check=True)
    logged(['depmod', '-b', folder, kernel.release], folder / 'depmod.log')
    return target


def _add_modules(archive, kernel):
    with tempfile.TemporaryDirectory() as temp:
        tree = pruned_modules(kernel, Path(temp))
        where = f'usr/lib/modules/{kernel.release}'
        for path in sorted(tree.rglob('*')):
            if path.is_file():
                archive.file(f'{where}/{path.relative_to(tree)}',
                             os.path.realpath(path))


def _build_agent(folder):
    agent = folder / 'agent'
    logged(['gcc', '-O2', '-Wall', '-Wextra', '-Werror', '-static', '-o',
            agent, GUEST / 'agent.c'], folder / 'log')
    return agent


def _build_base(folder, kernel):
    with open(folder / 'base.cpio', 'wb') as handle:
        archive = Archive(handle)
        for name in FOLDERS:
            archive.folder(name)
        for name in ('bin', 'sbin', 'lib', 'lib64'):
            archive.link(name, f'usr/{name}')
        archive.file('init', GUEST / 'init')
        archive.file('usr/bin/agent', _build_agent(folder))
        archive.data('etc/boot-modules',
                     '\n'.join(BOOT_MODULES + SYSTEMD_MODULES).encode()
                     + b'\n')
        archive.data('etc/passwd', b'root::0:0:root:/root:/bin/sh\n')
        archive.data('etc/group', b'root:x:0:\ndisk:x:6:\n')
        _add_busybox(archive)
        for tool in TOOLS:
            add_program(archive, f'usr/sbin/{tool}', which(tool))
        for name, target in ALIASES.items():
            archive.link(f'usr/sbin/{name}', target)
        archive.file('etc/mke2fs.conf', '/etc/mke2fs.conf')
        _add_modules(archive, kernel)
        archive.close()


def _add_busybox(archive):
    busybox = which('busybox')
    archive.file('usr/lib/busybox/busybox', busybox)
    listing = subprocess.run([busybox, '--list'], capture_output=True,
                             text=True, check=True).stdout.split()
    for name in listing:
        if name != 'busybox':
            archive.link(f'usr/lib/busybox/{name}', 'busybox')
    archive.link('usr/bin/sh', '../lib/busybox/busybox')
    archive.link('usr/sbin/modprobe', '../lib/busybox/busybox')


def base(kernel):
    """The cached base initramfs for `kernel`."""
    key = ['initramfs', kernel.name, str(kernel.modules), MODULES,
           BOOT_MODULES, SYSTEMD_MODULES, TOOLS, ALIASES, FOLDERS,
           hash_of((GUEST / 'init').read_bytes(),
                   (GUEST / 'agent.c').read_bytes()),
           [apt.installed(p) for p in TOOL_PACKAGES],
           recipe(_build_base, _add_busybox, _build_agent, pruned_modules,
                  Archive)]
    path = entry('initramfs', key, lambda folder: _build_base(folder, kernel))
    return path / 'base.cpio'


def programs():
    """The programs built out of this tree, when there are some."""
    found = []
    for folder in (build_dir() / 'bin', build_dir()):
        for path in sorted(folder.glob('kdevpool-*')):
            if path.is_file() and os.access(path, os.X_OK):
                found.append(path)
    return {path.name: path for path in reversed(found)}


class Payload:
    """What one run adds to the guest, written to the file `path`.

    In the fast tier it is unpacked over the base; in the systemd tier it
    lies below /payload, from where init copies it onto the root disk.
    """

    def __init__(self, path, kernel, systemd=False):
        self._handle = open(path, 'wb')
        self._archive = Archive(self._handle)
        self._kernel = kernel
        self._systemd = systemd

    def _place(self, target):
        return ('payload/' if self._systemd else '') + normal(target)

    def tree(self, source, target):
        """Add a file or a folder."""
        if not os.path.exists(source):
            raise Fault(f'no file {source} to put into the guest')
        self._archive.tree(self._place(target), source)

    def module(self, source):
        """Add a kernel module so that modprobe finds it."""
        with tempfile.TemporaryDirectory() as temp:
            tree = pruned_modules(self._kernel, Path(temp), source)
            where = f'/lib/modules/{self._kernel.release}'
            for name in sorted(os.listdir(tree)):
                if name.startswith('modules.') or name == 'updates':
                    self.tree(tree / name, f'{where}/{name}')

    def program(self, source, target):
        """Add a program; the fast tier gets its libraries with it."""
        self.tree(source, target)
        if not self._systemd:
            for library in libraries(source):
                self.tree(os.path.realpath(library), library)

    def project(self):
        """Add our programs, and for systemd our rules and units."""
        for name, path in programs().items():
            self.program(path, f'/usr/sbin/{name}')
        if not self._systemd:
            return
        with tempfile.TemporaryDirectory() as temp:
            logged(['make', '-s', '-C', TREE, 'install-system',
                    f'DESTDIR={temp}', 'PREFIX=/usr'], f'{temp}/log')
            self.tree(f'{temp}/usr', '/usr')

    def close(self):
        """Finish the archive."""
        self._archive.close()
        self._handle.close()
