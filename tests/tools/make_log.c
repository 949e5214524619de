/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes, or goes on with, a journal of invented entries for tests:
 *
 *   test_make_log DIR COUNT EVERY [SEED]
 *
 * DIR becomes what an instance's folder is to `ecluse journal`: ecluse.conf,
 * journal/public, keeper/journal. COUNT entries are appended in batches of
 * EVERY, with a checkpoint after each. Prints each new leaf in hex. The keys
 * come from SEED (default 7): never for a real log.
 *
 *   test_make_log --confined DIR COUNT EVERY
 *
 * The same with the keeper's powers put on (confine/powers.h), in a DIR that
 * has the keeper's folders, and one checkpoint over all, at the end.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/random.h"
#include "base/text.h"
#include "confine/confine.h"
#include "journal/months.h"
#include "journal/opening.h"
#include "journal/tlog.h"

#define ORIGIN "drill.ecluse.example/journal"
#define PATH 4096

struct entry {
	uint8_t leaf[LEAF_SIZE], side[OPENING_SIZE];
};

static void must(enum err e, const char *what)
{
	if (!e)
		return;
	(void)fprintf(stderr, "test_make_log: %s: %s\n", what, err_text(e));
	exit(1);
}

/* Question number i, of one of three askers; each tenth met nobody. */
static void invent(uint64_t i, struct entry *ret)
{
	struct random_seeded state;
	struct random random = random_from_seed(&state, i);
	struct opening o = {.cell = (uint32_t)(i % 12 + 1), .number = i + 1,
	    .proof = OPENING_MEMBER, .site = span_str("DRILLSITE"),
	    .domain = span_str("OPTI"), .care_day = 20779,
	    .path = span_str("/fhir/CoverageEligibilityRequest")};
	struct leaf l = {.kind = LEAF_ASKED, .plane = 1, .purpose = 1,
	    .time_ms = INT64_C(1795255200000) + (int64_t)i * 250,
	    .sequence = i / 3 + 1, .fields = 0x1f,
	    .existed = i % 10 != 9, .decision = LEAF_ANSWERED,
	    .registry_size = 3};
	struct secret key;

	random_fill(&random, o.blinding, sizeof(o.blinding));
	random_fill(&random, key.key, sizeof(key.key));
	random_fill(&random, l.replay, sizeof(l.replay));
	memset(o.key_id, (int)(i % 3 + 1), sizeof(o.key_id));
	memset(l.asker, (int)(i % 3 + 1), sizeof(l.asker));
	if (!l.existed)
		o.cell = 0, o.number = 0;
	must(opening_seal(&o, &key, ret->side, l.commitment, l.opening_hash),
	    "opening");
	must(leaf_pack(&l, ret->leaf), "leaf");
}

static void append(struct tlog *log, size_t n, bool quiet)
{
	static struct entry entries[TLOG_BATCH];
	static struct tlog_entry batch[TLOG_BATCH];
	uint64_t at = tlog_size(log), first;
	char hex[2 * LEAF_SIZE + 1];

	for (size_t i = 0; i < n; i++) {
		invent(at + i, &entries[i]);
		batch[i] = (struct tlog_entry){
		    {entries[i].leaf, LEAF_SIZE},
		    {entries[i].side, OPENING_SIZE}};
		text_hex(entries[i].leaf, LEAF_SIZE, hex);
		if (!quiet)
			(void)puts(hex);
	}
	must(tlog_append(log, batch, n, at, &first), "append");
	if (!quiet)
		must(tlog_publish(log), "publish");
}

static void make_folder(const char *dir, const char *name)
{
	char path[PATH];
	enum err e = file_path(path, sizeof(path), dir, name);

	if (!e)
		e = file_mkdir(path, 0755);
	if (e != ERR_EXISTS)
		must(e, path);
}

static struct tlog *open_log(
    const char *dir, const struct sign_private *key, bool confined)
{
	char records[PATH], public_dir[PATH], conf[PATH];
	struct tlog_options o = {.dir = records, .public_dir = public_dir,
	    .origin = ORIGIN, .key = key, .leaf_size = LEAF_SIZE,
	    .side_size = OPENING_SIZE};
	struct tlog *log = NULL;

	must(file_path(conf, sizeof(conf), dir, "ecluse.conf"), "path");
	if (!confined) {
		make_folder(dir, "");
		make_folder(dir, "journal");
		make_folder(dir, "keeper");
		must(file_replace(
		    conf, span_str("origin = " ORIGIN "\n"), 0644), conf);
	}
	must(file_path(records, sizeof(records), dir, "keeper/journal"),
	    "path");
	must(file_path(public_dir, sizeof(public_dir), dir, "journal/public"),
	    "path");
	must(tlog_open(&o, &log), "open");
	return log;
}

static uint64_t number(const char *text, uint64_t most)
{
	uint64_t n;

	must(text_u64(span_str(text), most, &n), text);
	return n;
}

static void put_on(const char *dir)
{
	const struct confine_wish wish = {.who = POWERS_KEEPER, .dir = dir};
	struct confine_fault fault;

	must(confine(&wish, &fault), "powers");
}

int main(int argc, char **argv)
{
	bool confined = argc == 5 && strcmp(argv[1], "--confined") == 0;
	uint8_t seed[SIGN_ED25519_KEY];
	struct sign_private *key = NULL;
	struct tlog *log;
	uint64_t left;
	size_t every;

	argc -= confined;
	argv += confined;
	if (argc < 4 || argc > 5) {
		(void)fputs("Usage: test_make_log [--confined] DIR COUNT "
		    "EVERY [SEED]\n", stderr);
		return 2;
	}
	left = number(argv[2], 1000000);
	every = (size_t)number(argv[3], TLOG_BATCH);
	memset(seed, argc == 5 ? (int)number(argv[4], 255) : 7,
	    sizeof(seed));
	must(sign_private_ed25519(seed, &key), "key");
	if (confined)
		put_on(argv[1]);
	log = open_log(argv[1], key, confined);
	while (left > 0) {
		size_t n = left < every ? (size_t)left : every;

		append(log, n, confined);
		left -= n;
	}
	must(tlog_publish(log), "publish");
	tlog_close(log);
	sign_private_free(key);
	return fflush(stdout) == 0 ? 0 : 1;
}
