// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "undo.h"

#define UNDO_CHUNK	(1024u * 1024u)
#define UNDO_ENTRIES	(1024u * 1024u)

struct undo_entry {
	uint64_t offset;
	uint64_t where;		/* in the anonymous file */
	size_t size;		/* 0: a barrier */
};

/* Shared; memory is taken only for what is used. */
struct undo_log {
	_Atomic size_t nr;	/* an entry is complete before it counts */
	uint64_t bytes;
	struct undo_entry e[UNDO_ENTRIES];
};

struct kdpu_undo {
	int file;
	struct undo_log *log;
	void *buffer;
};

struct kdpu_undo *kdpu_undo_new(void)
{
	struct kdpu_undo *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->buffer = kdpu_io_alloc(UNDO_CHUNK);
	u->file = memfd_create("kdevpool-undo", MFD_CLOEXEC);
	u->log = mmap(NULL, sizeof(*u->log), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (u->log == MAP_FAILED)
		u->log = NULL;
	if (u->buffer && u->file >= 0 && u->log)
		return u;
	kdpu_undo_free(u);
	return NULL;
}

void kdpu_undo_free(struct kdpu_undo *u)
{
	int saved = errno;

	if (!u)
		return;
	if (u->file >= 0)
		close(u->file);
	if (u->log)
		munmap(u->log, sizeof(*u->log));
	free(u->buffer);
	free(u);
	errno = saved;
}

static int add(struct kdpu_undo *u, uint64_t offset, size_t size)
{
	size_t nr = atomic_load(&u->log->nr);

	if (nr == UNDO_ENTRIES)
		return -ENOSPC;
	u->log->e[nr] = (struct undo_entry){ offset, u->log->bytes, size };
	u->log->bytes += size;
	atomic_store(&u->log->nr, nr + 1);
	return 0;
}

static int save_piece(struct kdpu_undo *u, int fd, uint64_t offset,
		      size_t size)
{
	int ret = kdpu_pread(fd, u->buffer, size, offset);

	if (!ret)
		ret = kdpu_pwrite(u->file, u->buffer, size, u->log->bytes);
	return ret ? ret : add(u, offset, size);
}

int kdpu_undo_save(struct kdpu_undo *u, int fd, uint64_t offset, size_t size)
{
	size_t piece;
	int ret = 0;

	for (; !ret && size; size -= piece, offset += piece) {
		piece = size < UNDO_CHUNK ? size : UNDO_CHUNK;
		ret = save_piece(u, fd, offset, piece);
	}
	return ret;
}

int kdpu_undo_barrier(struct kdpu_undo *u)
{
	return add(u, 0, 0);
}

static int restore_entry(struct kdpu_undo *u, int fd,
			 const struct undo_entry *e)
{
	int ret;

	if (!e->size)
		return fdatasync(fd) ? -errno : 0;
	ret = kdpu_pread(u->file, u->buffer, e->size, e->where);
	return ret ? ret : kdpu_pwrite(fd, u->buffer, e->size, e->offset);
}

int kdpu_undo_restore(struct kdpu_undo *u, int fd)
{
	size_t i = atomic_load(&u->log->nr);
	int ret = 0, err;

	while (i--) {
		err = restore_entry(u, fd, &u->log->e[i]);
		if (err && !ret)
			ret = err;
	}
	if (fsync(fd) && !ret)
		ret = -errno;
	return ret;
}

uint64_t kdpu_undo_bytes(const struct kdpu_undo *u)
{
	return u->log->bytes;
}
