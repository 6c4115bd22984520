# SPDX-License-Identifier: GPL-2.0-only
"""The guest's kernel log: readable text, and what in it is a fault."""

import re

FAULTS = re.compile('|'.join((
    r'\bBUG\b', r'\bWARNING: ', r'\bKASAN: ', r'\bUBSAN: ', r'\bODEBUG: ',
    r'\bOops\b', r'general protection fault', r'Kernel panic',
    r'possible (circular|recursive|irq lock|deadlock)', r'\bDEADLOCK\b',
    r'suspicious RCU usage', r'INFO: lockdep', r'DEBUG_LOCKS_WARN_ON',
    r'INFO: task .* blocked for more than', r'rcu.*detected stalls',
    r'rcu.*self-detected stall', r'(soft|hard) (lockup|LOCKUP)',
    r'workqueue lockup', r'sleeping function called',
    r'scheduling while atomic', r'list_(add|del) corruption',
    r'refcount_t: ', r'Objects remaining in', r'bad page state',
    r'unable to handle', r'cannot create duplicate filename',
    r'kobject_add_internal failed', r'KTAP.*not ok', r'\bkmemleak: \d+ new',
    r'corrupted (page|stack)', r'stack-protector', r'irq \d+: nobody cared',
    r'held lock freed', r'lock held when returning',
    r'Initramfs unpacking failed', r'bad unlock balance', r'invalid wait context', r'inconsistent lock state',
    r'percpu ref.*(<= 0|underflow)', r'bio too big', r'double free')))
# Lines that look like faults and are none.
# A data race of others with themselves: the kernel looks for ours.
HARMLESS = re.compile('|'.join((
    r'BUG: KCSAN: data-race in (?!.*kdp_)', r'BUG: .*mitigat', r'Kernel command line', r'Command line:',
    r'kmemleak: Kernel memory leak detector', r'KASAN: (hw|KernelAddress)',
    r'workqueue: .*hogged CPU')))


def readable(raw):
    """The text of a stream read from /dev/kmsg, one '[time] line' each."""
    lines = []
    for line in raw.split('\n'):
        head, found, text = line.partition(';')
        part = head.split(',')
        if found and len(part) >= 3 and part[2].isdigit():
            lines.append(f'[{int(part[2]) / 1e6:12.6f}] {text}')
    return lines


def faults(lines):
    """The lines that tell of a fault of the kernel."""
    return [line for line in lines
            if FAULTS.search(line) and not HARMLESS.search(line)]
