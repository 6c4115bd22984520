# SPDX-License-Identifier: GPL-2.0-only
#
# Programs and unit tests; included by the top-level Makefile.
#
#   userspace   $(BUILD)/bin/kdevpool-admin
#   unit        $(BUILD)/tests/unit/test-*, with ASan and UBSan
#   man         $(BUILD)/man/*.8, from the tables of the commands, and *.5
#   admin-tools $(BUILD)/tests/tools/*, with ASan and UBSan
#   install     programs, man pages, completion, and install-system
#   install-system  rules, units and the like, below $(DESTDIR) too
#   install-module  the module, where modprobe finds it
#
# Honoured: BUILD CC CFLAGS CFLAGS_EXTRA LDFLAGS WARNINGS WERROR DESTDIR PREFIX.
#
# The kernel's format, model and store code is compiled here from the same
# files, with the shim first on the include path.  Of the library only engine/
# sees that code, and only engine/ is compiled with that path.

BUILD ?= build
CFLAGS ?= -O2 -g
WARNINGS ?= -Wall -Wextra $(if $(WERROR),-Werror)
PREFIX ?= /usr

US_PACKAGES := blkid smartcols json-c libeconf libudev
US_LOADED := devmapper mount libsystemd # when needed (lib/loaded.h)
US_PKG_CFLAGS = $(shell pkg-config --cflags $(US_PACKAGES) $(US_LOADED))
US_PKG_LIBS = $(shell pkg-config --libs $(US_PACKAGES)) -pthread

US_ENGINE_SRC := $(wildcard kernel/format/*.c kernel/model/*.c \
			    kernel/store/*.c userspace/shim/*.c \
			    userspace/lib/engine/*.c)
US_LIB_SRC := $(wildcard userspace/lib/*.c)
US_CLI_SRC := $(wildcard userspace/cli/*.c)
US_TEST_SRC := $(wildcard tests/unit/test-*.c)
US_HELPER_SRC := $(filter-out $(US_TEST_SRC),$(wildcard tests/unit/*.c))

US_COMMON = -std=gnu11 -D_GNU_SOURCE -MMD -MP $(WARNINGS) $(CFLAGS) \
	    $(CFLAGS_EXTRA)
US_ENGINE_INC := -Iuserspace/shim -Ikernel -Iuserspace/lib
US_LIB_INC := -Iuserspace/lib
US_CLI_INC := -Iuserspace -Iuserspace/lib
US_TEST_INC := $(US_ENGINE_INC) -Iuserspace -Iuserspace/cli -Itests/unit
US_SANITIZE := -O1 -g -fno-omit-frame-pointer \
	       -fsanitize=address,undefined -fno-sanitize-recover=all

us_obj = $(patsubst %.c,$(BUILD)/$(1)/%.o,$(2))
US_OBJ := $(call us_obj,obj,$(US_ENGINE_SRC) $(US_LIB_SRC) $(US_CLI_SRC))
US_SAN_OBJ := $(call us_obj,obj-san,$(US_ENGINE_SRC) $(US_LIB_SRC) \
					$(US_CLI_SRC))
US_HELPER_OBJ := $(call us_obj,obj-san,$(US_HELPER_SRC))
US_TESTS := $(patsubst tests/unit/%.c,$(BUILD)/tests/unit/%,$(US_TEST_SRC))
US_ADMIN := $(BUILD)/bin/kdevpool-admin
US_SIM_ENGINE := $(wildcard kernel/format/*.c kernel/model/*.c \
			    kernel/store/*.c userspace/shim/*.c)

.PHONY: userspace unit man admin-tools install install-system \
	install-module
.SECONDARY:

userspace: $(US_ADMIN)

unit: $(US_TESTS)

# One rule for each group of sources: the longest matching stem is the
# shortest, so engine/ goes before lib/.
define us_rules
$(BUILD)/$(1)/kernel/%.o: kernel/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(US_COMMON) $(2) $$(US_ENGINE_INC) -c -o $$@ $$<

$(BUILD)/$(1)/userspace/shim/%.o: userspace/shim/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(US_COMMON) $(2) $$(US_ENGINE_INC) -c -o $$@ $$<

$(BUILD)/$(1)/userspace/lib/engine/%.o: userspace/lib/engine/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(US_COMMON) $(2) $$(US_ENGINE_INC) -c -o $$@ $$<

$(BUILD)/$(1)/userspace/lib/%.o: userspace/lib/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(US_COMMON) $(2) $$(US_LIB_INC) $$(US_PKG_CFLAGS) -c -o $$@ $$<

$(BUILD)/$(1)/userspace/cli/%.o: userspace/cli/%.c
	@mkdir -p $$(@D)
	$$(CC) $$(US_COMMON) $(2) $$(US_CLI_INC) $$(US_PKG_CFLAGS) -c -o $$@ $$<
endef

$(eval $(call us_rules,obj,))
$(eval $(call us_rules,obj-san,$(US_SANITIZE)))

$(US_ADMIN): $(US_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(LDFLAGS) -o $@ $^ $(US_PKG_LIBS)

# A test takes from the archive what it uses; one may define main() and
# cli_commands itself.
$(BUILD)/obj-san/all.a: $(US_SAN_OBJ) $(US_HELPER_OBJ)
	@rm -f $@
	@$(AR) rcs $@ $^

$(BUILD)/obj-san/tests/unit/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_SANITIZE) $(US_TEST_INC) $(US_PKG_CFLAGS) \
		-c -o $@ $<

$(BUILD)/tests/unit/%: $(BUILD)/obj-san/tests/unit/%.o $(BUILD)/obj-san/all.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(US_SANITIZE) $(LDFLAGS) -o $@ $^ \
		-lcmocka $(US_PKG_LIBS)

# The program knows its commands; the pages are made of its tables.
man: $(BUILD)/man/.done

$(BUILD)/man/.done: $(US_ADMIN) userspace/man/kdevpool-admin.8.in \
		    userspace/man/kdevpool.conf.5
	@rm -rf $(@D)
	@mkdir -p $(@D)
	@$(US_ADMIN) completion-words | while read -r name; do \
		$(US_ADMIN) manual-page $$name \
		>"$(@D)/kdevpool-admin-$$(echo $$name | tr ' ' -).8" || exit 1; \
	done
	@$(US_ADMIN) manual-page --commands >$(@D)/commands
	@$(US_ADMIN) manual-page --exit-status >$(@D)/exits
	@sed -e '/@COMMANDS@/{r $(@D)/commands' -e 'd}' \
		-e '/@EXIT-STATUS@/{r $(@D)/exits' -e 'd}' \
		userspace/man/kdevpool-admin.8.in >$(@D)/kdevpool-admin.8
	@rm $(@D)/commands $(@D)/exits
	@cp userspace/man/kdevpool.conf.5 $(@D)
	@touch $@

# For tests of the whole program: itself, and what makes it something to report.
US_TOOLS := $(BUILD)/tests/tools/kdevpool-admin \
	    $(BUILD)/tests/tools/report-sample $(BUILD)/tests/tools/pool-image

admin-tools: $(US_TOOLS)

$(BUILD)/obj-san/tests/tools/%.o: tests/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(US_COMMON) $(US_SANITIZE) $(US_TEST_INC) $(US_PKG_CFLAGS) \
		-c -o $@ $<

$(BUILD)/tests/tools/kdevpool-admin: $(US_SAN_OBJ)
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(US_SANITIZE) $(LDFLAGS) -o $@ $^ \
		$(US_PKG_LIBS)

$(BUILD)/tests/tools/%: $(BUILD)/obj-san/tests/tools/%.o \
			$(BUILD)/obj-san/all.a
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(CFLAGS_EXTRA) $(US_SANITIZE) $(LDFLAGS) -o $@ $^ \
		$(US_PKG_LIBS)

# Files that name our program name it where it is installed.
US_SYSTEM := $(foreach f,$(notdir $(wildcard udev/*.rules)), \
			lib/udev/rules.d/$(f)=udev/$(f)) \
	     $(foreach f,$(patsubst systemd/%,%,$(wildcard \
			systemd/*.service systemd/*.target systemd/*.timer \
			systemd/*.service.d/*.conf)), \
			lib/systemd/system/$(f)=systemd/$(f)) \
	     lib/sysusers.d/kdevpool.conf=systemd/sysusers.d/kdevpool.conf \
	     lib/tmpfiles.d/kdevpool.conf=systemd/tmpfiles.d/kdevpool.conf
# Scripts; those for programs of others are where these look.
US_SCRIPTS := lib/kdevpool/activate-all=initramfs/activate-all \
	share/initramfs-tools/hooks/kdevpool=initramfs/initramfs-tools/hook \
	share/initramfs-tools/scripts/local-block/kdevpool=initramfs/initramfs-tools/local-block \
	lib/dracut/modules.d/90kdevpool/module-setup.sh=initramfs/dracut/module-setup.sh \
	lib/dracut/modules.d/90kdevpool/activate.sh=initramfs/dracut/activate.sh

install-system:
	@set -e; put() { \
		to="$(DESTDIR)$(PREFIX)/$${2%%=*}"; \
		mkdir -p "$${to%/*}"; \
		sed -e 's|/usr/sbin/kdevpool|$(PREFIX)/sbin/kdevpool|g' \
			-e 's|/usr/lib/kdevpool/act|$(PREFIX)/lib/kdevpool/act|g' \
			"$${2#*=}" >"$$to"; \
		chmod $$1 "$$to"; \
	}; \
	for pair in $(US_SYSTEM); do put 0644 $$pair; done; \
	for pair in $(US_SCRIPTS); do put 0755 $$pair; done

install: userspace man install-system
	install -D -m 0755 $(US_ADMIN) \
		$(DESTDIR)$(PREFIX)/sbin/kdevpool-admin
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man8 \
		$(BUILD)/man/*.8
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/man/man5 \
		$(BUILD)/man/*.5
	install -D -m 0644 -t $(DESTDIR)$(PREFIX)/share/doc/kdevpool \
		docs/json.md
	install -D -m 0644 userspace/completion/kdevpool-admin.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/kdevpool-admin
	install -D -m 0644 userspace/completion/_kdevpool-admin \
		$(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/_kdevpool-admin

# For the kernel it was built for; found at boot, too.
install-module:
	@set -e; ko=$(BUILD)/module/dm-kdevpool.ko; \
	release=$$(modinfo -F vermagic $$ko | cut -d' ' -f1); \
	install -D -m 0644 -t "$(DESTDIR)/lib/modules/$$release/updates" $$ko; \
	[ -n "$(DESTDIR)" ] || depmod "$$release"

-include $(US_OBJ:.o=.d) $(US_SAN_OBJ:.o=.d) \
	 $(US_HELPER_OBJ:.o=.d) \
	 $(patsubst %.o,%.d,$(call us_obj,obj-san,$(US_TEST_SRC))) \
	 $(US_TOOLS:$(BUILD)/tests/tools/%=$(BUILD)/obj-san/tests/tools/%.d)
