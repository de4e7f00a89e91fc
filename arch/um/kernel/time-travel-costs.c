// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel's own work costs in simulated time, for tests
 *
 * In time-travel=ext mode the CPU is infinitely fast: only what devices say
 * takes time. With this, so does the kernel: each of a few acts that have a
 * tracepoint costs what a module parameter says, in nanoseconds an act or in
 * picoseconds a byte. A cost of 0, the default, charges nothing. Userspace
 * stays infinitely fast.
 *
 * With the parameter log the first acts after it was set are kept, with the
 * time of day at which they began, for debugfs' time_travel_costs.
 */

#include <linux/debugfs.h>
#include <linux/init.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/timekeeping.h>
#include <linux/time-internal.h>
#include <trace/events/dma.h>
#include <trace/events/irq.h>
#include <trace/events/napi.h>
#include <trace/events/net.h>
#include <trace/events/sched.h>
#include <trace/events/skb.h>
#include <trace/events/sock.h>
#include <trace/events/syscalls.h>

enum cost {
	COST_SYSCALL,
	COST_IRQ,
	COST_SOFTIRQ,
	COST_SWITCH,
	COST_NAPI,
	COST_XMIT,
	COST_RECEIVE,
	COST_COPY,
	COST_MAP,
	COST_UNMAP,
	NR_COSTS,
};

static const char * const cost_name[NR_COSTS] = {
	[COST_SYSCALL]	= "system call",
	[COST_IRQ]	= "interrupt",
	[COST_SOFTIRQ]	= "softirq",
	[COST_SWITCH]	= "context switch",
	[COST_NAPI]	= "NAPI poll",
	[COST_XMIT]	= "transmit",
	[COST_RECEIVE]	= "receive",
	[COST_COPY]	= "copy",
	[COST_MAP]	= "DMA map",
	[COST_UNMAP]	= "DMA unmap",
};

/* One act that was charged: when it began, and its cost. */
struct cost_log {
	u64 at_ns;
	u32 ns;
	enum cost what;
};

#define LOG_MAX	4096

static struct cost_log cost_log[LOG_MAX];
static unsigned int cost_logged;
static bool log_costs;
module_param_named(log, log_costs, bool, 0644);
MODULE_PARM_DESC(log, "keep the first acts from now on, for debugfs (N)");

/* An interrupt comes between two pieces of a cost, where it is allowed. */
static unsigned int piece_ns = 2000;
module_param_named(piece, piece_ns, uint, 0644);
MODULE_PARM_DESC(piece, "longest time without interrupts, ns (2000)");

static unsigned long cost[NR_COSTS];
static unsigned long done[NR_COSTS];
static unsigned long total_ns;
module_param_named(total_ns, total_ns, ulong, 0444);
MODULE_PARM_DESC(total_ns, "time charged so far, ns");

module_param_named(syscall, cost[COST_SYSCALL], ulong, 0644);
MODULE_PARM_DESC(syscall, "cost of a system call, ns (0)");
module_param_named(irq, cost[COST_IRQ], ulong, 0644);
MODULE_PARM_DESC(irq, "cost of an interrupt, ns (0)");
module_param_named(softirq, cost[COST_SOFTIRQ], ulong, 0644);
MODULE_PARM_DESC(softirq, "cost of a softirq, ns (0)");
module_param_named(switch, cost[COST_SWITCH], ulong, 0644);
MODULE_PARM_DESC(switch, "cost of a context switch, ns (0)");
module_param_named(napi, cost[COST_NAPI], ulong, 0644);
MODULE_PARM_DESC(napi, "cost of a NAPI poll, ns (0)");
module_param_named(xmit, cost[COST_XMIT], ulong, 0644);
MODULE_PARM_DESC(xmit, "cost of a packet transmitted, ns (0)");
module_param_named(receive, cost[COST_RECEIVE], ulong, 0644);
MODULE_PARM_DESC(receive, "cost of a packet received, ns (0)");
module_param_named(copy, cost[COST_COPY], ulong, 0644);
MODULE_PARM_DESC(copy, "cost of a copied byte, ps (0)");
module_param_named(map, cost[COST_MAP], ulong, 0644);
MODULE_PARM_DESC(map, "cost of a DMA mapping, ns (0)");
module_param_named(unmap, cost[COST_UNMAP], ulong, 0644);
MODULE_PARM_DESC(unmap, "cost of the end of a DMA mapping, ns (0)");
module_param_array_named(acts, done, ulong, NULL, 0444);
MODULE_PARM_DESC(acts, "acts charged so far, bytes for copies, in the order above");

/* In simulated time a look at the clock costs something, but not in here. */
static void log_act(enum cost what, unsigned long ns)
{
	unsigned long flags;

	local_irq_save(flags);
	if (cost_logged < LOG_MAX)
		cost_log[cost_logged++] = (struct cost_log){
			.at_ns = ktime_get_real_fast_ns(), .ns = ns, .what = what,
		};
	local_irq_restore(flags);
}

static int time_travel_costs_show(struct seq_file *m, void *unused)
{
	unsigned int i;

	for (i = 0; i < READ_ONCE(cost_logged); i++)
		seq_printf(m, "%llu %u %s\n", cost_log[i].at_ns, cost_log[i].ns,
			   cost_name[cost_log[i].what]);

	return 0;
}
DEFINE_SHOW_ATTRIBUTE(time_travel_costs);

/**
 * charge() - an act takes its time
 * @what: the act
 * @count: how many, or bytes
 * @ns: nanoseconds for all of them
 *
 * Context: any context
 */
static void charge(enum cost what, unsigned long count, unsigned long ns)
{
	done[what] += count;
	total_ns += ns;
	if (log_costs && ns)
		log_act(what, ns);
	while (ns) {
		unsigned long part = min_t(unsigned long, ns, piece_ns ?: ns);

		time_travel_ndelay(part);
		ns -= part;
	}
}

static void charge_one(enum cost what)
{
	charge(what, 1, cost[what]);
}

static void charge_copy(int bytes)
{
	if (bytes > 0)
		charge(COST_COPY, bytes, bytes * cost[COST_COPY] / 1000);
}

static void probe_sys_enter(void *data, struct pt_regs *regs, long id)
{
	charge_one(COST_SYSCALL);
}

static void probe_irq(void *data, int irq, struct irqaction *action)
{
	charge_one(COST_IRQ);
}

static void probe_softirq(void *data, unsigned int vec)
{
	charge_one(COST_SOFTIRQ);
}

static void probe_switch(void *data, bool preempt, struct task_struct *prev,
			 struct task_struct *next, unsigned int prev_state)
{
	charge_one(COST_SWITCH);
}

static void probe_napi(void *data, struct napi_struct *napi, int work,
		       int budget)
{
	charge_one(COST_NAPI);
}

static void probe_xmit(void *data, const struct sk_buff *skb,
		       const struct net_device *dev)
{
	charge_one(COST_XMIT);
}

static void probe_receive(void *data, struct sk_buff *skb)
{
	charge_one(COST_RECEIVE);
}

static void probe_send(void *data, struct sock *sk, int ret, int flags)
{
	charge_copy(ret);
}

static void probe_copy(void *data, const struct sk_buff *skb, int len)
{
	charge_copy(len);
}

static void probe_map(void *data, struct device *dev, phys_addr_t phys,
		      dma_addr_t dma, size_t size, enum dma_data_direction dir,
		      unsigned long attrs)
{
	charge_one(COST_MAP);
}

static void probe_unmap(void *data, struct device *dev, dma_addr_t dma,
			size_t size, enum dma_data_direction dir,
			unsigned long attrs)
{
	charge_one(COST_UNMAP);
}

static int __init time_travel_costs_init(void)
{
	int err = 0;

	if (time_travel_mode != TT_MODE_EXTERNAL)
		return 0;

	err = err ?: register_trace_sys_enter(probe_sys_enter, NULL);
	err = err ?: register_trace_irq_handler_entry(probe_irq, NULL);
	err = err ?: register_trace_softirq_entry(probe_softirq, NULL);
	err = err ?: register_trace_sched_switch(probe_switch, NULL);
	err = err ?: register_trace_napi_poll(probe_napi, NULL);
	err = err ?: register_trace_net_dev_start_xmit(probe_xmit, NULL);
	err = err ?: register_trace_netif_receive_skb(probe_receive, NULL);
	err = err ?: register_trace_sock_send_length(probe_send, NULL);
	err = err ?: register_trace_skb_copy_datagram_iovec(probe_copy, NULL);
	err = err ?: register_trace_dma_map_phys(probe_map, NULL);
	err = err ?: register_trace_dma_unmap_phys(probe_unmap, NULL);
	WARN_ON(err);

	debugfs_create_file("time_travel_costs", 0400, NULL, NULL,
			    &time_travel_costs_fops);

	return err;
}
late_initcall(time_travel_costs_init);
