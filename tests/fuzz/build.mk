# SPDX-License-Identifier: GPL-2.0-only
#
# The fuzzer of on-disk images; included by the top-level Makefile behind
# userspace/build.mk, whose variables and rules it uses.
#
#   fuzz-build  $(BUILD)/tests/fuzz/fuzz, with ASan and UBSan
#   fuzz        runs it: SECONDS=n FIRST=n, or SEED=n to replay one case
#
# Everything is compiled once more, with more optimization than the unit tests
# have: cases per second count here.  The shim has no sanitizers; checked.c
# tells why.

US_FUZZ := $(BUILD)/tests/fuzz/fuzz
US_FUZZ_SAN := $(US_SANITIZE) -O2
US_FUZZ_WRAP := -Wl,--wrap=crc32c,--wrap=memchr_inv
US_FUZZ_SHIM := $(call us_obj,obj-fuzz,$(wildcard userspace/shim/*.c))
US_FUZZ_OBJ := $(call us_obj,obj-fuzz,$(US_SIM_ENGINE) \
		 userspace/lib/engine/check.c \
		 $(wildcard userspace/lib/engine/dump*.c) \
		 userspace/lib/engine/recorder.c \
		 userspace/lib/engine/repair.c \
		 userspace/lib/dmname.c userspace/lib/err.c \
		 $(wildcard tests/fuzz/*.c))

.PHONY: fuzz fuzz-build

fuzz-build: $(US_FUZZ)

fuzz: $(US_FUZZ)
	$(US_FUZZ) $(foreach v,SECONDS FIRST SEED,$(if $($(v)),$(v)=$($(v))))

$(eval $(call us_rules,obj-fuzz,$(US_FUZZ_SAN)))

$(US_FUZZ_SHIM): $(BUILD)/obj-fuzz/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_ENGINE_INC) -c -o $@ $<

$(BUILD)/obj-fuzz/tests/fuzz/%.o: tests/fuzz/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_FUZZ_SAN) $(US_ENGINE_INC) -Itests/fuzz \
		-c -o $@ $<

$(US_FUZZ): $(US_FUZZ_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(US_FUZZ_SAN) $(LDFLAGS) \
		$(US_FUZZ_WRAP) -o $@ $^

-include $(US_FUZZ_OBJ:.o=.d)
