/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Goal: handles come back to the mutuelle alone, and a feed file is what the
 * keeper will accept: whole, signed, sealed, the same id for the same book.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>
#include "base/file.h"
#include "crypto/hash.h"
#include "crypto/keyfile.h"
#include "feed/follow.h"
#include "feed/trait_line.h"
#include "insurer/parcel.h"
#include "insurer/source.h"

#define LINES 3000	/* more than two chunks */
#define FILE_MAX (1 << 22)

static char folder[] = "/tmp/ecluse-parcel-XXXXXX";
static char book[64], feed[64], key_file[64];
static struct handle_key handles, others;
static struct sign_private *signer;
static struct hpke_key *sealed_to;
static uint8_t sealing[HPKE_PUBLIC];

static void test_handle_of_every_length_comes_back(void **state)
{
	char ref[LIMIT_REF + 1] = "", back[LIMIT_REF + 1];
	uint8_t out[HANDLE_SIZE], again[HANDLE_SIZE];
	size_t n, m;

	(void)state;
	for (size_t i = 0; i < LIMIT_REF; i++) {
		ref[i] = (char)('!' + i);
		ref[i + 1] = '\0';
		assert_int_equal(
		    handle_seal(&handles, span_str(ref), out, &n), ERR_OK);
		assert_int_equal(
		    handle_seal(&handles, span_str(ref), again, &m), ERR_OK);
		assert_int_equal(n, m);
		assert_memory_equal(out, again, n);
		assert_int_equal(n % HANDLE_PAD, 0);
		assert_int_equal(
		    handle_open(&handles, span_of(out, n), back), ERR_OK);
		assert_string_equal(back, ref);
	}
	assert_int_equal(
	    handle_seal(&handles, span_of("", 0), out, &n), ERR_RANGE);
	assert_int_equal(
	    handle_seal(&handles, span_of("a\0b", 3), out, &n), ERR_RANGE);
}

static void test_handle_of_another_or_altered_stays_shut(void **state)
{
	char back[LIMIT_REF + 1] = "untouched";
	uint8_t out[HANDLE_SIZE];
	size_t n;

	(void)state;
	assert_int_equal(
	    handle_seal(&handles, span_str("A-1"), out, &n), ERR_OK);
	assert_int_equal(
	    handle_open(&others, span_of(out, n), back), ERR_CRYPTO);
	assert_int_equal(
	    handle_open(&handles, span_of(out, n - 1), back), ERR_SHAPE);
	assert_int_equal(
	    handle_open(&handles, span_of(out, AEAD_TAG), back), ERR_SHAPE);
	for (size_t bit = 0; bit < n * 8; bit++) {
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
		assert_int_equal(
		    handle_open(&handles, span_of(out, n), back),
		    ERR_CRYPTO);
		out[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	assert_string_equal(back, "untouched");
}

static void test_handle_key_of_another_form_is_refused(void **state)
{
	static const char *const bad[] = {
	    "", "ecluse-handle-key-v1", "ecluse-handle-key-v1 AAAA\n",
	    "ecluse-handle-key-v2 AAAA\n", "-----BEGIN PRIVATE KEY-----\n"};
	char path[64];
	struct handle_key k;

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/bad.key", folder);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		assert_int_equal(
		    file_replace(path, span_str(bad[i]), 0600), ERR_OK);
		assert_int_equal(
		    handle_load(path, &handles.amc, &k), ERR_SHAPE);
	}
	(void)unlink(path);
	assert_int_equal(handle_load(path, &handles.amc, &k), ERR_UNKNOWN);
	assert_int_equal(
	    handle_load(key_file, &handles.amc, &k), ERR_OK);
	assert_memory_equal(k.key, handles.key, sizeof(k.key));
	assert_int_equal(keyfile_save(key_file, HANDLE_LABEL, k.key,
	    sizeof(k.key)), ERR_EXISTS);
}

static void write_book(unsigned lines, const char *level)
{
	FILE *f = fopen(book, "w");

	assert_non_null(f);
	fputs("ref;nir;birth;rank;member;cards;contract;order;convention;csr;"
	      "from;to;closed;age_class;age_change;domains\r\n", f);
	for (unsigned i = 1; i <= lines; i++)
		fprintf(f,
		    "R-%u;2810500612566;19810508;1;%u;%032x;CONFORT;1;BF;E01;"
		    "2026-01-01;2026-12-31;;adult;2046-05;"
		    "\"PHAR=%s,OPTI=BR200+PEC\"\r\n%s",
		    i, i, i, level, i == 3 ? "\r\n" : "");
	assert_int_equal(fclose(f), 0);
}

/* Packs the book as the command does: for its id, or into p. */
static uint64_t pack(struct parcel *p, uint8_t id[static HASH_SIZE])
{
	static const struct member_rules rules;
	struct hash_stream *hash = hash_stream_new();
	struct head_fault faults[HEAD_FAULTS];
	struct member_faults wrong;
	struct source s;
	struct member m;
	struct buf line;
	uint64_t n = 0;
	size_t count;

	assert_non_null(hash);
	buf_init(&line, FEED_TRAITS_PACKED_MAX);
	assert_int_equal(
	    source_open(&s, book, &rules, faults, &count), ERR_OK);
	while (source_next(&s, &m, &wrong) == ERR_OK) {
		buf_clear(&line);
		assert_int_equal(
		    parcel_pack(&m, source_line(&s), &handles, &line),
		    ERR_OK);
		hash_stream_put(hash, buf_span(&line));
		if (p)
			assert_int_equal(
			    parcel_put(p, buf_span(&line)), ERR_OK);
		n++;
	}
	assert_int_equal(s.empty, 1);
	source_close(&s);
	hash_stream_end(hash, id);
	hash_stream_free(hash);
	buf_release(&line);
	return n;
}

static void make_feed(struct feed_chunk_head *h, uint64_t *ret_lines)
{
	uint8_t again[HASH_SIZE];
	struct parcel p;

	*h = (struct feed_chunk_head){
	    .kind = FEED_CHUNK_FULL, .effective_day = 20000, .made_ms = 1};
	memcpy(h->amc, handles.amc.text, sizeof(h->amc));
	*ret_lines = pack(NULL, h->id);
	assert_int_equal(parcel_open(&p, feed, h, sealing, signer), ERR_OK);
	assert_int_equal(pack(&p, again), *ret_lines);
	assert_memory_equal(again, h->id, sizeof(again));
	assert_int_equal(parcel_close(&p), ERR_OK);
}

/* Reads a chunk as the keeper does; returns how many lines it has. */
static unsigned take_chunk(struct feed_follow *f, struct span chunk,
    const struct feed_chunk_head *want, unsigned first)
{
	const struct sign_public *public = sign_private_public(signer);
	struct feed_chunk_head h;
	struct feed_traits_line line;
	struct reader r;
	struct buf plain;
	unsigned n = 0;

	buf_init(&plain, LIMIT_FEED_CHUNK);
	assert_int_equal(feed_chunk_head_parse(chunk, &h), ERR_OK);
	assert_memory_equal(h.id, want->id, sizeof(h.id));
	assert_string_equal(h.amc, want->amc);
	assert_int_equal(feed_chunk_verify(chunk, public), ERR_OK);
	assert_int_equal(feed_chunk_open(chunk, sealed_to, &plain), ERR_OK);
	r = reader_of(buf_span(&plain));
	while (reader_left(&r) > 0) {
		char ref[LIMIT_REF + 1], expect[32];

		assert_int_equal(
		    feed_traits_line_unpack(&r, &line), ERR_OK);
		n++;
		/* lines count from the head, and one was empty */
		assert_int_equal(
		    line.line, first + n + 1 + (first + n > 3));
		assert_int_equal(
		    handle_open(&handles, line.handle, ref), ERR_OK);
		(void)snprintf(expect, sizeof(expect), "R-%u", first + n);
		assert_string_equal(ref, expect);
		assert_true(span_is(line.nir, "2810500612566"));
		assert_true(span_is(line.domains[1].code, "OPTI"));
	}
	assert_int_equal(
	    feed_follow_chunk(f, &h, buf_span(&plain), n), ERR_OK);
	buf_release(&plain);
	return n;
}

static void test_parcel_is_a_whole_feed_for_the_keeper(void **state)
{
	struct feed_follow *f = feed_follow_new();
	struct feed_chunk_head h;
	struct reader r;
	struct buf file;
	uint64_t lines;
	unsigned got = 0, chunks = 0;

	(void)state;
	write_book(LINES, "TM");
	make_feed(&h, &lines);
	assert_int_equal(lines, LINES);
	buf_init(&file, FILE_MAX);
	assert_int_equal(file_read(feed, &file), ERR_OK);
	r = reader_of(buf_span(&file));
	while (reader_left(&r) > 0) {
		size_t n = 0;

		assert_false(feed_follow_whole(f));
		assert_int_equal(feed_chunk_length(r.p, &n), ERR_OK);
		(void)read_u32(&r);
		got += take_chunk(f, read_bytes(&r, n), &h, got);
		chunks++;
	}
	assert_true(feed_follow_whole(f));
	assert_int_equal(got, LINES);
	assert_true(chunks > 2);
	buf_release(&file);
	feed_follow_free(f);
}

static void test_parcel_id_follows_the_book_alone(void **state)
{
	struct feed_chunk_head a, b, c;
	uint64_t lines;

	(void)state;
	write_book(20, "TM");
	make_feed(&a, &lines);
	make_feed(&b, &lines);
	assert_memory_equal(a.id, b.id, sizeof(a.id));
	write_book(20, "BR100");
	make_feed(&c, &lines);
	assert_memory_not_equal(a.id, c.id, sizeof(a.id));
}

static void test_parcel_without_lines_or_abandoned_is_no_file(void **state)
{
	struct feed_chunk_head h = {
	    .kind = FEED_CHUNK_FULL, .effective_day = 20000, .made_ms = 1};
	char path[64];
	struct parcel p;

	(void)state;
	memcpy(h.amc, handles.amc.text, sizeof(h.amc));
	(void)snprintf(path, sizeof(path), "%s/none.feed", folder);
	assert_int_equal(parcel_open(&p, path, &h, sealing, signer), ERR_OK);
	assert_int_equal(parcel_close(&p), ERR_RANGE);
	parcel_abandon(&p);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(access(p.file.temp, F_OK), -1);
}

static void test_source_tells_lines_that_cannot_be_split(void **state)
{
	static const struct member_rules rules;
	static const enum fault_reason want[] = {
	    FAULT_FIELDS, FAULT_QUOTES, FAULT_LONG_LINE};
	struct head_fault faults[HEAD_FAULTS];
	struct member_faults wrong;
	struct source s;
	struct member m;
	size_t count;
	FILE *f;

	(void)state;
	write_book(0, "TM");
	f = fopen(book, "a");
	assert_non_null(f);
	fputs("a;b\n\"x\n", f);
	for (int i = 0; i <= LIMIT_FEED_LINE; i++)
		fputc('1', f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(
	    source_open(&s, book, &rules, faults, &count), ERR_OK);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(source_next(&s, &m, &wrong), ERR_SHAPE);
		assert_int_equal(wrong.count, 1);
		assert_int_equal(wrong.list[0].column, FAULT_LINE);
		assert_int_equal(wrong.list[0].reason, want[i]);
		assert_int_equal(source_line(&s), i + 2);
	}
	assert_int_equal(source_next(&s, &m, &wrong), ERR_CLOSED);
	source_close(&s);
}

static int make_all(void **state)
{
	struct random random = random_system();
	enum err e;

	(void)state;
	if (!mkdtemp(folder))
		return -1;
	(void)snprintf(book, sizeof(book), "%s/book.csv", folder);
	(void)snprintf(feed, sizeof(feed), "%s/book.feed", folder);
	(void)snprintf(key_file, sizeof(key_file), "%s/handle.key", folder);
	random_fill(&random, handles.key, sizeof(handles.key));
	memcpy(handles.amc.text, "0099100001", AMC_LEN + 1);
	others = handles;
	memcpy(others.amc.text, "0099100019", AMC_LEN + 1);
	e = keyfile_save(
	    key_file, HANDLE_LABEL, handles.key, sizeof(handles.key));
	if (!e)
		e = sign_private_make(SIGN_ED25519, &random, &signer);
	if (!e)
		e = hpke_key_make(&random, &sealed_to);
	if (e)
		return -1;
	hpke_key_public(sealed_to, sealing);
	return 0;
}

static int remove_all(void **state)
{
	(void)state;
	(void)unlink(book);
	(void)unlink(feed);
	(void)unlink(key_file);
	sign_private_free(signer);
	hpke_key_free(sealed_to);
	return rmdir(folder);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_handle_of_every_length_comes_back),
	    cmocka_unit_test(test_handle_of_another_or_altered_stays_shut),
	    cmocka_unit_test(test_handle_key_of_another_form_is_refused),
	    cmocka_unit_test(test_parcel_is_a_whole_feed_for_the_keeper),
	    cmocka_unit_test(test_parcel_id_follows_the_book_alone),
	    cmocka_unit_test(
	        test_parcel_without_lines_or_abandoned_is_no_file),
	    cmocka_unit_test(test_source_tells_lines_that_cannot_be_split),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_all, remove_all);
}
