// SPDX-License-Identifier: GPL-2.0
/* Reads the command line: see args.h. A mistake in it ends the process. */
#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "args.h"
#include "event.h"
#include "words.h"

/** die() - end with one line: what is wrong, and how */
void die(const char *what, const char *detail)
{
	fprintf(stderr, "dwc-sim: %s: %s\n", what, detail);
	exit(1);
}

static void usage(void)
{
	printf("usage: dwc-sim --profile FILE --rc-socket PATH --ep-socket PATH --control PATH\n"
	       "               [--rc-slot N] [--trace FILE] [--ready-fd N]\n"
	       "               [--board FILE --calendar PATH [--host-at NS] [--until NS] [--marks FILE]\n"
	       "                [--plan FILE]]\n"
	       "\n"
	       "Models a DesignWare PCIe endpoint controller with eDMA between two\n"
	       "User-Mode-Linux machines, which connect to the two vhost-user sockets.\n"
	       "\n"
	       "  --profile FILE    kind of controller (key = value)\n"
	       "  --rc-socket PATH  where the host connects; once for each function of the profile\n"
	       "  --rc-slot N       slot of the first function's device on the host's bus (default: 0)\n"
	       "  --ep-socket PATH  where the endpoint connects\n"
	       "  --control PATH    command socket: one line of words in, one line of JSON out\n"
	       "  --trace FILE      readable trace of every access\n"
	       "  --board FILE      virtual time: what things cost (key = value # source)\n"
	       "  --calendar PATH   virtual time: where both guests' time-travel=ext connects\n"
	       "  --host-at NS      virtual time: when the host is switched on and the link trains\n"
	       "  --until NS        virtual time: end with an error if guests still run then\n"
	       "  --marks FILE      virtual time: the counters, at each mark that a guest leaves\n"
	       "  --plan FILE       virtual time: lines of a time in ns and a command, carried out then\n"
	       "  --ready-fd N      write one line there when all sockets listen (default: stdout)\n");
}

static unsigned int parse_slot(const char *word)
{
	unsigned int slot;
	char more;

	if (sscanf(word, "%2u%c", &slot, &more) != 1 || slot > 31)
		die(word, "a slot is a number from 0 to 31");
	return slot;
}

static uint64_t ns(const char *s)
{
	unsigned long v;

	if (words_number(s, &v))
		die(s, "not a time in ns");
	return v;
}

static void load(struct args *a, const char *profile, const char *board, unsigned int funcs)
{
	char err[200];

	if (!profile || !funcs || !a->socket[DEV_EP] || !a->socket[LISTEN_CONTROL])
		die("arguments", "--profile, --rc-socket, --ep-socket and --control are needed (see --help)");
	if (!board != !a->socket[LISTEN_CALENDAR])
		die("arguments", "--board and --calendar are both needed for virtual time");
	if (a->plan && !board)
		die("arguments", "--plan is for virtual time: it needs --board and --calendar");
	if (profile_load(&a->profile, profile, err, sizeof(err)))
		die(profile, err);
	if (funcs != a->profile.functions)
		die(profile, "--rc-socket is needed once for each function of the profile");
	a->timed = board;
	if (!board || !board_load(&a->board, board, err, sizeof(err)))
		return;
	fprintf(stderr, "dwc-sim: %s:%s%s\n", board, isdigit((unsigned char)*err) ? "" : " ", err);
	exit(1);
}

static const struct option options[] = {
	{ "profile", required_argument, NULL, 'p' },
	{ "rc-socket", required_argument, NULL, 'r' },
	{ "rc-slot", required_argument, NULL, 's' },
	{ "ep-socket", required_argument, NULL, 'e' },
	{ "control", required_argument, NULL, 'c' },
	{ "trace", required_argument, NULL, 't' },
	{ "ready-fd", required_argument, NULL, 'f' },
	{ "board", required_argument, NULL, 'b' },
	{ "calendar", required_argument, NULL, 'l' },
	{ "host-at", required_argument, NULL, 'a' },
	{ "until", required_argument, NULL, 'u' },
	{ "marks", required_argument, NULL, 'm' },
	{ "plan", required_argument, NULL, 'n' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/**
 * args_parse() - read the command line, and the profile and board that it names
 * @a:		receives it
 * @argc:	as main() has it
 * @argv:	likewise
 */
void args_parse(struct args *a, int argc, char **argv)
{
	const char *profile = NULL, *board = NULL;
	/* options that are words */
	const char **word[128] = {
		['p'] = &profile, ['b'] = &board, ['e'] = &a->socket[DEV_EP],
		['c'] = &a->socket[LISTEN_CONTROL], ['l'] = &a->socket[LISTEN_CALENDAR],
		['t'] = &a->trace, ['m'] = &a->marks, ['n'] = &a->plan,
	};
	unsigned int funcs = 0;
	int c;

	*a = (struct args){ .ready_fd = 1, .until = EVENT_NEVER };
	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'r':
			if (funcs == MAX_FUNCS)
				die(optarg, "more sockets of the host than there can be functions");
			a->socket[DEV_RC + funcs++] = optarg;
			break;
		case 's':
			a->rc_slot = parse_slot(optarg);
			break;
		case 'f':
			a->ready_fd = atoi(optarg);
			break;
		case 'a':
			a->host_at = ns(optarg);
			break;
		case 'u':
			a->until = ns(optarg);
			break;
		case 'h':
			usage();
			exit(0);
		case '?':
			exit(2);
		default:
			*word[c] = optarg;
		}
	}
	if (optind < argc)
		die(argv[optind], "unexpected argument (see --help)");
	load(a, profile, board, funcs);
}
