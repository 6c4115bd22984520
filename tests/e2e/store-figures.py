# SPDX-License-Identifier: GPL-2.0-only
# tier: unit
# timeout: 300
# soak: 0 300
"""The engine's figures: memory, bytes, and how a commit's time grows.

`make check` takes smaller pools (--quick), `make soak` pools of 10,000 volumes
and of 16 M mappings; tests/bench/store-figures.c tells what is measured.  Each
figure that has a limit is a case.
"""

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from _programs import made, soak_seconds


def measure(quick, path):
    """Run the program; the table goes to our output, the figures to `path`."""
    program = made('store-figures', 'bench/store-figures')
    return subprocess.run([program, *(['--quick'] if quick else []),
                           '--json', path], check=False).returncode


def report(figures):
    """A line for each figure that has a limit."""
    for each in figures:
        if 'ok' not in each:
            continue
        name = each['name'].replace(':', ',')
        found = f'{each["value"]} {each["unit"]}'.strip()
        if each['ok']:
            print(f'ok {name}')
        else:
            print(f'not ok {name}: {found}, the limit is {each["limit"]}')


def main():
    """Measure and judge; returns the exit status."""
    quick = not soak_seconds()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / 'figures.json'
        status = measure(quick, path)
        if path.exists():
            report(json.loads(path.read_text(encoding='utf-8')))
    return status


if __name__ == '__main__':
    sys.exit(main())
