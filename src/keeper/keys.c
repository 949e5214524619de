/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/log.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "feed/chunk.h"
#include "journal/note.h"
#include "json/write.h"
#include "keeper/keys.h"
#include "keeper/logkeys.h"
#include "keeper/purge.h"
#include "keeper/tagger.h"
#include "registry/service.h"
#include "registry/turns.h"
#include "registry/words.h"

#define LIST_PART 4096

static const enum keyring_kind kinds[] = {KEYRING_ANSWER, KEYRING_PROMISE,
    KEYRING_SEALING, KEYRING_INDEX, KEYRING_LOG, KEYRING_REGISTRY};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

static enum err folder_of(const struct keeper *k, char out[static PATH_MAX])
{
	return file_path(out, PATH_MAX, k->dir, "keeper");
}

/* What the registry destroyed leaves the keyring. */
static enum err drop_destroyed(struct keeper *k)
{
	const struct registry *r = k->registry;
	char folder[PATH_MAX];
	enum err e = folder_of(k, folder);

	for (size_t i = 0; i < r->turn_count && !e; i++) {
		const struct registry_turn *t = &r->turns[i];

		if (!t->destroyed ||
		    !keyring_at(k->keys, t->kind, t->generation))
			continue;
		if (t->kind == KEYRING_INDEX)
			tagger_drop(k->tagger, t->generation);
		e = logkeys_leave(k, t->kind);
		if (!e)
			e = keyring_drop(k->keys, folder, t->kind,
			    t->generation, &k->random);
		if (!e)
			log_say(LOG_INFO, "%s key %u destroyed",
			    keyring_kind_text(t->kind), t->generation);
	}
	return e;
}

static enum err destroy_months(struct keeper *k)
{
	const struct registry *r = k->registry;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->month_count && !e; i++) {
		e = months_destroy(book_months(k->book), r->months[i]);
		if (e == ERR_OK)
			log_say(LOG_INFO, "a month of the journal destroyed");
		if (e == ERR_UNKNOWN || e == ERR_STATE)
			e = ERR_OK;
	}
	return e;
}

/* Is the key in the keyring the one that the registry names? */
static bool is_named(const struct keeper *k, const struct registry_turn *t)
{
	const struct keyring_row *row =
	    keyring_at(k->keys, t->kind, t->generation);

	return row && (t->name_len == 0 || (t->name_len == row->name_len &&
	    memcmp(t->name, row->name, t->name_len) == 0));
}

static enum err use_said(struct keeper *k)
{
	const struct registry *r = k->registry;

	for (size_t i = 0; i < r->turn_count; i++)
		if (!r->turns[i].destroyed && !is_named(k, &r->turns[i])) {
			log_say(LOG_ERROR, "keys.sealed has not the %s key %u "
			    "of the registry: an old copy? See "
			    "docs/operations.md",
			    keyring_kind_text(r->turns[i].kind),
			    r->turns[i].generation);
			return ERR_CORRUPT;
		}
	for (size_t i = 0; i < KINDS; i++) {
		enum err e = keyring_use(k->keys, kinds[i],
		    turns_in_use(r, kinds[i], keeper_now(k)));

		if (e)
			return ERR_CORRUPT;
	}
	return ERR_OK;
}

/* Every version that lives and is in use, oldest first. */
static enum err use_versions(struct keeper *k)
{
	uint32_t used = turns_in_use(
	    k->registry, KEYRING_INDEX, keeper_now(k));
	enum err e = ERR_OK;

	for (uint32_t v = 1; v <= used && !e; v++) {
		const struct keyring_row *row =
		    keyring_at(k->keys, KEYRING_INDEX, v);

		if (row && !tagger_has(k->tagger, v))
			e = tagger_add(k->tagger, v, &row->key);
	}
	return e;
}

/* The service's keys as clients pin them, with promise keys before. */
static void fill_service(struct keeper *k, struct registry_service *s)
{
	struct keyring *keys = k->keys;

	*s = (struct registry_service){.issued_ms = keeper_now(k)};
	memcpy(s->answer, sign_public_raw(sign_private_public(keys->answer)),
	    sizeof(s->answer));
	memcpy(s->promise, sign_public_raw(sign_private_public(keys->promise)),
	    sizeof(s->promise));
	hpke_key_public(keys->sealing, s->sealing);
	for (size_t i = 0; i < keys->count; i++) {
		const struct keyring_row *row = &keys->rows[i];

		if (row->kind == KEYRING_PROMISE &&
		    row->sign != keys->promise &&
		    s->promise_count < REGISTRY_PROMISES)
			memcpy(s->promises[s->promise_count++], row->name,
			    SIGN_ED25519_KEY);
	}
}

static enum err write_service(struct keeper *k)
{
	const struct sign_private *keys[CHECKPOINT_SIGNERS];
	struct note_signer signers[CHECKPOINT_SIGNERS];
	size_t n = logkeys_signers(k, KEYRING_LOG, keys);
	struct registry_service s;
	char path[PATH_MAX];
	struct buf text, note;
	enum err e;

	buf_init(&text, LIST_PART);
	buf_init(&note, 2 * LIST_PART);
	for (size_t i = 0; i < n; i++)
		signers[i] = (struct note_signer){k->conf.origin, keys[i]};
	fill_service(k, &s);
	service_write(span_str(k->conf.origin), &s, &text);
	e = text.err ? text.err :
	    note_sign(buf_span(&text), signers, n, &note);
	if (!e)
		e = file_path(path, sizeof(path), k->dir,
		    "journal/public/service");
	if (!e)
		e = file_replace(path, buf_span(&note), 0644);
	buf_release(&text);
	buf_release(&note);
	return e;
}

/* A new note when what it would say is new; and one at each start. */
static enum err say_service(struct keeper *k)
{
	uint64_t said = 1 + k->keys->count;
	enum err e = ERR_OK;

	for (size_t i = 0; i < KINDS; i++)
		said = said << 8 | (turns_in_use(k->registry, kinds[i],
		    keeper_now(k)) & 0xff);
	if (said != k->keys_said)
		e = logkeys_lead(k);
	if (!e && said != k->keys_said)
		e = write_service(k);
	if (!e)
		k->keys_said = said;
	return e;
}

enum err keys_settle(struct keeper *k)
{
	enum err e = use_said(k);

	if (!e)
		e = use_versions(k);
	if (!e)
		e = logkeys_turn(k);
	if (!e)
		e = drop_destroyed(k);
	if (!e)
		e = destroy_months(k);
	return e ? e : say_service(k);
}

/* A key that turns: the keeper made it. */
static enum err turn_fault(const struct keeper *k,
    const struct act_line *line, char words[static KEYS_WORDS])
{
	enum keyring_kind kind = keyring_kind_of(act_value(line, "kind"));
	const struct keyring_row *row =
	    keyring_at(k->keys, kind, turns_last(k->registry, kind) + 1);
	uint8_t name[KEYRING_NAME];
	size_t n = 0;

	if (row && !text_unb64url(
	    act_value(line, "key"), name, sizeof(name), &n) &&
	    n == row->name_len && memcmp(name, row->name, n) == 0)
		return ERR_OK;
	(void)snprintf(words, KEYS_WORDS,
	    "the keeper has no such next key: ecluse keys turn makes it");
	return ERR_UNKNOWN;
}

static bool is_listed(struct span list, const char *amc)
{
	struct span one;

	while (!words_next(&list, &one))
		if (span_is(one, amc))
			return true;
	return false;
}

/* An index version that ends: every mutuelle was fully fed since its turn, or
 * those who sign know that it was not. */
static enum err lost_fault(const struct keeper *k,
    const struct act_line *line, char words[static KEYS_WORDS])
{
	const struct registry *r = k->registry;
	struct span list = act_value(line, "lose");
	struct buf names;
	uint64_t version = 0;
	size_t n = 0;

	if (!span_is(act_value(line, "kind"), "index") ||
	    text_u64(act_value(line, "generation"), TURNS_MOST, &version))
		return ERR_OK;	/* the registry's to say */
	buf_init(&names, KEYS_WORDS / 2);
	for (uint32_t i = 0; i < r->insurer_count; i++)
		if (!r->insurers[i].revoked &&
		    generations_needs(k, i + 1, (uint32_t)version) &&
		    !is_listed(list, r->insurers[i].amc) && n++ < 8)
			buf_printf(&names, " %s", r->insurers[i].amc);
	(void)snprintf(words, KEYS_WORDS, "%zu mutuelles had no full feed "
	    "since this version's turn:%.*s%s: load one of each, or lose all "
	    "their persons (lose=)", n, (int)names.n,
	    names.p ? (const char *)names.p : "", n > 8 ? " and more" : "");
	buf_release(&names);
	return n > 0 ? ERR_STATE : ERR_OK;
}

enum err keys_fault(const struct keeper *k, struct span text,
    char words[static KEYS_WORDS])
{
	struct act_line line = {0};
	struct act_head head;
	struct span rest;

	if (act_head(text, &head, &rest) || act_next(&rest, &line) ||
	    act_value(&line, "amc").n > 0)
		return ERR_OK;
	if (span_is(line.word, "turn"))
		return turn_fault(k, &line, words);
	if (span_is(line.word, "purge"))
		return purge_fault(k, &line, words);
	return span_is(line.word, "destroy") ?
	    lost_fault(k, &line, words) : ERR_OK;
}

void keys_next(struct keeper *k, struct admin *a, uint64_t ref,
    struct span kind_name)
{
	enum keyring_kind kind = keyring_kind_of(kind_name);
	char folder[PATH_MAX], text[TEXT_B64_SIZE(KEYRING_NAME)];
	const struct keyring_row *row;
	struct buf said;
	uint32_t next;
	enum err e = folder_of(k, folder);

	if (!turns_at(k->registry, kind, 1)) {
		admin_done(a, ref, ERR_UNKNOWN, "answer, promise, sealing, "
		    "index, log and registry turn, and a mutuelle's card and "
		    "feed keys");
		return;
	}
	next = turns_last(k->registry, kind) + 1;
	if (!e && !keyring_at(k->keys, kind, next))
		e = keyring_add(k->keys, folder, kind, &k->random,
		    keeper_now(k));
	row = keyring_at(k->keys, kind, next);
	if (e || !row) {
		admin_done(a, ref, e ? e : ERR_STATE,
		    "the key could not be made and kept");
		return;
	}
	text_b64url(row->name, row->name_len, text);
	buf_init(&said, LIST_PART);
	buf_text(&said, text);
	if (turns_is_log(kind))
		e = logkeys_prove(k, kind, row, &said);
	if (!e && !said.err)
		admin_part(a, ref, buf_span(&said));
	admin_done(a, ref, e ? e : said.err, "");
	buf_release(&said);
}

static const char *state_of(const struct keeper *k,
    const struct registry_turn *t, enum keyring_kind kind, uint32_t used,
    uint32_t generation)
{
	if (t && t->destroyed)
		return "destroyed";
	if (generation == used)
		return "in use";
	if (generation < used)
		return kind == KEYRING_INDEX ? "finds" : "accepted";
	return t && t->from_ms > k->turn_ms ? "due" : "next";
}

/* What an administrator does next about it, or "". */
static const char *duty_of(const char *state)
{
	if (strcmp(state, "next") == 0)
		return "turn";
	return strcmp(state, "accepted") == 0 ? "destroy" : "";
}

static void put_key(struct keeper *k, enum keyring_kind kind,
    uint32_t generation, struct buf *out)
{
	const struct registry_turn *t = turns_at(k->registry, kind, generation);
	const struct keyring_row *row = keyring_at(k->keys, kind, generation);
	const char *state = state_of(k, t, kind,
	    turns_in_use(k->registry, kind, keeper_now(k)), generation);
	char text[TEXT_B64_SIZE(KEYRING_NAME)] = "", since[DATE_STAMP_SIZE];
	struct json_writer w = json_writer_of(out);

	if (row)
		text_b64url(row->name, row->name_len, text);
	else if (t)
		text_b64url(t->name, t->name_len, text);
	date_format_stamp(t ? t->from_ms : row->made_ms, since);
	json_write_begin(&w, '{');
	json_write_pair(&w, "kind", keyring_kind_text(kind));
	json_write_name(&w, "generation");
	json_write_int(&w, generation);
	json_write_pair(&w, "state", state);
	json_write_pair(&w, "since", since);
	json_write_pair(&w, "key", text);
	json_write_pair(&w, "do", duty_of(state));
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

static void put_month(
    struct keeper *k, uint32_t month, bool live, struct buf *out)
{
	struct json_writer w = json_writer_of(out);
	uint32_t now = date_month_of_ms(keeper_now(k));
	char text[16];

	(void)snprintf(text, sizeof(text), "%04u-%02u", month / 12,
	    month % 12 + 1);
	json_write_begin(&w, '{');
	json_write_pair(&w, "kind", "month");
	json_write_pair(&w, "month", text);
	json_write_pair(&w, "state", live ? "in use" : "destroyed");
	json_write_pair(&w, "do",
	    live && now >= month + TURNS_MONTHS ? "destroy" : "");
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

static void put_theirs(struct buf *out, const struct registry_insurer *i,
    const char *kind, const struct sign_public *key, bool before)
{
	struct json_writer w = json_writer_of(out);
	uint8_t id[SIGN_KEY_ID];
	char text[SIGN_KEY_ID_TEXT];

	if (!key)
		return;
	sign_public_id(key, id);
	sign_key_id_text(id, text);
	json_write_begin(&w, '{');
	json_write_pair(&w, "kind", kind);
	json_write_pair(&w, "amc", i->amc);
	json_write_pair(&w, "operator", i->operator);
	json_write_pair(&w, "state", before ? "accepted" : "in use");
	json_write_pair(&w, "key", text);
	json_write_pair(&w, "do", before ? "destroy" : "");
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

/* What a mutuelle signs with: the keys are hers, which are good is ours. */
static void put_insurer(struct buf *out, const struct registry_insurer *i)
{
	if (i->revoked)
		return;
	put_theirs(out, i, "card", i->card_before, true);
	put_theirs(out, i, "card", i->card_key, false);
	put_theirs(out, i, "feed", i->feed_before, true);
	put_theirs(out, i, "feed", i->feed_key, false);
}

/* Who decides: each two of those who live. */
static void put_admin(struct buf *out, const struct registry_admin *a)
{
	struct json_writer w = json_writer_of(out);
	char text[TEXT_B64_SIZE(SIGN_ED25519_KEY)];

	text_b64url(a->key, SIGN_ED25519_KEY, text);
	json_write_begin(&w, '{');
	json_write_pair(&w, "kind", "admin");
	json_write_pair(&w, "name", a->name);
	json_write_pair(&w, "state", a->revoked ? "revoked" : "in use");
	json_write_pair(&w, "key", text);
	json_write_pair(&w, "do", "");
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

/* Hands the part on when it is long enough, and whole. */
static void pass(struct admin *a, uint64_t ref, struct buf *out, size_t least)
{
	if (out->n <= least || out->err)
		return;
	admin_part(a, ref, buf_span(out));
	buf_clear(out);
}

void keys_list(struct keeper *k, struct admin *a, uint64_t ref)
{
	struct months *months = book_months(k->book);
	struct buf out;
	uint32_t month = 0;
	bool live = false;

	buf_init(&out, 2 * LIST_PART);
	for (size_t i = 0; i < KINDS; i++) {
		const struct keyring_row *newest =
		    keyring_newest(k->keys, kinds[i]);
		uint32_t most = turns_last(k->registry, kinds[i]);

		if (newest && newest->generation > most)
			most = newest->generation;
		for (uint32_t g = 1; g <= most; g++) {
			put_key(k, kinds[i], g, &out);
			pass(a, ref, &out, LIST_PART);
		}
	}
	for (size_t i = 0; i < k->registry->admin_count; i++) {
		put_admin(&out, &k->registry->admins[i]);
		pass(a, ref, &out, LIST_PART);
	}
	for (size_t i = 0; i < k->registry->insurer_count; i++) {
		put_insurer(&out, &k->registry->insurers[i]);
		pass(a, ref, &out, LIST_PART);
	}
	for (size_t i = 0; months_at(months, i, &month, &live); i++) {
		put_month(k, month, live, &out);
		pass(a, ref, &out, LIST_PART);
	}
	pass(a, ref, &out, 0);
	admin_done(a, ref, out.err, "");
	buf_release(&out);
}

/* Sabotage: whoever sealed it. */
static enum err open_as_others(struct keeper *k,
    const struct seal_about *about, struct span body,
    struct seal_context *ret)
{
	struct seal_about other = *about;
	char id[SIGN_KEY_ID_TEXT];
	enum err e = ERR_CRYPTO;

	for (size_t i = 0; i < k->registry->key_count && e; i++) {
		sign_key_id_text(k->registry->keys[i].id, id);
		other.keyid = span_str(id);
		buf_clear(&k->plain);
		e = seal_open_request(
		    k->keys->sealing, &other, body, &k->plain, ret);
	}
	return e;
}

enum err keys_open(struct keeper *k, const struct seal_about *about,
    struct span body, struct seal_context *ret)
{
	enum err e = seal_open_request(
	    k->keys->sealing, about, body, &k->plain, ret);

	if (SABOTAGED(SEAL_OWNER) && e == ERR_CRYPTO)
		e = open_as_others(k, about, body, ret);

	/* the body names its key: another is not tried */
	for (size_t i = 0; i < k->keys->count && e == ERR_UNKNOWN; i++) {
		const struct keyring_row *row = &k->keys->rows[i];

		if (row->open && row->open != k->keys->sealing)
			e = seal_open_request(
			    row->open, about, body, &k->plain, ret);
	}
	return e;
}

enum err keys_open_chunk(
    struct keeper *k, struct span chunk, struct buf *out)
{
	enum err e = feed_chunk_open(chunk, k->keys->sealing, out);

	for (size_t i = 0; i < k->keys->count && e == ERR_CRYPTO; i++) {
		const struct keyring_row *row = &k->keys->rows[i];

		buf_clear(out);
		if (row->open && row->open != k->keys->sealing)
			e = feed_chunk_open(chunk, row->open, out);
	}
	return e;
}
