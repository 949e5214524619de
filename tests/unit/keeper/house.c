/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/date.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "keeper/house.h"
#include "msg/ask.h"
#include "msg/rights.h"

static void enrol(struct house *h)
{
	acts_start(&h->acts, true);
	assert_int_equal(acts_do(&h->acts, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=optician\n"), ERR_OK);
	for (unsigned n = 1; n <= HOUSE_KEYS; n++)
		assert_int_equal(acts_do(&h->acts, 2, "key spki=%s site=s%d "
		    "rpps=997000000%02u since=2026-01-01T00:00:00Z\n",
		    acts_ed25519(n), n <= 2 ? 1 : 2, n), ERR_OK);
}

void house_make(struct house *h)
{
	const struct secret root = {{1}};
	char path[RIG_PATH + 10];

	*h = (struct house){.nonce = 1};
	rig_folder(h->dir);
	(void)snprintf(path, sizeof(path), "%s/keeper", h->dir);
	assert_int_equal(file_mkdir(path, 0700), ERR_OK);
	h->random = random_from_seed(&h->seed, 17);
	assert_int_equal(keyring_make(path, &root, &h->random, &h->keys), ERR_OK);
	(void)snprintf(path, sizeof(path), "%s/journal", h->dir);
	assert_int_equal(file_mkdir(path, 0755), ERR_OK);
	enrol(h);
	house_open(h);
}

void house_unmake(struct house *h)
{
	house_kill(h);
	acts_end(&h->acts);
	keyring_free(h->keys);
	rig_remove(h->dir);
}

static void set_figures(struct house *h)
{
	const struct registry *r = h->acts.r;

	for (size_t i = 0; i < r->profession_count; i++) {
		struct guard_figures f;

		memcpy(f.of, r->professions[i].figures[1], sizeof(f.of));
		assert_int_equal(guard_set_figures(h->guard,
		    (uint16_t)(i + 1), 0, GUARD_NOBODY, &f), ERR_OK);
	}
}

void house_open(struct house *h)
{
	static const struct conf conf;
	const struct months_apart apart = apart_for(&h->apart);
	struct book_options o = {
	    h->dir, ACTS_ORIGIN, h->keys, &h->random, &apart};
	const uint8_t root[HASH_SIZE] = {0xab, 0xcd};

	assert_int_equal(
	    apart_init(&h->apart, h->dir, &conf, &h->random), ERR_OK);
	assert_int_equal(book_open(&o, &h->book), ERR_OK);
	book_registry(h->book, h->acts.r->version, root);
	book_cells(h->book, HOUSE_CELLS);
	h->guard = guard_new();
	assert_non_null(h->guard);
	set_figures(h);
	assert_int_equal(replay_new(
	    &h->keys->replay, 4096, REPLAY_LIFE_MS, &h->replay), ERR_OK);
	h->fold = (struct fold){h->book, h->guard, h->replay, h->acts.r,
	    h->keys, &h->random, h->dir};
}

void house_kill(struct house *h)
{
	book_close(h->book);
	guard_free(h->guard);
	fold_end(&h->fold);
	replay_free(h->replay);
	h->book = NULL;
	h->guard = NULL;
	h->replay = NULL;
}

void house_again(struct house *h, int64_t now_ms)
{
	house_kill(h);
	house_open(h);
	assert_int_equal(fold_run(&h->fold, now_ms, &h->found), ERR_OK);
}

static void nonce_of(uint32_t n, uint8_t out[static 16])
{
	memset(out, 0, 16);
	put_be32(out, n);
}

static void fill_opening(const struct house *h, const struct house_ask *a,
    const struct guard_ask *ask, const char *rpps, struct opening *o)
{
	*o = (struct opening){.site = span_str(a->key <= 2 ? "s1" : "s2"),
	    .rpps = span_str(rpps), .cell = a->cell, .number = a->number,
	    .proof = a->card ? OPENING_CARD : OPENING_MEMBER,
	    .domain = span_str("OPTI"), .care_day = 20779,
	    .path = span_str("/fhir/CoverageEligibilityRequest"),
	    .params = span_str("()")};
	memcpy(o->key_id, acts_id(a->key), SIGN_KEY_ID);
	memcpy(o->question, ask->q, OPENING_QUESTION);
	random_fill(&h->random, o->blinding, LEAF_BLINDING);
}

uint64_t house_gather(struct house *h, struct house_ask a, bool *ret_answered)
{
	struct leaf leaf = {.kind = LEAF_ASKED, .time_ms = a.now_ms,
	    .plane = ASK_FLOW, .purpose = RIGHTS_READ, .fields = 15,
	    .decision = LEAF_ANSWERED};
	const struct registry_key *k =
	    registry_key(h->acts.r, acts_id(a.key));
	uint8_t nonce[16];
	struct guard_verdict v;
	struct guard_ask ask;
	struct opening o;
	char rpps[12] = "";
	uint64_t index = 0;

	if (a.rpps)
		(void)snprintf(rpps, sizeof(rpps), "997000000%02u", a.key);
	fold_ask(h->acts.r, k, ASK_FLOW, span_str(rpps), &ask);
	ask.cell = a.cell;
	ask.card = a.card;
	put_be64(ask.q, a.number);
	ask.q[8] = (uint8_t)a.cell;
	ask.q[9] = a.card;
	/* a miss is a question about nobody in particular */
	put_be32(ask.q + 12, a.number ? 0 : h->nonce);
	nonce_of(h->nonce++, nonce);
	replay_tag(h->replay, k->id, nonce, leaf.replay);
	assert_int_equal(
	    replay_admit(h->replay, leaf.replay, a.now_ms), ERR_OK);
	assert_int_equal(
	    guard_count(h->guard, &ask, a.number, a.now_ms, &v), ERR_OK);
	if (v.told.decision != GUARD_GO) {
		leaf.decision = LEAF_REFUSED_BUDGET;
		leaf.fields = 0;
		a.number = 0;
	}
	leaf.existed = a.number != 0;
	fill_opening(h, &a, &ask, rpps, &o);
	assert_int_equal(book_asked(h->book, &leaf,
	    (uint32_t)(k - h->acts.r->keys), &o, &index), ERR_OK);
	if (ret_answered)
		*ret_answered = leaf.decision == LEAF_ANSWERED;
	return index;
}

void house_commit(struct house *h, uint64_t released)
{
	assert_int_equal(book_commit(h->book, released), ERR_OK);
	assert_int_equal(book_waiting(h->book), 0);
}

uint64_t house_asks(struct house *h, struct house_ask a)
{
	uint64_t index = house_gather(h, a, NULL);

	house_commit(h, index);
	return index;
}

uint64_t house_notes(struct house *h, struct leaf leaf, unsigned key)
{
	const struct registry_key *k =
	    key ? registry_key(h->acts.r, acts_id(key)) : NULL;
	uint64_t index = 0;

	assert_int_equal(book_note(h->book, &leaf,
	    k ? (uint32_t)(k - h->acts.r->keys) : BOOK_NOBODY,
	    k ? k->id : NULL, &index), ERR_OK);
	house_commit(h, index);
	return index;
}

struct leaf house_leaf(struct house *h, uint64_t index, bool opens,
    struct opening *opening)
{
	static uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf leaf;
	uint64_t released;
	bool opened;

	assert_int_equal(book_read(h->book, index, &leaf, &o, plain, &opened,
	    &released), ERR_OK);
	assert_int_equal(opened, opens);
	if (opened && opening)
		*opening = o;
	return leaf;
}

bool house_seen(struct house *h, unsigned key, uint32_t nonce, int64_t now_ms)
{
	uint8_t tag[REPLAY_TAG], bytes[16];

	nonce_of(nonce, bytes);
	replay_tag(h->replay, acts_id(key), bytes, tag);
	return replay_admit(h->replay, tag, now_ms) == ERR_EXISTS;
}

void house_counts(struct house *h, int64_t now_ms, struct buf *out)
{
	buf_init(out, 16u << 20);
	(void)guard_look_platform(h->guard, now_ms);
	assert_int_equal(guard_save(h->guard, out), ERR_OK);
	assert_int_equal(out->err, ERR_OK);
}
