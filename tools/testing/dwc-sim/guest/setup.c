// SPDX-License-Identifier: GPL-2.0
/*
 * What a guest needs before its first command: mounts, modprobe, loopback, a name.
 *
 * Parameters come from the kernel command line, as environment variables:
 * DWC_SIDE (host name), DWC_REPO and DWC_BUILD (folders that have to be visible),
 * DWC_SHARE (folder shared with the bench, writable), DWC_MODS (modprobe -d).
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "init.h"

static void mkdirs(const char *path)
{
	char buf[4096];
	char *p;

	snprintf(buf, sizeof(buf), "%s", path);
	for (p = buf + 1; (p = strchr(p, '/')); p++) {
		*p = 0;
		mkdir(buf, 0755);
		*p = '/';
	}
	mkdir(buf, 0755);
}

static void mount_all(void)
{
	static const struct {
		const char *type, *where, *data;
	} table[] = {
		{ "proc",	"/proc",		NULL },
		{ "sysfs",	"/sys",			NULL },
		{ "devtmpfs",	"/dev",			NULL },
		{ "devpts",	"/dev/pts",		"ptmxmode=0666" },
		{ "tmpfs",	"/dev/shm",		NULL },
		{ "tmpfs",	"/tmp",			NULL },
		{ "tmpfs",	"/var/tmp",		NULL },
		{ "tmpfs",	"/run",			NULL },
		{ "configfs",	"/sys/kernel/config",	NULL },
		{ "debugfs",	"/sys/kernel/debug",	NULL },
	};
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!strncmp(table[i].where, "/dev/", 5))
			mkdir(table[i].where, 0755);
		/* the kernel may have mounted /dev before it started us */
		if (mount(table[i].type, table[i].where, table[i].type, 0,
			  table[i].data) && errno != EBUSY)
			die("mount %s on %s", table[i].type, table[i].where);
	}
}

/* The repository may lie in a folder that a tmpfs now hides. */
static void mount_host(const char *dir, unsigned long flags)
{
	if (!dir)
		return;
	if (flags & MS_RDONLY && !access(dir, F_OK))
		return;
	mkdirs(dir);
	if (mount("none", dir, "hostfs", flags, dir))
		die("mount hostfs on %s", dir);
}

static void write_file(const char *path, const char *text, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, mode);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		die("write %s", path);
	close(fd);
}

/* modprobe, by hand and by the kernel, finds the modules of this variant */
static void setup_modprobe(const char *mods)
{
	char buf[8192];

	if (!mods)
		return;
	mkdirs("/run/bin");
	mkdirs("/run/modprobe.d");
	snprintf(buf, sizeof(buf),
		 "#!/bin/sh\nexec /sbin/modprobe -d '%s' -C /run/modprobe.d \"$@\"\n",
		 mods);
	write_file("/run/bin/modprobe", buf, 0755);
	snprintf(buf, sizeof(buf),
		 "#!/bin/sh\nexec /sbin/modinfo -b '%s' \"$@\"\n", mods);
	write_file("/run/bin/modinfo", buf, 0755);
	write_file("/proc/sys/kernel/modprobe", "/run/bin/modprobe", 0644);
}

static void setup_net(const char *name)
{
	struct ifreq ifr = { .ifr_name = "lo", .ifr_flags = IFF_UP };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &ifr))
		die("bring lo up");
	close(fd);
	if (name && sethostname(name, strlen(name)))
		die("sethostname");
}

void set_up_machine(void)
{
	mount_all();
	mount_host(getenv("DWC_REPO"), MS_RDONLY);
	mount_host(getenv("DWC_BUILD"), MS_RDONLY);
	mount_host(getenv("DWC_SHARE"), 0);
	setup_modprobe(getenv("DWC_MODS"));
	setup_net(getenv("DWC_SIDE"));
	setenv("PATH", "/run/bin:/usr/sbin:/usr/bin:/sbin:/bin", 1);
	setenv("HOME", "/tmp", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("TERM", "linux", 0);
	if (chdir("/tmp"))
		die("chdir /tmp");
}
