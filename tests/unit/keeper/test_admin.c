/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: who connects to the administrators' socket and says nothing keeps
 * nobody out, and takes no place of one who waits for an answer; who asks for
 * budgets is told of each professional of a key; time never goes behind an act
 * that was taken; whom decoys are made for has all of their lines, or hears that
 * there are none, and so has a list, of budgets or keys, its rows.
 * integration/test_admin_places.py does it with programs, to quiet ones.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/file.h"
#include "base/text.h"
#include "failing.h"
#include "keeper/whole.h"
#include "msg/rights.h"
#include "proc/listen.h"

#define MORE (3 * KEEPER_ADMINS)

struct hall {
	struct whole w;
	char path[RIG_PATH + 30];
};

/* The administrators' socket listens; one vault is there. */
static int setup(void **state)
{
	struct hall *h = calloc(1, sizeof(*h));
	int fd;

	assert_non_null(h);
	whole_make(&h->w);
	assert_int_equal(file_path(h->path, sizeof(h->path), h->w.d.h.dir,
	    "admin.sock"), ERR_OK);
	assert_int_equal(
	    listen_unix(h->path, SOCK_SEQPACKET, 0600, &fd), ERR_OK);
	assert_int_equal(dup2(fd, KEEPER_FD_ADMIN), KEEPER_FD_ADMIN);
	(void)close(fd);
	whole_opens(&h->w);
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct hall *h = *state;

	admin_close(&h->w.d.k);
	assert_int_equal(unlink(h->path), 0);
	whole_unmake(&h->w);
	free(h);
	return 0;
}

/* One more, a second later, who is let in. */
static struct chan *connects(struct hall *h)
{
	struct chan *c = NULL;
	int fd;

	desk_at(&h->w.d, keeper_now(&h->w.d.k) + 1000);
	assert_int_equal(
	    listen_connect(h->path, SOCK_SEQPACKET, &fd), ERR_OK);
	assert_int_equal(
	    chan_new(fd, MSG_ADMIN, MSG_KEEPER, 1u << 20, &c), ERR_OK);
	whole_turn(&h->w);
	return c;
}

/* Was it left in? */
static bool is_in(struct chan *c)
{
	char byte;

	return recv(chan_fd(c), &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 0;
}

/* Has the vault read the rules again: it has the question, and owes the
 * answer. */
static uint64_t asks_for_rules(struct hall *h, struct chan *c)
{
	struct msg m;

	assert_int_equal(chan_put(c, MSG_ADMIN_RULES, 1, span_of(NULL, 0)),
	    ERR_OK);
	assert_int_equal(chan_flush(c), ERR_OK);
	whole_turn(&h->w);
	assert_int_equal(chan_get(h->w.d.vault, &m), ERR_OK);
	assert_int_equal(m.type, MSG_RULES);
	return m.ref;
}

static void vault_says_rules(struct hall *h, uint64_t ref)
{
	static const uint8_t body[6] = {0};

	assert_int_equal(chan_put(h->w.d.vault, MSG_RULES_SAID, ref,
	    span_of(body, sizeof(body))), ERR_OK);
	assert_int_equal(chan_flush(h->w.d.vault), ERR_OK);
	whole_turn(&h->w);
}

static void test_who_waits_keeps_his_place(void **state)
{
	struct hall *h = *state;
	struct chan *waits = connects(h), *more[MORE], *last;
	uint64_t ref = asks_for_rules(h, waits);
	struct msg m;

	for (int i = 0; i < MORE; i++) {
		more[i] = connects(h);
		assert_true(is_in(more[i]));
		assert_true(is_in(waits));
		if (i >= KEEPER_ADMINS - 1)
			assert_false(is_in(more[i - (KEEPER_ADMINS - 1)]));
	}
	vault_says_rules(h, ref);
	assert_int_equal(chan_get(waits, &m), ERR_OK);
	assert_int_equal(m.type, MSG_ADMIN_PART);
	assert_int_equal(chan_get(waits, &m), ERR_OK);
	assert_int_equal(m.type, MSG_ADMIN_DONE);
	/* he has what he waited for, and has been quiet longest */
	last = connects(h);
	assert_true(is_in(last));
	assert_false(is_in(waits));
	assert_true(is_in(more[MORE - (KEEPER_ADMINS - 1)]));
	assert_null(desk_failed());
	chan_free(waits);
	chan_free(last);
	for (int i = 0; i < MORE; i++)
		chan_free(more[i]);
}

/* The two of a key, whichever of them was asked for. */
static void test_each_professional_has_a_budget(void **state)
{
	struct hall *h = *state;
	struct chan *c = connects(h);
	const char *first, *second;
	char text[8192];
	struct msg m;

	assert_int_equal(acts_do(&h->w.d.h.acts, 2, "key spki=%s site=s1 "
	    "rpps=99700000031,99700000032\n", acts_ed25519(40)), ERR_OK);
	assert_int_equal(chan_put(c, MSG_ADMIN_BUDGETS, 1,
	    span_str("rpps:99700000032")), ERR_OK);
	assert_int_equal(chan_flush(c), ERR_OK);
	whole_turn(&h->w);
	assert_int_equal(chan_get(c, &m), ERR_OK);
	assert_int_equal(m.type, MSG_ADMIN_PART);
	assert_int_equal(text_copy(m.body, text, sizeof(text)), ERR_OK);
	first = strstr(text, "\"professionals\":[{\"rpps\":\"99700000031\","
	    "\"t24\":[0,40]");
	second = strstr(text, "},{\"rpps\":\"99700000032\",\"t24\":[0,40]");
	assert_non_null(first);
	assert_true(second > first);
	assert_non_null(strstr(second, "}],\"site\":{\"t24\":[0,40]"));
	assert_int_equal(chan_get(c, &m), ERR_OK);
	assert_int_equal(m.type, MSG_ADMIN_DONE);
	assert_null(desk_failed());
	chan_free(c);
}

/* An act of this time, by one administrator, as it comes over the socket. */
static void sends_act(struct chan *c, int64_t time_ms, const char *lines)
{
	struct note_signer signer = {"a0", acts_private(ACTS_ADMIN)};
	struct buf text, note;
	unsigned serial = 7;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	acts_text(&text, &serial, time_ms, lines);
	assert_int_equal(
	    note_sign(buf_span(&text), &signer, 1, &note), ERR_OK);
	assert_int_equal(
	    chan_put(c, MSG_ADMIN_ACT, 1, buf_span(&note)), ERR_OK);
	assert_int_equal(chan_flush(c), ERR_OK);
	sign_private_free((struct sign_private *)signer.key);
	buf_release(&text);
	buf_release(&note);
}

/* The clock was an hour ahead and is put right: an entry that names the act is
 * not of before it, or no auditor would believe the act. The next start knows
 * it too. */
static void test_no_time_behind_an_act(void **state)
{
	struct hall *h = *state;
	struct keeper *k = &h->w.d.k;
	struct chan *c = connects(h);
	int64_t ahead_ms = HOUSE_NOW + 3600000;
	struct reader r;
	struct msg m;

	desk_at(&h->w.d, ahead_ms);
	sends_act(c, ahead_ms, "site id=s9 profession=gp\n");
	whole_turn(&h->w);
	assert_int_equal(chan_get(c, &m), ERR_OK);
	assert_int_equal(m.type, MSG_ADMIN_DONE);
	r = reader_of(m.body);
	assert_int_equal(read_u16(&r), ERR_OK);
	desk_at(&h->w.d, HOUSE_NOW);
	assert_true(keeper_now(k) >= ahead_ms);
	ledger_close(k->ledger);
	k->ledger = NULL;
	assert_int_equal(ledger_open(
	    h->w.d.h.dir, ACTS_ORIGIN, h->w.d.h.keys, &k->ledger), ERR_OK);
	assert_true(ledger_taken(k->ledger) >= ahead_ms);
	assert_null(desk_failed());
	chan_free(c);
}

#define DECOYS 8

/* The administrator wants so many; the vault knows none of those invented, and
 * has said so of all; of the last the keeper has not read it yet. */
static void invents(struct hall *h, struct chan *c)
{
	const struct rights_resolved nobody = {0};
	struct buf b;
	struct msg m;

	buf_init(&b, 64);
	buf_put_u16(&b, DECOYS);
	buf_put_u8(&b, 1);	/* without NIR */
	buf_put_s16(&b, span_str(DESK_AMC));
	buf_put_s16(&b, span_of(NULL, 0));
	assert_int_equal(
	    chan_put(c, MSG_ADMIN_DECOY, 1, buf_span(&b)), ERR_OK);
	assert_int_equal(chan_flush(c), ERR_OK);
	whole_turn(&h->w);
	vaults_flush(&h->w.d.k);
	buf_clear(&b);
	rights_resolved_pack(&nobody, &b);
	for (int i = 0; i < DECOYS; i++) {
		assert_int_equal(chan_get(h->w.d.vault, &m), ERR_OK);
		assert_int_equal(m.type, MSG_RESOLVE);
		if (i > 0)
			whole_turn(&h->w);
		whole_says(&h->w, MSG_RESOLVED, m.ref, buf_span(&b));
	}
	buf_release(&b);
}

static size_t lines(struct span text)
{
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		n += text.p[i] == '\n';
	return n;
}

/* What he is told, into text; was he told that it is all? */
static bool hears(struct chan *c, struct buf *text)
{
	struct msg m = {.type = MSG_ADMIN_PART};

	while (!chan_get(c, &m) && m.type == MSG_ADMIN_PART)
		buf_put_span(text, m.body);
	return m.type == MSG_ADMIN_DONE && get_be16(m.body.p) == ERR_OK;
}

static bool are_made_without_memory(int nth, unsigned *told)
{
	struct hall *h;
	struct chan *c;
	struct buf text;
	void *state;
	bool failed;

	(void)setup(&state);
	h = state;
	c = connects(h);
	buf_init(&text, 1u << 16);
	invents(h, c);
	failing_set(FAILING_MEMORY, nth, ENOMEM);
	whole_turn(&h->w);
	failed = failing_end();
	if (!desk_failed())
		admin_flush(&h->w.d.k);
	if (hears(c, &text)) {
		/* the set's name and the head stand before them */
		assert_int_equal(lines(buf_span(&text)), DECOYS + 2);
		(*told)++;
	}
	buf_release(&text);
	desk_forgets();
	chan_free(c);
	(void)teardown(&state);
	return failed;
}

static void test_decoys_are_all_told(void **state)
{
	unsigned told = 0;

	(void)state;
	for (int n = 0; are_made_without_memory(n, &told); n++)
		;
	assert_true(told > 0);
}

/* A list that lacks its nth allocation, -1: none; false: none was lacked. */
static bool lists(enum msg_type type, const char *body, int nth,
    struct buf *text, bool *ret_all)
{
	struct hall *h;
	struct chan *c;
	void *state;
	bool failed;

	(void)setup(&state);
	h = state;
	c = connects(h);
	assert_int_equal(chan_put(c, type, 1, span_str(body)), ERR_OK);
	assert_int_equal(chan_flush(c), ERR_OK);
	failing_set(FAILING_MEMORY, nth, ENOMEM);
	whole_turn(&h->w);
	failed = failing_end();
	if (!desk_failed())
		admin_flush(&h->w.d.k);
	buf_clear(text);
	*ret_all = hears(c, text);
	desk_forgets();
	chan_free(c);
	(void)teardown(&state);
	return failed;
}

static void test_lists_are_whole(void **state)
{
	static const struct {
		enum msg_type type;
		const char *body;
	} list[] = {{MSG_ADMIN_BUDGETS, "site:s1,site:s2"},
	    {MSG_ADMIN_KEYS, ""}};
	struct buf whole, text;
	bool all;

	(void)state;
	buf_init(&whole, 1u << 16);
	buf_init(&text, 1u << 16);
	for (size_t i = 0; i < sizeof(list) / sizeof(list[0]); i++) {
		bool failed = true;

		(void)lists(list[i].type, list[i].body, -1, &whole, &all);
		assert_true(all && lines(buf_span(&whole)) > 0);
		for (int n = 0; failed; n++) {
			failed = lists(
			    list[i].type, list[i].body, n, &text, &all);
			assert_true(!all ||
			    lines(buf_span(&text)) == lines(buf_span(&whole)));
		}
	}
	buf_release(&whole);
	buf_release(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_who_waits_keeps_his_place, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_each_professional_has_a_budget, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_no_time_behind_an_act, setup, teardown),
	    cmocka_unit_test(test_decoys_are_all_told),
	    cmocka_unit_test(test_lists_are_whole)};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
