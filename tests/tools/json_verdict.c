/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our JSON reader says about texts, for other readers to be compared
 * with (tests/strangers/json.test.mjs). Standard input: a 32-bit length and
 * that many bytes, again and again; standard output: one line each, the name
 * of the error, or "ok " and the values in their order, written by us.
 */
#include <stdio.h>
#include <stdlib.h>
#include "json/read.h"
#include "json/write.h"

static struct json_token tokens[LIMIT_JSON_TOKENS];

static void write_value(
    const struct json *j, uint16_t at, struct json_writer *w);

static void write_string(
    const struct json *j, uint16_t at, struct json_writer *w)
{
	static char text[LIMIT_BODY + 1];

	if (json_text(j, at, text, sizeof(text)))
		abort();
	json_write_text(w, text);
}

/* A name, through the reader's own tests for equality: unescaped by hand it
 * would be compared with itself. */
static void write_name(
    const struct json *j, uint16_t at, struct json_writer *w)
{
	struct json_token as_string = j->tokens[at];
	struct json one = {j->text, &as_string, 1};
	char name[LIMIT_JSON_NAME + 1];

	as_string.type = JSON_STRING;
	if (json_text(&one, 0, name, sizeof(name)) || !json_is(j, at, name))
		abort();
	json_write_name(w, name);
}

static void write_inside(
    const struct json *j, uint16_t at, struct json_writer *w)
{
	bool object = json_type(j, at) == JSON_OBJECT;
	uint16_t i;

	json_write_begin(w, object ? '{' : '[');
	for (i = json_first(j, at); i != JSON_NOWHERE;
	     i = json_after(j, at, i)) {
		if (object)
			write_name(j, i, w);
		write_value(j, (uint16_t)(i + object), w);
	}
	json_write_end(w, object ? '}' : ']');
}

static void write_value(
    const struct json *j, uint16_t at, struct json_writer *w)
{
	enum json_type type = json_type(j, at);

	if (type == JSON_ARRAY || type == JSON_OBJECT)
		write_inside(j, at, w);
	else if (type == JSON_STRING)
		write_string(j, at, w);
	else if (type == JSON_TRUE || type == JSON_FALSE)
		json_write_bool(w, type == JSON_TRUE);
	else {	/* numbers and null as they stand */
		if (w->comma)
			buf_put_u8(w->out, ',');
		buf_put_span(w->out, json_raw(j, at));
		w->comma = true;
	}
}

static void say(struct span text)
{
	struct json j;
	struct buf b;
	size_t at;
	enum err e = json_read(text, tokens, LIMIT_JSON_TOKENS, &j, &at);
	struct json_writer w = json_writer_of(&b);

	if (e) {
		printf("%s\n", e == ERR_EXISTS ? "twice"
		    : e == ERR_LIMIT ? "limit" : "shape");
		return;
	}
	buf_init(&b, 8 * LIMIT_BODY);
	write_value(&j, JSON_TOP, &w);
	if (b.err)
		abort();
	printf("ok %.*s\n", (int)b.n, (const char *)b.p);
	buf_release(&b);
}

int main(void)
{
	static uint8_t text[LIMIT_BODY + 1];
	uint8_t head[4];

	while (fread(head, 1, 4, stdin) == 4) {
		size_t n = get_be32(head);

		if (n > sizeof(text) || fread(text, 1, n, stdin) != n)
			return 2;
		say(span_of(text, n));
	}
	return 0;
}
