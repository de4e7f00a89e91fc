/* SPDX-License-Identifier: GPL-2.0 */
#ifndef DWC_SIM_INIT_H
#define DWC_SIM_INIT_H

/* What went wrong, with errno, on the console; then the guest is off. */
__attribute__((noreturn, format(printf, 1, 2)))
void die(const char *fmt, ...);

__attribute__((noreturn))
void power_off(void);

/* Mounts, environment, modprobe, network: all that a command may count on. */
void set_up_machine(void);

#endif
