# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# How the kernel's make is called: kbuild for build/linux, kbuild_in for
# another source tree. All variants share one command line, since make builds
# again what was built by another. Sourced.

compiler=gcc
if type ccache >/dev/null 2>&1; then
	compiler="ccache gcc"
	export CCACHE_DIR=${CCACHE_DIR:-$BUILD/ccache} CCACHE_MAXSIZE=${CCACHE_MAXSIZE:-2G}
fi

# run_make NAME OBJECTS ARGS: without what the outer make put into the environment.
run_make() {
	local name=$1 objects=$2
	shift 2
	env -u BUILD -u KERNEL -u JOBS -u VARIANT -u TRACKED -u MAKEFLAGS -u MFLAGS -u MAKEOVERRIDES -u MAKELEVEL \
		KBUILD_BUILD_USER=dwc-sim KBUILD_BUILD_HOST="$name" LOCALVERSION= \
		"${view[@]}" make -C "$linux" O="$objects" ARCH=um CC="$compiler" -j"$JOBS" "$@"
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
	mkdir -p "$objects"
	run_make "$name" "$objects" "$@"
}
