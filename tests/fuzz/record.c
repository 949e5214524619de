/* SPDX-License-Identifier: Apache-2.0 */
/* The journal's files after a crash or a thief: records, leaves, openings. */
#include <string.h>
#include "fuzz.h"
#include "guard/guard.h"
#include "journal/crc.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "journal/record.h"
#include "meter/count.h"

static void records(struct span in, struct record_shape shape)
{
	struct crc *crc = malloc(sizeof(*crc));
	struct record r;

	must(crc);
	crc_init(crc);
	if (record_parse(crc, shape, in, &r) == ERR_OK) {
		uint8_t *again = malloc(RECORD_MAX);
		size_t n = record_size(shape, &r);

		must(again && n <= in.n);
		record_pack(crc, shape, &r, again);
		must(memcmp(again, in.p, n) == 0);
		free(again);
	}
	free(crc);
}

static void leaf(struct span in)
{
	uint8_t again[LEAF_SIZE];
	struct leaf l;

	if (leaf_unpack(in, &l) != ERR_OK)
		return;
	must(leaf_pack(&l, again) == ERR_OK);
	must(span_equal(in, span_of(again, sizeof(again))));
}

static void opening(struct span in)
{
	uint8_t plain[OPENING_PLAIN] = {0}, again[OPENING_PLAIN];
	struct opening o;

	memcpy(plain, in.p, in.n < sizeof(plain) ? in.n : sizeof(plain));
	memset(&o, 0, sizeof(o));
	if (opening_unpack(plain, &o) != ERR_OK)
		return;
	must(opening_pack(&o, again) == ERR_OK);
	must(memcmp(plain, again, sizeof(plain)) == 0);
}

static void counts(struct span in)
{
	struct reader r = reader_of(in);
	struct count_head head = {0};
	struct count_record one;

	while (count_next(&r, &head, &one) == ERR_OK)
		for (uint32_t i = 0; i < one.cells; i++)
			(void)count_cell(&one, i);
}

static void budgets(struct span in)
{
	struct guard *g = guard_new();

	must(g);
	(void)!guard_load(g, in);
	guard_free(g);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	switch (choose(&in, 6)) {
	case 0:
		records(in, (struct record_shape){0, 0});
		break;
	case 1:
		records(in, (struct record_shape){16, 8});
		break;
	case 2:
		leaf(in);
		break;
	case 3:
		if (in.n)
			opening(in);
		break;
	case 4:
		counts(in);
		break;
	default:
		budgets(in);
	}
	return 0;
}
