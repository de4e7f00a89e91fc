// SPDX-License-Identifier: GPL-2.0-only
///
/// Append the offset parameter to the implementers and the callers of the NTB
/// memory window translation API.  include/linux/ntb.h itself is changed by
/// hand.
///
/// An implementer says that the part of the window to be mapped starts with
/// the window, and refuses any other offset.  A caller neither asks for the
/// offset nor gives one.  That is what all of them did before.
///
// Usage, in the root of the kernel tree (spatch 1.1.1 leaves a tab on the
// blank lines that it adds):
//   for dir in drivers/ntb drivers/pci/endpoint; do
//       spatch --sp-file mw-offset.cocci --no-includes --include-headers \
//              --in-place --no-show-diff --dir $dir
//   done
//   git diff --name-only | xargs sed -i '/^\t$/d'

@align@
// drivers/ntb/msi.c cannot be parsed without
iterator name scoped_guard;
identifier ops, fn;
@@
struct ntb_dev_ops ops = {
	.mw_get_align = fn,
};

@trans@
identifier ops, fn;
@@
struct ntb_dev_ops ops = {
	.mw_set_trans = fn,
};

@@
identifier align.fn, ntb, pidx, widx, addr_align, size_align, size_max;
@@
fn(struct ntb_dev *ntb, int pidx, int widx, resource_size_t *addr_align,
   resource_size_t *size_align, resource_size_t *size_max
+  , resource_size_t *offset
  )
{
	<...
+	if (offset)
+		*offset = 0;
+
	return 0;
	...>
}

@@
identifier trans.fn, ntb, pidx, widx, addr, size;
statement S1, S2;
@@
fn(struct ntb_dev *ntb, int pidx, int widx, dma_addr_t addr,
   resource_size_t size
+  , resource_size_t offset
  )
{
	... when != S1
+	if (offset)
+		return -EINVAL;
+
	S2
	... when any
}

// A prototype in a header
@@
identifier fn =~ "_mw_get_align$";
identifier ntb, pidx, widx, addr_align, size_align, size_max;
@@
int fn(struct ntb_dev *ntb, int pidx, int widx, resource_size_t *addr_align,
       resource_size_t *size_align, resource_size_t *size_max
+      , resource_size_t *offset
      );

@@
expression list[6] args;
@@
ntb_mw_get_align(args
+		 , NULL
		)

@@
expression list[5] args;
@@
ntb_mw_set_trans(args
+		 , 0
		)
