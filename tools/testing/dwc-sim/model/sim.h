/* SPDX-License-Identifier: GPL-2.0 */
/*
 * struct sim ties the layers of the DesignWare endpoint model together. Layers, lowest
 * first; each calls and includes only the ones before it, as tests/model_layers.py checks.
 * Files of one layer share its name (edma.c, edma-run.c); each includes what it calls,
 * this header brings it the state.
 *
 *   types     words that all share: who starts an access (struct origin), small helpers
 *   words     what files of settings and the command line are made of
 *   event     a queue of what will happen
 *   clock     the host's time, or virtual time
 *   profile   what kind of controller
 *   board     what things cost in virtual time
 *   link      the two directions of the link in virtual time
 *   gmem      guest memory and the test-only DMA page table in it
 *   report    violations, unknown accesses, trace
 *   irq       interrupts on their way to the machines
 *   counters  TLPs, interrupts, register accesses
 *   faults    what is disturbed on command
 *   block     the table of register blocks
 *   dbi       configuration space as the host and as DBI/DBI2 see it
 *   iatu      inbound and outbound address translation
 *   msi       the host's MSI controller
 *   mutate    a hostile peer
 *   fabric    routes an access between the two machines and the registers
 *   edma      the DMA engine
 *   storm     interrupts that a hostile peer sends for nothing
 *   app       glue registers of the SoC around the controller
 *   msi-frame turns writes into interrupts of the endpoint
 *   sim       power, link and reset; fills the table of blocks
 *   calendar  which guest runs until when in virtual time
 *   vhost     vhost-user transport: sockets, memory table, virtqueues
 *   pcidev    virtio_pcidev messages: the PCI devices and the platform device
 *   control   the command socket
 *   plan      commands at virtual times
 *
 * No layer below calendar has file descriptors. Above all are main.c, with the loop, and args.c.
 */
#ifndef DWC_SIM_H
#define DWC_SIM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "app.h"
#include "block.h"
#include "board.h"
#include "clock.h"
#include "counters.h"
#include "dbi.h"
#include "edma.h"
#include "faults.h"
#include "gmem.h"
#include "iatu.h"
#include "irq.h"
#include "link.h"
#include "msi-frame.h"
#include "mutate.h"
#include "profile.h"
#include "report.h"

/**
 * struct sim - one endpoint controller between two machines
 * @clock:	what time it is, what will happen
 * @board:	what things cost in virtual time
 * @link:	the directions of the link in virtual time
 * @profile:	what kind of controller
 * @rc_slot:	slot of the first function's device on the host's bus
 * @mem:	memory of the host (SIDE_RC) and of the endpoint SoC (SIDE_EP)
 * @present:	whether that machine is connected (powered)
 * @link_up:	state of the PCIe link; false whenever the endpoint is absent
 * @link_wanted: what the other end of the link would like, from the command socket
 * @blocks:	registers in the endpoint's window
 * @dbi:	configuration space of each function
 * @iatu:	address translation
 * @edma:	DMA engine
 * @app:	glue registers
 * @frame:	turns writes into interrupts of the endpoint
 * @irq:	interrupts on their way to either machine
 * @counters:	what crossed the link
 * @report:	violations, unknown accesses and the trace
 * @faults:	what is disturbed on command
 * @mutate:	what each machine's peer does to it
 */
struct sim {
	struct clock clock;
	struct board board;
	struct link link;
	struct profile profile;
	unsigned int rc_slot;
	struct gmem mem[NR_SIDES];
	bool present[NR_SIDES];
	bool link_up;
	bool link_wanted;
	struct blocks blocks;
	struct dbi dbi[MAX_FUNCS];
	struct iatu iatu;
	struct edma edma;
	struct app app;
	struct msi_frame frame;
	struct irqs irq;
	struct counters counters;
	struct report report;
	struct faults faults;
	struct mutator mutate[NR_SIDES];
};

/* Where the blocks of registers are in the endpoint's window. */
#define EP_DBI			0x00000
#define EP_DBI2			0x10000
#define EP_ATU			0x20000
#define EP_APP			0x30000		/* if the profile has it */
#define EP_DMA			0x40000
#define EP_FRAME		0x50000		/* if the profile has it */

void sim_init(struct sim *sim, const struct profile *profile, const struct board *board);
int sim_set_link(struct sim *sim, bool up);
void sim_update_link(struct sim *sim);
void sim_machine_on(struct sim *sim, enum side side);
void sim_machine_off(struct sim *sim, enum side side);

#endif
