# SPDX-License-Identifier: GPL-2.0-only
"""Build the kernel module, outside the tree.

Each kernel and each mutant has a build folder in the cache, so that builds
are incremental and the tree stays clean.
"""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from . import apt, kernels
from .cache import hash_of, locked, remove_tree
from .errors import Fault
from .paths import TREE, build_dir, cache_dir

NAME = 'dm-kdevpool'


def name_of(path):
    """The name modprobe knows a module file by."""
    return Path(path).name[:-len('.ko')]


def _sources():
    """Paths of what the module is made of, relative to the tree."""
    if not (TREE / 'Kbuild').exists():
        raise Fault(f'no {TREE}/Kbuild: nothing to build a module from')
    found = [Path('Kbuild')]
    for path in sorted((TREE / 'kernel').rglob('*')):
        if path.is_file() and path.suffix in ('.c', '.h', '') and \
           'doc' not in path.relative_to(TREE).parts:
            found.append(path.relative_to(TREE))
    return found


def _copy(folder, patch):
    """Bring the copy of the sources up to date, then the patch onto it.

    Only files that differ are written, so make compiles only those again.
    """
    stage = folder / 'stage'
    remove_tree(stage)
    for name in _sources():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(TREE / name, stage / name)
    if patch:
        done = subprocess.run(['patch', '-p1', '-s', '-d', stage, '-i',
                               os.path.abspath(patch)], capture_output=True,
                              text=True, check=False)
        if done.returncode:
            raise Fault(f'{patch} does not apply:\n{done.stdout}')
    src = folder / 'src'
    staged = {p.relative_to(stage) for p in stage.rglob('*') if p.is_file()}
    for name in staged:
        target, data = src / name, (stage / name).read_bytes()
        if not target.exists() or target.read_bytes() != data:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(data)
    for path in list(src.rglob('*')):
        if path.suffix in ('.c', '.h') and path.relative_to(src) not in \
           staged and not path.name.endswith('.mod.c'):
            path.unlink()
    return src


def _kernel_build(name):
    """The folder of a kernel that modules are built against."""
    return kernels.headers() if name == '6.1' else kernels.get(name).build


def compile_in(name, patch=None, variables=(), fresh=False):
    """Run the kernel's make on the copy.

    Returns (the copy's folder, the folder with the module, make's output);
    Fault with the output when it fails.  fresh: compile all of it again.
    """
    kernel_build = _kernel_build(name)
    tag = hash_of(Path(patch).read_bytes())[:8] if patch else 'plain'
    kind = hash_of(str(kernel_build), str(TREE), list(variables))[:8]
    folder = cache_dir() / 'modules' / f'{name}-{tag}-{kind}'
    folder.mkdir(parents=True, exist_ok=True)
    with locked(f'module-{folder.name}'):
        if fresh:
            remove_tree(folder / 'src')
        src = _copy(folder, patch)
        done = subprocess.run(
            ['make', '-C', kernel_build, f'M={src}', 'W=1',
             f'-j{os.cpu_count()}', *variables, 'modules'],
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
            errors='replace', check=False)
        if done.returncode:
            raise Fault(f'the module does not build for {name}:\n'
                        f'{done.stdout}')
        out = build_dir() / 'module' / folder.name
        out.mkdir(parents=True, exist_ok=True)
        made = src / f'{NAME}.ko'
        if made.exists():
            _replace(made, out / made.name)
    return src, out, done.stdout


def _replace(source, target):
    """Copy so that a reader never sees half a file."""
    temp = target.with_name(f'{target.name}.{os.getpid()}.{time.time_ns()}')
    shutil.copy(source, temp)
    temp.rename(target)


def _digest(name, patch):
    """A hash over all a module is made of."""
    parts = [str(_kernel_build(name)), apt.installed('gcc')]
    for path in _sources():
        parts += [str(path), (TREE / path).read_bytes()]
    return hash_of(*parts, Path(patch).read_bytes() if patch else b'')


def build(name, patch=None):
    """The module built for the kernel `name`; returns the path of the .ko.

    Warnings go to standard error.  Nothing is run when nothing changed.
    """
    digest = _digest(name, patch)
    stamp = build_dir() / 'module' / f'{name}-{digest}' / f'{NAME}.ko'
    if stamp.exists():
        return stamp
    _, out, text = compile_in(name, patch)
    for line in text.splitlines():
        if 'warning:' in line:
            print(line, file=sys.stderr)
    if _digest(name, patch) != digest:
        # Somebody is editing: what was built belongs to no one state.
        return out / f'{NAME}.ko'
    stamp.parent.mkdir(parents=True, exist_ok=True)
    _replace(out / f'{NAME}.ko', stamp)
    _prune(stamp.parent)
    return stamp


def _prune(keep, count=20):
    """Of the modules built, leave the newest few."""
    found = sorted((p for p in keep.parent.iterdir() if p.is_dir()),
                   key=lambda p: p.stat().st_mtime)
    for old in found[:-count]:
        if old != keep:
            remove_tree(old)
