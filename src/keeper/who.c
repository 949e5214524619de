/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who read one person, and what opens entries for an auditor. Both take
 * entries of one cell or of some keys, try no other key on them, and read
 * them again when they are written, so that memory holds places alone.
 */
#include "base/date.h"
#include "base/text.h"
#include "journal/ending.h"
#include "keeper/logkeys.h"
#include "keeper/scope_run.h"
#include "keeper/tagger.h"

enum err who_tag(struct scope_run *s, uint8_t ret[static RIGHTS_TAG])
{
	struct act_line line = {0};
	struct act_head head;
	struct span rest;
	uint8_t handle[LIMIT_HANDLE];
	size_t n = 0;
	enum err e = act_head(buf_span(&s->act), &head, &rest);

	if (!e)
		e = act_next(&rest, &line);
	if (!e)
		e = text_unb64url(
		    act_value(&line, "ref"), handle, sizeof(handle), &n);
	if (!e)
		e = tagger_handle(s->k->tagger,
		    registry_of_cell(s->k->registry, s->only_cell),
		    s->only_cell, span_of(handle, n), ret);
	return e;
}

/* An entry of the only cell, or of the asked keys. */
static enum err open_entry(struct scope_run *s, uint64_t index,
    struct leaf *leaf, struct opening *o, uint8_t *plain, bool *ret_opened)
{
	uint64_t released;

	return s->only_cell ?
	    book_read_of(s->book, index, s->only_cell, leaf, o, plain,
		ret_opened) :
	    book_read(s->book, index, leaf, o, plain, ret_opened, &released);
}

enum err who_take(
    struct scope_run *s, uint64_t index, const struct leaf *leaf)
{
	struct listing_hit h = {.index = index, .time_ms = leaf->time_ms};
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf reread;
	uint32_t key;
	bool opened = false;
	enum err e;

	if (s->word == SCOPE_WHO &&
	    (leaf->decision != LEAF_ANSWERED || !leaf->existed))
		return ERR_OK;
	if (!s->only_cell &&
	    !map_find(&s->aliases, span_of(leaf->asker, LEAF_ASKER), &key))
		return ERR_OK;
	e = open_entry(s, index, &reread, &o, plain, &opened);
	if (e || !opened)
		return e;
	h.cell = o.cell;
	h.number = o.number;
	if (s->word == SCOPE_RELEASE || o.number == s->number)
		e = scope_add_hit(s, &h);
	secret_wipe(plain, sizeof(plain));
	return e;
}

static void write_fields(struct json_writer *w, uint32_t mask)
{
	json_write_name(w, "fields");
	json_write_begin(w, '[');
	for (unsigned f = 0; f < LISTING_FIELDS; f++)
		if (mask & 1u << f)
			json_write_text(w, listing_field(f));
	json_write_end(w, ']');
}

static void write_reader(struct scope_run *s, const struct listing_hit *h,
    const struct leaf *leaf, const struct opening *o)
{
	const struct registry *r = s->k->registry;
	const struct registry_site *site = registry_site(r, o->site);
	struct json_writer *w = &s->w;
	char id[SIGN_KEY_ID_TEXT], stamp[DATE_STAMP_SIZE];

	sign_key_id_text(o->key_id, id);
	date_format_stamp(leaf->time_ms, stamp);
	json_write_begin(w, '{');
	json_write_pair(w, "asker", id);
	json_write_name(w, "site");
	json_write_span(w, o->site);
	json_write_name(w, "rpps");
	json_write_span(w, o->rpps);
	json_write_pair(w, "profession",
	    site ? r->professions[site->profession].code : "");
	json_write_pair(w, "plane", conf_plane_word(leaf->plane));
	json_write_pair(w, "time", stamp);
	json_write_pair(w, "purpose",
	    leaf->purpose == RIGHTS_ESTIMATE ? "estimate" : "rights");
	write_fields(w, leaf->fields);
	json_write_name(w, "index");
	json_write_int(w, (int64_t)h->index);
	json_write_pair(w, "state", h->state == LISTING_READ ? "read" :
	    "cannot-be-excluded");
	json_write_end(w, '}');
}

static void write_bytes(
    struct json_writer *w, const char *name, const void *p, size_t n)
{
	char text[TEXT_B64_SIZE(OPENING_SIZE)];

	(void)text_b64url(p, n, text);
	json_write_pair(w, name, text);
	secret_wipe(text, sizeof(text));
}

/* The public key that signed the question: its hash is in the opening. */
static void write_signer(
    struct scope_run *s, struct json_writer *w, const struct opening *o)
{
	const struct registry_key *k = registry_key(s->k->registry, o->key_id);
	struct span spki;

	if (!k)
		return;
	spki = sign_public_spki(k->key);
	write_bytes(w, "spki", spki.p, spki.n);
}

/* One line: the leaf, its sealed opening, the key of both, and who signed. */
static enum err write_entry(struct scope_run *s, const struct listing_hit *h,
    const struct leaf *leaf, const struct opening *o)
{
	struct json_writer w = json_writer_of(&s->out);
	struct tlog_record record;
	struct secret key;
	enum err e = book_entry_key(s->book, h->index, leaf, h->cell, &key);

	if (!e)
		e = tlog_read(book_log(s->book), h->index, &record);
	if (!e) {
		json_write_begin(&w, '{');
		json_write_name(&w, "index");
		json_write_int(&w, (int64_t)h->index);
		write_bytes(&w, "leaf", record.leaf.p, record.leaf.n);
		write_bytes(&w, "opening", record.side.p, record.side.n);
		write_bytes(&w, "key", key.key, sizeof(key.key));
		write_signer(s, &w, o);
		json_write_end(&w, '}');
		buf_text(&s->out, "\n");
	}
	secret_wipe(&key, sizeof(key));
	return e;
}

static enum err write_hit(struct scope_run *s, const struct listing_hit *h)
{
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
	struct leaf leaf;
	bool opened = false;
	enum err e;

	if (s->word == SCOPE_WHO && h->state == LISTING_NOT_DISCLOSED)
		return ERR_OK;
	e = open_entry(s, h->index, &leaf, &o, plain, &opened);
	if (!e && !opened)	/* its month was destroyed meanwhile */
		e = ERR_STATE;
	if (!e && s->word == SCOPE_WHO)
		write_reader(s, h, &leaf, &o);
	else if (!e)
		e = write_entry(s, h, &leaf, &o);
	secret_wipe(plain, sizeof(plain));
	return e;
}

/* The key that names one asked key's leaves of a month. */
static void write_asker(
    struct scope_run *s, uint32_t m, const struct secret *month, uint32_t i)
{
	struct json_writer w = json_writer_of(&s->out);
	const struct registry_key *k = &s->k->registry->keys[i];
	struct secret asker;
	char id[SIGN_KEY_ID_TEXT];

	sign_key_id_text(k->id, id);
	months_asker_key(month, k->id, &asker);
	json_write_begin(&w, '{');
	json_write_pair(&w, "asker", id);
	json_write_name(&w, "month");
	json_write_int(&w, m);
	write_bytes(&w, "key", asker.key, sizeof(asker.key));
	json_write_end(&w, '}');
	buf_text(&s->out, "\n");
	secret_wipe(&asker, sizeof(asker));
}

/* A line a key and month, until a part is full; *ret_more: not all are
 * written. A month without entries has no key. */
static enum err write_askers(struct scope_run *s, bool *ret_more)
{
	const struct registry *r = s->k->registry;
	uint32_t last = date_month_of_ms(s->to_ms - 1);
	struct secret month;
	enum err e = ERR_OK;

	while (s->asker_month <= last && s->out.n < SCOPE_PART && !e) {
		e = months_get(book_months(s->book), s->asker_month, &month);
		if (e == ERR_UNKNOWN) {
			s->asker = (uint32_t)r->key_count;
			e = ERR_OK;
		}
		for (; !e && s->asker < r->key_count &&
		     s->out.n < SCOPE_PART; s->asker++)
			if (select_has_key(&s->select, r, &r->keys[s->asker]))
				write_asker(
				    s, s->asker_month, &month, s->asker);
		if (s->asker >= r->key_count) {
			s->asker_month++;
			s->asker = 0;
		}
	}
	secret_wipe(&month, sizeof(month));
	*ret_more = s->asker_month <= last;
	return e ? e : s->out.err;
}

/* The names that questions were signed for, plane by plane. */
static void write_authorities(struct scope_run *s, struct json_writer *w)
{
	const struct conf *c = &s->k->conf;

	json_write_name(w, "authorities");
	json_write_begin(w, '{');
	for (unsigned p = 1; p < CONF_PLANES; p++)
		if (c->plane[p].enabled)
			json_write_pair(w, conf_plane_word(p),
			    c->plane[p].authority);
	json_write_end(w, '}');
}

static enum err write_head(struct scope_run *s)
{
	struct json_writer w = json_writer_of(&s->out);
	const struct registry_insurer *insurer =
	    registry_of_cell(s->k->registry, s->only_cell);
	char from[DATE_STAMP_SIZE], to[DATE_STAMP_SIZE];
	enum err e;

	date_format_stamp(s->from_ms, from);
	date_format_stamp(s->to_ms, to);
	json_write_begin(&w, '{');
	json_write_pair(&w, "release", "ecluse/release/v1");
	json_write_pair(&w, "from", from);
	json_write_pair(&w, "to", to);
	if (s->only_cell) {
		json_write_pair(
		    &w, "operator", insurer ? insurer->operator : "");
		json_write_pair(&w, "amc", insurer ? insurer->amc : "");
		json_write_name(&w, "cell");
		json_write_int(&w, s->only_cell);
	}
	write_authorities(s, &w);
	json_write_name(&w, "count");
	json_write_int(&w, (int64_t)s->hit_count);
	e = scope_write_checkpoint(s, &w);
	json_write_end(&w, '}');
	buf_text(&s->out, "\n");
	return e;
}

static enum err write_start(struct scope_run *s)
{
	s->began = true;
	if (s->word == SCOPE_WHO) {
		json_write_begin(&s->w, '[');
		return ERR_OK;
	}
	s->sum = hash_stream_new();
	if (!s->sum)
		return ERR_NOMEM;
	s->asker_month = s->only_cell ? UINT32_MAX :
	    date_month_of_ms(s->from_ms);
	return write_head(s);
}

/* The last line: what stands before it, signed by the log's key, so that whoever
 * carries the file leaves nothing out unseen. */
static enum err write_end(struct scope_run *s)
{
	const struct sign_private *keys[CHECKPOINT_SIGNERS];
	size_t n = logkeys_signers(s->k, KEYRING_LOG, keys);
	struct json_writer w = json_writer_of(&s->out);
	struct ending end = {.count = s->hit_count};
	struct buf note;
	enum err e;

	buf_init(&note, ENDING_MAX);
	hash_stream_end(s->sum, end.hash);
	e = ending_sign(&end, s->past ?
	    s->k->registry->pasts[s->past - 1].origin : s->k->conf.origin,
	    keys, n, &note);
	json_write_begin(&w, '{');
	json_write_name(&w, "end");
	json_write_span(&w, buf_span(&note));
	json_write_end(&w, '}');
	buf_text(&s->out, "\n");
	buf_release(&note);
	return e;
}

static enum err sum_up(struct scope_run *s, bool more)
{
	hash_stream_put(s->sum, buf_span(&s->out));
	return more ? ERR_OK : write_end(s);
}

enum err who_write(struct scope_run *s, bool *ret_more)
{
	bool askers = false;
	enum err e = s->began ? ERR_OK : write_start(s);

	if (!e && s->word == SCOPE_RELEASE)
		e = write_askers(s, &askers);
	while (!e && !askers && s->written < s->hit_count &&
	    s->out.n < SCOPE_PART && !s->out.err)
		e = write_hit(s, &s->hits[s->written++]);
	*ret_more = askers || s->written < s->hit_count;
	if (!e && s->word == SCOPE_RELEASE)
		e = sum_up(s, *ret_more);
	else if (!e && !*ret_more)
		json_write_end(&s->w, ']');
	return e ? e : s->out.err;
}
