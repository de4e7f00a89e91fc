// SPDX-License-Identifier: GPL-2.0
/* Virtqueues: taking and returning buffers, and rings a guest has broken. */
#include <string.h>
#include <sys/socket.h>

#include "guest.h"

static struct vbuf buf;

static struct vring *queue(struct guest *g)
{
	return &g->dev.vhost.queue[QUEUE_CMD];
}

static int take(struct guest *g)
{
	return vring_take(&g->dev.vhost, queue(g), &buf);
}

static struct guest *booted(void)
{
	return guest_boot(fx_power_on(NULL), SIDE_RC);
}

/* A chain of one descriptor that must be refused. */
static void refused(struct guest *g, uint64_t gpa, uint32_t len, unsigned int flags)
{
	guest_desc(g, QUEUE_CMD, 5, gpa, len, flags, 6);
	guest_publish(g, QUEUE_CMD, 5);
	EXPECT_EQ(take(g), -1);
	EXPECT_EQ(buf.head, 5);
	EXPECT(!g->dev.vhost.why);
}

TEST(vring_empty_gives_nothing)
{
	struct guest *g = booted();

	EXPECT_EQ(take(g), 0);
}

TEST(vring_chain_is_split_into_readable_and_writable_parts)
{
	struct guest *g = booted();

	guest_desc(g, QUEUE_CMD, 9, GUEST_GPA, 16, DESC_NEXT, 3);
	guest_desc(g, QUEUE_CMD, 3, GUEST_GPA + 100, 7, DESC_NEXT, 200);
	guest_desc(g, QUEUE_CMD, 200, GUEST_GPA + 200, 8, DESC_NEXT | DESC_WRITE, 0);
	guest_desc(g, QUEUE_CMD, 0, GUEST_GPA + GUEST_SIZE - 9, 9, DESC_WRITE, 0);
	guest_publish(g, QUEUE_CMD, 9);
	EXPECT_EQ(take(g), 1);
	EXPECT_EQ(buf.head, 9);
	EXPECT_EQ(buf.nr_out, 2);
	EXPECT_EQ(buf.nr_in, 2);
	EXPECT_EQ(buf.out[1].iov_len, 7);
	EXPECT_EQ(buf.in[1].iov_len, 9);
	EXPECT_EQ(take(g), 0);
}

TEST(vring_used_entry_is_head_and_length)
{
	struct guest *g = booted();
	uint32_t id, len;

	guest_desc(g, QUEUE_CMD, 77, GUEST_GPA, 16, 0, 0);
	guest_publish(g, QUEUE_CMD, 77);
	EXPECT_EQ(take(g), 1);
	vring_put(queue(g), &buf, 0x1234);
	EXPECT(guest_used(g, QUEUE_CMD, &id, &len));
	EXPECT_EQ(id, 77);
	EXPECT_EQ(len, 0x1234);
	EXPECT(!guest_used(g, QUEUE_CMD, &id, &len));
}

TEST(vring_indices_wrap)
{
	struct guest *g = booted();
	uint32_t id, len;
	unsigned int i;

	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA, 16, 0, 0);
	for (i = 0; i < 0x10000 + 300; i++) {
		guest_publish(g, QUEUE_CMD, 1);
		ASSERT(take(g) == 1);
		vring_put(queue(g), &buf, i);
		ASSERT(guest_used(g, QUEUE_CMD, &id, &len));
		ASSERT(len == i);
	}
	EXPECT_EQ(queue(g)->last_avail, 300);
	EXPECT_EQ(queue(g)->taken, 0x10000 + 300);
}

TEST(vring_starts_at_its_base)
{
	struct guest *g = booted();

	guest_send_state(g, SET_VRING_BASE, QUEUE_CMD, 0xfffe);
	EXPECT(pcidev_readable(&g->dev));
	g->avail[QUEUE_CMD] = 0xfffe;
	put_le(g->mem + QUEUE_AVAIL(QUEUE_CMD) + 2, 0xfffe, 2);
	EXPECT_EQ(take(g), 0);
	guest_desc(g, QUEUE_CMD, 1, GUEST_GPA, 16, 0, 0);
	guest_publish(g, QUEUE_CMD, 1);
	guest_publish(g, QUEUE_CMD, 1);
	guest_publish(g, QUEUE_CMD, 1);
	EXPECT_EQ(take(g), 1);
	EXPECT_EQ(take(g), 1);
	EXPECT_EQ(take(g), 1);
	EXPECT_EQ(take(g), 0);
}

TEST(vring_available_index_out_of_range_breaks_the_ring)
{
	struct guest *g = booted();

	put_le(g->mem + QUEUE_AVAIL(QUEUE_CMD) + 2, GUEST_NUM + 1, 2);
	EXPECT_EQ(take(g), -1);
	EXPECT(g->dev.vhost.why != NULL);
}

TEST(vring_available_index_going_back_breaks_the_ring)
{
	struct guest *g = booted();

	put_le(g->mem + QUEUE_AVAIL(QUEUE_CMD) + 2, 0xffff, 2);
	EXPECT_EQ(take(g), -1);
	EXPECT(g->dev.vhost.why != NULL);
}

TEST(vring_full_of_buffers_is_fine)
{
	struct guest *g = booted();
	unsigned int i;

	for (i = 0; i < GUEST_NUM; i++) {
		guest_desc(g, QUEUE_CMD, i, GUEST_GPA, 16, 0, 0);
		guest_publish(g, QUEUE_CMD, i);
	}
	for (i = 0; i < GUEST_NUM; i++)
		EXPECT_EQ(take(g), 1);
	EXPECT_EQ(take(g), 0);
}

TEST(vring_head_out_of_range_breaks_the_ring)
{
	struct guest *g = booted();

	guest_publish(g, QUEUE_CMD, GUEST_NUM);
	EXPECT_EQ(take(g), -1);
	EXPECT(g->dev.vhost.why != NULL);
}

TEST(vring_next_out_of_range_refuses_the_chain)
{
	struct guest *g = booted();

	/* descriptors past the end look good */
	guest_send_state(g, SET_VRING_NUM, QUEUE_CMD, 128);
	guest_send_addr(g, QUEUE_CMD, GUEST_GPA + QUEUE_DESC(0), GUEST_GPA + QUEUE_USED(0),
			GUEST_GPA + QUEUE_AVAIL(0));
	EXPECT(pcidev_readable(&g->dev));
	guest_desc(g, QUEUE_CMD, 128, GUEST_GPA, 16, 0, 0);
	guest_desc(g, QUEUE_CMD, 5, GUEST_GPA, 16, DESC_NEXT, 128);
	guest_publish(g, QUEUE_CMD, 5);
	EXPECT_EQ(take(g), -1);
	EXPECT_EQ(buf.head, 5);
	EXPECT(!g->dev.vhost.why);
}

TEST(vring_chain_that_loops_is_refused)
{
	struct guest *g = booted();

	guest_desc(g, QUEUE_CMD, 5, GUEST_GPA, 16, DESC_NEXT, 5);
	guest_publish(g, QUEUE_CMD, 5);
	EXPECT_EQ(take(g), -1);
	guest_desc(g, QUEUE_CMD, 6, GUEST_GPA, 16, DESC_NEXT, 7);
	guest_desc(g, QUEUE_CMD, 7, GUEST_GPA, 16, DESC_NEXT, 6);
	guest_publish(g, QUEUE_CMD, 6);
	EXPECT_EQ(take(g), -1);
}

TEST(vring_chain_longer_than_8_is_refused)
{
	struct guest *g = booted();
	unsigned int n, i;

	for (n = 8; n <= 9; n++) {
		for (i = 0; i < n; i++)
			guest_desc(g, QUEUE_CMD, i, GUEST_GPA, 1, i < n - 1 ? DESC_NEXT : 0, i + 1);
		guest_publish(g, QUEUE_CMD, 0);
		EXPECT_EQ(take(g), n == 8 ? 1 : -1);
	}
}

TEST(vring_addresses_outside_memory_are_refused)
{
	struct guest *g = booted();
	const uint64_t end = GUEST_GPA + GUEST_SIZE;

	refused(g, 0, 16, 0);
	refused(g, GUEST_GPA - 1, 16, 0);
	refused(g, end, 1, DESC_WRITE);
	refused(g, end - 15, 16, DESC_WRITE);
	refused(g, GUEST_GPA, GUEST_SIZE + 1, 0);
	refused(g, GUEST_GPA, 0xffffffff, 0);
	refused(g, UINT64_MAX, 2, 0);
	refused(g, UINT64_MAX - 3, 16, 0);
}

TEST(vring_empty_parts_are_refused)
{
	struct guest *g = booted();

	refused(g, GUEST_GPA, 0, 0);
	refused(g, GUEST_GPA, 0, DESC_WRITE);
}

TEST(vring_unknown_flags_are_refused)
{
	struct guest *g = booted();

	refused(g, GUEST_GPA, 16, 4);		/* indirect */
	refused(g, GUEST_GPA, 16, 0x8000);
}

TEST(vring_readable_part_after_a_writable_one_is_refused)
{
	struct guest *g = booted();

	guest_desc(g, QUEUE_CMD, 5, GUEST_GPA, 16, DESC_WRITE | DESC_NEXT, 6);
	guest_desc(g, QUEUE_CMD, 6, GUEST_GPA, 16, 0, 0);
	guest_publish(g, QUEUE_CMD, 5);
	EXPECT_EQ(take(g), -1);
}

TEST(vring_flag_suppresses_the_guests_notifications)
{
	struct guest *g = booted();

	pcidev_busy(&g->dev);
	EXPECT_EQ(get_le(g->mem + QUEUE_USED(0), 2), 1);
	EXPECT_EQ(get_le(g->mem + QUEUE_USED(1), 2), 1);
	EXPECT(pcidev_idle(&g->dev));
	EXPECT_EQ(get_le(g->mem + QUEUE_USED(0), 2), 0);
	EXPECT_EQ(get_le(g->mem + QUEUE_USED(1), 2), 0);
}

TEST(vring_work_that_came_before_the_flag_is_seen)
{
	struct guest *g = booted();

	pcidev_busy(&g->dev);
	guest_write(g, MMIO_WRITE, 0, 0, "abcd", 4);
	EXPECT(!pcidev_idle(&g->dev));
	guest_work(g);
	EXPECT(pcidev_idle(&g->dev));
	fx_violations(g->sim, "bar-memory-off");
}

TEST(vring_call_is_8_bytes_and_never_waits)
{
	struct guest *g = booted();
	unsigned int i;

	vring_call(queue(g));
	EXPECT(guest_called(g, QUEUE_CMD));
	EXPECT(!guest_called(g, QUEUE_CMD));
	/* a guest that does not look gets no more than the pipe takes */
	for (i = 0; i < 100000; i++)
		vring_call(queue(g));
	for (i = 0; guest_called(g, QUEUE_CMD); i++)
		;
	EXPECT(i > 0 && i < 100000);
}

TEST(vring_call_to_a_guest_that_is_gone_is_survived)
{
	struct guest *g = booted();

	shutdown(g->call[QUEUE_CMD], SHUT_RDWR);
	vring_call(queue(g));
}
