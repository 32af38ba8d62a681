# SPDX-License-Identifier: GPL-2.0
# Evergreen: the module, its helper and command, and their tests.
# "make help" lists the targets. Everything that is built goes below build/.

SHELL := /bin/bash
.DELETE_ON_ERROR:

PREFIX ?= /usr/local
DESTDIR ?=
CFLAGS ?= -O2 -g
SCENARIOS ?=
KERNEL ?=

build := build
# The kernel that the module is installed for.
RELEASE ?= $(shell uname -r)
# The kernels to test, and their releases.
series := $(if $(KERNEL),$(KERNEL),$(shell test/qemu/kernels list))
releases = $(shell for k in $(series); do test/qemu/kernels release $$k; done)

all_cflags = -std=gnu11 -Wall -Wextra -Werror -Iinclude/uapi -Iuserspace/lib \
	-MMD -MP $(CFLAGS) $(shell pkg-config --cflags $(packages))
packages := libnl-genl-3.0 libnbd libuv json-c gnutls libelf zlib liblzma liblz4 libzstd
libs = -Wl,--as-needed $(shell pkg-config --libs $(packages)) -pthread

lib_src := $(wildcard userspace/lib/*.c)
helper_src := $(wildcard userspace/evergreend/*.c)
command_src := $(wildcard tools/evergreen/*.c)
tool_src := $(wildcard test/scenarios/tools/*.c)
debug_tool_src := $(wildcard test/debug/tools/*.c)
unit_src := $(wildcard test/unit/test_*.c)

# What a program of several sources depends on: -MMD would keep the last one's only.
# $^ has what they include, too: so FLAGS, then SOURCES.
depend = @$(CC) $(filter-out -MMD,$(1)) -MM -MT $@ $(2) >$@.d

obj = $(patsubst %.c,$(build)/obj/%.o,$(1))
tool_bin := $(patsubst test/scenarios/tools/%.c,$(build)/bin/test/%,$(tool_src)) \
	$(patsubst test/debug/tools/%.c,$(build)/bin/test/%,$(debug_tool_src)) \
	$(build)/bin/test/scan
unit_bin := $(patsubst test/unit/%.c,$(build)/unit/%,$(unit_src))
programs := $(build)/bin/evergreen $(build)/bin/evergreend

.PHONY: all userspace module modules unit check check-debug check-kernels check-fresh \
	coverage model fuzz mutants demo shell bench lint install install-programs \
	uninstall clean help deps-build deps-test

all: userspace module

userspace: $(programs) $(tool_bin)

$(build)/libevergreen.a: $(call obj,$(lib_src))
	@rm -f $@
	ar rcs $@ $^

$(build)/bin/evergreend: $(call obj,$(helper_src)) $(build)/libevergreen.a
$(build)/bin/evergreen: $(call obj,$(command_src)) $(build)/libevergreen.a
$(programs):
	@mkdir -p $(@D)
	$(CC) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(libs)

$(build)/obj/%.o: %.c
	@mkdir -p $(@D)
	$(CC) $(all_cflags) -c -o $@ $<

$(build)/bin/test/%: test/scenarios/tools/%.c
	@mkdir -p $(@D)
	$(CC) $(all_cflags) -MF $@.d -o $@ $< -pthread

$(build)/bin/test/%: test/debug/tools/%.c $(build)/libevergreen.a
	@mkdir -p $(@D)
	$(CC) $(all_cflags) -Itest/scenarios/tools -MF $@.d -o $@ $< $(build)/libevergreen.a $(libs)

# By the helper's own choice of what goes, and against plain LRU.
scan_src := test/bench/scan.c userspace/evergreend/victims.c
scan_cflags = $(all_cflags) -Iuserspace/evergreend
$(build)/bin/test/scan: $(scan_src)
	@mkdir -p $(@D)
	$(call depend,$(scan_cflags),$(scan_src))
	$(CC) $(filter-out -M%,$(scan_cflags)) -o $@ $(scan_src) -lm

-include $(shell find $(build)/obj $(build)/bin $(build)/unit -name '*.d' 2>/dev/null)

# The module for the running kernel, when it can be built here.
module:
	@if [ -e /lib/modules/$(RELEASE)/build/Makefile ]; then \
		tools/build-module $(RELEASE); \
	else \
		echo "no module for the kernel $(RELEASE): its headers are missing;" \
		     "run: apt-get install linux-headers-$(RELEASE)"; \
	fi

# The module for every kernel that is tested, and those of tests; KDIR= for one more.
modules:
	@[ -n "$(releases)" ] || { echo "no kernel headers;" \
		"run test/qemu/kernels fetch 6.12" >&2; exit 1; }
	@for release in $(releases); do \
		tools/build-module $$release && test/modules/build $$release || exit 1; \
	done

# Unit tests, each linked with what it tests under ASan and UBSan. A line
# "/* evg-sources: FILE... */" in the test says with what; else all pure files.
unit_pure := $(wildcard userspace/evergreend/plan.c userspace/evergreend/detector.c \
	tools/evergreen/parse.c drivers/block/evergreen/link.c)
unit_cflags = $(all_cflags) -O1 -fno-omit-frame-pointer -Wno-error=maybe-uninitialized \
	-fsanitize=address,undefined -fno-sanitize-recover=all \
	-Iuserspace/evergreend -Itools/evergreen -Idrivers/block/evergreen -I. -Itest/unit/kernel
unit_parts = $(or $(shell sed -n 's,^/\* evg-sources: \(.*\) \*/$$,\1,p' $(1)),\
	$(unit_pure) $(lib_src))

define unit_rule
$(build)/unit/$(1): $(2)
	@mkdir -p $$(@D)
	$$(call depend,$$(unit_cflags),$(2))
	$$(CC) $$(filter-out -M%,$$(unit_cflags)) -o $$@ $(2) -lcmocka $$(libs)
endef
$(foreach t,$(notdir $(basename $(unit_src))),$(eval $(call \
	unit_rule,$(t),test/unit/$(t).c $(call unit_parts,test/unit/$(t).c))))

unit: $(unit_bin)
	@test/unit/run $(unit_bin) $(wildcard test/unit/check_*.sh)

# Installs what is missing (as root), builds, runs everything, says the total.
check:
	@SCENARIOS="$(SCENARIOS)" KERNEL="$(KERNEL)" test/check

# The module for every kernel that the archive offers headers of, KERNEL a pattern of
# releases; prints a table.
check-kernels: deps-build
	@test/check-kernels $(KERNEL)

# README's way of a newcomer on fresh Debian 12 and 13, SUITE= bookworm or trixie.
check-fresh:
	@test/check-fresh $(SUITE)

# Everything on debug kernels of our own, which are built once, and what waits and
# wakes on Debian's with PREEMPT_RT; long.
check-debug: deps-test
	@tools/deps debug
	@for kernel in lean kcsan; do \
		export EVG_DEBUG_KERNEL=$$kernel; \
		test/debug/selftest && test/debug/run $(SCENARIOS) || exit; \
	done
	@test/qemu/kernels fetch 6.12-rt
	@$(MAKE) --no-print-directory modules KERNEL=6.12-rt
	@test/qemu/run --kernel 6.12-rt cold-and-warm-reads outages-of-links scripted-helpers

# Lines of the module and the programs that the tests reach; on a quicker kernel.
coverage: deps-test
	@tools/deps debug
	@test/coverage $(SCENARIOS)

# The Promela model of kernel, helper and network, searched by spin.
model:
	@tools/deps model
	@test/model/check

# Parsers of what comes from disk or network; SECONDS_EACH for each target.
fuzz:
	@tools/deps build fuzz
	@test/fuzz/run $(or $(SECONDS_EACH),30)

# Slips that the tests must notice, planted one at a time; MUTANTS="a b" only these.
mutants: deps-test
	@test/mutants/run $(MUTANTS)

demo: deps-test
	@tools/deps demo
	@test/qemu/kernels fetch 6.12
	@$(MAKE) --no-print-directory userspace modules KERNEL=6.12
	@demo/run

shell: deps-test
	@test/qemu/kernels fetch $(or $(KERNEL),6.12)
	@$(MAKE) --no-print-directory userspace modules
	@test/qemu/shell $(KERNEL)

bench: deps-test
	@test/qemu/kernels fetch 6.1 6.12
	@$(MAKE) --no-print-directory userspace modules
	@test/bench/run

deps-build:
	@tools/deps build

deps-test: deps-build
	@tools/deps test

lint:
	@tools/deps build lint
	@test/lint

install install-programs uninstall: export PREFIX := $(PREFIX)
install install-programs uninstall: export DESTDIR := $(DESTDIR)

install: userspace module
	@tools/install all $(RELEASE)

install-programs: userspace
	@tools/install programs

uninstall:
	@tools/install remove

clean:
	rm -rf $(build)

help:
	@echo "make             the programs, and the module for the running kernel"
	@echo "make modules     the module for each kernel that is tested"
	@echo "make check       install what is missing, build, run every test"
	@echo "                 SCENARIOS=\"a b\" only these; KERNEL=6.12 only there, or"
	@echo "                 KERNEL=bzImage, with KDIR its build directory"
	@echo "make demo        show it at work in a guest"
	@echo "make shell       a guest to try it in, with a server behind a slow link"
	@echo "make unit        unit tests, under sanitizers"
	@echo "make bench       instructions per read, against dm-linear and loop"
	@echo "make check-kernels   builds for every kernel of Debian's archive"
	@echo "make check-fresh  what README says, on fresh Debian 12 and 13"
	@echo "make check-debug the same and more on two debug kernels, built once; long"
	@echo "make coverage    lines that the tests reach, on a third; half an hour"
	@echo "make model       search the model of kernel, helper and network"
	@echo "make fuzz        fuzz the parsers, SECONDS_EACH=30 for each"
	@echo "make mutants     plant slips and see which test notices; MUTANTS=\"a b\""
	@echo "make lint        style and static checks"
	@echo "make install     PREFIX=$(PREFIX), DESTDIR=, RELEASE=$(RELEASE)"
	@echo "make install-programs   the same without the module"
	@echo "make uninstall   remove what was installed; caches stay"
	@echo "make clean       remove build/; downloads stay in ~/.cache/evergreen"
