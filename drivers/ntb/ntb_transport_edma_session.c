// SPDX-License-Identifier: (GPL-2.0-only OR BSD-3-Clause)
/*
 * Sessions of the remote-eDMA backend: how the two sides of a device find each
 * other through the scratchpads, and part. enum edma_session has the states;
 * Documentation/driver-api/ntb.rst describes bring-up and teardown.
 */
#include <linux/iopoll.h>
#include <linux/ntb.h>
#include <linux/ntb_edma.h>
#include <linux/ntb_transport.h>
#include <linux/pci.h>
#include <linux/random.h>

#include "ntb_transport_internal.h"
#include "ntb_transport_edma.h"

#define RING_ENTRIES		256
#define MIN_MTU			64
#define RETRY_MS		1000	/* after a failure on this side */

static bool session_entered(const struct edma_ctx *e)
{
	return e->session == SESSION_ENTERED || e->session == SESSION_ACTIVE;
}

/* What this side offers; written again until there is an answer. */
static void session_publish(struct edma_ctx *e)
{
	struct ntb_dev *ndev = e->nt->ndev;

	ntb_peer_spad_write(ndev, PIDX, SPAD_ENTRIES, RING_ENTRIES);
	ntb_peer_spad_write(ndev, PIDX, SPAD_MTU, e->max_size);
	ntb_peer_spad_write(ndev, PIDX, NUM_QPS, e->nt->qp_count);
	ntb_peer_spad_write(ndev, PIDX, SPAD_ACK, e->peer_epoch);
	ntb_peer_spad_write(ndev, PIDX, SPAD_STATE,
			    session_entered(e) ? SESSION_DMA : e->session);
	ntb_peer_spad_write(ndev, PIDX, SPAD_EPOCH, e->epoch);
	ntb_peer_spad_write(ndev, PIDX, VERSION, NTB_EDMA_VERSION);
}

/* The peer's offer, agreed with the own one. It is validated here, once. */
static int session_agree(struct edma_ctx *e)
{
	struct ntb_transport_ctx *nt = e->nt;
	struct ntb_dev *ndev = nt->ndev;
	u32 qps = ntb_spad_read(ndev, NUM_QPS);
	u32 entries = ntb_spad_read(ndev, SPAD_ENTRIES);
	u32 mtu = ntb_spad_read(ndev, SPAD_MTU);

	if (!qps || qps > NTB_EDMA_MAX_QPS || !ntb_edma_entries_valid(entries) ||
	    mtu < MIN_MTU)
		return -EAGAIN;

	nt->qp_active = min(qps, nt->qp_count);
	WRITE_ONCE(e->mtu, min(mtu, e->max_size));
	e->entries = ntb_edma_fit_entries(nt->qp_active,
					  min_t(u32, entries, RING_ENTRIES),
					  e->peer_size);
	if (!e->entries) {
		ntb_transport_report_mismatch(nt, "bytes for the rings needed",
					      ntb_edma_block_size(nt->qp_active,
								  NTB_EDMA_MIN_ENTRIES),
					      e->peer_size);
		return -EAGAIN;
	}

	return 0;
}

/* NONE -> RINGS */
static int session_start_rings(struct edma_ctx *e, u32 peer_epoch)
{
	int ret;

	ret = session_agree(e);
	if (ret)
		return ret;

	ret = ntb_edma_block_alloc_slots(e);
	if (!ret)
		ret = ntb_edma_block_set(e);
	if (ret)
		return ret;

	e->peer_epoch = peer_epoch;
	e->session = SESSION_RINGS;

	return 0;
}

/* RINGS -> DMA */
static int session_start_dma(struct edma_ctx *e)
{
	struct ntb_edma *edma;
	unsigned int i, n;

	edma = ntb_edma_create(e->nt->ndev, EDMA_DMA_MW);
	if (IS_ERR(edma))
		return PTR_ERR(edma);

	e->edma = edma;
	n = ntb_edma_num_chans(edma);
	for (i = 0; i < e->nt->qp_count; i++)
		e->qps[i].chan = ntb_edma_chan(edma, i % n);
	e->session = SESSION_DMA;

	return 0;
}

/* DMA -> ENTERED: both sides have all they need. */
static void session_enter(struct edma_ctx *e)
{
	e->session = SESSION_ENTERED;
	ntb_edma_peer_write_epoch(e, e->epoch);
}

/* ENTERED -> ACTIVE, as soon as the peer has entered */
static int session_activate(struct edma_ctx *e)
{
	if (edma_peer_left(e))
		return -EAGAIN;

	e->session = SESSION_ACTIVE;
	ntb_edma_monitor_start(e);
	dev_info_ratelimited(edma_dev(e),
			     "remote eDMA: %u queues, %u entries, %u channels\n",
			     e->nt->qp_active, e->entries,
			     ntb_edma_num_chans(e->edma));
	if (e->mtu < e->max_size)
		dev_warn_ratelimited(edma_dev(e),
				     "the peer accepts %u bytes a packet, transport_mtu is %u here\n",
				     e->mtu, e->max_size);

	return 0;
}

/* Is the peer alive, and has it left its session, so that its DMA has ended? */
static bool session_peer_idle(struct ntb_dev *ndev)
{
	return ntb_spad_read(ndev, VERSION) && !ntb_spad_read(ndev, SPAD_ACK);
}

/* Has the peer left @epoch, or is it gone? */
static bool session_peer_left(struct edma_ctx *e, u32 epoch)
{
	return ntb_spad_read(e->nt->ndev, SPAD_ACK) != epoch ||
	       ntb_edma_peer_gone(e);
}

/*
 * RINGS .. ACTIVE -> NONE. Neither side writes to the other's block after
 * this. A peer that is set up for the own session may enter it at any time, so it
 * does not matter whether this side has.
 */
static void session_leave(struct edma_ctx *e)
{
	bool left, entered = session_entered(e);
	u32 epoch = e->epoch;

	if (entered)
		ntb_edma_peer_write_epoch(e, 0);
	e->epoch = 0;
	e->peer_epoch = 0;
	e->session = SESSION_NONE;
	session_publish(e);
	if (entered && !e->fenced)
		ntb_peer_db_set(e->nt->ndev, BIT_ULL(0));

	if (read_poll_timeout(session_peer_left, left, left, 1000,
			      PEER_STOP_TIMEOUT_MS * 1000, false, e, epoch)) {
		dev_warn_ratelimited(edma_dev(e),
				     "peer does not leave the session, fencing it\n");
		ntb_edma_peer_fence(e);
	}
	/* A peer that has left may disable the link at once: no reason to fence it */
	if (!session_peer_idle(e->nt->ndev))
		ntb_edma_peer_check(e);

	/* The peer may have a reason not to set up this one */
	if (!entered)
		e->epoch = epoch;
}

/**
 * ntb_edma_session_teardown - End the session, in whatever state it is
 * @nt: the device
 *
 * All queues are reset before. A session that has failed stays so.
 *
 * Context: Process context, may sleep. link_event_lock is held.
 */
void ntb_edma_session_teardown(struct ntb_transport_ctx *nt)
{
	struct edma_ctx *e = to_edma(nt);

	lockdep_assert_held(&nt->link_event_lock);

	ntb_edma_monitor_stop(e);
	/* Nobody waits for a peer that the hardware has no link to */
	ntb_edma_peer_check(e);
	/* Before the peer reads that its engine is not used any more */
	if (e->edma)
		ntb_edma_stop(e->edma);
	if (e->session != SESSION_NONE && e->session != SESSION_FAILED)
		session_leave(e);
	ntb_edma_block_free(e);
	if (e->edma)
		ntb_edma_destroy(e->edma);
	e->edma = NULL;
	ntb_edma_block_free_slots(e);
	e->fenced = false;
}

static const char *session_explain(struct edma_ctx *e, int err)
{
	bool owner = ntb_dma_role(e->nt->ndev) == NTB_DMA_OWNER;

	if (err == -ENODEV)
		return owner ? " (no DMA channel to the peer is free)" :
			       " (no driver for the peer's DMA engine)";
	if (err == -ENOSPC && owner)
		return " (memory windows too small, or too few inbound windows)";

	return "";
}

/*
 * The next step is not possible now (-EAGAIN), or the session has failed, which
 * is published. Where another attempt cannot succeed, only another session of
 * the peer ends that.
 */
static int session_fail(struct edma_ctx *e, u32 peer_epoch, int err)
{
	ntb_edma_session_teardown(e->nt);
	if (err == -EAGAIN)
		return err;

	e->session = SESSION_FAILED;
	e->failed_epoch = peer_epoch;
	e->retry = (jiffies + msecs_to_jiffies(RETRY_MS)) | 1;
	if (err == -ENOSPC || err == -EOPNOTSUPP || err == -EINVAL)
		e->retry = 0;

	if (!e->nt->mismatch_reported)
		dev_err_ratelimited(edma_dev(e),
				    "link stays down: remote eDMA cannot be set up: %pe%s\n",
				    ERR_PTR(err), session_explain(e, err));
	e->nt->mismatch_reported = true;
	session_publish(e);

	return -EAGAIN;
}

/*
 * After a fence, the host's hardware driver enables bus mastering again when the
 * endpoint answers that its DMA has ended. Ask for that only when the endpoint has
 * left the session: it is alive then, and has published its version again.
 */
static bool session_remaster(struct edma_ctx *e)
{
	struct ntb_dev *ndev = e->nt->ndev;

	if (!e->unmastered)
		return true;

	if (!session_peer_idle(ndev) ||
	    ntb_link_enable(ndev, NTB_SPEED_AUTO, NTB_WIDTH_AUTO))
		return false;

	e->unmastered = false;

	return true;
}

/* FAILED -> NONE, if there is a reason to try again */
static void session_retry(struct edma_ctx *e, u32 peer_epoch)
{
	if (e->session != SESSION_FAILED)
		return;

	if ((peer_epoch && peer_epoch != e->failed_epoch) ||
	    (e->retry && time_after(jiffies, e->retry)))
		e->session = SESSION_NONE;
}

static int session_peer_failed(struct edma_ctx *e)
{
	if (!e->nt->mismatch_reported)
		dev_err_ratelimited(edma_dev(e),
				    "link stays down: the peer cannot set up remote eDMA, its log says why\n");
	e->nt->mismatch_reported = true;
	ntb_edma_session_teardown(e->nt);

	return -EAGAIN;
}

/* Does the peer use this protocol? If not, log what to load. */
static bool session_peer_matches(struct edma_ctx *e)
{
	u32 version = ntb_spad_read(e->nt->ndev, VERSION);

	if (version == NTB_EDMA_VERSION)
		return true;

	if (version == NTB_TRANSPORT_VERSION && !e->nt->mismatch_reported) {
		e->nt->mismatch_reported = true;
		dev_err_ratelimited(edma_dev(e),
				    "link stays down: the peer copies through the memory windows; load ntb_transport with use_remote_edma=1 there, or with 0 here\n");
	} else if (version) {
		ntb_transport_report_mismatch(e->nt, "is the protocol version",
					      NTB_EDMA_VERSION, version);
	}

	return false;
}

/* From NONE to DMA. -EAGAIN: the peer has to take the next step. */
static int session_advance(struct edma_ctx *e, u32 peer_epoch, u32 peer_state)
{
	struct ntb_dev *ndev = e->nt->ndev;
	int ret;

	if (e->session == SESSION_NONE) {
		ret = session_start_rings(e, peer_epoch);
		/* Windows may share a BAR: set all before the peer uses one */
		if (!ret && ntb_dma_role(ndev) == NTB_DMA_OWNER)
			ret = session_start_dma(e);
		if (ret)
			return session_fail(e, peer_epoch, ret);
		session_publish(e);
	}

	if (ntb_spad_read(ndev, SPAD_ACK) != e->epoch ||
	    peer_state < SESSION_RINGS)
		return -EAGAIN;

	/* The host reads the window when the endpoint has filled it */
	if (e->session == SESSION_RINGS && peer_state == SESSION_DMA) {
		ret = session_start_dma(e);
		if (ret)
			return session_fail(e, peer_epoch, ret);
		session_publish(e);
	}

	return e->session == SESSION_DMA && peer_state == SESSION_DMA ?
	       0 : -EAGAIN;
}

/**
 * ntb_edma_session_setup - Take the steps to a session that are possible now
 * @nt: the device
 *
 * Context: Process context, may sleep and load modules. link_event_lock is held.
 * Return: 0 if the session is active, -EAGAIN if this is to be called again.
 */
int ntb_edma_session_setup(struct ntb_transport_ctx *nt)
{
	struct edma_ctx *e = to_edma(nt);
	u32 peer_epoch, peer_state;
	int ret;

	lockdep_assert_held(&nt->link_event_lock);

	/* A link event for a link that is up; the monitor watches the session */
	if (e->session == SESSION_ACTIVE)
		return 0;

	if (!session_remaster(e))
		return -EAGAIN;

	if (!e->epoch)
		e->epoch = get_random_u32() | 1;

	peer_epoch = ntb_spad_read(nt->ndev, SPAD_EPOCH);
	session_retry(e, peer_epoch);
	session_publish(e);
	if (e->session == SESSION_FAILED)
		return -EAGAIN;

	/* The peer has started over while this side got ready for it */
	if (e->session != SESSION_NONE && peer_epoch != e->peer_epoch) {
		ntb_edma_session_teardown(nt);
		return -EAGAIN;
	}

	if (!peer_epoch || !session_peer_matches(e))
		return -EAGAIN;

	peer_state = ntb_spad_read(nt->ndev, SPAD_STATE);
	if (peer_state == SESSION_FAILED)
		return session_peer_failed(e);

	if (e->session != SESSION_ENTERED) {
		ret = session_advance(e, peer_epoch, peer_state);
		if (ret)
			return ret;
		session_enter(e);
	}

	return session_activate(e);
}
