#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The litmus tests of tools/testing/dwc-sim/litmus have the results that they
# state, and each barrier of the series has one. In a small copy of the tree, the
# linter notices what is wrong with a test, and a barrier that has none.
# timeout: 600
# works in: build

# shellcheck source=scripts/tests/lib.sh
. "$(dirname "$0")/../lib.sh"

# lint REPOSITORY BUILD
# shellcheck disable=SC2016
lint() { make -s -C "$1" BUILD="$2" --eval 'only: ; @scripts/tools herdtools7 && scripts/lint litmus' only; }

# The only finding in the copy; fails if there is one.
finding() {
	! lint "$REAL/repo" "$REAL/build" >"$TMP/lint" 2>&1 || return 0
	cat "$TMP/lint"
	grep -B1 'litmus: 1 findings' "$TMP/lint" | sed q
	return 1
}

# A commit that appends standard input to a file of the series.
commit() {
	cat >>"$linux/$1"
	git -C "$linux" -c user.name=Toy -c user.email=toy@example.org commit -q -a -m "Add a function" -m "Text."
}
undo() { git -C "$linux" reset -q --hard HEAD~; }

plan 9
verdict "all results are as stated, all barriers have a test" lint "$REPO" "$REAL_BUILD"

also=(tools/memory-model)
real
mkdir -p "$REAL/build/tools"
ln -s "$REAL_BUILD/tools/herdtools7" "$REAL/build/tools/"
real_make tree >"$TMP/tree"
linux=$REAL/build/linux
tests=$REAL/repo/tools/testing/dwc-sim/litmus

# edit EXPRESSION: of one test, as it is in the repository but for this.
edit() { sed "$1" "$REPO/tools/testing/dwc-sim/litmus/edma-post.litmus" >"$tests/edma-post.litmus"; }

edit '/^\tsmp_wmb();/d'
refused "a missing barrier" "edma-post[.]litmus: states 'Never', herd7 says 'Sometimes" finding
edit 's/^\tint r0;/&\n\tsmp_mb();/'
refused "a barrier that is not needed" "edma-post[.]litmus:[0-9]+: is Never as well without 'smp_mb" finding
edit 's/edma_tx_place()/edma_tx_moved()/'
refused "a function that is gone" 'there is no edma_tx_moved\(\) in drivers/ntb/ntb_transport_edma_tx[.]c' finding
edit 's/WRITE_ONCE([*]post, 1)/WRITE_TWICE(*post, 1)/'
refused "a test that herd7 cannot read" "edma-post[.]litmus: states 'Never', herd7 says .*Unknown macro" finding
edit ''

commit drivers/ntb/ntb_transport_edma_tx.c <<'C'

void bad_barrier(void)
{
	smp_mb();
}
C
refused "a barrier without a test" 'edma_tx[.]c: bad_barrier\(\) has 1 smp_mb\(\), .* have fewer' finding
undo

commit drivers/ntb/ntb_transport_edma_tx.c <<'C'

void bad_pair(void)
{
	/*
	 * Seen last. Pairs with
	 * the barrier in edma_tx_place().
	 */
	barrier();
}
C
refused "a pair without a test" 'edma_tx[.]c: no litmus test names both bad_pair\(\) and edma_tx_place\(\)' finding
undo
sed -i 's/^\tdma_rmb();/&\n&/' "$linux/drivers/ntb/ntb_transport_edma_session.c"
commit drivers/ntb/ntb_transport_edma_session.c </dev/null
refused "a second barrier in a function" 'session_activate\(\) has 2 dma_rmb\(\), .* \(edma-epoch[.]litmus\) have fewer' finding
undo
verdict "nothing else" lint "$REAL/repo" "$REAL/build"
