/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a vault's cell holds on disk: covers and hints. What is read is in its
 * limits, has one spelling, and is written to the same bytes.
 */
#include <string.h>
#include "fuzz.h"
#include "rights/cover.h"
#include "rights/hint.h"

static void covers(struct span in)
{
	struct feed_line line;
	struct cover c;
	struct buf out;

	memset(&line, 0, sizeof(line));
	if (cover_unpack(in, &c) != ERR_OK)
		return;
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

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	if (choose(&in, 2))
		hints(in);
	else
		covers(in);
	return 0;
}
