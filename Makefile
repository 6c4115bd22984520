# SPDX-License-Identifier: GPL-2.0-only
#
# dm-kdevpool: what can be made; `make help` lists it.
#
# userspace/build.mk defines the targets `userspace` (programs into
# $(BUILD)/bin) and `unit` (test programs into $(BUILD)/tests/unit); the files
# in tests/ those that prove and measure the store in user space.

# one spelling, whoever calls: objects and what they depend on are found by name
BUILD ?= build
override BUILD := $(abspath $(BUILD))
CC := $(if $(filter default,$(origin CC)),gcc,$(CC))
CFLAGS ?= -O2 -g
WARNINGS := -Wall -Wextra $(if $(WERROR),-Werror)
export KDEVPOOL_CACHE

.DEFAULT_GOAL := build

include userspace/build.mk
include tests/sim/build.mk
include tests/sim/exhaust/build.mk
include tests/fuzz/build.mk
include tests/bench/build.mk
include tests/stops/build.mk
include tests/corrupt/build.mk

.PHONY: build module check check-fast demo package session soak bench clean help
.PHONY: userspace unit

help:
	@echo 'make build       programs into $(BUILD)/bin, and the module'
	@echo 'make module      dm-kdevpool.ko for Debian 6.1 into $(BUILD)/module'
	@echo 'make check       everything: static checks, units, virtual machines'
	@echo 'make check-fast  static checks and units only'
	@echo 'make demo        the whole story in a virtual machine'
	@echo 'make session     record docs/session.txt anew'
	@echo 'make package     Debian packages into $(BUILD)/package'
	@echo 'make install     programs, rules, units, pages (install-module: the module)'
	@echo 'make man         manual pages into $(BUILD)/man'
	@echo 'The store in user space, programs into $(BUILD)/tests:'
	@echo 'make sim         the simulator: tests/sim/sim.c has its arguments'
	@echo 'make sim-mutants each broken rule must be found by it'
	@echo 'make exhaust     every short sequence, every crash (EXHAUST_ARGS=LENGTH=3)'
	@echo 'make fuzz        damaged images (SECONDS=N, or SEED=N for one)'
	@echo 'make corrupt     damages images and disks in named ways (its --help)'
	@echo 'make store-figures   memory, bytes, latency of the store'
	@echo 'make bench       the target beside dm-linear, dm-thin, raw disks'
	@echo 'make soak        the long tests at full length (SOAK_SECONDS=N)'
	@echo 'make clean       remove $(BUILD)'
	@echo 'The cache (kernels, images) is $${KDEVPOOL_CACHE:-~/.cache/kdevpool}.'

build: userspace module

module:
	@scripts/install-deps build
	@scripts/build-module --kernel 6.1 --out $(BUILD)/module

check:
	@scripts/install-deps all
	@tests/run

check-fast:
	@scripts/install-deps build
	@scripts/install-deps check
	@tests/run --tier static --tier unit

demo:
	@scripts/install-deps vm
	@$(MAKE) --no-print-directory -s build
	@tests/demo/run

package:
	@scripts/install-deps check
	@mkdir -p $(BUILD)/package
	@scripts/build-package $(BUILD)/package

session:
	@scripts/install-deps vm
	@scripts/record-session

soak:
	@scripts/install-deps all
	@tests/run --soak

bench:
	@scripts/install-deps all
	@tests/bench/run --json $(BUILD)/bench.json --svg $(BUILD)/bench.svg

clean:
	rm -rf --one-file-system $(BUILD)
