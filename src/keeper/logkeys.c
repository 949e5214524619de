/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include "base/file.h"
#include "base/text.h"
#include "journal/follow.h"
#include "journal/public.h"
#include "keeper/ledger.h"
#include "keeper/logkeys.h"
#include "keeper/publish.h"
#include "registry/turns.h"

static const struct {
	enum keyring_kind kind;
	const char *folder;
} logs[] = {
    {KEYRING_LOG, "journal/public"}, {KEYRING_REGISTRY, "registry/public"}};
#define LOGS (sizeof(logs) / sizeof(logs[0]))

size_t logkeys_signers(struct keeper *k, enum keyring_kind kind,
    const struct sign_private *ret[static CHECKPOINT_SIGNERS])
{
	uint32_t used = turns_in_use(k->registry, kind, keeper_now(k));
	size_t n = 0;

	for (uint32_t g = used; g > 0 && n < CHECKPOINT_SIGNERS; g--) {
		const struct registry_turn *t = turns_at(k->registry, kind, g);
		const struct keyring_row *row = keyring_at(k->keys, kind, g);

		if (t && !t->destroyed && row)
			ret[n++] = row->sign;
	}
	return n;
}

enum err logkeys_turn(struct keeper *k)
{
	const struct sign_private *keys[CHECKPOINT_SIGNERS];
	size_t n = logkeys_signers(k, KEYRING_LOG, keys);
	enum err e = tlog_turn(book_log(k->book), keys, n);

	n = logkeys_signers(k, KEYRING_REGISTRY, keys);
	return e ? e : tlog_turn(ledger_log(k->ledger), keys, n);
}

enum err logkeys_leave(struct keeper *k, enum keyring_kind kind)
{
	if (kind == KEYRING_LOG)
		return publish_now(k);
	return kind == KEYRING_REGISTRY ? ledger_publish(k->ledger) : ERR_OK;
}

enum err logkeys_prove(struct keeper *k, enum keyring_kind kind,
    const struct keyring_row *next, struct buf *out)
{
	const struct keyring_row *old =
	    keyring_at(k->keys, kind, next->generation - 1);
	char text[TEXT_B64_SIZE(SIGN_SIZE)];
	uint8_t sig[SIGN_SIZE];
	struct note_key to;
	enum err e = old ? turns_log_key(
	    k->conf.origin, kind, next->name, &to) : ERR_STATE;

	if (!e)
		e = follow_sign(old->sign, &to, sig);
	if (e)
		return e;
	text_b64url(old->name, old->name_len, text);
	buf_printf(out, " before=%s", text);
	text_b64url(sig, sizeof(sig), text);
	buf_printf(out, " sig=%s", text);
	return out->err;
}

/* One that was made under another origin, before a restore, leads nobody. */
static enum err lead(struct keeper *k, const char *folder,
    const struct registry_turn *old, const struct registry_turn *next)
{
	struct note_key from, to;
	char path[PATH_MAX];
	struct buf note;
	enum err e = file_path(path, sizeof(path), k->dir, folder);

	if (!e)
		e = turns_log_key(k->conf.origin, old->kind, old->name, &from);
	if (!e)
		e = turns_log_key(k->conf.origin, old->kind, next->name, &to);
	if (e)
		return e;
	if (follow_verify(&from, &to, next->sig))
		return ERR_OK;
	buf_init(&note, FOLLOW_NOTE);
	follow_write(&from, &to, next->sig, &note);
	e = note.err ? note.err :
	    public_write_after(path, &from, buf_span(&note));
	buf_release(&note);
	return e;
}

enum err logkeys_lead(struct keeper *k)
{
	enum err e = ERR_OK;

	for (size_t i = 0; i < LOGS; i++) {
		uint32_t used = turns_in_use(
		    k->registry, logs[i].kind, keeper_now(k));

		for (uint32_t g = 2; g <= used && !e; g++)
			e = lead(k, logs[i].folder,
			    turns_at(k->registry, logs[i].kind, g - 1),
			    turns_at(k->registry, logs[i].kind, g));
	}
	return e;
}
