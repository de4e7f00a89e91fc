// SPDX-License-Identifier: GPL-2.0
/* Runs the registered tests and prints KTAP: see harness.h. */
#include <errno.h>
#include <fnmatch.h>
#include <getopt.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "harness.h"

#define MAX_TESTS	128
#define MAX_DEFERRED	16
#define MAX_NOTES	8

/* No test takes more of a processor, or waits longer; a fuzzer with many --runs may. */
#define CPU_SECONDS	60
#define WAIT_SECONDS	600

struct test {
	const char *name;
	void (*fn)(void);
};

uint64_t harness_seed;

static struct test tests[MAX_TESTS];
static unsigned int nr_tests;
static struct { void (*fn)(void *); void *arg; } deferred[MAX_DEFERRED];
static unsigned int nr_deferred, notes;
static const char *current = "no test";
static uint64_t seed = 1, runs;
static bool failed;

/** harness_add() - register a test. @name: its name, @fn: the test */
void harness_add(const char *name, void (*fn)(void))
{
	if (nr_tests == MAX_TESTS)
		abort();
	tests[nr_tests++] = (struct test){ name, fn };
}

/** harness_defer() - call when the test has ended, last one first. @fn: what, @arg: for it */
void harness_defer(void (*fn)(void *), void *arg)
{
	if (nr_deferred == MAX_DEFERRED)
		abort();
	deferred[nr_deferred].fn = fn;
	deferred[nr_deferred++].arg = arg;
}

/** harness_failed() - has the running test failed already? */
bool harness_failed(void)
{
	return failed;
}

/** harness_runs() - how many runs a fuzzer makes. @normal: without --runs */
uint64_t harness_runs(uint64_t normal)
{
	return runs ? runs : normal;
}

/** harness_note() - a diagnostic line; the first few of a test are shown. @fmt: the line */
void harness_note(const char *fmt, ...)
{
	va_list ap;

	if (++notes > MAX_NOTES)
		return;
	va_start(ap, fmt);
	printf("# ");
	vprintf(fmt, ap);
	printf("\n");
	va_end(ap);
}

bool harness_expect(bool ok, const char *file, int line, const char *what)
{
	if (!ok) {
		failed = true;
		harness_note("%s:%d: not so: %s", file, line, what);
	}
	return ok;
}

bool harness_expect_eq(uint64_t got, uint64_t want, const char *file, int line,
		       const char *gots, const char *wants)
{
	if (got == want)
		return true;
	failed = true;
	harness_note("%s:%d: %s is 0x%llx, not %s (0x%llx)", file, line, gots,
		     (unsigned long long)got, wants, (unsigned long long)want);
	return false;
}

bool harness_expect_str(const char *got, const char *want, const char *file, int line,
			const char *gots)
{
	if (got && !strcmp(got, want))
		return true;
	failed = true;
	harness_note("%s:%d: %s is '%s', not '%s'", file, line, gots, got ? got : "(null)", want);
	return false;
}

bool harness_expect_mem(const void *got, const void *want, size_t len, const char *file,
			int line, const char *gots)
{
	const uint8_t *g = got, *w = want;
	size_t i;

	for (i = 0; i < len && g[i] == w[i]; i++)
		;
	if (i == len)
		return true;
	failed = true;
	harness_note("%s:%d: %s differs at byte %zu of %zu: 0x%02x, not 0x%02x", file, line,
		     gots, i, len, g[i], w[i]);
	return false;
}

/* The process is about to die inside a test: say in which. */
static void on_death(void)
{
	fprintf(stderr, "# %s died, repeat with --seed %llu --runs 1\n", current,
		(unsigned long long)harness_seed);
}

static void on_alarm(int sig)
{
	static const char text[] = "# a test hung: ";

	(void)sig;
	if (write(2, text, sizeof(text) - 1) > 0 && write(2, current, strlen(current)) > 0)
		on_death();
	_exit(3);
}

/* Start the limits of a test, or end them: a busy machine is no reason to fail. */
static void limit(unsigned int times)
{
	const struct itimerval cpu = { .it_value.tv_sec = times * CPU_SECONDS };

	setitimer(ITIMER_PROF, &cpu, NULL);
	alarm(times * WAIT_SECONDS);
}

static bool run_one(const struct test *t)
{
	failed = false;
	notes = 0;
	harness_seed = seed;
	current = t->name;
	limit(runs ? 0 : 1);
	t->fn();
	while (nr_deferred) {
		nr_deferred--;
		deferred[nr_deferred].fn(deferred[nr_deferred].arg);
	}
	limit(0);
	current = "no test";
	if (notes > MAX_NOTES)
		printf("# %u more\n", notes - MAX_NOTES);
	return !failed;
}

static uint64_t number(const char *s)
{
	char *end;
	uint64_t v;

	errno = 0;
	v = strtoull(s, &end, 0);
	if (errno || end == s || *end) {
		fprintf(stderr, "'%s' is not a number\n", s);
		exit(2);
	}
	return v;
}

int main(int argc, char **argv)
{
	static const struct option opts[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "seed", required_argument, NULL, 's' },
		{ "runs", required_argument, NULL, 'r' },
		{ 0 },
	};
	unsigned int i, n = 0, nr = 0, bad = 0;
	const char *glob = "*";
	bool list = false;
	int c;

	while ((c = getopt_long(argc, argv, "", opts, NULL)) != -1) {
		switch (c) {
		case 'l':
			list = true;
			break;
		case 's':
			seed = number(optarg);
			break;
		case 'r':
			runs = number(optarg);
			break;
		default:
			return 2;
		}
	}
	if (optind < argc)
		glob = argv[optind];
	for (i = 0; i < nr_tests; i++)
		nr += !fnmatch(glob, tests[i].name, 0);
	if (!nr) {
		fprintf(stderr, "no test matches '%s' (see --list)\n", glob);
		return 2;
	}

	setvbuf(stdout, NULL, _IOLBF, 0);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGALRM, on_alarm);
	signal(SIGPROF, on_alarm);
	__sanitizer_set_death_callback(on_death);
	if (!list)
		printf("KTAP version 1\n1..%u\n", nr);
	for (i = 0; i < nr_tests; i++) {
		bool ok;

		if (fnmatch(glob, tests[i].name, 0))
			continue;
		if (list) {
			printf("%s\n", tests[i].name);
			continue;
		}
		ok = run_one(&tests[i]);
		bad += !ok;
		printf("%sok %u %s\n", ok ? "" : "not ", ++n, tests[i].name);
	}
	return bad ? 1 : 0;
}
