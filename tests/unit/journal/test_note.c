/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: signed notes and checkpoints byte for byte as C2SP and Go write them,
 * and nothing else accepted. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "rig.h"
#include "base/text.h"
#include "base/utf8.h"
#include "journal/checkpoint.h"
#include "journal/note.h"

/* c2sp.org/signed-note, "Verifier keys". */
#define SPEC_VKEY \
	"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
#define SPEC_NOTE "This is an example message.\n\n" \
	"\xe2\x80\x94 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfX" \
	"ppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n"
/* The example of golang.org/x/mod/sumdb/note. */
#define GO_VKEY "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4" \
	"izWy10TW"
#define GO_SEED "AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
#define GO_TEXT "If you think cryptography is the answer to your problem,\n" \
	"then you don't know what your problem is.\n"
#define GO_NOTE GO_TEXT "\n\xe2\x80\x94 PeterNeumann x08go/ZJkuBS9UG/SffcvIAQ" \
	"xVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"

static struct note_key key_of(const char *vkey)
{
	struct note_key k;

	assert_int_equal(note_key_parse(span_str(vkey), &k), ERR_OK);
	return k;
}

static enum err verify(const char *note, const char *vkey)
{
	struct note_key k = key_of(vkey);
	struct span text;

	return note_verify(span_str(note), &k, 1, &text, NULL);
}

static void test_vkeys_have_one_spelling(void **state)
{
	static const struct {
		const char *vkey;
		enum err want;
	} rows[] = {
	    {SPEC_VKEY, ERR_OK},
	    {GO_VKEY, ERR_OK},
	    {"example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U2k", ERR_KEY},
	    {"example.com/fop+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U2k", ERR_KEY},
	    {"example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U2k", ERR_SHAPE},
	    {"example.com/foo+530d903+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3"
	     "U2k", ERR_SHAPE},
	    {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U2", ERR_SHAPE},
	    {"example.com/foo+530d903a+BOkyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U2k", ERR_UNKNOWN},	/* type 4: a cosigner's */
	    {"example com+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3"
	     "U2k", ERR_SHAPE},
	    {"+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
	     ERR_SHAPE},
	    {"example.com/foo+530d903a", ERR_SHAPE},
	    {"example.com/foo+530d903a+", ERR_SHAPE},
	    {"example.com/foo+530d903z+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U2k", ERR_SHAPE},
	    {"example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv"
	     "3U0=", ERR_SHAPE},	/* a key of 31 bytes */
	    {"example.com/foo", ERR_SHAPE},
	    {"", ERR_SHAPE},
	};
	char again[NOTE_VKEY_SIZE];
	struct note_key k;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_int_equal(
		    note_key_parse(span_str(rows[i].vkey), &k), rows[i].want);
		if (rows[i].want)
			continue;
		note_key_format(&k, again);
		assert_string_equal(again, rows[i].vkey);
	}
	assert_int_equal(key_of(SPEC_VKEY).id[0], 0x53);
}

static void test_notes_of_strangers_verify(void **state)
{
	struct note_key keys[2] = {key_of(GO_VKEY), key_of(SPEC_VKEY)};
	struct span text;
	bool signed_by[2];

	(void)state;
	assert_int_equal(note_verify(span_str(GO_NOTE), keys, 2, &text,
	    signed_by), ERR_OK);
	assert_true(span_is(text, GO_TEXT));
	assert_true(signed_by[0] && !signed_by[1]);
	assert_int_equal(note_verify(span_str(SPEC_NOTE), keys, 2, &text,
	    signed_by), ERR_OK);
	assert_true(span_is(text, "This is an example message.\n"));
	assert_true(!signed_by[0] && signed_by[1]);
	assert_int_equal(verify(SPEC_NOTE, GO_VKEY), ERR_UNKNOWN);
}

static void test_our_note_is_gos_byte_for_byte(void **state)
{
	struct sign_private *key = NULL;
	struct note_signer by = {.name = "PeterNeumann"};
	uint8_t blob[33];
	struct buf out;
	size_t n;

	(void)state;
	buf_init(&out, NOTE_MAX);
	assert_int_equal(
	    text_unb64(span_str(GO_SEED), blob, sizeof(blob), &n), ERR_OK);
	assert_int_equal(sign_private_ed25519(blob + 1, &key), ERR_OK);
	by.key = key;
	assert_int_equal(note_sign(span_str(GO_TEXT), &by, 1, &out), ERR_OK);
	assert_true(span_is(buf_span(&out), GO_NOTE));
	buf_release(&out);
	sign_private_free(key);
}

static void test_every_flipped_bit_is_refused(void **state)
{
	static char note[] = GO_NOTE;
	size_t n = sizeof(note) - 1;

	(void)state;
	for (size_t bit = 0; bit < 8 * n; bit++) {
		note[bit / 8] ^= (char)(1 << bit % 8);
		assert_int_not_equal(verify(note, GO_VKEY), ERR_OK);
		note[bit / 8] ^= (char)(1 << bit % 8);
	}
	assert_int_equal(verify(note, GO_VKEY), ERR_OK);
	for (size_t cut = 0; cut < n; cut++) {
		struct note_key k = key_of(GO_VKEY);
		struct span text;

		assert_int_not_equal(note_verify(
		    span_of(note, cut), &k, 1, &text, NULL), ERR_OK);
	}
}

#define LINE "\xe2\x80\x94 a AAAAAAA=\n"	/* five bytes: well-formed */

static void test_form_is_strict(void **state)
{
	static const struct {
		const char *note;
		enum err want;
	} rows[] = {
	    {"t\n\n" LINE, ERR_OK},
	    {"t\n\n\n" LINE, ERR_OK},	/* an empty line in the text */
	    {"a\n\nb\n\n" LINE, ERR_OK},
	    {"\n\n" LINE, ERR_OK},
	    {"\n" LINE, ERR_SHAPE},
	    {"t\n" LINE, ERR_SHAPE},
	    {"t\n\n", ERR_SHAPE},
	    {"t\n\n" LINE "\n", ERR_SHAPE},
	    {"t\n\n" LINE "\xe2\x80\x94 a AAAAAAA=", ERR_SHAPE},
	    {"t\r\n\n" LINE, ERR_SHAPE},
	    {"t\t\n\n" LINE, ERR_SHAPE},
	    {"t\x7f\n\n" LINE, ERR_OK},	/* only below U+0020 */
	    {"\xc3\xa9\xe2\x82\xac\xf0\x9f\x9a\xa2\n\n" LINE, ERR_OK},
	    {"\xc3\n\n" LINE, ERR_SHAPE},
	    {"\xc0\x80\n\n" LINE, ERR_SHAPE},	/* overlong */
	    {"\xc1\x81\n\n" LINE, ERR_SHAPE},
	    {"\xe0\x81\x81\n\n" LINE, ERR_SHAPE},
	    {"\xf0\x80\x81\x81\n\n" LINE, ERR_SHAPE},
	    {"\xed\xa0\x80\n\n" LINE, ERR_SHAPE},	/* surrogate */
	    {"\xf4\x90\x80\x80\n\n" LINE, ERR_SHAPE},
	    {"t\n\n- a AAAAAAA=\n", ERR_SHAPE},
	    {"t\n\n\xe2\x80\x94  AAAAAAA=\n", ERR_SHAPE},
	    {"t\n\n\xe2\x80\x94 a+b AAAAAAA=\n", ERR_SHAPE},
	    {"t\n\n\xe2\x80\x94 a\xc2\xa0 AAAAAAA=\n", ERR_SHAPE},
	    {"t\n\n\xe2\x80\x94 a AAAAAAA= \n", ERR_SHAPE},
	    {"t\n\n\xe2\x80\x94 a AAAAAA==\n", ERR_SHAPE},	/* 4 bytes */
	    {"t\n\n\xe2\x80\x94 a AAAAAAB=\n", ERR_SHAPE},	/* stray bits */
	    {"t\n\n\xe2\x80\x94 a AAAAAAA\n", ERR_SHAPE},
	    {"t\n\n\xe2\x80\x94 a\n", ERR_SHAPE},
	};
	struct span text, signatures;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(note_split(span_str(rows[i].note), &text,
		    &signatures), rows[i].want);
	/* a NUL is a control character like others */
	assert_int_equal(note_split(span_of("t\0\n\n" LINE,
	    5 + sizeof(LINE) - 2), &text, &signatures), ERR_SHAPE);
}

static void test_unknown_signatures_are_carried_up_to_a_cap(void **state)
{
	struct note_key k = key_of(GO_VKEY);
	struct span text;
	struct buf note;

	(void)state;
	buf_init(&note, NOTE_MAX);
	buf_text(&note, GO_NOTE);
	for (size_t n = 1; n < NOTE_SIGNATURES; n++) {
		buf_text(&note, LINE);
		assert_int_equal(note_verify(
		    buf_span(&note), &k, 1, &text, NULL), ERR_OK);
	}
	buf_text(&note, LINE);
	assert_int_equal(
	    note_verify(buf_span(&note), &k, 1, &text, NULL), ERR_LIMIT);
	buf_release(&note);
}

/* Name or id alone do not make a key known; both together do. */
static void test_a_known_key_that_fails_refuses_the_note(void **state)
{
	(void)state;
	/* PeterNeumann with another id: ignored */
	assert_int_equal(verify(GO_NOTE "\xe2\x80\x94 PeterNeumann AAAAAAA=\n",
	    GO_VKEY), ERR_OK);
	/* another name with his id (c74f20a3): ignored */
	assert_int_equal(verify(GO_NOTE "\xe2\x80\x94 Paul x08gowA=\n",
	    GO_VKEY), ERR_OK);
	/* both: must verify, though another line of his did */
	assert_int_equal(verify(GO_NOTE "\xe2\x80\x94 PeterNeumann x08gowA=\n",
	    GO_VKEY), ERR_CRYPTO);
}

static void sign_by(struct buf *out, const char *text, const char *names,
    uint8_t seed, bool more)
{
	struct sign_private *keys[4] = {NULL};
	struct note_signer by[4];
	char name[4][2];
	size_t n = strlen(names);
	struct buf before;

	buf_init(&before, NOTE_MAX);
	buf_put_span(&before, buf_span(out));
	for (size_t i = 0; i < n; i++) {
		keys[i] = rig_key((uint8_t)(seed + i));
		(void)snprintf(name[i], sizeof(name[i]), "%c", names[i]);
		by[i] = (struct note_signer){name[i], keys[i]};
	}
	buf_clear(out);
	if (more)
		assert_int_equal(note_sign_more(
		    buf_span(&before), by, n, out), ERR_OK);
	else
		assert_int_equal(
		    note_sign(span_str(text), by, n, out), ERR_OK);
	buf_release(&before);
	for (size_t i = 0; i < n; i++)
		sign_private_free(keys[i]);
}

static struct note_key rig_note_key(const char *name, uint8_t seed)
{
	struct sign_private *key = rig_key(seed);
	struct note_key k;

	assert_int_equal(note_key_make(span_str(name),
	    sign_public_raw(sign_private_public(key)), &k), ERR_OK);
	sign_private_free(key);
	return k;
}

static void test_tells_which_of_the_keys_signed(void **state)
{
	const struct note_key keys[4] = {rig_note_key("a", 1),
	    rig_note_key("b", 2), rig_note_key("c", 3), rig_note_key("a", 9)};
	bool by[4];
	struct span text;
	struct buf note;

	(void)state;
	buf_init(&note, NOTE_MAX);
	sign_by(&note, "close site\nwhy: theft\n\nseen by both\n", "ab", 1,
	    false);
	assert_int_equal(
	    note_verify(buf_span(&note), keys, 4, &text, by), ERR_OK);
	assert_true(by[0] && by[1] && !by[2] && !by[3]);
	assert_true(span_is(text, "close site\nwhy: theft\n\nseen by both\n"));
	/* a third person adds hers elsewhere, over the same text */
	sign_by(&note, NULL, "c", 3, true);
	assert_int_equal(
	    note_verify(buf_span(&note), keys, 4, &text, by), ERR_OK);
	assert_true(by[0] && by[1] && by[2] && !by[3]);
	/* refused: then nobody signed */
	note.p[0] ^= 1;
	assert_int_equal(
	    note_verify(buf_span(&note), keys, 4, &text, by), ERR_CRYPTO);
	assert_true(!by[0] && !by[1] && !by[2] && !by[3]);
	assert_int_equal(
	    note_verify(buf_span(&note), keys + 3, 1, &text, by), ERR_UNKNOWN);
	buf_release(&note);
}

static void test_refused_texts_leave_the_buffer_alone(void **state)
{
	struct sign_private *key = rig_key(1);
	const struct note_signer good = {"a", key}, bad = {"a b", key};
	struct buf out;

	(void)state;
	buf_init(&out, NOTE_MAX);
	buf_text(&out, "before");
	assert_int_equal(note_sign(span_str("t"), &good, 1, &out), ERR_SHAPE);
	assert_int_equal(note_sign(span_str(""), &good, 1, &out), ERR_SHAPE);
	assert_int_equal(
	    note_sign(span_str("\x01\n"), &good, 1, &out), ERR_SHAPE);
	assert_int_equal(note_sign(span_str("t\n"), &bad, 1, &out), ERR_SHAPE);
	assert_int_equal(note_sign(span_str("t\n"), &good, 0, &out), ERR_SHAPE);
	assert_true(span_is(buf_span(&out), "before"));
	buf_release(&out);
	sign_private_free(key);
}

/* A note of as many bytes and signatures as there may be, and of more. */
static void test_notes_have_their_limits(void **state)
{
	struct sign_private *key = rig_key(1), *p256 = NULL;
	struct note_signer by[NOTE_SIGNATURES + 1], odd;
	static char text[NOTE_MAX + 1];
	struct random_seeded seed;
	const struct random random = random_from_seed(&seed, 3);
	struct span split, signatures;
	struct buf out, more;

	(void)state;
	buf_init(&out, 2 * NOTE_MAX);
	buf_init(&more, 2 * NOTE_MAX);
	for (size_t i = 0; i < NOTE_SIGNATURES + 1; i++)
		by[i] = (struct note_signer){"a", key};
	memset(text, 'x', sizeof(text));
	text[NOTE_MAX - 200] = '\n';
	assert_int_equal(note_sign(
	    span_of(text, NOTE_MAX - 199), by, 1, &out), ERR_OK);
	/* one signature more is too many bytes */
	assert_int_equal(
	    note_sign_more(buf_span(&out), by, 3, &more), ERR_LIMIT);
	assert_int_equal(more.n, 0);
	assert_int_equal(note_sign(
	    span_of(text, NOTE_MAX - 199), by, 9, &more), ERR_LIMIT);
	assert_int_equal(more.n, 0);
	assert_int_equal(note_split(span_of(text, NOTE_MAX + 1), &split,
	    &signatures), ERR_LIMIT);
	buf_clear(&out);
	assert_int_equal(note_sign(
	    span_str("t\n"), by, NOTE_SIGNATURES + 1, &out), ERR_LIMIT);
	assert_int_equal(
	    note_sign(span_str("t\n"), by, NOTE_SIGNATURES, &out), ERR_OK);
	assert_int_equal(
	    note_sign_more(buf_span(&out), by, 1, &more), ERR_LIMIT);
	assert_int_equal(
	    note_sign_more(buf_span(&out), by, 0, &more), ERR_OK);
	assert_true(span_equal(buf_span(&out), buf_span(&more)));
	buf_clear(&more);
	/* no note, and a key that signs none */
	assert_int_equal(
	    note_sign_more(span_str("t\n"), by, 1, &more), ERR_SHAPE);
	assert_int_equal(
	    sign_private_make(SIGN_P256, &random, &p256), ERR_OK);
	odd = (struct note_signer){"a", p256};
	assert_int_equal(note_sign(span_str("t\n"), &odd, 1, &more), ERR_RANGE);
	buf_clear(&out);
	assert_int_equal(note_sign(span_str("t\n"), by, 1, &out), ERR_OK);
	assert_int_equal(
	    note_sign_more(buf_span(&out), &odd, 1, &more), ERR_RANGE);
	assert_int_equal(note_split(span_str(
	    "t\n\n\xe2\x80\x94 a AAAAAAA=\nab\n"), &split, &signatures),
	    ERR_SHAPE);
	assert_int_equal(more.n, 0);
	buf_release(&out);
	buf_release(&more);
	sign_private_free(key);
	sign_private_free(p256);
}

static void test_spaces_of_unicode_are_no_part_of_a_name(void **state)
{
	static const char *const bad[] = {"", "a b", "a+b", "a\nb", "\xc2\x85",
	    "\xc2\xa0", "\xe1\x9a\x80", "\xe2\x80\x80", "\xe2\x80\x8a",
	    "\xe2\x80\xa8", "\xe2\x80\xa9", "\xe2\x80\xaf", "\xe2\x81\x9f",
	    "\xe3\x80\x80", "\xff", "a\x1f"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(note_name_is_valid(span_str(bad[i])));
	assert_true(note_name_is_valid(span_str("\xc3\xa9" "cluse.example/j")));
	/* as long as it may be, and longer */
	{
		char name[NOTE_NAME + 1];

		memset(name, 'x', sizeof(name));
		assert_true(note_name_is_valid(span_of(name, NOTE_NAME)));
		assert_false(
		    note_name_is_valid(span_of(name, NOTE_NAME + 1)));
	}
	/* zero width space is not White_Space */
	assert_true(note_name_is_valid(span_str("\xe2\x80\x8b")));
}

static void test_checkpoints_have_one_form(void **state)
{
#define R "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I="
	static const struct {
		const char *text;
		enum err want;
	} rows[] = {
	    {"example.com/behind-the-sofa\n20852163\n" R "\n", ERR_OK},
	    {"o\n0\n" R "\n", ERR_OK},
	    {"o\n1\n" R "\nextension\n", ERR_OK},
	    {"o\n9223372036854775807\n" R "\n", ERR_OK},
	    {"o\n9223372036854775808\n" R "\n", ERR_SHAPE},
	    {"o\n01\n" R "\n", ERR_SHAPE},
	    {"o\n+1\n" R "\n", ERR_SHAPE},
	    {"o\n\n" R "\n", ERR_SHAPE},
	    {"\n1\n" R "\n", ERR_SHAPE},
	    {"o\n1\n" R "\n\n", ERR_SHAPE},
	    {"o\n1\n" R, ERR_SHAPE},
	    {"o\n1\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxqw==\n", ERR_SHAPE},
	    {"o\n1\n", ERR_SHAPE},
	    {"o\n1\nno root\n", ERR_SHAPE},
	    {"", ERR_SHAPE},
	};
	char origin[NOTE_NAME_SIZE + 1] = "";
	struct checkpoint c;
	struct buf out;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(checkpoint_parse(
		    span_str(rows[i].text), &c), rows[i].want);
	assert_int_equal(checkpoint_parse(span_str(rows[0].text), &c), ERR_OK);
	buf_init(&out, 1024);
	checkpoint_format(&c, &out);
	assert_true(span_is(buf_span(&out), rows[0].text));
	/* a name of the most bytes, and of one more */
	memset(origin, 'o', NOTE_NAME);
	for (int more = 0; more < 2; more++) {
		origin[NOTE_NAME - 1 + more] = 'o';
		buf_clear(&out);
		buf_printf(&out, "%s\n1\n" R "\n", origin);
		assert_int_equal(checkpoint_parse(buf_span(&out), &c),
		    more ? ERR_SHAPE : ERR_OK);
	}
	buf_release(&out);
}

static void test_checkpoints_are_signed_as_their_origin(void **state)
{
	struct sign_private *key = rig_key(7);
	const struct note_key own = rig_note_key("log.example/j", 7),
	    other = rig_note_key("log.example/k", 7),
	    stranger = rig_note_key("log.example/j", 8);
	struct checkpoint c = {.origin = "log.example/j", .size = 12}, got;
	struct note_signer by = {"log.example/j", key};
	struct buf note;

	(void)state;
	memset(c.root, 0x5a, sizeof(c.root));
	buf_init(&note, CHECKPOINT_MAX);
	assert_int_equal(checkpoint_sign(&c,
	    (const struct sign_private *[]){key}, 1, &note), ERR_OK);
	assert_int_equal(
	    checkpoint_verify(buf_span(&note), &own, &got), ERR_OK);
	assert_string_equal(got.origin, c.origin);
	assert_int_equal(got.size, 12);
	assert_memory_equal(got.root, c.root, HASH_SIZE);
	assert_int_equal(
	    checkpoint_verify(buf_span(&note), &other, &got), ERR_UNKNOWN);
	assert_int_equal(
	    checkpoint_verify(buf_span(&note), &stranger, &got), ERR_UNKNOWN);
	/* the right key under a foreign origin */
	buf_clear(&note);
	assert_int_equal(note_sign(
	    span_str("log.example/x\n12\n" R "\n"), &by, 1, &note), ERR_OK);
	assert_int_equal(
	    checkpoint_verify(buf_span(&note), &own, &got), ERR_UNKNOWN);
	buf_release(&note);
	sign_private_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_vkeys_have_one_spelling),
	    cmocka_unit_test(test_notes_of_strangers_verify),
	    cmocka_unit_test(test_our_note_is_gos_byte_for_byte),
	    cmocka_unit_test(test_every_flipped_bit_is_refused),
	    cmocka_unit_test(test_form_is_strict),
	    cmocka_unit_test(test_unknown_signatures_are_carried_up_to_a_cap),
	    cmocka_unit_test(test_a_known_key_that_fails_refuses_the_note),
	    cmocka_unit_test(test_tells_which_of_the_keys_signed),
	    cmocka_unit_test(test_refused_texts_leave_the_buffer_alone),
	    cmocka_unit_test(test_notes_have_their_limits),
	    cmocka_unit_test(test_spaces_of_unicode_are_no_part_of_a_name),
	    cmocka_unit_test(test_checkpoints_have_one_form),
	    cmocka_unit_test(test_checkpoints_are_signed_as_their_origin),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
