/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: every published number that domain.md §1 collects is read as its
 * source says, and what is found in it is exactly this and nothing else.
 *
 * Sources: STDNUM = python-stdnum's examples; FRCORE = French FHIR profiles;
 * PSCPOC, AMAR = ANS samples of Pro Santé Connect; ANNUAIRE = FHIR guide and
 * documentation of the national directory; ARRETE = Légifrance, arrêté of 28
 * January 2015; RAA = acts of the Corsican prefectures (attrap.fr); PHARMA =
 * lepharmaciendefrance.fr/node/6220; made = computed here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>
#include "ids/amc.h"
#include "ids/luhn.h"
#include "ids/nir.h"

#define BIT(x) (UINT32_C(1) << IDS_##x)
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct vector {
	enum ids_kind kind;
	const char *in;
	uint32_t found;
	const char *text;	/* NULL: unreadable */
	const char *source;
};

static const struct vector vectors[] = {
	/* NIR */
	{ IDS_NIR, "2 95 10 99 126 111 93", 0, "295109912611193", "STDNUM" },
	{ IDS_NIR, "295109912611193", 0, "295109912611193", "STDNUM" },
	{ IDS_NIR, "295109912611199", BIT(KEY), "295109912611199", "STDNUM" },
	{ IDS_NIR, "253072B07300470", 0, "253072B07300470", "STDNUM" },
	{ IDS_NIR, "253072A07300443", 0, "253072A07300443", "STDNUM" },
	{ IDS_NIR, "253072b07300470", 0, "253072B07300470", "STDNUM, lower" },
	{ IDS_NIR, "2 53 07 2a 073 004 43", 0, "253072A07300443",
	    "STDNUM, spaced and lower" },
	{ IDS_NIR, "253072C07300443", BIT(CHARACTER), NULL, "STDNUM" },
	{ IDS_NIR, "6546546546546703", BIT(LENGTH), NULL, "STDNUM" },
	{ IDS_NIR, "123456789012244", BIT(KEY) |
	    BIT(ODD_MONTH), "123456789012244", "FRCORE: 12 is right" },
	{ IDS_NIR, "123456789012212", BIT(ODD_MONTH), "123456789012212",
	    "FRCORE with its right key" },
	{ IDS_NIR, "2 88 09 17 202 203 71", BIT(KEY), "288091720220371",
	    "PSCPOC: 68 is right" },
	{ IDS_NIR, "288091720220368", 0, "288091720220368",
	    "PSCPOC with its right key" },
	{ IDS_NIR, "800000000000085", BIT(PROVISIONAL) | BIT(ODD_MONTH),
	    "800000000000085", "domain.md §1.2" },
	{ IDS_NIR, "8000000000000",
	    BIT(NO_KEY) | BIT(PROVISIONAL) | BIT(ODD_MONTH),
	    "800000000000085", "domain.md §1.2" },
	{ IDS_NIR, "2951099126111", BIT(NO_KEY), "295109912611193",
	    "STDNUM without key" },
	{ IDS_NIR, "253072B073004", BIT(NO_KEY), "253072B07300470",
	    "STDNUM without key" },
	{ IDS_NIR, "2 55 55 55 911 042 74", BIT(FICTIVE) | BIT(PSEUDO_MONTH),
	    "255555591104274", "PHARMA: contraception of minors, Essonne" },
	{ IDS_NIR, "255555591104275",
	    BIT(FICTIVE) | BIT(PSEUDO_MONTH) | BIT(KEY),
	    "255555591104275", "PHARMA, another key" },
	{ IDS_NIR, "000000000000097", BIT(LEADING) | BIT(ODD_MONTH),
	    "000000000000097", "made: N mod 97 is 0, the key 97" },
	{ IDS_NIR, "000000000000000",
	    BIT(LEADING) | BIT(ODD_MONTH) | BIT(KEY), "000000000000000",
	    "made: the key is never 00" },
	{ IDS_NIR, "25307B207300470", BIT(CHARACTER), NULL,
	    "made: letter misplaced" },
	{ IDS_NIR, "A53072B07300470", BIT(CHARACTER), NULL, "made" },
	{ IDS_NIR, "253073A07300443", BIT(CHARACTER), NULL, "made: 3A" },
	{ IDS_NIR, "29510991261119", BIT(LENGTH), NULL, "made: 14" },
	{ IDS_NIR, "", BIT(LENGTH), NULL, "made" },
	{ IDS_NIR, "2-95-10-99-126-111-93", BIT(CHARACTER) | BIT(LENGTH),
	    NULL, "made: hyphens" },
	/* RPPS */
	{ IDS_RPPS, "99700366240", 0, "99700366240", "PSCPOC" },
	{ IDS_RPPS, "899700366240", BIT(IDNPS), "99700366240", "PSCPOC" },
	{ IDS_RPPS, "99700245220", 0, "99700245220", "AMAR" },
	{ IDS_RPPS, "899700245220", BIT(IDNPS), "99700245220", "AMAR" },
	{ IDS_RPPS, "10000001916", 0, "10000001916", "ANNUAIRE" },
	{ IDS_RPPS, "100 0000 1916", 0, "10000001916", "ANNUAIRE, spaced" },
	{ IDS_RPPS, "10005531586", 0, "10005531586", "ANNUAIRE" },
	{ IDS_RPPS, "10005531586003", BIT(LENGTH), NULL,
	    "ANNUAIRE: RPPS and rank are a structure's id" },
	{ IDS_RPPS, "10102727017", BIT(KEY), "10102727017", "ANNUAIRE" },
	{ IDS_RPPS, "810102727017", BIT(KEY) | BIT(IDNPS), "10102727017",
	    "ANNUAIRE" },
	{ IDS_RPPS, "10003461033", BIT(KEY), "10003461033", "ANNUAIRE" },
	{ IDS_RPPS, "810003461033", BIT(KEY) | BIT(IDNPS), "10003461033",
	    "ANNUAIRE" },
	{ IDS_RPPS, "10000000123", BIT(KEY), "10000000123", "domain.md" },
	{ IDS_RPPS, "910000001916", BIT(LENGTH), NULL, "made: 9 + RPPS" },
	{ IDS_RPPS, "0751234567", BIT(LENGTH), NULL, "made: 0 + ADELI" },
	{ IDS_RPPS, "1000000191A", BIT(CHARACTER), NULL, "made" },
	{ IDS_RPPS, "", BIT(LENGTH), NULL, "made" },
	/* FINESS */
	{ IDS_FINESS, "600100713", 0, "600100713", "ARRETE" },
	{ IDS_FINESS, "600000194", 0, "600000194", "ARRETE" },
	{ IDS_FINESS, "240000117", 0, "240000117", "ARRETE" },
	{ IDS_FINESS, "240000489", 0, "240000489", "ARRETE" },
	{ IDS_FINESS, "02 000 0253", 0, "020000253", "ARRETE" },
	{ IDS_FINESS, "020000394", 0, "020000394", "ARRETE" },
	{ IDS_FINESS, "020004300", BIT(KEY), "020004300",
	    "ARRETE: real and fails" },
	{ IDS_FINESS, "540002698", 0, "540002698", "ANNUAIRE" },
	{ IDS_FINESS, "458174839", BIT(KEY), "458174839",
	    "ANNUAIRE: made up" },
	{ IDS_FINESS, "0B0172805", BIT(LETTERED), "0B0172805", "PSCPOC" },
	{ IDS_FINESS, "1b0062023", BIT(LETTERED), "1B0062023",
	    "PSCPOC, lower" },
	{ IDS_FINESS, "10B0172805", BIT(LENGTH), NULL,
	    "PSCPOC: a structure's id, 1 + FINESS" },
	{ IDS_FINESS, "2A0000170", 0, "2A0000170", "RAA: CH Bonifacio" },
	{ IDS_FINESS, "2A0000386", 0, "2A0000386", "RAA: CH Castelluccio" },
	{ IDS_FINESS, "2A0002606", 0, "2A0002606", "RAA: CH Sartène" },
	{ IDS_FINESS, "2B0000020", 0, "2B0000020", "RAA: CH Bastia" },
	{ IDS_FINESS, "2B0005342", 0, "2B0005342", "RAA: CH Calvi" },
	{ IDS_FINESS, "2B0004246", 0, "2B0004246", "RAA: CHI Corte" },
	{ IDS_FINESS, "2A0000171", BIT(KEY), "2A0000171", "RAA, altered" },
	{ IDS_FINESS, "2B000002A", BIT(LETTERED), "2B000002A", "made" },
	{ IDS_FINESS, "2C0000020", BIT(LETTERED), "2C0000020", "made" },
	{ IDS_FINESS, "60010071", BIT(LENGTH), NULL, "made" },
	{ IDS_FINESS, "60010071é", BIT(CHARACTER) | BIT(LENGTH), NULL,
	    "made" },
	{ IDS_FINESS, "", BIT(LENGTH), NULL, "made" },
	/* SIREN */
	{ IDS_SIREN, "404833048", 0, "404833048", "STDNUM" },
	{ IDS_SIREN, "404833047", BIT(KEY), "404833047", "STDNUM" },
	{ IDS_SIREN, "552 008 443", 0, "552008443", "STDNUM" },
	{ IDS_SIREN, "443121975", 0, "443121975", "STDNUM" },
	{ IDS_SIREN, "356 000 000", 0, "356000000", "La Poste" },
	{ IDS_SIREN, "40483304", BIT(LENGTH), NULL, "made" },
	{ IDS_SIREN, "40483304A", BIT(CHARACTER), NULL, "made" },
	{ IDS_SIREN, "", BIT(LENGTH), NULL, "made" },
	/* SIRET */
	{ IDS_SIRET, "73282932000074", 0, "73282932000074", "STDNUM" },
	{ IDS_SIRET, "732 829 320 00074", 0, "73282932000074", "STDNUM" },
	{ IDS_SIRET, "73282932000079", BIT(KEY), "73282932000079", "STDNUM" },
	{ IDS_SIRET, "35600000009075", BIT(LA_POSTE), "35600000009075",
	    "STDNUM" },
	{ IDS_SIRET, "35600000000048", 0, "35600000000048",
	    "STDNUM: the head office" },
	{ IDS_SIRET, "35600000049837", BIT(LA_POSTE), "35600000049837",
	    "STDNUM" },
	{ IDS_SIRET, "35600000049838", BIT(KEY), "35600000049838", "STDNUM" },
	{ IDS_SIRET, "73282932100007", BIT(SIREN_KEY), "73282932100007",
	    "made: 14 digits hold, the first 9 do not" },
	{ IDS_SIRET, "7328293200007", BIT(LENGTH), NULL, "made" },
	{ IDS_SIRET, "7328293200007X", BIT(CHARACTER), NULL, "made" },
	{ IDS_SIRET, "", BIT(LENGTH), NULL, "made" },
	/* AMC: domain.md §1.5 */
	{ IDS_AMC, "0123456789", 0, "0123456789", "made" },
	{ IDS_AMC, "12 345 678", BIT(PADDED), "0012345678", "made" },
	{ IDS_AMC, "404833048", BIT(PADDED), "0404833048", "made" },
	{ IDS_AMC, "7", BIT(PADDED), "0000000007", "made" },
	{ IDS_AMC, "00000000000", BIT(LENGTH), NULL, "made" },
	{ IDS_AMC, "0000000000", BIT(ZERO), NULL, "made" },
	{ IDS_AMC, "0", BIT(ZERO), NULL, "made" },
	{ IDS_AMC, "12345678X", BIT(CHARACTER), NULL, "made" },
	{ IDS_AMC, "", BIT(LENGTH), NULL, "made" },
};

static void test_published_numbers_are_read_as_their_sources_say(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(vectors); i++) {
		const struct vector *v = &vectors[i];
		char text[IDS_TEXT_SIZE] = "untouched";
		struct ids_found f = ids_parse(v->kind, span_str(v->in), text);

		if (f.set != v->found)
			fail_msg("%s \"%s\" (%s): found %x, not %x",
			    ids_kind_name(v->kind), v->in, v->source, f.set,
			    v->found);
		assert_int_equal(ids_readable(f), v->text != NULL);
		assert_string_equal(text, v->text ? v->text : "untouched");
	}
}

/* Found in the month and first digit of a NIR whose key is right. */
static uint32_t found_with(char first, int month)
{
	char in[NIR_LEN + 1];
	struct nir id;
	struct ids_found f;

	(void)snprintf(in, sizeof(in), "%c95%02d99126111", first, month);
	(void)snprintf(in + NIR_BODY, 3, "%02d", nir_key(in));
	f = nir_parse(span_str(in), &id);
	assert_true(ids_readable(f));
	assert_string_equal(id.text, in);
	return f.set;
}

static void test_nir_every_month_has_its_finding(void **state)
{
	(void)state;
	for (int month = 0; month < 100; month++) {
		bool plain = month >= 1 && month <= 12;
		bool pseudo = month == 20 || (month >= 30 && month <= 42) ||
		    (month >= 50 && month <= 99);

		assert_int_equal(found_with('1', month), plain ? 0 :
		    pseudo ? BIT(PSEUDO_MONTH) : BIT(ODD_MONTH));
	}
}

static void test_nir_every_first_digit_has_its_finding(void **state)
{
	static const uint32_t expected[10] = {
		BIT(LEADING), 0, 0, BIT(PROVISIONAL), BIT(PROVISIONAL),
		BIT(MIGRANT), BIT(MIGRANT), BIT(PROVISIONAL),
		BIT(PROVISIONAL), BIT(LEADING),
	};

	(void)state;
	for (int d = 0; d < 10; d++)
		assert_int_equal(
		    found_with((char)('0' + d), 10), expected[d]);
}

static void test_nir_fictive_is_known_without_its_key(void **state)
{
	struct nir id;

	(void)state;
	(void)nir_parse(span_str("1 55 55 55 751 041"), &id);
	assert_true(nir_is_fictive(&id));
	(void)nir_parse(span_str("3 55 55 55 751 041"), &id);
	assert_false(nir_is_fictive(&id));
	(void)nir_parse(span_str("2 55 05 55 751 041"), &id);
	assert_false(nir_is_fictive(&id));
	(void)nir_parse(span_str("2 55 55 54 751 041"), &id);
	assert_false(nir_is_fictive(&id));
}

static void test_nir_every_changed_digit_is_found(void **state)
{
	static const char *const good[] = {
		"295109912611193", "253072B07300470", "253072A07300443"
	};
	unsigned changes = 0;

	(void)state;
	for (size_t g = 0; g < COUNT(good); g++)
		for (size_t at = 0; at < NIR_LEN; at++)
			for (char c = '0'; c <= '9'; c++) {
				char in[NIR_LEN + 1];
				struct nir id;

				memcpy(in, good[g], sizeof(in));
				if (in[at] == c)
					continue;
				in[at] = c;
				changes++;
				assert_true((nir_parse(span_str(in),
				    &id).set & (BIT(KEY) | BIT(CHARACTER))) !=
				    0);
			}
	assert_int_equal(changes, 135 + 136 + 136);
}

static void test_luhn_digit_makes_what_luhn_holds(void **state)
{
	char in[12];

	(void)state;
	for (unsigned n = 0; n < 100000; n += 7) {
		(void)snprintf(in, sizeof(in), "%010u", n * 7919);
		in[10] = luhn_digit(in, 10);
		in[11] = '\0';
		assert_true(luhn_holds(in, 11));
		in[3] = (char)('0' + (in[3] - '0' + 1) % 10);
		assert_false(luhn_holds(in, 11));
	}
}

static void test_spaces_are_what_people_type(void **state)
{
	static const char *const same[] = {
		"0123456789", " 0123456789 ", "01 23 45 67 89",
		"01.23.45.67.89", "\t0123456789\r\n", " \t 0123456789 . \n",
		"01\xc2\xa0" "23456789", "01\xe2\x80\xaf" "23456789",
		"01\xe2\x80\x89" "23456789", "01\xe3\x80\x80" "23456789",
		"01\xe2\x81\x9f" "23456789",
	};
	static const char *const other[] = {
		"01234\t56789", "01234\n56789", "01\xc2\xa1" "23456789",
		"01\xe2\x80\x8b" "23456789", "0123456789\xc2",
		"0123456789\xe2\x80", "01-23456789", "01,23456789",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		struct amc id;

		assert_int_equal(amc_parse(span_str(same[i]), &id).set, 0);
		assert_string_equal(id.text, "0123456789");
	}
	for (size_t i = 0; i < COUNT(other); i++) {
		struct amc id = { "untouched" };

		assert_false(
		    ids_readable(amc_parse(span_str(other[i]), &id)));
		assert_string_equal(id.text, "untouched");
	}
}

static void test_a_nul_or_a_very_long_value_is_refused(void **state)
{
	static char long_value[100000];
	char text[IDS_TEXT_SIZE];

	(void)state;
	memset(long_value, '1', sizeof(long_value));
	for (unsigned k = 0; k < IDS_KINDS; k++) {
		assert_true(ids_has(ids_parse((enum ids_kind)k,
		    span_of(long_value, sizeof(long_value)), text),
		    IDS_LENGTH));
		assert_true(ids_has(ids_parse((enum ids_kind)k,
		    span_of("12345\0789", 9), text), IDS_CHARACTER));
	}
}

static void test_names_go_both_ways(void **state)
{
	enum ids_kind kind = IDS_NIR;
	enum ids_finding finding = IDS_KEY;

	(void)state;
	for (unsigned k = 0; k < IDS_KINDS; k++) {
		assert_int_equal(ids_kind_find(
		    span_str(ids_kind_name((enum ids_kind)k)), &kind), ERR_OK);
		assert_int_equal(kind, k);
	}
	for (unsigned f = IDS_CLEAN + 1; f < IDS_FINDINGS; f++) {
		assert_int_equal(ids_finding_find(span_str(
		    ids_finding_name((enum ids_finding)f)), &finding), ERR_OK);
		assert_int_equal(finding, f);
	}
	assert_int_equal(ids_kind_find(span_str("NIR"), &kind), ERR_UNKNOWN);
	assert_int_equal(
	    ids_finding_find(span_str("clean"), &finding), ERR_UNKNOWN);
	assert_string_equal(ids_kind_name(IDS_KINDS), "unknown");
	assert_string_equal(ids_finding_name(IDS_FINDINGS), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    test_published_numbers_are_read_as_their_sources_say),
		cmocka_unit_test(test_nir_every_month_has_its_finding),
		cmocka_unit_test(test_nir_every_first_digit_has_its_finding),
		cmocka_unit_test(test_nir_fictive_is_known_without_its_key),
		cmocka_unit_test(test_nir_every_changed_digit_is_found),
		cmocka_unit_test(test_luhn_digit_makes_what_luhn_holds),
		cmocka_unit_test(test_spaces_are_what_people_type),
		cmocka_unit_test(test_a_nul_or_a_very_long_value_is_refused),
		cmocka_unit_test(test_names_go_both_ways),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
