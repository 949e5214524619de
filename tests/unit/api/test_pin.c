/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a client believes the service keys that the pinned log key signed for
 * its own origin, and no byte else. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include "api/pin.h"
#include "journal/note.h"
#include "journal/rig.h"
#include "registry/service.h"

#define ORIGIN "a.example/journal"
#define URL "https://localhost:8443"
#define CA "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"

static char folder[RIG_PATH];

static int make(void **state)
{
	(void)state;
	rig_folder(folder);
	return 0;
}

static int unmake(void **state)
{
	(void)state;
	rig_remove(folder);
	return 0;
}

/* What a pin file is made of; a test changes one thing. */
struct parts {
	const char *vkey_name, *signer_name, *origin, *url, *ca;
	uint8_t vkey_key, signer_key;
};

static const struct parts good = {
    ORIGIN, ORIGIN, ORIGIN, URL, CA, 1, 1};

static void write_parts(const struct parts *p, struct buf *out)
{
	struct registry_service s = {0};
	struct sign_private *k = rig_key(p->vkey_key),
	    *by = rig_key(p->signer_key);
	struct note_signer signer = {p->signer_name, by};
	char vkey[NOTE_VKEY_SIZE];
	struct note_key key;
	struct buf text, note;

	memset(s.answer, 1, sizeof(s.answer));
	memset(s.promise, 2, sizeof(s.promise));
	memset(s.sealing, 4, sizeof(s.sealing));
	buf_init(&text, 4096);
	buf_init(&note, 4096);
	buf_init(out, 2 * PIN_MOST);
	service_write(span_str(p->origin), &s, &text);
	assert_int_equal(note_sign(buf_span(&text), &signer, 1, &note), ERR_OK);
	assert_int_equal(note_key_make(span_str(p->vkey_name),
	    sign_public_raw(sign_private_public(k)), &key), ERR_OK);
	note_key_format(&key, vkey);
	pin_write(span_str(vkey), span_str(p->url), "flow", buf_span(&note),
	    span_str(p->ca), out);
	assert_int_equal(out->err, ERR_OK);
	buf_release(&text);
	buf_release(&note);
	sign_private_free(k);
	sign_private_free(by);
}

static enum err load_bytes(const void *p, size_t n, struct pin *ret)
{
	rig_store(rig_in(folder, "service.pin"), p, n);
	return pin_load(rig_in(folder, "service.pin"), ret);
}

static enum err load(struct parts p)
{
	struct pin pin, before;
	struct buf file;
	enum err e;

	memset(&pin, 0xaa, sizeof(pin));
	before = pin;
	write_parts(&p, &file);
	e = load_bytes(file.p, file.n, &pin);
	if (e)
		assert_memory_equal(&pin, &before, sizeof(pin));
	else
		pin_release(&pin);
	buf_release(&file);
	return e;
}

static void test_what_is_written_is_pinned(void **state)
{
	struct pin pin;
	struct buf file;

	(void)state;
	write_parts(&good, &file);
	assert_int_equal(load_bytes(file.p, file.n, &pin), ERR_OK);
	assert_string_equal(pin.origin, ORIGIN);
	assert_string_equal(pin.url, URL);
	assert_int_equal(pin.answer[31], 1);
	assert_int_equal(pin.promise[0], 2);
	assert_int_equal(pin.sealing[64], 4);
	assert_true(span_is(buf_span(&pin.ca), CA));
	pin_release(&pin);
	buf_release(&file);
}

static void test_without_an_authority(void **state)
{
	struct parts p = good;
	struct pin pin;
	struct buf file;

	(void)state;
	p.ca = "";
	write_parts(&p, &file);
	assert_int_equal(load_bytes(file.p, file.n, &pin), ERR_OK);
	assert_int_equal(pin.ca.n, 0);
	pin_release(&pin);
	buf_release(&file);
}

static void test_by_another_key_or_for_another_log(void **state)
{
	struct parts p = good;

	(void)state;
	assert_int_equal(load(p), ERR_OK);
	p.vkey_key = 2;
	assert_int_equal(load(p), ERR_UNKNOWN);
	p = good;
	p.signer_key = 2;
	assert_int_equal(load(p), ERR_UNKNOWN);
	p = good;
	p.signer_name = "b.example/journal";
	assert_int_equal(load(p), ERR_UNKNOWN);
	p = good;
	p.vkey_name = "b.example/journal";
	assert_int_equal(load(p), ERR_UNKNOWN);
	/* the same key under another name: the text is not for this log */
	p = good;
	p.origin = "b.example/journal";
	assert_int_equal(load(p), ERR_CRYPTO);
}

static void test_no_byte_of_the_note_can_be_altered(void **state)
{
	struct buf file;
	struct pin pin;
	size_t from, to;

	(void)state;
	write_parts(&good, &file);
	from = (size_t)((uint8_t *)memmem(file.p, file.n, "\n\n", 2) -
	    file.p) + 2;
	to = (size_t)((uint8_t *)memmem(file.p, file.n, "-----", 5) - file.p);
	for (size_t i = from; i < to; i++) {
		file.p[i] ^= 1;
		assert_int_not_equal(
		    load_bytes(file.p, file.n, &pin), ERR_OK);
		file.p[i] ^= 1;
	}
	/* nor the key it is verified with */
	for (size_t i = 0; i < from; i++) {
		size_t url = (size_t)((uint8_t *)memmem(
		    file.p, file.n, "https", 5) - file.p);

		file.p[i] ^= 1;
		if (i < url || i >= url + strlen(URL))
			assert_int_not_equal(
			    load_bytes(file.p, file.n, &pin), ERR_OK);
		file.p[i] ^= 1;
	}
	buf_release(&file);
}

static void test_cut_files_are_refused(void **state)
{
	struct buf file;
	struct pin pin;
	size_t to;

	(void)state;
	write_parts(&good, &file);
	to = (size_t)((uint8_t *)memmem(file.p, file.n, "-----", 5) - file.p);
	for (size_t n = 0; n < to; n++)
		assert_int_not_equal(load_bytes(file.p, n, &pin), ERR_OK);
	buf_release(&file);
}

static void test_limits(void **state)
{
	struct parts p = good;
	char url[PIN_URL + 10], *ca = malloc(PIN_MOST + 1);

	(void)state;
	memset(url, 'u', sizeof(url));
	url[PIN_URL - 1] = '\0';
	p.url = url;
	assert_int_equal(load(p), ERR_OK);
	url[PIN_URL - 1] = 'u';
	url[PIN_URL] = '\0';
	assert_int_equal(load(p), ERR_LIMIT);
	p = good;
	(void)snprintf(ca, PIN_MOST, "%s", CA);
	memset(ca + strlen(CA), 'c', PIN_MOST - strlen(CA));
	ca[PIN_MOST] = '\0';
	p.ca = ca;
	assert_int_equal(load(p), ERR_LIMIT);
	free(ca);
}

static void test_other_heads_are_refused(void **state)
{
	static const char *const bad[] = {"ecluse pin v2\nvkey ",
	    "ecluse pin v1\n\nvkey ", "ecluse pin v1\nkey ", "vkey ",
	    "ecluse pin v1\nurl x\nvkey "};
	const size_t head = strlen("ecluse pin v1\nvkey ");
	struct buf file, other;
	struct pin pin;

	(void)state;
	write_parts(&good, &file);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		buf_init(&other, PIN_MOST);
		buf_text(&other, bad[i]);
		buf_put(&other, file.p + head, file.n - head);
		assert_int_equal(
		    load_bytes(other.p, other.n, &pin), ERR_SHAPE);
		buf_release(&other);
	}
	buf_release(&file);
	assert_int_equal(
	    pin_load(rig_in(folder, "none.pin"), &pin), ERR_UNKNOWN);
}

/* A note of this time and answer key by the nth signer. */
static void note_of(int64_t issued_ms, uint8_t answer, uint8_t signer,
    const char *origin, struct buf *out)
{
	struct registry_service s = {.issued_ms = issued_ms};
	struct sign_private *by = rig_key(signer);
	struct note_signer signers = {ORIGIN, by};
	struct buf text;

	memset(s.answer, answer, sizeof(s.answer));
	s.promise_count = 1;
	buf_init(&text, 4096);
	buf_init(out, 4096);
	service_write(span_str(origin), &s, &text);
	assert_int_equal(
	    note_sign(buf_span(&text), &signers, 1, out), ERR_OK);
	buf_release(&text);
	sign_private_free(by);
}

/* log: the nth key, that the pinned one led to; 0: the pinned one. */
static void renew_by(struct pin *p, uint8_t log, int64_t issued_ms,
    uint8_t answer, uint8_t signer, const char *origin, enum err wanted)
{
	struct sign_private *own = rig_key(log ? log : 1);
	struct pin before = *p, again;
	struct note_key key;
	struct buf note;

	note_of(issued_ms, answer, signer, origin, &note);
	assert_int_equal(pin_log(p, &key), ERR_OK);
	if (log)
		assert_int_equal(note_key_make(span_str(ORIGIN),
		    sign_public_raw(sign_private_public(own)), &key), ERR_OK);
	sign_private_free(own);
	assert_int_equal(pin_renew(p, &key, buf_span(&note)), wanted);
	if (wanted)
		assert_memory_equal(p, &before, sizeof(before));
	else
		assert_int_equal(p->answer[0], answer);
	/* and so is the file */
	assert_int_equal(pin_load(p->path, &again), ERR_OK);
	assert_memory_equal(again.answer, p->answer, sizeof(p->answer));
	assert_int_equal(again.issued_ms, p->issued_ms);
	assert_string_equal(again.url, p->url);
	assert_string_equal(again.vkey, p->vkey);
	pin_release(&again);
	buf_release(&note);
}

static void check_renew(struct pin *p, int64_t issued_ms, uint8_t answer,
    uint8_t signer, const char *origin, enum err wanted)
{
	renew_by(p, 0, issued_ms, answer, signer, origin, wanted);
}

static void test_a_turned_log_is_pinned(void **state)
{
	struct buf file;
	struct pin pin;

	(void)state;
	write_parts(&good, &file);
	assert_int_equal(load_bytes(file.p, file.n, &pin), ERR_OK);
	check_renew(&pin, 1000, 7, 1, ORIGIN, ERR_OK);
	/* older than what is pinned, or the old key's: not for the new one */
	renew_by(&pin, 2, 999, 8, 2, ORIGIN, ERR_STATE);
	renew_by(&pin, 2, 1000, 8, 1, ORIGIN, ERR_CRYPTO);
	/* the same note, signed anew by the key that came */
	renew_by(&pin, 2, 1000, 7, 2, ORIGIN, ERR_OK);
	/* from then on the key before says nothing */
	check_renew(&pin, 2000, 8, 1, ORIGIN, ERR_CRYPTO);
	check_renew(&pin, 2000, 9, 2, ORIGIN, ERR_OK);
	pin_release(&pin);
	buf_release(&file);
}

/* What another process or a person puts into the file meanwhile: the nth
 * signer's note, with that address and authority. */
static void put_file(uint8_t signer, int64_t issued_ms, uint8_t answer,
    const char *url, const char *ca)
{
	struct sign_private *k = rig_key(signer);
	char vkey[NOTE_VKEY_SIZE];
	struct note_key key;
	struct buf note, file;

	note_of(issued_ms, answer, signer, ORIGIN, &note);
	assert_int_equal(note_key_make(span_str(ORIGIN),
	    sign_public_raw(sign_private_public(k)), &key), ERR_OK);
	note_key_format(&key, vkey);
	buf_init(&file, PIN_MOST);
	pin_write(span_str(vkey), span_str(url), "flow", buf_span(&note),
	    span_str(ca), &file);
	rig_store(rig_in(folder, "service.pin"), file.p, file.n);
	buf_release(&note);
	buf_release(&file);
	sign_private_free(k);
}

/* Renews p by a note of its own log; what the file says then. */
static void renew_beside(
    struct pin *p, int64_t issued_ms, uint8_t answer, struct pin *there)
{
	struct note_key key;
	struct buf note;

	note_of(issued_ms, answer, 1, ORIGIN, &note);
	assert_int_equal(pin_log(p, &key), ERR_OK);
	assert_int_equal(pin_renew(p, &key, buf_span(&note)), ERR_OK);
	assert_int_equal(pin_load(rig_in(folder, "service.pin"), there),
	    ERR_OK);
	buf_release(&note);
}

static void load_good(struct pin *p)
{
	struct buf file;

	write_parts(&good, &file);
	assert_int_equal(load_bytes(file.p, file.n, p), ERR_OK);
	buf_release(&file);
}

static void test_a_file_that_another_renewed(void **state)
{
	struct pin pin, there;

	(void)state;
	/* further than we do */
	load_good(&pin);
	put_file(1, 3000, 9, URL, CA);
	renew_beside(&pin, 2000, 8, &there);
	assert_int_equal(there.issued_ms, 3000);
	assert_int_equal(there.answer[0], 9);
	assert_int_equal(pin.issued_ms, 3000);
	assert_int_equal(pin.answer[0], 9);
	pin_release(&there);
	pin_release(&pin);
	/* less far: its address and authority, which are newer than ours */
	load_good(&pin);
	put_file(1, 1000, 7, "https://b.example", "");
	renew_beside(&pin, 2000, 8, &there);
	assert_int_equal(there.issued_ms, 2000);
	assert_string_equal(there.url, "https://b.example");
	assert_int_equal(there.ca.n, 0);
	assert_int_equal(pin.answer[0], 8);
	pin_release(&there);
	pin_release(&pin);
}

/* A key of the log that ours did not lead to: somebody pinned it. */
static void test_a_file_with_another_key_of_the_log(void **state)
{
	struct pin pin, there;

	(void)state;
	load_good(&pin);
	put_file(3, 1000, 9, URL, CA);
	renew_beside(&pin, 2000, 8, &there);
	assert_int_equal(there.issued_ms, 1000);
	assert_int_equal(there.answer[0], 9);
	assert_int_equal(pin.answer[0], 8);
	pin_release(&there);
	pin_release(&pin);
}

static void test_a_file_that_is_being_renewed_is_left(void **state)
{
	struct pin pin, there;
	int fd;

	(void)state;
	load_good(&pin);
	fd = open(rig_in(folder, "service.pin"), O_RDONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(flock(fd, LOCK_EX), 0);
	renew_beside(&pin, 2000, 8, &there);
	assert_int_equal(there.issued_ms, 0);
	assert_int_equal(pin.answer[0], 8);
	pin_release(&there);
	/* and not the next time */
	close(fd);
	renew_beside(&pin, 3000, 9, &there);
	assert_int_equal(there.issued_ms, 3000);
	pin_release(&there);
	pin_release(&pin);
}

static void test_a_file_that_is_gone_stays_gone(void **state)
{
	struct note_key key;
	struct buf note;
	struct pin pin;

	(void)state;
	load_good(&pin);
	assert_int_equal(unlink(rig_in(folder, "service.pin")), 0);
	note_of(2000, 8, 1, ORIGIN, &note);
	assert_int_equal(pin_log(&pin, &key), ERR_OK);
	assert_int_equal(pin_renew(&pin, &key, buf_span(&note)), ERR_OK);
	assert_int_equal(pin.answer[0], 8);
	assert_int_equal(access(rig_in(folder, "service.pin"), F_OK), -1);
	buf_release(&note);
	pin_release(&pin);
}

static void test_newer_keys_are_pinned(void **state)
{
	struct buf file;
	struct note_key key;
	struct pin pin;

	(void)state;
	write_parts(&good, &file);
	assert_int_equal(load_bytes(file.p, file.n, &pin), ERR_OK);
	check_renew(&pin, 1000, 7, 1, ORIGIN, ERR_OK);
	/* another signer's, another log's, the same again, an older one */
	check_renew(&pin, 2000, 8, 2, ORIGIN, ERR_CRYPTO);
	check_renew(&pin, 2000, 8, 1, "other.example/j", ERR_CRYPTO);
	check_renew(&pin, 1000, 8, 1, ORIGIN, ERR_STATE);
	check_renew(&pin, 999, 8, 1, ORIGIN, ERR_STATE);
	check_renew(&pin, 1001, 9, 1, ORIGIN, ERR_OK);
	assert_int_equal(pin_log(&pin, &key), ERR_OK);
	assert_int_equal(pin_renew(&pin, &key, span_str("x")), ERR_SHAPE);
	pin_release(&pin);
	buf_release(&file);
}

static enum err pin_of(const char *key, char *out, size_t size)
{
	return pin_of_key(rig_in(folder, key), out, size);
}

static void test_the_pin_of_a_key_file(void **state)
{
	char out[RIG_PATH], sub[RIG_PATH + 20];

	(void)state;
	assert_int_equal(pin_of("shop.pem", out, sizeof(out)), ERR_UNKNOWN);
	rig_store(rig_in(folder, "service.pin"), "x", 1);
	assert_int_equal(pin_of("shop.pem", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, rig_in(folder, "service.pin"));
	/* its own comes first */
	rig_store(rig_in(folder, "shop.pin"), "x", 1);
	assert_int_equal(pin_of("shop.pem", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, rig_in(folder, "shop.pin"));
	assert_int_equal(pin_of("shop", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, rig_in(folder, "shop.pin"));
	rig_store(rig_in(folder, "shop.old.pin"), "x", 1);
	assert_int_equal(pin_of("shop.old.pem", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, rig_in(folder, "shop.old.pin"));
	/* a dot of the folder is not the key's */
	(void)snprintf(sub, sizeof(sub), "%s/keys.d", folder);
	assert_int_equal(mkdir(sub, 0700), 0);
	rig_store(rig_in(sub, "service.pin"), "x", 1);
	rig_store(rig_in(folder, "keys.pin"), "x", 1);
	assert_int_equal(pin_of("keys.d/shop", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, rig_in(sub, "service.pin"));
	assert_int_equal(pin_of("shop.pem", out, 10), ERR_LIMIT);
}

static void test_the_pin_of_a_key_here(void **state)
{
	char out[100], before[RIG_PATH];

	(void)state;
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(folder), 0);
	rig_store("service.pin", "x", 1);
	assert_int_equal(pin_of_key("shop.pem", out, sizeof(out)), ERR_OK);
	assert_string_equal(out, "service.pin");
	assert_int_equal(chdir(before), 0);
}

#define WITH(test) cmocka_unit_test_setup_teardown(test, make, unmake)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		WITH(test_what_is_written_is_pinned),
		WITH(test_without_an_authority),
		WITH(test_by_another_key_or_for_another_log),
		WITH(test_no_byte_of_the_note_can_be_altered),
		WITH(test_cut_files_are_refused),
		WITH(test_limits),
		WITH(test_other_heads_are_refused),
		WITH(test_newer_keys_are_pinned),
		WITH(test_a_file_that_another_renewed),
		WITH(test_a_file_with_another_key_of_the_log),
		WITH(test_a_file_that_is_being_renewed_is_left),
		WITH(test_a_file_that_is_gone_stays_gone),
		WITH(test_a_turned_log_is_pinned),
		WITH(test_the_pin_of_a_key_file),
		WITH(test_the_pin_of_a_key_here),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
