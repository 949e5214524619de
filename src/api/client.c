/* SPDX-License-Identifier: Apache-2.0 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include "api/client.h"
#include "base/limits.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "crypto/httpsig.h"
#include "crypto/seal.h"
#include "journal/follow.h"

#define TYPE_SEALED "application/ecluse-sealed"
#define TYPE_FHIR "application/fhir+json"
#define NOTE_PATH_MOST 64
#define NOTE_BYTES 8192
#define CLIENT_TIMEOUT_S 15
#define CLIENT_FIELD 600
#define CLIENT_SENT (LIMIT_BUNDLE + 4096)	/* the longest is sealed */
#define CLIENT_BUNDLE (LIMIT_BUNDLE + 4096)

struct client {
	struct pin *pin;
	const struct sign_private *key;
	struct sign_public *answer_key;
	struct clock clock;
	struct random random;
	bool plain;
	int64_t offset_ms;
	char base[PIN_URL];	/* https://host:port */
	char authority[LIMIT_AUTHORITY + 1];
	char keyid[SIGN_KEY_ID_TEXT];
	CURL *curl;
	char error[CURL_ERROR_SIZE];
};

/* One exchange on the wire. */
struct exchange {
	const char *path, *sent_type;
	size_t most;		/* bytes of an answer */
	bool get, sealed;
	struct buf sent;
	struct seal_context seal;
	struct httpsig_fields fields;
	struct buf got;
	char type[CLIENT_FIELD], digest[CLIENT_FIELD], input[CLIENT_FIELD],
	    signature[CLIENT_FIELD];
	long status;
};

static enum err set_url(struct client *c, const char *url)
{
	const char *host = strstr(url, "://");
	struct span authority;
	size_t n;

	if (!host || strncmp(url, "https://", 8) != 0)
		return ERR_SHAPE;
	host += 3;
	n = strcspn(host, "/");
	authority = span_of(host, n);
	if (snprintf(c->base, sizeof(c->base), "%.*s",
		(int)(host - url + (long)n), url) >= (int)sizeof(c->base))
		return ERR_LIMIT;
	return httpsig_authority(authority, c->authority);
}

static size_t take_body(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	buf_put(&x->got, p, size * n);
	return x->got.err ? 0 : size * n;
}

/* Keeps the value of a field we know; a second one spoils it. */
static void keep(struct span line, const char *name, char *out)
{
	size_t n = strlen(name);

	if (line.n <= n || strncasecmp((const char *)line.p, name, n) != 0 ||
	    line.p[n] != ':')
		return;
	line = span_of(line.p + n + 1, line.n - n - 1);
	while (line.n && (line.p[0] == ' ' || line.p[0] == '\t'))
		line = span_of(line.p + 1, line.n - 1);
	while (line.n && (line.p[line.n - 1] == '\r' ||
	    line.p[line.n - 1] == '\n' || line.p[line.n - 1] == ' '))
		line.n--;
	if (out[0] != '\0' || text_copy(line, out, CLIENT_FIELD))
		(void)snprintf(out, CLIENT_FIELD, "?");
}

static size_t take_field(char *p, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	struct span line = span_of(p, size * n);

	keep(line, "content-type", x->type);
	keep(line, "content-digest", x->digest);
	keep(line, "signature-input", x->input);
	keep(line, "signature", x->signature);
	return size * n;
}

static enum err set_up_tls(struct client *c, const struct client_options *o)
{
	struct curl_blob ca = {c->pin->ca.p, c->pin->ca.n, CURL_BLOB_COPY};
	CURLcode e = curl_easy_setopt(
	    c->curl, CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2);

	if (!e && ca.len > 0)
		e = curl_easy_setopt(c->curl, CURLOPT_CAINFO_BLOB, &ca);
	if (!e && o->certificate)
		e = curl_easy_setopt(
		    c->curl, CURLOPT_SSLCERT, o->certificate);
	if (!e && o->certificate_key)
		e = curl_easy_setopt(
		    c->curl, CURLOPT_SSLKEY, o->certificate_key);
	return e ? ERR_IO : ERR_OK;
}

static enum err set_up(struct client *c, const struct client_options *o)
{
	CURL *h = curl_easy_init();
	long timeout = o->timeout_s ? o->timeout_s : CLIENT_TIMEOUT_S;

	c->curl = h;
	if (!h)
		return ERR_NOMEM;
	if (curl_easy_setopt(h, CURLOPT_ERRORBUFFER, c->error) ||
	    curl_easy_setopt(h, CURLOPT_NOPROXY, "*") ||
	    curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, "https") ||
	    curl_easy_setopt(h, CURLOPT_TIMEOUT, timeout) ||
	    curl_easy_setopt(h, CURLOPT_TCP_NODELAY, 1L) ||
	    curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) ||
	    curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take_body) ||
	    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, take_field))
		return ERR_IO;
	return set_up_tls(c, o);
}

enum err client_new(const struct client_options *o, struct client **ret)
{
	struct client *c = calloc(1, sizeof(*c));
	uint8_t id[SIGN_KEY_ID];
	enum err e;

	if (!c)
		return ERR_NOMEM;
	c->pin = o->pin;
	c->key = o->key;
	c->clock = o->clock;
	c->random = o->random;
	c->plain = o->plain;
	sign_public_id(sign_private_public(o->key), id);
	sign_key_id_text(id, c->keyid);
	e = sign_public_ed25519(o->pin->answer, &c->answer_key);
	if (!e)
		e = set_url(c, o->url ? o->url : o->pin->url);
	if (!e)
		e = set_up(c, o);
	if (e) {
		client_free(c);
		return e;
	}
	*ret = c;
	return ERR_OK;
}

void client_free(struct client *c)
{
	if (!c)
		return;
	if (c->curl)
		curl_easy_cleanup(c->curl);
	sign_public_free(c->answer_key);
	free(c);
}

int64_t client_now_ms(const struct client *c)
{
	return clock_wall_ms(&c->clock) + c->offset_ms;
}

static enum err prepare(
    struct client *c, struct span body, struct exchange *x)
{
	struct seal_about about = {span_str(c->keyid), span_str(c->pin->plane),
	    span_str(c->authority), span_str(x->path)};
	int64_t now_s = client_now_ms(c) / 1000;
	struct httpsig_question q = {
	    .method = span_str(x->get ? "GET" : "POST"),
	    .authority = span_str(c->authority),
	    .path = span_str(x->path)};
	struct httpsig_signer signer = {c->key, &c->random, now_s,
	    now_s + LIMIT_SIGNATURE_LIFE_S};
	enum err e = ERR_OK;

	buf_init(&x->sent, CLIENT_SENT);
	buf_init(&x->got, x->most);
	if (!x->sealed)
		buf_put_span(&x->sent, body);
	else
		e = seal_request(c->pin->sealing, &about, body, &c->random,
		    &x->sent, &x->seal);
	if (!e)
		e = x->sent.err;
	return e ? e : httpsig_question_sign(
	    &q, buf_span(&x->sent), &signer, &x->fields);
}

static struct curl_slist *add(
    struct curl_slist *list, const char *name, const char *value)
{
	char line[CLIENT_FIELD + 64];
	struct curl_slist *longer;

	(void)snprintf(line, sizeof(line), "%s: %s", name, value);
	longer = curl_slist_append(list, line);
	if (!longer)
		curl_slist_free_all(list);
	return longer;
}

static struct curl_slist *fields_of(const struct exchange *x)
{
	struct curl_slist *l = add(NULL, "Signature-Input", x->fields.input);

	if (l)
		l = add(l, "Signature", x->fields.signature);
	if (l && !x->get)
		l = add(l, "Content-Type", x->sent_type);
	if (l && !x->get)
		l = add(l, "Content-Digest", x->fields.digest);
	if (l)
		l = add(l, "Accept", TYPE_FHIR ", application/json");
	if (l)
		l = add(l, "Expect", "");
	return l;
}

static enum client_fault post(
    struct client *c, struct exchange *x, const char **words)
{
	char url[PIN_URL + LIMIT_PATH];
	struct curl_slist *fields = fields_of(x);
	CURLcode e = CURLE_OUT_OF_MEMORY;

	c->error[0] = '\0';
	if (fields) {
		(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, fields);
		(void)snprintf(url, sizeof(url), "%s%s", c->base, x->path);
		(void)curl_easy_setopt(c->curl, CURLOPT_URL, url);
		(void)curl_easy_setopt(c->curl, CURLOPT_POSTFIELDSIZE,
		    (long)x->sent.n);
		(void)curl_easy_setopt(
		    c->curl, CURLOPT_POSTFIELDS, (const char *)x->sent.p);
		(void)curl_easy_setopt(c->curl,
		    x->get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
		(void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, x);
		(void)curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, x);
		e = curl_easy_perform(c->curl);
		(void)curl_easy_getinfo(
		    c->curl, CURLINFO_RESPONSE_CODE, &x->status);
		curl_slist_free_all(fields);
	}
	if (e) {
		*words = c->error[0] ? c->error : curl_easy_strerror(e);
		return CLIENT_TRANSPORT;
	}
	return CLIENT_FINE;
}

/* Whoever stands before the keeper said it, nginx or a gate, or somebody else:
 * no rights are read out of it, but that nobody is there for now may be true. */
static const char *unsigned_words(long status)
{
	const char *words;

	if (status == 503)
		words = "no answer: the service is not there for now (503, "
		        "unsigned); ask again in a moment";
	else if (status == 504)
		words = "no answer in time (504, unsigned); ask again in a "
		        "moment";
	else
		words = "the answer bears no signature: it is not believed";
	return words;
}

static enum client_fault check(struct client *c, struct exchange *x,
    struct client_answer *a, const char **words)
{
	struct httpsig_answer what = {.status = (uint16_t)x->status,
	    .content_type = span_str(x->type), .body = buf_span(&x->got),
	    .question = span_str(x->fields.signature)};
	enum err wrong;

	if (x->signature[0] == '\0' || x->input[0] == '\0') {
		*words = unsigned_words(x->status);
		return CLIENT_UNSIGNED;
	}
	wrong = httpsig_answer_verify(&what, span_str(x->digest),
	    span_str(x->input), span_str(x->signature), c->answer_key,
	    &a->created_s);
	if (wrong && !SABOTAGED(ANSWER_SIGNATURE)) {
		*words = "the answer is not signed by the pinned service for "
			 "this question: it is not believed";
		return CLIENT_FORGED;
	}
	return CLIENT_FINE;
}

/* A public file of the log. ERR_IO: not had. */
static enum err fetch(struct client *c, const char *path, struct buf *out)
{
	char url[PIN_URL + NOTE_PATH_MOST];
	struct exchange x = {0};
	CURLcode e;

	buf_init(&x.got, NOTE_BYTES);
	(void)snprintf(url, sizeof(url), "%s/journal/%s", c->base, path);
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPHEADER, NULL);
	(void)curl_easy_setopt(c->curl, CURLOPT_HTTPGET, 1L);
	(void)curl_easy_setopt(c->curl, CURLOPT_WRITEDATA, &x);
	(void)curl_easy_setopt(c->curl, CURLOPT_HEADERDATA, &x);
	e = curl_easy_setopt(c->curl, CURLOPT_URL, url);
	if (!e)
		e = curl_easy_perform(c->curl);
	(void)curl_easy_getinfo(c->curl, CURLINFO_RESPONSE_CODE, &x.status);
	if (!e && x.status == 200)
		buf_put_span(out, buf_span(&x.got));
	buf_release(&x.got);
	return e || x.status != 200 ? ERR_IO : out->err;
}

/* From the pinned key of the log to the one in use, as far as it leads. */
static enum err follow(struct client *c, struct note_key *log)
{
	char path[FOLLOW_PATH];
	struct buf note;
	enum err e = ERR_OK;

	buf_init(&note, NOTE_BYTES);
	for (unsigned i = 0; i < FOLLOW_MOST && !e; i++) {
		buf_clear(&note);
		follow_path(log, path);
		e = fetch(c, path, &note);
		if (!e)
			e = follow_read(buf_span(&note), log, log);
	}
	buf_release(&note);
	return e == ERR_IO ? ERR_OK : e ? e : ERR_LIMIT;
}

enum err client_renew(struct client *c)
{
	struct sign_public *key = NULL;
	struct note_key log;
	struct buf note;
	enum err e = pin_log(c->pin, &log);

	buf_init(&note, NOTE_BYTES);
	if (!e)
		e = follow(c, &log);
	if (!e)
		e = fetch(c, "service", &note);
	if (!e)
		e = pin_renew(c->pin, &log, buf_span(&note));
	buf_release(&note);
	if (!e)
		e = sign_public_ed25519(c->pin->answer, &key);
	if (e)
		return e;
	sign_public_free(c->answer_key);
	c->answer_key = key;
	return ERR_OK;
}

/* Once a day: a client whose answers all verify would sleep through turns of
 * the log's key, and follow it when it has long ended. */
static void look_for_turns(struct client *c)
{
	struct clock wall = clock_system();

	if (!pin_is_due(c->pin, clock_wall_ms(&wall)))
		return;
	pin_looked(c->pin);
	/* nothing newer, or not to be had today */
	(void)!client_renew(c);
}

static enum client_fault open_answer(struct client *c, struct exchange *x,
    struct client_answer *a, const char **words)
{
	enum err e = ERR_OK;

	(void)c;
	if (strcmp(x->type, TYPE_SEALED) == 0)
		e = seal_open_answer(&x->seal, buf_span(&x->got), &a->body);
	else
		buf_put_span(&a->body, buf_span(&x->got));
	if (e || a->body.err) {
		*words = "the sealed answer does not open";
		return CLIENT_SEAL;
	}
	return CLIENT_FINE;
}

static enum client_fault exchange(struct client *c,
    const struct exchange *what, struct span body, struct client_answer *a,
    const char **words)
{
	struct exchange x = *what;
	enum client_fault fault = CLIENT_TRANSPORT;

	*words = "the question could not be signed or sealed";
	if (!prepare(c, body, &x))
		fault = post(c, &x, words);
	if (fault == CLIENT_FINE)
		fault = check(c, &x, a, words);
	if (fault == CLIENT_FORGED && !client_renew(c))
		fault = check(c, &x, a, words);
	if (fault == CLIENT_FINE)
		fault = open_answer(c, &x, a, words);
	if (fault == CLIENT_FINE) {
		*words = "";
		a->status = (uint16_t)x.status;
		buf_put_span(&a->signed_body, buf_span(&x.got));
		(void)snprintf(a->input, sizeof(a->input), "%.512s", x.input);
		(void)snprintf(a->signature, sizeof(a->signature), "%.160s",
		    x.signature);
		look_for_turns(c);
	}
	buf_release(&x.sent);
	buf_release(&x.got);
	secret_wipe(&x.seal, sizeof(x.seal));
	return fault;
}

static bool says_expired(const struct client_answer *a)
{
	return a->status == 401 && a->body.n > 0 &&
	    memmem(a->body.p, a->body.n, "\"code\":\"expired\"", 16);
}

static enum client_fault ask(struct client *c, const struct exchange *what,
    struct span body, struct client_answer *ret, const char **words)
{
	enum client_fault fault;

	*ret = (struct client_answer){0};
	*words = "";
	buf_init(&ret->body, what->most);
	buf_init(&ret->signed_body, what->most);
	fault = exchange(c, what, body, ret, words);
	if (fault == CLIENT_FINE && says_expired(ret)) {
		c->offset_ms = ret->created_s * 1000 -
		    clock_wall_ms(&c->clock);
		client_answer_release(ret);
		fault = exchange(c, what, body, ret, words);
	}
	return fault;
}

static enum client_fault ask_at(struct client *c, const char *path,
    struct span body, struct client_answer *ret, const char **words)
{
	struct exchange what = {.path = path, .sealed = !c->plain,
	    .sent_type = c->plain ? TYPE_FHIR : TYPE_SEALED,
	    .most = CLIENT_BODY};

	return ask(c, &what, body, ret, words);
}

enum client_fault client_ask(struct client *c, struct span body,
    struct client_answer *ret, const char **words)
{
	return ask_at(c, CLIENT_PATH, body, ret, words);
}

enum client_fault client_ask_claim(struct client *c, struct span body,
    struct client_answer *ret, const char **words)
{
	return ask_at(c, CLIENT_CLAIM_PATH, body, ret, words);
}

enum client_fault client_ask_bundle(struct client *c, struct span body,
    struct client_answer *ret, const char **words)
{
	struct exchange what = {.path = CLIENT_BUNDLE_PATH,
	    .sealed = !c->plain,
	    .sent_type = c->plain ? TYPE_FHIR : TYPE_SEALED,
	    .most = CLIENT_BUNDLE};

	return ask(c, &what, body, ret, words);
}

enum client_fault client_send(struct client *c, const char *path,
    const char *type, struct span body, struct client_answer *ret,
    const char **words)
{
	struct exchange what = {.path = path, .sent_type = type, .get = !type,
	    .most = CLIENT_BODY};

	return ask(c, &what, body, ret, words);
}

void client_answer_release(struct client_answer *a)
{
	buf_release(&a->body);
	buf_release(&a->signed_body);
}
