# SPDX-License-Identifier: GPL-2.0
#
# The base kernel: which one, where it comes from, how it is verified, and what
# of it build/linux tracks.
#
# The source is Debian's package $(BASE_PACKAGE), the newest version the suite
# has. The mirror is the one the machine's own apt uses; the package is found
# through a private apt configuration under build/apt, so the system's sources
# stay as they are, and apt checks it against BASE_KEYRING. `make fetch` says
# which version it took.
#
# KERNEL=/path/to/linux or KERNEL=/path/to/linux.tar.xz on the command line
# takes any other kernel tree instead.

BASE_PACKAGE	:= linux-source-7.3
BASE_SUITE	:= trixie-backports
BASE_KEYRING	:= /usr/share/keyrings/debian-archive-keyring.gpg

# Topics that VARIANT=base has as well: what the bench itself needs of a kernel.
BASE_TOPICS	:= um-fixes um um-time um-stacktrace

# Folders and files of the base that git tracks in build/linux. A patch can
# only edit what is listed here; `make export` refuses if another file of the
# base was changed.
TRACKED := \
	Documentation MAINTAINERS \
	arch/arm64/boot/dts/renesas arch/um \
	drivers/base drivers/dma drivers/iommu drivers/net drivers/ntb drivers/pci \
	include lib tools/testing

# Room that a build from nothing takes, in MB (measured), checked before each
# step starts: source package and unpacked base, build/linux, one built kernel.
NEED_FETCH_MB	:= 2200
NEED_TREE_MB	:= 2400
NEED_KERNEL_MB	:= 900

# Bookworm's sparse and dt-schema are too old for this kernel, and it has no herdtools7:
# this suite has what is needed.
TOOLS_SUITE	:= forky
