# SPDX-License-Identifier: GPL-2.0-only
"""What the scenarios measure, and the limits that are promised."""

import statistics

MAPPED = ['raw', 'dm-linear', 'dm-linear (control)', 'dm-thin',
          'kdevpool, thick', 'kdevpool, thin']
LOOP = [*MAPPED, 'loop, file of ext4']
SLOW = ['raw', 'dm-linear', 'raw (control)', 'kdevpool, thick']
SEVEN = ['dm-linear', 'kdevpool', 'LVM']
SCRUB = ['kdevpool', 'kdevpool, scrubbing']
OPS = ['read', 'write']
FIRST = ['dm-thin', 'kdevpool, thick', 'kdevpool, thin']
# two devices that are the same must agree within this
CONTROL = 0.02

# bench: (title, devices, the one that is compared with, {device: limit})
SCENARIOS = {
    'mapped': {
        'mapped-0': ('Mapped, random reads of 4 KiB', LOOP, 1,
                     {4: 1.05, 5: 1.05}),
        'mapped-1': ('Mapped, random writes of 4 KiB', LOOP, 1,
                     {4: 1.05, 5: 1.05}),
    },
    'contended': {
        f'contended-{i}': (f'Two processors on one device, random {op}',
                           MAPPED, 1, {})
        for i, op in enumerate(('reads', 'writes'))
    },
    'counted': {
        **{f'count-{i}': (f'Instructions, mapped, random {op} of 4 KiB',
                          MAPPED, 1, {4: 1.05, 5: 1.05})
           for i, op in enumerate(('reads', 'writes'))},
        **{f'fio-{i}': (f'Instructions, fio, queue depth 1, random {op}',
                        MAPPED, 1, {4: 1 / 0.98, 5: 1 / 0.98})
           for i, op in enumerate(('reads', 'writes'))},
        **{f'slow-{i}': (f'A disk of 200 us, fio, queue depth 1, {op}',
                         SLOW, 0, {3: 1 / 0.98})
           for i, op in enumerate(('reads', 'writes'))},
    },
    'scrubbed': {
        **{f'{op}-iops': (f'Scrubs without end, a disk of 200 us, {op}s',
                          SCRUB, 0, {1: 1 / 0.98}) for op in OPS},
        **{f'{op}-p99': (f'The same, 99th percentile of latency, {op}s',
                         SCRUB, 0, {1: 1.05}) for op in OPS},
    },
    'seven': {
        'make': ('Seven volumes made, udev done', SEVEN, 0, {1: 1.25}),
        'remove': ('Seven volumes removed, udev done', SEVEN, 0, {1: 1.25}),
        'make-bare': ('Seven volumes made, udev not waited for', SEVEN, 2,
                      {1: 1 / 20}),
        'remove-bare': ('Seven volumes removed, udev not waited for', SEVEN,
                        2, {1: 1 / 20}),
    },
    'first': {
        'first': ('First writes, 64 KiB each, ascending', FIRST, 0,
                  {1: 0.5, 2: 0.5}),
        'sync1': ('4 KiB and a flush each, new volume', FIRST, 0,
                  {1: 1 / 1.5, 2: 1 / 1.5}),
        'again1': ('4 KiB and a flush each, on from there', FIRST, 0,
                   {1: 1 / 1.5, 2: 1 / 1.5}),
        'sync4': ('the same, four new volumes at once', FIRST, 0,
                  {1: 0.5, 2: 0.5}),
    },
}


def merged(name, times, nr):
    """Rounds of a bench; those of NAME-k began with group k."""
    rounds = list(times.get(name, []))
    for k in range(nr):
        for one in times.get(f'{name}-{k}', []):
            rounds.append({(g + k) % nr: ns for g, ns in one.items()})
    return rounds


def figures(scenario, times):
    """A figure for each device of each bench."""
    found = []
    for name, (title, devices, base, limits) in SCENARIOS[scenario].items():
        rounds = merged(name, times, len(devices))
        for i, device in enumerate(devices):
            ratios = [r[i] / r[base] for r in rounds]
            low, ratio, high = statistics.quantiles(ratios, n=4)
            limit = limits.get(i)
            found.append({
                'bench': name, 'title': title, 'device': device,
                'rounds': len(rounds), 'limit': limit, 'ratio': ratio,
                'ns': statistics.median(r[i] for r in rounds),
                'low': low, 'high': high,
                'ok': limit is None or ratio <= limit})
            if limits and 'control' in device:
                found[-1].update(limit=1 + CONTROL,
                                 ok=abs(ratio - 1) <= CONTROL)
    return found
