// SPDX-License-Identifier: GPL-2.0-only
/*
 * https://prometheus.io/docs/instrumenting/exposition_formats/: all samples of
 * a metric together, behind its HELP and TYPE.  A metric is a line of a table:
 * what it is called, and where its number is.
 */
#include <inttypes.h>
#include <string.h>

#include "metrics.h"
#include "nodes.h"

#define PREFIX	"kdevpool_"

/* Text of a label: backslash, quote and newline are escaped. */
static void put_label(FILE *f, const char *name, const char *value)
{
	fprintf(f, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n') {
			fputs("\\n", f);
			continue;
		}
		if (*value == '\\' || *value == '"')
			fputc('\\', f);
		fputc(*value, f);
	}
	fputc('"', f);
}

static void put_head(FILE *f, const char *name, const char *type,
		     const char *help)
{
	fprintf(f, "# HELP " PREFIX "%s %s\n# TYPE " PREFIX "%s %s\n", name,
		help, name, type);
}

struct label {
	const char *name, *value;
};

/* Those behind the pool's name. */
#define LABELS(...)	((const struct label []) { __VA_ARGS__ { NULL, NULL } })
#define NO_LABELS	((const struct label []) { { NULL, NULL } })

static void put_sample(FILE *f, const char *name, const char *pool, uint64_t n,
		       const struct label *more)
{
	fprintf(f, PREFIX "%s{", name);
	put_label(f, "pool", pool);
	for (; more->name; more++) {
		fputc(',', f);
		put_label(f, more->name, more->value);
	}
	fprintf(f, "} %" PRIu64 "\n", n);
}

struct pool_metric {
	const char *name, *type, *help;
	/* false: this pool does not tell */
	bool (*get)(const struct kdpu_pool *p, uint64_t *n);
};

#define GETTER(_name, _known, _value)					\
	static bool _name(const struct kdpu_pool *p, uint64_t *n)	\
	{								\
		*n = _value;						\
		return _known;						\
	}

GETTER(get_size, true, p->chunks * p->chunk_bytes)
GETTER(get_used, true, p->chunks_used * p->chunk_bytes)
GETTER(get_chunk, true, p->chunk_bytes)
GETTER(get_chunks, true, p->chunks)
GETTER(get_chunks_used, true, p->chunks_used)
GETTER(get_volumes, true, p->nr_volumes)
GETTER(get_epoch, true, p->epoch)
GETTER(get_sequence, true, p->sequence)
GETTER(get_durable, true, p->durable)
GETTER(get_journal, true, p->journal_blocks)
GETTER(get_journal_used, true, p->journal_used)
GETTER(get_current, true, p->replicas)
GETTER(get_valid, p->metadata.known, p->metadata.valid)
GETTER(get_repairs, p->metadata.known, p->metadata.repairs)
GETTER(get_last_repair, p->metadata.known, p->metadata.last_repair)
GETTER(get_rewrites, p->metadata.known, p->metadata.rewrites)
GETTER(get_last_scrub, p->metadata.known, p->metadata.scrub.ended)
GETTER(get_scrub_done, p->metadata.known, p->metadata.done)
GETTER(get_scrub_all, p->metadata.known, p->metadata.all)
GETTER(get_interval, p->metadata.known, p->metadata.scrub_interval)
GETTER(get_first_writes, p->counts.known, p->counts.first_writes)
GETTER(get_parked, p->counts.known, p->counts.parked)
GETTER(get_discards, p->counts.known, p->counts.discards)
GETTER(get_commits, p->counts.known, p->counts.commits)
GETTER(get_checkpoints, p->counts.known, p->counts.checkpoints)
GETTER(get_errors, p->counts.known, p->counts.errors)

static const struct pool_metric pool_metrics[] = {
	{ "pool_size_bytes", "gauge", "All chunks of the pool, metadata included.", get_size },
	{ "pool_used_bytes", "gauge", "Chunks in use, metadata included.", get_used },
	{ "pool_chunk_bytes", "gauge", "Size of a chunk.", get_chunk },
	{ "pool_chunks", "gauge", "Chunks of the pool.", get_chunks },
	{ "pool_chunks_used", "gauge", "Chunks in use.", get_chunks_used },
	{ "pool_volumes", "gauge", "Volumes of the pool.", get_volumes },
	{ "pool_epoch", "gauge", "Activations so far.", get_epoch },
	{ "pool_sequence", "gauge", "Newest commit.", get_sequence },
	{ "pool_durable_sequence", "gauge", "Newest commit that a power cut cannot take away.", get_durable },
	{ "pool_journal_blocks", "gauge", "Blocks of the journal ring.", get_journal },
	{ "pool_journal_used_blocks", "gauge", "Blocks of the journal in use.", get_journal_used },
	{ "pool_copies_current", "gauge", "Copies of the metadata that every commit goes to, of 5.", get_current },
	{ "pool_copies_valid", "gauge", "Copies that are current and without a known fault, of 5.", get_valid },
	{ "pool_repairs_total", "counter", "Copies made whole since the pool was activated.", get_repairs },
	{ "pool_last_repair_timestamp_seconds", "gauge", "When a copy was made whole last; 0: never.", get_last_repair },
	{ "pool_checkpoints_rewritten_total", "counter", "Checkpoints written from memory as no copy of something was good.", get_rewrites },
	{ "pool_last_scrub_timestamp_seconds", "gauge", "When a scrub ended last; 0: never.", get_last_scrub },
	{ "pool_scrub_places_done", "gauge", "Progress of the scrub or repair that runs.", get_scrub_done },
	{ "pool_scrub_places", "gauge", "What the scrub or repair that runs has to look at; 0: none runs.", get_scrub_all },
	{ "pool_scrub_interval_seconds", "gauge", "Time between scrubs; 0: only when asked for.", get_interval },
	{ "pool_first_writes_total", "counter", "Chunks written to for the first time.", get_first_writes },
	{ "pool_parked_total", "counter", "I/O that had to wait for a resume or for space.", get_parked },
	{ "pool_discards_total", "counter", "Discards of whole chunks.", get_discards },
	{ "pool_commits_total", "counter", "Commits.", get_commits },
	{ "pool_checkpoints_total", "counter", "Checkpoints.", get_checkpoints },
	{ "pool_errors_total", "counter", "I/O, commits and checkpoints that failed.", get_errors },
};

struct volume_metric {
	const char *name, *type, *help;
	bool (*get)(const struct kdpu_pool *p, const struct kdpu_volume *v,
		    const struct kdpu_node_facts *f, uint64_t *n);
};

#define VOLUME_GETTER(_name, _known, _value)				\
	static bool _name(const struct kdpu_pool *p,			\
			  const struct kdpu_volume *v,			\
			  const struct kdpu_node_facts *f, uint64_t *n)	\
	{								\
		(void)p;						\
		(void)v;						\
		(void)f;						\
		*n = _value;						\
		return _known;						\
	}

VOLUME_GETTER(get_bytes, true, v->bytes)
VOLUME_GETTER(get_mapped, true, v->mapped * p->chunk_bytes)
VOLUME_GETTER(get_unwritten, true, v->unwritten * p->chunk_bytes)
VOLUME_GETTER(get_users, true, v->users)
VOLUME_GETTER(get_reads, f->counted, f->reads)
VOLUME_GETTER(get_read_bytes, f->counted, f->read_bytes)
VOLUME_GETTER(get_writes, f->counted, f->writes)
VOLUME_GETTER(get_written, f->counted, f->written_bytes)
VOLUME_GETTER(get_discards_of, f->counted, f->discards)
VOLUME_GETTER(get_discarded, f->counted, f->discarded_bytes)
VOLUME_GETTER(get_flushes, f->counted, f->flushes)

static const struct volume_metric volume_metrics[] = {
	{ "volume_size_bytes", "gauge", "Size of the volume.", get_bytes },
	{ "volume_mapped_bytes", "gauge", "Chunks that the volume has, unwritten ones too.", get_mapped },
	{ "volume_unwritten_bytes", "gauge", "Of those the ones that read as zeros still.", get_unwritten },
	{ "volume_users", "gauge", "Devices bound to the volume.", get_users },
	{ "volume_reads_total", "counter", "Reads of the volume's device.", get_reads },
	{ "volume_read_bytes_total", "counter", "Bytes read.", get_read_bytes },
	{ "volume_writes_total", "counter", "Writes of the volume's device.", get_writes },
	{ "volume_written_bytes_total", "counter", "Bytes written.", get_written },
	{ "volume_discards_total", "counter", "Discards of the volume's device.", get_discards_of },
	{ "volume_discarded_bytes_total", "counter", "Bytes discarded.", get_discarded },
	{ "volume_flushes_total", "counter", "Flushes of the volume's device.", get_flushes },
};

static void write_pool_metric(FILE *f, const struct kdpu_pools *l,
			      const struct pool_metric *m)
{
	uint64_t n;
	size_t i;

	put_head(f, m->name, m->type, m->help);
	for (i = 0; i < l->nr; i++)
		if (m->get(&l->p[i], &n))
			put_sample(f, m->name, l->p[i].name, n, NO_LABELS);
}

static void write_volume_metric(FILE *f, const struct kdpu_pools *l,
				const struct volume_metric *m)
{
	struct kdpu_node_facts facts;
	const struct kdpu_volume *v;
	char id[24];
	uint64_t n;
	size_t i, j;

	put_head(f, m->name, m->type, m->help);
	for (i = 0; i < l->nr; i++) {
		for (j = 0; j < l->p[i].nr; j++) {
			v = &l->p[i].volumes[j];
			kdpu_node_facts(v->node, &facts);
			snprintf(id, sizeof(id), "%" PRIu64, v->id);
			if (m->get(&l->p[i], v, &facts, &n))
				put_sample(f, m->name, l->p[i].name, n,
					   LABELS({ "volume", v->name },
						  { "id", id },));
		}
	}
}

static void write_info(FILE *f, const struct kdpu_pools *l)
{
	char uuid[64];
	size_t i;

	put_head(f, "pool_info", "gauge", "What the pool is; always 1.");
	for (i = 0; i < l->nr; i++)
		put_sample(f, "pool_info", l->p[i].name, 1,
			   LABELS({ "uuid", kdpu_uuid_text(l->p[i].device.pool,
							   uuid) },
				  { "disk", l->p[i].disk },
				  { "device", l->p[i].device.name },));
}

/* A sample for each of the states, 1 for that which it is in. */
static void write_modes(FILE *f, const struct kdpu_pools *l)
{
	static const char *const modes[] = {
		"active", "read-only", "failed", "closed",
	};
	size_t i, j;

	put_head(f, "pool_mode", "gauge", "1 for the mode that the pool is in.");
	for (i = 0; i < l->nr; i++)
		for (j = 0; j < sizeof(modes) / sizeof(modes[0]); j++)
			put_sample(f, "pool_mode", l->p[i].name,
				   !strcmp(l->p[i].mode, modes[j]),
				   LABELS({ "mode", modes[j] },));
}

static void write_copy_states(FILE *f, const struct kdpu_pools *l)
{
	static const char *const states[] = {
		"current", "damaged", "out-of-date", "degraded",
	};
	char name[32];
	size_t i, r, j;

	put_head(f, "copy_state", "gauge", "1 for the state that the metadata copy is in.");
	for (i = 0; i < l->nr; i++) {
		for (r = 0; l->p[i].metadata.known && r < KDPU_COPIES; r++) {
			snprintf(name, sizeof(name), "R%zu", r);
			for (j = 0; j < sizeof(states) / sizeof(states[0]); j++)
				put_sample(f, "copy_state", l->p[i].name,
					   !strcmp(l->p[i].metadata.copy[r].state,
						   states[j]),
					   LABELS({ "replica", name },
						  { "state", states[j] },));
		}
	}
}

/* A number of each copy; @which picks it. */
static void write_copy_metric(FILE *f, const struct kdpu_pools *l,
			      const char *name, const char *type,
			      const char *help,
			      uint64_t (*which)(const struct kdpu_copy *c))
{
	char copy[32];
	size_t i, r;

	put_head(f, name, type, help);
	for (i = 0; i < l->nr; i++) {
		for (r = 0; l->p[i].metadata.known && r < KDPU_COPIES; r++) {
			snprintf(copy, sizeof(copy), "R%zu", r);
			put_sample(f, name, l->p[i].name,
				   which(&l->p[i].metadata.copy[r]),
				   LABELS({ "replica", copy },));
		}
	}
}

static uint64_t copy_damaged(const struct kdpu_copy *c)
{
	return c->damaged;
}

static uint64_t copy_attempts(const struct kdpu_copy *c)
{
	return c->attempts;
}

static uint64_t copy_mended(const struct kdpu_copy *c)
{
	return c->mended;
}

void kdpu_metrics_write(FILE *f, const struct kdpu_pools *l)
{
	size_t i;

	put_head(f, "pools", "gauge", "Active pools.");
	fprintf(f, PREFIX "pools %zu\n", l->nr);
	write_info(f, l);
	write_modes(f, l);
	for (i = 0; i < sizeof(pool_metrics) / sizeof(pool_metrics[0]); i++)
		write_pool_metric(f, l, &pool_metrics[i]);
	write_copy_states(f, l);
	write_copy_metric(f, l, "copy_damaged_places", "gauge",
			  "Places of the copy that are known to be bad.",
			  copy_damaged);
	write_copy_metric(f, l, "copy_repair_attempts", "gauge",
			  "Attempts of the last hour to repair the copy.",
			  copy_attempts);
	write_copy_metric(f, l, "copy_mended_places_total", "counter",
			  "Places of the copy that were mended since the pool was activated.",
			  copy_mended);
	for (i = 0; i < sizeof(volume_metrics) / sizeof(volume_metrics[0]); i++)
		write_volume_metric(f, l, &volume_metrics[i]);
}
