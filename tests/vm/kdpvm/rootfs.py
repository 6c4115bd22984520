# SPDX-License-Identifier: GPL-2.0-only
"""The Debian of the systemd tier: an ext4 image, made once.

It holds packages only.  Kernel modules, our programs, rules and units come
with each run's initramfs, so a change of ours never makes the image again.
"""

import os
import shutil

from . import apt
from .bootstrap import bootstrap
from .cache import entry, hash_of, logged, recipe, remove_tree
from .paths import GUEST
from .stock import own_release

SUITE = 'bookworm'
SIZE = '2G'
PACKAGES = [
    'systemd', 'systemd-sysv', 'udev', 'dbus', 'kmod', 'procps', 'util-linux',
    'fdisk', 'gdisk', 'jq', 'acl', 'attr', 'bc', 'fio', 'dmsetup', 'lvm2',
    'dmeventd', 'thin-provisioning-tools', 'mdadm', 'cryptsetup-bin',
    'e2fsprogs', 'xfsprogs',
    'btrfs-progs', 'python3-minimal', 'strace', 'libblkid1', 'libmount1',
    'libsmartcols1', 'libjson-c5', 'libeconf0', 'libuuid1', 'libudev1',
    'libdevmapper1.02.1', 'busybox-static']
# What a test machine does not need and a slow one waits for.
MASKED = [
    'apt-daily.timer', 'apt-daily-upgrade.timer', 'dpkg-db-backup.timer',
    'e2scrub_all.timer', 'e2scrub_reap.service', 'fstrim.timer',
    'getty@tty1.service', 'serial-getty@ttyS0.service',
    'systemd-random-seed.service', 'systemd-update-utmp.service',
    'systemd-update-utmp-runlevel.service', 'systemd-pstore.service',
    'systemd-hwdb-update.service', 'systemd-journal-catalog-update.service',
    'systemd-firstboot.service', 'systemd-sysusers.service',
    'systemd-machine-id-commit.service', 'systemd-journal-flush.service',
    'sys-kernel-tracing.mount', 'dev-hugepages.mount', 'dev-mqueue.mount',
    'kmod-static-nodes.service', 'modprobe@configfs.service',
    'modprobe@drm.service', 'modprobe@efi_pstore.service',
    'modprobe@fuse.service', 'xfs_scrub_all.timer', 'mdmonitor-oneshot.timer',
    'mdcheck_start.timer', 'mdcheck_continue.timer',
    'mdmonitor.service', 'systemd-binfmt.service',
    'proc-sys-fs-binfmt_misc.automount', 'modprobe@loop.service',
    'modprobe@dm_mod.service', 'systemd-logind.service', 'networking.service']
DROPPED = ['usr/share/man', 'usr/share/doc', 'usr/share/locale',
           'usr/share/info', 'var/cache/apt', 'var/lib/apt/lists', 'boot']
APPEND = ('systemd.show_status=0 systemd.log_level=warning audit=0 '
          'selinux=0 apparmor=0 systemd.default_timeout_start_sec=60')
UNITS = ['kdp-agent.service', 'kdp-kmsg.service']
# What DKMS builds with, for the machine that has it; the headers come with it.
BUILDERS = ['dkms', 'gcc', 'make', 'libc6-dev']


def _customise(root):
    """Turn the fresh Debian into a guest that boots fast."""
    for name in DROPPED:
        remove_tree(root / name)
        (root / name).mkdir()
    (root / 'etc/hostname').write_text('kdpvm\n', encoding='ascii')
    (root / 'etc/machine-id').write_text(hash_of('kdpvm') * 2 + '\n',
                                         encoding='ascii')
    (root / 'etc/fstab').write_text('', encoding='ascii')
    system = root / 'etc/systemd/system'
    for name in MASKED:
        (system / name).unlink(missing_ok=True)
        os.symlink('/dev/null', system / name)
    wants = system / 'sysinit.target.wants'
    wants.mkdir(exist_ok=True)
    for name in UNITS:
        shutil.copy(GUEST / name, system / name)
        os.symlink(f'/etc/systemd/system/{name}', wants / name)
    journal = root / 'etc/systemd/journald.conf.d'
    journal.mkdir(parents=True)
    (journal / 'kdp.conf').write_text(
        '[Journal]\nStorage=volatile\nForwardToConsole=no\n', encoding='ascii')


def _build(folder, packages):
    root = folder / 'root'
    bootstrap(root, SUITE, apt.sources(SUITE), 'minbase', packages,
              folder / 'log')
    _customise(root)
    image = folder / 'root.ext4'
    with open(image, 'wb'):
        os.truncate(image, int(SIZE[:-1]) << 30)
    logged(['mke2fs', '-q', '-t', 'ext4', '-F', '-L', 'kdpvm-root', '-E',
            'lazy_itable_init=1,nodiscard', '-O', '^has_journal', '-d', root,
            image], folder / 'log')
    remove_tree(root)


def get(dkms=False):
    """The image's path, built when it is not there.

    dkms: of the image that also has DKMS, a compiler, and the headers of
    Debian's own kernel.
    """
    packages = PACKAGES + (BUILDERS + [f'linux-headers-{own_release()[0]}']
                           if dkms else [])
    key = [SUITE, SIZE, packages, MASKED, DROPPED,
           apt.candidates(['systemd', 'udev', 'lvm2', 'fio',
                           'libdevmapper1.02.1', 'libc6']),
           [hash_of((GUEST / unit).read_bytes()) for unit in UNITS],
           recipe(bootstrap, _customise, _build)]
    return entry('rootfs', key,
                 lambda folder: _build(folder, packages)) / 'root.ext4'
