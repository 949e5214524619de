/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: whatever the keeper says, in whatever order and with whatever numbers,
 * a vault answers it or stops, and opens again with what was committed; a
 * feed that its mutuelle leaves lying holds nobody else up; and no answer
 * leaves before its count is on the disk, while others go on.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <errno.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>
#include "failing.h"
#include "failing_store.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/sign.h"
#include "journal/note.h"
#include "late_aside.h"
#include "msg/contracts.h"
#include "msg/estimate.h"
#include "msg/feed.h"
#include "msg/retain.h"
#include "msg/rights.h"
#include "place.h"
#include "registry/act.h"
#include "rights/roll.h"
#include "vault/vault.h"
#include "vault/waiting.h"

#define CELL 3
#define DAY 20454	/* 2026-01-01 */
#define ORIGIN "vault.test/journal"

static struct {
	char folder[64], path[96];
	struct vault *v;
	struct chan *own;	/* the vault's end */
	int keeper;		/* ours */
	unsigned nth, count;	/* of the vaults */
	struct aside *flusher;	/* NULL: a turn waits for the disk */
	struct sign_private *admins[2];
	int64_t wall_ms, boot_ms;
	struct buf got;		/* the last datagram */
	struct reader unread;
	struct buf put;
	uint64_t ref;		/* of what is told, behind 77 */
} t;

static int64_t wall(void *ctx)
{
	(void)ctx;
	return t.wall_ms;
}

static int64_t boot(void *ctx)
{
	(void)ctx;
	return t.boot_ms;
}

/* One that has not said yet that it is ready. */
static void make_vault(void)
{
	struct vault_options o = {.path = t.path, .folder = t.folder,
		.cache_mib = 4, .map_mib = 4, .random = random_system(),
		.clock = {wall, boot, NULL}, .nth = t.nth, .count = t.count,
		.rules = RULES_DIR, .flusher = t.flusher};
	int pair[2];

	assert_int_equal(vault_open(&o, &t.v), ERR_OK);
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK,
	    0, pair), 0);
	t.keeper = pair[0];
	assert_int_equal(chan_new(pair[1], MSG_VAULT, MSG_KEEPER, VAULT_QUEUE,
	    &t.own), ERR_OK);
	t.unread = reader_of(span_of(NULL, 0));
}

static void start(void)
{
	make_vault();
	assert_int_equal(vault_greet(t.v, t.own), ERR_OK);
}

static void stop(void)
{
	assert_int_equal(vault_close(t.v), ERR_OK);
	chan_free(t.own);
	(void)close(t.keeper);
}

static void begin(bool drill)
{
	char path[128], key[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	struct random r = random_system();
	struct buf b;

	sign_start();
	assert_true(place_make(t.folder, sizeof(t.folder), "test_vaultc"));
	(void)snprintf(t.path, sizeof(t.path), "%s/store.db", t.folder);
	(void)snprintf(path, sizeof(path), "%s/trust", t.folder);
	buf_init(&b, 4096);
	buf_printf(&b, "instance drill=%s origin=%s\ndefault floor=50 "
	    "each=0\n", drill ? "yes" : "no", ORIGIN);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(sign_private_make(
		    SIGN_ED25519, &r, &t.admins[i]), ERR_OK);
		text_b64url(sign_public_raw(
		    sign_private_public(t.admins[i])), SIGN_ED25519_KEY, key);
		buf_printf(&b, "admin name=admin-%u key=%s state=living\n",
		    i, key);
	}
	assert_int_equal(file_create(path, buf_span(&b), 0600), ERR_OK);
	buf_release(&b);
	t.wall_ms = INT64_C(1767225600000);
	t.boot_ms = 1000;
	buf_init(&t.got, LIMIT_DATAGRAM);
	buf_init(&t.put, LIMIT_DATAGRAM);
	start();
}

static int make_as(unsigned nth, unsigned count, bool drill, bool late)
{
	memset(&t, 0, sizeof(t));
	t.nth = nth;
	t.count = count;
	if (late)
		assert_int_equal(aside_new(NULL, NULL, &t.flusher), ERR_OK);
	begin(drill);
	return 0;
}

static int make(void **state)
{
	(void)state;
	return make_as(0, 1, false, false);
}

static int make_second(void **state)
{
	(void)state;
	return make_as(1, 2, false, false);
}

static int make_drill(void **state)
{
	(void)state;
	return make_as(0, 1, true, false);
}

/* The disk is done when the test says so. */
static int make_late(void **state)
{
	(void)state;
	return make_as(0, 1, false, true);
}

static int remove_one(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st, (void)type, (void)at;
	return remove(path);
}

static int unmake(void **state)
{
	(void)state;
	stop();
	aside_free(t.flusher);
	for (unsigned i = 0; i < 2; i++)
		sign_private_free(t.admins[i]);
	buf_release(&t.got);
	buf_release(&t.put);
	return nftw(t.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* --- what goes to and fro --- */

/* As it goes over the wire: any type, any order. */
static void tell(unsigned type, struct span body)
{
	size_t at;

	buf_clear(&t.put);
	at = msg_begin(&t.put, (enum msg_type)type, 77 + t.ref);
	buf_put_span(&t.put, body);
	msg_end(&t.put, at);
	assert_int_equal(t.put.err, ERR_OK);
	(void)!send(t.keeper, t.put.p, t.put.n, MSG_NOSIGNAL);
}

/* The next message from the vault; false: none waits. */
static bool hear(struct msg *ret)
{
	ssize_t n;

	while (reader_left(&t.unread) == 0) {
		buf_clear(&t.got);
		n = recv(t.keeper, buf_extend(&t.got, LIMIT_DATAGRAM),
		    LIMIT_DATAGRAM, 0);
		if (n <= 0)
			return false;
		t.unread = reader_of(span_of(t.got.p, (size_t)n));
	}
	assert_int_equal(
	    msg_next(&t.unread, MSG_VAULT, MSG_KEEPER, ret), ERR_OK);
	return true;
}

/* Turns until a message of that type comes, of so many at most; its body. */
static bool wait_for(unsigned type, unsigned turns, struct span *ret)
{
	struct msg m;

	for (unsigned i = 0; i < turns; i++) {
		assert_int_equal(vault_turn(t.v), ERR_OK);
		while (hear(&m))
			if (m.type == type) {
				*ret = m.body;
				return true;
			}
	}
	return false;
}

static void tag(uint8_t out[RIGHTS_TAG], char kind, unsigned n)
{
	struct random_seeded seed;

	(void)random_from_seed(&seed, (uint64_t)kind << 32 | n);
	put_be64(out, random_seeded_u64(&seed));
	put_be64(out + 8, random_seeded_u64(&seed));
}

static struct feed_line line_of(unsigned n)
{
	static char handle[16];
	struct feed_line l;

	memset(&l, 0, sizeof(l));
	(void)snprintf(handle, sizeof(handle), "handle-%u", n);
	l.line = n + 1;
	l.tag_count = 2;
	tag(l.tags[0], 'r', n);
	tag(l.tags[1], 'm', n);
	l.handle = span_str(handle);
	l.contract = span_str("C1");
	l.order = 1;
	l.from_day = DAY;
	l.to_day = DAY + 364;
	l.domain_count = 1;
	l.domains[0].code = span_str("OPTI");
	l.domains[0].level = span_str("BR200");
	return l;
}

static void tell_begin(uint32_t cell)
{
	struct feed_begin b = {.cell = cell, .kind = FEED_DELTA,
		.version = 1, .effective_day = DAY};
	struct buf out;

	buf_init(&out, 4096);
	feed_begin_pack(&b, &out);
	tell(MSG_FEED_BEGIN, buf_span(&out));
	buf_release(&out);
}

static void tell_lines(unsigned first, unsigned count)
{
	struct buf out;

	buf_init(&out, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < count; i++) {
		struct feed_line l = line_of(first + i);

		feed_line_pack(&l, &out);
	}
	tell(MSG_FEED_LINES, buf_span(&out));
	buf_release(&out);
}

static void tell_end(bool commit)
{
	uint8_t c = commit;

	tell(MSG_FEED_END, span_of(&c, 1));
}

static uint8_t state_of_feed(void)
{
	struct feed_state s = {0};
	struct span body = {NULL, 0};

	assert_true(wait_for(MSG_FEED_STATE, 1000, &body));
	assert_int_equal(feed_state_unpack(body, &s), ERR_OK);
	return s.outcome;
}

static void load(unsigned first, unsigned count)
{
	tell_begin(CELL);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	tell_lines(first, count);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	tell_end(true);
	assert_int_equal(state_of_feed(), FEED_COMMITTED);
}

static uint64_t number_of(char kind, unsigned n)
{
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	struct rights_resolved found = {0};
	struct span body = {NULL, 0};
	struct buf out;

	tag(asked.tags[0], kind, n);
	buf_init(&out, 4096);
	rights_resolve_pack(&asked, &out);
	tell(MSG_RESOLVE, buf_span(&out));
	buf_release(&out);
	assert_true(wait_for(MSG_RESOLVED, 10, &body));
	assert_int_equal(rights_resolved_unpack(body, &found), ERR_OK);
	return found.number;
}

static void pack_contract(struct buf *out, uint32_t cell)
{
	static const char text[] = "contract C1\ninsurer 0099100001\n"
	    "from 2024-01-01\nresponsible no\ncover * = TM\n";
	struct contracts_put p = {.cell = cell, .made_ms = 5,
		.amc = span_str("0099100001"), .text = span_str(text)};

	buf_init(out, LIMIT_DATAGRAM);
	contracts_put_pack(&p, out);
}

/* --- a feed that is left lying --- */

static void open_and_leave(void)
{
	tell_begin(CELL);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	tell_lines(1, 10);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
}

/* Its last commit of lines may be far away: nobody waits for it. */
static void test_a_contract_does_not_wait_for_a_feed(void **state)
{
	struct contracts_said said;
	struct span body = {NULL, 0};
	struct buf out;

	(void)state;
	open_and_leave();
	pack_contract(&out, CELL + 1);
	tell(MSG_CONTRACT, buf_span(&out));
	buf_release(&out);
	assert_true(wait_for(MSG_CONTRACT_SAID, 20, &body));
	assert_int_equal(contracts_said_unpack(body, &said), ERR_OK);
	assert_int_equal(said.outcome, CONTRACTS_TAKEN);
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_false(vault_is_busy(t.v));
	/* what was staged is undone as if nothing had come between */
	tell_end(false);
	assert_int_equal(state_of_feed(), FEED_UNDONE);
	assert_int_equal(number_of('m', 1), 0);
}

static void test_a_copy_does_not_wait_for_a_feed(void **state)
{
	struct span body = {NULL, 0};

	(void)state;
	load(1, 5);
	open_and_leave();
	tell(MSG_COPY, span_of(NULL, 0));
	assert_true(wait_for(MSG_COPIED, 200, &body));
	assert_int_equal(get_be16(body.p), ERR_OK);
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_false(vault_is_busy(t.v));
	tell_lines(20, 3);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	tell_end(true);
	assert_int_equal(state_of_feed(), FEED_COMMITTED);
	assert_true(number_of('m', 20) != 0);
}

/* --- a lying keeper --- */

static uint64_t extreme(struct random_seeded *dice)
{
	static const uint64_t list[] = {0, 1, 2, 3, 255, 65535, 65536,
	    INT32_MAX, UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX,
	    UINT64_C(1) << 63, UINT64_MAX};

	return list[random_seeded_below(dice, sizeof(list) / sizeof(list[0]))];
}

static void pack_do(struct random_seeded *d, struct buf *out)
{
	static const int32_t days[] = {DAY, INT32_MIN, INT32_MAX, 0, -25568,
	    2932897};
	struct rights_do m = {.index = extreme(d),
		.cell = (uint32_t)extreme(d), .number = extreme(d),
		.purpose = RIGHTS_READ,
		.care_day = days[random_seeded_below(d, 6)],
		.now_ms = (int64_t)extreme(d), .domain = span_str("OPTI"),
		.amc = span_str("0099100001"),
		.transaction = span_str(ORIGIN "/1")};

	rights_do_pack(&m, out);
}

static void pack_retain(struct random_seeded *d, struct buf *out)
{
	struct retain_ask m = {.cell = CELL, .after = extreme(d),
		.ended_day = DAY - 400, .today = (int32_t)extreme(d),
		.live_day = DAY - 400, .dry = extreme(d) % 2, .count = 1};

	m.keep[0].person = extreme(d);
	tag(m.keep[0].tag, 'r', 1);
	retain_ask_pack(&m, out);
}

static void pack_lines(struct random_seeded *d, struct buf *out)
{
	struct feed_line l = line_of((unsigned)random_seeded_below(d, 9));

	switch (random_seeded_below(d, 5)) {
	case 0:
		l.closed_day = (int32_t)extreme(d);
		break;
	case 1:
		l.from_day = INT32_MIN;
		l.to_day = (int32_t)extreme(d);
		break;
	case 2:
		l.age_change = (uint32_t)extreme(d);
		break;
	case 3:
		memcpy(l.tags[1], l.tags[0], RIGHTS_TAG);
		break;
	default:
		l.order = (uint8_t)extreme(d);
	}
	feed_line_pack(&l, out);
}

/* A message that the table allows, of any kind. */
static void tell_anything(struct random_seeded *d)
{
	static const unsigned types[] = {MSG_RESOLVE, MSG_DO, MSG_HANDLE,
	    MSG_VAULT_ACT, MSG_VAULT_CLOCK, MSG_FEED_BEGIN, MSG_FEED_LINES,
	    MSG_FEED_END, MSG_COPY, MSG_CONTRACT, MSG_RULES, MSG_RETAIN,
	    MSG_FEED_LAST};
	unsigned type = types[random_seeded_below(
	    d, sizeof(types) / sizeof(types[0]))];
	struct feed_begin b = {.cell = (uint32_t)extreme(d), .kind =
		(uint8_t)(1 + extreme(d) % 3), .effective_day = DAY};
	struct buf out;

	buf_init(&out, LIMIT_DATAGRAM);
	switch (type) {
	case MSG_RESOLVE:
		buf_put_u32(&out, (uint32_t)extreme(d));
		buf_put_u8(&out, 1);
		buf_put(&out, t.folder, RIGHTS_TAG);
		break;
	case MSG_DO:
		pack_do(d, &out);
		break;
	case MSG_HANDLE:
		buf_put_u32(&out, CELL);
		buf_put_u64(&out, extreme(d));
		break;
	case MSG_VAULT_ACT:
		buf_text(&out, "no act");
		break;
	case MSG_VAULT_CLOCK:
		buf_put_u64(&out, extreme(d));
		break;
	case MSG_FEED_BEGIN:
		b.cell = b.cell == 65535 ? 9 : CELL;
		feed_begin_pack(&b, &out);
		break;
	case MSG_FEED_LINES:
		pack_lines(d, &out);
		break;
	case MSG_FEED_END:
		buf_put_u8(&out, extreme(d) % 2);
		break;
	case MSG_CONTRACT:
		pack_contract(&out, CELL);
		break;
	case MSG_RETAIN:
		pack_retain(d, &out);
		break;
	case MSG_FEED_LAST:
		buf_put_u32(&out, (uint32_t)extreme(d));
		break;
	default:
		break;
	}
	tell(type, buf_span(&out));
	buf_release(&out);
}

/* Until it stops, or long enough; what was committed before is there. */
static void play(uint64_t seed)
{
	struct random_seeded d;
	struct msg m;
	enum err e = ERR_OK;

	(void)random_from_seed(&d, seed);
	for (unsigned i = 0; i < 60 && !e; i++) {
		for (uint64_t n = random_seeded_below(&d, 3); n > 0; n--)
			tell_anything(&d);
		e = vault_turn(t.v);
		while (hear(&m))
			;
		if (t.flusher && random_seeded_below(&d, 3) > 0)
			late_aside_end(t.flusher);
	}
	stop();
	start();
}

static void test_a_lying_keeper_gets_nothing_to_fall(void **state)
{
	(void)state;
	load(0, 9);
	for (uint64_t seed = 1; seed <= 150; seed++)
		play(seed);
	for (unsigned i = 0; i < 400; i++)
		assert_int_equal(vault_turn(t.v), ERR_OK);
	tell_begin(CELL + 1);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	tell_end(true);
	assert_int_equal(state_of_feed(), FEED_COMMITTED);
}

/* --- its cells --- */

/* As many as there may be, in one store. */
static void fill_cells(void)
{
	const struct store_options o = {STORE_SQLITE, t.path, 4, 4};
	struct roll *r = calloc(1, sizeof(*r));

	assert_int_equal(roll_open(r, &o), ERR_OK);
	assert_int_equal(roll_write(r), ERR_OK);
	for (uint32_t cell = 1; cell <= LIMIT_CELLS; cell++) {
		struct cell_row row = {.cell = cell, .generation = cell + 5,
			.next_person = 1, .next_right = 1, .next_cover = 1};

		assert_int_equal(roll_put_cell(r, &row), ERR_OK);
	}
	assert_int_equal(roll_commit(r), ERR_OK);
	assert_int_equal(roll_close(r), ERR_OK);
	free(r);
}

static void test_a_vault_with_all_cells_starts(void **state)
{
	struct msg m;

	(void)state;
	stop();
	fill_cells();
	start();
	assert_true(hear(&m));
	assert_int_equal(m.type, MSG_VAULT_READY);
	assert_int_equal(m.body.n, 8 * LIMIT_CELLS);
	assert_int_equal(get_be32(m.body.p + m.body.n - 8), LIMIT_CELLS);
	assert_int_equal(get_be32(m.body.p + m.body.n - 4), LIMIT_CELLS + 5);
}

/* A row that it would speak of for ever, and be stopped for. */
static void test_no_rows_for_cells_that_are_not_its_own(void **state)
{
	static const uint32_t cells[] = {0, 2, CELL + 1, LIMIT_CELLS,
	    LIMIT_CELLS + 1, 65537, UINT32_MAX};
	struct msg m;

	(void)state;
	for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]); i++) {
		tell_begin(cells[i]);
		assert_int_equal(vault_turn(t.v), ERR_RANGE);
		stop();
		start();
		assert_true(hear(&m));
		assert_int_equal(m.type, MSG_VAULT_READY);
		assert_int_equal(m.body.n, 0);
	}
	load(1, 1);
}

/* --- a store that fails --- */

/* What the keeper heard, whatever failed. */
struct heard {
	bool resolved, done, taken, copied, retained;
	uint64_t number;
	unsigned state, feeds, outcome;
};

static void tell_resolve(char kind, unsigned n)
{
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	struct buf out;

	tag(asked.tags[0], kind, n);
	buf_init(&out, 4096);
	rights_resolve_pack(&asked, &out);
	tell(MSG_RESOLVE, buf_span(&out));
	buf_release(&out);
}

static void tell_do(uint64_t index, uint64_t number)
{
	struct rights_do m = {.index = index, .cell = CELL, .number = number,
		.purpose = RIGHTS_READ, .care_day = DAY + 1,
		.now_ms = t.wall_ms, .domain = span_str("OPTI"),
		.amc = span_str("0099100001"),
		.transaction = span_str(ORIGIN "/1")};
	struct buf out;

	buf_init(&out, 4096);
	rights_do_pack(&m, &out);
	tell(MSG_DO, buf_span(&out));
	buf_release(&out);
}

static void tell_handle(uint64_t number)
{
	uint8_t body[12];

	put_be32(body, CELL);
	put_be64(body + 4, number);
	tell(MSG_HANDLE, span_of(body, sizeof(body)));
}

static void tell_last(uint32_t cell)
{
	uint8_t body[4];

	put_be32(body, cell);
	tell(MSG_FEED_LAST, span_of(body, sizeof(body)));
}

static void tell_retain(int32_t ended_day)
{
	struct retain_ask m = {.cell = CELL, .ended_day = ended_day,
		.today = DAY, .live_day = DAY - 400};
	struct buf out;

	buf_init(&out, 4096);
	retain_ask_pack(&m, &out);
	tell(MSG_RETAIN, buf_span(&out));
	buf_release(&out);
}

static void take_word(struct heard *h, const struct msg *m)
{
	struct rights_resolved found;
	struct rights_done done;
	struct contracts_said said;
	struct feed_state s;

	if (m->type == MSG_RESOLVED) {
		assert_int_equal(rights_resolved_unpack(m->body, &found),
		    ERR_OK);
		h->resolved = true;
		h->number = found.number;
	} else if (m->type == MSG_DONE) {
		assert_int_equal(rights_done_unpack(m->body, &done), ERR_OK);
		h->done = true;
		h->state = done.state;
	} else if (m->type == MSG_FEED_STATE) {
		assert_int_equal(feed_state_unpack(m->body, &s), ERR_OK);
		h->feeds++;
		h->outcome = s.outcome;
	} else if (m->type == MSG_CONTRACT_SAID) {
		assert_int_equal(contracts_said_unpack(m->body, &said),
		    ERR_OK);
		h->taken = said.outcome != CONTRACTS_FAILED;
	}
	h->copied |= m->type == MSG_COPIED && get_be16(m->body.p) == ERR_OK;
	h->retained |= m->type == MSG_RETAINED;
}

/* Until nothing is left to do, or the vault gave up. */
static enum err turn_all(struct heard *h)
{
	struct msg m;
	enum err e = ERR_OK;

	do {
		e = vault_turn(t.v);
		while (hear(&m))
			take_word(h, &m);
	} while (!e && vault_is_busy(t.v));
	return e;
}

/* Questions, a contract, a feed, a purge and a copy, one behind the other. */
static enum err work(struct heard *h, uint64_t number, unsigned new)
{
	struct buf out;
	enum err e;

	tell_resolve('m', 1);
	tell_do(1, number);
	tell_handle(number);
	tell_last(CELL);
	pack_contract(&out, CELL);
	tell(MSG_CONTRACT, buf_span(&out));
	buf_release(&out);
	tell_begin(CELL);
	e = turn_all(h);
	if (!e && h->outcome == FEED_GOES_ON) {
		tell_lines(new, 3);
		e = turn_all(h);
	}
	if (!e && h->outcome == FEED_GOES_ON) {
		tell_end(true);
		e = turn_all(h);
	}
	if (e)
		return e;
	tell_retain(DAY - 400);
	tell(MSG_COPY, span_of(NULL, 0));
	return turn_all(h);
}

/* Whatever was said is true, and a new start finds what was there. */
static void is_true(const struct heard *h, enum err e, bool failed,
    uint64_t number, unsigned new)
{
	bool there;

	assert_true(failed || (!e && h->taken && h->copied &&
	    h->retained && h->outcome == FEED_COMMITTED));
	assert_true(!h->resolved || h->number == number);
	assert_true(!h->done || h->state == RIGHTS_COVERED);
	/* its counts and what was committed close well */
	stop();
	start();
	assert_int_equal(number_of('m', 1), number);
	there = number_of('m', new) != 0;
	assert_int_equal(number_of('m', new + 2) != 0, there);
	/* one that stopped may not have come to say so */
	assert_true(e || there == (h->outcome == FEED_COMMITTED));
	assert_true(there || h->outcome != FEED_COMMITTED);
}

static void fails_at(enum failing_store_kind kind, uint64_t number)
{
	unsigned new = 1000 * (1 + (unsigned)kind);
	bool failed = true;

	for (unsigned nth = 0; failed; nth++, new += 3) {
		struct heard h = {.outcome = FEED_UNDONE};
		enum err e;

		t.wall_ms += 3600000;	/* the ceiling is none of this */
		failing_store_set(kind, nth, 1, ERR_IO);
		e = work(&h, number, new);
		failed = failing_store_end();
		is_true(&h, e, failed, number, new);
	}
}

static void test_a_store_that_fails_says_nothing_untrue(void **state)
{
	static const enum failing_store_kind kinds[] = {FAILING_STORE_BEGIN,
	    FAILING_STORE_READ, FAILING_STORE_COMMIT, FAILING_STORE_STEP, FAILING_STORE_RUN,
	    FAILING_STORE_SETTLE};
	uint64_t number;

	(void)state;
	load(0, 9);
	number = number_of('m', 1);
	assert_true(number != 0);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		fails_at(kinds[i], number);
}

/* The same of calls of the system and of memory. */
static void system_fails(enum failing_kind kind, uint64_t number)
{
	unsigned new = 100000 * (1 + (unsigned)kind), met = 0;
	bool failed = true;

	for (int nth = 0; failed; nth++, new += 3) {
		struct heard h = {.outcome = FEED_UNDONE};
		enum err e;

		t.wall_ms += 3600000;
		t.boot_ms += 3600000;	/* a note is due */
		failing_set(kind, nth, kind == FAILING_MEMORY ? ENOMEM : EIO);
		e = work(&h, number, new);
		failed = failing_end();
		met += failed;
		is_true(&h, e, failed, number, new);
	}
	print_message("# kind %u: %u calls failed\n", (unsigned)kind, met);
}

static void test_a_system_that_fails_hears_nothing_untrue(void **state)
{
	uint64_t number;

	(void)state;
	load(0, 9);
	number = number_of('m', 1);
	assert_true(number != 0);
	for (int k = 0; k < FAILING_CIPHER; k++)
		system_fails((enum failing_kind)k, number);
}

static enum err open_as(unsigned nth, unsigned count, const char *rules)
{
	struct vault_options o = {.path = t.path, .folder = t.folder,
		.cache_mib = 4, .map_mib = 4, .random = random_system(),
		.clock = {wall, boot, NULL}, .nth = nth, .count = count,
		.rules = rules};
	struct vault *v = NULL;
	enum err e = vault_open(&o, &v);

	assert_true(!e || !v);
	assert_int_equal(vault_close(v), ERR_OK);
	return e;
}

static void test_a_vault_opens_whole_or_not(void **state)
{
	char folder[5000] = "";
	struct vault_options o = {.path = t.path, .folder = folder,
		.count = 1, .rules = RULES_DIR};
	struct vault *v = NULL;
	bool failed = true;
	unsigned met = 0;

	(void)state;
	load(0, 3);
	stop();
	assert_int_equal(open_as(0, 2, RULES_DIR), ERR_RANGE);
	assert_int_equal(open_as(1, 1, RULES_DIR), ERR_RANGE);
	for (unsigned nth = 0; failed; nth++) {
		enum err e;

		failing_store_set(FAILING_STORE_STEP, nth, 1, ERR_IO);
		e = open_as(0, 1, RULES_DIR);
		failed = failing_store_end();
		assert_true(!failed || e == ERR_IO);
		met += failed;
	}
	assert_true(met > 2);
	failed = true;
	for (int nth = 0; failed; nth++) {
		enum err e;

		failing_set(FAILING_MEMORY, nth, ENOMEM);
		e = open_as(0, 1, RULES_DIR);
		failed = failing_end();
		/* rules that it has no memory for are told when asked */
		assert_true(!e || e == ERR_NOMEM);
	}
	memset(folder, 'a', sizeof(folder) - 1);
	o.folder = folder;
	assert_int_equal(vault_open(&o, &v), ERR_LIMIT);
	assert_null(v);
	start();
	assert_true(number_of('m', 1) != 0);
}

/* A vault that cannot say what it has does not say that it is ready. */
static void test_a_vault_that_cannot_greet(void **state)
{
	bool failed = true;
	struct msg m;

	(void)state;
	load(0, 3);
	for (int nth = 0; failed; nth++) {
		stop();
		make_vault();
		failing_set(FAILING_MEMORY, nth, ENOMEM);
		failed = vault_greet(t.v, t.own) != ERR_OK;
		assert_int_equal(failing_end(), failed);
		assert_int_equal(hear(&m), !failed);
	}
	stop();
	make_vault();
	failing_store_set(FAILING_STORE_STEP, 0, 1, ERR_IO);
	assert_int_equal(vault_greet(t.v, t.own), ERR_IO);
	assert_true(failing_store_end());
	assert_false(hear(&m));
}

/* As of a disk that is full: files do not grow beyond n bytes. */
static void limit_files(rlim_t n)
{
	struct rlimit now;

	assert_int_equal(getrlimit(RLIMIT_FSIZE, &now), 0);
	(void)signal(SIGXFSZ, SIG_IGN);
	now.rlim_cur = n;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &now), 0);
}

/* What could not be moved to its place, or signed, is told, and not lost. */
static void test_an_end_that_fails_loses_nothing(void **state)
{
	enum err e;

	(void)state;
	load(0, 3);
	limit_files(8192);
	e = vault_close(t.v);
	limit_files(RLIM_INFINITY);
	assert_int_not_equal(e, ERR_OK);
	chan_free(t.own);
	(void)close(t.keeper);
	start();
	assert_true(number_of('m', 1) != 0);
	failing_set(FAILING_NAME, 0, EIO);
	assert_int_equal(vault_close(t.v), ERR_IO);
	assert_true(failing_end());
	chan_free(t.own);
	(void)close(t.keeper);
	start();
	assert_true(number_of('m', 2) != 0);
}

/* The disk of its copies is full, or another thing is in their place. */
static void test_a_copy_that_fails_is_told(void **state)
{
	char path[128];
	struct span body = {NULL, 0};

	(void)state;
	load(0, 9);
	(void)snprintf(path, sizeof(path), "%s/store.db.copy", t.folder);
	limit_files(8192);
	tell(MSG_COPY, span_of(NULL, 0));
	assert_true(wait_for(MSG_COPIED, 50, &body));
	limit_files(RLIM_INFINITY);
	assert_int_not_equal(get_be16(body.p), ERR_OK);
	assert_int_not_equal(access(path, F_OK), 0);
	assert_int_equal(mkdir(path, 0700), 0);
	tell(MSG_COPY, span_of(NULL, 0));
	assert_true(wait_for(MSG_COPIED, 50, &body));
	assert_int_equal(get_be16(body.p), ERR_EXISTS);
	assert_int_equal(rmdir(path), 0);
	tell(MSG_COPY, span_of(NULL, 0));
	assert_true(wait_for(MSG_COPIED, 50, &body));
	assert_int_equal(get_be16(body.p), ERR_OK);
	assert_int_equal(access(path, F_OK), 0);
}

/* Its undoing fails too: it is hidden, and the next one finds order. */
static void test_a_feed_that_fails_again_and_again(void **state)
{
	(void)state;
	load(0, 3);
	open_and_leave();
	tell_lines(50, 3);
	failing_store_set(FAILING_STORE_RUN, 0, 50, ERR_IO);
	assert_int_equal(state_of_feed(), FEED_UNDONE);
	assert_true(failing_store_end());
	assert_int_equal(number_of('m', 50), 0);
	load(50, 3);
	assert_true(number_of('m', 50) != 0);
}

/* --- contracts that nobody handed over --- */

/* A feed of so many persons; each contract has two of them, at two levels. */
static void feed_contracts(unsigned persons, struct feed_state *ret)
{
	static char names[2 * LIMIT_CONTRACTS][16];
	struct span body = {NULL, 0};
	struct buf out;

	assert_true(persons <= 4 * LIMIT_CONTRACTS);
	buf_init(&out, LIMIT_DATAGRAM);
	tell_begin(CELL);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	for (unsigned i = 0; i < persons; i++) {
		struct feed_line l = line_of(1000 + i);

		(void)snprintf(names[i / 2], sizeof(names[0]), "K%03u", i / 2);
		l.contract = span_str(names[i / 2]);
		l.domains[0].level = span_str(i % 2 ? "BR100" : "BR300");
		buf_clear(&out);
		feed_line_pack(&l, &out);
		tell(MSG_FEED_LINES, buf_span(&out));
		assert_int_equal(state_of_feed(), FEED_GOES_ON);
	}
	buf_release(&out);
	tell_end(true);
	assert_true(wait_for(MSG_FEED_STATE, 1000, &body));
	assert_int_equal(feed_state_unpack(body, ret), ERR_OK);
	assert_int_equal(ret->outcome, FEED_COMMITTED);
}

/* Each name is counted once, and the first are told. */
static void test_contracts_that_are_missing_are_told(void **state)
{
	struct feed_state s;

	(void)state;
	feed_contracts(6, &s);
	assert_int_equal(s.missing_count, 3);
	assert_int_equal(s.missing_listed, 3);
	assert_true(span_is(s.missing[0], "K000"));
	assert_true(span_is(s.missing[2], "K002"));
	feed_contracts(20, &s);
	assert_int_equal(s.missing_count, 10);
	assert_int_equal(s.missing_listed, FEED_MISSING);
	assert_true(span_is(s.missing[FEED_MISSING - 1], "K004"));
}

static void test_more_contracts_are_missing_than_are_counted(void **state)
{
	struct feed_state s;

	(void)state;
	feed_contracts(2 * LIMIT_CONTRACTS + 6, &s);
	assert_int_equal(s.missing_count, LIMIT_CONTRACTS);
	assert_int_equal(s.missing_listed, FEED_MISSING);
}

/* --- who asks too much --- */

static void test_a_keeper_that_does_not_wait(void **state)
{
	struct contracts_said said;
	unsigned failed = 0, taken = 0, before;
	struct buf out;
	struct msg m;

	(void)state;
	pack_contract(&out, CELL);
	for (unsigned i = 0; i < 20; i++)
		tell(MSG_CONTRACT, buf_span(&out));
	buf_release(&out);
	for (unsigned i = 0; i < WAITING_MOST + 2; i++) {
		before = taken;
		assert_int_equal(vault_turn(t.v), ERR_OK);
		while (hear(&m)) {
			if (m.type == MSG_VAULT_READY)
				continue;
			assert_int_equal(contracts_said_unpack(
			    m.body, &said), ERR_OK);
			failed += said.outcome == CONTRACTS_FAILED;
			taken += said.outcome != CONTRACTS_FAILED;
		}
		/* questions are answered between two of them */
		assert_true(taken - before <= 1);
	}
	assert_int_equal(failed, 20 - WAITING_MOST);
	assert_int_equal(taken, WAITING_MOST);
	/* the second asks while the first is under way: one is told so */
	tell(MSG_COPY, span_of(NULL, 0));
	tell(MSG_COPY, span_of(NULL, 0));
	for (unsigned i = failed = taken = 0; i < 99; i++) {
		assert_int_equal(vault_turn(t.v), ERR_OK);
		while (hear(&m)) {
			failed += get_be16(m.body.p) == ERR_CLOSED;
			taken += get_be16(m.body.p) == ERR_OK;
		}
	}
	assert_int_equal(failed, 1);
	assert_int_equal(taken, 1);
}

static void test_a_purge_waits_for_a_feed(void **state)
{
	struct retain_said said;
	struct span body = {NULL, 0};

	(void)state;
	load(0, 3);
	open_and_leave();
	t.wall_ms += 800 * DATE_DAY_MS;
	tell_retain(DAY + 400);
	assert_true(wait_for(MSG_RETAINED, 20, &body));
	assert_int_equal(retain_said_unpack(body, &said), ERR_OK);
	assert_int_equal(said.state, RETAIN_BUSY);
	tell_end(false);
	assert_int_equal(state_of_feed(), FEED_UNDONE);
	assert_true(number_of('m', 1) != 0);
}

static uint8_t retained(int32_t ended_day)
{
	struct retain_said said;
	struct span body = {NULL, 0};

	tell_retain(ended_day);
	assert_true(wait_for(MSG_RETAINED, 20, &body));
	assert_int_equal(retain_said_unpack(body, &said), ERR_OK);
	return said.state;
}

/* Whatever day the keeper names: rights of the last year stay, by the vault's
 * own clock and no other. */
static void test_no_purge_is_early(void **state)
{
	struct heard h = {.number = 0};

	(void)state;
	load(0, 3);
	assert_int_equal(turn_all(&h), ERR_OK);
	assert_int_equal(retained(INT32_MAX), RETAIN_REFUSED);
	assert_int_equal(retained(DAY + 400), RETAIN_REFUSED);
	assert_int_equal(retained(DAY - LIMIT_PURGE_DAYS + 2), RETAIN_REFUSED);
	assert_true(number_of('m', 1) != 0);
	assert_int_equal(retained(DAY - LIMIT_PURGE_DAYS), RETAIN_END);
	t.wall_ms += 800 * DATE_DAY_MS;
	assert_int_not_equal(retained(DAY + 400), RETAIN_REFUSED);
}

/* A purge that fails says so, and has taken nothing away. */
static void test_a_purge_that_fails_takes_nothing(void **state)
{
	struct retain_said said;
	struct span body = {NULL, 0};
	struct heard h = {.number = 0};
	bool failed = true;
	unsigned met = 0;

	(void)state;
	load(0, 3);
	assert_int_equal(turn_all(&h), ERR_OK);	/* the feed's last work */
	t.wall_ms += 800 * DATE_DAY_MS;
	for (unsigned nth = 0; failed; nth++) {
		failing_store_set(FAILING_STORE_BEGIN, nth, 1, ERR_IO);
		tell_retain(DAY + 400);
		assert_true(wait_for(MSG_RETAINED, 20, &body));
		failed = failing_store_end();
		assert_int_equal(retain_said_unpack(body, &said), ERR_OK);
		met += failed;
		assert_int_equal(said.state == RETAIN_BUSY, failed);
		assert_true(!failed || number_of('m', 1) != 0);
	}
	assert_true(met > 0);
}

static void breach(enum err wanted)
{
	enum err e = ERR_OK;

	for (unsigned i = 0; i < 99 && !e; i++)
		e = vault_turn(t.v);
	assert_int_equal(e, wanted);
	stop();
	start();
}

/* Lines are not taken twice, an end is one of two, one purge is asked. */
static void test_a_keeper_that_breaks_the_order(void **state)
{
	static const uint8_t two = 2;

	(void)state;
	load(0, 3);
	open_and_leave();
	tell(MSG_FEED_END, span_of(&two, 1));
	breach(ERR_SHAPE);
	open_and_leave();
	tell_lines(30, 1);
	t.ref++;		/* another feed's, before the answer */
	tell_lines(31, 1);
	breach(ERR_STATE);
	tell_retain(DAY - 400);
	tell_retain(DAY - 400);
	breach(ERR_SHAPE);
	assert_true(number_of('m', 1) != 0);
	assert_int_equal(number_of('m', 30), 0);
	load(30, 1);
}

/* What no keeper of ours packs ends the vault: nothing of it is believed. */
static void test_words_that_no_keeper_packs(void **state)
{
	static const uint8_t junk[64] = {255, 255, 255, 255, 255, 255, 255};
	static const unsigned types[] = {MSG_RESOLVE, MSG_DO, MSG_FEED_BEGIN,
	    MSG_CONTRACT, MSG_RETAIN, MSG_FEED_LINES};

	(void)state;
	load(0, 3);
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		enum err e = ERR_OK;

		if (types[i] == MSG_FEED_LINES)
			open_and_leave();
		tell(types[i], span_of(junk,
		    types[i] == MSG_FEED_LINES ? 3 : sizeof(junk)));
		for (unsigned n = 0; n < 99 && !e; n++)
			e = vault_turn(t.v);
		assert_true(e == ERR_SHAPE || e == ERR_RANGE ||
		    e == ERR_LIMIT);
		stop();
		start();
		assert_true(number_of('m', 1) != 0);
	}
	/* the contracts behind one that is none wait in vain */
	tell(MSG_CONTRACT, span_of(junk, sizeof(junk)));
	tell(MSG_CONTRACT, span_of(junk, sizeof(junk)));
	breach(ERR_SHAPE);
}

/* Nothing is taken that could not be answered; nothing is lost by waiting. */
static void test_a_keeper_that_does_not_read(void **state)
{
	unsigned told = 0, came = 0;
	struct msg m;

	(void)state;
	load(0, 3);
	while (vault_takes(t.v) && told < 20000) {
		tell_resolve('m', 1);
		told++;
		assert_int_equal(vault_turn(t.v), ERR_OK);
	}
	assert_true(told < 20000);
	assert_false(vault_is_busy(t.v));
	tell_resolve('m', 2);
	told++;
	assert_int_equal(vault_turn(t.v), ERR_OK);
	for (unsigned i = 0; i < told && came < told; i++) {
		while (hear(&m))
			came += m.type == MSG_RESOLVED;
		assert_int_equal(vault_turn(t.v), ERR_OK);
	}
	assert_int_equal(came, told);
	assert_true(vault_takes(t.v));
}

/* More than one turn takes, in one datagram: the next comes at once. */
static void test_what_one_turn_does_not_take(void **state)
{
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	unsigned came = 0;
	struct msg m;

	(void)state;
	tag(asked.tags[0], 'm', 1);
	buf_clear(&t.put);
	for (unsigned i = 0; i < 1500; i++) {
		size_t at = msg_begin(&t.put, MSG_RESOLVE, i);

		rights_resolve_pack(&asked, &t.put);
		msg_end(&t.put, at);
	}
	assert_int_equal(t.put.err, ERR_OK);
	assert_int_equal(send(t.keeper, t.put.p, t.put.n, MSG_NOSIGNAL),
	    t.put.n);
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_true(vault_is_busy(t.v));
	assert_int_equal(vault_patience_ms(t.v), 0);
	for (unsigned i = 0; i < 9; i++) {
		assert_int_equal(vault_turn(t.v), ERR_OK);
		while (hear(&m))
			came += m.type == MSG_RESOLVED;
	}
	assert_int_equal(came, 1500);
}

/* The loop waits while nothing is to do, and for a note a second at most. */
static void test_how_long_it_waits(void **state)
{
	struct heard h = {.number = 0};
	struct span body = {NULL, 0};
	struct buf out;

	(void)state;
	load(0, 3);
	t.boot_ms += 5000;
	assert_int_equal(turn_all(&h), ERR_OK);
	assert_int_equal(vault_patience_ms(t.v), -1);
	(void)number_of('m', 1);
	assert_int_equal(vault_patience_ms(t.v), 1000);
	t.boot_ms += 5000;
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_int_equal(vault_patience_ms(t.v), -1);
	open_and_leave();
	tell_lines(100, 500);
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_true(vault_is_busy(t.v));
	assert_int_equal(vault_patience_ms(t.v), 0);
	/* a contract and a copy wait for the step that is under way */
	pack_contract(&out, CELL);
	tell(MSG_CONTRACT, buf_span(&out));
	buf_release(&out);
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_true(vault_is_busy(t.v));
	tell(MSG_COPY, span_of(NULL, 0));
	assert_int_equal(vault_turn(t.v), ERR_OK);
	assert_int_equal(vault_patience_ms(t.v), 0);
	assert_true(wait_for(MSG_COPIED, 200, &body));
}

/* --- what is long --- */

/* So large that its copy takes many steps. */
static void fill_store(void)
{
	static const struct store_migration filler[] = {
	    {1, "filler", "CREATE TABLE filler (b :bytes)"}};
	static uint8_t bytes[1000000];
	const struct store_options o = {STORE_SQLITE, t.path, 4, 4};
	struct store *s = NULL;
	struct store_stmt *q = NULL;

	assert_int_equal(store_open(&o, &s), ERR_OK);
	assert_int_equal(store_migrate(s, "filler", filler, 1), ERR_OK);
	assert_int_equal(store_begin(s, STORE_WRITE), ERR_OK);
	assert_int_equal(store_prepare(
	    s, "INSERT INTO filler (b) VALUES ($1)", &q), ERR_OK);
	store_bind_bytes(q, 1, span_of(bytes, sizeof(bytes)));
	for (unsigned i = 0; i < 20; i++)
		assert_int_equal(store_run(q), ERR_OK);
	store_finalize(q);
	assert_int_equal(store_commit(s), ERR_OK);
	assert_int_equal(store_close(s), ERR_OK);
}

/* The keeper takes a vault that says nothing for one that hangs; and one that
 * ends in the middle leaves no half of a copy. */
static void test_a_long_copy_says_that_it_goes_on(void **state)
{
	char path[128];
	struct span body = {NULL, 0};

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/store.db.copy", t.folder);
	stop();
	fill_store();
	start();
	tell(MSG_COPY, span_of(NULL, 0));
	assert_true(wait_for(MSG_COPYING, 99, &body));
	assert_true(vault_is_busy(t.v));
	assert_true(wait_for(MSG_COPYING, 99, &body));
	assert_true(wait_for(MSG_COPIED, 99, &body));
	assert_int_equal(get_be16(body.p), ERR_OK);
	assert_int_equal(access(path, F_OK), 0);
	tell(MSG_COPY, span_of(NULL, 0));
	assert_int_equal(vault_turn(t.v), ERR_OK);
	stop();
	assert_int_not_equal(access(path, F_OK), 0);
	start();
}

static void test_a_long_feed_says_that_it_goes_on(void **state)
{
	struct span body = {NULL, 0};

	(void)state;
	tell_begin(CELL);
	assert_int_equal(state_of_feed(), FEED_GOES_ON);
	for (unsigned i = 0; i < 20; i++) {
		tell_lines(i * 1000, 1000);
		assert_int_equal(state_of_feed(), FEED_GOES_ON);
	}
	tell_end(false);	/* which takes more steps than a commit */
	assert_true(wait_for(MSG_FEED_WORKS, 500, &body));
	assert_int_equal(state_of_feed(), FEED_UNDONE);
	assert_int_equal(number_of('m', 19999), 0);
}

/* --- acts, and what they bound --- */

static void tell_act(const char *line, unsigned signers)
{
	static const char *const names[] = {"admin-0", "admin-1"};
	static const uint8_t nonce[16] = {1};
	struct note_signer who[2];
	struct buf text, note;

	for (unsigned i = 0; i < 2; i++)
		who[i] = (struct note_signer){names[i], t.admins[i]};
	buf_init(&text, 4096);
	buf_init(&note, NOTE_MAX);
	act_write_head(&text, span_str(ORIGIN), t.wall_ms, nonce);
	buf_printf(&text, "%s\n", line);
	assert_int_equal(note_sign(
	    buf_span(&text), who, signers, &note), ERR_OK);
	tell(MSG_VAULT_ACT, buf_span(&note));
	buf_release(&text);
	buf_release(&note);
}

static void answer_of(struct rights_done *ret)
{
	struct span body = {NULL, 0};

	assert_true(wait_for(MSG_DONE, 10, &body));
	assert_int_equal(rights_done_unpack(body, ret), ERR_OK);
}

/* Behind the ceiling no byte of an answer leaves. */
static void test_the_ceiling_that_two_administrators_set(void **state)
{
	static const char line[] = "ceiling amc=1 cell=3 persons-hour=2";
	uint64_t who[3];
	struct rights_done done;
	struct span body = {NULL, 0};

	(void)state;
	load(0, 5);
	for (unsigned i = 0; i < 3; i++)
		who[i] = number_of('m', i);
	tell_act(line, 1);
	assert_true(wait_for(MSG_VAULT_SAID, 10, &body));
	assert_int_equal(get_be16(body.p), ERR_REFUSED);
	tell_act(line, 2);
	assert_true(wait_for(MSG_VAULT_SAID, 10, &body));
	assert_int_equal(get_be16(body.p), ERR_OK);
	t.wall_ms += 3600000;
	for (unsigned i = 0; i < 3; i++) {
		tell_do(1 + i, who[i]);
		answer_of(&done);
		assert_int_equal(done.state,
		    i < 2 ? RIGHTS_COVERED : RIGHTS_OVER);
		assert_int_equal(done.body.n > 0, i < 2);
	}
	assert_int_equal(number_of('m', 4), 0);
}

/* --- estimates --- */

static void tell_estimate(
    uint64_t index, uint64_t number, const char *act, size_t cut)
{
	struct rights_do m = {.index = index, .cell = CELL, .number = number,
		.purpose = RIGHTS_ESTIMATE, .care_day = DAY + 1,
		.now_ms = t.wall_ms, .domain = span_str("OPTI"),
		.amc = span_str("0099100001"),
		.transaction = span_str(ORIGIN "/1")};
	struct estimate acts = {.count = 1,
		.lines[0] = {.n = 1, .quantity = 1, .price = 3000}};
	struct buf out, packed;

	(void)snprintf(acts.lines[0].act, sizeof(acts.lines[0].act), "%s",
	    act);
	buf_init(&packed, ESTIMATE_MOST);
	estimate_pack(&acts, &packed);
	assert_int_equal(packed.err, ERR_OK);
	m.acts = span_of(packed.p, packed.n - cut);
	buf_init(&out, 4096);
	rights_do_pack(&m, &out);
	tell(MSG_DO, buf_span(&out));
	buf_release(&out);
	buf_release(&packed);
}

static bool holds(struct span body, const char *word)
{
	return memmem(body.p, body.n, word, strlen(word)) != NULL;
}

/* It is counted and bounded as any other answer. */
static void test_estimates(void **state)
{
	struct rights_done done;
	struct span body = {NULL, 0};
	struct buf out;
	uint64_t who;

	(void)state;
	load(0, 3);
	who = number_of('m', 1);
	pack_contract(&out, CELL);
	tell(MSG_CONTRACT, buf_span(&out));
	buf_release(&out);
	assert_true(wait_for(MSG_CONTRACT_SAID, 20, &body));
	tell_estimate(1, who, "M01", 0);
	answer_of(&done);
	assert_int_equal(done.state, RIGHTS_COVERED);
	assert_true(holds(done.body, "ClaimResponse"));
	tell_estimate(2, who, "NONE", 0);
	answer_of(&done);
	assert_int_equal(done.state, RIGHTS_UNFIT);
	assert_int_equal(done.body.p[0], 0);
	assert_true(holds(done.body, "act"));
	assert_false(holds(done.body, "ClaimResponse"));
	tell_estimate(3, 0, "M01", 0);
	answer_of(&done);
	assert_int_equal(done.state, RIGHTS_UNKNOWN);
	t.wall_ms += 3600000;
	tell_act("ceiling amc=1 cell=3 persons-hour=0", 2);
	tell_estimate(4, who, "M01", 0);
	answer_of(&done);
	assert_int_equal(done.state, RIGHTS_OVER);
	assert_int_equal(done.body.n, 0);
	tell_estimate(5, who, "M01", 1);
	breach(ERR_SHAPE);
}

/* --- while the disk writes --- */

/* One turn, and how many messages came; the types of the first eight. */
static unsigned turn_gives(unsigned types[8])
{
	unsigned n = 0;
	struct msg m;

	assert_int_equal(vault_turn(t.v), ERR_OK);
	while (hear(&m)) {
		if (n < 8)
			types[n] = m.type;
		n++;
	}
	return n;
}

static void read_note(struct buf *out)
{
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/checkpoint", t.folder);
	buf_init(out, 65536);
	assert_int_equal(file_read(path, out), ERR_OK);
}

static bool note_is(const struct buf *was)
{
	struct buf note;
	bool same;

	read_note(&note);
	same = span_equal(buf_span(&note), buf_span(was));
	buf_release(&note);
	return same;
}

/* What only names a person leaves at once; an answer waits, and all that is
 * said behind it; questions are read meanwhile. */
static void test_answers_wait_for_the_disk(void **state)
{
	unsigned types[8] = {0};
	uint64_t number;

	(void)state;
	load(1, 3);
	number = number_of('m', 1);
	tell_do(1, number);
	assert_int_equal(turn_gives(types), 0);
	tell_resolve('m', 2);
	assert_int_equal(turn_gives(types), 0);
	assert_false(vault_is_busy(t.v));
	assert_true(vault_takes(t.v));
	late_aside_end(t.flusher);
	assert_int_equal(turn_gives(types), 2);
	assert_int_equal(types[0], MSG_DONE);
	assert_int_equal(types[1], MSG_RESOLVED);
	assert_false(aside_is_busy(t.flusher));
}

/* Two answers, one behind the other: each has a flush of its own. */
static void test_each_turn_has_its_flush(void **state)
{
	unsigned types[8] = {0};
	uint64_t number;

	(void)state;
	load(1, 3);
	number = number_of('m', 1);
	tell_do(1, number);
	assert_int_equal(turn_gives(types), 0);
	tell_do(2, number);
	tell_do(3, number);
	assert_int_equal(turn_gives(types), 0);
	late_aside_end(t.flusher);
	assert_int_equal(turn_gives(types), 1);
	assert_true(aside_is_busy(t.flusher));
	assert_int_equal(turn_gives(types), 0);
	late_aside_end(t.flusher);
	assert_int_equal(turn_gives(types), 2);
}

static void test_a_flush_that_fails_is_the_end(void **state)
{
	struct msg m;

	(void)state;
	load(1, 3);
	tell_do(1, number_of('m', 1));
	assert_int_equal(vault_turn(t.v), ERR_OK);
	tell_do(2, 0);
	assert_int_equal(vault_turn(t.v), ERR_OK);
	late_aside_fail(t.flusher, ERR_IO);
	assert_int_equal(vault_turn(t.v), ERR_IO);
	assert_false(hear(&m));
	assert_int_equal(vault_turn(t.v), ERR_IO);
	assert_false(hear(&m));
}

/* Its end is told, for nobody waited for the flush. */
static void test_the_end_while_a_flush_fails(void **state)
{
	(void)state;
	load(1, 3);
	tell_do(1, number_of('m', 1));
	assert_int_equal(vault_turn(t.v), ERR_OK);
	late_aside_fail(t.flusher, ERR_IO);
	assert_int_equal(vault_close(t.v), ERR_IO);
	chan_free(t.own);
	(void)close(t.keeper);
	start();
}

/* A disk that hangs fills no memory: messages stay where they are. */
static void test_a_disk_that_hangs(void **state)
{
	unsigned types[8] = {0}, told = 0, came = 0;
	uint64_t number;

	(void)state;
	load(1, 3);
	number = number_of('m', 1);
	while (vault_takes(t.v)) {
		tell_do(++told, number);
		assert_int_equal(turn_gives(types), 0);
	}
	assert_true(told > 50);
	assert_false(vault_is_busy(t.v));
	tell_do(++told, number);
	assert_int_equal(turn_gives(types), 0);
	for (unsigned i = 0; i < told && came < told; i++) {
		late_aside_end(t.flusher);
		came += turn_gives(types);
	}
	assert_int_equal(came, told);
	assert_true(vault_takes(t.v));
}

/* The note flushes for itself, and says nothing of what is not flushed. */
static void test_no_note_while_the_disk_writes(void **state)
{
	unsigned types[8] = {0};
	struct buf was;

	(void)state;
	load(1, 3);
	tell_do(1, number_of('m', 1));
	assert_int_equal(turn_gives(types), 0);
	read_note(&was);
	t.boot_ms += 5000;
	assert_int_equal(turn_gives(types), 0);
	assert_true(note_is(&was));
	late_aside_end(t.flusher);
	assert_int_equal(turn_gives(types), 1);
	assert_false(note_is(&was));
	buf_release(&was);
}

/* A flush that is waited for at the end counts as any other: no note says of
 * counts that they are on the disk when they are not. */
static void test_a_flush_that_fails_at_the_end(void **state)
{
	struct vault *v = t.v;
	struct buf was;

	(void)state;
	load(1, 3);
	tell_do(1, number_of('m', 1));
	assert_int_equal(vault_turn(v), ERR_OK);
	assert_true(aside_is_busy(t.flusher));
	read_note(&was);
	late_aside_fail(t.flusher, ERR_IO);
	t.v = NULL;
	assert_int_equal(vault_close(v), ERR_IO);
	assert_true(note_is(&was));
	buf_release(&was);
}

#define T(f) cmocka_unit_test_setup_teardown(f, make, unmake)
#define LATE(f) cmocka_unit_test_setup_teardown(f, make_late, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_a_contract_does_not_wait_for_a_feed),
		T(test_a_copy_does_not_wait_for_a_feed),
		T(test_a_lying_keeper_gets_nothing_to_fall),
		T(test_a_vault_with_all_cells_starts),
		T(test_a_store_that_fails_says_nothing_untrue),
		T(test_a_system_that_fails_hears_nothing_untrue),
		T(test_a_vault_opens_whole_or_not),
		T(test_a_vault_that_cannot_greet),
		T(test_an_end_that_fails_loses_nothing),
		T(test_a_copy_that_fails_is_told),
		T(test_a_feed_that_fails_again_and_again),
		T(test_contracts_that_are_missing_are_told),
		T(test_more_contracts_are_missing_than_are_counted),
		T(test_words_that_no_keeper_packs),
		T(test_a_keeper_that_does_not_read),
		T(test_what_one_turn_does_not_take),
		T(test_how_long_it_waits),
		T(test_a_long_copy_says_that_it_goes_on),
		T(test_a_long_feed_says_that_it_goes_on),
		T(test_the_ceiling_that_two_administrators_set),
		T(test_estimates),
		T(test_a_keeper_that_does_not_wait),
		T(test_a_purge_waits_for_a_feed),
		T(test_no_purge_is_early),
		T(test_a_purge_that_fails_takes_nothing),
		T(test_a_keeper_that_breaks_the_order),
		cmocka_unit_test_setup_teardown(
		    test_no_rows_for_cells_that_are_not_its_own, make_second,
		    unmake),
		cmocka_unit_test_setup_teardown(
		    test_a_lying_keeper_gets_nothing_to_fall, make_drill,
		    unmake),
		LATE(test_a_lying_keeper_gets_nothing_to_fall),
		LATE(test_answers_wait_for_the_disk),
		LATE(test_each_turn_has_its_flush),
		LATE(test_a_flush_that_fails_is_the_end),
		LATE(test_a_flush_that_fails_at_the_end),
		LATE(test_the_end_while_a_flush_fails),
		LATE(test_a_disk_that_hangs),
		LATE(test_no_note_while_the_disk_writes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
