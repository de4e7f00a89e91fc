// SPDX-License-Identifier: GPL-2.0
/*
 * DesignWare eDMA of the peer across a link: drives the read channels that the
 * peer has delegated, see dw_edma_delegate(), through their registers and
 * descriptor memory in a memory window.
 */

#include <linux/array_size.h>
#include <linux/auxiliary_bus.h>
#include <linux/bits.h>
#include <linux/dma-mapping.h>
#include <linux/dma/edma.h>
#include <linux/dma/remote-dma.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "dw-edma-core.h"

/* Registers of a write and a read channel, behind the common registers */
#define DW_EDMA_AUX_CHAN_SIZE	0x200
#define DW_EDMA_AUX_COMMON_SIZE	0x200

struct dw_edma_aux {
	struct dw_edma_chip		chip;
	struct device_dma_parameters	dma_parms;
};

static int dw_edma_aux_irq_vector(struct device *dev, unsigned int nr)
{
	struct remote_dma_device *rdma =
		to_remote_dma_device(to_auxiliary_dev(dev));

	return nr < rdma->nr_irqs ? rdma->irqs[nr] : -EINVAL;
}

static const struct dw_edma_plat_ops dw_edma_aux_plat_ops = {
	.irq_vector = dw_edma_aux_irq_vector,
};

/*
 * Validate what remote_dma_info_check() cannot know. HDMA native is refused as
 * in dw_edma_delegate(): a channel cannot be stopped before its memory is freed.
 */
static int dw_edma_aux_check(const struct remote_dma_device *rdma)
{
	u64 need = DW_EDMA_AUX_COMMON_SIZE +
		   (u64)rdma->num_chans * DW_EDMA_AUX_CHAN_SIZE;
	unsigned int i;

	switch (rdma->params[DW_EDMA_REMOTE_MAP]) {
	case EDMA_MF_EDMA_UNROLL:
	case EDMA_MF_HDMA_COMPAT:
		break;
	default:
		return -EOPNOTSUPP;
	}

	for (i = DW_EDMA_REMOTE_FUNC + 1; i < ARRAY_SIZE(rdma->params); i++)
		if (rdma->params[i])
			return -EOPNOTSUPP;

	if (rdma->params[DW_EDMA_REMOTE_FUNC] > DW_EDMA_MAX_FUNC)
		return -EINVAL;

	if (rdma->num_chans > EDMA_MAX_RD_CH || rdma->regs_size < need)
		return -EINVAL;

	/* One element, and the link element that ends the list */
	return rdma->desc_per_chan < 2 * EDMA_LL_SZ ? -EINVAL : 0;
}

static void dw_edma_aux_init_chip(struct dw_edma_chip *chip,
				  struct remote_dma_device *rdma)
{
	unsigned int i;

	chip->dev = &rdma->adev.dev;
	chip->ops = &dw_edma_aux_plat_ops;
	chip->flags = DW_EDMA_CHIP_PARTIAL;
	chip->mf = rdma->params[DW_EDMA_REMOTE_MAP];
	chip->func_no = rdma->params[DW_EDMA_REMOTE_FUNC];
	chip->reg_base = rdma->regs;
	chip->nr_irqs = rdma->nr_irqs;

	chip->ll_rd_cnt = rdma->num_chans;
	for (i = 0; i < rdma->num_chans; i++) {
		struct dw_edma_region *ll = &chip->ll_region_rd[i];

		ll->paddr = rdma->desc_addr + i * rdma->desc_per_chan;
		ll->vaddr.io = rdma->desc + i * rdma->desc_per_chan;
		ll->sz = rdma->desc_per_chan;
	}
}

static int dw_edma_aux_probe(struct auxiliary_device *adev,
			     const struct auxiliary_device_id *id)
{
	struct remote_dma_device *rdma = to_remote_dma_device(adev);
	struct device *dev = &adev->dev;
	struct dw_edma_aux *aux;
	int err;

	err = dw_edma_aux_check(rdma);
	if (err)
		return dev_err_probe(dev, err,
				     "unusable controller: map %u, %u channels of %u bytes, %pa bytes of registers\n",
				     rdma->params[DW_EDMA_REMOTE_MAP],
				     rdma->num_chans, rdma->desc_per_chan,
				     &rdma->regs_size);

	aux = devm_kzalloc(dev, sizeof(*aux), GFP_KERNEL);
	if (!aux)
		return -ENOMEM;

	/* The device does no DMA itself, but clients query its limits */
	dev->dma_parms = &aux->dma_parms;
	err = dma_coerce_mask_and_coherent(dev, DMA_BIT_MASK(64));
	if (err)
		goto err_parms;

	dw_edma_aux_init_chip(&aux->chip, rdma);

	err = dw_edma_probe(&aux->chip);
	if (err) {
		dev_err_probe(dev, err, "cannot drive the controller\n");
		goto err_parms;
	}

	auxiliary_set_drvdata(adev, aux);

	return 0;

err_parms:
	dev->dma_parms = NULL;

	return err;
}

static void dw_edma_aux_remove(struct auxiliary_device *adev)
{
	struct dw_edma_aux *aux = auxiliary_get_drvdata(adev);
	int err;

	err = dw_edma_remove(&aux->chip);
	if (err)
		dev_dbg(&adev->dev, "controller not stopped: %d\n", err);

	adev->dev.dma_parms = NULL;
}

static const struct auxiliary_device_id dw_edma_aux_id_table[] = {
	{ .name = "ntb_hw_edma." DW_EDMA_REMOTE_DRIVER },
	{ }
};
MODULE_DEVICE_TABLE(auxiliary, dw_edma_aux_id_table);

static struct auxiliary_driver dw_edma_aux_driver = {
	.name = "dw-edma-aux",
	/* The device exists for this driver only: an unbound one is of no use */
	.driver.suppress_bind_attrs = true,
	.probe = dw_edma_aux_probe,
	.remove = dw_edma_aux_remove,
	.id_table = dw_edma_aux_id_table,
};
module_auxiliary_driver(dw_edma_aux_driver);

MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("Synopsys DesignWare eDMA delegated by the peer");
