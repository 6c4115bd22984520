# SPDX-License-Identifier: GPL-2.0-only
# timeout: 600
# soak: 0 3600
"""`create` stopped at system calls that write, on a disk, with activation.

Like way-back.py, in a machine: the calls of device-mapper are among those at
which something happens.  A pool that is there afterwards must come up and go
down.  `make soak` takes every call, `make check` some.
"""

import sys

from _programs import made, soak_seconds
from kdpvm import Disk, Machine

PREPARE = r'''
head -c 67108864 /dev/urandom > /dev/vda
echo 'label: gpt
start=2048, size=65536, name=precious' | sfdisk -q /dev/vda
cat > /tmp/after <<'END'
if kdevpool-admin probe /dev/vda; then
	kdevpool-admin activate /dev/vda || exit 1
	ls /dev/kdevpool/new/b || exit 1
	kdevpool-admin deactivate new || exit 1
fi
dmsetup ls | grep kdp && exit 1
exit 0
END
'''
STOPS = ('stops DISK=/dev/vda "AFTER=sh /tmp/after >/tmp/log 2>&1 || '
         '{ cat /tmp/log; false; }" %s -- kdevpool-admin create --device '
         '/dev/vda --pool new --volume a:1M --volume b:4M --yes --force')


def main():
    """Run it; returns the exit status."""
    seconds = soak_seconds()
    words = 'EVERY=1' if seconds else 'EVERY=24 FIRST=17'
    with Machine(disks=[Disk(size=64 << 20)], what='way-back-disk',
                 files=[(made('stops-build', 'stops/stops'),
                         '/usr/sbin/stops')]) as machine:
        machine.start()
        machine.sh(PREPARE, check=True)
        done = machine.sh(STOPS % words, timeout=seconds + 580)
    print(done.out + done.err)
    name = 'create on a disk, stopped'
    print(f'not ok {name}: exit status {done.rc}' if done.rc
          else f'ok {name}')
    return done.rc


if __name__ == '__main__':
    sys.exit(main())
