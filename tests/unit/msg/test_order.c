/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: what may be said when. Every message of the table has an order; one
 * that is too early, unasked, answered already or said twice is refused, on the
 * side that would send it and on the side that gets it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/random.h"
#include "msg/chan.h"
#include "msg/order.h"

#define QUEUE (1u << 20)

static const struct {
	unsigned type, of, most, after;
	enum order_rule rule;
} rows[] = {
#define X(name, rule, of, most, after) {name, of, most, after, ORDER_##rule},
    ORDER_LIST(X)
#undef X
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

static enum err say(struct order *o, unsigned type)
{
	enum err e = order_check(o, type);

	if (!e)
		order_said(o, type);
	return e;
}

static enum msg_peer from_of(unsigned type)
{
	switch (type) {
#define X(name, code, from, to, least, most)                                  \
	case name:                                                            \
		return from;
	MSG_LIST(X)
#undef X
	}
	fail();
	return MSG_SUPER;
}

/* Parts are no messages of their own; every other one stands once. */
static void test_every_message_has_a_row(void **state)
{
	(void)state;
#define X(name, code, from, to, least, most)                                  \
	{                                                                     \
		size_t n = 0;                                                 \
		for (size_t i = 0; i < ROWS; i++)                             \
			n += rows[i].type == (name);                          \
		assert_int_equal(n, msg_whole_of(name) ? 0 : 1);              \
	}
	MSG_LIST(X)
#undef X
}

/* Who answers is who was asked. */
static void test_answers_come_from_the_other_side(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		bool asks = rows[i].rule == ORDER_ASK;

		if (rows[i].rule < ORDER_ASK) {
			assert_int_equal(rows[i].of, 0);
			continue;
		}
		assert_int_not_equal(rows[i].of, 0);
		assert_int_equal(asks, from_of(rows[i].type) ==
		    from_of(rows[i].of));
	}
}

/* Nothing was said: answers, signs of life and what comes after something. */
static void test_first_word(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS; i++) {
		struct order o = {{0}, {0}};
		bool late = rows[i].rule >= ORDER_ANSWER || rows[i].after;

		assert_int_equal(
		    order_check(&o, rows[i].type), late ? ERR_STATE : ERR_OK);
	}
}

static void test_unknown_refused(void **state)
{
	struct order o = {{0}, {0}};

	(void)state;
	assert_int_equal(order_check(&o, 0), ERR_STATE);
	assert_int_equal(order_check(&o, 5), ERR_STATE);
	assert_int_equal(order_check(&o, MSG_ASK_PART), ERR_STATE);
	assert_int_equal(order_check(&o, ORDER_CODES), ERR_STATE);
	assert_int_equal(order_check(&o, UINT32_MAX), ERR_STATE);
}

static void test_once(void **state)
{
	struct order o = {{0}, {0}};

	(void)state;
	assert_int_equal(say(&o, MSG_READY), ERR_OK);
	assert_int_equal(say(&o, MSG_READY), ERR_STATE);
	assert_int_equal(say(&o, MSG_VAULT_READY), ERR_OK);
	assert_int_equal(say(&o, MSG_VAULT_READY), ERR_STATE);
}

static void test_one_answer_for_each(void **state)
{
	struct order o = {{0}, {0}};

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(say(&o, MSG_ASK), ERR_OK);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(say(&o, MSG_ANSWER), ERR_OK);
	assert_int_equal(say(&o, MSG_ANSWER), ERR_STATE);
	assert_int_equal(say(&o, MSG_ASK), ERR_OK);
	assert_int_equal(say(&o, MSG_ANSWER), ERR_OK);
}

static void test_vault_greets_first(void **state)
{
	struct order o = {{0}, {0}};

	(void)state;
	assert_int_equal(say(&o, MSG_RESOLVE), ERR_OK);
	assert_int_equal(say(&o, MSG_RESOLVED), ERR_STATE);
	assert_int_equal(say(&o, MSG_VAULT_READY), ERR_OK);
	assert_int_equal(say(&o, MSG_RESOLVED), ERR_OK);
	assert_int_equal(say(&o, MSG_DONE), ERR_STATE);
	assert_int_equal(say(&o, MSG_COPYING), ERR_STATE);
}

static void test_feed(void **state)
{
	struct order o = {{0}, {0}};

	(void)state;
	assert_int_equal(say(&o, MSG_VAULT_READY), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_LINES), ERR_STATE);
	assert_int_equal(say(&o, MSG_FEED_END), ERR_STATE);
	assert_int_equal(say(&o, MSG_FEED_BEGIN), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_BEGIN), ERR_STATE);
	assert_int_equal(say(&o, MSG_FEED_STATE), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_WORKS), ERR_STATE);
	assert_int_equal(say(&o, MSG_FEED_LINES), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_END), ERR_STATE);
	assert_int_equal(say(&o, MSG_FEED_LINES), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_LINES), ERR_STATE);
	/* signs of life take no answer away */
	for (size_t i = 0; i < 5; i++)
		assert_int_equal(say(&o, MSG_FEED_WORKS), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_STATE), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_STATE), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_STATE), ERR_STATE);
	assert_int_equal(say(&o, MSG_FEED_END), ERR_OK);
	assert_int_equal(say(&o, MSG_FEED_STATE), ERR_OK);
}

static void test_administrators_parts(void **state)
{
	struct order o = {{0}, {0}};

	(void)state;
	assert_int_equal(say(&o, MSG_ADMIN_PART), ERR_STATE);
	assert_int_equal(say(&o, MSG_ADMIN_STATUS), ERR_OK);
	assert_int_equal(say(&o, MSG_ADMIN_PART), ERR_OK);
	assert_int_equal(say(&o, MSG_ADMIN_DONE), ERR_OK);
	assert_int_equal(say(&o, MSG_ADMIN_PART), ERR_STATE);
	assert_int_equal(say(&o, MSG_ADMIN_DONE), ERR_STATE);
}

/* What order.h says, from nothing but how often each was said. */
static bool may(const uint32_t *times, unsigned type)
{
	int64_t owed = 0;
	size_t at = ROWS;

	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].type == type)
			at = i;
	if (at == ROWS || (rows[at].after && times[rows[at].after] == 0))
		return false;
	for (size_t i = 0; i < ROWS; i++)
		if (rows[i].of == rows[at].of && rows[i].rule != ORDER_ALIVE)
			owed += rows[i].rule == ORDER_ASK ?
			    times[rows[i].type] : -(int64_t)times[rows[i].type];
	switch (rows[at].rule) {
	case ORDER_ONCE:
		return times[type] == 0;
	case ORDER_TELL:
		return true;
	case ORDER_ASK:
		return rows[at].most == 0 || owed < rows[at].most;
	default:
		return owed > 0;
	}
}

/* A random channel with one talk that it prefers. */
static void walk(
    struct random_seeded *seed, uint32_t *allowed, uint32_t *refused)
{
	struct order o = {{0}, {0}};
	uint32_t times[ORDER_CODES] = {0};
	size_t liked = random_seeded_below(seed, ROWS);

	for (size_t step = 0; step < 80; step++) {
		size_t i = random_seeded_below(seed, ROWS);

		for (unsigned type = 0; type < ORDER_CODES + 2; type++) {
			bool yes = may(times, type);

			assert_int_equal(order_check(&o, type),
			    yes ? ERR_OK : ERR_STATE);
			if (type < ORDER_CODES)
				(yes ? allowed : refused)[type]++;
		}
		while (step % 4 && rows[i].of != rows[liked].of)
			i = (i + 1) % ROWS;
		if (!say(&o, rows[i].type))
			times[rows[i].type]++;
	}
}

/* Every code in every state that 400 walks come through: each row is met where
 * it may be said and, but for what may always be, where it may not. */
static void test_every_code_in_every_state(void **state)
{
	uint32_t allowed[ORDER_CODES] = {0}, refused[ORDER_CODES] = {0};
	struct random_seeded seed;

	(void)state;
	(void)random_from_seed(&seed, 12);
	for (size_t i = 0; i < 400; i++)
		walk(&seed, allowed, refused);
	for (size_t i = 0; i < ROWS; i++) {
		bool always = !rows[i].after && !rows[i].most &&
		    (rows[i].rule == ORDER_TELL || rows[i].rule == ORDER_ASK);

		assert_int_not_equal(allowed[rows[i].type], 0);
		assert_int_equal(refused[rows[i].type] == 0, always);
	}
}

struct ends {
	struct chan *ours;
	int raw;	/* the other's, without a channel */
};

static void make_ends_of(enum msg_peer us, enum msg_peer them, struct ends *s)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(chan_new(fd[0], us, them, QUEUE, &s->ours), ERR_OK);
	s->raw = fd[1];
}

static void make_ends(struct ends *s)
{
	make_ends_of(MSG_KEEPER, MSG_VAULT, s);
}

static void send_raw(const struct ends *s, unsigned type, size_t n)
{
	static const uint8_t zeros[64];
	struct buf b;
	size_t begun;

	buf_init(&b, 256);
	begun = msg_begin(&b, (enum msg_type)type, 7);
	buf_put(&b, zeros, n);
	msg_end(&b, begun);
	assert_int_equal(send(s->raw, b.p, b.n, 0), (ssize_t)b.n);
	buf_release(&b);
}

static void free_ends(struct ends *s)
{
	chan_free(s->ours);
	assert_int_equal(close(s->raw), 0);
}

/* One that was not asked breaks the protocol, and nothing more is read. */
static void test_channel_ends_an_unasked_answer(void **state)
{
	static const uint8_t tags[5];
	struct ends s;
	struct msg m;

	(void)state;
	make_ends(&s);
	send_raw(&s, MSG_VAULT_READY, 0);
	assert_int_equal(chan_get(s.ours, &m), ERR_OK);
	assert_int_equal(chan_put(s.ours, MSG_RESOLVE, 7,
	                     span_of(tags, sizeof(tags))), ERR_OK);
	send_raw(&s, MSG_RESOLVED, 9);
	send_raw(&s, MSG_RESOLVED, 9);
	send_raw(&s, MSG_VAULT_READY, 0);
	assert_int_equal(chan_get(s.ours, &m), ERR_OK);
	assert_int_equal(chan_get(s.ours, &m), ERR_SHAPE);
	assert_int_equal(chan_get(s.ours, &m), ERR_SHAPE);
	free_ends(&s);
}

/* Ours is refused where it would be sent, and leaves nothing behind. */
static void test_channel_sends_nothing_out_of_order(void **state)
{
	static const uint8_t bytes[64];
	struct ends s;

	(void)state;
	make_ends(&s);
	assert_int_equal(chan_put(s.ours, MSG_FEED_END, 1,
	                     span_of(bytes, 1)), ERR_STATE);
	assert_int_equal(chan_flush(s.ours), ERR_OK);
	assert_int_equal(recv(s.raw, (uint8_t[8]){0}, 8, MSG_DONTWAIT), -1);
	free_ends(&s);
}

static size_t least_of(unsigned type)
{
	switch (type) {
#define X(name, code, from, to, least, most)                                  \
	case name:                                                            \
		return least;
	MSG_LIST(X)
#undef X
	}
	return 0;
}

/* Every code as a peer's first word, on a channel of each two of us: what its
 * row does not allow there and then ends the peer. */
static void test_channels_end_every_code_out_of_state(void **state)
{
	static const struct order fresh;
	size_t taken = 0;

	(void)state;
	for (unsigned n = 0; n < 25 * ORDER_CODES; n++) {
		enum msg_peer us = (enum msg_peer)(n % 5);
		enum msg_peer them = (enum msg_peer)(n / 5 % 5);
		unsigned type = n / 25;
		bool fine = !msg_check(type, them, us, least_of(type)) &&
		    !order_check(&fresh, type);
		struct ends s;
		struct msg m;

		if (us == them || msg_whole_of(type))
			continue;	/* parts: tests of the channel */
		make_ends_of(us, them, &s);
		send_raw(&s, type, least_of(type));
		assert_int_equal(
		    chan_get(s.ours, &m), fine ? ERR_OK : ERR_SHAPE);
		taken += fine;
		free_ends(&s);
	}
	assert_true(taken > 30);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_every_message_has_a_row),
	    cmocka_unit_test(test_answers_come_from_the_other_side),
	    cmocka_unit_test(test_first_word),
	    cmocka_unit_test(test_unknown_refused),
	    cmocka_unit_test(test_once),
	    cmocka_unit_test(test_one_answer_for_each),
	    cmocka_unit_test(test_vault_greets_first),
	    cmocka_unit_test(test_feed),
	    cmocka_unit_test(test_administrators_parts),
	    cmocka_unit_test(test_every_code_in_every_state),
	    cmocka_unit_test(test_channels_end_every_code_out_of_state),
	    cmocka_unit_test(test_channel_ends_an_unasked_answer),
	    cmocka_unit_test(test_channel_sends_nothing_out_of_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
