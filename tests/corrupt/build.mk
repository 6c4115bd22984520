# SPDX-License-Identifier: GPL-2.0-only
#
# Named corruptions for images and disks; included by the top-level Makefile
# behind userspace/build.mk.
#
#   corrupt  $(BUILD)/tests/corrupt, static: it runs in guests, too

US_CORRUPT := $(BUILD)/tests/corrupt
US_CORRUPT_OBJ := $(call us_obj,obj,tests/corrupt/corrupt.c \
				    tests/unit/corruptions.c tests/unit/image.c)

.PHONY: corrupt

corrupt: $(US_CORRUPT)

$(US_CORRUPT_OBJ): $(BUILD)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_TEST_INC) -c -o $@ $<

# Of the library it takes what it uses, and that needs no other libraries.
$(BUILD)/obj/engine.a: $(call us_obj,obj,$(US_ENGINE_SRC) $(US_LIB_SRC))
	@rm -f $@
	@$(AR) rcs $@ $^

$(US_CORRUPT): $(US_CORRUPT_OBJ) $(BUILD)/obj/engine.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(LDFLAGS) -static -o $@ $^

-include $(US_CORRUPT_OBJ:.o=.d)
