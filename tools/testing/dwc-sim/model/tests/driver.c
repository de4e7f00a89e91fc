// SPDX-License-Identifier: GPL-2.0
/* What a driver of the eDMA does: see driver.h. */
#include "driver.h"

const uint32_t reg_engine_en[NR_DIRS] = { 0x0c, 0x2c };
const uint32_t reg_doorbell[NR_DIRS] = { 0x10, 0x30 };
const uint32_t reg_int_status[NR_DIRS] = { 0x4c, 0xa0 };
const uint32_t reg_int_mask[NR_DIRS] = { 0x54, 0xa8 };
const uint32_t reg_int_clear[NR_DIRS] = { 0x58, 0xac };
const uint32_t reg_done_imwr[NR_DIRS] = { 0x60, 0xcc };
const uint32_t reg_abort_imwr[NR_DIRS] = { 0x68, 0xd4 };
const uint32_t reg_imwr_data[NR_DIRS] = { 0x70, 0xdc };
const uint32_t reg_ll_err_en[NR_DIRS] = { 0x90, 0xc4 };

/* Far more than any test needs: a channel that does not stop is a finding. */
#define MAX_STEPS	10000

/** dma_read() - the endpoint's CPU reads a DMA register */
uint32_t dma_read(struct sim *sim, uint32_t off)
{
	return ep_read(sim, EP_DMA + off);
}

/** dma_write() - the endpoint's CPU writes a DMA register */
void dma_write(struct sim *sim, uint32_t off, uint32_t v)
{
	ep_write(sim, EP_DMA + off, v);
}

/** chan_off() - offset of a channel's register */
uint32_t chan_off(enum dma_dir dir, unsigned int ch, uint32_t reg)
{
	return 0x200 + 0x200 * ch + (dir == DIR_RD ? 0x100 : 0) + reg;
}

/** chan_state() - CS: 1 running, 2 halted, 3 stopped */
uint32_t chan_state(struct sim *sim, enum dma_dir dir, unsigned int ch)
{
	return dma_read(sim, chan_off(dir, ch, CH_CONTROL1)) >> 5 & 3;
}

/** dma_start() - the link is up and configured, both halves of the engine are on */
struct sim *dma_start(void)
{
	struct sim *sim = fx_start();
	unsigned int d;

	for (d = 0; d < NR_DIRS; d++)
		dma_write(sim, reg_engine_en[d], 1);
	return sim;
}

/** dma_list() - start a channel on a list */
void dma_list(struct sim *sim, enum dma_dir dir, unsigned int ch, uint64_t list)
{
	dma_write(sim, chan_off(dir, ch, CH_CONTROL1), LLE | CCS);
	dma_write(sim, chan_off(dir, ch, CH_LLP), (uint32_t)list);
	dma_write(sim, chan_off(dir, ch, CH_LLP + 4), (uint32_t)(list >> 32));
	dma_write(sim, reg_doorbell[dir], ch);
}

/** dma_single() - start a channel without a list */
void dma_single(struct sim *sim, enum dma_dir dir, unsigned int ch, uint32_t ctl,
		uint32_t size, uint64_t sar, uint64_t dar)
{
	dma_write(sim, chan_off(dir, ch, CH_CONTROL1), ctl);
	dma_write(sim, chan_off(dir, ch, CH_SIZE), size);
	dma_write(sim, chan_off(dir, ch, CH_SAR), (uint32_t)sar);
	dma_write(sim, chan_off(dir, ch, CH_SAR + 4), (uint32_t)(sar >> 32));
	dma_write(sim, chan_off(dir, ch, CH_DAR), (uint32_t)dar);
	dma_write(sim, chan_off(dir, ch, CH_DAR + 4), (uint32_t)(dar >> 32));
	dma_write(sim, reg_doorbell[dir], ch);
}

/** dma_single_buf() - likewise, between the two buffers of the tests */
void dma_single_buf(struct sim *sim, enum dma_dir dir, unsigned int ch, uint32_t ctl,
		    uint32_t size)
{
	dma_single(sim, dir, ch, ctl, size, dir == DIR_WR ? EP_BUF : RC_BUF,
		   dir == DIR_WR ? RC_BUF : EP_BUF);
}

/** dma_imwr() - where the done and the abort write of @dir go, and @ch's data */
void dma_imwr(struct sim *sim, enum dma_dir dir, unsigned int ch, uint64_t done,
	      uint64_t abort, uint16_t data)
{
	uint32_t reg = reg_imwr_data[dir] + ch / 2 * 4, v = dma_read(sim, reg);

	dma_write(sim, reg_done_imwr[dir], (uint32_t)done);
	dma_write(sim, reg_done_imwr[dir] + 4, (uint32_t)(done >> 32));
	dma_write(sim, reg_abort_imwr[dir], (uint32_t)abort);
	dma_write(sim, reg_abort_imwr[dir] + 4, (uint32_t)(abort >> 32));
	if (ch % 2)
		v = (v & 0xffff) | (uint32_t)data << 16;
	else
		v = (v & 0xffff0000) | data;
	dma_write(sim, reg, v);
}

/** dma_run() - until every channel has stopped */
void dma_run(struct sim *sim)
{
	unsigned int i;

	for (i = 0; i < MAX_STEPS && edma_step(sim); i++)
		;
	EXPECT(i < MAX_STEPS);
}

/** list_data() - element @idx of the list moves @size bytes */
void list_data(struct sim *sim, unsigned int idx, uint32_t ctl, uint32_t size,
	       uint64_t sar, uint64_t dar)
{
	uint8_t *e = mem_at(sim, SIDE_EP, LIST + 24 * idx);

	put_le(e, ctl, 4);
	put_le(e + 4, size, 4);
	put_le(e + 8, sar, 8);
	put_le(e + 16, dar, 8);
}

/** list_buf() - likewise, between piece @idx of the two buffers of the tests */
void list_buf(struct sim *sim, enum dma_dir dir, unsigned int idx, uint32_t ctl,
	      uint32_t size)
{
	uint64_t ep = EP_BUF + (uint64_t)idx * size, rc = RC_BUF + (uint64_t)idx * size;

	list_data(sim, idx, ctl, size, dir == DIR_WR ? ep : rc, dir == DIR_WR ? rc : ep);
}

/** list_link() - element @idx of the list leads to @to */
void list_link(struct sim *sim, unsigned int idx, uint32_t ctl, uint64_t to)
{
	uint8_t *e = mem_at(sim, SIDE_EP, LIST + 24 * idx);

	put_le(e, ctl | LLP, 4);
	put_le(e + 4, 0, 4);
	put_le(e + 8, to, 8);
	put_le(e + 16, 0, 8);
}
