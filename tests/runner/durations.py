# SPDX-License-Identifier: GPL-2.0-only
"""How long each job took when it was run last, in the cache."""

import json
import os

from kdpvm.paths import cache_dir


def _path():
    return cache_dir() / 'durations.json'


def key(job):
    """What a job is known by."""
    return f'{job.tier} {job.name}'


def load():
    """{key: seconds}; empty when there is nothing that can be read."""
    try:
        return json.loads(_path().read_text(encoding='utf-8'))
    except (OSError, ValueError):
        return {}


def save(outcomes):
    """Remember these; who writes last wins."""
    known = {**load(), **{key(o.job): round(o.seconds, 1) for o in outcomes}}
    temp = _path().with_name(f'durations.json.{os.getpid()}')
    temp.write_text(json.dumps(known, indent=1, sort_keys=True) + '\n',
                    encoding='utf-8')
    temp.rename(_path())
