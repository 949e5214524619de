/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include "base/file.h"
#include "base/sabotage.h"
#include "cli/verify_registry.h"
#include "cli/verify_vault.h"
#include "conf/conf.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "meter/trust.h"
#include "proc/listen.h"

static enum err open_log(
    const char *dir, const struct note_key *key, struct tlog **ret)
{
	char records[PATH_MAX], public[PATH_MAX];
	struct tlog_options o = {.dir = records, .public_dir = public,
	    .vkey = key, .origin = key->name,
	    .leaf_size = LEAF_SIZE, .side_size = OPENING_SIZE};
	enum err e = file_path(
	    records, sizeof(records), dir, "keeper/journal");

	if (!e)
		e = file_path(public, sizeof(public), dir, "journal/public");
	return e ? e : tlog_open(&o, ret);
}

enum err verify_vault_purged(
    const char *dir, const struct note_key *key, uint32_t *ret_month)
{
	struct verify_registry *r = calloc(1, sizeof(*r));
	enum err e;

	if (!r)
		return ERR_NOMEM;
	e = verify_registry_read(dir, key->name, false, r);
	if (!e)
		*ret_month = r->purged;
	verify_registry_release(r);
	free(r);
	return e;
}

/* How long a file has not been written. Whose it is sets that to any time: to
 * one between 1970 and now, for all that is asked here. */
static enum err quiet_of(const struct stat *st, int64_t *ret_ms)
{
	int64_t at = st->st_mtim.tv_sec > 0 ? st->st_mtim.tv_sec : 0;
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return ERR_IO;
	*ret_ms = at < now.tv_sec ? ((int64_t)now.tv_sec - at) * 1000 : 0;
	return ERR_OK;
}

/* A file as it is now; *ret_quiet_ms since it was written last. */
static enum err open_counts(const char *path, int *ret_fd, struct tape **ret,
    int64_t *ret_quiet_ms)
{
	struct stat st;
	int64_t quiet_ms;
	int fd;
	enum err e = file_open_plain(path, 0, &fd);

	if (e)
		return e;
	e = fstat(fd, &st) == 0 ? quiet_of(&st, &quiet_ms) : ERR_IO;
	if (!e)
		e = tape_new(fd, (uint64_t)st.st_size, ret);
	if (e) {
		(void)close(fd);
		return e;
	}
	*ret_fd = fd;
	*ret_quiet_ms = quiet_ms;
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
	int fd = -1;
	enum err e = path_of(dir, number, "checkpoint", path);

	buf_init(&note, NOTE_MAX);
	if (!e)
		e = file_read_plain(path, &note);
	if (!e)
		e = path_of(dir, number, "counts", path);
	if (!e)
		e = open_counts(path, &fd, &c->counts, &c->quiet_ms);
	if (e == ERR_UNKNOWN) {
		(void)snprintf(ret->words, sizeof(ret->words),
		    "it has no counts: they were taken away, or it never ran");
		e = ERR_CORRUPT;
	}
	if (e == ERR_SHAPE || e == ERR_LIMIT) {
		(void)snprintf(ret->words, sizeof(ret->words),
		    "its counts are no vault's");
		e = ERR_CORRUPT;
	}
	c->note = buf_span(&note);
	if (!e)
		e = open_log(dir, journal, &c->log);
	if (!e && !SABOTAGED(COUNTS))
		e = compare_run(c, ret);
	tape_free(c->counts);
	if (fd >= 0)
		(void)close(fd);
	tlog_close(c->log);
	buf_release(&note);
	return e;
}

/* init told every vault who the first administrators are, and the registry's
 * first entry says it too. */
static bool knows_first(
    const struct verify_registry *r, const struct trust *t)
{
	for (size_t i = 0; i < r->first_admins; i++) {
		const struct registry_admin *a = &r->registry->admins[i];
		size_t n = 0;

		while (n < t->admin_count && memcmp(t->admins[n].key, a->key,
		    sizeof(a->key)) != 0)
			n++;
		if (n == t->admin_count)
			return false;
	}
	return true;
}

static bool has_admin(
    const struct registry *r, const struct trust_admin *known)
{
	for (size_t i = 0; i < r->admin_count; i++) {
		const struct registry_admin *a = &r->admins[i];

		if (memcmp(a->key, known->key, sizeof(a->key)) == 0)
			return strcmp(a->name, known->name) == 0 &&
			    (a->revoked || !known->revoked);
	}
	return false;
}

static bool has_ceiling(
    const struct registry *r, const struct trust_ceiling *known)
{
	for (size_t i = 0; i < r->ceiling_count; i++)
		if (r->ceilings[i].cell == known->cell)
			return r->ceilings[i].said_ms >= known->time_ms;
	return false;
}

/* Does every act that changed it stand in the registry? One that a restore
 * ended may have held what is lost now. */
static bool holds_all(const struct registry *r, const struct trust *t)
{
	bool all = true;

	for (size_t i = 0; i < t->admin_count && all; i++)
		all = has_admin(r, &t->admins[i]);
	for (size_t i = 0; i < t->ceiling_count && all; i++)
		all = has_ceiling(r, &t->ceilings[i]);
	return all || r->past_count > 0;
}

/* Was it written so long before the registry was read that what it says was
 * published by then? A large journal is read for minutes, and acts go on. */
static bool is_settled(const char *path, int64_t began_s)
{
	struct stat st;

	return stat(path, &st) == 0 &&
	    st.st_mtim.tv_sec < began_s - COMPARE_LATE_MS / 1000;
}

/* Which log it answers for, and whom it believes, is in the file that its acts
 * change; without it no vault starts. */
static enum err look_at_trust(const char *dir, uint32_t number,
    const struct note_key *journal, const struct verify_registry *r,
    struct verify_vault *ret, char words[static COMPARE_WORDS])
{
	struct trust *trust = calloc(1, sizeof(*trust));
	char path[PATH_MAX];
	struct buf text;
	enum err e = trust ? path_of(dir, number, "trust", path) : ERR_NOMEM;

	buf_init(&text, TRUST_FILE);
	if (!e)
		e = file_read_plain(path, &text);
	if (!e)
		e = trust_read(buf_span(&text), trust);
	if (!e && strcmp(trust->origin, journal->name) != 0)
		ret->untold = number + 1;
	if (!e && !knows_first(r, trust)) {
		(void)snprintf(words, COMPARE_WORDS, "the registry begins with "
		    "administrators that it was not told of");
		e = ERR_CORRUPT;
	}
	/* who was killed publishes what it took at the next start */
	if (!e && !ret->cut && !holds_all(r->registry, trust) &&
	    is_settled(path, ret->began_s)) {
		(void)snprintf(words, COMPARE_WORDS, "it took an act that is "
		    "not in the registry: administrators or a ceiling");
		e = ERR_CORRUPT;
	}
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

static bool has(const char *dir, uint32_t number, const char *name)
{
	char path[PATH_MAX];

	return !path_of(dir, number, name, path) && access(path, F_OK) == 0;
}

/* No keeper can take that away. */
static bool has_counted(const char *dir, uint32_t number)
{
	return has(dir, number, "checkpoint") || has(dir, number, "counts");
}

/* Has a vault of this number ever run here? */
static bool is_there(const char *dir, uint32_t number)
{
	return has_counted(dir, number) || has(dir, number, "store.db");
}

/* Keys are there for more vaults than run (cli/init_vault.h). */
static uint32_t vaults_that_run(const char *dir)
{
	struct conf_fault fault;
	struct conf conf;

	return conf_load(dir, &conf, &fault) ? 1 : conf.vault_count;
}

/* Unless nobody listens there, somebody may write yet: then the judgement is
 * the stricter one. A keeper that takes no connection is not waited for. */
static bool is_running(const char *dir)
{
	char path[PATH_MAX];
	int fd = -1;
	enum err e = file_path(path, sizeof(path), dir, "run/admin.sock");

	if (!e)
		e = listen_connect(
		    path, SOCK_SEQPACKET | SOCK_NONBLOCK, &fd);
	if (fd >= 0)
		(void)close(fd);
	return e != ERR_UNKNOWN && e != ERR_CLOSED;
}

static void keep_open(
    struct verify_vault *v, const char *which, const char *words)
{
	if (words[0] && !v->open[0])
		(void)snprintf(v->open, sizeof(v->open), "%s%s", which, words);
}

/* fresh: the journal holds nothing, and may never have begun. */
static enum err run_all(const char *dir, const struct note_key *key,
    const struct verify_registry *k, bool ended, bool fresh,
    struct verify_vault *ret)
{
	uint32_t running = vaults_that_run(dir);
	enum err e = ERR_OK;

	for (uint32_t n = 0; n < REGISTRY_VAULTS && !e; n++) {
		struct compare_report one = {.ahead = 0};
		struct compare c = {.origin = key->name, .formers =
		    (const char *)k->formers.p, .ended = ended};
		char which[32];

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
		if (!e && (!fresh || has_counted(dir, n)))
			e = run_one(dir, n, key, &c, &one);
		if (!e)
			e = look_at_trust(dir, n, key, k, ret, one.words);
		add(&ret->all, &one);
		ret->vaults++;
		(void)snprintf(which, sizeof(which), "vault %u: ", n);
		keep_open(ret, which, one.open);
		if (e) {
			memcpy(ret->all.words, one.words, sizeof(one.words));
			memcpy(ret->which, which, sizeof(which));
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

static enum err missing(struct verify_vault *ret, const char *what)
{
	(void)snprintf(ret->all.words, sizeof(ret->all.words), "%s", what);
	return ERR_CORRUPT;
}

/* What does not lie in a keeper's folder says that there is something to
 * compare: a keeper that takes its own files away hides nothing by it. */
static bool has_vaults(const char *dir)
{
	char path[PATH_MAX];

	return !file_path(path, sizeof(path), dir, "vault") &&
	    (access(path, F_OK) == 0 || errno != ENOENT);
}

static enum err read_acts(const char *dir, const char *origin,
    struct verify_registry *r, struct verify_vault *ret)
{
	enum err e = verify_registry_read(dir, origin, true, r);

	if (r->words[0])
		(void)snprintf(ret->all.words, sizeof(ret->all.words), "%s",
		    r->words);
	ret->acts = e ? 0 : r->size;
	ret->admins = e ? 0 : verify_registry_admins(r);
	return e;
}

enum err verify_vault_acts(
    const char *dir, const char *origin, struct verify_vault *ret)
{
	struct verify_registry *r = calloc(1, sizeof(*r));
	enum err e;

	memset(ret, 0, sizeof(*ret));
	if (!r)
		return ERR_NOMEM;
	e = read_acts(dir, origin, r, ret);
	verify_registry_release(r);
	free(r);
	return e;
}

/* The journal is opened first: what its entries name of the registry is there
 * by then. */
static enum err read_both(const char *dir, const struct note_key *key,
    struct tlog **ret_log, struct verify_registry *r, struct verify_vault *ret)
{
	bool vaults = has_vaults(dir);
	enum err e = open_log(dir, key, ret_log);

	if (e == ERR_UNKNOWN && vaults)
		return missing(ret, "the journal's records are not there, and "
		    "the vaults' counts want them");
	if (!e)
		e = read_acts(dir, key->name, r, ret);
	if (e == ERR_UNKNOWN && vaults)
		return missing(ret, "the registry is not there, which names "
		    "the vaults' keys");
	if (!e && !SABOTAGED(COUNTS))
		e = verify_registry_pair(r, *ret_log, ret->all.words,
		    sizeof(ret->all.words));
	if (!e && !vaults)
		return ERR_UNKNOWN;
	if (!e && r->vaults == 0)
		return missing(ret, "the registry names no vault's key");
	return e;
}

/* Nobody runs, and who did was killed? */
static enum err was_cut(struct tlog *log, bool ended, bool *ret)
{
	struct tlog_record record;
	struct leaf leaf = {.kind = LEAF_START};
	uint64_t size = tlog_size(log);
	enum err e = size > 0 ? tlog_read(log, size - 1, &record) : ERR_OK;

	if (!e && size > 0)
		e = leaf_unpack(record.leaf, &leaf);
	*ret = ended && leaf.kind != LEAF_STOP;
	return e;
}

enum err verify_vault_run(const char *dir, const struct note_key *key,
    struct verify_vault *ret)
{
	struct verify_registry *r = calloc(1, sizeof(*r));
	struct tlog *log = NULL;
	bool ended = !is_running(dir);
	struct timespec now;
	enum err e = r ? ERR_OK : ERR_NOMEM;

	memset(ret, 0, sizeof(*ret));
	if (!e && clock_gettime(CLOCK_REALTIME, &now) != 0)
		e = ERR_IO;
	if (!e) {
		ret->began_s = now.tv_sec;
		e = read_both(dir, key, &log, r, ret);
	}
	if (!e)
		e = was_cut(log, ended, &ret->cut);
	if (!e)
		e = run_all(dir, key, r, ended, tlog_size(log) == 0, ret);
	tlog_close(log);
	log = NULL;
	/* anew: the counts are older than what it holds now */
	if (!e)
		e = open_log(dir, key, &log);
	if (!e)
		e = check_told(log, ret);
	if (!e)
		e = compare_resolved(
		    log, ret->all.settled, ended, &ret->all);
	keep_open(ret, "", ret->all.open);
	tlog_close(log);
	if (r)
		verify_registry_release(r);
	free(r);
	return e;
}
