# SPDX-License-Identifier: GPL-2.0-only
#
# Something happens at each system call that writes; included by the top-level
# Makefile behind userspace/build.mk.
#
#   stops-build  $(BUILD)/tests/stops/stops, static: it runs in guests, too

US_STOPS := $(BUILD)/tests/stops/stops
US_STOPS_OBJ := $(call us_obj,obj,$(wildcard tests/stops/*.c))

.PHONY: stops-build

stops-build: $(US_STOPS)

$(BUILD)/obj/tests/stops/%.o: tests/stops/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) -c -o $@ $<

$(US_STOPS): $(US_STOPS_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(LDFLAGS) -static -o $@ $^

-include $(US_STOPS_OBJ:.o=.d)
