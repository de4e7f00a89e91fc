// SPDX-License-Identifier: GPL-2.0
/*
 * Delegation of the endpoint's DMA channels that read the host's memory.
 *
 * One inbound memory window maps, side by side, a page that describes the
 * controller (struct remote_dma_info), its registers, and the descriptor memory
 * of the delegated channels. The layout of registers and descriptors is known
 * only to the controller's driver and to the driver that the host loads for it.
 *
 * A host that has the registers can let the controller access whatever the
 * controller reaches, with all of its channels.
 */

#include <linux/cleanup.h>
#include <linux/dma-mapping.h>
#include <linux/dma/remote-dma.h>
#include <linux/interrupt.h>
#include <linux/lockdep.h>
#include <linux/pci-epc.h>
#include <linux/pci-epf.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "pci-epf-vntb.h"

/* The auxiliary resources of the channels */
struct vntb_dma_resources {
	struct pci_epc_aux_resource regs;
	struct pci_epc_aux_resource desc;
};

static int vntb_dma_find(struct epf_ntb *ntb, struct vntb_dma_resources *found)
{
	struct pci_epc_aux_resource *res __free(kfree) = NULL;
	bool have_regs = false, have_desc = false;
	struct pci_epf *epf = ntb->epf;
	int count, ret, i;

	count = pci_epc_get_aux_resources_count(epf->epc, epf->func_no,
						epf->vfunc_no);
	if (count <= 0)
		return -EOPNOTSUPP;

	res = kzalloc_objs(*res, count);
	if (!res)
		return -ENOMEM;

	ret = pci_epc_get_aux_resources(epf->epc, epf->func_no, epf->vfunc_no,
					res, count);
	if (ret)
		return ret;

	for (i = 0; i < count; i++) {
		if (res[i].type == PCI_EPC_AUX_DMA_CTRL_MMIO) {
			found->regs = res[i];
			have_regs = true;
		} else if (res[i].type == PCI_EPC_AUX_DMA_DESC_MEM &&
			   res[i].u.dma_desc.dir == PCI_EPC_DMA_FROM_RC) {
			found->desc = res[i];
			have_desc = true;
		}
	}

	return have_regs && have_desc ? 0 : -EOPNOTSUPP;
}

/**
 * vntb_dma_init() - Nothing is delegated
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 *
 * Context: Any context, once.
 */
void vntb_dma_init(struct epf_ntb *ntb)
{
	mutex_init(&ntb->dma.lock);
}

/**
 * vntb_dma_able() - Is there a DMA controller that can be delegated?
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 *
 * Context: Process context. May sleep.
 * Return: true if there is.
 */
bool vntb_dma_able(struct epf_ntb *ntb)
{
	struct vntb_dma_resources res;

	return ntb->mw_subranges && !vntb_dma_find(ntb, &res);
}

static void vntb_dma_fill_info(struct remote_dma_info *info,
			       const struct vntb_dma_resources *res,
			       const struct vntb_dma_layout *layout)
{
	unsigned int i;

	memset(info, 0, sizeof(*info));
	info->magic = cpu_to_le32(REMOTE_DMA_MAGIC);
	info->version = cpu_to_le32(REMOTE_DMA_VERSION);
	info->size = cpu_to_le32(sizeof(*info));
	strscpy_pad(info->driver, res->regs.u.dma_ctrl.driver);
	info->regs_offset = cpu_to_le32(layout->regs_offset);
	info->regs_size = cpu_to_le32(res->regs.size);
	info->desc_offset = cpu_to_le32(layout->desc_offset);
	info->desc_size = cpu_to_le32(res->desc.size);
	info->desc_addr = cpu_to_le64(res->desc.u.dma_desc.dma_addr);
	info->num_chans = cpu_to_le32(res->desc.u.dma_desc.num_chans);
	info->desc_per_chan = cpu_to_le32(res->desc.u.dma_desc.desc_per_chan);
	info->num_notify = cpu_to_le32(res->desc.u.dma_desc.num_notify);
	for (i = 0; i < ARRAY_SIZE(info->params); i++)
		info->params[i] = cpu_to_le32(res->regs.u.dma_ctrl.params[i]);
}

/*
 * The registers are not memory: map them for the controller, which writes to
 * them on behalf of the host.
 */
static int vntb_dma_map_regs(struct epf_ntb *ntb, struct vntb_map *regs)
{
	struct device *dev = ntb->epf->epc->dev.parent;
	dma_addr_t addr;

	addr = dma_map_resource(dev, regs->addr, regs->size, DMA_BIDIRECTIONAL,
				0);
	if (dma_mapping_error(dev, addr))
		return -EIO;

	regs->addr = addr;

	return 0;
}

static void vntb_dma_unmap_regs(struct epf_ntb *ntb, const struct vntb_map *regs)
{
	dma_unmap_resource(ntb->epf->epc->dev.parent, regs->addr, regs->size,
			   DMA_BIDIRECTIONAL, 0);
}

static int vntb_dma_delegate_chans(struct epf_ntb *ntb)
{
	struct pci_epf *epf = ntb->epf;

	return pci_epc_delegate_dma(epf->epc, epf->func_no, epf->vfunc_no,
				    PCI_EPC_DMA_FROM_RC);
}

static int vntb_dma_reclaim_chans(struct epf_ntb *ntb)
{
	struct pci_epf *epf = ntb->epf;

	return pci_epc_reclaim_dma(epf->epc, epf->func_no, epf->vfunc_no,
				   PCI_EPC_DMA_FROM_RC);
}

/* Prepare the contents of the window, and their places in it */
static int vntb_dma_prepare(struct epf_ntb *ntb, unsigned int mw,
			    const struct vntb_dma_resources *res,
			    struct vntb_dma_layout *layout)
{
	struct vntb_map *info = &layout->maps[VNTB_DMA_INFO];
	struct vntb_map *regs = &layout->maps[VNTB_DMA_REGS];
	const struct vntb_map *client = &ntb->mws_map[mw][VNTB_PART_CLIENT];
	struct device *dev = &ntb->epf->dev;
	int ret;

	vntb_layout_dma(ntb->mw_align, res->regs.phys_addr, res->regs.size,
			res->desc.u.dma_desc.dma_addr, res->desc.size, layout);

	if (layout->size > ntb->mws_size[mw]) {
		dev_err(dev, "MW%u is too small to delegate the DMA controller: needs %#llx bytes\n",
			mw + 1, layout->size);
		return -ENOSPC;
	}

	if (client->size && client->offset < layout->size) {
		dev_err(dev, "MW%u is in use, cannot delegate the DMA controller\n",
			mw + 1);
		return -EBUSY;
	}

	ntb->dma.info = dma_alloc_coherent(ntb->epf->epc->dev.parent,
					   info->size, &info->addr, GFP_KERNEL);
	if (!ntb->dma.info)
		return -ENOMEM;

	ret = vntb_dma_map_regs(ntb, regs);
	if (ret)
		goto err_free_info;

	vntb_dma_fill_info(ntb->dma.info, res, layout);

	/* The host would refuse it */
	ret = remote_dma_info_check(ntb->dma.info, ntb->mws_size[mw]);
	if (ret) {
		dev_err(dev, "DMA controller cannot be described: %pe\n",
			ERR_PTR(ret));
		goto err_unmap_regs;
	}

	return 0;

err_unmap_regs:
	vntb_dma_unmap_regs(ntb, regs);
err_free_info:
	dma_free_coherent(ntb->epf->epc->dev.parent, info->size, ntb->dma.info,
			  info->addr);

	return ret;
}

static void vntb_dma_release(struct epf_ntb *ntb,
			     const struct vntb_dma_layout *layout)
{
	const struct vntb_map *info = &layout->maps[VNTB_DMA_INFO];

	vntb_dma_unmap_regs(ntb, &layout->maps[VNTB_DMA_REGS]);
	dma_free_coherent(ntb->epf->epc->dev.parent, info->size, ntb->dma.info,
			  info->addr);
}

static irqreturn_t vntb_dma_notified(int irq, void *data)
{
	vntb_poll_now(data);

	return IRQ_HANDLED;
}

/*
 * Where no write of the host can raise an interrupt, the channel that is
 * delegated for notification does at the end of a transfer: poll the doorbells.
 */
static int vntb_dma_request_irq(struct epf_ntb *ntb,
				const struct vntb_dma_resources *res)
{
	int irq, ret;

	if (!res->desc.u.dma_desc.num_notify || ntb->msi_doorbell)
		return 0;

	irq = res->desc.u.dma_desc.notify_irq;
	ret = request_irq(irq, vntb_dma_notified, 0, "pci_epf_vntb_notify", ntb);
	if (ret)
		return ret;

	ntb->dma.notify_irq = irq;

	return 0;
}

static void vntb_dma_free_irq(struct epf_ntb *ntb)
{
	if (ntb->dma.notify_irq)
		free_irq(ntb->dma.notify_irq, ntb);
	ntb->dma.notify_irq = 0;
}

/*
 * The host cannot start the channels any more. Stop them, and only then release
 * what they use.
 */
static int vntb_dma_finish_reclaim(struct epf_ntb *ntb)
{
	int ret;

	lockdep_assert_held(&ntb->dma.lock);

	ret = vntb_dma_reclaim_chans(ntb);
	if (ret)
		return ret;

	vntb_dma_free_irq(ntb);
	vntb_dma_release(ntb, &ntb->dma.layout);
	WRITE_ONCE(ntb->dma.state, VNTB_DMA_OWNED);

	return 0;
}

/* Can the channels be delegated now? */
static int vntb_dma_check_state(struct epf_ntb *ntb)
{
	int ret;

	if (!ntb->dma.able)
		return -EOPNOTSUPP;

	if (ntb->dma.state == VNTB_DMA_DELEGATED)
		return -EBUSY;

	if (ntb->dma.state == VNTB_DMA_RECLAIMING) {
		ret = vntb_dma_finish_reclaim(ntb);
		if (ret) {
			dev_err(&ntb->epf->dev,
				"DMA channels cannot be delegated: they have not stopped since they were reclaimed (%pe)\n",
				ERR_PTR(ret));
			return ret;
		}
	}

	return READ_ONCE(ntb->linkup) ? 0 : -EAGAIN;
}

/**
 * vntb_dma_delegate() - Delegate DMA channels to the host
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 * @mw: Index of the memory window, below the number of windows
 * @info: OUT - what the host finds at the start of the window
 *
 * Context: Process context. May sleep.
 * Return: Zero or an error code, see ntb_dma_delegate().
 */
int vntb_dma_delegate(struct epf_ntb *ntb, unsigned int mw,
		      struct remote_dma_info *info)
{
	struct vntb_dma_resources res;
	struct vntb_dma_layout layout;
	int ret;

	guard(mutex)(&ntb->dma.lock);

	ret = vntb_dma_check_state(ntb);
	if (ret)
		return ret;

	ret = vntb_dma_find(ntb, &res);
	if (ret)
		return ret;

	ret = vntb_dma_prepare(ntb, mw, &res, &layout);
	if (ret)
		return ret;

	ret = vntb_dma_request_irq(ntb, &res);
	if (ret)
		goto err_release;

	/* From here on no client on this side uses the channels. */
	ret = vntb_dma_delegate_chans(ntb);
	if (ret)
		goto err_free_irq;

	ret = vntb_mw_map(ntb, mw, VNTB_PART_DMA, VNTB_DMA_NUM, layout.maps);
	if (ret)
		goto err_reclaim;

	WRITE_ONCE(ntb->dma.state, VNTB_DMA_DELEGATED);
	ntb->dma.mw = mw;
	ntb->dma.layout = layout;
	memcpy(info, ntb->dma.info, sizeof(*info));

	return 0;

err_reclaim:
	/* The host has not seen the channels: they are idle */
	vntb_dma_reclaim_chans(ntb);
err_free_irq:
	vntb_dma_free_irq(ntb);
err_release:
	vntb_dma_release(ntb, &layout);

	return ret;
}

static int vntb_dma_start_reclaim(struct epf_ntb *ntb)
{
	int ret;

	lockdep_assert_held(&ntb->dma.lock);

	if (ntb->dma.state == VNTB_DMA_OWNED)
		return 0;

	if (ntb->dma.state == VNTB_DMA_RECLAIMING)
		return vntb_dma_finish_reclaim(ntb);

	vntb_mw_unmap(ntb, ntb->dma.mw, VNTB_PART_DMA, VNTB_DMA_NUM);
	WRITE_ONCE(ntb->dma.state, VNTB_DMA_RECLAIMING);

	ret = vntb_dma_finish_reclaim(ntb);
	if (ret)
		dev_err(&ntb->epf->dev,
			"DMA channels do not stop, their memory must stay (%pe)\n",
			ERR_PTR(ret));

	return ret;
}

/**
 * vntb_dma_reclaim() - Reclaim the DMA channels from the host
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 * @mw: Index of the memory window, below the number of windows
 *
 * First unmaps the window, so that the host cannot start a transfer any more,
 * then stops the channels, and then releases what they used.
 *
 * Context: Process context. May sleep.
 * Return: Zero, or an error code if the channels did not stop. They may then
 * still access memory; call this again before that is freed.
 */
int vntb_dma_reclaim(struct epf_ntb *ntb, unsigned int mw)
{
	guard(mutex)(&ntb->dma.lock);

	if (ntb->dma.mw != mw)
		return 0;

	return vntb_dma_start_reclaim(ntb);
}

/**
 * vntb_dma_exit() - Reclaim what a client has not reclaimed
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 *
 * If the channels do not stop, the controller's driver keeps them until they
 * do. They do not access any memory that is released here.
 *
 * Context: Process context, after the last client has gone. May sleep.
 */
void vntb_dma_exit(struct epf_ntb *ntb)
{
	guard(mutex)(&ntb->dma.lock);

	if (!vntb_dma_start_reclaim(ntb))
		return;

	vntb_dma_free_irq(ntb);
	vntb_dma_release(ntb, &ntb->dma.layout);
	WRITE_ONCE(ntb->dma.state, VNTB_DMA_OWNED);
}

/**
 * vntb_dma_is_idle() - Has the client ended its use of the DMA channels?
 * @ntb: NTB device that facilitates communication between HOST and VHOST
 *
 * After a link down event a client ends its own transfers to the host, and then
 * reclaims the channels. Until then no other session may give the endpoint
 * access to the host's memory. If the channels did not stop when they were
 * reclaimed, this tries again.
 *
 * Context: Process context. May sleep while channels are being stopped.
 * Return: true if it has.
 */
bool vntb_dma_is_idle(struct epf_ntb *ntb)
{
	if (READ_ONCE(ntb->dma.state) == VNTB_DMA_DELEGATED)
		return false;

	guard(mutex)(&ntb->dma.lock);

	if (ntb->dma.state == VNTB_DMA_RECLAIMING)
		vntb_dma_finish_reclaim(ntb);

	return ntb->dma.state == VNTB_DMA_OWNED;
}
