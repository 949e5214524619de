/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: what the insurer packed is what the keeper opens, in the documented
 * bytes; every changed bit and every truncation is refused, by the signature
 * and by the seal each for itself; a feed with a chunk lost, repeated, foreign
 * or out of order is none. */
#include "crypto/hash.h"
#include "feed/chunk.h"
#include "feed/follow.h"
#include "feed/sample.h"

struct bench {
	struct random_seeded seed;
	struct random random;
	struct hpke_key *sealing;
	uint8_t pk[HPKE_PUBLIC];
	struct sign_private *keys[2];	/* Ed25519, P-256 */
	struct feed_chunk_head head;
	struct buf chunk, plain;
};

static const char text[] = "lines of a feed";

static int setup(void **state)
{
	struct bench *b = calloc(1, sizeof(*b));

	b->random = random_from_seed(&b->seed, 17);
	assert_int_equal(hpke_key_make(&b->random, &b->sealing), ERR_OK);
	hpke_key_public(b->sealing, b->pk);
	assert_int_equal(sign_private_make(SIGN_ED25519, &b->random,
	                     &b->keys[0]), ERR_OK);
	assert_int_equal(sign_private_make(SIGN_P256, &b->random,
	                     &b->keys[1]), ERR_OK);
	b->head = (struct feed_chunk_head){"0775684784", {0},
	    FEED_CHUNK_FULL, 20774, INT64_C(1794940000123), 3, true, 42};
	hash_sha256(span_str(text), b->head.id);
	buf_init(&b->chunk, LIMIT_FEED_CHUNK);
	buf_init(&b->plain, LIMIT_FEED_CHUNK);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	hpke_key_free(b->sealing);
	sign_private_free(b->keys[0]);
	sign_private_free(b->keys[1]);
	buf_release(&b->chunk);
	buf_release(&b->plain);
	free(b);
	return 0;
}

static enum err pack(struct bench *b, int key, struct span plain)
{
	buf_clear(&b->chunk);
	return feed_chunk_pack(&b->head, plain, b->pk, b->keys[key],
	    &b->random, &b->chunk);
}

static enum err verify(struct bench *b, int key)
{
	return feed_chunk_verify(
	    buf_span(&b->chunk), sign_private_public(b->keys[key]));
}

static enum err open_it(struct bench *b)
{
	buf_clear(&b->plain);
	return feed_chunk_open(buf_span(&b->chunk), b->sealing, &b->plain);
}

static void test_chunk_round_trip(void **state)
{
	struct bench *b = *state;

	for (int key = 0; key < 2; key++) {
		struct feed_chunk_head h;

		assert_int_equal(pack(b, key, span_str(text)), ERR_OK);
		assert_int_equal(b->chunk.n,
		    strlen(text) + FEED_CHUNK_OVERHEAD);
		assert_int_equal(feed_chunk_head_parse(buf_span(&b->chunk),
		                     &h), ERR_OK);
		assert_string_equal(h.amc, b->head.amc);
		assert_memory_equal(h.id, b->head.id, sizeof(h.id));
		assert_int_equal(h.kind, FEED_CHUNK_FULL);
		assert_int_equal(h.effective_day, 20774);
		assert_int_equal(h.made_ms, INT64_C(1794940000123));
		assert_int_equal(h.number, 3);
		assert_true(h.last);
		assert_int_equal(h.lines, 42);
		assert_int_equal(verify(b, key), ERR_OK);
		assert_int_equal(verify(b, !key), ERR_CRYPTO);
		assert_int_equal(open_it(b), ERR_OK);
		assert_true(span_is(buf_span(&b->plain), text));
	}
}

/* The seal and the signature by the primitives alone, as documented. */
static void test_chunk_bytes(void **state)
{
	struct bench *b = *state;
	struct hpke_context c;
	uint8_t out[sizeof(text)];
	char info[160], id[65];
	const uint8_t *p;

	assert_int_equal(pack(b, 0, span_str(text)), ERR_OK);
	p = b->chunk.p;
	assert_hex(p, 14, "45434631" "30373735363834373834");
	assert_memory_equal(p + 14, b->head.id, 32);
	assert_hex(p + 46, 27, "0101" "00005126" "000001a1eac2d77b"
	    "00000003" "01" "000000000000002a");
	assert_hex(p + 138, 4, "0000001f");
	text_hex(b->head.id, 32, id);
	(void)snprintf(info, sizeof(info),
	    "ecluse-feed-v1\n0775684784\n%s\n3", id);
	assert_int_equal(hpke_setup_receiver(b->sealing, p + 73,
	                     span_str(info), &c), ERR_OK);
	assert_int_equal(hpke_open(&c, span_of(p, 73), span_of(p + 142, 31),
	                     out), ERR_OK);
	assert_memory_equal(out, text, strlen(text));
	assert_int_equal(sign_verify(sign_private_public(b->keys[0]),
	                     span_of(p, 173), p + 173), ERR_OK);
}

static void test_chunk_every_bit_counts(void **state)
{
	struct bench *b = *state;

	for (int key = 0; key < 2; key++) {
		size_t n, bits;

		assert_int_equal(pack(b, key, span_str(text)), ERR_OK);
		n = b->chunk.n;
		bits = n * 8;
		for (size_t bit = 0; bit < bits; bit++) {
			b->chunk.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			assert_int_not_equal(verify(b, key), ERR_OK);
			if (bit < (n - SIGN_SIZE) * 8)
				assert_int_not_equal(open_it(b), ERR_OK);
			b->chunk.p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
		assert_int_equal(verify(b, key), ERR_OK);
	}
}

static void test_chunk_truncated(void **state)
{
	struct bench *b = *state;
	struct feed_chunk_head h;
	size_t whole;

	assert_int_equal(pack(b, 0, span_str(text)), ERR_OK);
	whole = b->chunk.n;
	for (b->chunk.n = 0; b->chunk.n < whole; b->chunk.n++) {
		assert_int_equal(feed_chunk_head_parse(buf_span(&b->chunk),
		                     &h), ERR_SHAPE);
		assert_int_equal(verify(b, 0), ERR_SHAPE);
		assert_int_equal(open_it(b), ERR_SHAPE);
	}
	buf_put_u8(&b->chunk, 0);	/* one byte more */
	assert_int_equal(verify(b, 0), ERR_SHAPE);
}

static void test_chunk_other_sealing_key(void **state)
{
	struct bench *b = *state;
	struct hpke_key *other = NULL;

	assert_int_equal(pack(b, 0, span_str(text)), ERR_OK);
	assert_int_equal(hpke_key_make(&b->random, &other), ERR_OK);
	assert_int_equal(feed_chunk_open(buf_span(&b->chunk), other,
	                     &b->plain), ERR_CRYPTO);
	assert_int_equal(b->plain.n, 0);
	hpke_key_free(other);
}

static void test_chunk_sizes(void **state)
{
	static uint8_t big[FEED_CHUNK_PLAIN + 1];
	struct bench *b = *state;
	uint8_t prefix[4];
	size_t n = 0;

	assert_int_equal(pack(b, 0, (struct span){0}), ERR_RANGE);
	assert_int_equal(pack(b, 0, span_of(big, sizeof(big))), ERR_LIMIT);
	assert_int_equal(pack(b, 0, span_of(big, sizeof(big) - 1)), ERR_OK);
	assert_int_equal(b->chunk.n, LIMIT_FEED_CHUNK);
	assert_int_equal(verify(b, 0), ERR_OK);
	assert_int_equal(open_it(b), ERR_OK);
	put_be32(prefix, LIMIT_FEED_CHUNK);
	assert_int_equal(feed_chunk_length(prefix, &n), ERR_OK);
	assert_int_equal(n, LIMIT_FEED_CHUNK);
	put_be32(prefix, LIMIT_FEED_CHUNK + 1);
	assert_int_equal(feed_chunk_length(prefix, &n), ERR_LIMIT);
	put_be32(prefix, FEED_CHUNK_OVERHEAD);
	assert_int_equal(feed_chunk_length(prefix, &n), ERR_SHAPE);
	put_be32(prefix, FEED_CHUNK_OVERHEAD + 1);
	assert_int_equal(feed_chunk_length(prefix, &n), ERR_OK);
}

static void test_chunk_header_refused(void **state)
{
	struct bench *b = *state;
	const struct feed_chunk_head good = b->head;

#define REFUSE(change)                                                        \
	do {                                                                  \
		b->head = good;                                               \
		change;                                                       \
		assert_int_equal(pack(b, 0, span_str(text)), ERR_RANGE);      \
		assert_int_equal(b->chunk.n, 0);                              \
	} while (0)
	REFUSE(b->head.amc[9] = 'A');
	REFUSE(b->head.kind = 0);
	REFUSE(b->head.kind = 4);
	REFUSE(b->head.kind = FEED_CHUNK_KEEP_GOING | 1);
	REFUSE(b->head.made_ms = -1);
	REFUSE(b->head.effective_day = INT32_MAX);
	REFUSE(b->head.effective_day = INT32_MIN);
	REFUSE(b->head.last = false);	/* yet it says how many lines */
	b->head = good;
	b->pk[1] ^= 1;
	assert_int_equal(pack(b, 0, span_str(text)), ERR_SHAPE);
	assert_int_equal(b->chunk.n, 0);
}

static void test_chunk_out_full(void **state)
{
	struct bench *b = *state;

	for (size_t most = 0; most < strlen(text) + FEED_CHUNK_OVERHEAD;
	     most += 19) {
		struct buf small;

		buf_init(&small, most);
		assert_int_equal(feed_chunk_pack(&b->head, span_str(text),
		                     b->pk, b->keys[0], &b->random, &small),
		    ERR_LIMIT);
		assert_int_equal(small.n, 0);
		buf_release(&small);
	}
}

static const char *const parts[] = {"one", "two", "three"};

static struct feed_chunk_head part_head(uint32_t number)
{
	struct feed_chunk_head h = {"0775684784", {0}, FEED_CHUNK_DELTA, 1, 2,
	    number, number == 2, number == 2 ? 6 : 0};
	struct span all[3] = {span_str("one"), span_str("two"),
	    span_str("three")};

	hash_sha256_parts(all, 3, h.id);
	return h;
}

static void test_follow_whole_feed(void **state)
{
	struct feed_follow *f = feed_follow_new();

	(void)state;
	for (uint32_t i = 0; i < 3; i++) {
		struct feed_chunk_head h = part_head(i);

		assert_false(feed_follow_whole(f));
		assert_int_equal(feed_follow_chunk(f, &h, span_str(parts[i]),
		                     i + 1), ERR_OK);
	}
	assert_true(feed_follow_whole(f));
	assert_int_equal(feed_follow_lines(f), 6);
	feed_follow_free(f);
	feed_follow_free(NULL);
}

/* Sends the three parts, the one at changed. Returns the first error. */
static enum err follow_with(uint32_t at, const struct feed_chunk_head *other,
    const char *plain, uint64_t lines)
{
	struct feed_follow *f = feed_follow_new();
	enum err e = ERR_OK;

	for (uint32_t i = 0; i < 3 && !e; i++) {
		struct feed_chunk_head h = i == at ? *other : part_head(i);

		e = feed_follow_chunk(f, &h,
		    span_str(i == at ? plain : parts[i]),
		    i == at ? lines : i + 1);
	}
	assert_int_equal(feed_follow_whole(f), e == ERR_OK);
	if (e) {	/* and it stays refused */
		struct feed_chunk_head h = part_head(2);

		assert_int_equal(feed_follow_chunk(f, &h, span_str("three"),
		                     3), ERR_STATE);
		assert_false(feed_follow_whole(f));
	}
	feed_follow_free(f);
	return e;
}

static void test_follow_refused(void **state)
{
	struct feed_chunk_head h;

	(void)state;
	h = part_head(1);
	assert_int_equal(follow_with(1, &h, "two", 2), ERR_OK);
	assert_int_equal(follow_with(1, &h, "twa", 2), ERR_CORRUPT);
	assert_int_equal(follow_with(1, &h, "two", 3), ERR_CORRUPT);
	h = part_head(2);	/* one lost */
	assert_int_equal(follow_with(1, &h, "three", 3), ERR_STATE);
	h = part_head(0);	/* one twice */
	assert_int_equal(follow_with(1, &h, "one", 1), ERR_STATE);
	h = part_head(1);	/* not from the start */
	assert_int_equal(follow_with(0, &h, "two", 2), ERR_STATE);
#define FOREIGN(change)                                                       \
	do {                                                                  \
		h = part_head(1);                                             \
		change;                                                       \
		assert_int_equal(follow_with(1, &h, "two", 2), ERR_STATE);    \
	} while (0)
	FOREIGN(h.amc[9] = '5');
	FOREIGN(h.id[31] ^= 1);
	FOREIGN(h.kind = FEED_CHUNK_FULL);
	FOREIGN(h.effective_day = 2);
	FOREIGN(h.made_ms = 3);
	h = part_head(2);
	h.lines = 7;
	assert_int_equal(follow_with(2, &h, "three", 3), ERR_CORRUPT);
}

static void test_follow_nothing_behind_the_last(void **state)
{
	struct feed_follow *f = feed_follow_new();
	struct feed_chunk_head h = {"0775684784", {0}, FEED_CHUNK_FULL, 1, 2,
	    0, true, 1};

	(void)state;
	hash_sha256(span_str("one"), h.id);
	assert_int_equal(feed_follow_chunk(f, &h, span_str("one"), 1),
	    ERR_OK);
	h.number = 1;
	assert_int_equal(feed_follow_chunk(f, &h, span_str("one"), 1),
	    ERR_STATE);
	assert_false(feed_follow_whole(f));
	feed_follow_free(f);
}

/* Two passes as the insurer makes them, chunks as the keeper reads them. */
static void test_chunk_from_lines_to_lines(void **state)
{
	enum { LINES = 50, PER_CHUNK = 20 };
	struct bench *b = *state;
	struct hash_stream *sum = hash_stream_new();
	struct feed_follow *f = feed_follow_new();
	struct buf lines;
	uint32_t seen = 0;

	buf_init(&lines, FEED_CHUNK_PLAIN);
	for (uint32_t i = 1; i <= LINES; i++) {
		struct feed_traits_line m = sample_line(i);

		buf_clear(&lines);
		assert_int_equal(feed_traits_line_pack(&m, &lines), ERR_OK);
		hash_stream_put(sum, buf_span(&lines));
	}
	hash_stream_end(sum, b->head.id);
	b->head.number = 0;
	buf_clear(&lines);
	for (uint32_t i = 1; i <= LINES; i++) {
		struct feed_traits_line m = sample_line(i), back;
		struct feed_chunk_head h;
		struct reader r;
		uint32_t before = seen;

		assert_int_equal(feed_traits_line_pack(&m, &lines), ERR_OK);
		b->head.last = i == LINES;
		b->head.lines = i == LINES ? LINES : 0;
		if (i % PER_CHUNK != 0 && i < LINES)
			continue;
		assert_int_equal(pack(b, 0, buf_span(&lines)), ERR_OK);
		assert_int_equal(verify(b, 0), ERR_OK);
		assert_int_equal(open_it(b), ERR_OK);
		assert_int_equal(feed_chunk_head_parse(buf_span(&b->chunk),
		                     &h), ERR_OK);
		r = reader_of(buf_span(&b->plain));
		while (reader_left(&r) > 0) {
			assert_int_equal(feed_traits_line_unpack(&r, &back),
			    ERR_OK);
			assert_int_equal(back.line, ++seen);
		}
		assert_int_equal(feed_follow_chunk(f, &h, buf_span(&b->plain),
		                     seen - before), ERR_OK);
		b->head.number++;
		buf_clear(&lines);
	}
	assert_int_equal(seen, LINES);
	assert_true(feed_follow_whole(f));
	buf_release(&lines);
	hash_stream_free(sum);
	feed_follow_free(f);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(test_chunk_round_trip),
	    T(test_chunk_bytes),
	    T(test_chunk_every_bit_counts),
	    T(test_chunk_truncated),
	    T(test_chunk_other_sealing_key),
	    T(test_chunk_sizes),
	    T(test_chunk_header_refused),
	    T(test_chunk_out_full),
	    T(test_chunk_from_lines_to_lines),
	    cmocka_unit_test(test_follow_whole_feed),
	    cmocka_unit_test(test_follow_refused),
	    cmocka_unit_test(test_follow_nothing_behind_the_last),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("feed/chunk", tests, NULL, NULL);
}
