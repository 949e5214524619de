/* SPDX-License-Identifier: Apache-2.0 */
/* The small parts of rights/: hint, seen, fresh, sieve, cover, right, line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include "base/date.h"
#include "rights/cover.h"
#include "rights/feeding.h"
#include "rights/fresh.h"
#include "rights/hint.h"
#include "rights/sieve.h"
#include "rights/line.h"
#include "rights/right.h"
#include "rights/seen.h"

static struct hint hint(uint32_t head, bool card)
{
	uint8_t tag[RIGHTS_TAG] = {0};

	put_be32(tag, head);
	return hint_of(tag, card);
}

static void add(struct hints *set, uint32_t head, bool card)
{
	struct hint h = hint(head, card);

	assert_int_equal(hint_add(set, &h), ERR_OK);
}

static void test_hints_come_back_as_they_went(void **state)
{
	struct hints in = {.count = 0}, out;
	uint8_t bytes[HINT_BYTES];
	struct span packed;
	struct hint h;

	(void)state;
	for (uint32_t i = 0; i < HINTS_MAX; i++)
		add(&in, i * 77777777u, i % 3 == 0);
	add(&in, 77777777u, false);	/* is there already */
	h = hint(1, false);
	assert_int_equal(hint_add(&in, &h), ERR_LIMIT);
	packed = hint_pack(&in, bytes);
	assert_int_equal(packed.n, HINT_BYTES);
	assert_int_equal(hint_unpack(packed, &out), ERR_OK);
	assert_int_equal(out.count, HINTS_MAX);
	for (uint32_t i = 0; i < HINTS_MAX; i++) {
		h = hint(i * 77777777u, false);
		assert_true(hint_in(&out, &h));
		assert_int_equal(out.list[i].card, i % 3 == 0);
	}
	assert_int_equal(hint_unpack(span_of(bytes, 7), &out), ERR_CORRUPT);
}

static void test_hints_subtract_by_tag_not_by_kind(void **state)
{
	struct hints set = {.count = 0}, take = {.count = 0};
	struct hint h;

	(void)state;
	add(&set, 1, false);
	add(&set, 2, true);
	add(&set, 3, true);
	add(&take, 2, false);
	add(&take, 9, false);
	hint_subtract(&set, &take);
	assert_int_equal(set.count, 2);
	hint_only_cards(&set);
	assert_int_equal(set.count, 1);
	h = hint(3, true);
	assert_true(hint_in(&set, &h));
}

static void test_hint_range_holds_all_tags_that_begin_so(void **state)
{
	uint8_t tag[RIGHTS_TAG], least[RIGHTS_TAG], most[RIGHTS_TAG];
	struct hint h;

	(void)state;
	feeding_tag(tag, 'x', 1);
	h = hint_of(tag, false);
	hint_range(&h, least, most);
	assert_true(memcmp(least, tag, RIGHTS_TAG) <= 0);
	assert_true(memcmp(most, tag, RIGHTS_TAG) >= 0);
	assert_memory_equal(least, tag, 4);
	assert_memory_equal(most, tag, 4);
}

static void test_seen_remembers_exactly_what_was_added(void **state)
{
	struct seen s;

	(void)state;
	seen_init(&s);
	assert_false(seen_has(&s, 1));
	for (int64_t id = 1; id < 3000000; id += 7)
		assert_int_equal(seen_add(&s, id), ERR_OK);
	for (int64_t id = 1; id < 3000000; id++)
		if (seen_has(&s, id) != (id % 7 == 1))
			fail_msg("id %lld", (long long)id);
	assert_false(seen_has(&s, 0));
	assert_false(seen_has(&s, -1));
	assert_false(seen_has(&s, INT64_MAX));
	assert_int_equal(seen_add(&s, 0), ERR_LIMIT);
	assert_int_equal(seen_add(&s, SEEN_MOST + 1), ERR_LIMIT);
	seen_release(&s);
	assert_false(seen_has(&s, 1));
	seen_release(&s);
}

static void test_fresh_finds_what_was_added_in_order(void **state)
{
	const unsigned many = 50000;
	const struct fresh_entry *e;
	unsigned met = 0, behind = 0;
	uint8_t tag[RIGHTS_TAG], last[RIGHTS_TAG] = {0};
	struct fresh f;
	size_t at = 0;

	(void)state;
	fresh_init(&f, many);
	feeding_tag(tag, 'a', 1);
	assert_int_equal(fresh_find(&f, span_of(tag, 16)), 0);
	for (unsigned i = 0; i < many; i++) {
		feeding_tag(tag, 'a', i);
		assert_int_equal(fresh_add(&f,
		    span_of(tag, i % 5 == 0 ? 8 : 16), i + 1, i % 2), ERR_OK);
	}
	assert_false(fresh_has_room(&f, 1));
	feeding_tag(tag, 'b', 1);
	assert_int_equal(fresh_add(&f, span_of(tag, 16), 1, 0), ERR_FULL);
	for (unsigned i = 0; i < many; i++) {
		feeding_tag(tag, 'a', i);
		assert_int_equal(fresh_find(&f,
		    span_of(tag, i % 5 == 0 ? 8 : 16)), i + 1);
		assert_int_equal(fresh_find(&f,
		    span_of(tag, i % 5 == 0 ? 16 : 8)), 0);
		feeding_tag(tag, 'b', i);
		assert_int_equal(fresh_find(&f, span_of(tag, 16)), 0);
	}
	feeding_tag(tag, 'a', 1);	/* replacing needs room too */
	assert_int_equal(fresh_add(&f, span_of(tag, 16), 2, 0), ERR_FULL);
	while ((e = fresh_next(&f, &at)) != NULL) {
		behind += memcmp(e->tag, last, 4) < 0;
		memcpy(last, e->tag, 4);
		met++;
	}
	assert_int_equal(met, many);
	assert_true(behind < many / 3);	/* close neighbours only */
	fresh_release(&f);
	assert_true(fresh_has_room(&f, many));
}

static void test_fresh_takes_tags_of_their_length_only(void **state)
{
	uint8_t tag[32] = {1};
	struct fresh f;

	(void)state;
	fresh_init(&f, 10);
	assert_int_equal(fresh_add(&f, span_of(tag, 3), 1, 0), ERR_LIMIT);
	assert_int_equal(fresh_add(&f, span_of(tag, 17), 1, 0), ERR_LIMIT);
	fresh_release(&f);
}

static void set_domain(struct feed_line *l, unsigned i, const char *code,
    const char *level, uint8_t authorization)
{
	l->domains[i] = (struct feed_domain){
	    span_str(code), span_str(level), authorization};
}

static void test_equal_covers_are_equal_bytes(void **state)
{
	struct feed_line a = feeding_line(1), b;
	struct buf x, y;

	(void)state;
	a.domain_count = 3;
	set_domain(&a, 0, "OPTI", "BR200", 0);
	set_domain(&a, 1, "DESO", "BR100", 1);
	set_domain(&a, 2, "DES", "TM", 0);
	b = a;
	set_domain(&b, 0, "DES", "TM", 0);
	set_domain(&b, 1, "OPTI", "BR200", 0);
	set_domain(&b, 2, "DESO", "BR100", 1);
	buf_init(&x, COVER_TEXT_MAX);
	buf_init(&y, COVER_TEXT_MAX);
	assert_int_equal(cover_pack(&a, &x), ERR_OK);
	assert_int_equal(cover_pack(&b, &y), ERR_OK);
	assert_true(span_equal(buf_span(&x), buf_span(&y)));
	b.domains[2].authorization = 0;
	buf_clear(&y);
	assert_int_equal(cover_pack(&b, &y), ERR_OK);
	assert_false(span_equal(buf_span(&x), buf_span(&y)));
	b.domains[2].code = span_str("DES");
	buf_clear(&y);
	assert_int_equal(cover_pack(&b, &y), ERR_EXISTS);
	buf_release(&x);
	buf_release(&y);
}

static void test_cover_is_read_to_its_last_byte(void **state)
{
	struct feed_line l = feeding_line(1);
	struct cover c;
	struct buf x;

	(void)state;
	l.csr = span_str("S1");
	buf_init(&x, COVER_TEXT_MAX);
	assert_int_equal(cover_pack(&l, &x), ERR_OK);
	for (size_t n = 0; n < x.n; n++)
		assert_int_equal(
		    cover_unpack(span_of(x.p, n), &c), ERR_CORRUPT);
	assert_int_equal(cover_unpack(buf_span(&x), &c), ERR_OK);
	assert_true(span_is(c.contract, "C1"));
	assert_true(span_is(cover_contract(buf_span(&x)), "C1"));
	assert_true(span_is(c.convention, "VM"));
	assert_true(span_is(c.csr, "S1"));
	assert_non_null(cover_domain(&c, span_str("OPTI")));
	assert_null(cover_domain(&c, span_str("OPT")));
	assert_null(cover_domain(&c, span_str("")));
	buf_put_u8(&x, 0);
	assert_int_equal(cover_unpack(buf_span(&x), &c), ERR_CORRUPT);
	buf_release(&x);
}

static void test_largest_cover_fits(void **state)
{
	static char codes[LIMIT_DOMAINS][LIMIT_DOMAIN + 1];
	char longest[LIMIT_CONTRACT + 1];
	struct feed_line l = feeding_line(1);
	struct buf x;

	(void)state;
	memset(longest, 'x', sizeof(longest));
	l.contract = span_of(longest, LIMIT_CONTRACT);
	l.convention = span_of(longest, LIMIT_CONVENTION);
	l.csr = span_of(longest, LIMIT_CSR);
	l.domain_count = LIMIT_DOMAINS;
	for (unsigned i = 0; i < LIMIT_DOMAINS; i++) {
		(void)snprintf(codes[i], sizeof(codes[i]), "DOMAI%03u", i);
		l.domains[i].code = span_of(codes[i], LIMIT_DOMAIN);
		l.domains[i].level = span_of(longest, LIMIT_LEVEL);
	}
	assert_null(line_fault(&l));
	buf_init(&x, COVER_TEXT_MAX);
	assert_int_equal(cover_pack(&l, &x), ERR_OK);
	assert_int_equal(x.n, COVER_TEXT_MAX);
	buf_release(&x);
}

static void test_an_empty_route_excludes_nothing(void **state)
{
	struct cover c = {.convention = span_str("VM"), .csr = span_str("")};
	const struct span none = span_str("");

	(void)state;
	assert_true(cover_on_route(&c, none, none));
	assert_true(cover_on_route(&c, span_str("VM"), span_str("S1")));
	assert_false(cover_on_route(&c, span_str("IS"), none));
	c.csr = span_str("S2");
	assert_false(cover_on_route(&c, span_str("VM"), span_str("S1")));
	assert_true(cover_on_route(&c, none, span_str("S2")));
}

static void test_days_in_force_are_inclusive(void **state)
{
	struct right_row r = {.from_day = 100, .to_day = 200};

	(void)state;
	assert_false(right_in_force(&r, 99));
	assert_true(right_in_force(&r, 100));
	assert_true(right_in_force(&r, 200));
	assert_false(right_in_force(&r, 201));
	r.closed_day = 150;
	assert_int_equal(right_last_day(&r), 150);
	assert_true(right_in_force(&r, 150));
	assert_false(right_in_force(&r, 151));
	r.closed_day = 99;	/* never began */
	assert_false(right_in_force(&r, 99));
	assert_false(right_in_force(&r, 100));
}

static void test_rights_compare_by_what_they_say(void **state)
{
	struct right_row a = {.cell = 1, .person = 2, .cover = 3, .order = 1,
		.from_day = 4, .to_day = 5, .id = 6, .generation = 7};
	struct right_row b = a;

	(void)state;
	b.id = 60;
	b.generation = 70;
	assert_true(right_equal(&a, &b));
#define DIFFERS(field) b = a, b.field++, assert_false(right_equal(&a, &b))
	DIFFERS(cover);
	DIFFERS(order);
	DIFFERS(from_day);
	DIFFERS(to_day);
	DIFFERS(closed_day);
	DIFFERS(age_class);
	DIFFERS(age_change);
	DIFFERS(person);
#undef DIFFERS
}

static void says(const struct feed_line *l, const char *word)
{
	const char *fault = line_fault(l);

	if (!word && fault)
		fail_msg("sound, but: %s", fault);
	if (word && (!fault || strcmp(fault, word) != 0))
		fail_msg("%s, but: %s", word, fault ? fault : "sound");
}

#define WRONG(word, change)                                                   \
	do {                                                                  \
		struct feed_line l = feeding_line(1);                         \
		change;                                                       \
		says(&l, word);                                               \
	} while (0)

static void test_each_rule_of_a_line(void **state)
{
	static const char longest[LIMIT_HANDLE + 2] = "";

	(void)state;
	WRONG(NULL, (void)l);
	WRONG("tags", l.tag_count = 0);
	WRONG("tags", l.tag_count = RIGHTS_TAGS_FED + 1);
	WRONG("tags", l.card_count = l.tag_count + 1);
	WRONG(NULL, l.card_count = l.tag_count);
	WRONG("ref", l.handle.n = 0);
	WRONG("ref", l.handle = span_of(longest, LIMIT_HANDLE + 1));
	WRONG(NULL, l.handle = span_of(longest, LIMIT_HANDLE));
	WRONG("contract", l.contract.n = 0);
	WRONG("contract", l.contract = span_of(longest, LIMIT_CONTRACT + 1));
	WRONG("convention",
	    l.convention = span_of(longest, LIMIT_CONVENTION + 1));
	WRONG(NULL, l.convention.n = 0);
	WRONG("csr", l.csr = span_of(longest, LIMIT_CSR + 1));
	WRONG("order", l.order = 0);
	WRONG(NULL, l.order = 2);
	WRONG("period", l.to_day = l.from_day - 1);
	WRONG(NULL, l.to_day = l.from_day);
	WRONG("period", l.from_day = LINE_DAY_FIRST - 1);
	WRONG("period", l.to_day = LINE_DAY_LAST + 1);
	WRONG(NULL, l.to_day = LINE_DAY_LAST);
	WRONG("closed", l.closed_day = l.from_day - 2);
	WRONG(NULL, l.closed_day = l.from_day - 1);
	WRONG(NULL, l.closed_day = l.to_day);
	WRONG("closed", l.closed_day = l.to_day + 1);
	WRONG("age", l.age_class = 4);
	WRONG(NULL, l.age_class = 3);
	WRONG("age", l.age_change = 2026);
	WRONG(NULL, l.age_change = 2026 * 12);
	WRONG("age", l.age_change = LINE_MONTH_LAST + 1);
	WRONG("domains", l.domain_count = LIMIT_DOMAINS + 1);
	WRONG("domains", l.domains[0].code.n = 0);
	WRONG("domains",
	    l.domains[0].code = span_of(longest, LIMIT_DOMAIN + 1));
	WRONG("domains",
	    l.domains[0].level = span_of(longest, LIMIT_LEVEL + 1));
	WRONG("domains", l.domains[0].authorization = 2);
	WRONG(NULL, l.domain_count = 0);
}

static void test_calendar_limits_are_those_dates(void **state)
{
	(void)state;
	assert_int_equal(feeding_day(1900, 1, 1), LINE_DAY_FIRST);
	assert_int_equal(feeding_day(9999, 12, 31), LINE_DAY_LAST);
}

static struct span sieve_tag(
    struct random_seeded *seed, unsigned n, uint8_t out[RIGHTS_TAG])
{
	put_be64(out, random_seeded_u64(seed));
	put_be64(out + 8, random_seeded_u64(seed));
	return span_of(out, n % 6 ? RIGHTS_TAG : 8);
}

static void test_a_sieve_lacks_nothing_and_errs_seldom(void **state)
{
	const unsigned many = 20000;
	struct random_seeded seed;
	struct sieve s = {NULL, 0};
	uint8_t tag[RIGHTS_TAG];
	unsigned wrong = 0;

	(void)state;
	assert_int_equal(sieve_new(many, &s), ERR_OK);
	(void)random_from_seed(&seed, 1);
	for (unsigned i = 0; i < many; i++)
		sieve_add(&s, sieve_tag(&seed, i, tag));
	for (unsigned i = 0; i < many; i++)
		wrong += sieve_has(&s, sieve_tag(&seed, i, tag));
	assert_in_range(wrong, 1, many / 100);	/* one in 200 or so */
	(void)random_from_seed(&seed, 1);
	for (unsigned i = 0; i < many; i++)
		assert_true(sieve_has(&s, sieve_tag(&seed, i, tag)));
	sieve_release(&s);
	sieve_release(&s);
	assert_int_equal(s.count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hints_come_back_as_they_went),
		cmocka_unit_test(test_hints_subtract_by_tag_not_by_kind),
		cmocka_unit_test(test_hint_range_holds_all_tags_that_begin_so),
		cmocka_unit_test(test_seen_remembers_exactly_what_was_added),
		cmocka_unit_test(test_fresh_finds_what_was_added_in_order),
		cmocka_unit_test(test_fresh_takes_tags_of_their_length_only),
		cmocka_unit_test(test_a_sieve_lacks_nothing_and_errs_seldom),
		cmocka_unit_test(test_equal_covers_are_equal_bytes),
		cmocka_unit_test(test_cover_is_read_to_its_last_byte),
		cmocka_unit_test(test_largest_cover_fits),
		cmocka_unit_test(test_an_empty_route_excludes_nothing),
		cmocka_unit_test(test_days_in_force_are_inclusive),
		cmocka_unit_test(test_rights_compare_by_what_they_say),
		cmocka_unit_test(test_each_rule_of_a_line),
		cmocka_unit_test(test_calendar_limits_are_those_dates),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
