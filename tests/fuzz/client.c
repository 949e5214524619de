/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a client reads from a server: fields and body of an answer, sealed or
 * not, notes of its keys, a bundle's lines, what is told of an answer and of
 * a feed. A stranger's answer is never believed; one that the service signed
 * is what it signed; and what is told as JSON is JSON.
 *
 * libcurl is not called: what it would deliver is the input.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <stdarg.h>
#include <string.h>
#include "api/client.h"
#include "api/many.h"
#include "base/text.h"
#include "cli/ask_show.h"
#include "cli/claim_show.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"
#include "fuzz.h"
#include "insurer/told.h"
#include "quiet.h"

#define ROOM (1u << 20)
#define NOW INT64_C(1795341720000)
#define AUTHORITY "localhost:8443"
#define TYPE_FHIR "application/fhir+json"
#define TYPE_SEALED "application/ecluse-sealed"
#define QUESTION "{\"resourceType\":\"CoverageEligibilityRequest\"}"

/* The service at the other end. */
static struct service {
	struct pin pin;
	struct hpke_key *sealing;
	struct sign_private *answer, *client;
	struct random_seeded seed;
	struct random random;

	bool signs, sealed;	/* else the input is all that comes */
	struct span in;		/* of this run: what comes, or its body */
	long status;
	size_t flip;		/* bit of the body that is another; 0: none */

	size_t (*write)(char *p, size_t size, size_t n, void *ctx);
	size_t (*field)(char *p, size_t size, size_t n, void *ctx);
	void *write_ctx, *field_ctx;
	const char *sent;
	long sent_n;
	struct curl_slist *fields;
	char url[512];
} service;

CURLcode __wrap_curl_easy_setopt(CURL *h, CURLoption o, ...);
CURLcode __wrap_curl_easy_perform(CURL *h);
CURLcode __wrap_curl_easy_getinfo(CURL *h, CURLINFO info, ...);

CURLcode __wrap_curl_easy_setopt(CURL *h, CURLoption o, ...)
{
	struct service *s = &service;
	va_list ap;

	(void)h;
	va_start(ap, o);
	if (o == CURLOPT_WRITEFUNCTION)
		s->write = va_arg(
		    ap, size_t (*)(char *, size_t, size_t, void *));
	else if (o == CURLOPT_HEADERFUNCTION)
		s->field = va_arg(
		    ap, size_t (*)(char *, size_t, size_t, void *));
	else if (o == CURLOPT_WRITEDATA)
		s->write_ctx = va_arg(ap, void *);
	else if (o == CURLOPT_HEADERDATA)
		s->field_ctx = va_arg(ap, void *);
	else if (o == CURLOPT_POSTFIELDS)
		s->sent = va_arg(ap, const char *);
	else if (o == CURLOPT_POSTFIELDSIZE)
		s->sent_n = va_arg(ap, long);
	else if (o == CURLOPT_HTTPHEADER)
		s->fields = va_arg(ap, struct curl_slist *);
	else if (o == CURLOPT_URL)
		(void)snprintf(s->url, sizeof(s->url), "%s",
		    va_arg(ap, const char *));
	va_end(ap);
	return CURLE_OK;
}

CURLcode __wrap_curl_easy_getinfo(CURL *h, CURLINFO info, ...)
{
	va_list ap;

	(void)h;
	must(info == CURLINFO_RESPONSE_CODE);
	va_start(ap, info);
	*va_arg(ap, long *) = service.status;
	va_end(ap);
	return CURLE_OK;
}

static void send_line(struct span line)
{
	struct service *s = &service;
	char *copy = malloc(line.n + 1);	/* libcurl lends it, to change */

	must(copy);
	if (line.n)
		memcpy(copy, line.p, line.n);
	must(s->field(copy, 1, line.n, s->field_ctx) == line.n);
	free(copy);
}

static void send_field(const char *name, const char *value)
{
	char line[2048];
	int n = snprintf(line, sizeof(line), "%s: %s\r\n", name, value);

	send_line(span_of(line, (size_t)n));
}

/* By halves, as it comes from a socket. */
static CURLcode send_body(struct span body)
{
	struct service *s = &service;
	char *copy = malloc(body.n + 1);
	size_t at = 0;
	bool all = true;

	must(copy);
	if (body.n)
		memcpy(copy, body.p, body.n);
	while (at < body.n && all) {
		size_t n = (body.n - at + 1) / 2;

		all = s->write(copy + at, 1, n, s->write_ctx) == n;
		at += n;
	}
	free(copy);
	return all ? CURLE_OK : CURLE_WRITE_ERROR;
}

static struct span sent_field(const char *name)
{
	size_t n = strlen(name);

	for (struct curl_slist *l = service.fields; l; l = l->next)
		if (strncmp(l->data, name, n) == 0 && l->data[n] == ':')
			return span_str(l->data + n + 2);
	must(false);
	return span_of(NULL, 0);
}

/* Lines up to an empty one, then the body: a stranger's. */
static CURLcode stranger(struct span in)
{
	struct span line;

	do {
		line = line_of(&in);
		send_line(line);
	} while (line.n > 0);
	return send_body(in);
}

static void seal(struct buf *body)
{
	struct service *s = &service;
	struct httpsig_input in;
	char keyid[SIGN_KEY_ID_TEXT];
	struct seal_about about = {.plane = span_str("flow"),
	    .authority = span_str(AUTHORITY), .path = span_str(CLIENT_PATH)};
	struct seal_context ctx;
	struct buf question;

	buf_init(&question, ROOM);
	must(httpsig_input_parse(sent_field("Signature-Input"), &in) ==
	    ERR_OK);
	sign_key_id_text(in.keyid, keyid);
	about.keyid = span_str(keyid);
	must(seal_open_request(s->sealing, &about, span_of(s->sent,
	    (size_t)s->sent_n), &question, &ctx) == ERR_OK);
	must(span_is(buf_span(&question), QUESTION));
	must(seal_answer(&ctx, s->in, &s->random, body) == ERR_OK);
	buf_release(&question);
}

/* The pinned service's answer, with one bit changed on its way perhaps. */
static CURLcode signed_answer(void)
{
	struct service *s = &service;
	struct httpsig_answer a = {.status = (uint16_t)s->status,
	    .content_type = span_str(s->sealed ? TYPE_SEALED : TYPE_FHIR),
	    .question = sent_field("Signature")};
	struct httpsig_fields f;
	struct buf body;
	CURLcode code;

	buf_init(&body, ROOM);
	if (s->sealed)
		seal(&body);
	else
		buf_put_span(&body, s->in);
	a.body = buf_span(&body);
	must(httpsig_answer_sign(&a, NOW / 1000, s->answer, &f) == ERR_OK);
	if (s->flip && body.n)
		body.p[s->flip / 8 % body.n] ^= (uint8_t)(1u << s->flip % 8);
	send_field("Content-Type", s->sealed ? TYPE_SEALED : TYPE_FHIR);
	send_field("Content-Digest", f.digest);
	send_field("Signature-Input", f.input);
	send_field("Signature", f.signature);
	code = send_body(buf_span(&body));
	buf_release(&body);
	return code;
}

CURLcode __wrap_curl_easy_perform(CURL *h)
{
	struct service *s = &service;

	(void)h;
	if (strstr(s->url, "/journal/after/"))
		return CURLE_REMOTE_FILE_NOT_FOUND;
	if (strstr(s->url, "/journal/"))
		return send_body(s->in);
	return s->signs ? signed_answer() : stranger(s->in);
}

static int64_t now(void *ctx)
{
	(void)ctx;
	return NOW;
}

/* The key of the log is nobody's: the curve's base point. */
static void make_pin(struct pin *p)
{
	uint8_t nobody[SIGN_ED25519_KEY];
	struct note_key log;

	memset(nobody, 0x66, sizeof(nobody));
	nobody[0] = 0x58;
	must(note_key_make(span_str("fuzz.example/journal"), nobody, &log) ==
	    ERR_OK);
	note_key_format(&log, p->vkey);
	(void)snprintf(p->origin, sizeof(p->origin), "fuzz.example/journal");
	(void)snprintf(p->plane, sizeof(p->plane), "flow");
	(void)snprintf(p->url, sizeof(p->url), "https://" AUTHORITY "/x");
	memcpy(p->promise, nobody, sizeof(nobody));
}

static void start(void)
{
	struct service *s = &service;

	if (s->answer)
		return;
	s->random = random_from_seed(&s->seed, 8);
	must(sign_private_make(SIGN_ED25519, &s->random, &s->answer) ==
	    ERR_OK);
	must(sign_private_make(SIGN_ED25519, &s->random, &s->client) ==
	    ERR_OK);
	must(hpke_key_make(&s->random, &s->sealing) == ERR_OK);
	make_pin(&s->pin);
	memcpy(s->pin.answer, sign_public_raw(sign_private_public(s->answer)),
	    SIGN_ED25519_KEY);
	hpke_key_public(s->sealing, s->pin.sealing);
}

static struct client *a_client(bool plain)
{
	struct service *s = &service;
	struct client_options o = {.pin = &s->pin, .key = s->client,
	    .plain = plain, .clock = {now, now, NULL}, .random = s->random};
	struct client *c = NULL;

	s->sealed = !plain;
	s->flip = 0;
	must(client_new(&o, &c) == ERR_OK);
	return c;
}

static void strangers_answer(struct span in)
{
	struct client_answer a;
	const char *words = NULL;
	struct client *c = a_client(choose(&in, 2));

	service.signs = false;
	service.status = in.n % 3 ? 200 : 401;
	service.in = in;
	must(client_ask(c, span_str(QUESTION), &a, &words) != CLIENT_FINE);
	must(words && words[0]);
	client_answer_release(&a);
	client_free(c);
}

/* --- what is told --- */

/* Runs with standard output in memory. */
static int told(int (*tell)(const struct client_answer *a, unsigned way),
    const struct client_answer *a, unsigned way, char **ret, size_t *ret_n)
{
	struct quiet q = quiet_begin();
	FILE *f = open_memstream(ret, ret_n);
	int status;

	must(f);
	stdout = f;
	status = tell(a, way);
	must(fclose(f) == 0);
	quiet_end(q);
	return status;
}

/* One object after the other, each with its end of line. */
static void is_json(const char *text, size_t n)
{
	json_error_t where;

	while (n > 0) {
		json_t *o = json_loadb(
		    text, n, JSON_DISABLE_EOF_CHECK, &where);
		size_t taken = (size_t)where.position;

		must(o && taken < n && text[taken] == '\n');
		json_decref(o);
		text += taken + 1;
		n -= taken + 1;
	}
}

enum way { PLAIN, LINE, CLAIM, CLAIM_FRENCH, JSON, JSON_LINE, CLAIM_JSON,
    JSON_BUNDLE, BUNDLE, WAYS };

static int tell(const struct client_answer *a, unsigned way)
{
	static const uint32_t lines[] = {7, 9};

	switch (way) {
	case PLAIN:
	case LINE:
		return ask_show(a, false, way == LINE ? 3 : 0);
	case JSON:
	case JSON_LINE:
		return ask_show(a, true, way == JSON_LINE ? 3 : 0);
	case BUNDLE:
	case JSON_BUNDLE:
		return ask_show_bundle(a, way == JSON_BUNDLE, lines, 2);
	default:
		return claim_show(a, way == CLAIM_JSON, way == CLAIM_FRENCH);
	}
}

static bool says_null(const struct buf *body)
{
	return memmem(body->p, body->n, "null", 4) != NULL;
}

static void show(const struct client_answer *a)
{
	char state[64];

	for (unsigned way = 0; way < WAYS; way++) {
		char *text = NULL;
		size_t n = 0;
		int status = told(tell, a, way, &text, &n);

		must(status >= 0 && status <= 5);
		/* unless the service itself says so */
		must(!strstr(text, "(null)") || says_null(&a->body));
		if (way >= JSON && way <= JSON_BUNDLE)
			is_json(text, n);
		free(text);
	}
	(void)ask_show_state(a, state, sizeof(state));
	must(memchr(state, '\0', sizeof(state)));
}

/* It is what the service signed, opened, and told whatever it says. */
static void services_answer(struct span in, bool plain)
{
	static const long statuses[] = {200, 200, 401, 403, 404, 422, 429,
	    503};
	struct client *c = a_client(plain);
	const char *words = NULL;
	struct client_answer a;

	service.status = statuses[choose(&in, 8)];
	service.signs = true;
	service.in = in;
	if (client_ask(c, span_str(QUESTION), &a, &words) == CLIENT_FINE) {
		if (plain)
			met("an answer in the clear");
		else
			met("an answer that was sealed");
		must(a.status == service.status && !words[0]);
		must(a.body.n >= in.n && (!plain || a.body.n == in.n));
		must(!in.n || memcmp(a.body.p, in.p, in.n) == 0);
		show(&a);
	} else {
		must(in.n > CLIENT_BODY - 1024);
	}
	client_answer_release(&a);
	service.flip = in.n > 1 ? 8 * (size_t)(in.p[0] << 8 | in.p[1]) +
	    in.n % 8 + 1 : 1;
	if (in.n > 0)
		must(client_ask(c, span_str(QUESTION), &a, &words) !=
		    CLIENT_FINE);
	client_answer_release(&a);
	client_free(c);
}

static void plain_answer(struct span in)
{
	services_answer(in, true);
}

static void sealed_answer(struct span in)
{
	services_answer(in, false);
}

/* --- an answer, alone or of a bundle: nobody signed its promises; an estimate
 * has none --- */

static bool is_covered(const json_t *resource)
{
	const json_t *e, *first = json_array_get(
	    json_object_get(resource, "insurance"), 0);
	size_t i;

	json_array_foreach (json_object_get(first, "extension"), i, e) {
		const char *url = json_string_value(json_object_get(e, "url"));
		const char *code = json_string_value(
		    json_object_get(e, "valueCode"));

		if (url && strcmp(url, "https://ecluse.example/fhir/"
		    "StructureDefinition/answer-state") == 0)
			return code && strcmp(code, "covered") == 0;
	}
	return false;
}

static const struct compose asked = {.amc = "0000000001",
    .domain = "OPTI", .date = "2026-11-23", .nir = "2690549588157"};

static void alone(struct span in)
{
	struct answer_asked a;
	const char *words;
	json_t *o;

	answer_asked_of(&asked, &a);
	if (answer_check(&a, &service.pin, 200, in, &words) == ERR_OK) {
		met("an answer alone");
		o = json_loadb((const char *)in.p, in.n, 0, NULL);
		must(o && !is_covered(o));
		json_decref(o);
	} else {
		must(words[0]);
	}
}

static bool is_text(const json_t *at, const char *text)
{
	return json_is_string(at) && strcmp(json_string_value(at), text) == 0;
}

/* Of whoever is not covered no amounts are told, and rights never. */
static void estimate(struct span in)
{
	struct answer_asked a;
	const char *words;
	json_t *o;

	answer_asked_of(&asked, &a);
	if (answer_check_estimate(&a, 200, in, &words)) {
		must(words[0]);
		return;
	}
	met("an estimate");
	o = json_loadb((const char *)in.p, in.n, 0, NULL);
	must(!words[0] &&
	    is_text(json_object_get(o, "resourceType"), "ClaimResponse") &&
	    is_text(json_object_get(json_object_get(json_object_get(
	        o, "insurer"), "identifier"), "value"), asked.amc));
	must(is_covered(o) || (!json_object_get(o, "item") &&
	    !json_object_get(o, "total")));
	json_decref(o);
}

static void bundle(struct span in)
{
	struct client_answer a = {.status = 200};
	const json_t *entries;
	const char *words;
	struct many m;
	unsigned nth;
	json_t *o;

	many_init(&m);
	must(many_put(&m, &asked, NOW) == ERR_OK);
	must(many_put(&m, &asked, NOW) == ERR_OK && many_end(&m) == ERR_OK);
	buf_init(&a.body, ROOM);
	buf_put_span(&a.body, in);
	if (many_check(&m, &service.pin, in, &nth, &words) == ERR_OK) {
		met("a bundle");
		o = json_loadb((const char *)in.p, in.n, 0, NULL);
		entries = json_object_get(o, "entry");
		must(json_array_size(entries) == 2);
		for (size_t i = 0; i < 2; i++)
			must(!is_covered(json_object_get(
			    json_array_get(entries, i), "resource")));
		json_decref(o);
		show(&a);
	} else {
		must(words[0] && nth <= 2);
	}
	buf_release(&a.body);
	many_release(&m);
	alone(in);
	estimate(in);
}

/* --- a note of keys: nobody signed it --- */

static void keys_note(struct span in)
{
	struct client *c = a_client(true);
	struct pin before = service.pin;

	service.status = 200;
	service.in = in;
	must(client_renew(c) != ERR_OK);
	must(memcmp(&before, &service.pin, sizeof(before)) == 0);
	client_free(c);
}

/* --- what became of a feed --- */

static void feed(struct span in)
{
	json_t *o = json_loadb((const char *)in.p, in.n, 0, NULL);
	struct quiet q = quiet_begin();
	char *text = NULL;
	size_t n = 0;
	FILE *f;

	told_report(o, false);
	told_refusal(o);
	told_refusal(json_object_get(o, "error"));
	f = open_memstream(&text, &n);
	must(f);
	stdout = f;
	if (o) {
		met("a feed's report");
		told_report(o, true);
	}
	must(fclose(f) == 0);
	quiet_end(q);
	is_json(text, n);
	free(text);
	json_decref(o);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {strangers_answer,
	    plain_answer, sealed_answer, bundle, keys_note, feed};
	struct span in = span_of(p, n);

	start();
	readers[choose(&in, 6)](in);
	return 0;
}
