/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Acts and the other texts that people sign or write: an act on a registry
 * that has begun and, signed, in the hands of a vault, the configuration, a
 * backup's list, a vault's trust.
 */
#include <string.h>
#include "backup/manifest.h"
#include "conf/conf.h"
#include "fuzz.h"
#include "journal/note.h"
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

/* --- an act that a keeper hands to a vault, whoever signed it --- */

#define ADMINS 3	/* of the vault; behind them a stranger */
#define OLD 1000	/* a ceiling that stands already */

static struct {
	struct sign_private *keys[ADMINS + 1];
	struct trust trust;
} world;

static void admin(unsigned nth)
{
	const uint8_t seed[32] = {(uint8_t)(nth + 1)};
	struct trust_admin *a = &world.trust.admins[nth];

	must(sign_private_ed25519(seed, &world.keys[nth]) == ERR_OK);
	(void)snprintf(a->name, sizeof(a->name), "admin-%u", nth);
	memcpy(a->key, sign_public_raw(sign_private_public(world.keys[nth])),
	    sizeof(a->key));
}

static void make_world(void)
{
	struct trust *t = &world.trust;

	if (world.keys[0])
		return;
	sign_start();
	for (unsigned i = 0; i <= ADMINS; i++)
		admin(i);
	t->admin_count = ADMINS;
	memset(&t->admins[ADMINS], 0, sizeof(t->admins[ADMINS]));
	(void)snprintf(t->origin, sizeof(t->origin), "fuzz.example/journal");
	t->ceilings[t->ceiling_count++] =
	    (struct trust_ceiling){1, OLD, NOW_MS - 1000};
}

/* false: no note has such a text. */
static bool sign(struct span text, unsigned who, struct buf *note)
{
	struct note_signer signers[ADMINS + 1];
	char names[ADMINS + 1][16];
	size_t n = 0;

	for (unsigned i = 0; i <= ADMINS; i++)
		if (who >> i & 1) {
			(void)snprintf(names[n], sizeof(names[n]), "admin-%u",
			    i);
			signers[n] = (struct note_signer){
			    names[n], world.keys[i]};
			n++;
		}
	buf_clear(note);
	return note_sign(text, signers, n, note) == ERR_OK;
}

/* Whatever was signed: it can be kept, two are left to sign the next, nobody
 * came back, no ceiling is of an earlier act. */
static void is_sound(const struct trust *t)
{
	struct trust *again = calloc(1, sizeof(*again));
	unsigned living = 0;
	struct buf out;

	must(again);
	buf_init(&out, TRUST_FILE);
	must(trust_write(t, &out) == ERR_OK);
	must(trust_read(buf_span(&out), again) == ERR_OK);
	must(memcmp(t, again, sizeof(*t)) == 0);
	for (size_t i = 0; i < t->admin_count; i++)
		living += t->admins[i].revoked ? 0 : 1;
	must(living >= 2 && t->ceilings[0].time_ms >= NOW_MS - 1000);
	buf_release(&out);
	free(again);
}

/* What one alone, or a stranger beside her, may not: give power, or take a
 * bound away. */
static void gave_nothing(const struct trust *t)
{
	const struct trust *was = &world.trust;

	must(t->admin_count == was->admin_count &&
	    t->ceiling_count == was->ceiling_count &&
	    memcmp(t->ceilings, was->ceilings, sizeof(t->ceilings)) == 0 &&
	    strcmp(t->origin, was->origin) == 0 &&
	    t->former_count == was->former_count);
}

static enum err hand_over(struct trust *t, struct span note, bool *ret_changed)
{
	const char *words = NULL;
	struct trust *before = malloc(sizeof(*before));
	enum err e;

	must(before);
	*before = *t;
	*ret_changed = false;
	e = trust_act(t, note, NOW_MS, ret_changed, &words);
	must(words && (e == ERR_OK) == (*words == '\0'));
	must((!e && *ret_changed) || memcmp(t, before, sizeof(*t)) == 0);
	free(before);
	return e;
}

/* Bits of those who sign: nobody whom it knows, one with a stranger, two. */
static void vault_act(struct span text)
{
	static const unsigned who[] = {1u << ADMINS, 1 | 1u << ADMINS, 6};
	struct trust *t = malloc(sizeof(*t));
	struct buf note;
	bool changed;

	must(t);
	buf_init(&note, NOTE_MAX);
	for (size_t i = 0; i < sizeof(who) / sizeof(who[0]) &&
	     sign(text, who[i], &note); i++) {
		enum err e;

		*t = world.trust;
		e = hand_over(t, buf_span(&note), &changed);
		if (!e && i == 1)
			met("an act of one that a vault takes");
		if (!e && i == 2)
			met("an act of two that a vault takes");
		must(i > 0 || (e && !changed));
		if (i < 2)
			gave_nothing(t);
		is_sound(t);
		if (!e)
			must(!hand_over(t, buf_span(&note), &changed) &&
			    !changed);
	}
	buf_release(&note);
	free(t);
}

/* Nobody signed the input itself. */
static void stranger(struct span in)
{
	struct trust *t = malloc(sizeof(*t));
	bool changed;

	must(t);
	*t = world.trust;
	must(hand_over(t, in, &changed) != ERR_OK);
	free(t);
}

/* --- readers --- */

/* One act on what those before it made; lines alone are the input's. */
static void one_act(
    struct registry *r, struct span lines, unsigned nth, unsigned *handed)
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
		/* signatures cost: one of an input */
		if (trust_concerns(buf_span(&text)) && (*handed)++ == 0)
			vault_act(buf_span(&text));
		if (registry_apply(r, buf_span(&text), 2, nth == 0,
		    NOW_MS + (int64_t)nth * 1000, &wish, &fault) == ERR_OK) {
			if (nth > 0)
				met("an act behind the first");
			else
				met("a registry's first act");
		}
	}
	buf_release(&text);
}

static void act(struct span in)
{
	struct registry *r;
	unsigned nth = 0, handed = 0;

	must(registry_new(&r) == ERR_OK);
	do
		one_act(r, part_of(&in), nth++, &handed);
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

	if (act_head(in, &head, &rest) == ERR_OK) {
		met("an act's head");
		must(rest.p + rest.n == in.p + in.n);
	}
	(void)!registry_asks(in, &asks, &fault);
	stranger(in);
}

static void conf(struct span in)
{
	struct conf_fault fault;
	struct conf c, again;
	struct buf out, twice;

	conf_defaults(&c);
	if (conf_parse(in, &c, &fault) != ERR_OK)
		return;
	met("settings");
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
	met("a backup's manifest");
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
		met("a vault's trust");
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

	make_world();
	readers[choose(&in, 5)](in);
	return 0;
}
