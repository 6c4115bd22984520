# SPDX-License-Identifier: GPL-2.0-only
"""The ledger: one JSON line for every run of a machine."""

import datetime
import fcntl
import json

from .paths import cache_dir

COLUMNS = (('utc', 20), ('kernel', 7), ('tier', 8), ('build', 7),
           ('boot', 7), ('total', 7), ('outcome', 14), ('what', 48))


def now():
    """UTC as text."""
    return datetime.datetime.now(datetime.timezone.utc).strftime(
        '%Y-%m-%dT%H:%M:%SZ')


def _file():
    return cache_dir() / 'ledger.jsonl'


def note(record):
    """Append one record, a dict."""
    with open(_file(), 'a', encoding='utf-8') as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        handle.write(json.dumps(record) + '\n')


def _cell(value, width):
    text = f'{value:.1f}' if isinstance(value, float) else str(value)
    return text.replace('\n', ' ')[:width].ljust(width)


def table(count=20):
    """The last records as lines of a table."""
    lines = ['  '.join(_cell(name, width) for name, width in COLUMNS)]
    if _file().exists():
        records = _file().read_text(encoding='utf-8').splitlines()[-count:]
        for record in map(json.loads, records):
            lines.append('  '.join(_cell(record.get(name, ''), width)
                                   for name, width in COLUMNS).rstrip())
    return lines
