# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0
#
# Sphinx, as the kernel configures it, on the documents that the series touches.
# Only these are there: what refers to another document is not resolved here.

about() { echo "htmldocs of the touched documents"; }
in_base() { true; }

tool() { need sphinx-build python3-sphinx; sphinx-build --version; }
inputs() { touched_content 'Documentation/*.rst' '*.[ch]'; }

# sphinx TREE: on what is in $dir/Documentation.
sphinx() (
	cd "$1" || exit
	ln -sfn "$1/MAINTAINERS" "$dir/MAINTAINERS"
	cp -r Documentation/{conf.py,sphinx,sphinx-static} "$dir/Documentation/"
	printf 'Touched\n=======\n\n.. toctree::\n   :glob:\n\n   **\n' >"$dir/Documentation/index.rst"
	srctree=$1 BUILDDIR=$dir/html KERNELVERSION=7.3 KERNELRELEASE=7.3 \
		sphinx-build -q -E -b html "$dir/Documentation" "$dir/html" >"$dir/log" 2>&1 ||
		{ tail -n 15 "$dir/log" >&2; die "sphinx-build failed: $(short "$dir/log")"; }
	sed -n "s|^$dir/Documentation/||; /WARNING\\|ERROR/p" "$dir/log"
)

findings() {
	local path
	rm -rf "$dir/Documentation"
	for path in $(touched 'Documentation/*.rst'); do
		[ -e "$1/$path" ] || continue
		mkdir -p "$dir/Documentation/$(dirname "${path#Documentation/}")"
		cp "$1/$path" "$dir/Documentation/${path#Documentation/}"
	done
	[ ! -d "$dir/Documentation" ] || sphinx "$1"
}

proof() {
	rm -rf "$dir/Documentation"
	mkdir "$dir/Documentation"
	cp "$bad/bad.rst" "$dir/Documentation/"
	sphinx "$linux" | grep 'Title underline too short'
}
