/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: 192 bytes, each at its documented place, one spelling per value. */
#include <string.h>
#include "rig.h"
#include "base/text.h"
#include "journal/leaf.h"

static struct leaf asked(void)
{
	struct leaf l = {.kind = LEAF_ASKED, .time_ms = 1763801523004,
	    .sequence = 7, .plane = 1, .purpose = 1, .fields = 0x0000001f,
	    .existed = true, .decision = LEAF_ANSWERED, .registry_size = 12};

	memset(l.asker, 0xa1, sizeof(l.asker));
	memset(l.commitment, 0xc2, sizeof(l.commitment));
	memset(l.replay, 0xd3, sizeof(l.replay));
	memset(l.registry_root, 0xe4, sizeof(l.registry_root));
	memset(l.opening_hash, 0xf5, sizeof(l.opening_hash));
	return l;
}

static struct leaf of_kind(uint8_t kind)
{
	struct leaf l = {.kind = kind, .time_ms = 1, .registry_size = 3};

	switch (kind) {
	case LEAF_ASKED:
		return asked();
	case LEAF_SUMMARY:
		l.count = 40;
		l.reason = LEAF_REASON_STRANGER;
		break;
	case LEAF_NOT_DISCLOSED:
		l.first = 8;
		l.end = 9;
		l.reason = LEAF_REASON_VAULT_SILENT;
		break;
	case LEAF_START:
		l.first = 100;
		l.end = 164;
		break;
	case LEAF_CONTINUE:
		l.first = 5;
		l.end = 9;
		l.commitment[3] = 1;
		break;
	default:
		break;
	}
	return l;
}

static void test_each_field_has_its_place(void **state)
{
	static const struct {
		size_t at;
		const char *hex;
	} rows[] = {	/* docs/journal.md */
	    {0, "01"}, {1, "01"}, {2, "0000019aaac3633c"}, {10, "a1a1"},
	    {24, "a1a1"}, {26, "0000000000000007"}, {34, "c2c2"},
	    {64, "c2c2"}, {66, "01"}, {67, "01"}, {68, "0000001f"},
	    {72, "01"}, {73, "01"}, {74, "d3d3"}, {88, "d3d3"},
	    {90, "000000000000000c"}, {98, "e4e4"}, {128, "e4e4"},
	    {130, "f5f5"}, {160, "f5f5"}, {162, "0000000000000000"},
	    {170, "0000000000000000"}, {178, "00000000"}, {182, "00"},
	    {183, "000000000000000000"}};
	struct leaf l = asked();
	uint8_t p[LEAF_SIZE];
	char hex[64];

	(void)state;
	assert_int_equal(leaf_pack(&l, p), ERR_OK);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		text_hex(p + rows[i].at, strlen(rows[i].hex) / 2, hex);
		assert_string_equal(hex, rows[i].hex);
	}
	l = of_kind(LEAF_START);
	assert_int_equal(leaf_pack(&l, p), ERR_OK);
	assert_true(get_be64(p + 162) == 100 && get_be64(p + 170) == 164);
	l = of_kind(LEAF_SUMMARY);
	assert_int_equal(leaf_pack(&l, p), ERR_OK);
	assert_true(get_be32(p + 178) == 40 && p[182] == LEAF_REASON_STRANGER);
}

static void test_every_kind_round_trips(void **state)
{
	(void)state;
	for (uint8_t kind = LEAF_ASKED; kind < LEAF_KIND_COUNT; kind++) {
		struct leaf l = of_kind(kind), back;
		uint8_t p[LEAF_SIZE], again[LEAF_SIZE];

		assert_int_equal(leaf_pack(&l, p), ERR_OK);
		assert_int_equal(
		    leaf_unpack(span_of(p, sizeof(p)), &back), ERR_OK);
		assert_int_equal(back.kind, kind);
		assert_int_equal(leaf_pack(&back, again), ERR_OK);
		assert_memory_equal(p, again, LEAF_SIZE);
	}
}

/* A flipped bit is refused, or gives another leaf: never the same. */
static void test_every_flipped_bit_is_seen(void **state)
{
	unsigned refused = 0;

	(void)state;
	for (uint8_t kind = LEAF_ASKED; kind < LEAF_KIND_COUNT; kind++) {
		struct leaf l = of_kind(kind), back;
		uint8_t p[LEAF_SIZE], again[LEAF_SIZE];

		assert_int_equal(leaf_pack(&l, p), ERR_OK);
		for (size_t bit = 0; bit < 8 * LEAF_SIZE; bit++) {
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
			if (leaf_unpack(span_of(p, sizeof(p)), &back))
				refused++;
			else {
				assert_int_equal(
				    leaf_pack(&back, again), ERR_OK);
				assert_memory_equal(p, again, LEAF_SIZE);
			}
			/* version and padding have no second value */
			if (bit < 8 || bit >= 8 * 183)
				assert_int_not_equal(leaf_unpack(
				    span_of(p, sizeof(p)), &back), ERR_OK);
			p[bit / 8] ^= (uint8_t)(1 << bit % 8);
		}
	}
	assert_true(refused > 5 * 8 * 10);
}

static void test_other_lengths_are_refused(void **state)
{
	struct leaf l = asked(), back;
	uint8_t p[LEAF_SIZE + 1] = {0};

	(void)state;
	assert_int_equal(leaf_pack(&l, p), ERR_OK);
	for (size_t n = 0; n <= LEAF_SIZE + 1; n++)
		if (n != LEAF_SIZE)
			assert_int_equal(
			    leaf_unpack(span_of(p, n), &back), ERR_SHAPE);
}

#define BAD(kind, change) do { \
	struct leaf l = of_kind(kind); \
	uint8_t p[LEAF_SIZE]; \
	change; \
	assert_int_equal(leaf_pack(&l, p), ERR_RANGE); \
} while (0)

static void test_fields_of_other_kinds_are_refused(void **state)
{
	(void)state;
	BAD(LEAF_ASKED, l.time_ms = -1);
	BAD(LEAF_ASKED, l.kind = 0);
	BAD(LEAF_ASKED, l.kind = LEAF_KIND_COUNT);
	BAD(LEAF_ASKED, l.plane = 0);
	BAD(LEAF_ASKED, l.plane = 5);
	BAD(LEAF_ASKED, l.purpose = 0);
	BAD(LEAF_ASKED, l.decision = 0);
	BAD(LEAF_ASKED, l.decision = LEAF_DECISION_COUNT);
	BAD(LEAF_ASKED, l.sequence = 0);
	BAD(LEAF_ASKED, l.end = 1);
	BAD(LEAF_ASKED, l.count = 1);
	BAD(LEAF_ASKED, l.reason = LEAF_REASON_STRANGER);
	BAD(LEAF_SUMMARY, l.count = 0);
	BAD(LEAF_SUMMARY, l.reason = 0);
	BAD(LEAF_SUMMARY, l.reason = LEAF_ANSWERED);
	BAD(LEAF_SUMMARY, l.reason = LEAF_REASON_VAULT_SILENT);
	BAD(LEAF_SUMMARY, l.existed = true);
	BAD(LEAF_SUMMARY, l.replay[3] = 1);
	BAD(LEAF_SUMMARY, l.opening_hash[0] = 1);
	BAD(LEAF_SUMMARY, l.commitment[0] = 1);
	BAD(LEAF_NOT_DISCLOSED, l.first = 9);
	BAD(LEAF_NOT_DISCLOSED, l.reason = LEAF_REASON_UNSIGNED);
	BAD(LEAF_NOT_DISCLOSED, l.asker[0] = 1);
	BAD(LEAF_START, l.first = 165);
	BAD(LEAF_START, l.sequence = 1);
	BAD(LEAF_STOP, l.end = 1);
	BAD(LEAF_CONTINUE, l.end = 4);
	BAD(LEAF_CONTINUE, l.end = 0);
	BAD(LEAF_CONTINUE, l.commitment[3] = 0);
	BAD(LEAF_CONTINUE, l.plane = 1);
	BAD(LEAF_STOP, l.reason = 1);
}

static void test_summary_of_one_key_names_it(void **state)
{
	struct leaf l = of_kind(LEAF_SUMMARY);
	uint8_t p[LEAF_SIZE];

	(void)state;
	l.reason = LEAF_REFUSED_BUDGET;
	l.plane = 2;
	l.sequence = 9;
	memset(l.asker, 1, sizeof(l.asker));
	memset(l.commitment, 2, sizeof(l.commitment));
	memset(l.opening_hash, 3, sizeof(l.opening_hash));
	assert_int_equal(leaf_pack(&l, p), ERR_OK);
}

/* Computed with `printf … | sha256sum`. */
static void test_commitment_is_the_documented_hash(void **state)
{
	uint8_t blinding[LEAF_BLINDING], got[HASH_SIZE];
	char hex[2 * HASH_SIZE + 1];

	(void)state;
	memset(blinding, 0x11, sizeof(blinding));
	leaf_commit(blinding, 3, 0x0102030405060708, got);
	text_hex(got, HASH_SIZE, hex);
	assert_string_equal(hex,
	    "d44e1b487aff59b53d24372ee6c9e1d129bc26b03f0d897572091f75e5561baf");
}

static void test_every_value_has_its_word(void **state)
{
	(void)state;
	for (uint8_t d = LEAF_ANSWERED; d < LEAF_DECISION_COUNT; d++)
		assert_string_not_equal(
		    leaf_decision_text(d), "unknown decision");
	for (uint8_t r = LEAF_REASON_UNSIGNED; r < LEAF_REASON_SUMMARY_END; r++)
		assert_string_not_equal(
		    leaf_reason_text(r), "unknown decision");
	for (uint8_t r = LEAF_REASON_VAULT_SILENT;
	     r < LEAF_REASON_NOT_DISCLOSED_END; r++)
		assert_string_not_equal(
		    leaf_reason_text(r), "unknown decision");
	assert_string_equal(leaf_decision_text(255), "unknown decision");
	/* a reason that is a decision says it */
	assert_string_equal(leaf_reason_text(LEAF_ANSWERED), "answered");
	assert_string_equal(leaf_reason_text(255), "unknown decision");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_each_field_has_its_place),
	    cmocka_unit_test(test_every_kind_round_trips),
	    cmocka_unit_test(test_every_flipped_bit_is_seen),
	    cmocka_unit_test(test_other_lengths_are_refused),
	    cmocka_unit_test(test_fields_of_other_kinds_are_refused),
	    cmocka_unit_test(test_summary_of_one_key_names_it),
	    cmocka_unit_test(test_commitment_is_the_documented_hash),
	    cmocka_unit_test(test_every_value_has_its_word),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
