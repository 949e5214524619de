/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "api/client.h"
#include "api/compose.h"
#include "base/date.h"
#include "base/lines.h"
#include "base/text.h"
#include "cli/ask_show.h"
#include "cli/decoy_test.h"
#include "cli/say.h"
#include "crypto/secret.h"
#include "lang/lang.h"

#define LINE 2048
#define COLUMNS 16
#define HITS_MOST (1u << 24)
enum { BIRTH = 2, RANK, MEMBER };	/* columns */

struct test {
	struct link *link;
	struct client *client;
	const char *amc, *domain;
	char date[DATE_TEXT_SIZE];
	char key_id[SIGN_KEY_ID_TEXT];
	unsigned asked, unknown;
	bool no_room;
};

static size_t split(char *line, char *fields[static COLUMNS])
{
	size_t n = 0;

	while (n < COLUMNS) {
		char *end = strchr(line, ';');

		fields[n++] = line;
		if (!end)
			break;
		*end = '\0';
		line = end + 1;
	}
	return n;
}

/* One question by what a thief would type. */
static enum err ask(struct test *t, char *fields[static COLUMNS])
{
	struct compose q = {.amc = t->amc, .member = fields[MEMBER],
	    .birth = fields[BIRTH], .rank = fields[RANK],
	    .domain = t->domain, .date = t->date};
	struct client_answer answer = {0};
	char state[64];
	const char *words;
	struct buf body;
	enum err e = ERR_OK;

	buf_init(&body, LIMIT_BODY);
	compose_write(&q, client_now_ms(t->client), &body);
	if (client_ask(t->client, buf_span(&body), &answer, &words) !=
	    CLIENT_FINE) {
		say("%s", lang_text(words));
		e = ERR_CLOSED;
	} else if (!ask_show_state(&answer, state, sizeof(state))) {
		t->no_room = strcmp(state, "budget-spent") == 0;
		if (!t->no_room)
			say("not answered: %s", state);
		e = t->no_room ? ERR_OK : ERR_REFUSED;
	} else {
		t->asked++;
		t->unknown += strcmp(state, "unknown") == 0 ? 1 : 0;
	}
	client_answer_release(&answer);
	buf_release(&body);
	return e;
}

static enum err ask_all(struct test *t, const char *in)
{
	char *line, copy[LINE + 1], *fields[COLUMNS];
	struct lines lines;
	size_t n;
	enum err e = lines_open(&lines, in, LINE);

	if (e)
		return say_unread(in, e, NULL);
	while (!e && !t->no_room && !(e = lines_next(&lines, &line, &n))) {
		if (lines.number == 1 || n == 0)
			continue;
		if (text_copy(span_of(line, n), copy, sizeof(copy)) ||
		    split(copy, fields) != COLUMNS) {
			say("%s: line %u is not one that plant wrote", in,
			    lines.number);
			e = ERR_SHAPE;
			break;
		}
		e = ask(t, fields);
		secret_wipe(line, n);
		secret_wipe(copy, sizeof(copy));
	}
	lines_close(&lines);
	return e == ERR_CLOSED && t->asked > 0 ? ERR_OK : e;
}

/* How many hits this key had since then. */
static enum err count_hits(struct test *t, int64_t from_ms, unsigned *ret)
{
	struct buf out;
	enum err e;

	buf_init(&out, HITS_MOST);
	e = decoy_list(t->link, from_ms, INT64_MAX, &out);
	for (size_t at = 0; !e && at < out.n;) {
		const uint8_t *end = memchr(out.p + at, '\n', out.n - at);
		size_t n = end ? (size_t)(end - out.p) - at : out.n - at;
		json_t *o = json_loadb((const char *)out.p + at, n, 0, NULL);
		const char *key = json_string_value(json_object_get(o, "key"));

		*ret += key && strcmp(key, t->key_id) == 0 ? 1 : 0;
		json_decref(o);
		at += n + 1;
	}
	buf_release(&out);
	return e;
}

static int test_all(struct test *t, const char *in)
{
	int64_t from_ms = 0;
	unsigned hits = 0;
	enum err e = link_time(t->link, &from_ms);

	date_format(date_of_ms(from_ms), t->date);
	if (!e)
		e = ask_all(t, in);
	if (!e)
		e = count_hits(t, from_ms, &hits);
	if (e)
		return say_exit_of(e);
	(void)printf(_("asked %u, unknown %u, seen by the keeper %u\n"),
	    t->asked, t->unknown, hits);
	if (t->no_room)
		(void)printf(_("no room for more misses of this key: the others "
		    "were not asked about\n"));
	return t->asked > 0 && t->unknown == t->asked && hits == t->asked ?
	    SAY_DONE : SAY_CHECK_FAILED;
}

static enum err load_key(struct test *t, const char *path, struct pin *pin,
    struct sign_private **key)
{
	char pin_path[PATH_MAX];
	uint8_t id[SIGN_KEY_ID];
	enum err e = pin_of_key(path, pin_path, sizeof(pin_path));

	if (!e)
		e = pin_load(pin_path, pin);
	if (!e)
		e = sign_private_load(path, key);
	if (e) {
		say("%s: not a private key, or no pin beside it", path);
		return e;
	}
	sign_public_id(sign_private_public(*key), id);
	sign_key_id_text(id, t->key_id);
	return ERR_OK;
}

int decoy_test(const char *dir, const char *amc, const char *in,
    const char *key_path, const char *domain)
{
	struct test t = {.amc = amc, .domain = domain};
	struct client_options o = {.clock = clock_system(),
	    .random = random_system()};
	struct sign_private *key = NULL;
	struct pin pin = {0};
	int status = SAY_TRANSPORT;
	enum err e;

	if (link_reach(dir, &t.link))
		return SAY_TRANSPORT;
	e = load_key(&t, key_path, &pin, &key);
	o.pin = &pin;
	o.key = key;
	if (!e)
		e = client_new(&o, &t.client);
	status = e ? say_exit_of(e) : test_all(&t, in);
	client_free(t.client);
	sign_private_free(key);
	pin_release(&pin);
	link_close(t.link);
	return status;
}
