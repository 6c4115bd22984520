# SPDX-License-Identifier: GPL-2.0-only
# vm: --disk 96M --disk 96M --disk 192M
# kernel: 6.1
# soak-kernel: 6.12 7
#
# What is not a pool, not a whole pool, or not a proper table is refused with
# an error that names the cause, and nothing is written.

. ./lib.sh

sectors=$(blockdev --getsz /dev/vda)
blank=$(digest /dev/vda)

expect_fail "activate: blank disk" 'blank|no pool|no valid superblock' \
	kdevpool-admin activate /dev/vda
expect_fail "check: blank disk" 'blank|no pool|no valid superblock' \
	kdevpool-admin check /dev/vda
expect_fail "kernel: blank disk" 'failed' \
	dmsetup create x --table "0 $sectors kdevpool-pool /dev/vda"
dmsetup remove x >/dev/null 2>&1
expect "blank disk unchanged" "$blank" digest /dev/vda

must mkfs.ext4 -q /dev/vdb
foreign=$(digest /dev/vdb)
expect_fail "activate: foreign file system is named" 'ext4' \
	kdevpool-admin activate /dev/vdb
expect_fail "create: foreign file system needs --force" 'ext4' \
	kdevpool-admin create --device /dev/vdb --pool p --volume a:1M --yes
expect "foreign file system unchanged" "$foreign" digest /dev/vdb

must mkdir /mnt/x
must mount /dev/vdb /mnt/x
expect_fail "create: mounted disk, even with --force" 'mount' \
	kdevpool-admin create --device /dev/vdb --pool p --volume a:1M --yes --force
must umount /mnt/x

must dmsetup create big --table "0 $((2 * sectors)) linear /dev/vdc 0"
must make_pool /dev/mapper/big trunc a:1M
must kdevpool-admin deactivate trunc
must dmsetup remove big
must dmsetup create small --table "0 $sectors linear /dev/vdc 0"
whole=$(digest /dev/vdc)
expect_fail "activate: truncated pool" 'truncated' \
	kdevpool-admin activate /dev/mapper/small
expect_fail "check: truncated pool" 'truncated' \
	kdevpool-admin check /dev/mapper/small
expect "truncated pool unchanged" "$whole" digest /dev/vdc
must dmsetup remove small

must make_pool /dev/vda real a:4M
expect_fail "a second pool on the disk" 'busy|belongs to another pool|failed' \
	dmsetup create twice --table "0 $sectors kdevpool-pool /dev/vda"
expect_fail "create: disk of an active pool" 'in use|holder|busy' \
	kdevpool-admin create --device /dev/vda --pool q --volume a:1M --yes --force

# wrong tables: text after "kdevpool-pool" or "kdevpool"
wrong_table() {
	dmsetup create wrong --table "$1" && dmsetup remove wrong
}
expect_fail "pool table without a device" 'failed' \
	wrong_table "0 $sectors kdevpool-pool"
expect_fail "pool table with an unknown argument" 'failed' \
	wrong_table "0 $sectors kdevpool-pool /dev/vdb 1 nonsense"
expect_fail "pool table with a wrong count" 'failed' \
	wrong_table "0 $sectors kdevpool-pool /dev/vdb 7 read_only"
expect_fail "pool table: machine id that is none" 'failed' \
	wrong_table "0 $sectors kdevpool-pool /dev/vdb 2 machine_id 12"
expect_fail "pool table: machine id of other characters" 'failed' \
	wrong_table "0 $sectors kdevpool-pool /dev/vdb 2 machine_id x123456789abcdef0123456789abcdef"
expect_fail "pool table: machine id without a value" 'failed' \
	wrong_table "0 $sectors kdevpool-pool /dev/vdb 1 machine_id"
expect_fail "pool table: serial number of 64 characters" 'failed' \
	wrong_table "0 $sectors kdevpool-pool /dev/vdb 2 serial $(printf %064d 0)"
expect_fail "pool table longer than the disk" 'failed' \
	wrong_table "0 $((sectors * 4)) kdevpool-pool /dev/vdb"
expect_fail "volume table: unknown volume" 'failed' \
	wrong_table "0 8192 kdevpool /dev/mapper/kdp-real nobody"
expect_fail "volume table: wrong length" 'failed' \
	wrong_table "0 8184 kdevpool /dev/mapper/kdp-real a"
expect_fail "volume table: no pool there" 'failed' \
	wrong_table "0 8192 kdevpool /dev/vdb a"
check "the log names the wrong machine ids" \
	sh -c 'dmesg | grep -q "machine_id: expected 32"'
check "the log names the wrong serial number" \
	sh -c 'dmesg | grep -q "serial: expected 1 to 63"'
check "the log names the wrong length" \
	sh -c 'dmesg | grep -q "has 8192 sectors"'

message() {
	dmsetup message kdp-real 0 "$@" && return 0
	dmsetup message kdp-real 0 info last_error
	return 1
}
expect_fail "message: unknown" 'create' message dance
expect_fail "message: bad size" '4 KiB' message create x 17
expect_fail "message: size overflow" 'bad size' message create x 99999999999G
expect_fail "message: name with a slash" 'invalid name' message create a/b 1M
expect_fail "message: long name" 'invalid name' \
	message create "$(printf 'x%.0s' $(seq 500))" 1M
expect_fail "message: no space" 'no space' message create x 1G
expect_fail "message: name taken" 'exists' message create a 1M
expect_fail "message: remove a volume in use" 'in use' message remove a
expect_fail "message: all or nothing" 'no space' \
	message "create x 1M, create y 1M, create z 1G"
expect "nothing of it is there" "a" \
	sh -c "dmsetup message kdp-real 0 list | cut -d' ' -f2"
check "unchanged pool is fine" kdevpool-admin deactivate real
check "check is clean" kdevpool-admin check /dev/vda
