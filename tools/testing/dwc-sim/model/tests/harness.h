/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A tiny KTAP harness. TEST() defines and registers a test, the EXPECT macros
 * record what is wrong and go on, ASSERT ends the test. main() is here, too:
 *
 *   test-x                run all, KTAP on stdout, status 1 if any failed
 *   test-x --list         names
 *   test-x 'edma_int*'    those whose name matches
 *   --seed N, --runs N    for the fuzzers
 */
#ifndef DWC_SIM_TESTS_HARNESS_H
#define DWC_SIM_TESTS_HARNESS_H

#include "types.h"

/* What a fuzzer works on, shown if the test fails, hangs or crashes. */
extern uint64_t harness_seed;

#define TEST(name)								\
	static void name(void);							\
	static void __attribute__((constructor)) register_##name(void)		\
	{									\
		harness_add(#name, name);					\
	}									\
	static void name(void)

#define EXPECT(cond)								\
	harness_expect((cond), __FILE__, __LINE__, #cond)
#define EXPECT_EQ(got, want)							\
	harness_expect_eq((uint64_t)(got), (uint64_t)(want), __FILE__, __LINE__, #got, #want)
#define EXPECT_STR(got, want)							\
	harness_expect_str((got), (want), __FILE__, __LINE__, #got)
#define EXPECT_MEM(got, want, len)						\
	harness_expect_mem((got), (want), (len), __FILE__, __LINE__, #got)
#define ASSERT(cond)								\
	do {									\
		if (!EXPECT(cond))						\
			return;							\
	} while (0)

void harness_add(const char *name, void (*fn)(void));
void harness_defer(void (*fn)(void *), void *arg);
void harness_note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
bool harness_failed(void);
uint64_t harness_runs(uint64_t normal);

bool harness_expect(bool ok, const char *file, int line, const char *what);
bool harness_expect_eq(uint64_t got, uint64_t want, const char *file, int line,
		       const char *gots, const char *wants);
bool harness_expect_str(const char *got, const char *want, const char *file, int line,
			const char *gots);
bool harness_expect_mem(const void *got, const void *want, size_t len, const char *file,
			int line, const char *gots);

#endif
