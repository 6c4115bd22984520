# SPDX-License-Identifier: GPL-2.0-only
"""The cache: results of long builds, keyed by what they are made of.

An entry is a folder <kind>-<hash of the key>.  It is built in a temporary
folder under a lock and renamed when it is complete, so an entry that exists
is whole, and two runs that want the same entry build it once.
"""

import contextlib
import fcntl
import hashlib
import inspect
import json
import os
import shutil
import subprocess
import sys
import time

from .errors import Fault
from .paths import cache_dir


def say(text):
    """One line of progress, on standard error."""
    print(f'kdpvm: {text}', file=sys.stderr, flush=True)


def hash_of(*parts):
    """A short hash over strings, bytes, and anything JSON can express."""
    h = hashlib.sha256()
    for part in parts:
        if not isinstance(part, bytes):
            part = json.dumps(part, sort_keys=True, default=str).encode()
        h.update(b'%d:' % len(part) + part)
    return h.hexdigest()[:16]


def recipe(*functions):
    """A hash over the source text of functions: a build's recipe."""
    return hash_of(*[inspect.getsource(f) for f in functions])


@contextlib.contextmanager
def locked(name):
    """Hold the lock `name` among all runs that use this cache."""
    folder = cache_dir() / 'locks'
    folder.mkdir(exist_ok=True)
    with open(folder / name, 'w', encoding='ascii') as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def mounts_below(path):
    """Mount points at or below a folder."""
    path = os.path.realpath(path)
    with open('/proc/self/mountinfo', encoding='utf-8') as handle:
        points = [line.split()[4] for line in handle]
    return [point for point in points
            if point == path or point.startswith(path + '/')]


def remove_tree(path):
    """Delete a folder whatever is in it; nothing happens when it is absent.

    Fault when something is mounted in it: deleting would reach through.
    """
    mounted = mounts_below(path)
    if mounted:
        raise Fault(f'not deleting {path}: {", ".join(mounted)} is mounted')
    shutil.rmtree(path, ignore_errors=True)


def entry(kind, key, build):
    """The folder of the entry `kind` with `key`, built when it is not there.

    `build(folder)` fills an empty folder; what it raises is passed on and
    leaves nothing behind but its log.  The seconds it took are kept in the
    entry as `seconds`.
    """
    name = f'{kind}-{hash_of(key)}'
    path = cache_dir() / name
    if path.is_dir():
        return path
    with locked(name):
        if path.is_dir():
            return path
        temp = cache_dir() / f'tmp-{name}-{os.getpid()}'
        remove_tree(temp)
        temp.mkdir()
        say(f'building {name}, once')
        start = time.monotonic()
        try:
            build(temp)
        except BaseException:
            remove_tree(temp)
            raise
        took = time.monotonic() - start
        (temp / 'seconds').write_text(f'{took:.1f}\n', encoding='ascii')
        (temp / 'key').write_text(json.dumps(key, indent=1, default=str),
                                  encoding='utf-8')
        temp.rename(path)
        say(f'built {name} in {took:.0f} s')
        prune(kind, path)
    return path


def prune(kind, keep, days=14):
    """Drop entries of `kind` other than `keep` that are older than `days`."""
    for old in cache_dir().glob(f'{kind}-*'):
        age = time.time() - old.stat().st_mtime
        if old != keep and old.is_dir() and age > days * 86400:
            remove_tree(old)


def logged(argv, log, **kwargs):
    """Run argv with its output appended to the file `log`.

    Raises Fault with the end of the output when the command fails.
    """
    with open(log, 'ab') as out:
        done = subprocess.run([str(a) for a in argv], stdout=out,
                              stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL, check=False, **kwargs)
    if done.returncode:
        with open(log, encoding='utf-8', errors='replace') as text:
            tail = ''.join(text.readlines()[-25:])
        raise Fault(f'{argv[0]} failed ({done.returncode}), {log}:\n{tail}')
