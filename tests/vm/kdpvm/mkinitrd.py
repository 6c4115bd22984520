# SPDX-License-Identifier: GPL-2.0-only
"""An initramfs as Debian's initramfs-tools or dracut make it, with our hooks.

Made in a small Debian that is changed into on this machine: in an emulated
one it takes minutes.
"""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import apt, initramfs
from .bootstrap import bootstrap
from .cache import entry, logged, recipe
from .errors import Fault
from .paths import TREE
from .rootfs import SUITE

PACKAGES = ['udev', 'dmsetup', 'kmod', 'e2fsprogs',
            'libblkid1', 'libmount1', 'libsmartcols1', 'libjson-c5',
            'libeconf0', 'libudev1', 'libsystemd0', 'libdevmapper1.02.1']
INSIDE = '''mount -t proc proc "$1/proc" && mount --bind /dev "$1/dev" &&
    exec chroot "$@"'''
# Who makes it: the package, and the command; {} is the kernel's release.  The
# agent's port must be there as soon as systemd is.
DRACUT = ['/usr/bin/dracut', '--no-hostonly', '--gzip', '--force-drivers',
          'virtio_console', '--kver', '{}']
MAKERS = {
    'initramfs-tools': (['initramfs-tools'], [
        '/usr/sbin/mkinitramfs', '-c', 'gzip', '-o', '/initrd', '{}']),
    'dracut': (['dracut-core', 'systemd', 'systemd-sysv'],
               DRACUT + ['/initrd']),
    'dracut without systemd': (
        ['dracut-core', 'systemd', 'systemd-sysv'],
        DRACUT + ['--omit', 'systemd systemd-initrd dracut-systemd',
                  '/initrd']),
}


def _build(folder, packages):
    bootstrap(folder / 'root', SUITE, apt.sources(SUITE), 'minbase', packages,
              folder / 'log')


def _fill(root, kernel, module):
    """What is to be in the initramfs, where a package would put it."""
    logged(['make', '-s', '-C', TREE, 'install-system', f'DESTDIR={root}',
            'PREFIX=/usr'], root / 'log')
    for name, path in initramfs.programs().items():
        shutil.copy(path, root / 'usr/sbin' / name)
    with tempfile.TemporaryDirectory() as temp:
        tree = initramfs.pruned_modules(kernel, Path(temp), module)
        shutil.copytree(tree, root / 'usr/lib/modules' / kernel.release)
    modules = root / 'etc/initramfs-tools/modules'
    if modules.parent.exists():
        modules.write_text('virtio_console\n')
    (root / f'boot/config-{kernel.release}').write_text('CONFIG_RD_GZIP=y\n')


def make(kernel, module, machine_id, target, maker='initramfs-tools'):
    """Write the initramfs to the file `target`; its log as text."""
    more, command = MAKERS[maker]
    packages = PACKAGES + more
    base = entry('mkinitrd', [SUITE, packages, apt.candidates(packages),
                              recipe(bootstrap, _build)],
                 lambda folder: _build(folder, packages))
    with tempfile.TemporaryDirectory(dir=os.path.dirname(target)) as temp:
        root = Path(temp) / 'root'
        logged(['cp', '-a', base / 'root', root], f'{target}.log')
        _fill(root, kernel, module)
        (root / 'etc/machine-id').write_text(machine_id + '\n')
        done = subprocess.run(
            ['unshare', '--mount', '--propagation', 'private', 'sh', '-c',
             INSIDE, 'mkinitrd', root,
             *[word.format(kernel.release) for word in command]],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            check=False)
        if done.returncode:
            raise Fault(f'{maker}: {done.stdout}')
        shutil.copy(root / 'initrd', target)
    return done.stdout
