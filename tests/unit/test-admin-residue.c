// SPDX-License-Identifier: GPL-2.0-only
/* Arrays and volume groups, and what is set and verified after a setup. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "fakehost.h"
#include "lib/residue.h"
#include "lib/safety.h"
#include "lib/scheduler.h"
#include "lib/verify.h"

#define GROUP	"LVM-abcdefghijklmnopqrstuvwxyzABCDEF"

static const struct kdpu_host *host;
static struct kdpu_device device;
static struct kdpu_residue residue;
static struct kdpu_err err;

static int setup(void **state)
{
	(void)state;
	host = fake_host_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	kdpu_residue_free(&residue);
	kdpu_device_free(&device);
	fake_host_free();
	return 0;
}

static void add_array(void)
{
	fake_block("md127", 9, 127, 1 << 20, 0);
	fake_file("/sys/devices/md127/md/level", "raid1\n");
	fake_file("/sys/devices/md127/md/array_state", "clean\n");
	fake_link("../../sdb", "/sys/devices/md127/slaves/sdb");
	fake_link("../../md127", "/sys/devices/sdb/holders/md127");
}

/* A device-mapper device built on @below. */
static void add_mapped(const char *name, unsigned int min, const char *dm_name,
		       const char *uuid, const char *below)
{
	char path[128], target[64];

	fake_block(name, 253, min, 1 << 20, 0);
	snprintf(path, sizeof(path), "/sys/devices/%s/dm/name", name);
	fake_file(path, "%s\n", dm_name);
	snprintf(path, sizeof(path), "/sys/devices/%s/dm/uuid", name);
	fake_file(path, "%s\n", uuid);
	snprintf(path, sizeof(path), "/sys/block/%s/dev", name);
	fake_file(path, "253:%u\n", min);
	if (!below)
		return;
	snprintf(path, sizeof(path), "/sys/devices/%s/slaves/%s", name, below);
	snprintf(target, sizeof(target), "../../%s", below);
	fake_link(target, path);
	snprintf(path, sizeof(path), "/sys/devices/%s/holders/%s", below,
		 name);
	snprintf(target, sizeof(target), "../../%s", name);
	fake_link(target, path);
}

static void find(const struct kdpu_signatures *sig)
{
	kdpu_residue_free(&residue);
	kdpu_device_free(&device);
	assert_int_equal(kdpu_device_read(host, fake_path("/dev/sdb"),
					  &device, &err), 0);
	assert_int_equal(kdpu_residue_find(host, &device, sig, &residue,
					   &err), 0);
}

static void expect_step(size_t i, bool stop, const char *command)
{
	char text[400];

	assert_in_range(i + 1, 1, residue.nr);
	kdpu_residue_command(&residue.step[i], text, sizeof(text));
	assert_string_equal(text, command);
	assert_int_equal(residue.step[i].stop, stop);
}

static void an_empty_disk_has_none(void **state)
{
	(void)state;
	find(NULL);
	assert_int_equal(residue.nr, 0);
	assert_string_equal(residue.blocked, "");
}

static void the_stack_comes_down_from_the_top(void **state)
{
	struct kdpu_signature s = { .type = "linux_raid_member",
				    .usage = "raid" };
	struct kdpu_signatures sig = { .s = &s, .nr = 1 };
	char command[400];

	(void)state;
	fake_file("/sys/block/loop0/dev", "7:0\n");
	add_array();
	add_mapped("dm-0", 0, "my--group-data", GROUP "1", "md127");
	add_mapped("dm-1", 1, "my--group-more", GROUP "2", "md127");
	find(&sig);
	assert_int_equal(residue.nr, 3);
	assert_string_equal(residue.blocked, "");
	expect_step(0, true, "vgchange -an my-group");
	expect_step(1, true, "mdadm --stop /dev/md127");
	assert_string_equal(residue.step[1].what,
			    "md127: raid1 array over sdb");
	kdpu_residue_command(&residue.step[2], command, sizeof(command));
	assert_non_null(strstr(command, "mdadm --zero-superblock /"));
	assert_false(residue.step[2].stop);
}

static void partitions_have_names_of_their_own(void **state)
{
	struct kdpu_signature s = { .type = "LVM2_member", .usage = "raid",
				    .partition = 3 };
	struct kdpu_signatures sig = { .s = &s, .nr = 1 };

	(void)state;
	find(NULL);
	strcpy(device.path, "/dev/sdb");
	assert_int_equal(kdpu_residue_find(host, &device, &sig, &residue,
					   &err), 0);
	expect_step(0, false, "pvremove -ffy /dev/sdb3");
	kdpu_residue_free(&residue);
	strcpy(device.path, "/dev/nvme0n1");
	assert_int_equal(kdpu_residue_find(host, &device, &sig, &residue,
					   &err), 0);
	expect_step(0, false, "pvremove -ffy /dev/nvme0n1p3");
}

static void others_are_left_alone(void **state)
{
	struct kdpu_signature s = { .type = "isw_raid_member",
				    .usage = "raid" };
	struct kdpu_signatures sig = { .s = &s, .nr = 1 };

	(void)state;
	find(&sig);
	assert_non_null(strstr(residue.blocked, "isw_raid_member"));
	add_array();
	add_mapped("dm-0", 0, "vault", "CRYPT-LUKS2-1234", "md127");
	find(NULL);
	assert_non_null(strstr(residue.blocked, "dm-0 (vault) is neither"));
}

static void a_group_must_be_all_here(void **state)
{
	(void)state;
	add_array();
	add_mapped("dm-0", 0, "group-data", GROUP "1", "md127");
	add_mapped("dm-1", 1, "other-data",
		   "LVM-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef1", NULL);
	find(NULL);
	assert_string_equal(residue.blocked, "");
	add_mapped("dm-2", 2, "group-far", GROUP "2", NULL);
	find(NULL);
	assert_non_null(strstr(residue.blocked, "dm-2 is of the same"));
}

static void clearing_allows_no_more_than_that(void **state)
{
	struct kdpu_finding f[32];
	struct kdpu_subject s;
	size_t i;

	(void)state;
	assert_in_range(kdpu_safety_count(), 1, 32);
	add_array();
	find(NULL);
	kdpu_subject_init(&s, host, &device);
	kdpu_safety_run(&s, f);
	assert_int_equal(kdpu_safety_verdict(f, kdpu_safety_count()),
			 KDPU_REFUSED);
	kdpu_subject_free(&s);
	kdpu_subject_init(&s, host, &device);
	s.clear = KDPU_WILL_CLEAR;
	kdpu_safety_run(&s, f);
	assert_int_equal(kdpu_safety_verdict(f, kdpu_safety_count()),
			 KDPU_FORCED);
	kdpu_subject_free(&s);
	/* in use: by its own name in fstab, and mounted */
	fake_file("/proc/self/mountinfo",
		  "22 1 8:1 / / rw - ext4 /dev/sda1 rw\n"
		  "30 22 9:127 / /mnt rw - ext4 /dev/md127 rw\n");
	fake_link("/dev/md127", "/dev/disk/by-label/my\\x20data");
	fake_file("/etc/fstab", "LABEL=my\\040data /data ext4 noauto 0 0\n");
	kdpu_subject_init(&s, host, &device);
	s.clear = KDPU_WILL_CLEAR;
	kdpu_safety_run(&s, f);
	for (i = 0; i < kdpu_safety_count(); i++)
		if (!strcmp(f[i].name, "not mounted") ||
		    !strcmp(f[i].name, "not in fstab"))
			assert_int_equal(f[i].verdict, KDPU_REFUSED);
	kdpu_subject_free(&s);
	/* stopped is stopped: a holder refuses again */
	kdpu_subject_init(&s, host, &device);
	s.clear = KDPU_CLEARED;
	kdpu_safety_run(&s, f);
	assert_int_equal(kdpu_safety_verdict(f, kdpu_safety_count()),
			 KDPU_REFUSED);
	kdpu_subject_free(&s);
}

static const struct kdpu_finding *verify(uint64_t chunk)
{
	static struct kdpu_finding f[KDPU_NR_VERIFY];
	struct kdpu_pool p = { .nr = 0 };

	find(NULL);
	kdpu_verify(host, &device, &p, chunk, f);
	return f;
}

static void schedulers_suit_the_disk(void **state)
{
	struct kdpu_device d = { .name = "nvme0n1" };
	const struct kdpu_finding *f;

	(void)state;
	assert_string_equal(kdpu_schedulers_for(&d)[0], "none");
	strcpy(d.name, "sda");
	assert_string_equal(kdpu_schedulers_for(&d)[0], "mq-deadline");
	d.rotational = true;
	assert_string_equal(kdpu_schedulers_for(&d)[0], "bfq");
	assert_string_equal(kdpu_schedulers_for(&d)[1], "mq-deadline");
	assert_non_null(strstr(verify(65536)[0].text, "has none"));
	fake_file("/sys/devices/sdb/queue/scheduler", "[mq-deadline] none\n");
	assert_string_equal(verify(65536)[0].text, "mq-deadline");
	/* the kernel does not take it */
	fake_file("/sys/devices/sdb/queue/scheduler", "[kyber]%080d\n", 0);
	f = verify(65536);
	assert_int_equal(f[0].verdict, KDPU_NOTE);
	assert_non_null(strstr(f[0].todo, "echo mq-deadline"));
}

static void alignment_is_looked_at(void **state)
{
	(void)state;
	assert_int_equal(verify(65536)[1].verdict, KDPU_PASS);
	assert_int_equal(verify(65536 + 512)[1].verdict, KDPU_NOTE);
	fake_file("/sys/devices/sdb/alignment_offset", "3584\n");
	assert_int_equal(verify(65536)[1].verdict, KDPU_NOTE);
	fake_file("/sys/devices/sdb/alignment_offset", "0\n");
	fake_file("/sys/devices/sdb/partition", "1\n");
	fake_file("/sys/devices/sdb/start", "2048\n");
	assert_int_equal(verify(65536)[1].verdict, KDPU_PASS);
	fake_file("/sys/devices/sdb/start", "63\n");
	assert_int_equal(verify(65536)[1].verdict, KDPU_NOTE);
}

int main(void)
{
#define T(x) cmocka_unit_test_setup_teardown(x, setup, teardown)
	static const struct CMUnitTest tests[] = {
		T(an_empty_disk_has_none),
		T(the_stack_comes_down_from_the_top),
		T(partitions_have_names_of_their_own),
		T(others_are_left_alone),
		T(a_group_must_be_all_here),
		T(clearing_allows_no_more_than_that),
		T(schedulers_suit_the_disk),
		T(alignment_is_looked_at),
	};

	return cmocka_run_group_tests_name("admin-residue", tests, NULL, NULL);
}
