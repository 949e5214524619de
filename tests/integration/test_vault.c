/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: the real ecluse-vault, driven over its channel by a keeper of ours:
 * feeds and questions, kills in the middle of a feed, orderly ends, broken
 * protocols.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/date.h"
#include "base/random.h"
#include "place.h"
#include "../tools/vault_drive.h"

#define CELL 3
#define PERSONS 1500
#define MANY 5000	/* so that parts of a feed are on the disk */
#define LARGE 30000	/* whose end takes a hundred steps */
#define A_MESSAGE 60	/* lines */
#define DAY 20454	/* 2026-01-01 */

static char program[512];

struct fixture {
	char dir[64];
	struct vault_drive d;
};

static void start(struct fixture *f)
{
	assert_int_equal(vault_drive_start(&f->d, true), ERR_OK);
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_true(place_make(f->dir, sizeof(f->dir), "test_vault"));
	f->d.dir = f->dir;
	f->d.program = program;
	start(f);
	*state = f;
	return 0;
}

static void path_of(const struct fixture *f, const char *name, char out[128])
{
	(void)snprintf(out, 128, "%s/vault/0/%s", f->dir, name);
}

static int remove_one(
    const char *path, const struct stat *st, int type, struct FTW *at)
{
	(void)st;
	(void)type;
	(void)at;
	return remove(path);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	if (f->d.chan)
		(void)vault_drive_end(&f->d, SIGKILL);
	assert_int_equal(
	    nftw(f->dir, remove_one, 8, FTW_DEPTH | FTW_PHYS), 0);
	free(f);
	return 0;
}

static void tag(uint8_t out[RIGHTS_TAG], char kind, unsigned n)
{
	struct random_seeded seed;

	(void)random_from_seed(&seed, (uint64_t)kind << 32 | n);
	put_be64(out, random_seeded_u64(&seed));
	put_be64(out + 8, random_seeded_u64(&seed));
}

/* Person n; the edition changes level, card and handle's owner. */
static void put_line(struct buf *out, unsigned n, unsigned edition)
{
	static const char *const levels[] = {"BR100", "BR200", "BR300"};
	struct feed_line l;
	char handle[16];

	memset(&l, 0, sizeof(l));
	(void)snprintf(handle, sizeof(handle), "handle-%u", n);
	l.line = n + 1;
	l.tag_count = 4;
	l.card_count = 1;
	tag(l.tags[0], 'r', n);
	tag(l.tags[1], 'm', n);
	tag(l.tags[2], 'n', n);
	tag(l.tags[3], 'c', n % 3 == 0 ? n * 10 + edition : n * 10);
	l.handle = span_str(handle);
	l.contract = span_str("C1");
	l.convention = span_str("VM");
	l.order = 1;
	l.from_day = DAY;
	l.to_day = DAY + 364;
	l.domain_count = 1;
	l.domains[0].code = span_str("OPTI");
	l.domains[0].level = span_str(levels[(n % 5 == 0 ? edition : 0) % 3]);
	feed_line_pack(&l, out);
}

static struct feed_state begin(struct fixture *f, int32_t day)
{
	struct feed_begin b = {.cell = CELL, .kind = FEED_FULL, .version = 1,
		.effective_day = day};
	struct feed_state s;

	assert_int_equal(vault_drive_begin(&f->d, &b, &s), ERR_OK);
	assert_int_equal(s.outcome, FEED_GOES_ON);
	return s;
}

/* Lines first to first + A_MESSAGE - 1 below end, packed. */
static void pack(
    struct buf *out, unsigned first, unsigned end, unsigned edition)
{
	buf_init(out, LIMIT_DATAGRAM);
	for (unsigned n = first; n < end && n < first + A_MESSAGE; n++)
		put_line(out, n, edition);
	assert_int_equal(out->err, ERR_OK);
}

static struct feed_state load(
    struct fixture *f, unsigned persons, unsigned edition)
{
	struct feed_state s = begin(f, DAY);
	struct buf lines;

	for (unsigned n = 0; n < persons; n += A_MESSAGE) {
		pack(&lines, n, persons, edition);
		assert_int_equal(vault_drive_lines(&f->d, &lines, &s), ERR_OK);
		assert_int_equal(s.outcome, FEED_GOES_ON);
		buf_release(&lines);
	}
	assert_int_equal(vault_drive_finish(&f->d, true, &s), ERR_OK);
	assert_int_equal(s.outcome, FEED_COMMITTED);
	return s;
}

static uint64_t resolve(struct fixture *f, char kind, unsigned n)
{
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	uint64_t number = 0;

	tag(asked.tags[0], kind, n);
	assert_int_equal(vault_drive_resolve(&f->d, &asked, &number), ERR_OK);
	return number;
}

static struct rights_done ask(struct fixture *f, uint64_t number, int32_t day)
{
	struct rights_do asked = {.index = 1, .cell = CELL, .number = number,
		.purpose = RIGHTS_READ, .care_day = day,
		.now_ms = (int64_t)day * DATE_DAY_MS,
		.domain = span_str("OPTI"), .amc = span_str("0123456789"),
		.transaction = span_str("vault.test/journal/1")};
	struct rights_done done;

	assert_int_equal(vault_drive_do(&f->d, &asked, &done), ERR_OK);
	return done;
}

/* What all persons' tags, handles and answers say, as one number. */
static uint64_t fingerprint(struct fixture *f, unsigned persons)
{
	uint64_t h = 14695981039346656037u, number;
	struct rights_handle asked = {.cell = CELL};
	struct rights_done done;
	struct span handle;

#define MIX(v) h = (h ^ (uint64_t)(v)) * 1099511628211u
	for (unsigned n = 0; n < persons; n++) {
		number = resolve(f, 'm', n);
		MIX(number);
		for (unsigned i = 0; i < 7; i++)
			MIX(resolve(f, 'c', n * 10 + i));
		asked.number = number;
		assert_int_equal(
		    vault_drive_handle(&f->d, &asked, &handle), ERR_OK);
		for (size_t i = 0; i < handle.n; i++)
			MIX(handle.p[i]);
		done = ask(f, number, DAY + 100);
		MIX(done.state);
		for (size_t i = 0; i < done.level.n; i++)
			MIX(done.level.p[i]);
	}
#undef MIX
	return h;
}

static void test_an_empty_vault_knows_nobody(void **state)
{
	struct fixture *f = *state;
	struct rights_handle asked = {CELL, 0};
	struct rights_done done;
	struct span handle;

	assert_int_equal(resolve(f, 'm', 1), 0);
	done = ask(f, 0, DAY);
	assert_int_equal(done.state, RIGHTS_UNKNOWN);
	assert_true(done.body.n > 0 && done.body.p[0] == '{');
	assert_int_equal(vault_drive_handle(&f->d, &asked, &handle), ERR_OK);
	assert_int_equal(handle.n, 0);
}

static void test_a_feed_is_answered_from(void **state)
{
	struct fixture *f = *state;
	struct feed_state s = load(f, PERSONS, 0);
	struct rights_handle asked = {CELL, 0};
	struct rights_done done;
	struct span handle;

	assert_int_equal(s.lines, PERSONS);
	assert_int_equal(s.added, PERSONS);
	assert_int_equal(s.persons_new, PERSONS);
	assert_int_equal(s.generation, 1);
	for (unsigned n = 0; n < PERSONS; n += 7) {
		asked.number = resolve(f, 'm', n);
		assert_int_not_equal(asked.number, 0);
		assert_true(asked.number <= INT64_MAX);
		assert_true(resolve(f, 'c', n * 10) == asked.number);
		done = ask(f, asked.number, DAY + 364);
		assert_int_equal(done.state, RIGHTS_COVERED);
		assert_true(span_is(done.level, "BR100"));
		assert_int_equal(done.until_day, DAY + 364);
		done = ask(f, asked.number, DAY + 365);
		assert_int_equal(done.state, RIGHTS_CLOSED);
		assert_int_equal(
		    vault_drive_handle(&f->d, &asked, &handle), ERR_OK);
		assert_true(handle.n > 7);
	}
	assert_int_equal(resolve(f, 'm', PERSONS), 0);
}

static void test_the_same_feed_twice_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct feed_state s = load(f, PERSONS, 0);
	uint64_t before = fingerprint(f, 200);

	s = load(f, PERSONS, 0);
	assert_int_equal(s.added + s.changed + s.dropped + s.persons_new, 0);
	assert_int_equal(s.unchanged, PERSONS);
	assert_true(fingerprint(f, 200) == before);
}

static void test_it_is_all_there_after_a_restart(void **state)
{
	struct fixture *f = *state;
	uint64_t before;
	char path[128];
	struct stat st;

	(void)load(f, 300, 0);
	before = fingerprint(f, 300);
	assert_int_equal(vault_drive_end(&f->d, SIGTERM), 0);
	path_of(f, "store.db-wal", path);
	assert_int_equal(stat(path, &st), -1);	/* moved to its place */
	start(f);
	assert_true(fingerprint(f, 300) == before);
	assert_int_equal(vault_drive_end(&f->d, 0), 0);	/* keeper gone */
	start(f);
	assert_true(fingerprint(f, 300) == before);
}

static void test_only_the_owner_may_read_the_store(void **state)
{
	static const char *const names[] = {"", "store.db", "store.db-wal"};
	struct fixture *f = *state;
	char path[128];
	struct stat st;

	(void)load(f, 100, 0);
	for (int i = 0; i < 3; i++) {
		path_of(f, names[i], path);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_mode & 0777, i == 0 ? 0700 : 0600);
	}
}

/* Messages of the open feed until a drawn moment; the last may be in the
 * vault's hands when it dies. */
static void kill_inside_a_feed(
    struct fixture *f, struct random_seeded *dice, unsigned edition)
{
	unsigned messages = MANY / A_MESSAGE + 1;
	unsigned moment = (unsigned)random_seeded_below(dice, messages + 1);
	bool in_flight = random_seeded_below(dice, 2);
	struct feed_state s = begin(f, DAY);
	struct buf lines;

	for (unsigned i = 0; i < moment && i + 1 < messages; i++) {
		pack(&lines, i * A_MESSAGE, MANY, edition);
		assert_int_equal(vault_drive_lines(&f->d, &lines, &s), ERR_OK);
		buf_release(&lines);
	}
	if (in_flight) {
		pack(&lines, 0, MANY, edition);
		assert_int_equal(vault_drive_put(
		    &f->d, MSG_FEED_LINES, 5, &lines), ERR_OK);
		assert_int_equal(chan_flush(f->d.chan), ERR_OK);
		buf_release(&lines);
	}
	assert_int_equal(vault_drive_end(&f->d, SIGKILL), -SIGKILL);
}

static void test_killed_inside_a_feed_it_is_as_before(void **state)
{
	struct fixture *f = *state;
	const uint64_t seed = 20261122;
	struct random_seeded dice;
	struct feed_state s;
	uint64_t before;

	print_message("# seed %llu\n", (unsigned long long)seed);
	(void)random_from_seed(&dice, seed);
	(void)load(f, MANY, 0);
	before = fingerprint(f, 400);
	for (unsigned round = 1; round <= 10; round++) {
		kill_inside_a_feed(f, &dice, round % 3 + 1);
		start(f);
		if (fingerprint(f, 400) != before)
			fail_msg("round %u: not as before", round);
	}
	/* what was left does not disturb the next feed */
	kill_inside_a_feed(f, &dice, 1);
	start(f);
	s = load(f, MANY, 4);
	assert_int_equal(s.lines, MANY);
	assert_int_equal(s.added + s.persons_new + s.dropped, 0);
	assert_int_not_equal(s.changed, 0);
	assert_true(fingerprint(f, 400) != before);
}

/* END is in work for many steps: a question in the same datagram is answered
 * first, from the state before. */
static void test_questions_do_not_wait_for_a_feed(void **state)
{
	struct fixture *f = *state;
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	struct feed_state s;
	struct buf body;
	uint64_t number;

	(void)load(f, PERSONS, 0);
	number = resolve(f, 'c', 30);
	(void)begin(f, DAY + 10);
	buf_init(&body, 256);
	buf_put_u8(&body, 1);
	assert_int_equal(
	    vault_drive_put(&f->d, MSG_FEED_END, 5, &body), ERR_OK);
	buf_clear(&body);
	tag(asked.tags[0], 'c', 30);
	rights_resolve_pack(&asked, &body);
	assert_int_equal(
	    vault_drive_put(&f->d, MSG_RESOLVE, 6, &body), ERR_OK);
	buf_release(&body);
	assert_int_equal(vault_drive_get(&f->d), ERR_OK);
	assert_int_equal(f->d.last.type, MSG_RESOLVED);
	assert_int_equal(f->d.last.ref, 6);
	assert_true(get_be64(f->d.last.body.p) == number);
	assert_int_equal(vault_drive_get(&f->d), ERR_OK);
	assert_int_equal(f->d.last.type, MSG_FEED_STATE);
	assert_int_equal(f->d.last.ref, 5);
	assert_int_equal(feed_state_unpack(f->d.last.body, &s), ERR_OK);
	assert_int_equal(s.outcome, FEED_COMMITTED);
	assert_int_equal(s.dropped, PERSONS);
	assert_int_equal(resolve(f, 'c', 30), 0);	/* the card left */
	assert_true(resolve(f, 'm', 3) == number);	/* the person not */
	assert_int_equal(ask(f, number, DAY + 9).state, RIGHTS_COVERED);
	assert_int_equal(ask(f, number, DAY + 10).state, RIGHTS_CLOSED);
}

static void test_many_questions_in_one_datagram(void **state)
{
	struct fixture *f = *state;
	struct rights_resolve asked = {.cell = CELL, .count = 1};
	uint64_t numbers[500];
	struct buf body;

	(void)load(f, 500, 0);
	buf_init(&body, 256);
	for (unsigned n = 0; n < 500; n++)
		numbers[n] = resolve(f, 'n', n);
	for (unsigned n = 0; n < 500; n++) {
		buf_clear(&body);
		tag(asked.tags[0], 'm', n);
		rights_resolve_pack(&asked, &body);
		assert_int_equal(vault_drive_put(
		    &f->d, MSG_RESOLVE, n, &body), ERR_OK);
	}
	buf_release(&body);
	for (unsigned n = 0; n < 500; n++) {
		assert_int_equal(vault_drive_get(&f->d), ERR_OK);
		assert_int_equal(f->d.last.type, MSG_RESOLVED);
		assert_int_equal(f->d.last.ref, n);
		assert_true(get_be64(f->d.last.body.p) == numbers[n]);
	}
}

/* Answers of several datagrams to a keeper that reads none of them yet. */
static void test_a_keeper_that_reads_late_loses_nothing(void **state)
{
	struct fixture *f = *state;
	struct rights_do asked = {.cell = CELL, .purpose = RIGHTS_READ,
		.care_day = DAY, .domain = span_str("OPTI"),
		.amc = span_str("0123456789"),
		.transaction = span_str("vault.test/journal/1")};
	struct buf body;

	buf_init(&body, 1024);
	rights_do_pack(&asked, &body);
	for (unsigned n = 0; n < 3000; n++)
		assert_int_equal(
		    vault_drive_put(&f->d, MSG_DO, n, &body), ERR_OK);
	buf_release(&body);
	for (unsigned n = 0; n < 3000; n++) {
		assert_int_equal(vault_drive_get(&f->d), ERR_OK);
		assert_int_equal(f->d.last.type, MSG_DONE);
		assert_int_equal(f->d.last.ref, n);
	}
}

static void test_two_persons_in_one_line_undo_the_feed(void **state)
{
	struct fixture *f = *state;
	struct feed_state s;
	struct feed_line l;
	struct buf lines;
	uint64_t before;

	(void)load(f, 100, 0);
	before = fingerprint(f, 100);
	(void)begin(f, DAY + 5);
	pack(&lines, 0, 50, 1);
	assert_int_equal(vault_drive_lines(&f->d, &lines, &s), ERR_OK);
	buf_clear(&lines);
	memset(&l, 0, sizeof(l));
	l.line = 51;
	l.tag_count = 2;
	tag(l.tags[0], 'm', 60);
	tag(l.tags[1], 'n', 61);
	l.handle = span_str("handle");
	l.contract = span_str("C1");
	l.order = 1;
	l.from_day = l.to_day = DAY;
	feed_line_pack(&l, &lines);
	assert_int_equal(vault_drive_lines(&f->d, &lines, &s), ERR_OK);
	buf_release(&lines);
	assert_int_equal(s.outcome, FEED_UNDONE);
	assert_int_equal(s.bad_line, 51);
	assert_true(span_is(s.reason, "two-persons"));
	assert_true(fingerprint(f, 100) == before);
	assert_int_equal(vault_drive_finish(&f->d, false, &s), ERR_OK);
	assert_int_equal(s.outcome, FEED_UNDONE);
}

static void test_a_second_vault_is_kept_out(void **state)
{
	struct fixture *f = *state;
	struct vault_drive other = {.dir = f->dir, .program = program};

	assert_int_equal(vault_drive_start(&other, false), ERR_OK);
	assert_int_equal(vault_drive_get(&other), ERR_CLOSED);
	assert_int_equal(vault_drive_end(&other, 0), 1);
	assert_int_equal(resolve(f, 'm', 1), 0);
}

/* Bytes as a datagram of their own; the vault must end with 1. */
static void break_protocol(struct fixture *f, const void *p, size_t n)
{
	assert_int_equal(write(chan_fd(f->d.chan), p, n), (ssize_t)n);
	while (vault_drive_get(&f->d) == ERR_OK)
		;
	assert_int_equal(vault_drive_end(&f->d, 0), 1);
	start(f);
}

static void test_a_broken_protocol_ends_the_vault(void **state)
{
	static const uint8_t unlisted[MSG_HEAD] = {0, 99};
	static const uint8_t not_ours[MSG_HEAD] = {0, MSG_VAULT_READY};
	static const uint8_t cut[MSG_HEAD - 1] = {0, MSG_RESOLVE};
	static const uint8_t longer[MSG_HEAD + 5] = {
	    0, MSG_RESOLVE, 0, 0, 0, 0, 0, 6};
	static const uint8_t four_tags[MSG_HEAD + 5] = {
	    0, MSG_RESOLVE, 0, 0, 0, 0, 0, 5, [MSG_HEAD + 4] = 4};
	static const uint8_t purpose[MSG_HEAD + 40] = {
	    0, MSG_DO, 0, 0, 0, 0, 0, 40};
	static const uint8_t end[MSG_HEAD + 1] = {
	    0, MSG_FEED_END, 0, 0, 0, 0, 0, 1, [MSG_HEAD] = 2};
	struct fixture *f = *state;

	break_protocol(f, unlisted, sizeof(unlisted));
	break_protocol(f, not_ours, sizeof(not_ours));
	break_protocol(f, cut, sizeof(cut));
	break_protocol(f, longer, sizeof(longer));
	break_protocol(f, four_tags, sizeof(four_tags));
	break_protocol(f, purpose, sizeof(purpose));
	break_protocol(f, end, sizeof(end));
}

static void test_lines_cut_short_end_the_vault(void **state)
{
	static const uint8_t cut[MSG_HEAD + 6] = {
	    0, MSG_FEED_LINES, 0, 0, 0, 0, 0, 6};
	struct fixture *f = *state;

	(void)begin(f, DAY);
	break_protocol(f, cut, sizeof(cut));
}

static void test_a_second_message_before_the_answer_ends_it(void **state)
{
	static const uint8_t twice[2 * (MSG_HEAD + 1)] = {
	    0, MSG_FEED_END, 0, 0, 0, 0, 0, 1,
	    [MSG_HEAD] = 1, [MSG_HEAD + 1] = 0, MSG_FEED_END,
	    0, 0, 0, 0, 0, 1, [2 * MSG_HEAD + 1] = 1};
	struct fixture *f = *state;

	(void)begin(f, DAY);
	break_protocol(f, twice, sizeof(twice));
}

/* So many messages of A_MESSAGE lines each, sent together. */
static void send_ahead(struct fixture *f, unsigned count)
{
	struct buf lines;

	for (unsigned i = 0; i < count; i++) {
		pack(&lines, i * A_MESSAGE, PERSONS, 0);
		assert_int_equal(vault_drive_put(
		    &f->d, MSG_FEED_LINES, 5, &lines), ERR_OK);
		buf_release(&lines);
	}
}

static uint8_t next_outcome(struct fixture *f)
{
	struct feed_state s;

	assert_int_equal(vault_drive_get(&f->d), ERR_OK);
	assert_int_equal(f->d.last.type, MSG_FEED_STATE);
	assert_int_equal(f->d.last.ref, 5);
	assert_int_equal(feed_state_unpack(f->d.last.body, &s), ERR_OK);
	return s.outcome;
}

static void test_lines_may_come_before_the_answer(void **state)
{
	struct fixture *f = *state;
	struct feed_state s;

	(void)begin(f, DAY);
	send_ahead(f, FEED_WINDOW);
	for (unsigned i = 0; i < FEED_WINDOW; i++)
		assert_int_equal(next_outcome(f), FEED_GOES_ON);
	assert_int_equal(vault_drive_finish(&f->d, true, &s), ERR_OK);
	assert_int_equal(s.outcome, FEED_COMMITTED);
	assert_int_equal(s.lines, FEED_WINDOW * A_MESSAGE);
	assert_int_not_equal(
	    resolve(f, 'm', FEED_WINDOW * A_MESSAGE - 1), 0);
	assert_int_equal(resolve(f, 'm', FEED_WINDOW * A_MESSAGE), 0);
}

/* The lines behind those that undo a feed are no feed's. */
static void test_lines_behind_a_faulty_one_are_undone_too(void **state)
{
	struct fixture *f = *state;
	struct feed_state s;
	struct buf lines;

	(void)begin(f, DAY);
	buf_init(&lines, LIMIT_DATAGRAM);
	put_line(&lines, 0, 0);
	put_line(&lines, 0, 1);	/* the same right, another level */
	assert_int_equal(
	    vault_drive_put(&f->d, MSG_FEED_LINES, 5, &lines), ERR_OK);
	buf_release(&lines);
	send_ahead(f, 1);
	assert_int_equal(next_outcome(f), FEED_UNDONE);
	assert_int_equal(next_outcome(f), FEED_UNDONE);
	assert_int_equal(resolve(f, 'm', 0), 0);
	s = load(f, A_MESSAGE, 0);
	assert_int_equal(s.added, A_MESSAGE);
}

/* Past our own channel, which would not send so many. */
static void test_more_lines_ahead_than_the_window_end_it(void **state)
{
	struct fixture *f = *state;
	struct buf raw, line;

	(void)begin(f, DAY);
	buf_init(&raw, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < FEED_WINDOW + 1; i++) {
		buf_init(&line, LIMIT_DATAGRAM);
		put_line(&line, i, 0);
		buf_put_u16(&raw, MSG_FEED_LINES);
		buf_put_u16(&raw, 0);
		buf_put_u32(&raw, (uint32_t)line.n);
		buf_put_u64(&raw, 5);
		buf_put_span(&raw, buf_span(&line));
		buf_release(&line);
	}
	assert_int_equal(raw.err, ERR_OK);
	break_protocol(f, raw.p, raw.n);
	buf_release(&raw);
}

/* The keeper stops a vault that says nothing for half a minute. */
static void test_it_shows_life_while_it_merges(void **state)
{
	struct fixture *f = *state;

	(void)load(f, LARGE, 0);
	assert_int_not_equal(resolve(f, 'm', LARGE - 1), 0);
	assert_true(f->d.signs_of_life > 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		T(test_an_empty_vault_knows_nobody),
		T(test_a_feed_is_answered_from),
		T(test_the_same_feed_twice_changes_nothing),
		T(test_it_is_all_there_after_a_restart),
		T(test_only_the_owner_may_read_the_store),
		T(test_killed_inside_a_feed_it_is_as_before),
		T(test_questions_do_not_wait_for_a_feed),
		T(test_many_questions_in_one_datagram),
		T(test_a_keeper_that_reads_late_loses_nothing),
		T(test_two_persons_in_one_line_undo_the_feed),
		T(test_a_second_vault_is_kept_out),
		T(test_a_broken_protocol_ends_the_vault),
		T(test_lines_cut_short_end_the_vault),
		T(test_a_second_message_before_the_answer_ends_it),
		T(test_lines_may_come_before_the_answer),
		T(test_lines_behind_a_faulty_one_are_undone_too),
		T(test_more_lines_ahead_than_the_window_end_it),
		T(test_it_shows_life_while_it_merges),
	};
	const char *build = getenv("ECLUSE_BUILD");

	(void)argc;
	if (build)
		(void)snprintf(program, sizeof(program), "%s/ecluse-vault",
		    build);
	else	/* beside the tests' folder */
		(void)snprintf(program, sizeof(program),
		    "%.*s/../ecluse-vault",
		    (int)(strrchr(argv[0], '/') - argv[0]), argv[0]);
	(void)signal(SIGPIPE, SIG_IGN);
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
