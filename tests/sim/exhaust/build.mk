# SPDX-License-Identifier: GPL-2.0-only
#
# The exhaustive crash proof; included after userspace/build.mk.
#
#   exhaust-build   $(BUILD)/tests/sim/exhaust
#   exhaust         runs it: EXHAUST_ARGS="LENGTH=3 ..." as in exhaust.c

EXHAUST := $(BUILD)/tests/sim/exhaust
EXHAUST_ARGS ?=
EXHAUST_SRC := $(wildcard tests/sim/exhaust/*.c) tests/sim/digest.c
EXHAUST_OBJ := $(call us_obj,obj,$(US_SIM_ENGINE) $(EXHAUST_SRC))

.PHONY: exhaust exhaust-build

exhaust-build: $(EXHAUST)

exhaust: $(EXHAUST)
	@$(EXHAUST) $(EXHAUST_ARGS)

$(BUILD)/obj/tests/sim/exhaust/%.o: tests/sim/exhaust/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_ENGINE_INC) -Itests/sim/exhaust -Itests/sim -c -o $@ $<

$(EXHAUST): $(EXHAUST_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(LDFLAGS) -o $@ $^

-include $(patsubst %.o,%.d,$(call us_obj,obj,$(EXHAUST_SRC)))
