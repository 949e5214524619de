/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "base/file.h"
#include "base/limits.h"
#include "keeper/annals.h"

#define SIGNERS 4

void annals_prepare(struct annals *a)
{
	static const char *const folders[] = {"keeper", "registry"};
	const struct secret root = {{1}};

	*a = (struct annals){.now_ms = ACTS_NOW};
	rig_folder(a->dir);
	for (int i = 0; i < 2; i++)
		assert_int_equal(file_mkdir(
		    rig_in(a->dir, folders[i]), 0755), ERR_OK);
	a->random = random_from_seed(&a->seed, 23);
	assert_int_equal(keyring_make(rig_in(a->dir, "keeper"), &root,
	    &a->random, &a->keys), ERR_OK);
}

void annals_clear(struct annals *a)
{
	ledger_close(a->ledger);
	keyring_free(a->keys);
	rig_remove(a->dir);
}

void annals_append(struct annals *a, struct span note)
{
	char dir[RIG_PATH + 30], public_dir[RIG_PATH + 30];
	const struct sign_private *others[SIGNERS];
	struct tlog_options o = {.dir = dir, .public_dir = public_dir,
	    .origin = ANNALS_LOG, .key = a->keys->registry, .others = others};
	struct tlog_entry entry = {.leaf = note};
	struct tlog *log = NULL;
	uint64_t index;

	o.other_count = keyring_signers(
	    a->keys, KEYRING_REGISTRY, SIGNERS, others, SIGNERS);
	(void)snprintf(dir, sizeof(dir), "%s/keeper/registry", a->dir);
	(void)snprintf(
	    public_dir, sizeof(public_dir), "%s/registry/public", a->dir);
	assert_int_equal(tlog_open(&o, &log), ERR_OK);
	assert_int_equal(tlog_append(log, &entry, 1, 0, &index), ERR_OK);
	assert_int_equal(tlog_publish(log), ERR_OK);
	tlog_close(log);
}

void annals_append_text(
    struct annals *a, struct span text, const struct sign_private *key)
{
	const struct note_signer s = {
	    ANNALS_LOG, key ? key : a->keys->registry};
	struct buf note;

	buf_init(&note, NOTE_MAX);
	assert_int_equal(note_sign(text, &s, 1, &note), ERR_OK);
	annals_append(a, buf_span(&note));
	buf_release(&note);
}

void annals_found(struct annals *a, const char *lines,
    const struct sign_private *key)
{
	struct buf text;

	buf_init(&text, LIMIT_ACT);
	acts_text(&text, &a->serial, ACTS_NOW, lines);
	annals_append_text(a, buf_span(&text), key);
	buf_release(&text);
}

enum err annals_open(struct annals *a)
{
	ledger_close(a->ledger);
	a->ledger = NULL;
	return ledger_open(a->dir, ACTS_ORIGIN, a->keys, &a->ledger);
}

void annals_dump(const struct annals *a, struct buf *out)
{
	buf_init(out, 1u << 20);
	acts_dump(ledger_registry(a->ledger), out);
}
