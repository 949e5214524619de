/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: each gate shuts what it names and nothing else, opens again and leaves
 * no trace; closed and revoked do not mix; what cannot be closed is said.
 * acts_do checks after every failure that nothing has changed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "registry/acts.h"

#define NOBODY span_of(NULL, 0)

/* Sites s1 and s2 (gp), s3 (optician); key n at site sn; key 2 speaks for two
 * professionals; one insurer. */
static int make(void **state)
{
	struct acts *a = calloc(1, sizeof(*a));

	acts_start(a, false);
	assert_int_equal(acts_do(a, 2, "site id=s1 profession=gp\n"
	    "site id=s2 profession=gp\nsite id=s3 profession=optician\n"
	    "key spki=%s site=s1 rpps=99700000001\n"
	    "key spki=%s site=s2 rpps=99700000002,99700000003\n"
	    "key spki=%s site=s3\n"
	    "insurer amc=0000000001 operator=x feed-key=%s card-key=%s\n",
	    acts_ed25519(1), acts_ed25519(2), acts_ed25519(3), acts_p256(0),
	    acts_p256(1)), ERR_OK);
	*state = a;
	return 0;
}

static int unmake(void **state)
{
	acts_replays(*state);
	acts_end(*state);
	free(*state);
	return 0;
}

static enum registry_gate gate(const struct acts *a, unsigned key,
    unsigned plane, uint32_t cell, const char *rpps)
{
	return registry_closed(a->r, registry_key(a->r, acts_id(key)), plane,
	    cell, span_str(rpps));
}

/* Closed for this question and open for that one; then open for both. */
static void check(struct acts *a, const char *what, enum registry_gate wanted,
    unsigned key, unsigned plane, uint32_t cell, const char *rpps)
{
	struct buf before, after;

	buf_init(&before, 1u << 20);
	buf_init(&after, 1u << 20);
	acts_dump(a->r, &before);
	assert_int_equal(gate(a, key, plane, cell, rpps), REGISTRY_NO_GATE);
	if (acts_do(a, 1, "close %s\n", what))
		fail_msg("close %s: %s", what, a->fault.words);
	assert_int_equal(a->r->closing_count, 1);
	assert_int_equal(a->r->closings[0].since_ms, a->now_ms);
	assert_int_equal(gate(a, key, plane, cell, rpps), wanted);
	if (acts_do(a, 1, "open %s\n", what) != ERR_REFUSED)
		fail_msg("open %s: by one", what);
	if (acts_do(a, 2, "open %s\n", what))
		fail_msg("open %s: %s", what, a->fault.words);
	assert_int_equal(gate(a, key, plane, cell, rpps), REGISTRY_NO_GATE);
	a->r->version -= 2;
	acts_dump(a->r, &after);
	a->r->version += 2;
	assert_true(span_equal(buf_span(&before), buf_span(&after)));
	buf_release(&before);
	buf_release(&after);
}

static void test_each_gate_closes_and_opens(void **state)
{
	struct acts *a = *state;
	char key[80];

	(void)snprintf(key, sizeof(key), "key=%s", acts_id_text(1));
	check(a, "plane=flow", REGISTRY_PLANE, 1, 1, 0, "");
	check(a, "plane=staff", REGISTRY_PLANE, 1, 4, 0, "");
	check(a, "profession=gp plane=portal", REGISTRY_PROFESSION, 1, 2, 0,
	    "");
	check(a, "plane=portal profession=gp", REGISTRY_PROFESSION, 2, 2, 0,
	    "");
	check(a, "amc=0000000001", REGISTRY_CELL, 1, 1, 1, "");
	check(a, "site=s1", REGISTRY_SITE, 1, 1, 1, "");
	check(a, key, REGISTRY_KEY, 1, 1, 1, "");
	check(a, "rpps=99700000002", REGISTRY_PERSON, 2, 1, 0, "99700000002");
	check(a, "rpps=99700000001 reason=x", REGISTRY_PERSON, 1, 1, 0, "");
}

/* By either of its names, also when its AMC has got a second cell between. */
static void test_a_cell_opens_by_its_other_name(void **state)
{
	static const char other[] = "insurer amc=0000000001 operator=y "
	    "feed-key=%s card-key=%s\n";
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "close amc=0000000001\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "open amc=0000000001@x\n"), ERR_OK);
	assert_int_equal(a->r->closing_count, 0);
	assert_int_equal(acts_do(a, 1, "close amc=0000000001@x\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "open amc=0000000001\n"), ERR_OK);
	assert_int_equal(a->r->closing_count, 0);
	assert_int_equal(acts_do(a, 1, "close amc=0000000001\n"), ERR_OK);
	assert_int_equal(
	    acts_do(a, 2, other, acts_p256(2), acts_p256(3)), ERR_OK);
	assert_int_equal(acts_do(a, 1, "close amc=0000000001@y\n"), ERR_OK);
	assert_int_equal(a->r->closing_count, 2);
	assert_int_equal(acts_do(a, 2, "open amc=0000000001@x\n"), ERR_OK);
	assert_int_equal(a->r->closing_count, 1);
	assert_string_equal(a->r->closings[0].gate, "amc:0000000001@y");
	assert_int_equal(gate(a, 1, 1, 1, ""), REGISTRY_NO_GATE);
	assert_int_equal(gate(a, 1, 1, 2, ""), REGISTRY_CELL);
}

static void test_a_gate_closes_nothing_else(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "close plane=portal\n"), ERR_OK);
	assert_int_equal(gate(a, 1, 1, 1, ""), REGISTRY_NO_GATE);
	assert_int_equal(gate(a, 1, 3, 1, ""), REGISTRY_NO_GATE);
	assert_int_equal(acts_do(a, 1, "close profession=gp plane=flow\n"),
	    ERR_OK);
	assert_int_equal(gate(a, 3, 1, 1, ""), REGISTRY_NO_GATE);
	assert_int_equal(gate(a, 1, 4, 1, ""), REGISTRY_NO_GATE);
	assert_int_equal(acts_do(a, 1, "close amc=0000000001\n"), ERR_OK);
	assert_int_equal(gate(a, 3, 1, 0, ""), REGISTRY_NO_GATE);
	assert_int_equal(acts_do(a, 1, "close rpps=99700000002\n"), ERR_OK);
	assert_int_equal(gate(a, 2, 4, 0, "99700000003"), REGISTRY_NO_GATE);
	assert_int_equal(gate(a, 2, 4, 0, ""), REGISTRY_NO_GATE);
	/* nobody here has that number: who may speak for him is not asked */
	assert_int_equal(gate(a, 2, 4, 0, "99700000099"), REGISTRY_NO_GATE);
	assert_int_equal(acts_do(a, 1, "close rpps=99700000003\n"), ERR_OK);
	/* nobody is left whom it could speak for */
	assert_int_equal(gate(a, 2, 4, 0, ""), REGISTRY_PERSON);
	assert_int_equal(a->r->closing_count, 5);
	assert_string_equal(
	    a->r->closings[1].gate, "profession:gp@flow");
	/* from the middle: the others stay */
	assert_int_equal(acts_do(a, 2, "open amc=0000000001\n"), ERR_OK);
	assert_int_equal(a->r->closing_count, 4);
	assert_string_equal(a->r->closings[2].gate, "rpps:99700000002");
	assert_int_equal(gate(a, 3, 2, 1, ""), REGISTRY_PLANE);
}

static void test_new_figures_do_not_open(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "close profession=gp plane=flow\n"),
	    ERR_OK);
	assert_int_equal(acts_do(a, 2, "profession code=gp domains=MED t24=1 "
	    "c24=2 t30=3 c30=4 m24=1 m30=1\n"), ERR_OK);
	assert_int_equal(gate(a, 1, 1, 0, ""), REGISTRY_PROFESSION);
}

static void test_revoked_stays_revoked(void **state)
{
	struct acts *a = *state;

	assert_int_equal(acts_do(a, 1, "close site=s1\n"), ERR_OK);
	assert_int_equal(acts_do(a, 1, "revoke site=s1\n"), ERR_OK);
	assert_int_equal(acts_do(a, 2, "open site=s1\n"), ERR_OK);
	assert_false(registry_key_lives(
	    a->r, registry_key(a->r, acts_id(1))));
}

/* Who is revoked keeps no gate open for whom it is closed to. */
static void test_who_is_left(void **state)
{
	struct acts *a = *state;
	const struct registry_key *k = registry_key(a->r, acts_id(2));

	assert_true(registry_key_speaks(a->r, k));
	assert_int_equal(acts_do(a, 1, "revoke rpps=99700000002\n"), ERR_OK);
	assert_int_equal(gate(a, 2, 1, 0, ""), REGISTRY_NO_GATE);
	assert_true(registry_key_speaks(a->r, k));
	assert_int_equal(acts_do(a, 1, "close rpps=99700000003\n"), ERR_OK);
	assert_int_equal(gate(a, 2, 1, 0, ""), REGISTRY_PERSON);
	assert_int_equal(acts_do(a, 1, "revoke rpps=99700000003\n"), ERR_OK);
	assert_false(registry_key_speaks(a->r, k));
	assert_true(registry_key_speaks(
	    a->r, registry_key(a->r, acts_id(3))));
	assert_int_equal(gate(a, 1, 1, 1, ""), REGISTRY_NO_GATE);
	assert_int_equal(acts_do(a, 1, "revoke amc=0000000001\n"), ERR_OK);
	assert_int_equal(gate(a, 1, 1, 1, ""), REGISTRY_CELL);
}

static void test_what_is_no_gate(void **state)
{
	struct acts *a = *state;
	char key[80];

	acts_fails(a, ERR_SHAPE, 1, 2, "close reason=x\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "close site=s1 amc=0000000001\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "close site=s1 plane=flow\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "close site=\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "close profession=gp\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "close plane=Flow\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "close profession=x plane=flow\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "close site=s9\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "close amc=0000000009\n");
	acts_fails(a, ERR_UNKNOWN, 1, 2, "open rpps=99700000099\n");
	acts_fails(a, ERR_SHAPE, 1, 2, "close key=abc\n");
	(void)snprintf(key, sizeof(key), "close key=%s\n", acts_id_text(9));
	acts_fails(a, ERR_UNKNOWN, 1, 2, key);
	acts_fails(a, ERR_SHAPE, 1, 2, "close site=s1 reason=a,b\n");
	acts_fails(a, ERR_STATE, 1, 2, "open site=s1\n");
	assert_int_equal(acts_do(a, 1, "close site=s1\n"), ERR_OK);
	acts_fails(a, ERR_EXISTS, 1, 2, "close site=s1\n");
	acts_fails(a, ERR_STATE, 2, 2, "close site=s2\nclose site=s3\n");
}

static void test_names_of_planes(void **state)
{
	(void)state;
	for (unsigned i = 1; i < REGISTRY_PLANES; i++)
		assert_int_equal(registry_plane(span_str(
		    registry_plane_text(i))), i);
	assert_int_equal(registry_plane(NOBODY), 0);
	assert_int_equal(registry_plane(span_str("?")), 0);
	assert_string_equal(registry_plane_text(9), "?");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_each_gate_closes_and_opens, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_a_cell_opens_by_its_other_name, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_a_gate_closes_nothing_else, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_new_figures_do_not_open, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_revoked_stays_revoked, make, unmake),
	    cmocka_unit_test_setup_teardown(test_who_is_left, make, unmake),
	    cmocka_unit_test_setup_teardown(
		test_what_is_no_gate, make, unmake),
	    cmocka_unit_test(test_names_of_planes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("close", tests, NULL, NULL);
}
