/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/date.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/sabotage.h"
#include "base/text.h"
#include "cli/verify_vault.h"
#include "conf/conf.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "meter/trust.h"
#include "registry/act.h"
#include "registry/registry.h"

/* The vaults' keys by number; a later one takes an earlier one's place. */
struct keys {
	uint32_t count;
	bool known[REGISTRY_VAULTS];
	uint8_t raw[REGISTRY_VAULTS][SIGN_ED25519_KEY];
	uint32_t purged;	/* a month, 0: none */
	/* origins of the logs that this one goes on from, each and LF */
	struct buf formers;
};

static enum err open_log(const char *dir, bool registry,
    const struct note_key *key, struct tlog **ret)
{
	char records[PATH_MAX], public[PATH_MAX];
	struct tlog_options o = {.dir = records, .public_dir = public,
	    .vkey = key, .origin = key ? key->name : NULL,
	    .leaf_size = registry ? 0 : LEAF_SIZE,
	    .side_size = registry ? 0 : OPENING_SIZE};
	char origin[NOTE_NAME_SIZE + 16];
	enum err e = file_path(records, sizeof(records), dir,
	    registry ? "keeper/registry" : "keeper/journal");

	if (!e)
		e = file_path(public, sizeof(public), dir,
		    registry ? "registry/public" : "journal/public");
	if (!e && registry) {
		e = registry_origin(key->name, origin, sizeof(origin));
		o.vkey = NULL;
		o.origin = origin;
	}
	return e ? e : tlog_open(&o, ret);
}

static void take_purge(struct keys *k, struct span month)
{
	char day[DATE_TEXT_SIZE] = "YYYY-MM-01";
	int32_t first;

	if (month.n != 7)
		return;
	memcpy(day, month.p, 7);
	if (!date_parse(span_str(day), &first))
		k->purged = date_month_of_ms((int64_t)first * DATE_DAY_MS);
}

static void take_lines(struct keys *k, struct span lines)
{
	struct act_line line = {0};
	uint64_t number;
	size_t n = 0;

	while (!act_next(&lines, &line)) {
		if (span_is(line.word, "continue")) {
			buf_put_span(&k->formers, act_value(&line, "from"));
			buf_text(&k->formers, "\n");
		}
		if (span_is(line.word, "purge"))
			take_purge(k, act_value(&line, "month"));
		if (!span_is(line.word, "vault") ||
		    text_u64(act_value(&line, "number"), REGISTRY_VAULTS - 1,
		        &number) ||
		    text_unb64url(act_value(&line, "key"), k->raw[number],
		        SIGN_ED25519_KEY, &n) || n != SIGN_ED25519_KEY)
			continue;
		k->count += k->known[number] ? 0 : 1;
		k->known[number] = true;
	}
}

/* The log's tree holds these entries, and the keeper took each. */
static enum err find_keys(
    const char *dir, const struct note_key *key, struct keys *k)
{
	struct tlog_record record;
	struct span text, signatures, lines;
	struct act_head head;
	struct tlog *log = NULL;
	enum err e = open_log(dir, true, key, &log);
	uint64_t size = e ? 0 : tlog_size(log);

	for (uint64_t i = 0; i < size && !e; i++) {
		e = tlog_read(log, i, &record);
		if (!e)
			e = note_split(record.leaf, &text, &signatures);
		if (!e)
			e = act_head(text, &head, &lines);
		if (!e)
			take_lines(k, lines);
	}
	tlog_close(log);
	return e;
}

enum err verify_vault_purged(
    const char *dir, const struct note_key *key, uint32_t *ret_month)
{
	struct keys *k = calloc(1, sizeof(*k));
	enum err e;

	if (!k)
		return ERR_NOMEM;
	buf_init(&k->formers, LIMIT_ACT);
	e = find_keys(dir, key, k);
	if (!e)
		*ret_month = k->purged;
	buf_release(&k->formers);
	free(k);
	return e;
}

/* A whole file as it is now; *ret_quiet_ms since it was written last. */
static enum err map_file(
    const char *path, struct span *ret, int64_t *ret_quiet_ms)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct timespec now;
	struct stat st;
	void *p = NULL;
	enum err e = ERR_OK;

	if (fd < 0)
		return ERR_UNKNOWN;
	if (fstat(fd, &st) != 0 || clock_gettime(CLOCK_REALTIME, &now) != 0)
		e = ERR_IO;
	if (!e && st.st_size > 0)
		p = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd,
		    0);
	(void)close(fd);
	if (e || p == MAP_FAILED)
		return ERR_IO;
	*ret = span_of(p, (size_t)st.st_size);
	*ret_quiet_ms = ((int64_t)now.tv_sec - st.st_mtim.tv_sec) * 1000;
	return ERR_OK;
}

static enum err path_of(const char *dir, uint32_t number, const char *name,
    char out[static PATH_MAX])
{
	char part[64];

	(void)snprintf(part, sizeof(part), "vault/%u/%s", number, name);
	return file_path(out, PATH_MAX, dir, part);
}

/* Note first: what is behind it in the file may be newer, not less. Then the
 * counts, then the journal: entries are there before they are counted. */
static enum err run_one(const char *dir, uint32_t number,
    const struct note_key *journal, struct compare *c,
    struct compare_report *ret)
{
	char path[PATH_MAX];
	struct buf note;
	enum err e = path_of(dir, number, "checkpoint", path);

	buf_init(&note, NOTE_MAX);
	if (!e)
		e = file_read(path, &note);
	if (!e)
		e = path_of(dir, number, "counts", path);
	if (!e)
		e = map_file(path, &c->counts, &c->quiet_ms);
	if (e == ERR_UNKNOWN) {
		(void)snprintf(ret->words, sizeof(ret->words),
		    "it has no counts: they were taken away, or it never ran");
		e = ERR_CORRUPT;
	}
	c->note = buf_span(&note);
	if (!e)
		e = open_log(dir, false, journal, &c->log);
	if (!e && !SABOTAGED(COUNTS))
		e = compare_run(c, ret);
	if (c->counts.n > 0)
		(void)munmap((void *)c->counts.p, c->counts.n);
	tlog_close(c->log);
	buf_release(&note);
	return e;
}

/* Which log it answers for is in the file that its acts change; without it no
 * vault starts. */
static enum err look_at_trust(const char *dir, uint32_t number,
    const struct note_key *journal, struct verify_vault *ret)
{
	struct trust *trust = calloc(1, sizeof(*trust));
	char path[PATH_MAX];
	struct buf text;
	enum err e = trust ? path_of(dir, number, "trust", path) : ERR_NOMEM;

	buf_init(&text, TRUST_FILE);
	if (!e)
		e = file_read(path, &text);
	if (!e)
		e = trust_read(buf_span(&text), trust);
	if (!e && strcmp(trust->origin, journal->name) != 0)
		ret->untold = number + 1;
	buf_release(&text);
	free(trust);
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

static void add(struct compare_report *all, const struct compare_report *one)
{
	all->head.resolved += one->head.resolved;
	all->head.answered += one->head.answered;
	all->head.over += one->head.over;
	all->head.records += one->head.records;
	all->unsigned_records += one->unsigned_records;
	all->settled += one->settled;
	all->misses += one->misses;
	all->ahead += one->ahead;
	all->former += one->former;
}

/* Has a vault of this number ever run here? */
static bool is_there(const char *dir, uint32_t number)
{
	static const char *const made[] = {"checkpoint", "counts", "store.db"};
	char path[PATH_MAX];

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++)
		if (!path_of(dir, number, made[i], path) &&
		    access(path, F_OK) == 0)
			return true;
	return false;
}

/* Keys are there for more vaults than run (cli/init_vault.h). */
static uint32_t vaults_that_run(const char *dir)
{
	struct conf_fault fault;
	struct conf conf;

	return conf_load(dir, &conf, &fault) ? 1 : conf.vault_count;
}

static enum err run_all(const char *dir, const struct note_key *key,
    const struct keys *k, struct verify_vault *ret)
{
	uint32_t running = vaults_that_run(dir);
	enum err e = ERR_OK;

	for (uint32_t n = 0; n < REGISTRY_VAULTS && !e; n++) {
		struct compare_report one = {.ahead = 0};
		struct compare c = {.origin = key->name, .formers =
		    (const char *)k->formers.p};

		if (n >= running && !is_there(dir, n))
			continue;
		if (!k->known[n])
			e = ERR_KEY;
		if (!e)
			e = note_key_make(
			    span_str(COUNT_NAME), k->raw[n], &c.key);
		else
			(void)snprintf(one.words, sizeof(one.words),
			    "its key is not in the registry (act: vault)");
		if (!e)
			e = run_one(dir, n, key, &c, &one);
		if (!e)
			e = look_at_trust(dir, n, key, ret);
		add(&ret->all, &one);
		ret->vaults++;
		if (e) {
			memcpy(ret->all.words, one.words, sizeof(one.words));
			(void)snprintf(ret->which, sizeof(ret->which),
			    "vault %u: ", n);
		}
	}
	return e;
}

/* A keeper tells every vault under which name the log goes on before it asks
 * anything. */
static enum err check_told(struct tlog *log, struct verify_vault *ret)
{
	bool asked = false;
	enum err e = ret->untold ? compare_asked(log, &asked) : ERR_OK;

	if (e || !asked || SABOTAGED(COUNTS))
		return e;
	(void)snprintf(ret->which, sizeof(ret->which), "vault %u: ",
	    ret->untold - 1);
	(void)snprintf(ret->all.words, sizeof(ret->all.words),
	    "it was not told under which name the log goes on");
	return ERR_CORRUPT;
}

static enum err run_resolved(const char *dir, const struct note_key *key,
    struct verify_vault *ret)
{
	struct tlog *log = NULL;
	enum err e = open_log(dir, false, key, &log);

	if (!e)
		e = check_told(log, ret);
	if (!e)
		e = compare_resolved(log, ret->all.settled, &ret->all);
	tlog_close(log);
	return e;
}

enum err verify_vault_run(const char *dir, const struct note_key *key,
    struct verify_vault *ret)
{
	struct keys *k = calloc(1, sizeof(*k));
	enum err e = k ? ERR_OK : ERR_NOMEM;

	memset(ret, 0, sizeof(*ret));
	if (k)
		buf_init(&k->formers, LIMIT_ACT);
	if (!e)
		e = find_keys(dir, key, k);
	if (!e)
		buf_put_u8(&k->formers, 0);	/* a string */
	if (!e)
		e = k->formers.err;
	if (!e && k->count == 0)
		e = ERR_UNKNOWN;
	if (!e)
		e = run_all(dir, key, k, ret);
	if (!e)
		e = run_resolved(dir, key, ret);
	if (k)
		buf_release(&k->formers);
	free(k);
	return e;
}
