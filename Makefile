# SPDX-License-Identifier: GPL-2.0
#
# The only entry point: `make help` explains every target. The work is done by
# the scripts in scripts/ (each has --help) and by tools/testing/dwc-sim. A
# target installs what it needs and makes what it is made of; steps that have
# nothing to do take no time.

include base.mk

SHELL := /bin/bash
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:

BUILD	?= build
override BUILD := $(abspath $(BUILD))
JOBS	?= $(shell nproc)
VARIANT	?= series
FOR	?= demo

SIM	:= tools/testing/dwc-sim
BENCH	:= $(SIM)/bench.py

export BUILD FULL JOBS KERNEL SIGNOFF V VARIANT
unexport TEST MUTANT LINTER RESUME LIST

# Names of earlier versions: T=, M=, L=, REST=, make save, make carry.
renamed = $(if $(filter command,$(origin $1)),$(error $1= is now called $2=))
$(call renamed,T,TEST)$(call renamed,M,MUTANT)$(call renamed,L,LINTER)$(call renamed,REST,RESUME)
save carry:
	@echo "make $@ is now called make $(if $(filter save,$@),export,rebase)" >&2; exit 1
export BASE_PACKAGE BASE_SUITE BASE_KEYRING BASE_TOPICS TRACKED
export NEED_FETCH_MB NEED_TREE_MB NEED_KERNEL_MB TOOLS_SUITE

##
## Usage: make TARGET [NAME=value ...]
##
## The two commands:
.PHONY: demo check
##   demo [MODE=memcpy]   boot two machines, run NTB traffic between them, print one table
demo: export STARTED := $(shell date +%s)
demo: deps-demo kernel model-demo
	@$(BENCH) demo $(if $(MODE),--mode '$(MODE)')

##   check [TEST='glob*'] run every test at its small size, or those whose names match, and
##                        build only the kernels that these need
##   check LIST=1         only name the tests
check: export STARTED := $(shell date +%s)
ifdef LIST
check: deps-check
	@$(BENCH) run --list $(foreach t,$(TEST),'$(t)')
else ifdef TEST
check: deps-check tree
	@for variant in $$($(BENCH) run --kernels $(foreach t,$(TEST),'$(t)')); do VARIANT=$$variant scripts/kernel || exit; done
	@scripts/model
	@$(BENCH) run --jobs 2 $(foreach t,$(TEST),'$(t)')
else
check: deps-check kernel-base kernel-series kernel-debug model
	@$(BENCH) run --jobs 2
endif

##
## The steps of these:
.PHONY: deps fetch tree kernel arm64 model bench
##   deps [FOR=target]    install the Debian packages that a target needs (FOR=demo)
deps: deps-$(FOR)
deps-%:
	@scripts/deps $*

##   fetch                unpack the base kernel into build/base
fetch: deps-fetch
	@scripts/fetch

##   tree                 make build/linux: the base under git, a commit for each patch
tree: deps-tree fetch
	@scripts/tree

##   kernel [VARIANT=series|base|debug|gcov]
##                        build User-Mode-Linux of build/linux; of the base; with all checks; that
##                        counts, too, how often each line is executed
kernel: kernel-$(VARIANT)
.PHONY: kernel-base kernel-series kernel-debug kernel-gcov
kernel-base kernel-series kernel-debug kernel-gcov: kernel-%: deps-kernel tree
	@VARIANT=$* scripts/kernel

##   arm64                build what a Spider board needs, as host or endpoint, into build/arm64
arm64: deps-arm64 tree
	@scripts/arm64

##   model                build the DesignWare endpoint model and the guests' init
model: deps-model
	@scripts/model
.PHONY: model-demo model-perf
model-demo model-perf: model-%: deps-model
	@scripts/model $*

##   perf [BOARD=FILE] [UPDATE=1]
##                        how fast the transports would be on each board of
##                        tools/testing/dwc-sim/boards, or on yours, in virtual time;
##                        UPDATE=1: expect what the regression test measures now
.PHONY: perf
perf: deps-perf kernel-series model-perf
	@$(BENCH) perf $(if $(BOARD),--board '$(BOARD)') $(if $(UPDATE),--update)

##   bench ARGS='...'     the bench itself (ARGS=--help tells)
bench: deps-bench kernel model
	@$(BENCH) $(ARGS)

##
## Working on the patches (in build/linux, with ordinary git):
.PHONY: export rebase graph series mbox
##   export               write the commits of build/linux back to patches/ and the new files
export: deps-tree
	@scripts/export

##   rebase               take unsaved commits over to other patches or another base
rebase: deps-tree fetch
	@scripts/rebase

##   graph                print what each topic needs, and draw it (patches/topics.svg)
graph: deps-graph
	@scripts/graph --draw

##   series               write the mailable series, a folder a topic, into build/series
series: deps-tree tree
	@scripts/series

##   mbox SIGNOFF='Name <mail>'
##                        the same with that person's sign-off added, and an mbox a topic
mbox: deps-tree tree
	@scripts/series --mbox

##
## Deeper checks:
.PHONY: lint kunit bisect mutants refusals soak check-maintainer
##   lint [LINTER=name] [FULL=1]
##                        checkpatch, sparse, W=1, kernel-doc on what the series touches, coccicheck
##                        on one file of that, size of the patches, .config; or one of scripts/lint.d, or of
##                        scripts/lint.d/maintainer; FULL=1 forgets earlier results, and
##                        coccicheck takes all of it
lint: deps-lint kernel
	@scripts/tools sparse $(lint-tools-$(LINTER))
	@scripts/lint $(LINTER)

lint-tools-dtbs := dt-schema
lint-tools-litmus := herdtools7

##   kunit                the kernel's unit tests that the series adds
kunit:
	@$(MAKE) --no-print-directory check TEST='kunit*'

##   bisect               build the kernel after each patch, run unit tests and traffic at the
##                        end of each topic; keeps the table
##                        tools/testing/dwc-sim/results/bisect.log
bisect: deps-bench kernel-base kernel-series model
	@scripts/bisect

##   mutants [MUTANT='glob*']
##                        make each mistake of tools/testing/dwc-sim/mutants, or those whose
##                        labels match, in the kernel, or in the model (MUTANT='MODEL-*', which
##                        takes a minute and no kernel): its test has to notice
mutants: deps-check $(if $(filter-out MODEL-%,$(or $(MUTANT),all)),kernel-base kernel-series) model
	@scripts/mutants $(foreach m,$(MUTANT),'$(m)')

##   refusals [TEST='glob*']
##                        run tests on a kernel that counts how often each line is executed, and
##                        list the lines that refuse something and that no test has come to in
##                        tools/testing/dwc-sim/results/refusals.log
refusals: deps-check kernel-gcov model
	@$(BENCH) refusals $(foreach t,$(TEST),'$(t)')

##   soak [TEST='glob*'] [RESUME=1]
##                        every test at its full size, which takes hours; keeps the table
##                        tools/testing/dwc-sim/results/soak.log; RESUME=1: only those that it
##                        does not have as passed
soak: deps-soak kernel-base kernel-series kernel-debug model
	@$(BENCH) run --jobs 2 --soak $(if $(RESUME),--resume) $(foreach t,$(TEST),'$(t)')

##   check-maintainer     what a maintainer would run: lint from nothing, with dtbs_check, htmldocs,
##                        all of coccicheck, arm64, x86 and clang, and the litmus tests; arm64
##                        in full; bisect and its table; make tree, export and series on the
##                        whole base
check-maintainer: deps-check-maintainer bisect kernel kernel-debug arm64
	@$(BENCH) run --maintainer
	@scripts/tools sparse dt-schema herdtools7
	@FULL=1 scripts/lint --all

##
## Tidying:
.PHONY: clean distclean help
##   clean                remove what was built, mounts and leftovers of killed runs;
##                        keep the base, the downloads and build/linux (your work)
clean:
	@scripts/clean

##   distclean            remove all of build/ (stops if build/linux has unsaved work)
distclean:
	@scripts/clean --all

##
## KERNEL=/path/to/linux    take another base kernel (a tree or a tarball)
## BUILD=/path              put everything generated there instead of build/
## V=1                      show what the builds say, too (CC, LD ...)
## JOBS=n                   run n compilers at once instead of one a processor
##
## From nothing, make demo needs 4 GB of disk and 280 s of processor time, make check 6 GB
## and 25 minutes on two processors: both at pace 1 (README.md). They print the machine's pace.
help:
	@sed -n 's/^##\( \|$$\)//p' Makefile
