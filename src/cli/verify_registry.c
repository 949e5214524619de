/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "cli/verify_registry.h"
#include "journal/leaf.h"
#include "journal/public.h"
#include "meter/compare.h"
#include "registry/act.h"
#include "registry/signers.h"

#define SLACK_MS 60000	/* an entry's time, and when it was written */
#define LATEST_MS ((int64_t)DATE_LAST * DATE_DAY_MS)

/* *ret_key: the one in use, which the folder names. */
static enum err open_log(const char *dir, const char *origin,
    struct tlog **ret, struct note_key *ret_key)
{
	char records[PATH_MAX], public[PATH_MAX];
	char name[NOTE_NAME_SIZE + 16];
	struct tlog_options o = {
	    .dir = records, .public_dir = public, .origin = name};
	enum err e = file_path(
	    records, sizeof(records), dir, "keeper/registry");

	if (!e)
		e = file_path(
		    public, sizeof(public), dir, "registry/public");
	if (!e)
		e = registry_origin(origin, name, sizeof(name));
	if (!e)
		e = tlog_open(&o, ret);
	return e ? e : public_read_vkey(public, ret_key);
}

static void take_purge(struct verify_registry *r, struct span month)
{
	char day[DATE_TEXT_SIZE] = "YYYY-MM-01";
	int32_t first;

	if (month.n != 7)
		return;
	memcpy(day, month.p, 7);
	if (!date_parse(span_str(day), &first))
		r->purged = date_month_of_ms((int64_t)first * DATE_DAY_MS);
}

static void take_lines(struct verify_registry *r, struct span lines)
{
	struct act_line line = {0};
	uint64_t number;
	size_t n = 0;

	while (!act_next(&lines, &line)) {
		if (span_is(line.word, "continue")) {
			buf_put_span(&r->formers, act_value(&line, "from"));
			buf_text(&r->formers, "\n");
		}
		if (span_is(line.word, "purge"))
			take_purge(r, act_value(&line, "month"));
		if (!span_is(line.word, "vault") ||
		    text_u64(act_value(&line, "number"), REGISTRY_VAULTS - 1,
		        &number) ||
		    text_unb64url(act_value(&line, "key"), r->raw[number],
		        SIGN_ED25519_KEY, &n) || n != SIGN_ED25519_KEY)
			continue;
		r->vaults += r->known[number] ? 0 : 1;
		r->known[number] = true;
	}
}

/* One more; room is doubled at each power of two. */
static enum err add_act(struct verify_registry *r, struct tree_edge *edge,
    struct span leaf, struct verify_act *act)
{
	size_t room = r->size ? r->size * 2 : 1;
	uint8_t hash[HASH_SIZE];
	void *wider;

	if ((r->size & (r->size - 1)) == 0) {
		wider = realloc(r->acts, room * sizeof(*r->acts));
		if (!wider)
			return ERR_NOMEM;
		r->acts = wider;
	}
	tree_leaf_hash(leaf, hash);
	tree_edge_append(edge, hash, NULL);
	tree_edge_root(edge, act->root);
	r->acts[r->size++] = *act;
	return ERR_OK;
}

/* The key of the log at init: the one in use, or what its first turn names. */
static enum err find_first(
    struct tlog *log, uint8_t first[static SIGN_ED25519_KEY])
{
	struct tlog_record record;
	enum err e = ERR_OK;

	for (uint64_t i = 1; i < tlog_size(log) && !e; i++) {
		e = tlog_read(log, i, &record);
		if (!e && signers_first(record.leaf, first))
			break;
	}
	return e;
}

static enum err may_not(struct verify_registry *r, uint64_t index,
    enum err e, const char *why)
{
	(void)snprintf(r->words, sizeof(r->words), "act %llu of the registry "
	    "may not stand: %s", (unsigned long long)index, why);
	return e == ERR_NOMEM ? e : ERR_CORRUPT;
}

/* What the act that was replayed last enrolled by one signature: the registry
 * notes such acts in a ring, in which this one has its own place. */
static void note_alone(
    const struct registry *r, size_t before, struct verify_act *act)
{
	if (r->alone_next == before)
		return;
	act->keys = r->alone[before].keys;
	act->sites = r->alone[before].sites;
}

/* Might they who signed it, then? And is it for this instance? */
static enum err judge(struct verify_registry *r, uint64_t index,
    struct span note, const uint8_t *first, struct verify_act *act)
{
	size_t before = r->registry ? r->registry->alone_next : 0;
	struct registry_fault fault;
	struct act_head head;
	struct span text, lines;
	enum err e;

	if (!r->registry)
		return ERR_OK;
	e = signers_replay(
	    r->registry, index, note, 0, first, &text, &fault);
	if (e)
		return may_not(r, index, e, fault.words);
	note_alone(r->registry, before, act);
	e = act_head(text, &head, &lines);
	if (!e && !span_is(head.origin, r->registry->origin))
		return may_not(r, index, ERR_STATE, "it is for another "
		    "instance");
	if (index == 0)
		r->first_admins = r->registry->admin_count;
	return e;
}

/* The log's tree holds these entries, and the keeper took each. */
static enum err read_all(struct verify_registry *r, struct tlog *log,
    const uint8_t *first)
{
	uint64_t size = tlog_size(log);
	struct tlog_record record;
	struct span text, signatures, lines;
	struct tree_edge edge;
	struct act_head head;
	enum err e = ERR_OK;

	tree_edge_init(&edge);
	for (uint64_t i = 0; i < size && !e; i++) {
		struct verify_act act = {.keys = 0};

		e = tlog_read(log, i, &record);
		if (!e)
			e = judge(r, i, record.leaf, first, &act);
		if (!e)
			e = note_split(record.leaf, &text, &signatures);
		if (!e)
			e = act_head(text, &head, &lines);
		act.time_ms = e ? 0 : head.time_ms;
		act.taken_ms = e ? 0 : signers_taken(record.side);
		if (!e)
			e = add_act(r, &edge, record.leaf, &act);
		if (!e)
			take_lines(r, lines);
	}
	buf_put_u8(&r->formers, 0);	/* a string */
	return e ? e : r->formers.err;
}

enum err verify_registry_read(const char *dir, const char *origin,
    bool acts, struct verify_registry *ret)
{
	struct tlog *log = NULL;
	struct note_key key;
	enum err e;

	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->formers, LIMIT_ACT);
	e = open_log(dir, origin, &log, &key);
	if (!e && acts)
		e = registry_new(&ret->registry);
	if (!e)
		e = find_first(log, key.raw);
	if (!e)
		e = read_all(ret, log, key.raw);
	tlog_close(log);
	return e;
}

void verify_registry_release(struct verify_registry *r)
{
	buf_release(&r->formers);
	free(r->acts);
	registry_free(r->registry);
	r->acts = NULL;
	r->registry = NULL;
}

size_t verify_registry_admins(const struct verify_registry *r)
{
	size_t n = 0;

	for (size_t i = 0; r->registry && i < r->registry->admin_count; i++)
		n += r->registry->admins[i].revoked ? 0 : 1;
	return n;
}

/* The first entry that names more of the registry than there is. */
struct ahead {
	bool any;
	uint64_t index, size;
	int64_t time_ms;
};

static enum err not_of(uint64_t index, char *words, size_t size)
{
	(void)snprintf(words, size, "the registry is not the one that entry "
	    "%llu of the journal names", (unsigned long long)index);
	return ERR_CORRUPT;
}

/* Whoever wrote it chose the time. None that a calendar has is so far from
 * another that a difference or a week more goes past what a number holds. */
static enum err timeless(uint64_t index, char *words, size_t size)
{
	(void)snprintf(words, size, "entry %llu of the journal is of a time "
	    "that no calendar has", (unsigned long long)index);
	return ERR_CORRUPT;
}

static bool holds(const struct verify_registry *r, const struct leaf *leaf)
{
	return leaf->registry_size > 0 && memcmp(leaf->registry_root,
	    r->acts[leaf->registry_size - 1].root, HASH_SIZE) == 0;
}

/* How far the leaves so far named it, when the last of them was, and what was
 * enrolled by one signature: time_ms of these is no later than when that was. */
struct named {
	uint64_t size;
	int64_t time_ms;
	struct registry_alone alone[REGISTRY_ALONE_ACTS];	/* a ring */
	size_t alone_next;
	int64_t alone_ms;	/* the latest that one was taken */
};

static const char *week(
    const struct named *n, const struct leaf *leaf, const struct verify_act *a)
{
	return a->time_ms < n->time_ms - REGISTRY_ACT_LIFE_MS - SLACK_MS ||
	    a->time_ms > leaf->time_ms + REGISTRY_ACT_AHEAD_MS + SLACK_MS ?
	    "it was not taken within a week of its time" : NULL;
}

/*
 * What the keeper asks of an act that enrols by one signature. It was taken
 * between two leaves: what is more than one may in a day is so whenever that
 * was. Of a log from before acts had a time beside them, by their own, as the
 * keeper counted then (0177).
 */
static const char *day(
    struct named *n, const struct leaf *leaf, const struct verify_act *a)
{
	int64_t own_ms = a->time_ms > n->alone_ms ? a->time_ms : n->alone_ms;
	int64_t from_ms = a->taken_ms ? n->time_ms - SLACK_MS : own_ms;
	int64_t until_ms = a->taken_ms ? leaf->time_ms + SLACK_MS : own_ms;
	unsigned keys = a->keys, sites = a->sites;

	if (keys + sites == 0)
		return NULL;
	n->alone_ms = until_ms;
	for (size_t i = 0; i < REGISTRY_ALONE_ACTS; i++) {
		const struct registry_alone *old = &n->alone[i];

		if (until_ms - old->time_ms >= DATE_DAY_MS)
			continue;
		keys += old->keys;
		sites += old->sites;
	}
	n->alone[n->alone_next] =
	    (struct registry_alone){from_ms, a->keys, a->sites};
	n->alone_next = (n->alone_next + 1) % REGISTRY_ALONE_ACTS;
	if (a->time_ms < n->time_ms - DATE_DAY_MS - SLACK_MS)
		return "one signature enrols on the day of the act alone";
	return keys > REGISTRY_ALONE_DAY || sites > REGISTRY_ALONE_DAY ?
	    "one signature enrolled more than it may in a day" : NULL;
}

/* What this leaf names first was taken between the leaf before and this one.
 * Nothing says when that was which the first leaf names. */
static enum err in_time(const struct verify_registry *r,
    const struct leaf *leaf, struct named *n, char *words, size_t size)
{
	const char *why = NULL;
	uint64_t i = n->size > 0 ? n->size : leaf->registry_size;

	for (; i < leaf->registry_size; i++) {
		why = week(n, leaf, &r->acts[i]);
		if (!why)
			why = day(n, leaf, &r->acts[i]);
		if (!why)
			continue;
		(void)snprintf(words, size, "act %llu of the registry "
		    "may not stand: %s", (unsigned long long)i, why);
		return ERR_CORRUPT;
	}
	if (leaf->registry_size > n->size)
		n->size = leaf->registry_size;
	n->time_ms = leaf->time_ms;
	return ERR_OK;
}

enum err verify_registry_pair(const struct verify_registry *r,
    struct tlog *journal, char *words, size_t size)
{
	uint64_t entries = tlog_size(journal);
	struct tlog_record record;
	struct ahead ahead = {.any = false};
	struct named named = {.size = 0};
	struct leaf leaf = {0};
	enum err e;

	for (uint64_t i = 0; i < entries; i++) {
		e = tlog_read(journal, i, &record);
		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
		if (e)
			return e;
		if (leaf.time_ms > LATEST_MS)
			return timeless(i, words, size);
		if (leaf.registry_size > r->size && !ahead.any)
			ahead = (struct ahead){
			    true, i, leaf.registry_size, leaf.time_ms};
		else if (leaf.registry_size <= r->size && !holds(r, &leaf))
			return not_of(i, words, size);
		else if (leaf.registry_size <= r->size)
			e = in_time(r, &leaf, &named, words, size);
		if (e)
			return e;
	}
	if (!ahead.any || leaf.time_ms - ahead.time_ms <= COMPARE_LATE_MS)
		return ERR_OK;
	(void)snprintf(words, size, "the registry has %llu entries, and entry "
	    "%llu of the journal names %llu of it", (unsigned long long)r->size,
	    (unsigned long long)ahead.index, (unsigned long long)ahead.size);
	return ERR_CORRUPT;
}
