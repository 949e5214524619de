/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vault's cell holds on disk: covers, hints and rows of tags. What is
 * read is in its limits, has one spelling, and is written to the same bytes;
 * of rows of tags, to the same rows.
 */
#include <string.h>
#include "fuzz.h"
#include "rights/cover.h"
#include "rights/hint.h"
#include "rights/sheaf.h"

static void covers(struct span in)
{
	struct feed_line line;
	struct cover c;
	struct buf out;

	memset(&line, 0, sizeof(line));
	if (cover_unpack(in, &c) != ERR_OK)
		return;
	met("a cover");
	must(in.n <= COVER_TEXT_MAX);
	must(span_equal(cover_contract(in), c.contract));
	line.contract = c.contract;
	line.convention = c.convention;
	line.csr = c.csr;
	line.domain_count = c.domain_count;
	for (unsigned i = 0; i < c.domain_count; i++) {
		line.domains[i] = c.domains[i];
		must(cover_domain(&c, c.domains[i].code) == &c.domains[i]);
	}
	buf_init(&out, COVER_TEXT_MAX);
	must(cover_pack(&line, &out) == ERR_OK);
	must(span_equal(in, buf_span(&out)));
	buf_release(&out);
}

static void hints(struct span in)
{
	uint8_t again[HINT_BYTES];
	struct hints set, once = {.count = 0};

	if (hint_unpack(in, &set) != ERR_OK)
		return;
	if (set.count > 0)
		met("hints");
	must(set.count <= HINTS_MAX);
	must(span_equal(in, hint_pack(&set, again)));
	for (unsigned i = 0; i < set.count; i++) {
		uint8_t least[RIGHTS_TAG], most[RIGHTS_TAG];

		hint_range(&set.list[i], least, most);
		must(memcmp(least, most, RIGHTS_TAG) < 0);
		must(memcmp(least, set.list[i].head, 4) == 0);
		must(hint_add(&once, &set.list[i]) == ERR_OK);
		must(hint_in(&once, &set.list[i]));
	}
	must(once.count <= set.count);
	hint_subtract(&set, &once);
	must(set.count == 0);
}

static void same_rows(const struct sheaf_row *rows, size_t count)
{
	struct sheaf_row again;
	struct sheaf s;
	struct buf out;

	buf_init(&out, SHEAF_BYTES);
	sheaf_write(rows, count, &out);
	must(!out.err && sheaf_open(buf_span(&out), &s) == ERR_OK);
	must(s.count == count);
	for (size_t i = 0; i < count; i++) {
		sheaf_row(&s, i, &again);
		must(sheaf_order(&again, &rows[i]) == 0);
		must(again.person == rows[i].person &&
		    again.card == rows[i].card &&
		    again.version == rows[i].version &&
		    again.gen_from == rows[i].gen_from &&
		    again.gen_to == rows[i].gen_to);
	}
	buf_release(&out);
}

/* A value has one length: what there is, and zeros. */
static void sheaves(struct span in)
{
	uint8_t value[SHEAF_BYTES] = {0};
	struct sheaf_row rows[SHEAF_ROWS];
	struct sheaf s;

	memcpy(value, in.p, in.n < sizeof(value) ? in.n : sizeof(value));
	if (sheaf_open(span_of(value, sizeof(value)), &s) != ERR_OK)
		return;
	must(s.count <= SHEAF_ROWS);
	for (size_t i = 0; i < s.count; i++) {
		sheaf_row(&s, i, &rows[i]);
		must(sheaf_takes(span_of(rows[i].tag, rows[i].n)));
		must(sheaf_find(&s, span_of(rows[i].tag, rows[i].n)) <=
		    s.count);
	}
	if (sheaf_fits(rows, s.count) != s.count)
		return;
	if (s.count > 0)
		met("a sheaf");
	same_rows(rows, s.count);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	switch (choose(&in, 3)) {
	case 0:
		covers(in);
		break;
	case 1:
		hints(in);
		break;
	default:
		sheaves(in);
	}
	return 0;
}
