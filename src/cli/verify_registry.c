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
#include "meter/compare.h"
#include "registry/act.h"

static enum err open_log(
    const char *dir, const struct note_key *key, struct tlog **ret)
{
	char records[PATH_MAX], public[PATH_MAX];
	char origin[NOTE_NAME_SIZE + 16];
	struct tlog_options o = {
	    .dir = records, .public_dir = public, .origin = origin};
	enum err e = file_path(
	    records, sizeof(records), dir, "keeper/registry");

	if (!e)
		e = file_path(
		    public, sizeof(public), dir, "registry/public");
	if (!e)
		e = registry_origin(key->name, origin, sizeof(origin));
	return e ? e : tlog_open(&o, ret);
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

/* One more root; room is doubled at each power of two. */
static enum err add_root(struct verify_registry *r, struct tree_edge *edge,
    struct span leaf)
{
	uint8_t hash[HASH_SIZE];
	void *wider;

	if ((r->size & (r->size - 1)) == 0) {
		wider = realloc(r->roots,
		    (r->size ? r->size * 2 : 1) * sizeof(*r->roots));
		if (!wider)
			return ERR_NOMEM;
		r->roots = wider;
	}
	tree_leaf_hash(leaf, hash);
	tree_edge_append(edge, hash, NULL);
	tree_edge_root(edge, r->roots[r->size++]);
	return ERR_OK;
}

/* The log's tree holds these entries, and the keeper took each. */
static enum err read_all(struct verify_registry *r, struct tlog *log)
{
	uint64_t size = tlog_size(log);
	struct tlog_record record;
	struct span text, signatures, lines;
	struct tree_edge edge;
	struct act_head head;
	enum err e = ERR_OK;

	tree_edge_init(&edge);
	for (uint64_t i = 0; i < size && !e; i++) {
		e = tlog_read(log, i, &record);
		if (!e)
			e = add_root(r, &edge, record.leaf);
		if (!e)
			e = note_split(record.leaf, &text, &signatures);
		if (!e)
			e = act_head(text, &head, &lines);
		if (!e)
			take_lines(r, lines);
	}
	buf_put_u8(&r->formers, 0);	/* a string */
	return e ? e : r->formers.err;
}

enum err verify_registry_read(const char *dir, const struct note_key *key,
    struct verify_registry *ret)
{
	struct tlog *log = NULL;
	enum err e;

	memset(ret, 0, sizeof(*ret));
	buf_init(&ret->formers, LIMIT_ACT);
	e = open_log(dir, key, &log);
	if (!e)
		e = read_all(ret, log);
	tlog_close(log);
	return e;
}

void verify_registry_release(struct verify_registry *r)
{
	buf_release(&r->formers);
	free(r->roots);
	r->roots = NULL;
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

static bool holds(const struct verify_registry *r, const struct leaf *leaf)
{
	return leaf->registry_size > 0 && memcmp(leaf->registry_root,
	    r->roots[leaf->registry_size - 1], HASH_SIZE) == 0;
}

enum err verify_registry_pair(const struct verify_registry *r,
    struct tlog *journal, char *words, size_t size)
{
	uint64_t entries = tlog_size(journal);
	struct tlog_record record;
	struct ahead ahead = {.any = false};
	struct leaf leaf = {0};
	enum err e;

	for (uint64_t i = 0; i < entries; i++) {
		e = tlog_read(journal, i, &record);
		if (!e)
			e = leaf_unpack(record.leaf, &leaf);
		if (e)
			return e;
		if (leaf.registry_size > r->size && !ahead.any)
			ahead = (struct ahead){
			    true, i, leaf.registry_size, leaf.time_ms};
		else if (leaf.registry_size <= r->size && !holds(r, &leaf))
			return not_of(i, words, size);
	}
	if (!ahead.any || leaf.time_ms - ahead.time_ms <= COMPARE_LATE_MS)
		return ERR_OK;
	(void)snprintf(words, size, "the registry has %llu entries, and entry "
	    "%llu of the journal names %llu of it", (unsigned long long)r->size,
	    (unsigned long long)ahead.index, (unsigned long long)ahead.size);
	return ERR_CORRUPT;
}
