/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts and the other texts that people sign or write: an act on a registry
 * that has begun, the configuration, a backup's list, a vault's trust.
 */
#include <string.h>
#include "backup/manifest.h"
#include "conf/conf.h"
#include "fuzz.h"
#include "meter/trust.h"
#include "registry/act.h"
#include "registry/registry.h"

#define NOW_MS INT64_C(1795392000000)	/* 2026-11-23 */
#define ACT_MOST 65536

/* The text up to a line of two hyphens. */
static struct span part_of(struct span *in)
{
	struct span part = *in;
	size_t n = 0;

	while (in->n) {
		struct span line = line_of(in);

		if (span_is(line, "--"))
			return span_of(part.p, n);
		n += line.n + 1;
	}
	return part;
}

/* One act on what those before it made; lines alone are the input's. */
static void one_act(struct registry *r, struct span lines, unsigned nth)
{
	uint8_t nonce[16] = {(uint8_t)nth};
	struct registry_fault fault;
	struct registry_asks asks;
	enum registry_wish wish;
	struct buf text;

	buf_init(&text, ACT_MOST);
	act_write_head(&text, span_str("fuzz.example/journal"),
	    NOW_MS + (int64_t)nth * 1000, nonce);
	buf_put_span(&text, lines);
	if (!text.err) {
		(void)!registry_asks(buf_span(&text), &asks, &fault);
		(void)trust_concerns(buf_span(&text));
		(void)!registry_apply(r, buf_span(&text), 2, nth == 0,
		    NOW_MS + (int64_t)nth * 1000, &wish, &fault);
	}
	buf_release(&text);
}

static void act(struct span in)
{
	struct registry *r;
	unsigned nth = 0;

	must(registry_new(&r) == ERR_OK);
	do
		one_act(r, part_of(&in), nth++);
	while (in.n && nth < 16);
	registry_free(r);
}

/* Head and all, as a note's text comes. */
static void whole_act(struct span in)
{
	struct registry_fault fault;
	struct registry_asks asks;
	struct act_head head;
	struct span rest;

	if (act_head(in, &head, &rest) == ERR_OK)
		must(rest.p + rest.n == in.p + in.n);
	(void)!registry_asks(in, &asks, &fault);
}

static void conf(struct span in)
{
	struct conf_fault fault;
	struct conf c, again;
	struct buf out, twice;

	conf_defaults(&c);
	if (conf_parse(in, &c, &fault) != ERR_OK)
		return;
	buf_init(&out, 1u << 20);
	conf_write(&c, &out);
	must(!out.err);
	conf_defaults(&again);
	must(conf_parse(buf_span(&out), &again, &fault) == ERR_OK);
	buf_init(&twice, 1u << 20);
	conf_write(&again, &twice);
	must(span_equal(buf_span(&out), buf_span(&twice)));
	buf_release(&twice);
	buf_release(&out);
}

static void manifest(struct span in)
{
	static struct manifest m;
	struct buf out;

	if (manifest_parse(in, &m) != ERR_OK)
		return;
	buf_init(&out, 1u << 20);
	manifest_write(&m, &out);
	must(!out.err && span_equal(in, buf_span(&out)));
	buf_release(&out);
}

static void trust(struct span in)
{
	struct trust *t = calloc(1, sizeof(*t)), *u = calloc(1, sizeof(*u));
	struct buf out;

	must(t && u);
	buf_init(&out, TRUST_FILE);
	if (trust_read(in, t) == ERR_OK && trust_write(t, &out) == ERR_OK) {
		must(trust_read(buf_span(&out), u) == ERR_OK);
		must(memcmp(t, u, sizeof(*t)) == 0);
	}
	buf_release(&out);
	free(t);
	free(u);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {
	    act, conf, manifest, trust, whole_act};
	struct span in = span_of(p, n);

	readers[choose(&in, 5)](in);
	return 0;
}
