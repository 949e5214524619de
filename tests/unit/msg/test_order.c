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
#include "msg/chan.h"
#include "msg/order.h"

#define QUEUE (1u << 20)

static const struct {
	const char *name;
	unsigned type, of, after;
	enum order_rule rule;
} rows[] = {
#define X(name, rule, of, most, after) {#name, name, of, after, ORDER_##rule},
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

struct ends {
	struct chan *keeper;
	int raw;	/* a vault's, without a channel */
};

static void make_ends(struct ends *s)
{
	int fd[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, fd), 0);
	assert_int_equal(
	    chan_new(fd[0], MSG_KEEPER, MSG_VAULT, QUEUE, &s->keeper), ERR_OK);
	s->raw = fd[1];
}

static void send_raw(const struct ends *s, enum msg_type type, size_t n)
{
	static const uint8_t zeros[64];
	struct buf b;
	size_t begun;

	buf_init(&b, 256);
	begun = msg_begin(&b, type, 7);
	buf_put(&b, zeros, n);
	msg_end(&b, begun);
	assert_int_equal(send(s->raw, b.p, b.n, 0), (ssize_t)b.n);
	buf_release(&b);
}

static void free_ends(struct ends *s)
{
	chan_free(s->keeper);
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
	assert_int_equal(chan_get(s.keeper, &m), ERR_OK);
	assert_int_equal(chan_put(s.keeper, MSG_RESOLVE, 7,
	                     span_of(tags, sizeof(tags))), ERR_OK);
	send_raw(&s, MSG_RESOLVED, 9);
	send_raw(&s, MSG_RESOLVED, 9);
	send_raw(&s, MSG_VAULT_READY, 0);
	assert_int_equal(chan_get(s.keeper, &m), ERR_OK);
	assert_int_equal(chan_get(s.keeper, &m), ERR_SHAPE);
	assert_int_equal(chan_get(s.keeper, &m), ERR_SHAPE);
	free_ends(&s);
}

/* Ours is refused where it would be sent, and leaves nothing behind. */
static void test_channel_sends_nothing_out_of_order(void **state)
{
	static const uint8_t bytes[64];
	struct ends s;

	(void)state;
	make_ends(&s);
	assert_int_equal(chan_put(s.keeper, MSG_FEED_END, 1,
	                     span_of(bytes, 1)), ERR_STATE);
	assert_int_equal(chan_flush(s.keeper), ERR_OK);
	assert_int_equal(recv(s.raw, (uint8_t[8]){0}, 8, MSG_DONTWAIT), -1);
	free_ends(&s);
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
	    cmocka_unit_test(test_channel_ends_an_unasked_answer),
	    cmocka_unit_test(test_channel_sends_nothing_out_of_order),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
