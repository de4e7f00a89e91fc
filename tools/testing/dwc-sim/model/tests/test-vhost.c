// SPDX-License-Identifier: GPL-2.0
/* vhost-user messages: the hand-shake, and everything a guest could get wrong. */
#include <fcntl.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include "guest.h"

#define AFTER_TABLE	4

static bool ready(struct guest *g, unsigned int q)
{
	return vring_ready(&g->dev.vhost.queue[q]);
}

TEST(vhost_handshake_as_user_mode_linux_does_it)
{
	struct guest *g = guest_after(GUEST_STEPS - 1);

	EXPECT(ready(g, 0) && !ready(g, 1));
	EXPECT(!g->sim->present[SIDE_RC]);
	EXPECT(guest_step(g, GUEST_STEPS - 1));
	EXPECT(ready(g, 1));
	EXPECT(g->sim->present[SIDE_RC]);
	EXPECT(g->sim->mem[SIDE_RC].base != NULL);
	EXPECT_EQ(g->sim->mem[SIDE_RC].gpa, GUEST_GPA);
}

TEST(vhost_offers_features_30_and_32_and_reply_ack_only)
{
	struct guest *g = guest_after(0);
	uint64_t v;

	guest_send(g, GET_FEATURES, VERSION, "", 0, NULL, 0);
	guest_send(g, GET_PROTOCOL_FEATURES, VERSION, "", 0, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(guest_reply(g, &v));
	EXPECT_EQ(v, 1ull << 30 | 1ull << 32);
	EXPECT(guest_reply(g, &v));
	EXPECT_EQ(v, 1 << 3);
}

TEST(vhost_need_reply_is_answered_either_way)
{
	struct guest *g = guest_after(AFTER_TABLE);
	uint8_t p[8] = { 0 };
	uint64_t v;

	guest_send(g, SET_OWNER, VERSION | NEED_REPLY, p, 0, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(guest_reply(g, &v));
	EXPECT_EQ(v, 0);
	guest_send(g, SET_VRING_NUM, VERSION | NEED_REPLY, p, 8, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(guest_reply(g, &v));
	EXPECT_EQ(v, 1);
}

TEST(vhost_messages_may_come_byte_by_byte)
{
	struct guest *g = guest_after(AFTER_TABLE);
	uint8_t msg[20] = { SET_VRING_NUM, 0, 0, 0, 1, 0, 0, 0, 8, 0, 0, 0, 1, 0, 0, 0, 64 };
	unsigned int i;

	for (i = 0; i < sizeof(msg); i++) {
		EXPECT_EQ(g->dev.vhost.queue[1].num, 0);
		EXPECT_EQ(send(g->sock, msg + i, 1, 0), 1);
		EXPECT(pcidev_readable(&g->dev));
	}
	EXPECT_EQ(g->dev.vhost.queue[1].num, 64);
}

TEST(vhost_messages_may_come_all_at_once)
{
	struct guest *g = guest_after(AFTER_TABLE);

	guest_send_state(g, SET_VRING_NUM, 0, 4);
	guest_send_state(g, SET_VRING_NUM, 1, 8);
	guest_send_state(g, SET_VRING_NUM, 0, 16);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT_EQ(g->dev.vhost.queue[0].num, 16);
	EXPECT_EQ(g->dev.vhost.queue[1].num, 8);
}

TEST(vhost_too_long_message_ends_the_connection)
{
	static const uint32_t sizes[] = { 501, 512, 0x7fffffff, 0xfffffff4, 0xffffffff };
	struct guest *g = guest_after(0);
	uint8_t h[12] = { SET_OWNER, 0, 0, 0, VERSION };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		put_le(h + 8, sizes[i], 4);
		EXPECT_EQ(send(g->sock, h, 12, 0), 12);
		EXPECT(guest_dropped(g));
		guest_reconnect(g);
	}
	/* the longest there is room for */
	put_le(h + 8, 500, 4);
	EXPECT_EQ(send(g->sock, h, 12, 0), 12);
	EXPECT(pcidev_readable(&g->dev));
}

TEST(vhost_wrong_version_ends_the_connection)
{
	struct guest *g = guest_after(0);

	guest_send(g, SET_OWNER, 2, "", 0, NULL, 0);
	EXPECT(guest_dropped(g));
	guest_reconnect(g);
	guest_send(g, SET_OWNER, 0, "", 0, NULL, 0);
	EXPECT(guest_dropped(g));
	guest_reconnect(g);
	guest_send(g, GET_FEATURES, VERSION | 4, "", 0, NULL, 0);	/* a reply */
	EXPECT(guest_dropped(g));
}

TEST(vhost_unknown_request_is_refused)
{
	struct guest *g = guest_after(AFTER_TABLE);
	uint8_t p[8] = { 0 };
	uint64_t v;

	guest_send(g, 77, VERSION | NEED_REPLY, p, 8, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(guest_reply(g, &v));
	EXPECT_EQ(v, 1);
	guest_send(g, 77, VERSION, p, 8, NULL, 0);
	EXPECT(guest_dropped(g));
}

TEST(vhost_short_payloads_are_refused)
{
	static const struct { uint32_t req; size_t len; } msgs[] = {
		{ SET_MEM_TABLE, 0 }, { SET_MEM_TABLE, 39 }, { SET_VRING_NUM, 0 },
		{ SET_VRING_NUM, 7 }, { SET_VRING_BASE, 4 }, { SET_VRING_ADDR, 8 },
		{ SET_VRING_ADDR, 39 }, { SET_VRING_KICK, 7 }, { SET_VRING_CALL, 0 },
		{ SET_VRING_ENABLE, 4 },
	};
	struct guest *g = guest_after(AFTER_TABLE);
	uint8_t p[40] = { 0 };
	unsigned int i;
	uint64_t v;

	for (i = 0; i < ARRAY_SIZE(msgs); i++) {
		/* what an earlier message left behind must not fill it up */
		guest_send_state(g, SET_VRING_NUM, 0, 16);
		guest_send(g, msgs[i].req, VERSION | NEED_REPLY, p, msgs[i].len, NULL, 0);
		EXPECT(pcidev_readable(&g->dev));
		EXPECT(guest_reply(g, &v));
		EXPECT_EQ(v, 1);
	}
}

TEST(vhost_mem_table_needs_exactly_one_descriptor)
{
	struct guest *g = guest_after(3);
	int two[2] = { g->memfd, g->memfd };
	uint8_t p[40] = { 1 };

	guest_send_table(g, GUEST_GPA, GUEST_SIZE, GUEST_GPA, -1);
	EXPECT(guest_dropped(g));
	guest_reconnect(g);
	put_le(p + 16, 4096, 8);
	guest_send(g, SET_MEM_TABLE, VERSION, p, 40, two, 2);
	EXPECT(guest_dropped(g));
	EXPECT(!g->sim->mem[SIDE_RC].base);
}

TEST(vhost_mem_table_has_one_region)
{
	struct guest *g = guest_after(3);
	unsigned int n;

	for (n = 0; n < 3; n++) {
		uint8_t p[80] = { (uint8_t)n };

		put_le(p + 16, 4096, 8);
		guest_send(g, SET_MEM_TABLE, VERSION, p, n == 2 ? 72 : 40, &g->memfd, 1);
		if (n == 1) {
			EXPECT(pcidev_readable(&g->dev));
		} else {
			EXPECT(guest_dropped(g));
			guest_reconnect(g);
		}
	}
}

TEST(vhost_mem_table_larger_than_its_file_is_refused)
{
	struct guest *g = guest_after(3);

	guest_send_table(g, GUEST_GPA, GUEST_SIZE + 4096, GUEST_GPA, g->memfd);
	EXPECT(guest_dropped(g));
	guest_reconnect(g);
	guest_send_table(g, GUEST_GPA, 4096, GUEST_GPA + GUEST_SIZE, g->memfd);
	EXPECT(guest_dropped(g));
	guest_reconnect(g);
	guest_send_table(g, GUEST_GPA, GUEST_SIZE, UINT64_MAX & ~4095ull, g->memfd);
	EXPECT(guest_dropped(g));
}

TEST(vhost_mem_table_of_something_else_than_a_file_is_refused)
{
	struct guest *g = guest_after(3);

	guest_send_table(g, GUEST_GPA, GUEST_SIZE, 0, g->sock);
	EXPECT(guest_dropped(g));
	EXPECT(!g->sim->mem[SIDE_RC].base);
}

TEST(vhost_mem_table_values_are_checked)
{
	static const struct { uint64_t gpa, size, off; } bad[] = {
		{ GUEST_GPA, 0, GUEST_GPA },
		{ GUEST_GPA, UINT64_MAX, GUEST_GPA },
		{ UINT64_MAX - 4095, 8192, GUEST_GPA },
		{ GUEST_GPA, GUEST_SIZE, GUEST_GPA + 1 },
		{ GUEST_GPA + 2, GUEST_SIZE, GUEST_GPA },	/* rings would be misaligned */
		{ GUEST_GPA, 1ull << 62, 0 },
	};
	struct guest *g = guest_after(3);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		guest_send_table(g, bad[i].gpa, bad[i].size, bad[i].off, g->memfd);
		EXPECT(guest_dropped(g));
		EXPECT(!g->sim->mem[SIDE_RC].base);
		guest_reconnect(g);
	}
}

TEST(vhost_mem_table_user_addresses_are_guest_addresses)
{
	struct guest *g = guest_after(3);
	uint8_t p[40] = { 1 };

	put_le(p + 8, GUEST_GPA, 8);
	put_le(p + 16, GUEST_SIZE, 8);
	put_le(p + 24, 0x7f0000000000ull, 8);
	put_le(p + 32, GUEST_GPA, 8);
	guest_send(g, SET_MEM_TABLE, VERSION, p, 40, &g->memfd, 1);
	EXPECT(guest_dropped(g));
}

TEST(vhost_second_mem_table_invalidates_the_rings)
{
	struct guest *g = guest_after(GUEST_STEPS);
	uint32_t id, len;

	EXPECT(guest_step(g, 3));
	EXPECT(!ready(g, 0) && !ready(g, 1));
	guest_write(g, MMIO_WRITE, 0, 0, "abcd", 4);
	EXPECT(!pcidev_work(&g->dev));
	EXPECT(pcidev_idle(&g->dev));

	/* told again where they are, they work */
	EXPECT(guest_step(g, 7) && guest_step(g, 13));
	EXPECT(ready(g, 0) && ready(g, 1));
	guest_work(g);
	EXPECT(guest_used(g, QUEUE_CMD, &id, &len));
}

TEST(vhost_refused_mem_table_keeps_the_old_one)
{
	struct guest *g = guest_after(GUEST_STEPS);
	uint8_t p[40] = { 1 };

	guest_send(g, SET_MEM_TABLE, VERSION | NEED_REPLY, p, 40, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(g->sim->mem[SIDE_RC].base != NULL);
	EXPECT(ready(g, 0) && ready(g, 1));
}

TEST(vhost_descriptors_are_closed_when_replaced_or_unwanted)
{
	struct guest *g = guest_after(GUEST_STEPS);
	unsigned int before = open_fds(), i;
	int fds[7], fd = eventfd(0, EFD_CLOEXEC);

	for (i = 0; i < ARRAY_SIZE(fds); i++)
		fds[i] = fd;
	guest_send_fd(g, SET_VRING_KICK, 0, fd);
	guest_send_fd(g, SET_VRING_KICK, 0, fd);
	guest_send_fd(g, SET_VRING_CALL, 1, fd);
	guest_send(g, GET_FEATURES, VERSION, "", 0, &fd, 1);
	guest_send(g, SET_OWNER, VERSION, "", 0, fds, 4);
	guest_send(g, SET_OWNER, VERSION, "", 0, fds, 7);
	EXPECT(guest_step(g, 3));
	EXPECT(pcidev_readable(&g->dev));
	close(fd);
	EXPECT_EQ(open_fds(), before);
	EXPECT_EQ(g->dev.vhost.nr_fds, 0);
}

TEST(vhost_descriptor_of_no_use_is_refused_and_closed)
{
	struct guest *g = guest_after(AFTER_TABLE);
	int fd = open("/", O_PATH | O_CLOEXEC);
	unsigned int before = open_fds();

	guest_send_fd(g, SET_VRING_KICK, 0, fd);
	EXPECT(guest_dropped(g));
	EXPECT_EQ(g->dev.vhost.queue[0].kick_fd, -1);
	EXPECT_EQ(open_fds(), before);
	close(fd);
}

TEST(vhost_connection_that_is_reset_has_ended)
{
	struct guest *g = guest_after(0);

	guest_send(g, GET_FEATURES, VERSION, "", 0, NULL, 0);
	EXPECT(pcidev_readable(&g->dev));
	close(g->sock);		/* the answer was not read */
	g->sock = -1;
	EXPECT(!pcidev_readable(&g->dev));
}

TEST(vhost_descriptor_counts_for_its_own_message_only)
{
	struct guest *g = guest_after(3);

	guest_send(g, GET_FEATURES, VERSION, "", 0, &g->memfd, 1);
	guest_send_table(g, GUEST_GPA, GUEST_SIZE, GUEST_GPA, -1);
	EXPECT(guest_dropped(g));
}

TEST(vhost_disconnect_in_any_state_leaves_nothing_behind)
{
	struct guest *g = guest_after(0);
	unsigned int before = open_fds(), n, i;

	for (n = 0; n <= GUEST_STEPS; n++) {
		for (i = 0; i < n; i++)
			EXPECT(guest_step(g, i));
		if (n % 2)	/* in the middle of a message, too */
			EXPECT_EQ(send(g->sock, "\x05\0\0\0\x01", 5, 0), 5);
		shutdown(g->sock, SHUT_WR);
		EXPECT(!pcidev_readable(&g->dev));
		EXPECT(!g->dev.vhost.why);
		guest_reconnect(g);
		EXPECT(!g->sim->present[SIDE_RC]);
		EXPECT(!g->sim->mem[SIDE_RC].base);
		EXPECT(!ready(g, 0) && !ready(g, 1));
		EXPECT_EQ(g->dev.vhost.len, 0);
		close(g->call[0]);
		close(g->call[1]);
		g->call[0] = g->call[1] = -1;
		EXPECT_EQ(open_fds(), before);
	}
}

TEST(vhost_guest_that_reads_no_answers_is_dropped_not_waited_for)
{
	struct guest *g = guest_after(0);
	unsigned int i;

	for (i = 0; i < 100000; i++) {
		guest_send(g, GET_FEATURES, VERSION, "", 0, NULL, 0);
		if (!pcidev_readable(&g->dev))
			break;
	}
	EXPECT(i < 100000);
	EXPECT(g->dev.vhost.why != NULL);
}

TEST(vhost_flood_of_messages_gives_the_other_machine_its_turn)
{
	struct guest *g = guest_after(AFTER_TABLE);
	unsigned int i;

	for (i = 0; i < 150; i++)
		guest_send_state(g, SET_VRING_BASE, 0, i);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT_EQ(g->dev.vhost.queue[0].last_avail, 63);
	EXPECT(pcidev_readable(&g->dev));
	EXPECT(pcidev_readable(&g->dev));
	EXPECT_EQ(g->dev.vhost.queue[0].last_avail, 149);
}
