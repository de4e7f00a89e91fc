// SPDX-License-Identifier: GPL-2.0
/*
 * PCI endpoint controller library: which requests to delegate DMA channels reach
 * the controller's driver, and which do not.
 */

#include <kunit/test.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pci-epc.h>

enum epc_op { OP_NONE, OP_DELEGATE, OP_RECLAIM };

/* The last request to the controller's driver, and its answer */
struct epc_test {
	struct pci_epc		*epc;
	enum epc_op		op;
	u8			func_no;
	u8			vfunc_no;
	enum pci_epc_dma_dir	dir;
	bool			locked;
	int			answer;
};

static int epc_test_op(struct pci_epc *epc, enum epc_op op, u8 func_no,
		       u8 vfunc_no, enum pci_epc_dma_dir dir)
{
	struct epc_test *t = epc_get_drvdata(epc);

	t->op = op;
	t->func_no = func_no;
	t->vfunc_no = vfunc_no;
	t->dir = dir;
	t->locked = mutex_is_locked(&epc->lock);

	return t->answer;
}

static int epc_test_delegate(struct pci_epc *epc, u8 func_no, u8 vfunc_no,
			     enum pci_epc_dma_dir dir)
{
	return epc_test_op(epc, OP_DELEGATE, func_no, vfunc_no, dir);
}

static int epc_test_reclaim(struct pci_epc *epc, u8 func_no, u8 vfunc_no,
			    enum pci_epc_dma_dir dir)
{
	return epc_test_op(epc, OP_RECLAIM, func_no, vfunc_no, dir);
}

static const struct pci_epc_ops epc_test_ops = {
	.delegate_dma = epc_test_delegate,
	.reclaim_dma = epc_test_reclaim,
	.owner = THIS_MODULE,
};

/* Channels that cannot be reclaimed must not be delegated. */
static const struct pci_epc_ops epc_test_ops_one_way = {
	.delegate_dma = epc_test_delegate,
	.owner = THIS_MODULE,
};

static const struct pci_epc_ops epc_test_ops_none = {
	.owner = THIS_MODULE,
};

static struct epc_test *epc_test_create(struct kunit *test,
					const struct pci_epc_ops *ops)
{
	static u8 max_vfs[] = { 0, 2 };
	struct epc_test *t;

	t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t);
	t->epc = kunit_kzalloc(test, sizeof(*t->epc), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, t->epc);

	/* Only the fields that the functions under test use */
	mutex_init(&t->epc->lock);
	t->epc->ops = ops;
	t->epc->max_functions = 2;
	t->epc->max_vfs = max_vfs;
	epc_set_drvdata(t->epc, t);

	return t;
}

static void pci_epc_test_dma_passed_on(struct kunit *test)
{
	struct epc_test *t = epc_test_create(test, &epc_test_ops);

	t->answer = -EBUSY;
	KUNIT_EXPECT_EQ(test, -EBUSY,
			pci_epc_delegate_dma(t->epc, 1, 2, PCI_EPC_DMA_TO_RC));
	KUNIT_EXPECT_EQ(test, (int)t->op, (int)OP_DELEGATE);
	KUNIT_EXPECT_EQ(test, t->func_no, 1);
	KUNIT_EXPECT_EQ(test, t->vfunc_no, 2);
	KUNIT_EXPECT_EQ(test, (int)t->dir, (int)PCI_EPC_DMA_TO_RC);
	KUNIT_EXPECT_TRUE(test, t->locked);

	t->answer = 0;
	KUNIT_EXPECT_EQ(test, 0,
			pci_epc_reclaim_dma(t->epc, 0, 0, PCI_EPC_DMA_FROM_RC));
	KUNIT_EXPECT_EQ(test, (int)t->op, (int)OP_RECLAIM);
	KUNIT_EXPECT_EQ(test, t->func_no, 0);
	KUNIT_EXPECT_EQ(test, t->vfunc_no, 0);
	KUNIT_EXPECT_EQ(test, (int)t->dir, (int)PCI_EPC_DMA_FROM_RC);
	KUNIT_EXPECT_TRUE(test, t->locked);
	KUNIT_EXPECT_FALSE(test, mutex_is_locked(&t->epc->lock));
}

static void pci_epc_test_dma_refused(struct kunit *test)
{
	static const struct {
		u8 func_no, vfunc_no;
		int dir;
	} cases[] = {
		{ 2, 0, PCI_EPC_DMA_FROM_RC },
		{ 0, 1, PCI_EPC_DMA_FROM_RC },
		{ 1, 3, PCI_EPC_DMA_FROM_RC },
		{ 0, 0, PCI_EPC_DMA_TO_RC + 1 },
		{ 0, 0, -1 },
	};
	struct epc_test *t = epc_test_create(test, &epc_test_ops);
	struct pci_epc *no_epc[] = { NULL, ERR_PTR(-ENODEV) };
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				pci_epc_delegate_dma(t->epc, cases[i].func_no,
						     cases[i].vfunc_no,
						     cases[i].dir));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				pci_epc_reclaim_dma(t->epc, cases[i].func_no,
						    cases[i].vfunc_no,
						    cases[i].dir));
	}
	for (i = 0; i < ARRAY_SIZE(no_epc); i++) {
		KUNIT_EXPECT_EQ(test, -EINVAL,
				pci_epc_delegate_dma(no_epc[i], 0, 0,
						     PCI_EPC_DMA_FROM_RC));
		KUNIT_EXPECT_EQ(test, -EINVAL,
				pci_epc_reclaim_dma(no_epc[i], 0, 0,
						    PCI_EPC_DMA_FROM_RC));
	}
	KUNIT_EXPECT_EQ(test, (int)t->op, (int)OP_NONE);
}

static void pci_epc_test_dma_unsupported(struct kunit *test)
{
	struct epc_test *one_way = epc_test_create(test, &epc_test_ops_one_way);

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			pci_epc_delegate_dma(one_way->epc, 0, 0,
					     PCI_EPC_DMA_FROM_RC));
	KUNIT_EXPECT_EQ(test, (int)one_way->op, (int)OP_NONE);
}

static void pci_epc_test_dma_no_ops(struct kunit *test)
{
	struct epc_test *none = epc_test_create(test, &epc_test_ops_none);

	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			pci_epc_delegate_dma(none->epc, 0, 0,
					     PCI_EPC_DMA_FROM_RC));
	KUNIT_EXPECT_EQ(test, -EOPNOTSUPP,
			pci_epc_reclaim_dma(none->epc, 0, 0,
					    PCI_EPC_DMA_FROM_RC));
}

static struct kunit_case pci_epc_test_cases[] = {
	KUNIT_CASE(pci_epc_test_dma_passed_on),
	KUNIT_CASE(pci_epc_test_dma_refused),
	KUNIT_CASE(pci_epc_test_dma_unsupported),
	KUNIT_CASE(pci_epc_test_dma_no_ops),
	{ }
};

static struct kunit_suite pci_epc_test_suite = {
	.name = "pci_epc",
	.test_cases = pci_epc_test_cases,
};

kunit_test_suite(pci_epc_test_suite);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("KUnit tests of the PCI endpoint controller library");
