/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "crypto/hash.h"
#include "feed/trait_line.h"
#include "journal/rig.h"
#include "sim/roster.h"

#define BORN "19810508"		/* all of them (keeper/bodies.h) */
#define LEVEL_SIZE 16

uint32_t roster_cell(unsigned who)
{
	return 1 + (who >> 1) % ROSTER_CELLS;
}

const char *roster_amc(uint32_t cell)
{
	return cell == 1 ? "0000000001" : "0000000002";
}

void roster_member(unsigned who, char out[static 16])
{
	(void)snprintf(out, 16, "%08u", 2447800 + who);
}

/* One of three is nobody's member, whatever the feed. */
static bool may_be_listed(unsigned who)
{
	return who % 3 != 2;
}

static void level_of(
    char domain, unsigned who, uint32_t nth, char out[static LEVEL_SIZE])
{
	(void)snprintf(out, LEVEL_SIZE, "%c%02uG%04u", domain, who, nth);
}

static void put_person(unsigned who, uint32_t nth, struct buf *out)
{
	char member[16], handle[16], med[LEVEL_SIZE], opti[LEVEL_SIZE];
	struct feed_traits_line l = {.line = who + 1, .birth = BORN,
	    .rank = '1', .card_count = 1, .contract = span_str("C1"),
	    .order = 1, .from_day = ROSTER_DAY - 300,
	    .to_day = ROSTER_DAY + 60, .domain_count = 2};

	roster_member(who, member);
	(void)snprintf(handle, sizeof(handle), "handle-%u", who);
	level_of('M', who, nth, med);
	level_of('O', who, nth, opti);
	l.member = span_str(member);
	l.handle = span_str(handle);
	memset(l.cards[0], (int)who, FEED_TRAITS_CTI);
	l.domains[0] = (struct feed_traits_domain){
	    span_str("MED"), span_str(med), 0};
	l.domains[1] = (struct feed_traits_domain){
	    span_str("OPTI"), span_str(opti), 0};
	assert_int_equal(feed_traits_line_pack(&l, out), ERR_OK);
}

struct sign_private *roster_key(void)
{
	struct random_seeded seed;
	struct random r = random_from_seed(&seed, 0);	/* acts_p256(0) */
	struct sign_private *key = NULL;

	assert_int_equal(sign_private_make(SIGN_P256, &r, &key), ERR_OK);
	return key;
}

/* Whole lines, as even as can be; gives where each chunk ends. */
static unsigned share(const size_t *ends, unsigned lines, unsigned count,
    size_t at[static ROSTER_CHUNKS])
{
	count = count < lines ? count : lines;
	for (unsigned i = 0; i < count; i++)
		at[i] = ends[lines * (i + 1) / count - 1];
	return count;
}

static void pack(struct roster_feed *f, struct feed_chunk_head *head,
    struct span plain, const size_t *at, const uint8_t *sealing,
    const struct random *random)
{
	struct sign_private *key = roster_key();
	uint64_t lines = head->lines;

	for (unsigned i = 0; i < f->count; i++) {
		size_t from = i ? at[i - 1] : 0;

		head->number = i;
		head->last = i + 1 == f->count;
		head->lines = head->last ? lines : 0;
		buf_init(&f->chunks[i], LIMIT_FEED_CHUNK);
		assert_int_equal(feed_chunk_pack(head,
		    span_of(plain.p + from, at[i] - from), sealing, key,
		    random, &f->chunks[i]), ERR_OK);
	}
	sign_private_free(key);
}

void roster_next(struct roster *r, uint32_t cell, int64_t now_ms,
    struct random_seeded *dice, const uint8_t sealing[static HPKE_PUBLIC],
    const struct random *random, struct roster_feed *ret)
{
	uint32_t nth = ++r->made[cell];
	struct feed_chunk_head head = {.kind = FEED_CHUNK_FULL,
	    .effective_day = ROSTER_DAY};
	size_t ends[ROSTER_PEOPLE], at[ROSTER_CHUNKS];
	unsigned lines = 0;
	struct buf plain;

	assert_true(nth < ROSTER_FEEDS);
	now_ms = now_ms > r->made_ms[cell] ? now_ms : r->made_ms[cell] + 1;
	head.made_ms = r->made_ms[cell] = now_ms;
	buf_init(&plain, 1u << 16);
	for (unsigned who = 0; who < ROSTER_PEOPLE; who++) {
		if (roster_cell(who) != cell || !may_be_listed(who))
			continue;
		/* a feed has a line */
		r->listed[nth][who] =
		    random_seeded_below(dice, 5) > 0 || lines == 0;
		if (!r->listed[nth][who])
			continue;
		put_person(who, nth, &plain);
		ends[lines++] = plain.n;
	}
	(void)snprintf(head.amc, sizeof(head.amc), "%s", roster_amc(cell));
	hash_sha256(buf_span(&plain), head.id);
	head.lines = lines;
	*ret = (struct roster_feed){.cell = cell, .nth = nth};
	ret->count = share(ends, lines,
	    1 + (unsigned)random_seeded_below(dice, ROSTER_CHUNKS), at);
	pack(ret, &head, buf_span(&plain), at, sealing, random);
	buf_release(&plain);
}

void roster_release(struct roster_feed *f)
{
	for (unsigned i = 0; i < f->count; i++)
		buf_release(&f->chunks[i]);
	f->count = 0;
}

bool roster_has(const struct roster *r, unsigned who, uint32_t nth)
{
	return nth > 0 && r->listed[nth][who];
}

bool roster_knows(const struct roster *r, unsigned who, uint32_t nth)
{
	for (uint32_t i = 1; i <= nth; i++)
		if (roster_has(r, who, i))
			return true;
	return false;
}

bool roster_reads(const char *level, unsigned who, const char *domain,
    uint32_t *ret_nth)
{
	char expected[LEVEL_SIZE];
	unsigned nth = 0;

	if (strlen(level) < 8)
		return false;
	nth = (unsigned)strtoul(level + 4, NULL, 10);
	level_of(domain[0], who, nth, expected);
	*ret_nth = nth;
	return strcmp(level, expected) == 0;
}
