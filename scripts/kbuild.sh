# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# How the kernel's make is called: kbuild for build/linux, kbuild_in for
# another source tree; for User-Mode-Linux, unless `target` says something else.
# All variants of a target share one command line, since make builds again what
# was built by another. Sourced.

launcher=''
if type ccache >/dev/null 2>&1; then
	launcher="ccache "
	export CCACHE_DIR=${CCACHE_DIR:-$BUILD/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}
	# kbuild has each object's headers listed: no need to run the preprocessor first
	export CCACHE_DEPEND=1
fi

# target NAME: um, um with clang, arm64 or x86.
target() {
	case $1 in
	um)		compiler=gcc target_args=(ARCH=um) ;;
	um-clang)	compiler=clang-19 target_args=(ARCH=um) ;;
	arm64)		compiler=aarch64-linux-gnu-gcc target_args=(ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu-) ;;
	x86)		compiler=gcc target_args=(ARCH=x86) ;;
	esac
	compiler=$launcher$compiler
}
target um

# The device trees of the series, as make wants them.
# shellcheck disable=SC2034
SPIDER_DTBS=(renesas/r8a779f0-spider-rc.dtb renesas/r8a779f0-spider-ep.dtb)

# What only the endpoint's own system on chip has: no other target compiles it.
# shellcheck disable=SC2034
ONLY_ARM64=(':!drivers/iommu' ':!drivers/pci/controller/dwc/pcie-rcar-gen4.c')

# What uname -v says when a kernel was built, and how often, seeds its random numbers,
# and so virtual time: the same in each build. Whoever needs the time has build/log.
BUILT_AT='Thu Jan  1 00:00:00 UTC 2026'

# run_make NAME OBJECTS ARGS: without what the outer make put into the environment.
run_make() {
	local name=$1 objects=$2
	shift 2
	env -u BUILD -u KERNEL -u JOBS -u VARIANT -u TRACKED -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u MAKELEVEL \
		KBUILD_BUILD_USER=dwc-sim KBUILD_BUILD_HOST="$name" LOCALVERSION= \
		KBUILD_BUILD_VERSION=1 KBUILD_BUILD_TIMESTAMP="$BUILT_AT" \
		"${view[@]}" make -C "$linux" O="$objects" "${target_args[@]}" CC="$compiler" -j"$JOBS" "$@"
}

# kbuild NAME ARGS: make with the source build/linux, the objects build/kernel/NAME.
kbuild() {
	local view=() name=$1
	shift
	run_make "$name" "$BUILD/kernel/$name" "$@"
}

# kbuild_in TREE NAME ARGS: the same with another source tree. The commands see
# it under the path of build/linux, and its objects under the path of those of
# series: through a mount that only they see. So the objects of one tree are
# valid for another one, and ccache knows them.
kbuild_in() {
	local objects=$BUILD/kernel/series view name=$2
	view=(bwrap --dev-bind / / --bind "$1" "$linux" --bind "$BUILD/kernel/$2" "$objects" --die-with-parent --)
	shift 2
	mkdir -p "$objects" "$BUILD/kernel/$name"
	run_make "$name" "$objects" "$@"
}

# forget_stale OBJECTS FILLED: make goes by time of change, and a source tree
# that was made anew may have older files with other content: objects of
# another tree than the one that FILLED names are of no use.
forget_stale() {
	if [ -e "$1/filled" ] && ! cmp -s "$2" "$1/filled"; then
		say "$(short "$1") was built from another tree: starting anew"
		rm -rf "$1"
	fi
	mkdir -p "$1"
	cp "$2" "$1/filled"
}

# made_with OBJECTS HEADERS: the objects in folder OBJECTS that were made of a
# header in file HEADERS, which has "/path" in each line. (.cmd files list what
# an object was made of.)
made_with() {
	[ -s "$2" ] || return 0
	{ grep -r -l -F -f "$2" --include='.*.o.cmd' --exclude='*.mod.o.cmd' "$1" || [ $? = 1 ]; } |
		sed "s|^$1/||; s|/\.\([^/]*\)\.cmd\$|/\1|"
}
