// SPDX-License-Identifier: GPL-2.0-only
#include <malloc.h>
#include <stdlib.h>

#include "heap.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t n, size_t size);
int __real_posix_memalign(void **p, size_t align, size_t size);
void __real_free(void *p);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t n, size_t size);
int __wrap_posix_memalign(void **p, size_t align, size_t size);
void __wrap_free(void *p);

static struct heap_use use;

/*
 * Classes of the slab up to 8 KiB, whole pages in powers of two up to 4 MiB
 * (what kvmalloc() tries first), pages above.
 */
static u64 kernel_size(u64 size)
{
	u64 class = 8;

	if (size > 4 << 20)
		return (size + 4095) & ~4095ull;
	if (size > 64 && size <= 96)
		return 96;
	if (size > 128 && size <= 192)
		return 192;
	while (class < size)
		class *= 2;
	return class;
}

/* glibc rounds up to 16 n + 8, which is unlikely to have been asked for. */
static u64 asked_size(void *p)
{
	return malloc_usable_size(p) & ~15ull;
}

static void *count(void *p)
{
	if (!p)
		return NULL;
	use.asked += asked_size(p);
	use.kernel += kernel_size(asked_size(p));
	use.blocks++;
	if (use.kernel > use.peak)
		use.peak = use.kernel;
	return p;
}

void *__wrap_malloc(size_t size)
{
	return count(__real_malloc(size));
}

void *__wrap_calloc(size_t n, size_t size)
{
	return count(__real_calloc(n, size));
}

int __wrap_posix_memalign(void **p, size_t align, size_t size)
{
	int err = __real_posix_memalign(p, align, size);

	if (!err)
		count(*p);
	return err;
}

void __wrap_free(void *p)
{
	if (p) {
		use.asked -= asked_size(p);
		use.kernel -= kernel_size(asked_size(p));
		use.blocks--;
	}
	__real_free(p);
}

struct heap_use heap_use(void)
{
	return use;
}

void heap_restart_peak(void)
{
	use.peak = use.kernel;
}
