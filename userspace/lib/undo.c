// SPDX-License-Identifier: GPL-2.0-only
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "undo.h"

#define UNDO_CHUNK	(1024u * 1024u)

struct undo_entry {
	uint64_t offset;
	uint64_t where;		/* in the anonymous file */
	size_t size;
};

struct kdpu_undo {
	int file;
	uint64_t bytes;
	struct undo_entry *e;
	size_t nr;
	void *buffer;
};

struct kdpu_undo *kdpu_undo_new(void)
{
	struct kdpu_undo *u = calloc(1, sizeof(*u));

	if (!u)
		return NULL;
	u->buffer = kdpu_io_alloc(UNDO_CHUNK);
	u->file = memfd_create("kdevpool-undo", MFD_CLOEXEC);
	if (u->buffer && u->file >= 0)
		return u;
	if (u->file >= 0)
		close(u->file);
	free(u->buffer);
	free(u);
	return NULL;
}

void kdpu_undo_free(struct kdpu_undo *u)
{
	if (!u)
		return;
	close(u->file);
	free(u->buffer);
	free(u->e);
	free(u);
}

static int save_piece(struct kdpu_undo *u, int fd, uint64_t offset,
		      size_t size)
{
	struct undo_entry *e;
	int ret;

	e = realloc(u->e, (u->nr + 1) * sizeof(*e));
	if (!e)
		return -ENOMEM;
	u->e = e;
	ret = kdpu_pread(fd, u->buffer, size, offset);
	if (!ret)
		ret = kdpu_pwrite(u->file, u->buffer, size, u->bytes);
	if (ret)
		return ret;
	u->e[u->nr++] = (struct undo_entry){ offset, u->bytes, size };
	u->bytes += size;
	return 0;
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

int kdpu_undo_restore(struct kdpu_undo *u, int fd)
{
	int ret = 0, err;
	size_t i;

	for (i = u->nr; i--;) {
		err = kdpu_pread(u->file, u->buffer, u->e[i].size,
				 u->e[i].where);
		if (!err)
			err = kdpu_pwrite(fd, u->buffer, u->e[i].size,
					  u->e[i].offset);
		if (err && !ret)
			ret = err;
	}
	if (fsync(fd) && !ret)
		ret = -errno;
	return ret;
}

uint64_t kdpu_undo_bytes(const struct kdpu_undo *u)
{
	return u->bytes;
}
