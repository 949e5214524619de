/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: a vault that ends, is silent, breaks the protocol or answers what it
 * was not asked fails its own cells' questions and nothing else: these are
 * refused, with an entry each that says that nothing left, and the keeper goes
 * on, however many there are.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "failing.h"
#include "keeper/whole.h"

static int make(void **state)
{
	struct whole *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	whole_make(w);
	*state = w;
	return 0;
}

static int unmake(void **state)
{
	whole_unmake(*state);
	free(*state);
	return 0;
}

static void say(struct whole *w, enum msg_type type, uint64_t ref,
    struct span body)
{
	assert_int_equal(chan_put(w->d.vault, type, ref, body), ERR_OK);
	assert_int_equal(chan_flush(w->d.vault), ERR_OK);
}

/* The loop, the flow's gate and vault 0, which is ready. */
static void open_all(struct whole *w)
{
	struct msg m;

	assert_int_equal(turn_channels(&w->d.k), ERR_OK);
	assert_int_equal(turn_timers(&w->d.k), ERR_OK);
	whole_starts(w, SIBLING_GATE, ASK_FLOW, 7);
	whole_starts(w, SIBLING_VAULT, 0, 3);
	say(w, MSG_VAULT_READY, 0, span_of(NULL, 0));
	whole_turn(w);
	whole_turn(w);
	assert_true(w->d.k.ready_said);
	assert_true(whole_told(w, &m));
	assert_int_equal(m.type, MSG_READY);
	/* it is told the drill's time */
	assert_int_equal(chan_get(w->d.vault, &m), ERR_OK);
	assert_int_equal(m.type, MSG_VAULT_CLOCK);
}

/* A question of a key, on its way to its answer. */
static struct slot *ask(struct whole *w, uint64_t number)
{
	struct desk *d = &w->d;
	struct slot *s;
	uint8_t type = 0;

	desk_asks(d, desk_plain());
	whole_turn(w);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(type, MSG_RESOLVE);
	decide_found(&d->k, s, number);
	decide_commit(&d->k);
	s = desk_told(d, &type);
	assert_non_null(s);
	assert_int_equal(type, MSG_DO);
	assert_int_equal(s->state, SLOT_DOING);
	return s;
}

/* So many more like it, each of which the vault is at. */
static void multiply(struct whole *w, const struct slot *s, uint32_t n)
{
	struct keeper *k = &w->d.k;

	for (uint32_t i = 0; i < n; i++) {
		struct slot *copy = slots_take(k->slots, ASK_FLOW);
		uint32_t turn;

		assert_non_null(copy);
		turn = copy->turn;
		*copy = *s;
		copy->turn = turn;
		copy->owned = false;
	}
}

static unsigned answers(struct whole *w, uint16_t status)
{
	struct ask_answer a;
	struct msg m;
	unsigned n = 0;

	for (;;) {
		gates_flush(&w->d.k);
		if (chan_get(w->d.gate, &m))
			return n;
		assert_int_equal(m.type, MSG_ANSWER);
		assert_int_equal(ask_answer_unpack(m.body, &a), ERR_OK);
		assert_int_equal(a.status, status);
		n++;
	}
}

/* As many questions as a batch has entries, and one more that has its own:
 * refused in order, and written down. */
static void test_a_whole_batch_of_them_fails(void **state)
{
	struct whole *w = *state;
	struct desk *d = &w->d;
	struct desk_ask other = desk_plain();
	uint64_t before;

	open_all(w);
	multiply(w, ask(w, 77), BOOK_BATCH - 1);
	assert_int_equal(slots_used(d->k.slots), BOOK_BATCH);
	/* they owe their gate an answer each */
	for (uint32_t i = 1; i < BOOK_BATCH; i++) {
		struct desk_ask a = desk_plain();
		struct msg m;

		a.unsigned_ = true;
		desk_asks(d, a);
		while (chan_get(d->k.gates[ASK_FLOW].chan, &m))
			fail();
	}
	before = book_size(d->k.book);
	for (uint32_t i = 0; i < slots_reach(d->k.slots); i++) {
		struct slot *s = slots_at(d->k.slots, i);

		if (s->state == SLOT_DOING)
			decide_silent(&d->k, s);
	}
	assert_int_equal(slots_used(d->k.slots), 0);
	assert_int_equal(answers(w, 503), BOOK_BATCH);
	other.type = "text/plain";
	desk_asks(d, other);
	desk_reads(d);
	assert_null(desk_failed());
	decide_commit(&d->k);
	assert_null(desk_failed());
	assert_int_equal(answers(w, 415), 1);
	assert_int_equal(book_size(d->k.book), before + BOOK_BATCH + 1);
	assert_int_equal(desk_leaf(d).decision, LEAF_REFUSED_FORM);
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, make, unmake)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(test_a_whole_batch_of_them_fails),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
