// SPDX-License-Identifier: GPL-2.0-only
/*
 * /sys/block/dm-N/kdevpool/.  Made by the first preresume, when the device is
 * there; removed with the last pool target.  Removal waits for those who read or
 * write, so none of them takes a lock that is held for longer than a copy.
 */
#include <linux/kobject.h>
#include <linux/kstrtox.h>
#include <linux/slab.h>
#include <linux/sysfs.h>

#include "target/pool.h"
#include "target/sysfs.h"

struct kdp_sysfs {
	struct kobject kobj;
	struct kdp_pool *pool;	/* until the directory is removed */
};

struct kdp_attr {
	struct attribute attr;
	ssize_t (*show)(struct kdp_pool *pool, const struct kdp_health *h,
			u64 repaired_at, char *buf);
	int (*store)(struct kdp_pool *pool, const char *buf);
};

static ssize_t kdp_show_health(struct kdp_pool *pool,
			       const struct kdp_health *h, u64 repaired_at,
			       char *buf)
{
	return sysfs_emit(buf, "%u/%u copies valid\n", h->valid, KDP_REPLICAS);
}

static ssize_t kdp_show_repairs(struct kdp_pool *pool,
				const struct kdp_health *h, u64 repaired_at,
				char *buf)
{
	return sysfs_emit(buf, "%llu\n", h->repairs);
}

static ssize_t kdp_show_last_repair(struct kdp_pool *pool,
				    const struct kdp_health *h, u64 repaired_at,
				    char *buf)
{
	return sysfs_emit(buf, "%llu\n", repaired_at);
}

static ssize_t kdp_show_progress(struct kdp_pool *pool,
				 const struct kdp_health *h, u64 repaired_at,
				 char *buf)
{
	if (!h->to_scrub)
		return sysfs_emit(buf, "idle\n");
	return sysfs_emit(buf, "%u/%u\n", h->scrubbed, h->to_scrub);
}

/* A line for each: how it is, what was done about it, and where it is. */
static ssize_t kdp_show_replicas(struct kdp_pool *pool,
				 const struct kdp_health *h, u64 repaired_at,
				 char *buf)
{
	const struct kdp_replica_condition *c;
	ssize_t n = 0;
	u32 r;

	for (r = 0; r < KDP_REPLICAS; r++) {
		c = &h->replica[r];
		n += sysfs_emit_at(buf, n, "R%u %s damaged=%u attempts=%u ",
				   r, kdp_tend_word(c), c->damaged,
				   c->attempts);
		n += sysfs_emit_at(buf, n,
				   "mended=%llu extent=%llu moved_from=%llu\n",
				   c->mended, c->extent, c->moved_from);
	}
	return n;
}

static const char *kdp_job_result(const struct kdp_tend_ticket *ticket)
{
	if (!ticket->ended)
		return "none";
	switch (ticket->result) {
	case 0:
		return "done";
	case -EINTR:
		return "stopped";
	case -EIO:
		return "damage-left";
	case -EAGAIN:
		return "overtaken";
	case -ENOMEM:
		return "no-memory";
	default:
		return "failed";
	}
}

static ssize_t kdp_show_jobs(struct kdp_pool *pool, const struct kdp_health *h,
			     u64 repaired_at, char *buf)
{
	static const char * const name[KDP_NR_JOBS] = {
		[KDP_JOB_NONE] = "idle",
		[KDP_JOB_SCRUB] = "scrub",
		[KDP_JOB_REPAIR] = "repair",
	};
	struct kdp_tend_ticket ticket[KDP_NR_JOBS];
	struct kdp_scrub_result found;
	enum kdp_tend_job job = kdp_tend_jobs(pool, ticket, &found);
	ssize_t n = sysfs_emit(buf, "now %s\n", name[job]);

	for (job = KDP_JOB_SCRUB; job < KDP_NR_JOBS; job++)
		n += sysfs_emit_at(buf, n,
				   "%s asked=%llu served=%llu result=%s ended=%llu\n",
				   name[job], ticket[job].asked,
				   ticket[job].served,
				   kdp_job_result(&ticket[job]),
				   ticket[job].ended);
	n += sysfs_emit_at(buf, n,
			   "found places=%u R0=%u R1=%u R2=%u R3=%u R4=%u\n",
			   found.places, found.bad[0], found.bad[1],
			   found.bad[2], found.bad[3], found.bad[4]);
	n += sysfs_emit_at(buf, n,
			   "cross %s mapped_but_free=%u mapped_twice=%u leaked=%u\n",
			   found.crossed ? "done" : "none",
			   found.cross.mapped_but_free,
			   found.cross.doubly_mapped, found.cross.leaked);
	return n + sysfs_emit_at(buf, n, "rewrites %llu\n", h->rewrites);
}

static ssize_t kdp_show_interval(struct kdp_pool *pool,
				 const struct kdp_health *h, u64 repaired_at,
				 char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(pool->tend.scrub_interval));
}

static ssize_t kdp_show_period(struct kdp_pool *pool,
			       const struct kdp_health *h, u64 repaired_at,
			       char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(pool->tend.repair_period));
}

static ssize_t kdp_show_auto(struct kdp_pool *pool, const struct kdp_health *h,
			     u64 repaired_at, char *buf)
{
	return sysfs_emit(buf, "%u\n", READ_ONCE(pool->tend.auto_repair));
}

static int kdp_set_interval(struct kdp_pool *pool, const char *buf)
{
	u32 v;

	if (kstrtou32(buf, 10, &v) || v > KDP_SCRUB_INTERVAL_MAX)
		return -EINVAL;
	kdp_tend_set_interval(pool, v);
	return 0;
}

static int kdp_set_period(struct kdp_pool *pool, const char *buf)
{
	u32 v;

	if (kstrtou32(buf, 10, &v) || !v || v > 86400)
		return -EINVAL;
	WRITE_ONCE(pool->tend.repair_period, v);
	return 0;
}

static int kdp_set_auto(struct kdp_pool *pool, const char *buf)
{
	bool v;

	if (kstrtobool(buf, &v))
		return -EINVAL;
	WRITE_ONCE(pool->tend.auto_repair, v);
	kdp_tend_wake(pool);
	return 0;
}

static int kdp_trigger_repair(struct kdp_pool *pool, const char *buf)
{
	bool v;

	if (kstrtobool(buf, &v) || !v)
		return -EINVAL;
	kdp_tend_ask(pool, KDP_ASK_REPAIR);
	return 0;
}

static int kdp_trigger_scrub(struct kdp_pool *pool, const char *buf)
{
	bool v;

	if (kstrtobool(buf, &v))
		return -EINVAL;
	kdp_tend_ask(pool, v ? KDP_ASK_SCRUB : KDP_ASK_STOP);
	return 0;
}

#define KDP_ATTR(_name, _mode, _show, _store)		\
	static struct kdp_attr kdp_attr_##_name = {	\
		.attr = { .name = #_name, .mode = _mode },	\
		.show = _show, .store = _store,		\
	}

KDP_ATTR(metadata_health, 0444, kdp_show_health, NULL);
KDP_ATTR(metadata_repairs, 0444, kdp_show_repairs, NULL);
KDP_ATTR(last_repair_time, 0444, kdp_show_last_repair, NULL);
KDP_ATTR(scrub_progress, 0444, kdp_show_progress, NULL);
KDP_ATTR(replicas, 0444, kdp_show_replicas, NULL);
KDP_ATTR(jobs, 0444, kdp_show_jobs, NULL);
KDP_ATTR(scrub_interval_seconds, 0644, kdp_show_interval, kdp_set_interval);
KDP_ATTR(repair_period_seconds, 0644, kdp_show_period, kdp_set_period);
KDP_ATTR(auto_repair_enabled, 0644, kdp_show_auto, kdp_set_auto);
KDP_ATTR(trigger_repair, 0200, NULL, kdp_trigger_repair);
KDP_ATTR(trigger_scrub, 0200, NULL, kdp_trigger_scrub);

static struct attribute *kdp_attrs[] = {
	&kdp_attr_metadata_health.attr,
	&kdp_attr_metadata_repairs.attr,
	&kdp_attr_last_repair_time.attr,
	&kdp_attr_scrub_progress.attr,
	&kdp_attr_replicas.attr,
	&kdp_attr_jobs.attr,
	&kdp_attr_scrub_interval_seconds.attr,
	&kdp_attr_repair_period_seconds.attr,
	&kdp_attr_auto_repair_enabled.attr,
	&kdp_attr_trigger_repair.attr,
	&kdp_attr_trigger_scrub.attr,
	NULL
};
ATTRIBUTE_GROUPS(kdp);

static ssize_t kdp_sysfs_show(struct kobject *kobj, struct attribute *attr,
			      char *buf)
{
	struct kdp_sysfs *sys = container_of(kobj, struct kdp_sysfs, kobj);
	struct kdp_attr *a = container_of(attr, struct kdp_attr, attr);
	struct kdp_health h;
	u64 repaired_at;

	if (!a->show)
		return -EIO;
	kdp_tend_health(sys->pool, &h, &repaired_at);
	return a->show(sys->pool, &h, repaired_at, buf);
}

static ssize_t kdp_sysfs_store(struct kobject *kobj, struct attribute *attr,
			       const char *buf, size_t count)
{
	struct kdp_sysfs *sys = container_of(kobj, struct kdp_sysfs, kobj);
	struct kdp_attr *a = container_of(attr, struct kdp_attr, attr);
	int r = a->store ? a->store(sys->pool, buf) : -EIO;

	return r ?: count;
}

static void kdp_sysfs_release(struct kobject *kobj)
{
	kfree(container_of(kobj, struct kdp_sysfs, kobj));
}

static const struct sysfs_ops kdp_sysfs_ops = {
	.show = kdp_sysfs_show,
	.store = kdp_sysfs_store,
};

static struct kobj_type kdp_sysfs_type = {
	.sysfs_ops = &kdp_sysfs_ops,
	.release = kdp_sysfs_release,
	.default_groups = kdp_groups,
};

int kdp_sysfs_add(struct kdp_pool *pool, struct gendisk *disk)
{
	struct kdp_sysfs *sys;
	int r;

	if (pool->sysfs)
		return 0;
	sys = kzalloc(sizeof(*sys), GFP_NOIO);
	if (!sys)
		return -ENOMEM;
	sys->pool = pool;
	r = kobject_init_and_add(&sys->kobj, &kdp_sysfs_type,
				 &disk_to_dev(disk)->kobj, "kdevpool");
	if (r)
		kobject_put(&sys->kobj);
	else
		pool->sysfs = sys;
	return r;
}

void kdp_sysfs_notify(struct kdp_pool *pool)
{
	if (pool->sysfs)
		sysfs_notify(&pool->sysfs->kobj, NULL, "metadata_health");
}

void kdp_sysfs_remove(struct kdp_pool *pool)
{
	if (!pool->sysfs)
		return;
	kobject_del(&pool->sysfs->kobj);
	kobject_put(&pool->sysfs->kobj);
	pool->sysfs = NULL;
}
