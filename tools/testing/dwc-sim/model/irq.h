/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Interrupts on their way to the machines. MSIs are edges: a pending set, one
 * bit a message value, so two of the same before delivery are one (as in an
 * interrupt controller). Lines to the endpoint's CPU are levels: a message goes
 * out while the line is asserted and the guest has handled the previous one.
 */
#ifndef DWC_SIM_IRQ_H
#define DWC_SIM_IRQ_H

#include "types.h"

#define IRQ_MSGS_MAX	4096

/* Lines to the endpoint's CPU: the engine's, that of the glue registers, and that of the frame. */
enum ep_line { LINE_EDMA, LINE_APP, LINE_FRAME, NR_EP_LINES };

/* One message of the host's set: data as written, width in bytes (MSI 2, MSI-X 4), sender. */
struct irq_msg {
	uint32_t data;
	uint8_t width;
	uint8_t func;
	bool pending;
};

/* A message held back by a fault. */
struct irq_delayed {
	struct irq_msg msg;
	uint64_t due;
};

#define IRQ_DELAYED_MAX	64

/**
 * struct irqs - pending interrupts
 * @msg:	messages seen so far, with their pending bit
 * @nr_msgs:	entries of @msg in use
 * @next:	where the next search for a pending message starts
 * @level:	asserted lines of the endpoint
 * @again:	lines that owe a message although they are deasserted (fault: dup)
 * @nr_pending:	pending messages
 * @lost:	messages that found @msg full
 * @now:	milliseconds, set by the main loop
 * @delayed:	messages held back until their time
 * @nr_delayed:	how many
 * @hold_until:	no line message before that time
 */
struct irqs {
	struct irq_msg msg[IRQ_MSGS_MAX];
	unsigned int nr_msgs;
	unsigned int next;
	uint32_t level;
	uint32_t again;
	unsigned int nr_pending;
	uint64_t lost;
	uint64_t now;
	struct irq_delayed delayed[IRQ_DELAYED_MAX];
	unsigned int nr_delayed;
	uint64_t hold_until;
};

bool irq_msi_post(struct irqs *q, unsigned int func, uint32_t data, unsigned int width);
bool irq_msi_take(struct irqs *q, unsigned int func, struct irq_msg *out);
bool irq_msi_pending(const struct irqs *q, unsigned int func);
bool irq_msi_delay(struct irqs *q, unsigned int func, uint32_t data, unsigned int width,
		   uint64_t ms);
void irq_tick(struct irqs *q, uint64_t now);
void irq_line(struct irqs *q, enum ep_line line, bool level);
uint64_t irq_next_due(const struct irqs *q);
void irq_clear(struct irqs *q, enum side side);

#endif
