// SPDX-License-Identifier: GPL-2.0-only
/* What is found out about a disk and its copies before it is decided. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include <cmocka.h>

#include "fakehost.h"
#include "image.h"
#include "lib/engine/log.h"
#include "lib/facts.h"

#define SDB	makedev(8, 16)
#define ID	"0123456789abcdef0123456789abcdef"

static const struct kdpu_host *h;
static struct kdpu_super s;
static struct kdpu_facts f;

static void read_super(const char *path)
{
	struct kdpu_err err;
	struct kdpu_disk d;

	assert_int_equal(kdpu_disk_open(&d, fake_path(path), &err), 0);
	assert_int_equal(kdpu_super_read(&d, &s, &err), 0);
	kdpu_disk_close(&d);
}

static int setup(void **state)
{
	(void)state;
	kdpu_engine_quiet();
	h = fake_host_new();
	fake_file("/etc/machine-id", ID "\n");
	image_make(fake_path("/dev/sdb"));
	read_super("/dev/sdb");
	memset(&f, 0, sizeof(f));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fake_host_free();
	return 0;
}

static void look(void)
{
	kdpu_facts_disk(h, "/dev/sdb", SDB, FAKE_DISK_BYTES, &s, &f);
}

static void the_disk_itself(void **state)
{
	(void)state;
	look();
	assert_true(f.found && !f.mixed && !f.clean);
	assert_int_equal(f.copies, 5);
	assert_string_equal(f.pool, "unit");
	assert_int_equal(f.owner, KDPU_OWNER_UNKNOWN);
	assert_int_equal(f.serial, KDPU_SERIAL_NONE);
	assert_int_equal(f.size, KDPU_SIZE_SAME);
	assert_true(kdpu_uuid_parse(ID, s.machine_id, NULL));
	look();
	assert_int_equal(f.owner, KDPU_OWNER_THIS);
	s.machine_id[3] ^= 1;
	look();
	assert_int_equal(f.owner, KDPU_OWNER_OTHER);
	fake_remove("/etc/machine-id");
	look();
	assert_int_equal(f.owner, KDPU_OWNER_NO_ID);
	s.bytes -= 4096;
	look();
	assert_int_equal(f.size, KDPU_SIZE_GROWN);
	s.bytes += 8192;
	look();
	assert_int_equal(f.size, KDPU_SIZE_SHRUNK);
}

static void copies_with_a_superblock_are_counted(void **state)
{
	static const char zeros[4096];
	unsigned int r;

	(void)state;
	for (r = 0; r < 4; r++) {
		/* one slot of two is enough */
		fake_poke(s.block[r][0] * 4096, zeros, sizeof(zeros));
		read_super("/dev/sdb");
		assert_int_equal(s.copies, 5 - r);
		fake_poke(s.block[r][1] * 4096, zeros, sizeof(zeros));
		read_super("/dev/sdb");
		assert_int_equal(s.copies, 4 - r);
	}
}

/* A disk sdc, 8:32, with the same pool. */
static void copy_to_sdc(const char *dir, unsigned int maj, unsigned int min)
{
	const char *name = strrchr(dir, '/') ? strrchr(dir, '/') + 1 : dir;
	char command[300];

	fake_block(dir, maj, min, FAKE_DISK_BYTES, 1);
	snprintf(command, sizeof(command), "cp %s %s/%s",
		 fake_path("/dev/sdb"), fake_path("/dev"), name);
	assert_int_equal(system(command), 0);
}

static void clones(void)
{
	look();
	kdpu_facts_clones(h, SDB, &s, &f);
	assert_string_equal(f.unknown, "");
}

static void a_copy_is_found(void **state)
{
	(void)state;
	clones();
	assert_false(f.clone);
	copy_to_sdc("sdc", 8, 32);
	clones();
	assert_true(f.clone);
	assert_string_equal(f.other, "/dev/sdc");
}

static void a_damaged_copy_is_found(void **state)
{
	FILE *disk;

	(void)state;
	copy_to_sdc("sdc", 8, 32);
	disk = fopen(fake_path("/dev/sdc"), "r+");
	assert_non_null(disk);
	fseek(disk, 4096, SEEK_SET);
	fprintf(disk, "%8192s", "");
	fclose(disk);
	clones();
	assert_true(f.clone);
}

static void other_pools_and_disks_are_none(void **state)
{
	(void)state;
	fake_block("sdc", 8, 32, FAKE_DISK_BYTES, 1);
	fake_block("sdd", 8, 48, FAKE_DISK_BYTES, 1);
	image_make(fake_path("/dev/sdd"));
	clones();
	assert_false(f.clone);
}

static void what_is_no_copy(void **state)
{
	(void)state;
	/* memory, volumes of ours, what would not answer */
	copy_to_sdc("ram0", 1, 0);
	copy_to_sdc("dm-1", 253, 1);
	fake_file("/sys/devices/dm-1/dm/uuid", "KDEVPOOL-x-1\n");
	copy_to_sdc("dm-2", 253, 2);
	fake_file("/sys/devices/dm-2/dm/uuid", "LVM-x\n");
	fake_file("/sys/devices/dm-2/dm/suspended", "1\n");
	clones();
	assert_false(f.clone);
	fake_file("/sys/devices/dm-2/dm/suspended", "0\n");
	clones();
	assert_true(f.clone);
	assert_string_equal(f.other, "/dev/dm-2");
}

static void what_is_built_on_the_disk_is_the_disk(void **state)
{
	(void)state;
	copy_to_sdc("dm-3", 253, 3);
	fake_link("../../dm-3", "/sys/devices/sdb/holders/dm-3");
	fake_link("../../sdb", "/sys/devices/dm-3/slaves/sdb");
	clones();
	assert_false(f.clone);
}

static void what_cannot_be_listed_is_not_known(void **state)
{
	(void)state;
	look();
	kdpu_facts_clones(h, makedev(9, 99), &s, &f);
	assert_string_not_equal(f.unknown, "");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(the_disk_itself),
		CASE(copies_with_a_superblock_are_counted),
		CASE(a_copy_is_found),
		CASE(a_damaged_copy_is_found),
		CASE(other_pools_and_disks_are_none),
		CASE(what_is_no_copy),
		CASE(what_is_built_on_the_disk_is_the_disk),
		CASE(what_cannot_be_listed_is_not_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
