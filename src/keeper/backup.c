/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The keeper's part of a backup; `ecluse backup` copies the files. A point: all
 * that is durable gets its checkpoint, and keys whose time has come are in
 * use. Copies: each vault makes one beside its store. A word: the manifest is
 * signed, if its form is a manifest's and its name ours, so that the key that
 * signs checkpoints never signs anything that could be taken for one. Every
 * key signs it that signs checkpoints: one that turned behind the point too.
 */
#include <limits.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/log.h"
#include "journal/checkpoint.h"
#include "keeper/keeper.h"
#include "keeper/keys.h"
#include "keeper/logkeys.h"
#include "keeper/publish.h"

#define WORD_FIRST "ecluse backup v1\norigin "

static enum err put_public(
    const struct keeper *k, const char *name, struct buf *out)
{
	char path[PATH_MAX];
	struct buf note;
	enum err e = file_path(path, sizeof(path), k->dir, name);

	buf_init(&note, CHECKPOINT_MAX);
	if (!e)
		e = file_read(path, &note);
	buf_put_s32(out, buf_span(&note));
	buf_release(&note);
	return e ? e : out->err;
}

void backup_point(struct keeper *k, struct admin *a, uint64_t ref)
{
	static const char *const said[] = {"journal/public/checkpoint",
	    "journal/public/vkey", "registry/public/checkpoint",
	    "registry/public/vkey"};
	int64_t now_ms = keeper_now(k);
	struct buf out;
	enum err e;

	decide_summaries(k, true);
	decide_commit(k);
	if (k->failed)
		return;
	buf_init(&out, LIMIT_DATAGRAM / 2);
	e = keys_settle(k);
	if (!e)
		e = publish_now(k);
	if (!e)
		e = ledger_publish(k->ledger);
	for (size_t i = 0; i < sizeof(said) / sizeof(said[0]) && !e; i++)
		e = put_public(k, said[i], &out);
	buf_put_u64(&out, (uint64_t)now_ms);
	if (!e && !out.err)
		admin_part(a, ref, buf_span(&out));
	admin_done(a, ref, e ? e : out.err,
	    e ? "the checkpoints cannot be written" : "");
	buf_release(&out);
}

/* Ended, well or not: whoever waits hears it, the next one may begin. */
static void end_copies(struct keeper *k, enum err e, const char *words)
{
	struct admin *a = k->backup.admin;

	k->backup.admin = NULL;
	k->backup.waiting = 0;
	if (a)
		admin_done(a, k->backup.ref, e, words);
}

void backup_copy(struct keeper *k, struct admin *a, uint64_t ref)
{
	enum err e = ERR_OK;

	if (k->backup.waiting > 0) {
		admin_done(a, ref, ERR_STATE,
		    "another backup is under way: wait for its end");
		return;
	}
	k->backup.admin = a;
	k->backup.ref = ref;
	k->backup.turn++;
	k->backup.since_ms = clock_boot_ms(&k->hour.clock);
	k->backup.e = ERR_OK;
	for (uint32_t i = 0; i < k->vault_count && !e; i++) {
		struct vaults_vault *v = &k->vaults[i];

		/* one that is still at an earlier copy begins anew */
		e = vaults_put(
		    k, i, MSG_COPY, k->backup.turn, span_of(NULL, 0));
		v->copying_for = k->backup.turn;
		if (!e)
			k->backup.waiting++;
	}
	if (e)
		end_copies(k, e, "a vault does not answer");
}

void backup_copied(struct keeper *k, struct vaults_vault *v, uint64_t ref,
    enum err e)
{
	if (!v->copying || ref != v->copying_for)
		return;
	v->copying = false;
	if (k->backup.waiting == 0 || ref != k->backup.turn)
		return;
	if (!k->backup.e)
		k->backup.e = e;
	if (--k->backup.waiting == 0)
		end_copies(k, k->backup.e, k->backup.e ? "a vault could not "
		    "copy its store: is its disk full?" : "");
}

void backup_look(struct keeper *k)
{
	for (uint32_t i = 0; i < k->vault_count && k->backup.waiting; i++)
		if (k->vaults[i].copying &&
		    k->vaults[i].copying_for == k->backup.turn &&
		    vaults_stuck(k, i, k->backup.since_ms))
			end_copies(k, ERR_CLOSED, "a vault does not answer: "
			    "look at it, then begin again");
}

void backup_admin_gone(struct keeper *k, const struct admin *a)
{
	if (k->backup.admin == a)
		k->backup.admin = NULL;
}

/* Lines of printable ASCII, the first two as they must be. */
static bool is_ours(const struct keeper *k, struct span text)
{
	size_t head = strlen(WORD_FIRST), n = strlen(k->conf.origin);

	if (text.n < head + n + 1 || memcmp(text.p, WORD_FIRST, head) != 0 ||
	    memcmp(text.p + head, k->conf.origin, n) != 0 ||
	    text.p[head + n] != '\n' || text.p[text.n - 1] != '\n')
		return false;
	for (size_t i = 1; i < text.n; i++)
		if ((text.p[i] < ' ' || text.p[i] > '~') &&
		    (text.p[i] != '\n' || text.p[i - 1] == '\n'))
			return false;
	return true;
}

void backup_vouch(struct keeper *k, struct admin *a, uint64_t ref,
    struct span text)
{
	const struct sign_private *keys[CHECKPOINT_SIGNERS];
	struct note_signer signers[CHECKPOINT_SIGNERS];
	size_t n = logkeys_signers(k, KEYRING_LOG, keys);
	struct buf note;
	enum err e = is_ours(k, text) ? ERR_OK : ERR_SHAPE;

	for (size_t i = 0; i < n; i++)
		signers[i] = (struct note_signer){k->conf.origin, keys[i]};
	buf_init(&note, 8192);
	if (!e)
		e = note_sign(text, signers, n, &note);
	if (!e)
		admin_part(a, ref, buf_span(&note));
	admin_done(a, ref, e, e ? "not a manifest of this instance" : "");
	buf_release(&note);
	if (!e)
		log_say(LOG_INFO, "a backup was made");
}
