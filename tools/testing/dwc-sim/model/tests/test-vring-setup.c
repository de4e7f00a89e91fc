// SPDX-License-Identifier: GPL-2.0
/* vhost-user messages that set a queue up: size, place, descriptors, enabling. */
#include <fcntl.h>

#include "guest.h"

#define AFTER_TABLE	4
#define AFTER_QUEUE_0	10

static bool ready(struct guest *g, unsigned int q)
{
	return vring_ready(&g->dev.vhost.queue[q]);
}

TEST(vring_num_is_a_power_of_two_up_to_256)
{
	static const uint32_t bad[] = { 0, 3, 255, 257, 512, 0x80000000, 0xffffffff };
	struct guest *g = guest_after(AFTER_TABLE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		guest_send_state(g, SET_VRING_NUM, 0, bad[i]);
		EXPECT(guest_dropped(g));
		EXPECT_EQ(g->dev.vhost.queue[0].num, 0);
		guest_reconnect(g);
	}
	for (i = 1; i <= 256; i *= 2) {
		guest_send_state(g, SET_VRING_NUM, 0, i);
		EXPECT(pcidev_readable(&g->dev));
		EXPECT_EQ(g->dev.vhost.queue[0].num, i);
	}
}

/* A table checked for 4 entries must not be used with 256. */
TEST(vring_num_after_addr_invalidates_the_ring)
{
	struct guest *g = guest_after(AFTER_TABLE);
	uint64_t end = GUEST_GPA + GUEST_SIZE;

	guest_send_state(g, SET_VRING_NUM, 0, 4);
	guest_send_addr(g, 0, end - 64, GUEST_GPA, GUEST_GPA + 0x1000);
	guest_send_state(g, SET_VRING_ENABLE, 0, 1);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(ready(g, 0));
	guest_send_state(g, SET_VRING_NUM, 0, 256);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(!ready(g, 0));
}

TEST(vring_addr_before_num_is_refused)
{
	struct guest *g = guest_after(AFTER_TABLE);

	guest_send_addr(g, 0, GUEST_GPA, GUEST_GPA + 0x1000, GUEST_GPA + 0x2000);
	EXPECT(guest_dropped(g));
}

TEST(vring_addr_before_the_mem_table_is_refused)
{
	struct guest *g = guest_after(3);

	guest_send_state(g, SET_VRING_NUM, 0, 4);
	guest_send_addr(g, 0, GUEST_GPA, GUEST_GPA + 0x1000, GUEST_GPA + 0x2000);
	EXPECT(guest_dropped(g));
}

TEST(vring_addr_is_aligned_and_in_memory)
{
	const uint64_t ok = GUEST_GPA, end = GUEST_GPA + GUEST_SIZE;
	const struct { uint64_t desc, used, avail; } bad[] = {
		{ ok + 8, ok, ok }, { ok, ok + 2, ok }, { ok, ok, ok + 1 },
		{ 0, ok, ok }, { ok, 0, ok }, { ok, ok, 0 },
		{ end - 16 * 255, ok, ok }, { ok, end - 8, ok }, { ok, ok, end - 8 },
		{ UINT64_MAX - 15, ok, ok }, { ok, UINT64_MAX - 3, ok }, { ok, ok, UINT64_MAX - 1 },
	};
	struct guest *g = guest_after(AFTER_TABLE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		guest_step(g, 3);
		guest_send_state(g, SET_VRING_NUM, 0, 256);
		guest_send_state(g, SET_VRING_ENABLE, 0, 1);
		guest_send_addr(g, 0, bad[i].desc, bad[i].used, bad[i].avail);
		EXPECT(guest_dropped(g));
		EXPECT(!ready(g, 0));
		guest_reconnect(g);
	}
}

TEST(vring_enabled_without_addr_is_not_used)
{
	struct guest *g = guest_after(AFTER_TABLE);

	guest_send_state(g, SET_VRING_ENABLE, 0, 1);
	guest_send_state(g, SET_VRING_ENABLE, 1, 1);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(!ready(g, 0) && !ready(g, 1));
	EXPECT(!pcidev_work(&g->dev));
	EXPECT(pcidev_idle(&g->dev));
	pcidev_busy(&g->dev);
	EXPECT(!g->sim->present[SIDE_RC]);
}

TEST(vring_disabled_is_not_used)
{
	struct guest *g = guest_after(GUEST_STEPS);

	guest_send_state(g, SET_VRING_ENABLE, 0, 0);
	EXPECT(pcidev_readable(&g->dev));
	guest_write(g, MMIO_WRITE, 0, 0, "abcd", 4);
	EXPECT(!pcidev_work(&g->dev));
	EXPECT_EQ(guest_used_idx(g, QUEUE_CMD), 0);
}

TEST(vring_number_out_of_range_is_refused)
{
	static const uint32_t reqs[] = { SET_VRING_NUM, SET_VRING_BASE, SET_VRING_ADDR,
		SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ENABLE };
	struct guest *g = guest_after(AFTER_TABLE);
	uint8_t p[40] = { 2, 0, 0, 0, 4 };
	unsigned int i;
	uint64_t v;

	for (i = 0; i < ARRAY_SIZE(reqs); i++) {
		guest_send(g, reqs[i], VERSION | NEED_REPLY, p, 40, NULL, 0);
		EXPECT(pcidev_readable(&g->dev));
		EXPECT(guest_reply(g, &v));
		EXPECT_EQ(v, 1);
	}
}

TEST(vring_kick_needs_a_descriptor_call_does_not)
{
	struct guest *g = guest_after(AFTER_QUEUE_0);

	guest_send_u64(g, SET_VRING_CALL, 0 | BIT(8));
	EXPECT(pcidev_readable(&g->dev));
	EXPECT_EQ(g->dev.vhost.queue[0].call_fd, -1);
	vring_call(&g->dev.vhost.queue[0]);
	guest_send_u64(g, SET_VRING_KICK, 0 | BIT(8));
	EXPECT(guest_dropped(g));
	guest_reconnect(g);
	guest_send_u64(g, SET_VRING_KICK, 0);
	EXPECT(guest_dropped(g));
}

TEST(vring_descriptors_do_not_block)
{
	struct guest *g = guest_after(GUEST_STEPS);
	unsigned int i;

	for (i = 0; i < VHOST_QUEUES; i++) {
		EXPECT(fcntl(g->dev.vhost.queue[i].call_fd, F_GETFL) & O_NONBLOCK);
		EXPECT(fcntl(g->dev.vhost.queue[i].kick_fd, F_GETFL) & O_NONBLOCK);
	}
}
