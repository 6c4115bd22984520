# SPDX-License-Identifier: GPL-2.0-only
# kernel: 6.1
# timeout: 1500
# soak: 0 1200
"""Every named corruption of one to five copies while the pool is at work.

First without load, so that what is mended can be compared byte for byte with
what it was; then under fio with verification, whose commits and checkpoints go
on meanwhile.  What no copy has any more is written anew from memory, and the
kernel says so.  `make check` takes a part of the numbers of copies, `make soak`
all of them.  corruptions.py does it to a pool that is not active.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from _programs import made, soak_seconds
from kdpvm import Disk, Machine

# A line for each: name, number of copies, first of them.
GUEST = r'''
set -u
kdevpool-admin create --device /dev/vda --pool ci --volume a:24M \
	--volume b:4M:thin --yes >/dev/null || exit 1
dm=dm-$(dmsetup info -c --noheadings -o minor kdp-ci)
sys=/sys/block/$dm/kdevpool
# attempts are counted as after an hour
echo 1 >$sys/repair_period_seconds

say() {
	dmsetup message kdp-ci 0 "$1" >/dev/null
}
whole() {
	grep -q '^5/5' $sys/metadata_health
}
# something in the journal, and in the checkpoint
fill() {
	say "create x 64K, create y 64K thin" && say checkpoint &&
		say "remove x" && say "remove y"
}
# found, mended, and five valid copies
heal() {
	kdevpool-admin scrub --wait --json ci >/tmp/scrub 2>/tmp/err || return 1
	found=$(sed -n 's/.*"bad": \([0-9]*\).*/\1/p' /tmp/scrub |
		grep -vc '^0$')
	rewritten=$(sed -n 's/.*rewritten": \([0-9]*\).*/\1/p' /tmp/scrub)
	kdevpool-admin repair --wait ci >/tmp/repair 2>&1 && whole
}
harm() {
	kdp-corrupt "$1" --replicas "$2" --first "$3" --old /tmp/old /dev/vda
}
# idle NAME NUMBER FIRST
idle() {
	fill && kdp-corrupt --used /dev/vda >/tmp/before || return 1
	dmesg -c >/dev/null
	harm "$@" && heal || return 1
	kdp-corrupt --used /dev/vda >/tmp/after || return 1
	[ "$found" -ge "$2" ] || { echo "only $found found"; return 1; }
	dmesg | grep -q 'kdevpool ci: metadata copy R' ||
		{ echo "nothing is said"; return 1; }
	if cmp -s /tmp/before /tmp/after; then
		echo exact
	elif [ "$2" -lt 5 ]; then
		echo "not byte for byte"
		return 1
	else
		echo memory
	fi
}
# load NAME NUMBER FIRST
load() {
	harm "$@" && heal || return 1
	# a checkpoint that came between needs no mending
	[ "$found" -gt 0 ] && echo mended || echo overtaken
}
rows() {
	while read -r name number first; do
		if what=$("$1" "$name" "$number" "$first" 2>&1); then
			echo "$1 $name $number $what"
		else
			echo "$1 $name $number WRONG $what"
			cat /tmp/scrub /tmp/err /tmp/repair
		fi
	done
}

say checkpoint
kdp-corrupt --save /tmp/old /dev/vda || exit 1
fill || exit 1
dd if=/dev/urandom of=/dev/kdevpool/ci/b bs=64k count=32 oflag=direct \
	2>/dev/null
sum=$(sha256sum </dev/kdevpool/ci/b)
rows idle </root/idle
# until it is told to end, verified after each round
(
	until [ -e /tmp/enough ]; do
		fio --name=load --filename=/dev/kdevpool/ci/a --rw=randwrite \
			--bs=4k-32k --iodepth=4 --ioengine=libaio --direct=1 \
			--size=8M --fsync=16 --verify=crc32c \
			--verify_fatal=1 --output=/tmp/fio.out || exit 1
		echo round
	done
) >/tmp/rounds &
fio=$!
# checkpoints as well
(
	until [ -e /tmp/enough ]; do
		say "create z 64K, remove a2" 2>/dev/null
		say checkpoint
		sleep 0.7
	done
) >/dev/null 2>&1 &
rows load </root/load
touch /tmp/enough
if wait $fio; then
	echo "data verified $(wc -l </tmp/rounds)"
else
	echo "data WRONG"
	cat /tmp/fio.out
fi
wait
[ "$(sha256sum </dev/kdevpool/ci/b)" = "$sum" ] && echo "other same 1"
kdevpool-admin deactivate ci >/dev/null || exit 1
kdevpool-admin check /dev/vda >/tmp/check 2>&1 || cat /tmp/check
kdevpool-admin check --json /dev/vda >/dev/null && echo "check clean 1"
'''


# What may become of one to four; of five, "memory" as well.
ENDS = {'idle': ['exact'], 'load': ['mended', 'overtaken']}


def plan(names, numbers):
    """Lines for the guest; the first copy is another one each time."""
    lines = [(name, number) for name in names for number in numbers(name)]
    return ''.join(f'{name} {number} {i % 5}\n'
                   for i, (name, number) in enumerate(lines))


def table(title, kind, names, lines):
    """Print it; how many rows are wrong."""
    ends = {(w[1], int(w[2])): ' '.join(w[3:]) for w in lines if w[0] == kind}
    wrong = 0
    print(f'{title:18} ' + ''.join(f'{n} of 5    ' for n in range(1, 6)))
    for name in names:
        row = [ends.get((name, n), '-') for n in range(1, 6)]
        print(f'{name:18} ' + ''.join(f'{end[:9]:10}' for end in row))
        bad = [end for end in row[:4] if end not in (*ENDS[kind], '-')]
        bad += [end for end in row[4:]
                if end not in (*ENDS[kind], 'memory', '-')]
        if all(end == '-' for end in row):
            bad = ['was not done']
        wrong += bool(bad)
        print(f'not ok {kind}: {name}: {bad}' if bad else
              f'ok {kind}: {name}', flush=True)
    return wrong


def main():
    """Run it; returns the exit status."""
    tool = made('corrupt', 'corrupt')
    names = tool_names(tool)
    soak = soak_seconds()
    with tempfile.TemporaryDirectory() as folder:
        idle, load, script = (Path(folder) / n for n in
                              ('idle', 'load', 'guest.sh'))
        every = range(1, 6)
        idle.write_text(plan(names, lambda _: every if soak else (4, 5)),
                        encoding='utf-8')
        load.write_text(plan(names, lambda name: every if soak else
                             (names.index(name) % 5 + 1,)), encoding='utf-8')
        script.write_text(GUEST, encoding='utf-8')
        with Machine(disks=[Disk(size=96 << 20)], tools=['fio'],
                     files=[(tool, '/usr/sbin/kdp-corrupt'),
                            (idle, '/root/idle'), (load, '/root/load'),
                            (script, '/root/guest.sh')],
                     what='corruptions') as machine:
            machine.start()
            out = machine.sh('sh /root/guest.sh', timeout=1400).out
    lines = [words for words in (line.split() for line in out.splitlines())
             if len(words) >= 3]
    wrong = table('active, idle', 'idle', names, lines)
    wrong += table('active, under fio', 'load', names, lines)
    for end in (['data', 'verified'], ['other', 'same'], ['check', 'clean']):
        good = any(words[:2] == end and int(words[2]) > 0 for words in lines)
        wrong += not good
        print(f'{"ok" if good else "not ok"} {" ".join(end)}'
              f'{"" if good else ": is not so"}')
    if wrong:
        print(out)
    return 1 if wrong else 0


def tool_names(tool):
    """All corruptions."""
    return subprocess.run([tool, '--list'], check=True, text=True,
                          stdout=subprocess.PIPE).stdout.split()


if __name__ == '__main__':
    sys.exit(main())
