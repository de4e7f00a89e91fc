// SPDX-License-Identifier: GPL-2.0
/* The eDMA's linked lists: elements, links, cycle bits, and what an error in one does. */
#include <string.h>

#include "driver.h"

TEST(edma_lle_makes_the_channel_take_a_list)
{
	struct sim *sim = dma_start();

	mem_pattern(sim, SIDE_EP, BUF, 100, 1);
	list_buf(sim, DIR_WR, 0, CB | LIE, 100);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 100);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);
}

TEST(edma_without_lle_the_registers_are_the_transfer)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB | LIE, 100);
	dma_write(sim, chan_off(DIR_WR, 0, CH_LLP), LIST_BUS);
	dma_single_buf(sim, DIR_WR, 0, LIE, 7);
	dma_run(sim);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 7);
}

TEST(edma_list_element_has_24_bytes)
{
	struct sim *sim = dma_start();
	unsigned int i;

	mem_pattern(sim, SIDE_RC, BUF, 8 * 100, 1);
	for (i = 0; i < 8; i++)
		list_buf(sim, DIR_RD, i, CB, 100);
	dma_list(sim, DIR_RD, 1, LIST_BUS);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_EP, BUF), mem_at(sim, SIDE_RC, BUF), 8 * 100);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_RD, 1, CH_LLP)), LIST_BUS + 8 * 24);
	EXPECT_EQ(chan_state(sim, DIR_RD, 1), 3);
}

TEST(edma_list_element_is_control_size_sar_dar)
{
	struct sim *sim = dma_start();
	static const uint8_t raw[24] = {
		0x09, 0, 0, 0,  0x10, 0x02, 0, 0,
		0x00, 0x00, 0xd0, 0x00, 0, 0, 0, 0,
		0x00, 0x00, 0x90, 0x00, 0, 0, 0, 0,
	};

	/* CB | LIE, 0x210 bytes from 0xd00000 (EP) to 0x900000 (RC) */
	memcpy(mem_at(sim, SIDE_EP, LIST), raw, sizeof(raw));
	mem_pattern(sim, SIDE_EP, 0xd00000 - EP_GPA, 0x210, 8);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_MEM(mem_at(sim, SIDE_RC, 0x900000 - RC_GPA),
		   mem_at(sim, SIDE_EP, 0xd00000 - EP_GPA), 0x210);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 1);
}

TEST(edma_addresses_have_64_bits)
{
	struct sim *sim = dma_start();

	/* the same low half, one bit above it: nothing is there */
	list_data(sim, 0, CB, 16, EP_BUF, RC_BUF | 1ull << 32);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-rc"), 1);

	list_data(sim, 0, CB, 16, EP_BUF, RC_BUF);
	dma_list(sim, DIR_WR, 1, LIST_BUS | 1ull << 40);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 2);
}

TEST(edma_list_ends_where_cb_differs_from_ccs)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB, 10);
	list_buf(sim, DIR_WR, 1, CB, 10);
	list_buf(sim, DIR_WR, 2, 0, 10);
	list_buf(sim, DIR_WR, 3, CB, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS + 48);
}

TEST(edma_element_is_overtaken_on_command)
{
	struct sim *sim = dma_start();
	struct edma_chan *c = &sim->edma.half[DIR_WR].chan[0];

	mem_pattern(sim, SIDE_EP, BUF, 300, 1);
	list_data(sim, 0, CB, 100, EP_BUF, RC_BUF);
	list_data(sim, 1, CB | LIE, 200, EP_BUF + 100, RC_BUF + 100);
	sim->faults.overtake[DIR_WR][0] = true;
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 200);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF + 100), mem_at(sim, SIDE_EP, BUF + 100), 200);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 0);

	sim->faults.stall[DIR_WR][0] = false;
	dma_run(sim);
	EXPECT_EQ(c->elements, 2);
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), 300);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 1);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS + 48);
}

TEST(edma_last_element_is_not_overtaken)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_RD, 0, CB | LIE, 100);
	sim->faults.overtake[DIR_RD][0] = true;
	dma_list(sim, DIR_RD, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(counters_sum(&sim->counters).dma_read_bytes, 100);
	EXPECT(sim->faults.overtake[DIR_RD][0]);
}

TEST(edma_with_ccs_0_valid_elements_have_cb_0)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, 0, 10);
	list_buf(sim, DIR_WR, 1, CB, 10);
	dma_write(sim, chan_off(DIR_WR, 0, CH_CONTROL1), LLE);
	dma_write(sim, chan_off(DIR_WR, 0, CH_LLP), LIST_BUS);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);
}

TEST(edma_link_element_continues_at_its_pointer)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB, 10);
	list_link(sim, 1, CB, LIST_BUS + 24 * 20);
	list_buf(sim, DIR_WR, 2, CB, 1000);
	list_buf(sim, DIR_WR, 20, CB, 30);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 40);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS + 24 * 21);
}

TEST(edma_link_element_moves_nothing_and_raises_nothing)
{
	struct sim *sim = dma_start();

	list_link(sim, 0, CB | LIE | RIE, LIST_BUS + 24 * 4);
	list_buf(sim, DIR_WR, 4, CB, 30);
	dma_imwr(sim, DIR_WR, 0, MSI_ADDRESS, 0, MSI_BASE_DATA);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 0);
	EXPECT_EQ(sim->irq.nr_pending, 0);
}

TEST(edma_tcb_toggles_ccs)
{
	struct sim *sim = dma_start();

	/* a ring of two: the second time round elements are valid with CB 0 */
	list_buf(sim, DIR_WR, 0, CB, 10);
	list_buf(sim, DIR_WR, 1, CB, 10);
	list_link(sim, 2, CB | TCB, LIST_BUS);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_CONTROL1)) & CCS, 0);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS);
}

TEST(edma_link_without_tcb_keeps_ccs)
{
	struct sim *sim = dma_start();

	list_link(sim, 0, CB, LIST_BUS + 48);
	list_buf(sim, DIR_WR, 2, CB, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_CONTROL1)) & CCS, CCS);
}

TEST(edma_tcb_of_a_data_element_means_nothing)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB | TCB, 10);
	list_buf(sim, DIR_WR, 1, CB, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
}

/* As dw-edma lays a region out: the last of size / 24 elements is the link. */
TEST(edma_region_holds_size_over_24_minus_1_elements_and_a_link)
{
	struct sim *sim = dma_start();
	const unsigned int region = 4096, depth = region / 24 - 1;
	unsigned int i;

	mem_pattern(sim, SIDE_EP, BUF, depth * 64, 1);
	for (i = 0; i < depth; i++)
		list_buf(sim, DIR_WR, i, CB | (i == depth - 1 ? LIE : 0), 64);
	list_link(sim, depth, CB | TCB, LIST_BUS);
	EXPECT((depth + 1) * 24 <= region);
	dma_list(sim, DIR_WR, 3, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[3].elements, depth);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(3));
	EXPECT_MEM(mem_at(sim, SIDE_RC, BUF), mem_at(sim, SIDE_EP, BUF), depth * 64);
}

TEST(edma_ring_goes_on_with_a_new_doorbell)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB, 10);
	list_link(sim, 1, CB | TCB, LIST_BUS);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	/* the second lap, from where the channel stands: CB is 0 now */
	list_buf(sim, DIR_WR, 0, 0, 10);
	list_link(sim, 1, TCB, LIST_BUS);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_CONTROL1)) & CCS, CCS);
}

/* A channel in its first element of many steps, with one more that is not there yet. */
static struct sim *busy(unsigned int ahead, unsigned int stop)
{
	struct sim *sim = dma_start();

	sim->profile.edma_ahead = ahead;
	sim->profile.edma_stop = stop;
	list_buf(sim, DIR_WR, 0, CB, 100000);
	list_buf(sim, DIR_WR, 1, 0, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	EXPECT(edma_step(sim));
	return sim;
}

TEST(edma_elements_added_while_it_runs_are_taken)
{
	struct sim *sim = busy(0, 0);

	list_data(sim, 1, CB, 10, EP_BUF, RC_BUF);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
}

TEST(edma_element_that_was_read_ahead_is_as_it_was_then)
{
	struct sim *sim = busy(1, 0);
	struct edma_chan *c = &sim->edma.half[DIR_WR].chan[0];

	list_data(sim, 1, CB, 10, EP_BUF, RC_BUF);
	dma_run(sim);
	EXPECT_EQ(c->elements, 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);

	/* a doorbell makes it read anew, from where it stands */
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS + 24);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	dma_run(sim);
	EXPECT_EQ(c->elements, 2);
	EXPECT_EQ(c->empty, 0);
}

TEST(edma_stopped_in_the_middle_it_reads_anew)
{
	struct sim *sim = busy(4, 0);

	dma_write(sim, reg_doorbell[DIR_WR], BIT(31));
	list_data(sim, 0, CB, 20, EP_BUF, RC_BUF);
	list_data(sim, 1, CB, 10, EP_BUF, RC_BUF);
	list_data(sim, 2, 0, 0, 0, 0);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 65536 + 20 + 10);
}

TEST(edma_reads_ahead_as_much_as_the_profile_says)
{
	struct sim *sim = dma_start();
	unsigned int ahead, i;

	for (ahead = 0; ahead <= MAX_EDMA_AHEAD; ahead++) {
		sim->profile.edma_ahead = ahead;
		list_buf(sim, DIR_WR, 0, CB, 100000);
		for (i = 1; i <= MAX_EDMA_AHEAD + 1; i++)
			list_data(sim, i, CB, 4, EP_BUF, RC_BUF);
		list_data(sim, i, 0, 4, EP_BUF, RC_BUF);
		sim->edma.half[DIR_WR].chan[0].elements = 0;
		dma_list(sim, DIR_WR, 0, LIST_BUS);
		EXPECT(edma_step(sim));
		/* whatever was not read ends the list */
		for (i = 1; i <= MAX_EDMA_AHEAD + 1; i++)
			list_data(sim, i, 0, 4, EP_BUF, RC_BUF);
		dma_run(sim);
		EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1 + ahead);
	}
}

TEST(edma_reads_ahead_past_a_link_and_not_past_the_end)
{
	struct sim *sim = dma_start();

	/* a ring of one: the second lap is the end, and behind it nothing can be read */
	list_buf(sim, DIR_WR, 0, CB, 100000);
	list_link(sim, 1, CB | TCB, EP_GPA + MEM_SIZE - 24);
	memset(mem_at(sim, SIDE_EP, MEM_SIZE - 24), 0, 24);
	*mem_at(sim, SIDE_EP, MEM_SIZE - 24) = CB;
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	EXPECT(edma_step(sim));
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].nr_ahead, 2);
	*mem_at(sim, SIDE_EP, MEM_SIZE - 24) = 0;
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), EP_GPA + MEM_SIZE - 24);
}

TEST(edma_what_is_unreadable_ahead_is_an_error_when_it_is_needed)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB, 100000);
	list_link(sim, 1, CB, EP_GPA + MEM_SIZE);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	EXPECT(edma_step(sim));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 1);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 2);	/* ahead, and when it is needed */
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 2);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);
}

TEST(edma_doorbell_while_it_is_about_to_stop_is_lost)
{
	struct sim *sim = busy(0, 2);
	struct edma_chan *c = &sim->edma.half[DIR_WR].chan[0];

	EXPECT(edma_step(sim));		/* it comes to the end */
	EXPECT_EQ(c->elements, 1);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 1);
	list_data(sim, 1, CB, 10, EP_BUF, RC_BUF);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	EXPECT_EQ(c->lost, 1);
	EXPECT(edma_step(sim));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 1);
	EXPECT(!edma_step(sim));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);
	EXPECT_EQ(c->elements, 1);

	/* it can be told to stop meanwhile, too */
	list_data(sim, 2, 0, 10, EP_BUF, RC_BUF);
	dma_write(sim, reg_doorbell[DIR_WR], 0);
	EXPECT(edma_step(sim));
	EXPECT_EQ(c->elements, 2);
	dma_write(sim, reg_doorbell[DIR_WR], BIT(31));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);
	EXPECT(!edma_step(sim));
}

TEST(edma_element_of_no_bytes_is_done_at_once)
{
	struct sim *sim = dma_start();

	list_data(sim, 0, CB | LIE, 0, EP_BUF, RC_BUF);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), 1);
	EXPECT_EQ(counters_sum(&sim->counters).dma_write_bytes, 0);
}

TEST(edma_doorbell_for_nothing_starts_and_stops_and_is_counted)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, 0, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 1);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].empty, 1);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 0);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);
}

TEST(edma_unreadable_list_is_a_linked_list_error)
{
	struct sim *sim = dma_start();

	dma_list(sim, DIR_WR, 1, EP_GPA + MEM_SIZE);
	dma_list(sim, DIR_RD, 2, EP_GPA + MEM_SIZE);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 2);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(16 + 1));
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_RD]), BIT(16 + 2));
	EXPECT_EQ(dma_read(sim, EDMA_WR_ERR_STATUS), BIT(16 + 1));
	EXPECT_EQ(dma_read(sim, EDMA_RD_ERR_STATUS_LO), BIT(16 + 2));
	EXPECT_EQ(chan_state(sim, DIR_WR, 1), 2);
}

TEST(edma_list_that_becomes_unreadable_is_an_error_there)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB | LIE, 10);
	list_link(sim, 1, CB, 0);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "dma-ep"), 2);	/* ahead, and when it is needed */
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(0) | BIT(16));
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 1);
}

TEST(edma_list_of_links_only_is_an_error_not_a_hang)
{
	struct sim *sim = dma_start();

	list_link(sim, 0, CB, LIST_BUS);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(fx_violations(sim, "edma-list-loop"), 1);
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_WR]), BIT(16));
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 2);
}

TEST(edma_two_links_in_a_row_are_followed)
{
	struct sim *sim = dma_start();

	list_link(sim, 0, CB, LIST_BUS + 24 * 10);
	list_link(sim, 10, CB, LIST_BUS + 24 * 20);
	list_buf(sim, DIR_WR, 20, CB, 16);
	/* and again after a data element */
	list_link(sim, 21, CB, LIST_BUS + 24 * 30);
	list_link(sim, 30, CB, LIST_BUS + 24 * 40);
	list_buf(sim, DIR_WR, 40, CB, 16);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_run(sim);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 2);
}

TEST(edma_endless_list_gives_the_others_their_turn)
{
	struct sim *sim = dma_start();
	unsigned int i;

	list_data(sim, 0, CB, 8, EP_BUF, RC_BUF);
	list_link(sim, 1, CB, LIST_BUS);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	dma_single_buf(sim, DIR_RD, 0, LIE, 64);
	for (i = 0; i < 10; i++)
		EXPECT(edma_step(sim));
	EXPECT_EQ(dma_read(sim, reg_int_status[DIR_RD]), 1);
	EXPECT_EQ(sim->edma.half[DIR_WR].chan[0].elements, 160);

	/* bit 31 ends it */
	dma_write(sim, reg_doorbell[DIR_WR], BIT(31));
	dma_run(sim);
	EXPECT_EQ(chan_state(sim, DIR_WR, 0), 3);
}

/* The pointer is the element that it is at: those before it are done. */
TEST(edma_registers_of_a_list_channel_can_be_read_while_it_runs)
{
	struct sim *sim = dma_start();

	list_buf(sim, DIR_WR, 0, CB, 100000);
	list_buf(sim, DIR_WR, 1, CB, 10);
	dma_list(sim, DIR_WR, 0, LIST_BUS);
	EXPECT(edma_step(sim));
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_SIZE)), 100000 - 65536);
	dma_run(sim);
	EXPECT_EQ(dma_read(sim, chan_off(DIR_WR, 0, CH_LLP)), LIST_BUS + 48);
}
