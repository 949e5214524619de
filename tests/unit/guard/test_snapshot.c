/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a snapshot gives back the very state, nothing that is not well formed
 * is ever loaded, what is counted behind it fetches next to nothing and counts
 * the same, and a guard whose snapshot cannot be read any more answers nobody.
 */
#include <limits.h>
#include "guard/kit.h"
#include "base/random.h"
#include "guard/snapshot.h"

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
	uint64_t size = 7;
	struct buf a;

	(void)state;
	save(g, &a);
	assert_int_equal(guard_load(h, buf_span(&a)), ERR_OK);
	assert_int_equal(guard_now(h), INT64_MIN);
	assert_true(kit_answered(h, kit_ask(1, 0), 1, KIT_START));
	/* a guard that has counted takes no snapshot */
	assert_int_equal(guard_load(h, buf_span(&a)), ERR_STATE);
	assert_int_equal(guard_load_from(
	    h, (struct guard_source){NULL, NULL}, &size), ERR_STATE);
	assert_int_equal(size, 7);
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

static void test_load_every_length_matters(void **state)
{
	struct guard *g = busy(5, 8);
	struct buf a;

	(void)state;
	save(g, &a);
	for (size_t i = 0; i < a.n; i++)
		refuse(span_of(a.p, i));
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

static void test_load_altered_is_strict(void **state)
{
	int loaded = 0, refused = 0;
	struct random_seeded s;

	(void)state;
	(void)random_from_seed(&s, 77);
	for (uint64_t seed = 1; seed <= 3; seed++) {
		struct guard *g = busy(seed, 8);
		struct buf a;

		save(g, &a);
		for (size_t i = 0; i < a.n; i++)
			for (int k = 0; k < 3; k++) {
				uint8_t was = a.p[i];

				a.p[i] = k == 2 ?
				    (uint8_t)random_seeded_u64(&s) :
				    (uint8_t)(was + 2 * k - 1);
				if (a.p[i] != was) {
					if (loads(&a))
						loaded++;
					else
						refused++;
				}
				a.p[i] = was;
			}
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
	const uint32_t order = 0x01020304;
	struct buf b;
	bool ret;

	buf_init(&b, 1000);
	buf_text(&b, "ECLGRD03");
	buf_put(&b, &order, sizeof(order));
	buf_put_u64(&b, KIT_START);
	for (uint32_t i = 0; i < keys; i++) {
		buf_put_u32(&b, 5 + i);
		for (int set = 0; set < 3; set++)
			buf_put_u32(&b, 0);
	}
	for (int i = 0; i < 4; i++)	/* the levels' ends */
		buf_put_u32(&b, 0);
	buf_put_u16(&b, 0);		/* and the trades' */
	for (uint32_t i = 0; i < cells; i++) {
		buf_put_u32(&b, 5 + i);
		memset(buf_extend(&b, 18), 0, 18);
		buf_put_u32(&b, 0);
	}
	buf_put_u32(&b, 0);
	memset(buf_extend(&b, 18), 0, 18);
	buf_put_u32(&b, 0);
	buf_text(&b, "end.");
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

/* Two elements of a set in the wrong order. */
static void test_load_order_is_checked(void **state)
{
	struct guard *g = configured();
	struct guard_ask a = kit_ask(1, 0), b = kit_ask(2, 0);
	enum { KEYS = 8 + 4 + 8 + 4, T = KEYS + 4, ROW = 16 };
	uint8_t row[ROW];
	struct buf s;

	(void)state;
	assert_int_equal(guard_apply(g, &a, 1, KIT_START), ERR_OK);
	assert_int_equal(guard_apply(g, &b, 2, KIT_START + 5), ERR_OK);
	save(g, &s);
	assert_int_equal(get_be32(s.p + KEYS), 2);	/* T of key 1 */
	assert_true(loads(&s));
	memcpy(row, s.p + T, ROW);
	memcpy(s.p + T, s.p + T + ROW, ROW);
	memcpy(s.p + T + ROW, row, ROW);
	assert_false(loads(&s));
	buf_release(&s);
	guard_free(g);
}

struct disk {
	struct buf bytes;
	int reads_left;		/* below 0: no end */
};

static enum err fetch(void *ctx, uint64_t at, void *to, size_t n)
{
	struct disk *d = ctx;

	if (d->reads_left == 0)
		return ERR_IO;
	d->reads_left--;
	if (at > d->bytes.n || n > d->bytes.n - at)
		return ERR_CORRUPT;
	memcpy(to, d->bytes.p + at, n);
	return ERR_OK;
}

/* The same reading for each, of many subjects; now and then days go by. */
static void tail_of(struct guard *const g[static 2], uint64_t seed, int n)
{
	int64_t t = guard_now(g[0]);
	struct random_seeded s;

	(void)random_from_seed(&s, seed);
	for (int i = 0; i < n; i++) {
		uint64_t who = 1 + random_seeded_below(&s, 44);
		struct guard_ask a = kit_ask(
		    who, (unsigned)random_seeded_below(&s, 3));

		a.key = 1 + (uint32_t)random_seeded_below(&s, 5);
		a.site = 1 + (uint32_t)random_seeded_below(&s, 4) * 20;
		a.cell = 1 + (uint32_t)random_seeded_below(&s, 3);
		a.plane = 1 + (uint8_t)random_seeded_below(&s, 2);
		a.card = a.q[8] == 2;
		t += (int64_t)random_seeded_below(
		    &s, (uint64_t)GUARD_DAY_MS / 8);
		for (int k = 0; k < 2; k++)
			assert_int_equal(guard_apply(
			    g[k], &a, who > 36 ? 0 : who, t), ERR_OK);
	}
}

static struct guard *loaded(struct disk *d, const struct guard_wide *w)
{
	const struct guard_wide all = {3 * w->persons24, 3 * w->persons30};
	struct guard *g = configured();
	uint64_t size;

	assert_int_equal(guard_set_cell(g, 1, w), ERR_OK);
	assert_int_equal(guard_set_platform(g, &all), ERR_OK);
	assert_int_equal(guard_set_profession(g, 1, 1, w), ERR_OK);
	d->reads_left = INT_MAX;
	assert_int_equal(guard_load_from(
	    g, (struct guard_source){d, fetch}, &size), ERR_OK);
	d->reads_left = INT_MAX;
	return g;
}

/* Everything into memory, as a guard that lived on has it. */
static void fetch_all(struct guard *g)
{
	struct guard_verdict v;

	(void)guard_look_platform(g, guard_now(g));
	for (uint32_t i = 1; i <= 5; i++) {
		struct guard_ask a = kit_ask(1, 0);

		a.key = a.professional = i;
		a.site = 1 + (i - 1) * 20;
		guard_room(g, &a, guard_now(g), &v);
	}
}

/* Counts behind a snapshot wait beside sets that stay where they are, and are
 * what they would have been, alarms too, however near a figure is. */
static void test_a_tail_is_counted_beside_cold_sets(void **state)
{
	static const struct guard_wide wides[] = {
	    {0, 0}, {5, 33}, {6, 35}, {8, 36}, {1000, 2000}};

	(void)state;
	for (uint64_t seed = 1; seed <= 15; seed++) {
		struct guard *g = busy(seed, 300);
		const struct guard_wide *w = &wides[seed % 5];
		struct disk d = {.reads_left = INT_MAX}, e;
		struct guard *both[2];
		struct buf a, b;
		int read;

		save(g, &d.bytes);
		e = d;
		both[0] = loaded(&d, w);
		both[1] = loaded(&e, w);
		fetch_all(both[1]);
		tail_of(both, seed, 60);
		read = INT_MAX - d.reads_left;
		/* cards, and no more where figures are far or none */
		if (w->persons24 == 0 || w->persons24 == 1000)
			assert_true(read <= 2);
		save(both[0], &a);
		save(both[1], &b);
		assert_true(span_equal(buf_span(&a), buf_span(&b)));
		/* saving left it as it was: the same again, and asked */
		buf_release(&a);
		tail_of(both, seed + 100, 20);
		fetch_all(both[0]);
		tail_of(both, seed + 200, 20);
		save(both[0], &a);
		buf_release(&b);
		save(both[1], &b);
		assert_true(span_equal(buf_span(&a), buf_span(&b)));
		print_message("# seed %llu: %d reads\n",
		    (unsigned long long)seed, read);
		buf_release(&a);
		buf_release(&b);
		buf_release(&d.bytes);
		guard_free(g);
		guard_free(both[0]);
		guard_free(both[1]);
	}
}

/* Whatever read fails, at the start or when somebody is asked about: nothing
 * is answered from then on, and nothing saved. */
static void test_a_lost_source_answers_nobody(void **state)
{
	struct guard *g = busy(6, 60), *h;
	struct guard_ask ask = kit_ask(33, 0);
	struct disk d = {.reads_left = 0};
	struct guard_verdict v;
	int at_start = 0, later = 0;
	uint64_t size;

	(void)state;
	save(g, &d.bytes);
	ask.cell = 3;
	for (int n = 0;; n++) {
		struct buf out;
		enum err e;

		h = configured();
		d.reads_left = n;
		e = guard_load_from(
		    h, (struct guard_source){&d, fetch}, &size);
		if (e) {
			assert_int_equal(e, ERR_IO);
			assert_int_equal(guard_now(h), INT64_MIN);
			at_start++;
			guard_free(h);
			continue;
		}
		assert_int_equal(size, d.bytes.n);
		guard_room(h, &ask, guard_now(g) + 1, &v);
		if (!guard_failed(h)) {
			guard_free(h);
			break;
		}
		later++;
		assert_int_equal(guard_failed(h), ERR_IO);
		assert_int_equal(v.told.decision, GUARD_REFUSE);
		assert_int_equal(guard_count(
		    h, &ask, 7, guard_now(g) + 2, &v), ERR_IO);
		assert_int_equal(
		    guard_apply(h, &ask, 7, guard_now(g) + 2), ERR_IO);
		buf_init(&out, 1 << 20);
		assert_int_equal(guard_save(h, &out), ERR_IO);
		buf_release(&out);
		guard_free(h);
	}
	print_message("# failed: %d at the start, %d later\n", at_start,
	    later);
	assert_true(at_start > 10 && later > 5);
	buf_release(&d.bytes);
	guard_free(g);
}

static enum err put_nowhere(void *ctx, struct span s)
{
	int *calls = ctx;

	assert_true(s.n > 0);
	++*calls;
	return ERR_FULL;
}

/* A sink that refused is asked no more. */
static void test_save_stops_at_the_first_refusal(void **state)
{
	struct guard *g = busy(1, 900);
	struct buf all;
	int calls = 0;

	(void)state;
	save(g, &all);
	assert_true(all.n > 2 * 16384);
	assert_int_equal(guard_save_to(g,
	    (struct guard_sink){&calls, put_nowhere}), ERR_FULL);
	assert_int_equal(calls, 1);
	buf_release(&all);
	guard_free(g);
}

/* Nothing was counted before there was a time. */
static void test_load_counts_without_a_time_are_refused(void **state)
{
	struct guard *g = configured(), *h = configured();
	struct guard_ask ask = kit_ask(1, 0);
	struct buf a;

	(void)state;
	assert_int_equal(guard_apply(g, &ask, 1, KIT_START), ERR_OK);
	save(g, &a);
	memset(a.p + sizeof(SNAPSHOT_MAGIC) - 1 + 4, 0, 8);
	assert_int_equal(guard_load(h, buf_span(&a)), ERR_CORRUPT);
	assert_int_equal(guard_now(h), INT64_MIN);
	buf_release(&a);
	guard_free(g);
	guard_free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_load_gives_the_state_back),
	    cmocka_unit_test(test_save_nothing_loads),
	    cmocka_unit_test(test_save_is_blind_to_lazy_work),
	    cmocka_unit_test(test_save_appends_and_keeps_to_the_limit),
	    cmocka_unit_test(test_load_every_length_matters),
	    cmocka_unit_test(test_load_altered_is_strict),
	    cmocka_unit_test(test_load_empty_ones_are_refused),
	    cmocka_unit_test(test_load_order_is_checked),
	    cmocka_unit_test(test_a_tail_is_counted_beside_cold_sets),
	    cmocka_unit_test(test_a_lost_source_answers_nobody),
	    cmocka_unit_test(test_save_stops_at_the_first_refusal),
	    cmocka_unit_test(test_load_counts_without_a_time_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("guard/snapshot", tests, NULL, NULL);
}
