/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "backup/records.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/restore_act.h"
#include "cli/say.h"
#include "conf/conf.h"
#include "lang/lang.h"
#include "registry/registry.h"

#define ENOUGH 2	/* signatures of any act that a registry took */

struct work {
	const struct backup_check *from;
	const char *origin;
	const struct checkpoint *known;
	struct registry *registry;	/* as the backup has it */
	uint64_t taken;			/* of its acts */
	enum err e;
};

/* --- the backup's registry --- */

/* As the keeper replays it; who signed it was asked when it was taken. */
static void take_act(
    void *of, struct span note, const struct tree_edge *so_far)
{
	struct work *w = of;
	struct registry_fault fault;
	enum registry_wish wish;
	struct span text, signatures;

	(void)so_far;
	if (w->e)
		return;
	w->e = note_split(note, &text, &signatures);
	if (!w->e)
		w->e = registry_apply(w->registry, text, ENOUGH,
		    w->taken == 0, 0, &wish, &fault);
	w->taken += w->e ? 0 : 1;
}

/* Who may sign is said by the acts whose root the manifest has: they are read
 * once more here, and the medium may show others than when it was checked. */
static enum err read_registry(struct work *w)
{
	const struct manifest_log *said = &w->from->manifest.registry;
	uint8_t root[HASH_SIZE];
	char path[PATH_MAX];
	uint64_t bad;
	enum err e = backup_check_path(
	    w->from, "keeper/registry", path, sizeof(path));

	if (!e)
		e = records_each(path, (struct record_shape){0, 0},
		    said->size, take_act, w, root, &bad);
	if (!e && w->e)
		e = w->e == ERR_NOMEM ? w->e : ERR_CORRUPT;
	if (!e && memcmp(root, said->root, HASH_SIZE) != 0)
		e = ERR_CORRUPT;
	if (e)
		say("keeper/registry: %s", say_why(NULL, e));
	return e;
}

/* --- who signs --- */

static const struct registry_admin *admin_of(
    const struct registry *r, const struct act_send *keys, size_t nth)
{
	const uint8_t *raw =
	    sign_public_raw(sign_private_public(keys->keys[nth]));

	for (size_t i = 0; i < r->admin_count; i++)
		if (memcmp(r->admins[i].key, raw, SIGN_ED25519_KEY) == 0 &&
		    strcmp(r->admins[i].name, keys->names[nth]) == 0)
			return &r->admins[i];
	return NULL;
}

static bool came_before(const struct act_send *keys, size_t nth)
{
	for (size_t i = 0; i < nth; i++)
		if (strcmp(keys->names[i], keys->names[nth]) == 0)
			return true;
	return false;
}

/* Names of keys are no secret: each act has them. */
static void name_living(const struct registry *r, struct buf *out)
{
	for (size_t i = 0; i < r->admin_count; i++)
		if (!r->admins[i].revoked)
			buf_printf(out, "%s%s", out->n ? ", " : "",
			    r->admins[i].name);
}

static enum err say_stranger(
    const struct registry *r, const char *path, const char *name)
{
	struct buf living;

	buf_init(&living, REGISTRY_ADMINS * (REGISTRY_NAME_SIZE + 2));
	name_living(r, &living);
	say("--admin-key %s: %s was no administrator when this backup was "
	    "made, and its registry takes no signature but theirs: give the "
	    "key of one of %.*s", path, name, (int)living.n,
	    living.n ? (const char *)living.p : "");
	buf_release(&living);
	return ERR_REFUSED;
}

static enum err check_signer(const struct work *w,
    const struct act_send *keys, size_t nth, const char *path)
{
	const struct registry_admin *admin =
	    admin_of(w->registry, keys, nth);

	if (!admin)
		return say_stranger(w->registry, path, keys->names[nth]);
	if (admin->revoked) {
		say("--admin-key %s: %s was revoked: another administrator "
		    "signs", path, keys->names[nth]);
		return ERR_REFUSED;
	}
	if (!came_before(keys, nth))
		return ERR_OK;
	say("--admin-key %s: the key of %s was given already: one "
	    "administrator is one signature", path, keys->names[nth]);
	return ERR_REFUSED;
}

static enum err take_keys(const struct work *w, const struct restore_act *a,
    struct act_send *keys)
{
	enum err e = ERR_OK;

	if (a->count == 0) {
		say("--admin-key: the act that opens a new log is signed, by "
		    "two in the end");
		return ERR_REFUSED;
	}
	for (size_t i = 0; i < a->count && !e; i++) {
		e = act_send_key(keys, a->paths[i]);
		if (!e)
			e = check_signer(w, keys, i, a->paths[i]);
	}
	return e;
}

/* --- what is signed --- */

static int64_t time_of(const struct work *w)
{
	struct clock clock = clock_system();
	int64_t now = clock_wall_ms(&clock);
	char path[PATH_MAX];
	struct buf text;
	uint64_t offset = 0;

	/* a drill's clock stands beside the wall's */
	buf_init(&text, 64);
	if (w->registry->drill && !backup_check_path(w->from, "keeper/clock",
		path, sizeof(path)) && !file_read_plain(path, &text) &&
	    text.n > 1) {
		bool minus = text.p[0] == '-';

		if (!text_u64(span_of(text.p + minus, text.n - minus - 1),
			INT64_MAX, &offset))
			now += minus ? -(int64_t)offset : (int64_t)offset;
	}
	buf_release(&text);
	return now;
}

static void write_act(const struct work *w, int64_t now_ms, struct buf *out)
{
	const struct manifest *m = &w->from->manifest;
	struct random random = random_system();
	char root[2 * HASH_SIZE + 1];
	uint8_t nonce[16];

	random_fill(&random, nonce, sizeof(nonce));
	act_write_head(out, span_str(w->origin), now_ms, nonce);
	text_hex(m->journal.root, HASH_SIZE, root);
	buf_printf(out, "continue from=%s size=%llu root=%s", m->origin,
	    (unsigned long long)m->journal.size, root);
	if (w->known) {
		text_hex(w->known->root, HASH_SIZE, root);
		buf_printf(out, " known-size=%llu known-root=%s",
		    (unsigned long long)w->known->size, root);
	}
	buf_text(out, "\n");
}

static enum err check_name(const struct work *w)
{
	struct conf any;
	const char *why = NULL;

	conf_defaults(&any);
	if (strcmp(w->origin, w->from->manifest.origin) == 0)
		why = _("the old name");
	else if (conf_set(&any, "origin", span_str(w->origin)))
		why = _("letters, digits, . - /, as host/journal");
	else if (registry_past(w->registry, span_str(w->origin)))
		why = _("the name of a log that has ended");
	if (why)
		say("--new-origin: %s", why);
	return why ? ERR_REFUSED : ERR_OK;
}

/* What the first start will do, but for who signed. */
static enum err try_act(const struct work *w, struct span text, int64_t now_ms)
{
	struct registry_fault fault;
	enum registry_wish wish;
	enum err e = registry_apply(
	    w->registry, text, ENOUGH, false, now_ms, &wish, &fault);

	if (!e || e == ERR_NOMEM)
		return e;
	say("--new-origin: %s", say_why(fault.words, e));
	return ERR_REFUSED;
}

static enum err sign(const struct act_send *keys, struct span text,
    struct buf *note)
{
	struct note_signer signers[ACT_SEND_KEYS];

	for (size_t i = 0; i < keys->key_count; i++)
		signers[i] = (struct note_signer){
		    keys->names[i], keys->keys[i]};
	return note_sign(text, signers, keys->key_count, note);
}

static enum err make(const struct work *w, const struct act_send *keys,
    struct buf *note)
{
	int64_t now_ms = time_of(w);
	struct buf text;
	enum err e;

	buf_init(&text, LIMIT_ACT);
	write_act(w, now_ms, &text);
	e = text.err;
	if (!e)
		e = try_act(w, buf_span(&text), now_ms);
	if (!e)
		e = sign(keys, buf_span(&text), note);
	buf_release(&text);
	return e;
}

enum err restore_act_make(struct restore_act *a,
    const struct backup_check *from, const char *origin,
    const struct checkpoint *known)
{
	struct work w = {.from = from, .origin = origin, .known = known};
	struct act_send keys = {0};
	enum err e = registry_new(&w.registry);

	buf_init(&a->note, LIMIT_ACT);
	if (!e)
		e = read_registry(&w);
	if (!e)
		e = check_name(&w);
	if (!e)
		e = take_keys(&w, a, &keys);
	if (!e)
		e = make(&w, &keys, &a->note);
	act_send_close(&keys);
	registry_free(w.registry);
	return e;
}

void restore_act_release(struct restore_act *a)
{
	buf_release(&a->note);
}
