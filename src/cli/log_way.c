/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>
#include "backup/records.h"
#include "base/date.h"
#include "base/text.h"
#include "cli/log_way.h"
#include "journal/follow.h"
#include "registry/act.h"

struct work {
	const struct manifest *m;
	enum keyring_kind kind;
	struct log_way *way;
	enum err e;
};

static bool same(const struct note_key *a, const struct note_key *b)
{
	return memcmp(a->raw, b->raw, sizeof(a->raw)) == 0;
}

static enum err take_bytes(
    const struct act_line *line, const char *name, uint8_t *to, size_t size)
{
	size_t n = 0;
	enum err e = text_unb64url(act_value(line, name), to, size, &n);

	return e ? e : n == size ? ERR_OK : ERR_SHAPE;
}

/* Has it come by the time of the backup? */
static bool has_come(const struct work *w, const struct act_head *head,
    const struct act_line *line)
{
	struct span from = act_value(line, "from");
	int64_t from_ms = head->time_ms;

	return (from.n == 0 || !date_parse_stamp(from, &from_ms)) &&
	    from_ms <= w->m->time_ms;
}

/* A turn under the name of a log before a restore leads nobody: what comes
 * behind it begins anew. */
static enum err take_turn(struct work *w, const struct act_line *line)
{
	uint8_t before[SIGN_ED25519_KEY], next[SIGN_ED25519_KEY];
	uint8_t sig[SIGN_SIZE];
	struct log_way *way = w->way;
	struct note_key from, to;
	enum err e = take_bytes(line, "before", before, sizeof(before));

	if (!e)
		e = take_bytes(line, "key", next, sizeof(next));
	if (!e)
		e = take_bytes(line, "sig", sig, sizeof(sig));
	if (!e)
		e = turns_log_key(w->m->origin, w->kind, before, &from);
	if (!e)
		e = turns_log_key(w->m->origin, w->kind, next, &to);
	if (!e)
		e = follow_verify(&from, &to, sig);
	if (e || (way->count > 0 &&
	    !same(&way->keys[way->count - 1], &from)))
		way->count = 0;
	if (e)
		return ERR_OK;
	if (way->count > TURNS_MOST - 1)
		return ERR_LIMIT;
	if (way->count == 0)
		way->keys[way->count++] = from;
	way->keys[way->count++] = to;
	return ERR_OK;
}

static void take_act(
    void *of, struct span note, const struct tree_edge *so_far)
{
	struct work *w = of;
	struct act_line line = {0};
	struct span text, signatures, rest;
	struct act_head head;

	(void)so_far;
	if (w->e || note_split(note, &text, &signatures) ||
	    act_head(text, &head, &rest))
		return;
	while (!w->e && !act_next(&rest, &line))
		if (span_is(line.word, "turn") && span_is(
		    act_value(&line, "kind"), keyring_kind_text(w->kind)) &&
		    has_come(w, &head, &line))
			w->e = take_turn(w, &line);
}

enum err log_way_read(const char *folder, const struct manifest *m,
    enum keyring_kind kind, struct log_way *ret)
{
	struct work w = {.m = m, .kind = kind, .way = ret};
	uint8_t root[HASH_SIZE];
	uint64_t bad;
	enum err e;

	ret->count = 0;
	e = records_each(folder, (struct record_shape){0, 0},
	    m->registry.size, take_act, &w, root, &bad);
	return e ? e : w.e;
}

void log_way_follow(const struct log_way *w, struct note_key *key)
{
	for (size_t i = 0; i < w->count; i++)
		if (same(&w->keys[i], key)) {
			*key = w->keys[w->count - 1];
			return;
		}
}
