/* SPDX-License-Identifier: GPL-2.0 */
/* Messages and shared memory of include/uapi/linux/um_timetravel.h, for the calendar. */
#ifndef DWC_SIM_CALENDAR_MSG_H
#define DWC_SIM_CALENDAR_MSG_H

#include "calendar.h"

/* Clients of the shared memory: the model itself, then the guests. */
enum { SHM_CONTROLLER, SHM_GUESTS, NR_SHM_CLIENTS = SHM_GUESTS + NR_SIDES };

#define SHM_CLIENT(side)	(SHM_GUESTS + (side))
#define SHM_VERSION		2
#define SHM_TIME_SHARE		BIT(0)
#define SHM_REQ_RUN		BIT(0)
#define SHM_NEVER		((uint64_t)INT64_MAX)

struct shm_client {
	union {
		struct {
			uint32_t capa, flags;
			uint64_t req_time, name;
		};
		uint8_t reserve[128];
	};
};

struct calendar_shm {
	union {
		struct {
			uint32_t version, len;
			uint64_t free_until, current_time;
			uint16_t running_id, max_clients;
		};
		uint8_t header[4096];
	};
	struct shm_client client[NR_SHM_CLIENTS];
};

bool calendar_send_start(struct calendar *c, unsigned int side);
bool calendar_send_run(struct calendar *c, unsigned int side);
void calendar_drop(struct calendar *c, unsigned int side);

#endif
