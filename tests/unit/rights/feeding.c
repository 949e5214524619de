/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/date.h"
#include "place.h"
#include "rights/feeding.h"

#define LINES_A_MESSAGE 7

static void start(struct feeding *f)
{
	struct store_options o = {STORE_SQLITE, f->path, 8, 8};
	struct random r = random_from_seed(
	    &f->seed, random_seeded_u64(&f->seed));

	assert_int_equal(roll_open(&f->roll, &o), ERR_OK);
	lookup_init(&f->lookup, &f->roll);
	assert_int_equal(
	    intake_new(&f->roll, r, &f->pace, &f->intake), ERR_OK);
}

static void stop(struct feeding *f)
{
	intake_free(f->intake);
	lookup_release(&f->lookup);
	assert_int_equal(roll_close(&f->roll), ERR_OK);
}

void feeding_open(struct feeding *f, uint64_t seed)
{
	memset(f, 0, sizeof(*f));
	f->pace = (struct stage_pace){3, 7, 1, 40, 5, 50, 300};
	(void)random_from_seed(&f->seed, seed);
	assert_true(place_make(f->folder, sizeof(f->folder), "test_rights"));
	(void)snprintf(f->path, sizeof(f->path), "%s/store.db", f->folder);
	start(f);
}

void feeding_close(struct feeding *f)
{
	char log[128];

	stop(f);
	(void)snprintf(log, sizeof(log), "%s-wal", f->path);
	(void)unlink(log);
	assert_int_equal(unlink(f->path), 0);
	assert_int_equal(rmdir(f->folder), 0);
}

void feeding_crash(struct feeding *f)
{
	stop(f);
	start(f);
}

void feeding_rest(struct feeding *f)
{
	while (intake_busy(f->intake)) {
		assert_int_equal(intake_step(f->intake), ERR_OK);
		if (f->between)
			f->between(f, f->ctx);
	}
}

static struct feed_state wait_answer(struct feeding *f)
{
	struct feed_state state;

	while (!intake_answer(f->intake, &state)) {
		if (f->between)
			f->between(f, f->ctx);
		assert_true(intake_busy(f->intake));
		assert_int_equal(intake_step(f->intake), ERR_OK);
	}
	return state;
}

struct feed_state feeding_begin(
    struct feeding *f, uint32_t cell, enum feed_kind kind, int32_t day)
{
	struct feed_begin begin = {.cell = cell, .kind = (uint8_t)kind,
		.version = 1, .effective_day = day,
		.keep_going = f->keep_going, .made_ms = f->made_ms};

	assert_int_equal(intake_begin(f->intake, &begin), ERR_OK);
	return wait_answer(f);
}

struct feed_state feeding_lines(
    struct feeding *f, const struct feed_line *lines, unsigned count)
{
	struct buf out;

	buf_init(&out, LIMIT_DATAGRAM);
	for (unsigned i = 0; i < count; i++)
		feed_line_pack(&lines[i], &out);
	assert_int_equal(out.err, ERR_OK);
	assert_int_equal(intake_lines(f->intake, buf_span(&out)), ERR_OK);
	buf_release(&out);
	return wait_answer(f);
}

struct feed_state feeding_end(struct feeding *f, bool commit)
{
	assert_int_equal(intake_end(f->intake, commit), ERR_OK);
	return wait_answer(f);
}

struct feed_state feeding_whole(struct feeding *f, uint32_t cell,
    enum feed_kind kind, int32_t day, const struct feed_line *lines,
    unsigned count)
{
	struct feed_state s = feeding_begin(f, cell, kind, day);
	unsigned n;

	for (unsigned i = 0; i < count && s.outcome == FEED_GOES_ON; i += n) {
		n = count - i < LINES_A_MESSAGE ? count - i : LINES_A_MESSAGE;
		s = feeding_lines(f, lines + i, n);
	}
	return s.outcome == FEED_GOES_ON ? feeding_end(f, true) : s;
}

void feeding_tag(uint8_t out[RIGHTS_TAG], char kind, unsigned n)
{
	struct random_seeded seed;

	(void)random_from_seed(&seed, (uint64_t)kind << 32 | n);
	put_be64(out, random_seeded_u64(&seed));
	put_be64(out + 8, random_seeded_u64(&seed));
}

void feeding_add_tag(struct feed_line *line, char kind, unsigned n)
{
	assert_int_equal(line->card_count, 0);
	feeding_tag(line->tags[line->tag_count++], kind, n);
}

void feeding_add_card(struct feed_line *line, unsigned n)
{
	feeding_tag(line->tags[line->tag_count++], 'c', n);
	line->card_count++;
}

struct span feeding_text(const char *text)
{
	return span_str(text);
}

int32_t feeding_day(int year, int month, int day)
{
	int32_t d = 0;

	assert_int_equal(date_from_civil(year, month, day, &d), ERR_OK);
	return d;
}

struct feed_line feeding_line(unsigned n)
{
	static char handles[1000][12];
	struct feed_line line;

	memset(&line, 0, sizeof(line));
	assert_true(n < 1000);
	(void)snprintf(handles[n], sizeof(handles[n]), "handle-%03u", n);
	line.line = n;
	feeding_add_tag(&line, 'r', n);
	feeding_add_tag(&line, 'm', n);
	line.handle = span_str(handles[n]);
	line.contract = span_str("C1");
	line.convention = span_str("VM");
	line.order = 1;
	line.from_day = feeding_day(2026, 1, 1);
	line.to_day = feeding_day(2026, 12, 31);
	line.domain_count = 1;
	line.domains[0].code = span_str("OPTI");
	line.domains[0].level = span_str("BR200");
	return line;
}

uint64_t feeding_number(
    struct feeding *f, uint32_t cell, char kind, unsigned n)
{
	struct rights_resolve asked = {.cell = cell, .count = 1};
	uint64_t number = 0;

	feeding_tag(asked.tags[0], kind, n);
	assert_int_equal(roll_read(&f->roll), ERR_OK);
	assert_int_equal(
	    lookup_resolve(&f->lookup, &asked, &number), ERR_OK);
	assert_int_equal(roll_read_end(&f->roll), ERR_OK);
	return number;
}

struct answer_facts feeding_ask(struct feeding *f, uint32_t cell,
    uint64_t number, int32_t day, const char *domain,
    const char *convention, const char *csr)
{
	struct rights_do asked = {.cell = cell, .number = number,
		.purpose = RIGHTS_READ, .care_day = day,
		.domain = span_str(domain),
		.convention = span_str(convention), .csr = span_str(csr)};
	struct answer_facts facts;

	assert_int_equal(roll_read(&f->roll), ERR_OK);
	assert_int_equal(
	    lookup_facts(&f->lookup, &asked, &facts), ERR_OK);
	assert_int_equal(roll_read_end(&f->roll), ERR_OK);
	return facts;
}

int64_t feeding_count(struct feeding *f, const char *sql)
{
	struct store_stmt *q = NULL;
	int64_t n;

	assert_int_equal(store_prepare(f->roll.store, sql, &q), ERR_OK);
	assert_int_equal(store_step(q), ERR_OK);
	n = store_int(q, 0);
	store_finalize(q);
	return n;
}

struct tally {
	struct feeding *f;
	struct cell_row cell;
	int64_t all;
	bool tidy;
};

/* Not ended, of this generation or an earlier one, and somebody's. */
static void assert_alias_tidy(
    const struct tally *t, const struct sheaf_row *row)
{
	struct person_row person;

	assert_int_equal(row->gen_to, 0);
	assert_true(row->gen_from <= t->cell.generation);
	assert_int_equal(person_sql_current(&t->f->roll.person, t->cell.cell,
	    row->person, &person), ERR_OK);
}

static void tally_alias(void *ctx, const struct sheaf_row *row)
{
	struct tally *t = ctx;

	t->all++;
	if (t->tidy)
		assert_alias_tidy(t, row);
}

static int64_t tally_aliases(struct feeding *f, bool tidy)
{
	struct tally t = {.f = f, .tidy = tidy};
	struct buf cells;
	struct reader r;

	buf_init(&cells, 1 << 16);
	assert_int_equal(roll_generations(&f->roll, &cells), ERR_OK);
	r = reader_of(buf_span(&cells));
	while (!reader_done(&r)) {
		uint32_t cell = read_u32(&r);
		struct alias_at at = {.n = 0};
		bool more = true;

		(void)read_u32(&r);
		assert_int_equal(roll_cell(&f->roll, cell, &t.cell), ERR_OK);
		while (more)
			assert_int_equal(alias_sql_walk(&f->roll.alias, cell,
			    &at, 5, tally_alias, &t, &more), ERR_OK);
	}
	buf_release(&cells);
	return t.all;
}

int64_t feeding_aliases(struct feeding *f)
{
	return tally_aliases(f, false);
}

void feeding_assert_tidy(struct feeding *f)
{
	static const char *const empty[] = {
		"SELECT count(*) FROM cell WHERE staged <> 0",
		"SELECT count(*) FROM untidy",
		"SELECT count(*) FROM person WHERE gen_to <> 0",
		"SELECT count(*) FROM rights WHERE gen_to <> 0",
		"SELECT count(*) FROM person a, cell c"
		    " WHERE a.cell = c.cell AND a.gen_from > c.generation",
		"SELECT count(*) FROM rights a, cell c"
		    " WHERE a.cell = c.cell AND a.gen_from > c.generation",
		"SELECT count(*) FROM cover a, cell c"
		    " WHERE a.cell = c.cell AND a.gen_from > c.generation",
		/* every right has its person and its cover */
		"SELECT count(*) FROM rights r LEFT JOIN person p"
		    " ON r.cell = p.cell AND r.person = p.id"
		    " WHERE p.id IS NULL",
		"SELECT count(*) FROM rights r LEFT JOIN cover c"
		    " ON r.cell = c.cell AND r.cover = c.id"
		    " WHERE c.id IS NULL",
	};

	for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++)
		if (feeding_count(f, empty[i]) != 0)
			fail_msg("not 0: %s", empty[i]);
	assert_int_equal(feeding_count(f, "SELECT count(*) FROM alias"), 0);
	(void)tally_aliases(f, true);
}
