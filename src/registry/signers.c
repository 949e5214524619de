/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include "base/text.h"
#include "registry/apply.h"
#include "registry/signers.h"
#include "registry/turns.h"

/* The living administrators' note keys. */
static enum err admin_keys(const struct registry *r,
    struct note_key keys[static REGISTRY_ADMINS], size_t *ret_n)
{
	size_t n = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < r->admin_count && !e; i++) {
		const struct registry_admin *a = &r->admins[i];

		if (a->revoked)
			continue;
		e = note_key_make(span_str(a->name), a->key, &keys[n]);
		if (!e)
			n++;
		else if (e == ERR_SHAPE)	/* bytes that sign nothing */
			e = ERR_OK;
	}
	*ret_n = n;
	return e;
}

enum err signers_of(const struct registry *r, struct span note,
    struct span *ret_text, unsigned *ret_signers)
{
	struct note_key keys[REGISTRY_ADMINS] = {0};
	bool signed_by[REGISTRY_ADMINS] = {0};
	size_t n = 0;
	unsigned signers = 0;
	enum err e = admin_keys(r, keys, &n);

	if (!e)
		e = note_verify(note, keys, n, ret_text, signed_by);
	if (e)
		return e;
	for (size_t i = 0; i < n; i++)
		signers += signed_by[i] ? 1 : 0;
	*ret_signers = signers;
	return ERR_OK;
}

/* A log's key under the name that the log had when this was signed: it may
 * have had another (keeper/past.h). */
static enum err key_then(
    struct span text, const uint8_t *raw, struct note_key *ret)
{
	char origin[NOTE_NAME_SIZE];
	struct act_head head;
	struct span rest;
	enum err e = act_head(text, &head, &rest);

	if (!e)
		e = text_copy(head.origin, origin, sizeof(origin));
	return e ? e : turns_log_key(origin, KEYRING_REGISTRY, raw, ret);
}

/* The first entry is signed by the registry log's own key. */
static enum err first_of(
    const uint8_t *first, struct span note, struct span *ret_text)
{
	struct span text, signatures;
	struct note_key key;
	enum err e = note_split(note, &text, &signatures);

	if (!e)
		e = key_then(text, first, &key);
	return e ? e : note_verify(note, &key, 1, ret_text, NULL);
}

/* Signed by a key of this log that had not ended? */
static enum err signed_by_log(const struct registry *r, const uint8_t *first,
    struct span note, struct span *ret_text)
{
	struct note_key keys[TURNS_KEPT] = {0};
	struct span text, signatures;
	size_t n = 0;
	enum err e = note_split(note, &text, &signatures);

	for (size_t i = 0; i < r->turn_count && !e; i++) {
		const struct registry_turn *t = &r->turns[i];

		if (t->kind != KEYRING_REGISTRY || t->destroyed)
			continue;
		assert(n < TURNS_KEPT);	/* more do not apply */
		e = key_then(text, t->name_len ? t->name : first, &keys[n++]);
	}
	return e ? e : note_verify(note, keys, n, ret_text, NULL);
}

/* The one act that the log's own key signs after the first entry: a key is
 * closed, because it asked about a decoy. */
static enum err closed_by_log(const struct registry *r, const uint8_t *first,
    struct span note, struct span *ret_text)
{
	struct act_line line = {0};
	struct act_head head;
	struct span rest;
	enum err e = signed_by_log(r, first, note, ret_text);

	if (!e)
		e = act_head(*ret_text, &head, &rest);
	if (!e)
		e = act_next(&rest, &line);
	if (e)
		return e;
	return span_is(line.word, "close") && line.count == 2 &&
	    act_value(&line, "key").n > 0 && rest.n == 0 &&
	    span_is(act_value(&line, "reason"), SIGNERS_REASON) ? ERR_OK :
	    ERR_REFUSED;
}

bool signers_first(struct span note, uint8_t ret[static SIGN_ED25519_KEY])
{
	struct act_line line = {0};
	struct act_head head;
	struct span rest;
	size_t n = 0;

	return !act_head(note, &head, &rest) && !act_next(&rest, &line) &&
	    span_is(line.word, "turn") &&
	    span_is(act_value(&line, "kind"),
		keyring_kind_text(KEYRING_REGISTRY)) &&
	    !text_unb64url(act_value(&line, "before"), ret, SIGN_ED25519_KEY,
		&n) && n == SIGN_ED25519_KEY;
}

static enum err say(enum err e, struct registry_fault *fault)
{
	(void)snprintf(fault->words, sizeof(fault->words), "%s",
	    e == ERR_UNKNOWN ? "no administrator of that time signed it" :
	    e == ERR_CRYPTO ? "a signature in it does not verify" :
	    e == ERR_REFUSED ? "the log's own key signed what it may not" :
	    err_text(e));
	return e;
}

int64_t signers_taken(struct span side)
{
	return side.n == SIGNERS_TAKEN ? (int64_t)get_be64(side.p) : 0;
}

enum err signers_replay(struct registry *r, uint64_t index, struct span note,
    int64_t taken_ms, const uint8_t first[static SIGN_ED25519_KEY],
    struct span *ret_text, struct registry_fault *fault)
{
	unsigned signers = 0;
	struct span text;
	enum err e = index == 0 ? first_of(first, note, &text) :
	    signers_of(r, note, &text, &signers);

	*fault = (struct registry_fault){0};
	if (e == ERR_UNKNOWN && index > 0) {
		e = closed_by_log(r, first, note, &text);
		signers = 1;
	}
	if (e)
		return say(e, fault);
	e = apply_replayed(
	    r, text, signers, index == 0, taken_ms, fault);
	if (!e)
		*ret_text = text;
	return e;
}
