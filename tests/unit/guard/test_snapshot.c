/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a snapshot gives back the very state, and nothing but what a save
 * wrote is ever loaded: not a bit changed, and with the hash made right again
 * only what a save could have written.
 */
#include "guard/kit.h"
#include "base/random.h"
#include "crypto/hash.h"

static const struct guard_figures loose = {{60, 80, 90, 120, 30, 60}};
static const struct guard_wide wide = {20, 40};

static struct guard *configured(void)
{
	struct guard *g = kit_guard(loose);

	assert_int_equal(guard_set_cell(g, 1, &wide), ERR_OK);
	assert_int_equal(guard_set_platform(g, &wide), ERR_OK);
	assert_int_equal(guard_set_profession(g, 1, 1, &wide), ERR_OK);
	return g;
}

/* Some of everything: keys, sites, cells, misses, cards, alarms, 25 days. */
static struct guard *busy(uint64_t seed, int readings)
{
	struct guard *g = configured();
	struct random_seeded s;
	int64_t t = KIT_START;

	(void)random_from_seed(&s, seed);
	for (int i = 0; i < readings; i++) {
		uint64_t n = 1 + random_seeded_below(&s, 40);
		struct guard_ask a = kit_ask(
		    n, (unsigned)random_seeded_below(&s, 3));

		a.key = 1 + (uint32_t)random_seeded_below(&s, 4);
		a.site = 1 + (uint32_t)random_seeded_below(&s, 3) * 20;
		a.professional = (uint32_t)random_seeded_below(&s, 3);
		a.cell = 1 + (uint32_t)random_seeded_below(&s, 3);
		a.plane = 1 + (uint8_t)random_seeded_below(&s, 2);
		a.card = a.q[8] == 2;
		t += (int64_t)random_seeded_below(
		    &s, 25 * 2 * GUARD_DAY_MS / (uint64_t)readings);
		assert_int_equal(guard_apply(g, &a, n > 32 ? 0 : n, t),
		    ERR_OK);
	}
	return g;
}

static void save(struct guard *g, struct buf *b)
{
	buf_init(b, 1 << 20);
	assert_int_equal(guard_save(g, b), ERR_OK);
}

static void test_load_gives_the_state_back(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 5; seed++) {
		struct guard *g = busy(seed, 300), *h = configured();
		struct guard_line x, y;
		struct buf a, b;

		save(g, &a);
		assert_int_equal(guard_load(h, buf_span(&a)), ERR_OK);
		save(h, &b);
		assert_true(span_equal(buf_span(&a), buf_span(&b)));
		assert_int_equal(guard_now(g), guard_now(h));
		for (uint32_t key = 1; key < 5; key++) {
			struct guard_ask ask = kit_ask(1, 0);

			ask.key = key;
			guard_look(g, &ask, GUARD_KEY, guard_now(g), &x);
			guard_look(h, &ask, GUARD_KEY, guard_now(g), &y);
			assert_memory_equal(&x, &y, sizeof(x));
		}
		print_message("# seed %llu: %zu bytes\n",
		    (unsigned long long)seed, a.n);
		buf_release(&a);
		buf_release(&b);
		guard_free(g);
		guard_free(h);
	}
}

static void test_save_nothing_loads(void **state)
{
	struct guard *g = configured(), *h = configured();
	struct buf a;

	(void)state;
	save(g, &a);
	assert_int_equal(guard_load(h, buf_span(&a)), ERR_OK);
	assert_int_equal(guard_now(h), INT64_MIN);
	assert_true(kit_answered(h, kit_ask(1, 0), 1, KIT_START));
	/* a guard that has counted takes no snapshot */
	assert_int_equal(guard_load(h, buf_span(&a)), ERR_STATE);
	buf_release(&a);
	guard_free(g);
	guard_free(h);
}

/* Bytes do not depend on when memory happened to be given back. */
static void test_save_is_blind_to_lazy_work(void **state)
{
	struct guard *g = busy(3, 200), *h = busy(3, 200);
	struct guard_line line;
	struct guard_ask ask = kit_ask(1, 0);
	int64_t t = guard_now(g) + 20 * GUARD_DAY_MS;
	struct buf a, b;

	(void)state;
	for (int64_t d = guard_now(g); d <= t; d += KIT_HOUR)
		guard_look(g, &ask, GUARD_SITE, d, &line);
	guard_look(g, &ask, GUARD_SITE, t, &line);
	(void)guard_look_platform(h, t);
	save(g, &a);
	save(h, &b);
	assert_true(span_equal(buf_span(&a), buf_span(&b)));
	buf_release(&a);
	buf_release(&b);
	guard_free(g);
	guard_free(h);
}

static void test_save_appends_and_keeps_to_the_limit(void **state)
{
	struct guard *g = busy(4, 100);
	struct buf a, b;

	(void)state;
	save(g, &a);
	buf_init(&b, a.n + 3);
	buf_text(&b, "abc");
	assert_int_equal(guard_save(g, &b), ERR_OK);
	assert_memory_equal(b.p + 3, a.p, a.n);
	buf_release(&b);
	buf_init(&b, a.n - 1);
	assert_int_equal(guard_save(g, &b), ERR_LIMIT);
	buf_release(&b);
	buf_release(&a);
	guard_free(g);
}

static void refuse(struct span in)
{
	struct guard *g = configured();

	assert_int_equal(guard_load(g, in), ERR_CORRUPT);
	assert_int_equal(guard_now(g), INT64_MIN);
	assert_int_equal(guard_look_platform(g, KIT_START).persons30, 0);
	guard_free(g);
}

static void test_load_every_bit_and_length_matters(void **state)
{
	struct guard *g = busy(5, 8);
	struct buf a;

	(void)state;
	save(g, &a);
	for (size_t i = 0; i < a.n; i++) {
		uint8_t bit = (uint8_t)(1 << i % 8);

		a.p[i] ^= bit;
		refuse(buf_span(&a));
		a.p[i] ^= bit;
		refuse(span_of(a.p, i));
	}
	buf_put_u8(&a, 0);
	refuse(buf_span(&a));
	buf_release(&a);
	guard_free(g);
}

/* Loaded means: the guard saves the same bytes again. */
static bool loads(const struct buf *in)
{
	struct guard *g = configured();
	enum err e = guard_load(g, buf_span(in));
	struct buf again;

	if (e) {
		assert_int_equal(e, ERR_CORRUPT);
		assert_int_equal(guard_now(g), INT64_MIN);
	} else {
		save(g, &again);
		assert_true(span_equal(buf_span(in), buf_span(&again)));
		buf_release(&again);
	}
	guard_free(g);
	return e == ERR_OK;
}

static void seal(struct buf *b)
{
	hash_sha256(span_of(b->p, b->n - HASH_SIZE), b->p + b->n - HASH_SIZE);
}

static void test_load_altered_with_right_hash_is_strict(void **state)
{
	int loaded = 0, refused = 0;
	struct random_seeded s;

	(void)state;
	(void)random_from_seed(&s, 77);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct guard *g = busy(seed, 8);
		struct buf a;

		save(g, &a);
		for (size_t i = 0; i + HASH_SIZE < a.n; i++)
			for (int k = 0; k < 3; k++) {
				uint8_t was = a.p[i];

				a.p[i] = k == 2 ?
				    (uint8_t)random_seeded_u64(&s) :
				    (uint8_t)(was + 2 * k - 1);
				if (a.p[i] != was) {
					seal(&a);
					if (loads(&a))
						loaded++;
					else
						refused++;
				}
				a.p[i] = was;
			}
		seal(&a);
		assert_true(loads(&a));
		buf_release(&a);
		guard_free(g);
	}
	print_message("# altered: %d refused, %d another state\n", refused,
	    loaded);
	assert_true(refused > 1000 && loaded > 100);
}

/* A state by hand: nothing counted, and keys and cells of that kind. */
static bool handmade_loads(uint32_t keys, uint32_t cells)
{
	struct buf b;
	bool ret;

	buf_init(&b, 1000);
	buf_text(&b, "ECLGRD02");
	buf_put_u64(&b, KIT_START);
	buf_put_u32(&b, keys);
	for (uint32_t i = 0; i < keys; i++) {
		buf_put_u32(&b, 5 + i);
		for (int set = 0; set < 3; set++)
			buf_put_u32(&b, 0);
	}
	for (int i = 0; i < 4; i++)	/* up to the trades */
		buf_put_u32(&b, 0);
	buf_put_u32(&b, cells);
	for (uint32_t i = 0; i < cells; i++) {
		buf_put_u32(&b, 5 + i);
		memset(buf_extend(&b, 18), 0, 18);
		buf_put_u32(&b, 0);
	}
	memset(buf_extend(&b, 18), 0, 18);
	buf_put_u32(&b, 0);
	memset(buf_extend(&b, HASH_SIZE), 0, HASH_SIZE);
	seal(&b);
	ret = loads(&b);
	buf_release(&b);
	return ret;
}

static void test_load_empty_ones_are_refused(void **state)
{
	(void)state;
	assert_true(handmade_loads(0, 0));
	assert_false(handmade_loads(1, 0));
	assert_false(handmade_loads(0, 1));
}

/* Sets that are each well formed and do not fit each other. */
static void test_load_contradictions_are_refused(void **state)
{
	struct guard *g = configured();
	struct guard_ask a = kit_ask(1, 0);
	/* one subject at each level: id, T, C, M, and the site's answers */
	enum { NODE = 4 + 16, KEY = 8 + 8 + 4 + 4, SUBJECT = 4 + 2 * NODE + 4,
	    SITE = KEY + 2 * (4 + SUBJECT), ANSWER = SITE + 2 * NODE + 4 };
	struct buf s;

	(void)state;
	a.professional = 7;
	assert_int_equal(guard_apply(g, &a, 1, KIT_START), ERR_OK);
	save(g, &s);
	assert_true(loads(&s));
	/* somebody read without a card whom nobody read */
	assert_int_equal(get_be64(s.p + KEY + 4), 1);
	put_be64(s.p + KEY + 4, 2);
	seal(&s);
	assert_false(loads(&s));
	put_be64(s.p + KEY + 4, 1);
	/* an answer about somebody who is not counted */
	assert_int_equal(get_be32(s.p + ANSWER), 1);
	assert_int_equal(get_be64(s.p + ANSWER + 4 + 16 + 4), 1);
	put_be64(s.p + ANSWER + 4 + 16 + 4, 2);
	seal(&s);
	assert_false(loads(&s));
	put_be64(s.p + ANSWER + 4 + 16 + 4, 1);
	seal(&s);
	assert_true(loads(&s));
	/* a byte more than there is to read */
	buf_put_u8(&s, 0);
	seal(&s);
	assert_false(loads(&s));
	buf_release(&s);
	guard_free(g);
}

/* Two elements of a set in the wrong order, or the same twice. */
static void test_load_order_and_doubles_are_refused(void **state)
{
	struct guard *g = configured();
	struct guard_ask a = kit_ask(1, 0), b = kit_ask(2, 0);
	enum { KEYS = 8 + 8 + 4 + 4, T = KEYS + 4, NODE = 16 };
	uint8_t node[NODE];
	struct buf s;

	(void)state;
	assert_int_equal(guard_apply(g, &a, 1, KIT_START), ERR_OK);
	assert_int_equal(guard_apply(g, &b, 2, KIT_START + 5), ERR_OK);
	save(g, &s);
	assert_int_equal(get_be32(s.p + KEYS), 2);	/* T of key 1 */
	assert_int_equal(get_be64(s.p + T), 1);
	assert_int_equal(get_be32(s.p + T + 12), 5);	/* age of person 1 */
	memcpy(node, s.p + T, NODE);
	memcpy(s.p + T, s.p + T + NODE, NODE);
	memcpy(s.p + T + NODE, node, NODE);
	seal(&s);
	assert_false(loads(&s));
	memcpy(s.p + T, node, NODE);
	seal(&s);
	assert_false(loads(&s));
	buf_release(&s);
	guard_free(g);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_load_gives_the_state_back),
	    cmocka_unit_test(test_save_nothing_loads),
	    cmocka_unit_test(test_save_is_blind_to_lazy_work),
	    cmocka_unit_test(test_save_appends_and_keeps_to_the_limit),
	    cmocka_unit_test(test_load_every_bit_and_length_matters),
	    cmocka_unit_test(test_load_altered_with_right_hash_is_strict),
	    cmocka_unit_test(test_load_empty_ones_are_refused),
	    cmocka_unit_test(test_load_contradictions_are_refused),
	    cmocka_unit_test(test_load_order_and_doubles_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/snapshot", tests, NULL, NULL);
}
