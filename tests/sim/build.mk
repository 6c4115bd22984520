# SPDX-License-Identifier: GPL-2.0-only
#
# The simulator; included after userspace/build.mk.
#
#   sim           $(BUILD)/tests/sim/sim
#   sim-mutants   every mutant in tests/mutants must be caught;
#                 SEARCH=1 looks for another seed where the known one does not
#
# The store is compiled as for the programs, see userspace/build.mk.

SIM_SRC := $(US_SIM_ENGINE) $(wildcard tests/sim/*.c)
SIM_LDFLAGS :=
ifeq ($(shell uname -m),x86_64)
SIM_SRC += $(wildcard tests/sim/x86/*.c)
SIM_LDFLAGS += -Wl,--wrap=crc32c
endif
SIM_OBJ := $(call us_obj,obj,$(SIM_SRC))
SIM := $(BUILD)/tests/sim/sim

.PHONY: sim sim-mutants

sim: $(SIM)

sim-mutants:
	@tests/mutants/run $(if $(SEARCH),--search)

$(BUILD)/obj/tests/sim/%.o: tests/sim/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_ENGINE_INC) -Itests/sim -c -o $@ $<

$(SIM): $(SIM_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(LDFLAGS) $(SIM_LDFLAGS) -o $@ $^

-include $(SIM_OBJ:.o=.d)
