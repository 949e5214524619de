/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an operator wrote, and small files that a keeper finds at its start:
 * tables of `enrol bulk` and `route bulk`, which become lines of acts; the
 * files of generations, of the clock's gap, of answers that were owed and of
 * decoys; a vault's word as it comes up; askers that a request means. What is
 * read is written to the same bytes, or says the same.
 */
#include <sys/stat.h>
#include "base/log.h"
#include "base/text.h"
#include "cli/bulk.h"
#include "cli/route_table.h"
#include "crypto/aead.h"
#include "folder.h"
#include "fuzz.h"
#include "keeper/decoys.h"
#include "keeper/gap.h"
#include "keeper/keeper.h"
#include "keeper/outstanding.h"
#include "keeper/select.h"
#include "quiet.h"
#include "registry/act.h"

#define ROOM (1u << 22)

/* --- tables --- */

/* Lines of acts, as the registry takes them: how many begin with this word. */
static unsigned long long lines_of(struct span text, const char *word,
    const char *names, const char *needed)
{
	struct act_line line = {0};
	unsigned long long n = 0;

	while (text.n > 0) {
		must(act_next(&text, &line) == ERR_OK);
		if (!span_is(line.word, word))
			continue;
		must(act_only(&line, names) == ERR_OK);
		must(act_value(&line, needed).n > 0);
		n++;
	}
	return n;
}

static void key_lines(struct span text)
{
	struct act_line line = {0};
	struct sign_public *key;
	uint8_t der[SIGN_SPKI_MAX];
	struct span plane;
	size_t n;

	while (act_next(&text, &line) == ERR_OK) {
		if (!span_is(line.word, "key"))
			continue;
		must(text_unb64url(act_value(&line, "spki"), der, sizeof(der),
		    &n) == ERR_OK);
		must(sign_public_parse(span_of(der, n), &key) == ERR_OK);
		sign_public_free(key);
		plane = act_value(&line, "plane");
		must(plane.n == 0 || registry_plane(plane) > 0);
	}
}

static bool never(void *ctx, const char *asker)
{
	(void)ctx;
	(void)asker;
	return false;
}

static void bulk(struct span in)
{
	const char *path = folder_path(0, "table.csv");
	struct quiet q = quiet_begin();
	struct bulk_known known = {
	    .professions = " optician dentist ", .enrolled = never};
	struct bulk sum = {0};
	struct buf out;
	enum err e;

	buf_init(&out, ROOM);
	folder_store(path, in);
	e = bulk_read(path, &known, &out, &sum);
	quiet_end(q);
	if (e == ERR_OK) {
		met("a table of sites");
		must(sum.faults == 0 && sum.sites > 0);
		must(lines_of(buf_span(&out), "site", "id profession finess "
		    "siret label", "profession") == sum.sites);
		must(lines_of(buf_span(&out), "key", "spki site plane rpps",
		    "site") == sum.keys);
		key_lines(buf_span(&out));
	}
	buf_release(&out);
}

/* What a table of routes became is taken by a keeper that has none. */
static void keeper_takes(struct span lines)
{
	static const uint8_t nonce[16];
	struct registry_fault fault;
	enum registry_wish wish;
	struct registry *r;
	struct buf act;

	buf_init(&act, ROOM);
	act_write_head(&act, span_str("fuzz.example/journal"), 1, nonce);
	buf_put_span(&act, lines);
	must(act.err == ERR_OK && registry_new(&r) == ERR_OK);
	r->version = 1;		/* somebody made it */
	must(registry_apply(r, buf_span(&act), 2, false, 0, &wish, &fault) ==
	    ERR_OK);
	registry_free(r);
	buf_release(&act);
}

static void routes(struct span in)
{
	const char *path = folder_path(0, "table.csv");
	struct quiet q = quiet_begin();
	unsigned long long count = 0;
	struct registry *said;
	struct buf out;
	enum err e;

	must(registry_new(&said) == ERR_OK);
	buf_init(&out, ROOM);
	folder_store(path, in);
	e = route_table_read(path, INT32_MAX / 2, said, &out, &count);
	quiet_end(q);
	if (e == ERR_OK) {
		met("a table of routes");
		must(count > 0 && lines_of(buf_span(&out), "route",
		    "amc convention csr operator url from until", "from") ==
		    count);
		keeper_takes(buf_span(&out));
	}
	registry_free(said);
	buf_release(&out);
}

/* --- the keeper's files --- */

static const char *keeper_folder(void)
{
	static bool made;

	if (!made)
		must(mkdir(folder_path(3, "keeper"), 0700) == 0);
	made = true;
	return folder();
}

static struct keeper *a_keeper(void)
{
	struct keeper *k = calloc(1, sizeof(*k));

	must(k);
	k->dir = keeper_folder();
	k->vault_count = 1;
	return k;
}

static void release(struct keeper *k)
{
	generations_release(k);
	free(k);
}

/* The last row again, so that all are written. */
static void generations(struct span in)
{
	const char *path = folder_path(0, "keeper/generations");
	struct keeper *k = a_keeper();

	folder_store(path, in);
	if (generations_load(k) == ERR_OK && k->generations.count > 0) {
		uint32_t last = (uint32_t)k->generations.count - 1;

		met("generations");
		must(in.n > 0 && in.n % 8 == 0);
		must(generations_needs(k, last, 0));
		must(unlink(path) == 0);
		generations_note(k, last, k->generations.of[last]);
		folder_expect(path, in);
	} else {
		must(unlink(path) == 0);
	}
	release(k);
}

/* What is known of cells never falls, nor changes for another vault's. */
static void vaults_word(struct span in)
{
	static const uint32_t known[] = {3, 1, 0, 7, 2};
	struct keeper *k = a_keeper();
	uint32_t nth = in.n % 2;
	enum err e;

	k->vault_count = 2;
	k->generations.count = sizeof(known) / sizeof(known[0]);
	k->generations.of = malloc(sizeof(known));
	must(k->generations.of);
	memcpy(k->generations.of, known, sizeof(known));
	e = generations_check(k, nth, in);
	if (!e && in.n > 0)
		met("a vault's word");
	for (uint32_t c = 0; c < k->generations.count; c++) {
		uint32_t before = c < 5 ? known[c] : 0;
		uint32_t now = k->generations.of[c];

		must(now == before || (!e && c % 2 == nth && now > before));
		must(e || c % 2 != nth || now >= before);
	}
	release(k);
}

/* Behind the id of this boot. */
static void gap(struct span in)
{
	const char *dir = keeper_folder();
	const char *path = folder_path(0, "keeper/gap");
	struct buf file;
	struct gap g;

	buf_init(&file, ROOM);
	must(file_read("/proc/sys/kernel/random/boot_id", &file) == ERR_OK);
	file.n--;	/* LF */
	buf_put_span(&file, in);
	folder_store(path, buf_span(&file));
	if (gap_load(dir, &g) == ERR_OK) {
		met("a gap of the clock");
		must(!g.stale && g.ms >= 0);
		must(gap_save(dir, g.ms, g.doubtful) == ERR_OK);
		folder_expect(path, buf_span(&file));
	}
	folder_store(path, in);
	must(gap_load(dir, &g) != ERR_OK || g.stale);
	must(unlink(path) == 0);
	buf_release(&file);
}

static void owed(struct span in)
{
	const char *path = folder_path(0, "released");
	struct outstanding *o;
	uint64_t mark;

	folder_store(path, in);
	mark = outstanding_read(path);
	must(unlink(path) == 0);
	if (mark == 0)
		return;
	met("a mark of what was answered");
	must(outstanding_open(path, mark, &o) == ERR_OK);
	outstanding_close(o);
	/* what stands behind a mark was never written */
	folder_expect(path, span_of(in.p, 16));
}

static void askers(struct span in)
{
	static const char *const kinds[] = {"key:", "rpps:", "site:"};
	struct select s;
	struct buf out;

	if (select_parse(in, &s) != ERR_OK)
		return;
	met("askers");
	must(s.count > 0 && s.count <= SELECT_MOST);
	buf_init(&out, ROOM);
	for (size_t i = 0; i < s.count; i++) {
		buf_text(&out, i ? "," : "");
		buf_text(&out, kinds[s.kinds[i]]);
		must(s.values[i].n > 0);
		buf_put_span(&out, s.values[i]);
	}
	must(span_equal(buf_span(&out), in));
	buf_release(&out);
}

/* --- decoys, sealed under a key that is known here --- */

#define DECOYS_LABEL "ecluse/decoys/v1"
#define DECOYS_MAGIC "ecluse-decoys-v1\n"

static void decoys_key(const struct keyring *keys, struct secret *ret)
{
	hash_hkdf(span_of(NULL, 0), span_of(keys->question.key, SECRET_SIZE),
	    span_str(DECOYS_LABEL), ret->key, SECRET_SIZE);
}

static void seal_decoys(
    const char *path, const struct secret *key, struct span plain)
{
	static const uint8_t nonce[AEAD_NONCE] = {1};
	struct buf file;
	uint8_t *to;

	buf_init(&file, ROOM);
	buf_text(&file, DECOYS_MAGIC);
	buf_put(&file, nonce, sizeof(nonce));
	to = buf_extend(&file, plain.n + AEAD_TAG);
	must(to && aead_seal(key, nonce, span_str(DECOYS_LABEL), plain, to) ==
	    ERR_OK);
	folder_store(path, buf_span(&file));
	buf_release(&file);
}

static void open_decoys(
    const char *path, const struct secret *key, struct buf *plain)
{
	size_t head = strlen(DECOYS_MAGIC) + AEAD_NONCE;
	struct buf file;
	uint8_t *to;

	buf_init(&file, ROOM);
	must(file_read(path, &file) == ERR_OK);
	to = buf_extend(plain, file.n - head - AEAD_TAG);
	must(to && aead_open(key, file.p + strlen(DECOYS_MAGIC),
	    span_str(DECOYS_LABEL), span_of(file.p + head, file.n - head),
	    to) == ERR_OK);
	buf_release(&file);
}

/* One set more is kept: those that were there stand before it, unless one of
 * them made room. */
static void keep_one(struct keeper *k, const char *path,
    const struct secret *key, struct span before)
{
	struct decoys_set *set = calloc(1, sizeof(*set));
	size_t sets = k->decoys->count, row = DECOYS_SALT + 16 + RIGHTS_TAG;
	struct buf plain;

	must(set);
	set->persons = set->tag_count = 1;
	set->salt[0] = 0xee;
	must(decoys_keep(k, set) == ERR_OK);
	buf_init(&plain, ROOM);
	open_decoys(path, key, &plain);
	must(get_be16(plain.p) == k->decoys->count);
	if (sets < DECOYS_WAITING) {
		must(k->decoys->count == sets + 1);
		must(plain.n == before.n + row);
		must(memcmp(plain.p + 2, before.p + 2, before.n - 2) == 0);
	} else {
		must(k->decoys->count == DECOYS_WAITING);
	}
	buf_release(&plain);
}

static void decoys(struct span in)
{
	static struct random_seeded seed;
	const char *path = folder_path(0, "keeper/decoys");
	struct keyring keys = {.question = {{4}}};
	struct keeper *k = a_keeper();
	struct secret key;

	k->keys = &keys;
	k->random = random_from_seed(&seed, 2);
	must(tagger_new(&keys.question, &k->tagger) == ERR_OK);
	must(registry_new(&k->registry) == ERR_OK);
	decoys_key(&keys, &key);
	seal_decoys(path, &key, in);
	if (decoys_open(k) == ERR_OK) {
		met("decoys");
		keep_one(k, path, &key, in);
	}
	decoys_close(k);
	registry_free(k->registry);
	tagger_free(k->tagger);
	release(k);
	must(unlink(path) == 0);
}

/* What keeper/main.c has. */
int64_t keeper_now(struct keeper *k)
{
	(void)k;
	return 0;
}

void keeper_fail(struct keeper *k, const char *words, enum err e)
{
	(void)k;
	(void)words;
	(void)e;
	must(false);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {bulk, routes,
	    generations, vaults_word, gap, owed, askers, decoys};
	struct span in = span_of(p, n);

	log_init("fuzz", (enum log_level)(LOG_ERROR + 1));
	readers[choose(&in, 8)](in);
	return 0;
}
