/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Single rules of the hardware that can be broken on purpose (to prove that a
 * test would notice a wrong model), and faults (things real hardware may do).
 */
#ifndef DWC_SIM_RULES_H
#define DWC_SIM_RULES_H

#include "types.h"

#define RULES(X)								\
	X(BAR_MASK,	"bar-mask",	"a BAR's size follows its DBI2 mask")	\
	X(BAR_ENABLE,	"bar-enable",	"bit 0 of the DBI2 mask enables a BAR")	\
	X(DBI_RO_LOCK,	"dbi-ro-lock",	"read-only fields need DBI_RO_WR_EN")	\
	X(BAR_FIXED,	"bar-fixed",	"the size of a fixed BAR is not in its DBI2 mask") \
	X(REBAR_SIZE,	"rebar-size",	"a resizable BAR's size is in its control register") \
	X(BAR_MATCH,	"bar-match",	"BAR-match adds the offset in the BAR")	\
	X(BAR_ALIGN,	"bar-align",	"a BAR-match target is aligned to the BAR's size") \
	X(ADDR_MATCH,	"addr-match",	"address-match adds the offset in its window") \
	X(ADDR_ASSIGNED, "addr-assigned", "address-match compares the assigned address") \
	X(ATU_LIMIT,	"atu-limit",	"a window ends at its limit")		\
	X(ATU_ALIGN,	"atu-align",	"the low 12 bits of a limit read as ones") \
	X(ATU_REGION,	"atu-region",	"bases and targets are multiples of 4 KB") \
	X(ATU_COUNT,	"atu-count",	"windows past the last one do not exist") \
	X(OUTBOUND,	"outbound",	"outbound windows translate to their target") \
	X(MSI_DECODE,	"msi-decode",	"the MSI address is decoded before memory") \
	X(MSI_ENABLE,	"msi-enable",	"no MSI without MSI Enable")		\
	X(MSI_RANGE,	"msi-range",	"Multiple Message Enable bounds the vectors") \
	X(MSI_MASK,	"msi-mask",	"a masked vector is not sent")		\
	X(MSI_VECTOR,	"msi-vector",	"the low bits of MSI data are the vector") \
	X(MSIX_DATA,	"msix-data",	"MSI-X delivers the data of its table entry") \
	X(BME,		"bus-master",	"nothing is sent with bus mastering off") \
	X(MSE,		"memory-space",	"BARs do not decode with memory space off") \
	X(CHAN_COUNT,	"chan-count",	"CTRL tells the number of channels")	\
	X(CHAN_STATE,	"chan-state",	"CS in control 1 is the channel's state") \
	X(LIVE_WRITE,	"live-write",	"a running channel's registers are not written") \
	X(LL_ENABLE,	"ll-enable",	"LLE makes the channel take a list")	\
	X(LL_ELEMENT,	"ll-element",	"an element has 24 bytes")		\
	X(LL_CB,	"ll-cb",	"an element is valid while CB equals CCS") \
	X(LL_LINK,	"ll-link",	"a link element continues at its pointer") \
	X(LL_TCB,	"ll-tcb",	"TCB toggles CCS")			\
	X(LL_LIE,	"ll-lie",	"LIE sets the done bit")		\
	X(LL_RIE,	"ll-rie",	"IMWr needs both LIE and RIE")		\
	X(LL_ERR,	"ll-error",	"an unreadable list is an error")	\
	X(DMA_DIR,	"dma-direction", "read channels fetch from the link partner") \
	X(DMA_SIZE,	"dma-size",	"every byte of an element moves")	\
	X(DMA_ABORT,	"dma-abort",	"an abort halts the channel and says so") \
	X(DOORBELL_CHAN, "doorbell-channel", "doorbell bits 2:0 are the channel") \
	X(DOORBELL_STOP, "doorbell-stop", "doorbell bit 31 stops the channel")	\
	X(ENGINE_EN,	"engine-enable", "a disabled engine starts nothing")	\
	X(INT_BITS,	"int-bits",	"done bits are 7:0, abort bits 23:16")	\
	X(INT_MASK,	"int-mask",	"INT_MASK gates the local line")	\
	X(INT_MASK_IMWR, "int-mask-imwr", "INT_MASK does not gate IMWr")	\
	X(INT_CLEAR,	"int-clear",	"INT_CLEAR is write-1-to-clear")	\
	X(INT_EMULATION, "int-emulation", "a write to INT_STATUS raises the line") \
	X(NO_EMULATION,	"no-emulation",	"without emulation a write to INT_STATUS is nothing") \
	X(EMU_STATUS,	"emulation-status", "interrupt emulation sets no status bit") \
	X(INT_DEASSERT,	"int-deassert",	"a zero write to INT_CLEAR deasserts it") \
	X(INT_LEVEL,	"int-level",	"edma_int is a level")			\
	X(IMWR_ADDR,	"imwr-address",	"IMWr addresses are per direction")	\
	X(IMWR_DATA,	"imwr-data",	"IMWr data is per channel")		\
	X(IMWR_ABORT,	"imwr-abort",	"LINKED_LIST_ERR_EN enables the abort IMWr") \
	X(MPS,		"mps",		"writes are split at Max_Payload_Size")	\
	X(MRRS,		"mrrs",		"reads are split at Max_Read_Request_Size") \
	X(MAX_READ,	"max-read",	"the data of too long a read repeats its start") \
	X(APP_LTSSM,	"app-ltssm",	"the link trains only while LTSSM_ENABLE is set") \
	X(APP_IRQ_LEVEL, "app-irq-level", "the app line is a level: status and enable") \
	X(HOT_RESET,	"hot-reset",	"a hot reset clears Command, BARs and MSI")

enum rule {
#define X(id, name, text) RULE_##id,
	RULES(X)
#undef X
	NR_RULES
};

enum engine_fault {
	ENGINE_WORKS,
	ENGINE_DEAF,		/* takes no doorbell */
	ENGINE_STUCK,		/* cannot be disabled: a zero written to ENGINE_EN is lost */
};

struct fault_dma {
	bool armed;
	bool llerr;		/* linked-list error instead of an abort */
	uint64_t element;	/* elements still to pass */
};

/**
 * struct rules - what is broken or disturbed right now
 * @broken:	rules broken on purpose
 * @irq_drop:	interrupts still to be swallowed, by receiving side
 * @irq_dup:	interrupts still to be sent twice
 * @irq_delay:	delay of the next @irq_delayed interrupts, milliseconds
 * @irq_delayed: how many
 * @dma:	abort or linked-list error on the n-th element
 * @stall:	channel makes no progress
 * @engine:	what is wrong with the engine as a whole
 */
struct rules {
	bool broken[NR_RULES];
	uint64_t irq_drop[NR_SIDES];
	uint64_t irq_dup[NR_SIDES];
	uint64_t irq_delay[NR_SIDES];
	uint64_t irq_delayed[NR_SIDES];
	struct fault_dma dma[NR_DIRS][8];
	bool stall[NR_DIRS][8];
	enum engine_fault engine;
};

struct rule_desc {
	const char *name;
	const char *text;
};

extern const struct rule_desc rule_desc[NR_RULES];

int rule_find(const char *name);

static inline bool broken(const struct rules *r, enum rule rule)
{
	return __builtin_expect(r->broken[rule], 0);
}

#endif
