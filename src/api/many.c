/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "api/many.h"
#include "json/read.h"

#define EXT "https://ecluse.example/fhir/StructureDefinition/"
#define HEAD                                                                  \
	"{\"resourceType\":\"Bundle\",\"type\":\"batch\",\"entry\":["
#define ENTRY                                                                 \
	"{\"request\":{\"method\":\"POST\",\"url\":"                          \
	"\"CoverageEligibilityRequest\"},\"resource\":"
#define TAIL "]}"
#define LINE_TEXT 4096	/* characters of a JWS, or of a promised line */

void many_init(struct many *m)
{
	m->count = 0;
	buf_init(&m->body, MANY_BODY);
}

void many_release(struct many *m)
{
	buf_release(&m->body);
}

void many_clear(struct many *m)
{
	m->count = 0;
	buf_clear(&m->body);
}

enum err many_put(
    struct many *m, const struct compose *c, int64_t now_ms)
{
	size_t before = m->body.n;

	if (m->count == LIMIT_BUNDLE_LINES)
		return ERR_FULL;
	buf_text(&m->body, m->count ? "," : HEAD);
	buf_text(&m->body, ENTRY);
	compose_write(c, now_ms, &m->body);
	buf_text(&m->body, "}");
	if (!m->body.err && m->body.n + sizeof(TAIL) <= MANY_BODY) {
		answer_asked_of(c, &m->of[m->count++]);
		return ERR_OK;
	}
	if (m->body.err && m->body.err != ERR_LIMIT)
		return m->body.err;
	m->body.n = before;
	m->body.err = ERR_OK;
	return m->count ? ERR_FULL : ERR_LIMIT;
}

enum err many_end(struct many *m)
{
	buf_text(&m->body, TAIL);
	return m->body.err;
}

/* --- the answer --- */

/* An answer on its way through the checks. */
struct check {
	const struct many *m;
	struct json j;
	bool promises;		/* there is a JWS: promised holds */
	struct promised promised;
	uint32_t place;		/* of the next promised line */
	const char *words;
};

static uint16_t in(const struct check *c, uint16_t at, const char *name)
{
	return json_member(&c->j, at, name);
}

static enum err no(struct check *c, enum err e, const char *words)
{
	c->words = words;
	return e;
}

static enum err check_head(struct check *c, const struct pin *pin)
{
	char jws[LINE_TEXT];
	uint16_t at = answer_extension(&c->j, in(c, JSON_TOP, "meta"),
	    EXT "promises", "valueString");
	enum err e;

	if (!json_is(&c->j, in(c, JSON_TOP, "resourceType"), "Bundle") ||
	    !json_is(&c->j, in(c, JSON_TOP, "type"), "batch-response"))
		return no(c, ERR_SHAPE, "the answer is no batch-response");
	if (json_count(&c->j, in(c, JSON_TOP, "entry")) != c->m->count)
		return no(c, ERR_SHAPE,
		    "the answer has not as many lines as the bundle");
	if (at == JSON_NOWHERE)
		return ERR_OK;
	e = json_text(&c->j, at, jws, sizeof(jws));
	if (!e)
		e = promised_open(span_str(jws), pin->promise, &c->promised);
	if (e)
		return no(c, e, "the promises are not signed by the pinned "
		    "promise key");
	c->promises = true;
	return ERR_OK;
}

static enum err check_promise(struct check *c, unsigned nth, uint16_t answer)
{
	bool covered = answer_is_covered(&c->j, answer);
	uint16_t at = answer_extension(
	    &c->j, answer, EXT "promise-line", "valueString");
	struct promised_line l;
	char text[LINE_TEXT];

	if (covered != (at != JSON_NOWHERE) || (covered && !c->promises))
		return no(c, ERR_SHAPE, covered ?
		    "covered, and nothing is promised" :
		    "a promise without cover");
	if (!covered)
		return answer_tells_none(&c->j, answer) ? ERR_OK :
		    no(c, ERR_SHAPE, "not covered, and it tells rights or no "
		    "state that there is");
	if (json_text(&c->j, at, text, sizeof(text)) ||
	    promised_check(&c->promised, span_str(text), &l))
		return no(c, ERR_CRYPTO,
		    "its promise does not lead to the signed root");
	if (l.place != c->place || strcmp(l.origin, c->promised.origin) != 0 ||
	    !answer_fits(&c->j, answer, &c->m->of[nth], &l))
		return no(c, ERR_CRYPTO,
		    "its promise is not of this question and its answer");
	c->place++;
	return ERR_OK;
}

static enum err check_entry(struct check *c, unsigned nth, uint16_t entry)
{
	uint16_t response = in(c, entry, "response");
	uint16_t answer = in(c, entry, "resource");
	uint16_t outcome = in(c, response, "outcome");

	if (answer == JSON_NOWHERE && json_is(&c->j,
		in(c, outcome, "resourceType"), "OperationOutcome"))
		return ERR_OK;
	if (outcome != JSON_NOWHERE || !json_is(&c->j,
		in(c, answer, "resourceType"), "CoverageEligibilityResponse"))
		return no(c, ERR_SHAPE, "neither an answer nor a refusal");
	if (!answer_is_of(&c->j, answer, &c->m->of[nth]))
		return no(c, ERR_SHAPE, "it answers another question");
	return check_promise(c, nth, answer);
}

static enum err check_all(
    struct check *c, const struct pin *pin, unsigned *ret_line)
{
	uint16_t entries = in(c, JSON_TOP, "entry");
	uint16_t at = json_first(&c->j, entries);
	enum err e = check_head(c, pin);

	*ret_line = 0;
	for (unsigned i = 0; i < c->m->count && !e; i++) {
		e = check_entry(c, i, at);
		if (e)
			*ret_line = i + 1;
		at = json_after(&c->j, entries, at);
	}
	if (!e && c->promises && c->place != c->promised.count)
		e = no(c, ERR_CRYPTO, "more is promised than was answered");
	return e;
}

enum err many_check(const struct many *m, const struct pin *pin,
    struct span answer, unsigned *ret_line, const char **ret_words)
{
	struct json_token *tokens =
	    calloc(LIMIT_BUNDLE_TOKENS, sizeof(*tokens));
	struct check c = {.m = m, .words = "the answer is not JSON"};
	enum err e = tokens ? ERR_OK : ERR_NOMEM;
	size_t at;

	*ret_line = 0;
	if (!e)
		e = json_read_bundle(answer, tokens, &c.j, &at);
	if (!e)
		e = check_all(&c, pin, ret_line);
	free(tokens);
	*ret_words = e ? c.words : "";
	return e;
}
