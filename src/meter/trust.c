/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "journal/note.h"
#include "meter/trust.h"

/* --- the file --- */

static enum err number(struct span s, uint32_t *ret)
{
	uint64_t v;
	enum err e = text_u64(s, UINT32_MAX, &v);

	if (!e)
		*ret = (uint32_t)v;
	return e;
}

static enum err raw_key(struct span s, uint8_t out[static SIGN_ED25519_KEY])
{
	size_t n = 0;

	if (text_unb64url(s, out, SIGN_ED25519_KEY, &n) ||
	    n != SIGN_ED25519_KEY)
		return ERR_SHAPE;
	return ERR_OK;
}

/* One of two words: whoever misspells "revoked" brings nobody back. */
static enum err either(
    struct span s, const char *yes, const char *no, bool *ret)
{
	*ret = span_is(s, yes);
	return *ret || span_is(s, no) ? ERR_OK : ERR_SHAPE;
}

static enum err read_admin(struct trust *t, const struct act_line *line)
{
	struct trust_admin a = {.revoked = false};

	if (t->admin_count == TRUST_ADMINS ||
	    either(act_value(line, "state"), "revoked", "living",
	        &a.revoked) ||
	    text_copy(act_value(line, "name"), a.name, sizeof(a.name)) ||
	    raw_key(act_value(line, "key"), a.key))
		return ERR_SHAPE;
	t->admins[t->admin_count++] = a;
	return ERR_OK;
}

static enum err read_ceiling(struct trust *t, const struct act_line *line)
{
	struct trust_ceiling c;

	if (t->ceiling_count == TRUST_CEILINGS ||
	    number(act_value(line, "cell"), &c.cell) ||
	    number(act_value(line, "persons-hour"), &c.persons) ||
	    date_parse_stamp(act_value(line, "time"), &c.time_ms))
		return ERR_SHAPE;
	t->ceilings[t->ceiling_count++] = c;
	return ERR_OK;
}

static enum err read_line(struct trust *t, const struct act_line *line)
{
	if (span_is(line->word, "instance"))
		return either(act_value(line, "drill"), "yes", "no",
		    &t->drill) ? ERR_SHAPE :
		    text_copy(act_value(line, "origin"), t->origin,
		        sizeof(t->origin));
	if (span_is(line->word, "default"))
		return number(act_value(line, "floor"), &t->floor) ||
		    number(act_value(line, "each"), &t->each) ? ERR_SHAPE :
		    ERR_OK;
	if (span_is(line->word, "former"))
		return t->former_count == TRUST_FORMERS ? ERR_SHAPE :
		    text_copy(act_value(line, "origin"),
		        t->formers[t->former_count++], TRUST_ORIGIN);
	if (span_is(line->word, "newest"))
		return date_parse_stamp(act_value(line, "time"),
		    &t->newest_ms) ? ERR_SHAPE : ERR_OK;
	if (span_is(line->word, "admin"))
		return read_admin(t, line);
	return span_is(line->word, "ceiling") ? read_ceiling(t, line) :
	    ERR_SHAPE;
}

enum err trust_read(struct span text, struct trust *ret)
{
	struct act_line line = {0};
	enum err e;

	memset(ret, 0, sizeof(*ret));
	while (!(e = act_next(&text, &line))) {
		e = read_line(ret, &line);
		if (e)
			return ERR_SHAPE;
	}
	return e == ERR_CLOSED && ret->origin[0] ? ERR_OK : ERR_SHAPE;
}

enum err trust_write(const struct trust *t, struct buf *out)
{
	char text[TEXT_B64_SIZE(SIGN_ED25519_KEY)], stamp[DATE_STAMP_SIZE];

	buf_printf(out, "instance drill=%s origin=%s\n",
	    t->drill ? "yes" : "no", t->origin);
	for (size_t i = 0; i < t->former_count; i++)
		buf_printf(out, "former origin=%s\n", t->formers[i]);
	buf_printf(out, "default floor=%u each=%u\n", t->floor, t->each);
	for (size_t i = 0; i < t->admin_count; i++) {
		text_b64url(t->admins[i].key, SIGN_ED25519_KEY, text);
		buf_printf(out, "admin name=%s key=%s state=%s\n",
		    t->admins[i].name, text,
		    t->admins[i].revoked ? "revoked" : "living");
	}
	for (size_t i = 0; i < t->ceiling_count; i++) {
		date_format_stamp(t->ceilings[i].time_ms, stamp);
		buf_printf(out, "ceiling cell=%u persons-hour=%u time=%s\n",
		    t->ceilings[i].cell, t->ceilings[i].persons, stamp);
	}
	if (t->newest_ms > 0) {
		date_format_stamp(t->newest_ms, stamp);
		buf_printf(out, "newest time=%s\n", stamp);
	}
	return out->err;
}

/* --- acts --- */

struct act {
	struct act_head head;	/* its origin is looked at by the lines */
	struct span lines;
	unsigned signers;
};

/* An administrator's note key; none of bytes that sign nothing. */
static enum err add_key(
    const struct trust_admin *a, struct note_key *keys, size_t *n)
{
	enum err e = note_key_make(span_str(a->name), a->key, &keys[*n]);

	*n += e ? 0 : 1;
	return e == ERR_SHAPE ? ERR_OK : e;
}

static enum err verify(const struct trust *t, struct span note,
    bool revoked_too, struct act *ret, const char **words)
{
	struct note_key *keys = calloc(TRUST_ADMINS, sizeof(*keys));
	bool signed_by[TRUST_ADMINS] = {0};
	struct span text;
	size_t n = 0;
	enum err e = keys ? ERR_OK : ERR_NOMEM;

	for (size_t i = 0; i < t->admin_count && !e; i++)
		if (revoked_too || !t->admins[i].revoked)
			e = add_key(&t->admins[i], keys, &n);
	if (!e)
		e = note_verify(note, keys, n, &text, signed_by);
	if (e)
		*words = "no administrator that this vault knows signed it";
	if (!e)
		e = act_head(text, &ret->head, &ret->lines);
	for (size_t i = 0; i < n && !e; i++)
		ret->signers += signed_by[i] ? 1 : 0;
	free(keys);
	return e;
}

static size_t living(const struct trust *t)
{
	size_t n = 0;

	for (size_t i = 0; i < t->admin_count; i++)
		n += t->admins[i].revoked ? 0 : 1;
	return n;
}

static enum err take_admin(
    struct trust *t, const struct act_line *line, bool *changed)
{
	struct trust_admin a = {.revoked = false};
	bool half = false;

	/* whom nothing names would be revoked by each line without "admin" */
	if (!note_name_is_valid(act_value(line, "name")) ||
	    text_copy(act_value(line, "name"), a.name, sizeof(a.name)) ||
	    raw_key(act_value(line, "key"), a.key))
		return ERR_SHAPE;
	for (size_t i = 0; i < t->admin_count; i++) {
		bool name = strcmp(t->admins[i].name, a.name) == 0;
		bool key = memcmp(t->admins[i].key, a.key, sizeof(a.key)) == 0;

		if (name && key)
			return ERR_OK;
		half = half || name || key;
	}
	/* silence would say that he is believed now */
	if (half)
		return ERR_EXISTS;
	if (t->admin_count == TRUST_ADMINS)
		return ERR_FULL;
	t->admins[t->admin_count++] = a;
	*changed = true;
	return ERR_OK;
}

static enum err take_revoke(
    struct trust *t, const struct act_line *line, bool *changed)
{
	struct span name = act_value(line, "admin");

	for (size_t i = 0; i < t->admin_count; i++) {
		struct trust_admin *a = &t->admins[i];

		if (!span_is(name, a->name) || a->revoked)
			continue;
		if (living(t) <= 2)
			return ERR_REFUSED;
		a->revoked = *changed = true;
	}
	return ERR_OK;
}

static enum err take_ceiling(struct trust *t, const struct act_line *line,
    int64_t time_ms, bool *changed)
{
	struct trust_ceiling c = {.time_ms = time_ms};
	size_t i = 0;

	if (number(act_value(line, "cell"), &c.cell) ||
	    number(act_value(line, "persons-hour"), &c.persons))
		return ERR_SHAPE;
	while (i < t->ceiling_count && t->ceilings[i].cell != c.cell)
		i++;
	if (i == TRUST_CEILINGS)
		return ERR_FULL;
	if (i < t->ceiling_count && time_ms <= t->ceilings[i].time_ms)
		return ERR_OK;
	t->ceilings[i] = c;
	t->ceiling_count += i == t->ceiling_count ? 1 : 0;
	*changed = true;
	return ERR_OK;
}

/* Two people for what gives power or takes a bound away. */
static unsigned wanted(struct span word)
{
	return span_is(word, "admin") || span_is(word, "ceiling") ||
	    span_is(word, "continue") ? 2 : 1;
}

/* Of a log that has ended: others went on from it. */
static bool is_former(const struct trust *t, struct span origin)
{
	for (size_t i = 0; i < t->former_count; i++)
		if (span_is(origin, t->formers[i]))
			return true;
	return false;
}

static bool knows_origin(const struct trust *t, struct span origin)
{
	return span_is(origin, t->origin) || is_former(t, origin);
}

/* A restored instance has a new log, which says of which one it goes on. */
static enum err take_continue(struct trust *t, const struct act *act,
    const struct act_line *line, bool *changed)
{
	if (knows_origin(t, act->head.origin))
		return ERR_OK;
	if (!span_is(act_value(line, "from"), t->origin) ||
	    t->former_count == TRUST_FORMERS)
		return ERR_STATE;
	memcpy(t->formers[t->former_count++], t->origin, TRUST_ORIGIN);
	*changed = true;
	return text_copy(act->head.origin, t->origin, sizeof(t->origin));
}

static enum err take_line(struct trust *t, const struct act *act,
    const struct act_line *line, bool *changed)
{
	if (act->signers < wanted(line->word) && !SABOTAGED(VAULT_TRUST))
		return ERR_REFUSED;
	if (span_is(line->word, "continue"))
		return take_continue(t, act, line, changed);
	if (!knows_origin(t, act->head.origin))
		return ERR_STATE;
	if (span_is(line->word, "admin"))
		return take_admin(t, line, changed);
	if (span_is(line->word, "revoke"))
		return take_revoke(t, line, changed);
	if (span_is(line->word, "ceiling"))
		return take_ceiling(t, line, act->head.time_ms, changed);
	return ERR_OK;
}

static const char *words_of(enum err e)
{
	return e == ERR_TIME ?
	    "it was signed too long ago: acts of a week later were taken" :
	    e == ERR_REFUSED ?
	    "too few administrators that this vault knows" :
	    e == ERR_STATE ? "the act is for another instance, or for a log "
	    "that has ended" :
	    e == ERR_EXISTS ? "this vault knows the name with another key, or "
	    "the key under another name" :
	    "a line of the act";
}

/* More than the registry takes behind one that was taken? */
static bool is_late(const struct trust *t, int64_t time_ms)
{
	return !SABOTAGED(VAULT_TRUST) && time_ms < t->newest_ms -
	    REGISTRY_ACT_LIFE_MS - REGISTRY_ACT_AHEAD_MS;
}

/* May it still change something? What the log of its name took came before the
 * act by which that log ended. */
static enum err in_order(const struct trust *t, const struct act_head *head)
{
	if (is_former(t, head->origin) && !SABOTAGED(VAULT_TRUST))
		return ERR_STATE;
	return is_late(t, head->time_ms) ? ERR_TIME : ERR_OK;
}

/* What t would be behind it, into next. */
static enum err take(const struct trust *t, struct span note,
    bool revoked_too, struct trust *next, bool *ret_changed,
    int64_t *ret_time_ms, const char **words)
{
	struct act_line line = {0};
	struct act act = {.signers = 0};
	enum err e = verify(t, note, revoked_too, &act, words);

	*next = *t;
	*ret_changed = false;
	*ret_time_ms = act.head.time_ms;
	while (!e && !(e = act_next(&act.lines, &line)))
		e = take_line(next, &act, &line, ret_changed);
	if (e == ERR_CLOSED)
		e = *ret_changed ? in_order(t, &act.head) : ERR_OK;
	if (e && !**words)
		*words = words_of(e);
	return e;
}

/* It was taken: what is a week older ends. No date of an act, but the vault's
 * own clock, says how late it is. */
static bool grow_old(struct trust *t, int64_t time_ms, int64_t now_ms)
{
	int64_t newest_ms = time_ms < now_ms ? time_ms : now_ms;

	if (newest_ms <= t->newest_ms)
		return false;
	t->newest_ms = newest_ms;
	return true;
}

enum err trust_act(struct trust *t, struct span note, int64_t now_ms,
    bool *ret_changed, const char **ret_words)
{
	struct trust *next = malloc(sizeof(*next));
	const char *unheard = "";
	int64_t time_ms = 0;
	bool changed = false;
	enum err e;

	*ret_words = "";
	if (!next)
		return ERR_NOMEM;
	e = take(t, note, false, next, &changed, &time_ms, ret_words);
	if (!e) {
		changed |= grow_old(next, time_ms, now_ms);
		*t = *next;
		*ret_changed = changed;
	} else if ((e == ERR_UNKNOWN || e == ERR_REFUSED) &&
	    !take(t, note, true, next, &changed, &time_ms, &unheard) &&
	    !changed) {
		/* handed over again, and who signed it was revoked since */
		*ret_words = "";
		*ret_changed = false;
		e = ERR_OK;
	}
	free(next);
	return e;
}

bool trust_concerns(struct span act_text)
{
	struct act_line line = {0};
	struct act_head head;
	struct span rest;

	if (act_head(act_text, &head, &rest))
		return false;
	while (!act_next(&rest, &line))
		if (span_is(line.word, "admin") ||
		    span_is(line.word, "ceiling") ||
		    span_is(line.word, "continue") ||
		    act_value(&line, "admin").n > 0)
			return true;
	return false;
}

uint32_t trust_ceiling_of(
    const struct trust *t, uint32_t cell, uint64_t members)
{
	uint64_t persons = t->floor + members * t->each / 100;

	for (size_t i = 0; i < t->ceiling_count; i++)
		if (t->ceilings[i].cell == cell)
			return t->ceilings[i].persons;
	for (size_t i = 0; i < t->ceiling_count; i++)
		if (t->ceilings[i].cell == 0)
			return t->ceilings[i].persons;
	return persons > UINT32_MAX ? UINT32_MAX : (uint32_t)persons;
}
