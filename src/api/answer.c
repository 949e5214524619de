/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "api/answer.h"
#include "ids/amc.h"
#include "json/read.h"

#define EXT "https://ecluse.example/fhir/StructureDefinition/"
#define JWS 4096	/* characters of a promise */

/* A text that is too long compares with nothing. */
void answer_asked_of(const struct compose *c, struct answer_asked *ret)
{
	struct amc amc;

	/* the zeros in front that he left out are in the answer */
	if (ids_readable(amc_parse(span_str(c->amc), &amc)))
		(void)snprintf(ret->amc, sizeof(ret->amc), "%s", amc.text);
	else
		(void)snprintf(ret->amc, sizeof(ret->amc), "%s", c->amc);
	(void)snprintf(ret->domain, sizeof(ret->domain), "%s", c->domain);
	(void)snprintf(ret->day, sizeof(ret->day), "%s", c->date);
}

uint16_t answer_extension(const struct json *j, uint16_t at, const char *url,
    const char *value)
{
	uint16_t all = json_member(j, at, "extension");

	for (uint16_t e = json_first(j, all); e != JSON_NOWHERE;
	     e = json_after(j, all, e))
		if (json_is(j, json_member(j, e, "url"), url))
			return json_member(j, e, value);
	return JSON_NOWHERE;
}

/* Of the first contract: what is promised is its. */
static uint16_t insurance(const struct json *j, uint16_t at)
{
	return json_element(j, json_member(j, at, "insurance"), 0);
}

bool answer_is_covered(const struct json *j, uint16_t at)
{
	return json_is(j, answer_extension(j, insurance(j, at),
	    EXT "answer-state", "valueCode"), "covered");
}

static bool tells_rights(const struct json *j, uint16_t item)
{
	bool excluded = false;

	return json_member(j, item, "benefit") != JSON_NOWHERE ||
	    json_bool(j, json_member(j, item, "excluded"), &excluded) ||
	    !excluded;
}

/* Is it one of the states without cover? */
static bool is_without(const struct json *j, uint16_t at)
{
	static const char *const states[] = {
	    "not-covered", "other-route", "closed", "unknown"};
	uint16_t state = answer_extension(
	    j, insurance(j, at), EXT "answer-state", "valueCode");
	bool is = false;

	for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
		is |= json_is(j, state, states[i]);
	return is;
}

bool answer_tells_none(const struct json *j, uint16_t at)
{
	uint16_t items = json_member(j, insurance(j, at), "item");

	if (!is_without(j, at) ||
	    json_count(j, json_member(j, at, "insurance")) != 1)
		return false;
	for (uint16_t i = json_first(j, items); i != JSON_NOWHERE;
	     i = json_after(j, items, i))
		if (tells_rights(j, i))
			return false;
	return true;
}

static uint16_t value_of(const struct json *j, uint16_t at, const char *name)
{
	return json_member(j, json_member(
	    j, json_member(j, at, name), "identifier"), "value");
}

bool answer_is_of(
    const struct json *j, uint16_t at, const struct answer_asked *asked)
{
	return json_is(j, value_of(j, at, "insurer"), asked->amc) &&
	    json_is(j, json_member(j, at, "servicedDate"), asked->day);
}

/* Nothing said is nothing promised, and needs nothing first. */
static bool same_rights(
    const struct json *j, uint16_t at, const struct promised_line *l)
{
	uint16_t item = json_element(
	    j, json_member(j, insurance(j, at), "item"), 0);
	uint16_t level = json_member(j, json_element(
	    j, json_member(j, item, "benefit"), 0), "allowedString");
	bool authorization = false;
	enum err e = json_bool(
	    j, json_member(j, item, "authorizationRequired"), &authorization);

	return (!e || e == ERR_UNKNOWN) &&
	    authorization == l->authorization &&
	    (level == JSON_NOWHERE ? l->level[0] == '\0' :
	    json_is(j, level, l->level));
}

/* A transaction is of the log that the promise names. */
static bool is_of_log(const struct promised_line *l)
{
	size_t n = strlen(l->origin);

	return strncmp(l->transaction, l->origin, n) == 0 &&
	    l->transaction[n] == '/';
}

bool answer_fits(const struct json *j, uint16_t at,
    const struct answer_asked *asked, const struct promised_line *l)
{
	return is_of_log(l) &&
	    json_is(j, value_of(j, at, "request"), l->transaction) &&
	    same_rights(j, at, l) && strcmp(l->amc, asked->amc) == 0 &&
	    strcmp(l->domain, asked->domain) == 0 &&
	    strcmp(l->day, asked->day) == 0;
}

static enum err check_promise(const struct json *j,
    const struct answer_asked *asked, const struct pin *pin,
    const char **words)
{
	uint16_t at = answer_extension(
	    j, JSON_TOP, EXT "promise", "valueString");
	bool covered = answer_is_covered(j, JSON_TOP);
	struct promised_line l;
	char jws[JWS];

	*words = "a promise without cover";
	if (!covered && at != JSON_NOWHERE)
		return ERR_SHAPE;
	*words = "not covered, and it tells rights or no state that there is";
	if (!covered)
		return answer_tells_none(j, JSON_TOP) ? ERR_OK : ERR_SHAPE;
	*words = "covered, and nothing is promised";
	if (at == JSON_NOWHERE)
		return ERR_SHAPE;
	*words = "its promise is not signed by the pinned promise key";
	if (json_text(j, at, jws, sizeof(jws)) ||
	    promised_alone(span_str(jws), pin->promise, &l))
		return ERR_CRYPTO;
	*words = "its promise is not of this question and its answer";
	return answer_fits(j, JSON_TOP, asked, &l) ? ERR_OK : ERR_CRYPTO;
}

static bool is_type(const struct json *j, const char *type)
{
	return json_is(j, json_member(j, JSON_TOP, "resourceType"), type);
}

static enum err check_rights(const struct json *j,
    const struct answer_asked *asked, const struct pin *pin,
    const char **words)
{
	*words = "neither an answer nor a refusal";
	if (!is_type(j, "CoverageEligibilityResponse"))
		return ERR_SHAPE;
	*words = "it answers another question";
	if (!answer_is_of(j, JSON_TOP, asked))
		return ERR_SHAPE;
	return check_promise(j, asked, pin, words);
}

/* It promises nothing; rights of a question stand in no estimate. */
static enum err check_estimate(const struct json *j,
    const struct answer_asked *asked, const char **words)
{
	*words = "neither an estimate nor a refusal";
	if (!is_type(j, "ClaimResponse"))
		return ERR_SHAPE;
	*words = "it answers another question";
	if (!json_is(j, value_of(j, JSON_TOP, "insurer"), asked->amc))
		return ERR_SHAPE;
	*words = "not covered, and it tells amounts or no state that there is";
	if (answer_is_covered(j, JSON_TOP))
		return ERR_OK;
	return is_without(j, JSON_TOP) &&
	    json_member(j, JSON_TOP, "item") == JSON_NOWHERE &&
	    json_member(j, JSON_TOP, "total") == JSON_NOWHERE ?
	    ERR_OK : ERR_SHAPE;
}

/* pin: of rights; NULL: an estimate. */
static enum err check(const struct json *j, const struct answer_asked *asked,
    const struct pin *pin, uint16_t status, const char **words)
{
	if (status != 200 && is_type(j, "OperationOutcome"))
		return ERR_OK;
	*words = "neither an answer nor a refusal";
	if (status != 200)
		return ERR_SHAPE;
	return pin ? check_rights(j, asked, pin, words) :
	    check_estimate(j, asked, words);
}

static enum err read_and_check(const struct answer_asked *asked,
    const struct pin *pin, uint16_t status, struct span body,
    const char **ret_words)
{
	struct json_token *tokens = calloc(LIMIT_JSON_TOKENS, sizeof(*tokens));
	const char *words = "the answer is not JSON";
	struct json j;
	enum err e = tokens ? ERR_OK : ERR_NOMEM;
	size_t at;

	if (!e && json_read(body, tokens, LIMIT_JSON_TOKENS, &j, &at))
		e = ERR_SHAPE;
	if (!e)
		e = check(&j, asked, pin, status, &words);
	free(tokens);
	*ret_words = e ? words : "";
	return e;
}

enum err answer_check(const struct answer_asked *asked, const struct pin *pin,
    uint16_t status, struct span body, const char **ret_words)
{
	return read_and_check(asked, pin, status, body, ret_words);
}

enum err answer_check_estimate(const struct answer_asked *asked,
    uint16_t status, struct span body, const char **ret_words)
{
	return read_and_check(asked, NULL, status, body, ret_words);
}
