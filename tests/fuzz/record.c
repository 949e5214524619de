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

		met("a record");
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
	met("a leaf");
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
	met("an opening");
	must(opening_pack(&o, again) == ERR_OK);
	must(memcmp(plain, again, sizeof(plain)) == 0);
}

static void counts(struct span in)
{
	struct reader r = reader_of(in);
	struct count_head head = {0}, before = {0};
	struct count_record one;
	const uint8_t *from = r.p;
	struct buf out;

	buf_init(&out, 1u << 20);
	while (count_next(&r, &head, &one) == ERR_OK) {
		struct buf parts;

		buf_init(&parts, 1u << 20);
		for (uint32_t i = 0; i < one.entries; i++) {
			struct count_entry e = count_entry(&one, i);

			count_put_entry(&e, &parts);
		}
		must(!parts.err && span_equal(buf_span(&parts),
		    one.entry_bytes));
		buf_clear(&parts);
		for (uint32_t i = 0; i < one.cells; i++) {
			struct count_cell c = count_cell(&one, i);

			count_put_cell(&c, &parts);
		}
		must(!parts.err && span_equal(buf_span(&parts),
		    one.cell_bytes));
		buf_release(&parts);
		buf_clear(&out);
		met("a vault's counts");
		must(count_put(&before, &one, &out) == ERR_OK);
		must(span_equal(buf_span(&out),
		    span_of(from, (size_t)(r.p - from))));
		must(before.size == head.size &&
		    before.records == head.records);
		from = r.p;
	}
	buf_release(&out);
}

/* What stands in a vault's checkpoint, line by line. */
static void hours(struct span in)
{
	struct span rest = in;
	uint32_t cell, persons;
	struct buf out;
	int64_t hour;

	buf_init(&out, 1u << 20);
	while (count_next_hour(&rest, &cell, &hour, &persons) == ERR_OK)
		count_put_hour(cell, hour, persons, &out);
	must(!out.err && out.n + rest.n == in.n);
	must(out.n == 0 || memcmp(out.p, in.p, out.n) == 0);
	buf_release(&out);
}

static void budgets(struct span in)
{
	struct guard *g = guard_new(), *again = guard_new();
	struct buf first, second;

	must(g && again);
	buf_init(&first, 1u << 24);
	buf_init(&second, 1u << 24);
	if (guard_load(g, in) == ERR_OK) {
		met("budgets");
		must(guard_save(g, &first) == ERR_OK);
		must(guard_load(again, buf_span(&first)) == ERR_OK);
		must(guard_save(again, &second) == ERR_OK);
		must(span_equal(buf_span(&first), buf_span(&second)));
	}
	buf_release(&first);
	buf_release(&second);
	guard_free(g);
	guard_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	switch (choose(&in, 7)) {
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
	case 5:
		budgets(in);
		break;
	default:
		hours(in);
	}
	return 0;
}
