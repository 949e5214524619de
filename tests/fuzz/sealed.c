/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is read before, or by, a check of who wrote it: sealed questions and
 * answers, public keys, answers' signatures, a bundle's promises, pins, turns
 * of a log's key, certificates. Nothing of a stranger's opens or is believed;
 * what was sealed opens, and does not with one byte changed.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "api/pin.h"
#include "api/promised.h"
#include "crypto/certcheck.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"
#include "fuzz.h"
#include "journal/follow.h"

#define ROOM (1u << 20)

static const struct seal_about about = {
    {(const uint8_t *)"key", 3}, {(const uint8_t *)"portal", 6},
    {(const uint8_t *)"localhost:8443", 14}, {(const uint8_t *)"/fhir", 5}};

static struct hpke_key *the_key(void)
{
	static struct hpke_key *key;	/* made once */

	if (!key)
		must(hpke_key_derive(span_str("thirty-two bytes for a fuzzed "
		    "key"), &key) == ERR_OK);
	return key;
}

/* Behind the head that names our key, so that the point is read. */
static void strangers_question(struct span in)
{
	uint8_t point[HPKE_PUBLIC], id[8];
	struct seal_context ctx;
	struct buf sealed, plain;

	hpke_key_public(the_key(), point);
	seal_key_id(point, id);
	buf_init(&sealed, ROOM);
	buf_init(&plain, ROOM);
	must(seal_open_request(the_key(), &about, in, &plain, &ctx) != ERR_OK);
	buf_put_u8(&sealed, 1);
	buf_put(&sealed, id, sizeof(id));
	buf_put_span(&sealed, in);
	must(seal_open_request(the_key(), &about, buf_span(&sealed), &plain,
	    &ctx) != ERR_OK);
	must(plain.n == 0);
	buf_release(&sealed);
	buf_release(&plain);
}

/* One bit of it, chosen by the first two bytes of in, is another. */
static void flip(struct buf *b, struct span in)
{
	size_t at = in.n > 1 ? (size_t)in.p[0] << 8 | in.p[1] : 0;

	b->p[at % b->n] ^= (uint8_t)(1u << (in.n % 8));
}

static void sealed_by_us(struct span in)
{
	struct random_seeded seed;
	struct random random = random_from_seed(&seed, 5);
	uint8_t point[HPKE_PUBLIC];
	struct seal_context ours, theirs;
	struct buf sealed, plain, answer;

	hpke_key_public(the_key(), point);
	buf_init(&sealed, ROOM);
	buf_init(&plain, ROOM);
	buf_init(&answer, ROOM);
	must(seal_request(point, &about, in, &random, &sealed, &ours) ==
	    ERR_OK);
	must(seal_open_request(the_key(), &about, buf_span(&sealed), &plain,
	    &theirs) == ERR_OK);
	must(span_equal(in, buf_span(&plain)));
	must(seal_answer(&theirs, in, &random, &answer) == ERR_OK);
	buf_clear(&plain);
	must(seal_open_answer(&ours, buf_span(&answer), &plain) == ERR_OK);
	must(plain.n >= in.n && (in.n == 0 ||
	    memcmp(plain.p, in.p, in.n) == 0));
	flip(&sealed, in);
	flip(&answer, in);
	buf_clear(&plain);
	must(seal_open_request(the_key(), &about, buf_span(&sealed), &plain,
	    &theirs) != ERR_OK);
	must(seal_open_answer(&ours, buf_span(&answer), &plain) != ERR_OK);
	must(plain.n == 0);
	buf_release(&sealed);
	buf_release(&plain);
	buf_release(&answer);
}

static void strangers_answer(struct span in)
{
	static const struct seal_context ctx = {{4}, {{7}}};
	struct buf plain;

	buf_init(&plain, ROOM);
	must(seal_open_answer(&ctx, in, &plain) != ERR_OK && plain.n == 0);
	buf_release(&plain);
}

static void public_key(struct span in)
{
	struct sign_public *k = NULL;

	if (sign_public_parse(in, &k) == ERR_OK)
		must(span_equal(in, sign_public_spki(k)));
	else
		must(!k);
	sign_public_free(k);
}

/* The curve's base point: nobody signed with it. */
static void nobodys(uint8_t raw[static SIGN_ED25519_KEY])
{
	memset(raw, 0x66, SIGN_ED25519_KEY);
	raw[0] = 0x58;
}

static void answer(struct span in)
{
	struct span digest = line_of(&in), input = line_of(&in);
	struct span signature = line_of(&in);
	struct httpsig_answer a = {.status = 200, .body = in,
	    .content_type = span_str("application/fhir+json"),
	    .question = span_str("sig1=:AAAA:")};
	uint8_t raw[SIGN_ED25519_KEY];
	struct sign_public *k = NULL;
	int64_t created;

	nobodys(raw);
	must(sign_public_ed25519(raw, &k) == ERR_OK);
	must(httpsig_answer_verify(&a, digest, input, signature, k,
	    &created) != ERR_OK);
	sign_public_free(k);
}

static void promises(struct span in)
{
	uint8_t raw[SIGN_ED25519_KEY];
	struct promised_line line;
	struct promised p;

	nobodys(raw);
	must(promised_open(in, raw, &p) != ERR_OK);
	memset(&p, 0, sizeof(p));
	p.count = 2;
	(void)snprintf(p.origin, sizeof(p.origin), "fuzz.example/journal");
	must(promised_check(&p, in, &line) != ERR_OK);
}

static void pin(struct span in)
{
	char path[64];
	struct pin p = {{0}};
	int fd = memfd_create("pin", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, in.p, in.n) == (ssize_t)in.n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (pin_load(path, &p) == ERR_OK) {
		struct note_key log;

		met("a pin");
		/* only a kept one is signed: what is pinned is whole */
		must(pin_log(&p, &log) == ERR_OK);
		must(p.url[0] && p.plane[0] && p.origin[0]);
		pin_release(&p);
	}
	(void)close(fd);
}

static void turn(struct span in)
{
	uint8_t raw[SIGN_ED25519_KEY];
	struct note_key before, next;

	nobodys(raw);
	must(note_key_make(span_str("log.example"), raw, &before) == ERR_OK);
	must(follow_read(in, &before, &next) != ERR_OK);
}

/* Two lists, a line of two hyphens between them. */
static void certificates(struct span in)
{
	struct span list = in, line;
	char words[CERTCHECK_WORDS];
	struct buf more, again;
	int64_t until;
	size_t n;

	do {
		n = in.n;
		line = line_of(&in);
	} while (in.n > 0 && !span_is(line, "--"));
	list.n -= n;
	buf_init(&more, ROOM);
	buf_init(&again, ROOM);
	(void)!certcheck_until(list, &until);
	words[0] = '\0';
	if (certcheck_server(list, in, list, "localhost", words) ==
	    ERR_CRYPTO)
		must(words[0]);
	if (certcheck_add(list, in, &more) == ERR_OK) {
		must(certcheck_until(list, &until) != ERR_OK ||
		    certcheck_until(buf_span(&more), &until) == ERR_OK);
		must(certcheck_add(buf_span(&more), in, &again) ==
		    ERR_EXISTS);
		must(again.n == 0);
	}
	buf_release(&more);
	buf_release(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {strangers_question,
	    sealed_by_us, strangers_answer, public_key, answer, promises, pin,
	    turn, certificates};
	struct span in = span_of(p, n);

	readers[choose(&in, 9)](in);
	return 0;
}
