/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "keeper/ledger.h"
#include "meter/trust.h"
#include "registry/signers.h"
#include "registry/turns.h"

struct ledger {
	struct tlog *log;
	struct registry *registry;
	char origin[NOTE_NAME_SIZE];	/* of the journal: acts name it */
	char name[NOTE_NAME_SIZE];	/* of this log */
	uint8_t first[SIGN_ED25519_KEY];	/* the log's key at init */
	uint8_t root[HASH_SIZE];
	int64_t taken_ms;	/* the latest of the acts' */
	uint64_t *for_vaults;	/* indexes of acts */
	size_t for_vault_count;
};

/* The first entry told the vaults by init's hand. */
static enum err note_for_vaults(
    struct ledger *l, uint64_t index, struct span text)
{
	size_t n = l->for_vault_count;
	uint64_t *wider = l->for_vaults;

	if (index == 0 || !trust_concerns(text))
		return ERR_OK;
	if ((n & (n - 1)) == 0) {
		wider = realloc(wider, (n ? 2 * n : 1) * sizeof(*wider));
		if (!wider)
			return ERR_NOMEM;
		l->for_vaults = wider;
	}
	l->for_vaults[l->for_vault_count++] = index;
	return ERR_OK;
}

enum err ledger_for_vaults(struct ledger *l,
    enum err (*f)(void *ctx, uint64_t index, struct span note), void *ctx)
{
	struct tlog_record record;
	enum err e = ERR_OK;

	for (size_t i = 0; i < l->for_vault_count && !e; i++) {
		e = tlog_read(l->log, l->for_vaults[i], &record);
		if (!e)
			e = f(ctx, record.index, record.leaf);
	}
	return e;
}

static void note_taken(struct ledger *l, int64_t taken_ms)
{
	if (taken_ms > l->taken_ms)
		l->taken_ms = taken_ms;
}

static enum err replay_one(struct ledger *l, uint64_t index)
{
	struct tlog_record record;
	struct registry_fault fault;
	struct span text;
	enum err e = tlog_read(l->log, index, &record);

	if (e)
		return e;
	note_taken(l, signers_taken(record.side));
	e = signers_replay(l->registry, index, record.leaf,
	    signers_taken(record.side), l->first, &text, &fault);
	if (!e)
		e = note_for_vaults(l, index, text);
	return !e || e == ERR_NOMEM ? e : ERR_CORRUPT;
}

/* The key of init: from the keyring, or, when it was destroyed, from the act
 * by which it turned. All of it stands in a tree that the present key signs. */
static enum err find_first(struct ledger *l, const struct keyring *keys)
{
	const struct keyring_row *row =
	    keyring_at(keys, KEYRING_REGISTRY, 1);
	struct tlog_record record;
	enum err e = ERR_OK;

	if (row) {
		memcpy(l->first, row->name, sizeof(l->first));
		return ERR_OK;
	}
	for (uint64_t i = 1; i < tlog_size(l->log) && !e; i++) {
		e = tlog_read(l->log, i, &record);
		if (!e && signers_first(record.leaf, l->first))
			return ERR_OK;
	}
	return e ? e : ERR_CORRUPT;
}

static enum err replay(struct ledger *l)
{
	const struct registry_turn *first;
	uint64_t size = tlog_size(l->log);
	enum err e = size == 0 ? ERR_UNKNOWN : ERR_OK;

	for (uint64_t i = 0; i < size && !e; i++)
		e = replay_one(l, i);
	first = turns_at(l->registry, KEYRING_REGISTRY, 1);
	if (!e && (!registry_is_founded(l->registry) || (first->name_len &&
	    memcmp(first->name, l->first, sizeof(l->first)) != 0)))
		e = ERR_CORRUPT;
	return e ? e : tlog_root(l->log, size, l->root);
}

enum err ledger_open(const char *dir, const char *origin,
    const struct keyring *keys, struct ledger **ret)
{
	char records[PATH_MAX], public_dir[PATH_MAX];
	struct tlog_options options = {.dir = records,
	    .public_dir = public_dir, .key = keys->registry};
	const struct sign_private *ours[TURNS_KEPT + 1];
	struct ledger *l = calloc(1, sizeof(*l));
	enum err e;

	if (!l)
		return ERR_NOMEM;
	options.origin = l->name;
	options.others = ours;
	options.other_count = keyring_signers(
	    keys, KEYRING_REGISTRY, TURNS_MOST, ours, TURNS_KEPT + 1);
	e = file_path(records, sizeof(records), dir, "keeper/registry");
	if (!e)
		e = file_path(public_dir, sizeof(public_dir), dir,
		    "registry/public");
	if (!e)
		e = registry_origin(origin, l->name, sizeof(l->name));
	if (!e)
		e = text_copy(span_str(origin), l->origin, sizeof(l->origin));
	if (!e)
		e = tlog_open(&options, &l->log);
	if (!e)
		e = registry_new(&l->registry);
	if (!e)
		e = find_first(l, keys);
	if (!e)
		e = replay(l);
	if (e) {
		ledger_close(l);
		return e;
	}
	*ret = l;
	return ERR_OK;
}

void ledger_close(struct ledger *l)
{
	if (!l)
		return;
	tlog_close(l->log);
	registry_free(l->registry);
	free(l->for_vaults);
	free(l);
}

struct tlog *ledger_log(struct ledger *l)
{
	return l->log;
}

struct registry *ledger_registry(struct ledger *l)
{
	return l->registry;
}

uint64_t ledger_size(const struct ledger *l)
{
	return tlog_size(l->log);
}

int64_t ledger_taken(const struct ledger *l)
{
	return l->taken_ms;
}

void ledger_root(const struct ledger *l, uint8_t out[static HASH_SIZE])
{
	memcpy(out, l->root, HASH_SIZE);
}

enum err ledger_holds(struct ledger *l, uint64_t size,
    const uint8_t root[static HASH_SIZE])
{
	uint8_t ours[HASH_SIZE];
	enum err e;

	if (size > tlog_size(l->log))
		return ERR_CORRUPT;
	e = tlog_root(l->log, size, ours);
	if (e)
		return e;
	return memcmp(ours, root, HASH_SIZE) == 0 ? ERR_OK : ERR_CORRUPT;
}

static enum err say(
    struct registry_fault *fault, enum err e, const char *words)
{
	(void)snprintf(fault->words, sizeof(fault->words), "%s", words);
	return e;
}

/* Who signed the note, and that it is an act for this instance. */
static enum err check_note(const struct ledger *l, struct span note,
    struct span *ret_text, unsigned *ret_signers, struct registry_fault *fault)
{
	struct act_head head;
	struct span rest;
	enum err e;

	if (note.n > LIMIT_ACT)
		return say(fault, ERR_LIMIT,
		    "the act is too long: sign several shorter ones");
	e = signers_of(l->registry, note, ret_text, ret_signers);
	if (e)
		return say(fault, e, e == ERR_UNKNOWN ?
		    "no living administrator signed this" :
		    "the note or one of its signatures is wrong");
	if (!act_head(*ret_text, &head, &rest) &&
	    !span_is(head.origin, l->origin))
		return say(fault, ERR_STATE, "the act is not for this "
		    "instance: check its origin line");
	return ERR_OK;
}

/* What was applied, to the disk. Applied first: what does not apply must not
 * be written; if the disk refuses (ERR_IO), the process stops and replays
 * without it. */
static enum err append(struct ledger *l, struct span note, struct span text,
    int64_t now_ms)
{
	uint8_t taken[SIGNERS_TAKEN] = {0};
	struct tlog_entry entry = {
	    .leaf = note, .side = span_of(taken, sizeof(taken))};
	uint64_t index;
	enum err e;

	put_be64(taken, (uint64_t)now_ms);
	e = tlog_append(l->log, &entry, 1, 0, &index);
	if (!e)
		note_taken(l, now_ms);
	if (!e)
		e = tlog_root(l->log, tlog_size(l->log), l->root);
	if (!e)
		e = note_for_vaults(l, index, text);
	return e ? ERR_IO : ERR_OK;
}

enum err ledger_check(const struct ledger *l, struct span note,
    int64_t now_ms, struct span *ret_text, struct registry_fault *fault)
{
	unsigned signers = 0;
	struct span text;
	enum err e;

	*fault = (struct registry_fault){0};
	e = check_note(l, note, &text, &signers, fault);
	if (!e)
		e = registry_check(
		    l->registry, text, signers, now_ms, fault);
	if (!e)
		*ret_text = text;
	return e;
}

enum err ledger_take(struct ledger *l, struct span note, int64_t now_ms,
    struct span *ret_text, enum registry_wish *ret_wish,
    struct registry_fault *fault)
{
	unsigned signers = 0;
	struct span text;
	enum err e;

	*fault = (struct registry_fault){0};
	e = check_note(l, note, &text, &signers, fault);
	if (!e)
		e = registry_apply(l->registry, text, signers, false, now_ms,
		    ret_wish, fault);
	if (!e)
		e = append(l, note, text, now_ms);
	if (!e)
		*ret_text = text;
	return e;
}

enum err ledger_close_key(struct ledger *l, const struct sign_private *own,
    const uint8_t id[static SIGN_KEY_ID], const struct random *random,
    int64_t now_ms)
{
	const struct note_signer signer = {l->name, own};
	char key_text[SIGN_KEY_ID_TEXT];
	struct registry_fault fault;
	enum registry_wish wish;
	struct buf text, note;
	uint8_t nonce[16];
	enum err e;

	buf_init(&text, 1024);
	buf_init(&note, 2048);
	random_fill(random, nonce, sizeof(nonce));
	sign_key_id_text(id, key_text);
	act_write_head(&text, span_str(l->origin), now_ms, nonce);
	buf_printf(&text, "close key=%s reason=" SIGNERS_REASON "\n", key_text);
	e = text.err ? text.err :
	    note_sign(buf_span(&text), &signer, 1, &note);
	if (!e)
		e = registry_apply(l->registry, buf_span(&text), 1, false,
		    now_ms, &wish, &fault);
	if (!e)
		e = append(l, buf_span(&note), buf_span(&text), now_ms);
	buf_release(&text);
	buf_release(&note);
	return e;
}

enum err ledger_publish(struct ledger *l)
{
	return tlog_publish(l->log);
}
