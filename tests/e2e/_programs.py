# SPDX-License-Identifier: GPL-2.0-only
"""What the tests of the store's programs in user space have in common."""

import fcntl
import os
import subprocess
import time

from kdpvm.paths import TREE, build_dir

SANITIZE = ('-O1 -fsanitize=address,undefined -fno-sanitize-recover=all '
            '-fno-omit-frame-pointer')


def made(target, program, sanitized=False):
    """Make a target; the path of its program below build/tests."""
    folder = build_dir() / 'asan' if sanitized else build_dir()
    more = [f'CFLAGS_EXTRA={SANITIZE}'] if sanitized else []
    folder.mkdir(parents=True, exist_ok=True)
    # tests run beside each other, and make what they share
    with open(folder / '.made', 'w', encoding='utf-8') as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.run(['make', '-s', '-j2', '-C', TREE, target,
                        f'BUILD={folder}', *more], check=True)
    return folder / 'tests' / program


def soak_seconds():
    """How long it shall take: 0 or little in `make check`."""
    return int(os.environ['SOAK_SECONDS'])


def first_seed(fixed):
    """Seeds of `make check` are fixed, so that it fails for what was changed."""
    return int(os.environ.get('KDP_SEED', '0')) or \
        (1 if fixed else int(time.time()) * 1000)


def passes(name, argv):
    """Run it, print a case; whether it passed."""
    status = subprocess.run([str(a) for a in argv], check=False).returncode
    print(f'ok {name}' if not status else
          f'not ok {name}: exit status {status}', flush=True)
    return not status
