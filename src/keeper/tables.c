/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "keeper/keeper.h"
#include "keeper/tables.h"

static void end(struct keeper *k)
{
	struct admin *a = k->tables.admin;

	k->tables.admin = NULL;
	k->tables.owing = 0;
	if (a)
		admin_done(a, k->tables.ref, k->tables.e, k->tables.words);
}

/* One vault's word; the last one ends it. */
static void told(struct keeper *k, const struct vaults_vault *v, enum err e,
    uint32_t rows, struct span words)
{
	struct json_writer w = json_writer_of(&k->scratch);

	k->tables.owing &= ~(1u << v->nth);
	buf_clear(&k->scratch);
	json_write_begin(&w, '{');
	json_write_name(&w, "vault");
	json_write_int(&w, v->nth);
	json_write_name(&w, e ? "error" : "rows");
	if (e)
		json_write_span(&w, words);
	else
		json_write_int(&w, rows);
	json_write_end(&w, '}');
	buf_text(&k->scratch, "\n");
	if (k->tables.admin)
		admin_part(k->tables.admin, k->tables.ref,
		    buf_span(&k->scratch));
	if (e && !k->tables.e) {
		k->tables.e = e;
		(void)snprintf(k->tables.words, sizeof(k->tables.words),
		    "%.*s", (int)words.n, (const char *)words.p);
	}
	if (k->tables.owing == 0)
		end(k);
}

static void not_there(struct keeper *k, const struct vaults_vault *v)
{
	told(k, v, ERR_CLOSED, 0, span_str("a vault does not answer: it "
	    "reads the rules when it starts again"));
}

void tables_reload(struct keeper *k, struct admin *a, uint64_t ref)
{
	uint32_t asked = 0;

	if (k->tables.owing) {
		admin_done(a, ref, ERR_STATE, "the rules are being read "
		    "already: wait for its end");
		return;
	}
	k->tables.admin = a;
	k->tables.ref = ref;
	k->tables.turn++;
	k->tables.since_ms = clock_boot_ms(&k->hour.clock);
	k->tables.e = ERR_OK;
	k->tables.words[0] = '\0';
	k->tables.owing = (1u << k->vault_count) - 1;
	for (uint32_t i = 0; i < k->vault_count; i++)
		if (!vaults_put(k, i, MSG_RULES, k->tables.turn,
		    span_of(NULL, 0)))
			asked |= 1u << i;
	for (uint32_t i = 0; i < k->vault_count; i++)
		if (!(asked & 1u << i))
			not_there(k, &k->vaults[i]);
}

enum err tables_said(struct keeper *k, const struct vaults_vault *v,
    uint64_t ref, struct span body)
{
	struct reader r = reader_of(body);
	uint16_t code = read_u16(&r);
	uint32_t rows = read_u32(&r);
	struct span words = read_bytes(&r, reader_left(&r));

	if (!reader_done(&r) || code >= ERR_COUNT)
		return ERR_SHAPE;
	if (ref == k->tables.turn && k->tables.owing & 1u << v->nth)
		told(k, v, (enum err)code, rows, words);
	return ERR_OK;
}

void tables_vault_gone(struct keeper *k, const struct vaults_vault *v)
{
	if (k->tables.owing & 1u << v->nth)
		not_there(k, v);
}

void tables_look(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count; i++)
		if (k->tables.owing & 1u << i &&
		    vaults_stuck(k, i, k->tables.since_ms))
			not_there(k, &k->vaults[i]);
}

void tables_admin_gone(struct keeper *k, const struct admin *a)
{
	if (k->tables.admin == a)
		k->tables.admin = NULL;
}
