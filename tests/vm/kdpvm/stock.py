# SPDX-License-Identifier: GPL-2.0-only
"""Debian's own kernels: this machine's, and those of later suites.

Headers of a later suite need its compiler and its C library, so modules for
it are compiled inside a small Debian of that suite, which is changed into for
the time of a build and never booted.
"""

import dataclasses
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Optional

from . import apt
from .bootstrap import bootstrap
from .cache import entry, logged, recipe
from .errors import Fault

# The kernels besides the machine's own, and the suites they are the newest of.
SUITES = {'6.12': 'trixie', '7': 'forky'}
# Modules that no test will ever load are two thirds of all.
UNWANTED = ['drivers/gpu', 'drivers/net', 'drivers/media', 'drivers/infiniband',
            'drivers/iio', 'drivers/hwmon', 'drivers/staging', 'sound']
# Below the Debian that modules are compiled in: their sources.
INSIDE = '/module'
COMPILE = f'''mount -t proc proc "$1/proc" && mount --bind "$2" "$1{INSIDE}" &&
    root=$1 && shift 2 && exec chroot "$root" "$@"'''


@dataclasses.dataclass(frozen=True)
class Builder:
    """Where modules are compiled: `headers` is for `make -C`, within the
    Debian at `root`, None for this machine; `arch` is not the machine's own.
    """
    headers: Path
    root: Optional[Path] = None
    arch: str = ''

    def make(self, src, *arguments):
        """Run make for the module in the folder `src`."""
        inside = INSIDE if self.root else src
        argv = ['make', '-C', self.headers, f'M={inside}', *arguments]
        if self.arch:
            argv.append(f'ARCH={self.arch}')
        if self.root:
            argv = ['unshare', '--mount', '--propagation', 'private', 'sh',
                    '-c', COMPILE, 'compile', self.root, src, *argv]
        done = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True,
                              errors='replace', check=False)
        return done.returncode, done.stdout.replace(f'{inside}/', f'{src}/')


@dataclasses.dataclass(frozen=True)
class Kernel:
    """A kernel, ready to boot and to build modules against.

    `image` is what QEMU boots, `modules` its lib/modules tree, `append` what
    its command line needs.
    """
    name: str
    release: str
    image: Path
    builder: Builder
    modules: Path
    append: str


def own_release():
    """The release whose headers linux-headers-amd64 pulled in, its version."""
    version = apt.installed('linux-headers-amd64')
    depends = subprocess.run(
        ['dpkg-query', '-W', '-f', '${Depends}', 'linux-headers-amd64'],
        capture_output=True, text=True, check=True).stdout
    found = re.search(r'linux-headers-(6\.1\.\S*-amd64)', depends)
    if not found:
        raise Fault(f'linux-headers-amd64 depends on {depends}, not on 6.1')
    return found.group(1), version


def headers():
    """The folder to build modules against on the machine's own kernel."""
    return Path('/lib/modules') / own_release()[0] / 'build'


def _extract_vmlinux(vmlinuz, vmlinux):
    """Cut the compressed ELF out of a bzImage and decompress it."""
    data = vmlinuz.read_bytes()
    for magic, tool in ((b'\xfd7zXZ\0', 'xz'), (b'\x28\xb5\x2f\xfd', 'zstd'),
                        (b'\x1f\x8b\x08', 'gzip')):
        at = data.find(magic)
        while at >= 0:
            out = subprocess.run([tool, '-dc'], input=data[at:],
                                 capture_output=True, check=False).stdout
            if out[:4] == b'\x7fELF':
                vmlinux.write_bytes(out)
                return
            at = data.find(magic, at + 1)
    raise Fault(f'no compressed ELF image found in {vmlinuz}')


def _build_stock(folder, release, packages, archive):
    log = folder / 'log'
    for package, version in packages:
        root = archive.unpack(package, version, folder, log)
    vmlinuz, = root.rglob('vmlinuz*')
    _extract_vmlinux(vmlinuz, folder / 'vmlinux')
    vmlinuz.unlink()
    shutil.rmtree(root / 'boot', ignore_errors=True)
    _arrange_modules(root, release, log)


def _arrange_modules(root, release, log):
    """Leave root/lib/modules with plain modules, and their dependencies."""
    if not (root / 'lib').exists():
        (root / 'lib').symlink_to('usr/lib')
    tree = root / 'lib' / 'modules' / release
    for name in UNWANTED:
        shutil.rmtree(tree / 'kernel' / name, ignore_errors=True)
    packed = sorted(tree.rglob('*.ko.xz'))
    if packed:
        logged(['xz', '-d', '-T1', *packed], log)
    logged(['depmod', '-b', root, release], log)


def _stock(name, release, packages, archive, builder):
    path = entry('kernel', ['stock', release, packages, UNWANTED,
                            recipe(_build_stock, _arrange_modules,
                                   _extract_vmlinux)],
                 lambda folder: _build_stock(folder, release, packages,
                                             archive))
    return Kernel(name, release, path / 'vmlinux', builder,
                  path / 'root' / 'lib' / 'modules' / release, '')


def own():
    """Debian's 6.1, the version that the installed headers belong to."""
    release, version = own_release()
    return _stock('6.1', release, [(f'linux-image-{release}', version)],
                  apt.OWN, Builder(headers()))


def _image_packages(archive):
    """(release, packages with versions) of a suite's newest kernel.

    The image may be a package of its own, or pull in those with the files.
    """
    image, = archive.depends('linux-image-amd64', r'linux-image-\d\S+')
    parts = archive.depends(image, r'linux-(?:base|binary|modules)-\d\S+')
    names = parts or [image]
    return image[len('linux-image-'):], \
        list(zip(names, archive.candidates(names)))


BUILD_PACKAGES = ['linux-headers-amd64', 'make', 'sparse']


def _build_builder(folder, archive):
    bootstrap(folder / 'root', archive.suite, [archive.source()], 'essential',
              BUILD_PACKAGES, folder / 'log')
    os.makedirs(f'{folder}/root{INSIDE}')


def suite_builder(name):
    """The Builder for the kernel of a suite, its Debian made when needed."""
    archive = apt.Suite(SUITES[name])
    release, _ = _image_packages(archive)
    key = [archive.suite, release, BUILD_PACKAGES, INSIDE,
           archive.candidates(BUILD_PACKAGES), recipe(bootstrap, _build_builder)]
    path = entry('builder', key,
                 lambda folder: _build_builder(folder, archive))
    return Builder(Path('/usr/src') / f'linux-headers-{release}',
                   path / 'root')


def of_suite(name):
    """The newest kernel of the suite that SUITES has under `name`."""
    archive = apt.Suite(SUITES[name])
    release, packages = _image_packages(archive)
    return _stock(name, release, packages, archive, suite_builder(name))
