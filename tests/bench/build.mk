# SPDX-License-Identifier: GPL-2.0-only
#
# Benchmarks that need no machine; to be read after userspace/build.mk.
#
#   store-figures   $(BUILD)/tests/bench/store-figures
#
# heap.c stands between the engine and the C library's allocator.

BENCH_STORE := $(BUILD)/tests/bench/store-figures
BENCH_STORE_OBJ := $(call us_obj,obj,$(US_SIM_ENGINE) \
				     $(wildcard tests/bench/*.c))
BENCH_WRAP := -Wl,--wrap=malloc,--wrap=calloc,--wrap=posix_memalign,--wrap=free

.PHONY: store-figures

store-figures: $(BENCH_STORE)

$(BUILD)/obj/tests/bench/%.o: tests/bench/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_ENGINE_INC) -Itests/bench -c -o $@ $<

$(BENCH_STORE): $(BENCH_STORE_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(LDFLAGS) $(BENCH_WRAP) -o $@ $^

-include $(BENCH_STORE_OBJ:.o=.d)
