/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "crypto/sign.h"
#include "lib/machine.h"
#include "lib/must.h"
#include "lib/spread.h"
#include "lib/watch.h"
#include "steps/scene.h"
#include "steps/steps.h"

static const char help[] =
"Usage: bench-steps [--store FILE] [--folder DIR] [--json]\n"
"\n"
"What each step of a rights question costs, in microseconds of one core,\n"
"measured on the functions that keeper and vault call.\n"
"\n"
"  --store FILE  a loaded DIR/vault/N/store.db that no vault holds; without it\n"
"                the vault's steps are left out\n"
"  --folder DIR  where the journal is written (default: a new folder in\n"
"                TMPDIR); it stays there\n"
"  --json        one object a line\n";

#define FLUSH_BYTES 888	/* a record of the journal */

static bool json;

static const char *const who_words[] = {
    [STEPS_CLIENT] = "client", [STEPS_KEEPER] = "keeper",
    [STEPS_VAULT] = "vault"};

void steps_say(enum steps_who who, const char *name, double us, bool elapsed)
{
	if (json)
		(void)printf("{\"who\":\"%s\",\"step\":\"%s\",\"us\":%.3f,"
		    "\"elapsed\":%s}\n", who_words[who], name, us,
		    elapsed ? "true" : "false");
	else
		(void)printf("%-8s %-40s %9.2f us%s\n", who_words[who], name,
		    us, elapsed ? " elapsed" : "");
	(void)fflush(stdout);
}

void steps_size(const char *name, double bytes)
{
	if (json)
		(void)printf("{\"size\":\"%s\",\"bytes\":%.0f}\n", name,
		    bytes);
	else
		(void)printf("%-8s %-40s %9.0f bytes\n", "size", name, bytes);
}

static double time_round(const struct steps_step *s, unsigned times)
{
	double from = watch_cpu_us();

	for (unsigned i = 0; i < times; i++)
		s->run(s->ctx);
	return watch_cpu_us() - from;
}

void steps_time(const struct steps_step *step)
{
	unsigned times = 1;
	struct spread s;
	double us = time_round(step, 1);

	while (us < STEPS_ROUND_US / 4 && times < 1u << 24) {
		times *= 2;
		us = time_round(step, times);
	}
	times = (unsigned)(times * (STEPS_ROUND_US / (us > 1 ? us : 1))) + 1;
	spread_init(&s, STEPS_ROUNDS);
	for (int i = 0; i < STEPS_ROUNDS; i++)
		spread_put(&s, time_round(step, times) / times);
	steps_say(step->who, step->name, spread_at(&s, 0.5), false);
	spread_release(&s);
}

static void flushes(const char *folder)
{
	double p50, p99;
	double rate = machine_flushes(folder, FLUSH_BYTES, 1, &p50, &p99);

	if (json)
		(void)printf("{\"flushes_s\":%.0f,\"p50_us\":%.1f,"
		    "\"p99_us\":%.1f}\n", rate, p50, p99);
	else
		(void)printf("%-8s %-40s %9.0f a second, p50 %.0f us, "
		    "p99 %.0f us\n", "disk", "write of 888 bytes, fdatasync",
		    rate, p50, p99);
}

static const char *make_folder(char *path, size_t size)
{
	const char *tmp = getenv("TMPDIR");

	must_true(snprintf(path, size, "%s/ecluse-steps-XXXXXX",
	    tmp ? tmp : "/tmp") < (int)size, "TMPDIR is too long");
	must_true(mkdtemp(path) != NULL, "no temporary folder");
	return path;
}

static void run(const char *folder, const char *store)
{
	struct scene s;

	sign_start();
	scene_init(&s, folder);
	steps_question(&s);
	steps_count(&s);
	steps_entry(&s);
	if (store)
		steps_roll(store);
	steps_answer(&s);
	flushes(folder);
	scene_release(&s);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"store", required_argument, NULL, 's'},
	    {"folder", required_argument, NULL, 'f'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *store = NULL, *folder = NULL;
	char path[4096];
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return 0;
		}
		if (c == 's')
			store = optarg;
		else if (c == 'f')
			folder = optarg;
		else if (c == 'j')
			json = true;
		else
			return 2;
	}
	if (optind != argc)
		return 2;
	run(folder ? folder : make_folder(path, sizeof(path)), store);
	return 0;
}
