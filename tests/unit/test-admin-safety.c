// SPDX-License-Identifier: GPL-2.0-only
/* Each safety check on a machine made of files: it passes, and it refuses. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "fakehost.h"
#include "lib/engine/format.h"
#include "lib/safety.h"

static const struct kdpu_host *host;
static struct kdpu_device device;
static struct kdpu_subject subject;
static struct kdpu_finding *findings;

static int setup(void **state)
{
	(void)state;
	host = fake_host_new();
	findings = calloc(kdpu_safety_count(), sizeof(*findings));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kdpu_subject_free(&subject);
	kdpu_device_free(&device);
	free(findings);
	fake_host_free();
	return 0;
}

static enum kdpu_verdict examine_with(const char *path, bool force)
{
	struct kdpu_err err;

	kdpu_subject_free(&subject);
	kdpu_device_free(&device);
	assert_int_equal(kdpu_device_read(host, fake_path(path), &device,
					  &err), 0);
	kdpu_subject_init(&subject, host, &device);
	subject.force = force;
	kdpu_safety_run(&subject, findings);
	return kdpu_safety_verdict(findings, kdpu_safety_count());
}

static enum kdpu_verdict examine(void)
{
	return examine_with("/dev/sdb", false);
}

static const struct kdpu_finding *finding(const char *name)
{
	size_t i;

	for (i = 0; i < kdpu_safety_count(); i++)
		if (!strcmp(findings[i].name, name))
			return &findings[i];
	fail_msg("no check \"%s\"", name);
	return NULL;
}

/* This check, and no other one but "exclusive use", has this verdict. */
static void expect_verdict(const char *name, enum kdpu_verdict v,
			   const char *text)
{
	size_t i;

	if (finding(name)->verdict != v || !strstr(finding(name)->text, text))
		fail_msg("%s: %s: %s", name,
			 kdpu_verdict_name(finding(name)->verdict),
			 finding(name)->text);
	for (i = 0; i < kdpu_safety_count(); i++)
		if (strcmp(findings[i].name, name) &&
		    findings[i].verdict > KDPU_NOTE)
			fail_msg("also %s: %s", findings[i].name,
				 findings[i].text);
}

static void empty_disk_passes(void **state)
{
	(void)state;
	assert_int_equal(examine(), KDPU_PASS);
	assert_true(subject.disk.fd >= 0);
	assert_int_equal(device.bytes, FAKE_DISK_BYTES);
	assert_string_equal(device.name, "sdb");
}

static void mounted_is_refused(void **state)
{
	(void)state;
	fake_file("/proc/self/mountinfo",
		  "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "30 22 8:16 / /mnt rw - ext4 /dev/sdb rw\n");
	examine();
	expect_verdict("not mounted", KDPU_REFUSED, "/mnt");
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_REFUSED);
}

static void mounted_btrfs_is_refused_by_source(void **state)
{
	(void)state;
	fake_file("/proc/self/mountinfo",
		  "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "30 22 0:99 / /mnt rw - btrfs /dev/sdb rw\n");
	examine();
	expect_verdict("not mounted", KDPU_REFUSED, "/mnt");
}

static void mounted_partition_is_refused(void **state)
{
	(void)state;
	fake_block("sdb/sdb1", 8, 17, 1 << 20, 0);
	fake_file("/sys/devices/sdb/sdb1/partition", "1\n");
	fake_file("/proc/self/mountinfo",
		  "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "30 22 8:17 / /mnt rw - ext4 /dev/sdb1 rw\n");
	examine();
	expect_verdict("not mounted", KDPU_REFUSED, "sdb1");
}

static void other_namespace_is_seen(void **state)
{
	(void)state;
	fake_file("/proc/77/mountinfo",
		  "30 22 8:16 / /hidden rw - ext4 /dev/sdb rw\n");
	fake_link("mnt:[2]", "/proc/77/ns/mnt");
	mkdir(fake_path("/proc/77/fd"), 0755);
	examine();
	expect_verdict("not mounted", KDPU_REFUSED, "/hidden (in process 77)");
}

static void unreadable_mounts_refuse(void **state)
{
	(void)state;
	fake_remove("/proc/self/mountinfo");
	assert_int_equal(examine(), KDPU_REFUSED);
	assert_int_equal(finding("not mounted")->verdict, KDPU_REFUSED);
	assert_non_null(strstr(finding("not mounted")->text,
			       "cannot find out"));
	assert_int_equal(finding("not a system disk")->verdict, KDPU_REFUSED);
}

static void swap_is_refused(void **state)
{
	(void)state;
	fake_file("/proc/swaps",
		  "Filename\tType\tSize\tUsed\tPriority\n"
		  "/dev/sdb                               partition\t65532\t0\t-2\n");
	examine();
	expect_verdict("not swap", KDPU_REFUSED, "/dev/sdb");
}

static void unknown_swap_refuses(void **state)
{
	(void)state;
	fake_file("/proc/swaps",
		  "Filename\tType\tSize\tUsed\tPriority\n"
		  "/dev/gone                              partition\t65532\t0\t-2\n");
	examine();
	expect_verdict("not swap", KDPU_REFUSED, "cannot find out");
}

static void fstab_path_is_refused(void **state)
{
	(void)state;
	fake_link("../../sdb", "/dev/disk/by-id/wwn-1");
	fake_file("/etc/fstab", "/dev/sdb /data ext4 noauto 0 0\n");
	examine();
	expect_verdict("not in fstab", KDPU_REFUSED, "/data");
}

/* An ext4 file system as far as libblkid looks. */
static void make_ext4(void)
{
	unsigned char sb[1024] = { 0 };

	sb[0x00] = 0x10;	/* inodes */
	sb[0x04] = 0x40;	/* blocks */
	sb[0x38] = 0x53;	/* magic */
	sb[0x39] = 0xef;
	sb[0x4c] = 1;		/* revision */
	sb[0x5c] = 0x04;	/* has_journal */
	sb[0x60] = 0x40;	/* extents */
	memset(sb + 0x68, 0xab, 16);
	memcpy(sb + 0x78, "precious", 8);
	fake_poke(1024, sb, sizeof(sb));
}

static void fstab_tags_are_refused(void **state)
{
	static const char *const tags[] = {
		"UUID=abababab-abab-abab-abab-abababababab",
		"UUID=\"ABABABAB-abab-abab-abab-abababababab\"",
		"LABEL=precious",
	};
	size_t i;

	(void)state;
	make_ext4();
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		fake_file("/etc/fstab", "%s /data ext4 defaults 0 0\n",
			  tags[i]);
		examine_with("/dev/sdb", true);
		assert_int_equal(finding("not in fstab")->verdict,
				 KDPU_REFUSED);
		assert_non_null(strstr(finding("not in fstab")->text,
				       "/data"));
	}
	fake_file("/etc/fstab", "LABEL=other /data ext4 defaults 0 0\n");
	examine_with("/dev/sdb", true);
	assert_int_equal(finding("not in fstab")->verdict, KDPU_PASS);
}

static void unreadable_fstab_refuses(void **state)
{
	(void)state;
	fake_remove("/etc/fstab");
	assert_int_equal(examine(), KDPU_PASS);	/* a machine may have none */
	fake_link("fstab", "/etc/fstab");	/* a loop */
	examine();
	expect_verdict("not in fstab", KDPU_REFUSED, "cannot find out");
}

static void system_disk_is_refused(void **state)
{
	(void)state;
	/* the root file system is on dm-0, which is on sdb */
	fake_block("dm-0", 253, 0, 1 << 20, 0);
	fake_file("/sys/devices/dm-0/dm/name", "vg-root\n");
	fake_link("../../dm-0", "/sys/devices/sdb/holders/dm-0");
	fake_link("../../sdb", "/sys/devices/dm-0/slaves/sdb");
	fake_file("/proc/self/mountinfo",
		  "22 1 253:0 / / rw - ext4 /dev/mapper/vg-root rw\n");
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_REFUSED);
	assert_int_equal(finding("not a system disk")->verdict, KDPU_REFUSED);
	assert_non_null(strstr(finding("not a system disk")->text, "/ of"));
	assert_int_equal(finding("not mounted")->verdict, KDPU_REFUSED);
	assert_non_null(strstr(finding("no holders")->text, "vg-root"));
}

static void unknown_root_refuses(void **state)
{
	(void)state;
	fake_file("/proc/self/mountinfo",
		  "22 1 0:30 / / rw - btrfs /dev/root rw\n");
	examine();
	expect_verdict("not a system disk", KDPU_REFUSED, "cannot find out");
	/* memory is no disk */
	fake_file("/proc/self/mountinfo",
		  "22 1 0:2 / / rw - rootfs rootfs rw\n");
	assert_int_equal(examine(), KDPU_PASS);
}

static void partition_beside_root_is_noted(void **state)
{
	(void)state;
	fake_block("sdb/sdb1", 8, 17, 1 << 20, 1);
	fake_file("/sys/devices/sdb/sdb1/partition", "1\n");
	fake_block("sdb/sdb2", 8, 18, 1 << 20, 0);
	fake_file("/sys/devices/sdb/sdb2/partition", "2\n");
	fake_file("/proc/self/mountinfo",
		  "22 1 8:18 / / rw - ext4 /dev/sdb2 rw\n");
	assert_int_equal(examine_with("/dev/sdb1", false), KDPU_NOTE);
	assert_non_null(strstr(finding("not a system disk")->text, "sdb"));
	assert_int_equal(examine(), KDPU_REFUSED);
}

static void holders_are_refused(void **state)
{
	(void)state;
	fake_block("md127", 9, 127, 1 << 20, 0);
	fake_link("../../md127", "/sys/devices/sdb/holders/md127");
	examine();
	expect_verdict("no holders", KDPU_REFUSED, "md127");
}

static void broken_sysfs_is_an_error(void **state)
{
	struct kdpu_device d;
	struct kdpu_err err;

	(void)state;
	fake_link("../../nowhere", "/sys/devices/sdb/holders/md127");
	assert_int_not_equal(kdpu_device_read(host, fake_path("/dev/sdb"), &d,
					      &err), 0);
	fake_remove("/sys/devices/sdb/holders/md127");
	fake_remove("/sys/devices/sdb/ro");
	assert_int_not_equal(kdpu_device_read(host, fake_path("/dev/sdb"), &d,
					      &err), 0);
}

static void read_only_and_removable(void **state)
{
	(void)state;
	fake_file("/sys/devices/sdb/removable", "1\n");
	assert_int_equal(examine(), KDPU_NOTE);
	assert_non_null(strstr(finding("writable")->text, "REMOVABLE"));
	fake_file("/sys/devices/sdb/ro", "1\n");
	examine();
	expect_verdict("writable", KDPU_REFUSED, "read-only");
}

static void open_handle_is_refused(void **state)
{
	(void)state;
	fake_file("/proc/77/comm", "qemu-system-x86\n");
	fake_file("/proc/77/mountinfo", "%s", "");
	fake_link("mnt:[1]", "/proc/77/ns/mnt");
	fake_link("/dev/sdb", "/proc/77/fd/3");
	examine();
	expect_verdict("no open handles", KDPU_REFUSED,
		       "process 77 (qemu-system-x86) has /dev/sdb open");
}

static void loop_device_is_refused(void **state)
{
	(void)state;
	fake_file("/sys/block/loop3/loop/backing_file", "/dev/sdb\n");
	examine();
	expect_verdict("no loop device", KDPU_REFUSED, "/dev/loop3");
}

static void signatures_need_force(void **state)
{
	(void)state;
	make_ext4();
	assert_int_equal(examine(), KDPU_NEEDS_FORCE);
	expect_verdict("signatures", KDPU_NEEDS_FORCE,
		       "ext4 file system \"precious\"");
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_FORCED);
}

static void partition_table_needs_force(void **state)
{
	unsigned char mbr[512] = { 0 };

	(void)state;
	mbr[446 + 4] = 0x83;
	mbr[446 + 8 + 1] = 8;		/* starts at sector 2048 */
	mbr[446 + 12 + 1] = 8;		/* as many sectors */
	mbr[510] = 0x55;
	mbr[511] = 0xaa;
	fake_poke(0, mbr, sizeof(mbr));
	examine();
	expect_verdict("signatures", KDPU_NEEDS_FORCE, "dos partition table");
}

static void luks_is_refused_with_force(void **state)
{
	static const unsigned char luks[] = { 'L', 'U', 'K', 'S', 0xba, 0xbe, 0, 1 };

	(void)state;
	fake_poke(0, luks, sizeof(luks));
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_REFUSED);
	expect_verdict("not encrypted", KDPU_REFUSED, "crypto_LUKS");
}

static void raid_member_is_refused_with_force(void **state)
{
	unsigned char sb[1024] = { 0xfc, 0x4e, 0x2b, 0xa9, 1 };

	(void)state;
	sb[144] = 8;		/* its own offset: sector 8 */
	fake_poke(4096, sb, sizeof(sb));
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_REFUSED);
	assert_int_equal(finding("not RAID")->verdict, KDPU_REFUSED);
	assert_non_null(strstr(finding("not RAID")->text,
			       "linux_raid_member"));
}

static uint32_t lvm_crc(const unsigned char *p, size_t size)
{
	uint32_t crc = 0xf597a6cf;
	int i;

	for (; size--; p++) {
		crc ^= *p;
		for (i = 0; i < 8; i++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	return crc;
}

static void lvm_is_refused_with_force(void **state)
{
	unsigned char label[512] = "LABELONE";
	uint32_t crc;

	(void)state;
	label[8] = 1;			/* own sector */
	label[20] = 32;			/* header follows */
	memcpy(label + 24, "LVM2 001", 8);
	memset(label + 32, 'A', 32);	/* UUID */
	crc = lvm_crc(label + 20, sizeof(label) - 20);
	memcpy(label + 16, &crc, 4);
	fake_poke(512, label, sizeof(label));
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_REFUSED);
	expect_verdict("not LVM", KDPU_REFUSED, "LVM2_member");
}

static void a_pool_needs_force(void **state)
{
	struct kdpu_volspecs none = { };
	struct kdpu_format f = { .name = "precious", .serial = "",
				 .volumes = &none };
	unsigned char junk[4096] = { 1 };
	struct kdpu_err err;
	uint64_t r;

	(void)state;
	assert_int_equal(examine(), KDPU_PASS);
	assert_int_equal(kdpu_disk_make_writable(&subject.disk, device.path,
						 &err), 0);
	assert_int_equal(kdpu_format(&subject.disk, &f, &err), 0);
	assert_int_equal(examine(), KDPU_NEEDS_FORCE);
	expect_verdict("no pool", KDPU_NEEDS_FORCE, "\"precious\"");
	assert_int_equal(examine_with("/dev/sdb", true), KDPU_FORCED);
	assert_true(subject.pool_found);
	/* all superblocks overwritten by accident: somebody may want it */
	for (r = 0; r < 4; r++) {
		fake_poke(r ? r << 24 : 4096, junk, sizeof(junk));
		fake_poke((r ? r << 24 : 4096) + 4096, junk, sizeof(junk));
	}
	fake_poke(FAKE_DISK_BYTES - (1 << 20) - 8192, junk, sizeof(junk));
	fake_poke(FAKE_DISK_BYTES - (1 << 20) - 4096, junk, sizeof(junk));
	assert_int_equal(examine(), KDPU_NEEDS_FORCE);
	expect_verdict("no pool", KDPU_NEEDS_FORCE, "all damaged");
}

static void regular_file_needs_image(void **state)
{
	(void)state;
	fake_file("/tmp/disk.img", "%s", "");
	assert_int_equal(truncate(fake_path("/tmp/disk.img"),
				  FAKE_DISK_BYTES), 0);
	assert_int_equal(examine_with("/tmp/disk.img", true), KDPU_REFUSED);
	expect_verdict("block device", KDPU_REFUSED, "regular file");
	subject.image = true;
	kdpu_disk_close(&subject.disk);
	kdpu_safety_run(&subject, findings);
	assert_int_equal(kdpu_safety_verdict(findings, kdpu_safety_count()),
			 KDPU_PASS);
	examine();
	subject.image = true;
	kdpu_disk_close(&subject.disk);
	kdpu_safety_run(&subject, findings);
	expect_verdict("block device", KDPU_REFUSED, "--image");
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(empty_disk_passes),
		T(mounted_is_refused),
		T(mounted_btrfs_is_refused_by_source),
		T(mounted_partition_is_refused),
		T(other_namespace_is_seen),
		T(unreadable_mounts_refuse),
		T(swap_is_refused),
		T(unknown_swap_refuses),
		T(fstab_path_is_refused),
		T(fstab_tags_are_refused),
		T(unreadable_fstab_refuses),
		T(system_disk_is_refused),
		T(unknown_root_refuses),
		T(partition_beside_root_is_noted),
		T(holders_are_refused),
		T(broken_sysfs_is_an_error),
		T(read_only_and_removable),
		T(open_handle_is_refused),
		T(loop_device_is_refused),
		T(signatures_need_force),
		T(partition_table_needs_force),
		T(luks_is_refused_with_force),
		T(raid_member_is_refused_with_force),
		T(lvm_is_refused_with_force),
		T(a_pool_needs_force),
		T(regular_file_needs_image),
	};

	return cmocka_run_group_tests_name("admin-safety", tests, NULL, NULL);
}
