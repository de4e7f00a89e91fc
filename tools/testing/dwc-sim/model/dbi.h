/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Configuration space of the endpoint's functions: as the host sees it, and as the
 * endpoint's CPU sees it through DBI (read-only fields writable while
 * DBI_RO_WR_EN is set) and DBI2 (BAR masks). Function n is CFG_SIZE * n into either;
 * the port logic, with DBI_RO_WR_EN, is there once, in the space of function 0.
 */
#ifndef DWC_SIM_DBI_H
#define DWC_SIM_DBI_H

#include "profile.h"
#include "types.h"

struct sim;

#define CFG_SIZE		4096

#define PCI_COMMAND		0x04
#define PCI_COMMAND_MEMORY	BIT(1)
#define PCI_COMMAND_MASTER	BIT(2)
#define PCI_BAR(n)		(0x10 + 4 * (n))
#define PCI_BAR_TYPE_64		BIT(2)

#define CAP_PM			0x40
#define CAP_MSI			0x50
#define MSI_FLAGS		(CAP_MSI + 0x02)
#define MSI_FLAGS_ENABLE	BIT(0)
#define MSI_ADDR_LO		(CAP_MSI + 0x04)
#define MSI_ADDR_HI		(CAP_MSI + 0x08)
#define MSI_DATA		(CAP_MSI + 0x0c)
#define MSI_MASK		(CAP_MSI + 0x10)
#define CAP_EXP			0x70
#define EXP_DEVCAP		(CAP_EXP + 0x04)
#define EXP_DEVCTL		(CAP_EXP + 0x08)
#define EXP_LNKCAP		(CAP_EXP + 0x0c)
#define EXP_LNKSTA		(CAP_EXP + 0x12)
#define EXP_LNKCAP2		(CAP_EXP + 0x2c)
#define EXP_LNKCTL2		(CAP_EXP + 0x30)
#define CAP_MSIX		0xb0
#define MSIX_FLAGS		(CAP_MSIX + 0x02)
#define MSIX_FLAGS_ENABLE	BIT(15)

/* Port logic, as named in drivers/pci/controller/dwc/pcie-designware.h. */
#define PORT_DEBUG0		0x728
#define PORT_DEBUG1		0x72c
#define PORT_DEBUG1_LINK_UP	BIT(4)
#define LTSSM_DETECT_QUIET	0x00
#define LTSSM_L0		0x11
#define MISC_CONTROL_1		0x8bc
#define DBI_RO_WR_EN		BIT(0)
#define VERSION_NUMBER		0x8f8
#define VERSION_TYPE		0x8fc
#define ATU_VIEWPORT		0x900
#define DMA_VIEWPORT_CTRL	0x978

/**
 * struct dbi - configuration space of one function
 * @val:	content
 * @host_rw:	bits the host may write
 * @w1c:	bits cleared by writing one, from either side
 * @dbi_rw:	bits DBI may write while DBI_RO_WR_EN is set
 * @port_rw:	bits DBI may write at any time
 * @reset:	values after a power-on reset; of what the host may write, after any
 * @known:	bytes that belong to a register
 * @bar_mask:	DBI2: size - 1 of each BAR (not of resizable ones), bit 0 enables it
 */
struct dbi {
	uint8_t val[CFG_SIZE];
	uint8_t host_rw[CFG_SIZE];
	uint8_t w1c[CFG_SIZE];
	uint8_t dbi_rw[CFG_SIZE];
	uint8_t port_rw[CFG_SIZE];
	uint8_t reset[CFG_SIZE];
	bool known[CFG_SIZE];
	uint32_t bar_mask[NR_BARS];
};

void dbi_power_on(struct sim *sim);
void dbi_hot_reset(struct sim *sim);

uint32_t dbi_read(struct sim *sim, enum side who, unsigned int off, unsigned int size);
void dbi_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v);
void dbi2_write(struct sim *sim, enum side who, unsigned int off, unsigned int size, uint32_t v);
uint32_t dbi2_read(struct sim *sim, enum side who, unsigned int off, unsigned int size);

uint32_t cfg_host_read(struct sim *sim, unsigned int func, unsigned int off, unsigned int size);
void cfg_host_write(struct sim *sim, unsigned int func, unsigned int off, unsigned int size,
		    uint32_t v);

uint32_t cfg_get(const struct sim *sim, unsigned int func, unsigned int off, unsigned int size);
bool cfg_bar_enabled(const struct sim *sim, unsigned int func, unsigned int bar);
uint64_t cfg_bar_size(const struct sim *sim, unsigned int func, unsigned int bar);
uint64_t cfg_bar_addr(const struct sim *sim, unsigned int func, unsigned int bar);
bool cfg_bme(const struct sim *sim, unsigned int func);
bool cfg_mse(const struct sim *sim, unsigned int func);
unsigned int cfg_mps(const struct sim *sim, unsigned int func);
unsigned int cfg_mrrs(const struct sim *sim, unsigned int func);
bool cfg_msi_enabled(const struct sim *sim, unsigned int func);
unsigned int cfg_msi_vectors(const struct sim *sim, unsigned int func);
bool cfg_msix_enabled(const struct sim *sim, unsigned int func);

#endif
