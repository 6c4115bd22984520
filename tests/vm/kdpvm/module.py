# SPDX-License-Identifier: GPL-2.0-only
"""Build the kernel module, outside the tree.

Each kernel and each mutant has a build folder in the cache, so that builds
are incremental and the tree stays clean.
"""

import dataclasses
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Tuple

from . import apt, kernels, uml
from .cache import hash_of, locked, remove_tree
from .errors import Fault
from .paths import TREE, build_dir, cache_dir


@dataclasses.dataclass(frozen=True)
class Project:
    """A module that is built from a copy of a part of the tree."""
    name: str
    kbuild: str             # what becomes the topmost Kbuild of the copy
    folders: Tuple[str, ...]


TARGET = Project('dm-kdevpool', 'Kbuild', ('kernel',))
KUNIT = Project('kdevpool-kunit', 'tests/kunit/Kbuild',
                ('kernel', 'tests/kunit'))
BENCH = Project('kdp-bench', 'tests/bench/kernel/Kbuild',
                ('tests/bench/kernel',))
DUST = Project('kdp-dust', 'tests/dust/Kbuild', ('tests/dust',))
# What scripts/vm puts into a guest beside ours.
EXTRAS = {'dust': DUST}


def name_of(path):
    """The name modprobe knows a module file by."""
    return Path(path).name[:-len('.ko')]


def _sources(project):
    """What a module is made of: {path in the copy: path in the tree}."""
    kbuild = TREE / project.kbuild
    if not kbuild.exists():
        raise Fault(f'no {kbuild}: nothing to build a module from')
    found = {Path('Kbuild'): kbuild}
    for folder in project.folders:
        for path in sorted((TREE / folder).rglob('*')):
            if path.is_file() and path.suffix in ('.c', '.h', '') and \
               path.name != 'Kbuild' and \
               'doc' not in path.relative_to(TREE).parts:
                found[path.relative_to(TREE)] = path
    return found


def _copy(folder, patch, project):
    """Bring the copy of the sources up to date, then the patch onto it.

    Only files that differ are written, so make compiles only those again.
    """
    stage = folder / 'stage'
    remove_tree(stage)
    for name, path in _sources(project).items():
        (stage / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, stage / name)
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


def _builder(name):
    """What modules for the kernel `name` are built with."""
    return uml.builder() if name == 'uml' else kernels.builder(name)


def compile_in(name, patch=None, variables=(), fresh=False, project=TARGET):
    """Run the kernel's make on the copy.

    Returns (the copy's folder, the folder with the module, make's output);
    Fault with the output when it fails.  fresh: compile all of it again.
    """
    builder = _builder(name)
    tag = hash_of(Path(patch).read_bytes())[:8] if patch else 'plain'
    kind = hash_of(str(builder), str(TREE), project.name,
                   list(variables))[:8]
    folder = cache_dir() / 'modules' / f'{name}-{tag}-{kind}'
    folder.mkdir(parents=True, exist_ok=True)
    with locked(f'module-{folder.name}'):
        if fresh:
            remove_tree(folder / 'src')
        src = _copy(folder, patch, project)
        status, text = builder.make(src, 'W=1', f'-j{os.cpu_count()}',
                                    *variables, 'modules')
        if status:
            raise Fault(f'the module does not build for {name}:\n{text}')
        out = build_dir() / 'module' / folder.name
        out.mkdir(parents=True, exist_ok=True)
        made = src / f'{project.name}.ko'
        if made.exists():
            _replace(made, out / made.name)
    return src, out, text


def complaints(name, variables, project=TARGET):
    """What the compiler (W=1) and sparse (C=2) say of all the sources."""
    src, _, text = compile_in(name, variables=variables, fresh=True,
                              project=project)
    return [line.replace(f'{src}/', '') for line in text.splitlines()
            if re.search(r'(warning|error):', line)]


def _replace(source, target):
    """Copy so that a reader never sees half a file."""
    temp = target.with_name(f'{target.name}.{os.getpid()}.{time.time_ns()}')
    shutil.copy(source, temp)
    temp.rename(target)


def _digest(name, patch, project):
    """A hash over all a module is made of."""
    parts = [str(_builder(name)), apt.installed('gcc')]
    for path, source in _sources(project).items():
        parts += [str(path), source.read_bytes()]
    return hash_of(*parts, Path(patch).read_bytes() if patch else b'')


def build(name, patch=None, project=TARGET):
    """The module built for the kernel `name`; returns the path of the .ko.

    Warnings go to standard error.  Nothing is run when nothing changed.
    """
    digest = _digest(name, patch, project)
    stamp = build_dir() / 'module' / f'{name}-{digest}' / f'{project.name}.ko'
    if stamp.exists():
        return stamp
    _, out, text = compile_in(name, patch, project=project)
    for line in text.splitlines():
        if 'warning:' in line:
            print(line, file=sys.stderr)
    if _digest(name, patch, project) != digest:
        # Somebody is editing: what was built belongs to no one state.
        return out / f'{project.name}.ko'
    stamp.parent.mkdir(parents=True, exist_ok=True)
    _replace(out / f'{project.name}.ko', stamp)
    _prune(stamp.parent)
    return stamp


def _prune(keep, count=20):
    """Of the modules built, leave the newest few."""
    found = sorted((p for p in keep.parent.iterdir() if p.is_dir()),
                   key=lambda p: p.stat().st_mtime)
    for old in found[:-count]:
        if old != keep:
            remove_tree(old)
