/* SPDX-License-Identifier: Apache-2.0 */
#include <strings.h>
#include "base/limits.h"
#include "base/text.h"
#include "gate/request.h"
#include "upstream/body.h"

#define METHOD_MOST 16
#define LENGTH_MOST 10
#define ENCODING_MOST 64
#define VERIFY_MOST 128

/* One place for each parameter. */
enum {
	METHOD,
	URI,
	HOST,
	TYPE,
	LENGTH,
	DIGEST,
	INPUT,
	SIGNATURE,
	ENCODING,
	VERIFY,
	PARAMS
};

static const struct {
	const char *name;
	size_t most;
	const char *field;	/* as clients know it */
} table[PARAMS] = {
    [METHOD] = {"REQUEST_METHOD", METHOD_MOST, NULL},
    [URI] = {"REQUEST_URI", FASTCGI_PARAMS_MOST, NULL},
    [HOST] = {"HTTP_HOST", LIMIT_AUTHORITY, "Host"},
    [TYPE] = {"CONTENT_TYPE", LIMIT_CONTENT_TYPE, "Content-Type"},
    [LENGTH] = {"CONTENT_LENGTH", LENGTH_MOST, "Content-Length"},
    [DIGEST] = {"HTTP_CONTENT_DIGEST", LIMIT_CONTENT_DIGEST,
	"Content-Digest"},
    [INPUT] = {"HTTP_SIGNATURE_INPUT", LIMIT_SIGNATURE_INPUT,
	"Signature-Input"},
    [SIGNATURE] = {"HTTP_SIGNATURE", LIMIT_SIGNATURE, "Signature"},
    [ENCODING] = {"HTTP_CONTENT_ENCODING", ENCODING_MOST,
	"Content-Encoding"},
    [VERIFY] = {"CLIENT_VERIFY", VERIFY_MOST, NULL},
};

struct params {
	struct span value[PARAMS];
	bool seen[PARAMS];
};

static struct request_fault fault(enum refuse_why why, const char *field)
{
	return (struct request_fault){.why = why, .field = field};
}

static struct request_fault fine(void)
{
	return fault(REFUSE_NOT, NULL);
}

static bool is_printable(struct span s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < ' ' || s.p[i] > '~')
			return false;
	return true;
}

static struct request_fault keep(
    struct params *p, struct span name, struct span value)
{
	unsigned i = 0;

	while (i < PARAMS && !span_is(name, table[i].name))
		i++;
	if (i == PARAMS)
		return fine();
	if (p->seen[i])
		return fault(REFUSE_TWICE, table[i].field);
	p->seen[i] = true;
	p->value[i] = value;
	return fine();
}

static struct request_fault read_params(struct span in, struct params *p)
{
	struct reader r = reader_of(in);
	struct request_fault f = fine();
	struct span name, value;
	enum err e;

	while ((e = fastcgi_param(&r, &name, &value)) == ERR_OK && !f.why)
		f = keep(p, name, value);
	if (e != ERR_OK && e != ERR_CLOSED)
		f = (struct request_fault){
		    .why = REFUSE_REQUEST, .broken = true};
	return f;
}

/* Length and characters of the fields; the target has its own check. */
static struct request_fault check_fields(const struct params *p)
{
	for (unsigned i = 0; i < PARAMS; i++) {
		if (i == URI)
			continue;
		if (p->value[i].n > table[i].most)
			return fault(i == METHOD ? REFUSE_METHOD : REFUSE_FIELD,
			    table[i].field);
		if (!is_printable(p->value[i]))
			return fault(REFUSE_CHARACTER, table[i].field);
	}
	return fine();
}

static bool same_word(struct span a, const char *word)
{
	return a.n == span_str(word).n &&
	    strncasecmp((const char *)a.p, word, a.n) == 0;
}

/* The media type before its parameters (RFC 9110 §8.3.1). */
static bool is_taken(struct span type)
{
	static const char *const taken[] = {"application/ecluse-sealed",
	    "application/fhir+json", "application/json",
	    "application/ecluse-feed", "application/ecluse-contract"};
	size_t n = 0;

	while (n < type.n && type.p[n] != ';')
		n++;
	while (n > 0 && (type.p[n - 1] == ' ' || type.p[n - 1] == '\t'))
		n--;
	for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++)
		if (same_word(span_of(type.p, n), taken[i]))
			return true;
	return false;
}

static bool is_host(struct span host)
{
	if (host.n == 0)
		return false;
	for (size_t i = 0; i < host.n; i++)
		if (host.p[i] <= ' ' || host.p[i] == '/' || host.p[i] == '@')
			return false;
	return true;
}

/* nginx counts a chunked body and says its length too. */
static struct request_fault check_length(const struct params *p,
    const struct fastcgi *f, const struct routes_route *route)
{
	const char *field = table[LENGTH].field;
	uint64_t n = 0;

	if (f->body_over ||
	    (route->method == ASK_POST && f->body.n > route->body_most))
		return fault(REFUSE_TOO_LARGE, NULL);
	if (p->value[LENGTH].n > 0 && text_u64(p->value[LENGTH],
		body_most(route->plane), &n) != ERR_OK)
		return fault(REFUSE_LENGTH, field);
	return n == f->body.n ? fine() : fault(REFUSE_LENGTH, field);
}

static struct request_fault check_body(const struct params *p,
    const struct fastcgi *f, const struct routes_route *route)
{
	struct request_fault no = check_length(p, f, route);

	if (no.why)
		return no;
	if (p->value[ENCODING].n > 0 &&
	    !same_word(p->value[ENCODING], "identity"))
		return fault(REFUSE_ENCODING, table[ENCODING].field);
	if (route->method == ASK_GET)
		return f->body.n == 0 ? fine() : fault(REFUSE_BODY, NULL);
	if (f->body.n == 0)
		return fault(REFUSE_NO_BODY, NULL);
	return is_taken(p->value[TYPE])
	    ? fine()
	    : fault(REFUSE_MEDIA_TYPE, table[TYPE].field);
}

static bool certificate_fits(struct span verify, bool wanted)
{
	if (span_is(verify, "SUCCESS"))
		return true;
	return !wanted && (verify.n == 0 || span_is(verify, "NONE"));
}

static struct request_fault check_all(const struct request_rules *rules,
    const struct params *p, const struct fastcgi *f,
    const struct routes_route **ret)
{
	struct request_fault no = fine();

	no.why = routes_find(
	    rules->plane, p->value[METHOD], p->value[URI], ret);
	if (!no.why)
		no = check_fields(p);
	if (!no.why && !is_host(p->value[HOST]))
		no = fault(REFUSE_HOST, table[HOST].field);
	if (!no.why &&
	    !certificate_fits(p->value[VERIFY], rules->certificate))
		no = fault(REFUSE_CERTIFICATE, NULL);
	if (!no.why)
		no = check_body(p, f, *ret);
	return no;
}

struct request_fault request_read(const struct request_rules *rules,
    const struct fastcgi *f, struct ask *ret)
{
	const struct routes_route *route = NULL;
	struct params p = {0};
	struct request_fault no = read_params(buf_span(&f->params), &p);

	ret->path = p.value[URI];
	if (!no.why)
		no = check_all(rules, &p, f, &route);
	if (no.why)
		return no;
	*ret = (struct ask){
	    .plane = (uint8_t)rules->plane,
	    .method = (uint8_t)route->method,
	    .authority = p.value[HOST],
	    .path = p.value[URI],
	    .content_type = p.value[TYPE],
	    .content_digest = p.value[DIGEST],
	    .signature_input = p.value[INPUT],
	    .signature = p.value[SIGNATURE],
	    .body = buf_span(&f->body),
	};
	return no;
}
