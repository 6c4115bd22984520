# SPDX-License-Identifier: GPL-2.0-only
"""Where things are: the tree, the build folder, the cache."""

import os
import shutil
import time
from pathlib import Path

TREE = Path(__file__).resolve().parents[3]
# The folders of failed runs: so many, and all of the last day, stay.
KEPT_RUNS = 50
KEPT_SECONDS = 86400
GUEST = TREE / 'tests' / 'vm' / 'guest'


def build_dir():
    """The git-ignored folder for what is built out of this tree."""
    return Path(os.environ.get('BUILD') or TREE / 'build').resolve()


def cache_dir():
    """The cache, made when it is not there."""
    root = os.environ.get('KDEVPOOL_CACHE')
    path = Path(root) if root else Path.home() / '.cache' / 'kdevpool'
    path.mkdir(parents=True, exist_ok=True)
    return path.resolve()


def runs_dir():
    """Where the folders of single runs go."""
    path = cache_dir() / 'runs'
    path.mkdir(exist_ok=True)
    return path


def new_run():
    """A new folder for a run; drops those left of old ones."""
    stamp = time.strftime('%Y%m%dT%H%M%S', time.gmtime())
    number = 0
    while True:
        path = runs_dir() / f'{stamp}-{os.getpid()}-{number}'
        try:
            path.mkdir()
            break
        except FileExistsError:
            number += 1
    for old in sorted(runs_dir().iterdir())[:-KEPT_RUNS]:
        if time.time() - old.stat().st_mtime > KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
    return path
