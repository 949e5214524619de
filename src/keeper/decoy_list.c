/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sets that are planted, and who asked about one: read from registry and
 * journal a step at a time, between questions. It names askers and places of
 * decoys, no person: one administrator alone may see it.
 */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "json/write.h"
#include "keeper/decoys.h"
#include "keeper/keeper.h"

#define STEP 500		/* entries read in one turn */
#define PART 49152

struct decoys_list {
	struct keeper *k;
	struct admin *admin;
	uint64_t ref, cursor, end;
	int64_t from_ms, to_ms;
	struct loop_timer timer;
	struct buf out;
};

static void finish(struct decoys_list *l, enum err e, const char *words)
{
	struct keeper *k = l->k;

	if (l->admin) {
		if (l->out.n > 0 && !e)
			admin_part(l->admin, l->ref, buf_span(&l->out));
		admin_done(l->admin, l->ref, e, words);
	}
	loop_timer_clear(k->loop, &l->timer);
	buf_release(&l->out);
	free(l);
	k->decoys_list = NULL;
}

static void write_cell(
    struct json_writer *w, const struct registry *r, uint32_t cell)
{
	const struct registry_insurer *i = registry_of_cell(r, cell);

	json_write_pair(w, "operator", i ? i->operator : "");
	json_write_pair(w, "amc", i ? i->amc : "");
}

static void write_sets(struct decoys_list *l)
{
	const struct registry *r = l->k->registry;

	for (size_t i = 0; i < r->decoy_count; i++) {
		const struct registry_decoy *d = &r->decoys[i];
		struct json_writer w = json_writer_of(&l->out);
		char hex[2 * HASH_SIZE + 1], stamp[DATE_STAMP_SIZE];
		const struct registry_insurer *insurer =
		    registry_of_cell(r, d->cell);

		text_hex(d->set, HASH_SIZE, hex);
		date_format_stamp(d->said_ms, stamp);
		json_write_begin(&w, '{');
		json_write_pair(&w, "set", hex);
		write_cell(&w, r, d->cell);
		json_write_name(&w, "persons");
		json_write_int(&w, d->persons);
		json_write_pair(&w, "planted", stamp);
		if (d->withdrawn_ms != 0) {
			date_format_stamp(d->withdrawn_ms, stamp);
			json_write_pair(&w, "withdrawn", stamp);
		}
		json_write_pair(&w, "react", insurer && insurer->decoy_closes ?
		    "close" : "alarm");
		json_write_end(&w, '}');
		buf_text(&l->out, "\n");
	}
}

static void write_hit(struct decoys_list *l, uint64_t index,
    const struct leaf *leaf, const struct opening *o)
{
	struct json_writer w = json_writer_of(&l->out);
	char id[SIGN_KEY_ID_TEXT], stamp[DATE_STAMP_SIZE];

	sign_key_id_text(o->key_id, id);
	date_format_stamp(leaf->time_ms, stamp);
	json_write_begin(&w, '{');
	json_write_name(&w, "index");
	json_write_int(&w, (int64_t)index);
	json_write_pair(&w, "time", stamp);
	json_write_pair(&w, "plane", registry_plane_text(leaf->plane));
	json_write_name(&w, "site");
	json_write_span(&w, o->site);
	json_write_pair(&w, "key", id);
	json_write_name(&w, "rpps");
	json_write_span(&w, o->rpps);
	write_cell(&w, l->k->registry, o->cell);
	json_write_pair(&w, "decision", leaf_decision_text(leaf->decision));
	json_write_end(&w, '}');
	buf_text(&l->out, "\n");
}

static enum err take_entry(struct decoys_list *l, uint64_t index)
{
	struct keeper *k = l->k;
	uint8_t plain[OPENING_PLAIN];
	struct tlog_record record;
	struct opening o;
	struct leaf leaf;
	uint64_t released;
	bool opened;
	enum err e = tlog_read(book_log(k->book), index, &record);

	if (!e)
		e = leaf_unpack(record.leaf, &leaf);
	/* a decoy is nobody: most entries need not be opened */
	if (e || leaf.kind != LEAF_ASKED || leaf.existed ||
	    leaf.time_ms < l->from_ms || leaf.time_ms >= l->to_ms)
		return e;
	e = book_read(k->book, index, &leaf, &o, plain, &opened, &released);
	if (!e && opened && (o.proof & OPENING_DECOY))
		write_hit(l, index, &leaf, &o);
	secret_wipe(plain, sizeof(plain));
	return e ? e : l->out.err;
}

static void step(void *ctx)
{
	struct decoys_list *l = ctx;
	enum err e = ERR_OK;

	for (int i = 0; i < STEP && l->cursor < l->end && !e &&
	    !admin_is_behind(l->admin) && l->out.n < PART / 2; i++)
		e = take_entry(l, l->cursor++);
	if (e || l->cursor == l->end) {
		finish(l, e, e ? "the journal cannot be read there" : "");
		return;
	}
	if (l->out.n >= PART / 2) {
		admin_part(l->admin, l->ref, buf_span(&l->out));
		buf_clear(&l->out);
	}
	if (loop_timer_set(l->k->loop, &l->timer, 1))
		finish(l, ERR_NOMEM, "out of memory");
}

void decoys_list(
    struct keeper *k, struct admin *a, uint64_t ref, struct span body)
{
	struct reader r = reader_of(body);
	struct decoys_list *l;

	if (k->decoys_list) {
		admin_done(a, ref, ERR_STATE,
		    "another list is being read: wait for its end");
		return;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		admin_done(a, ref, ERR_NOMEM, "out of memory");
		return;
	}
	decide_commit(k);
	k->decoys_list = l;
	l->k = k;
	l->admin = a;
	l->ref = ref;
	l->from_ms = (int64_t)read_u64(&r);
	l->to_ms = (int64_t)read_u64(&r);
	l->end = book_size(k->book);
	buf_init(&l->out, 2 * PART);
	loop_timer_init(&l->timer, step, l);
	write_sets(l);
	if (loop_timer_set(k->loop, &l->timer, 1))
		finish(l, ERR_NOMEM, "out of memory");
}

void decoys_list_gone(struct keeper *k, const struct admin *a)
{
	if (k->decoys_list && (!a || k->decoys_list->admin == a)) {
		k->decoys_list->admin = NULL;
		finish(k->decoys_list, ERR_CLOSED, "");
	}
}
