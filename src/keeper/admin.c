/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The local administrators' socket: requests of the operator's command line.
 * Who may connect is the socket's mode and owner; what may be done is what the
 * signatures on an act allow (registry/registry.h). A client that breaks the
 * protocol is dropped.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "json/write.h"
#include "keeper/contracts.h"
#include "keeper/decoys.h"
#include "keeper/gap.h"
#include "keeper/keys.h"
#include "keeper/purge.h"
#include "keeper/retain.h"
#include "keeper/route.h"
#include "keeper/select.h"
#include "meter/trust.h"
#include "keeper/status.h"
#include "keeper/tables.h"

#define ADMIN_QUEUE (8u << 20)	/* bytes an administrator may leave unread */

struct admin {
	struct keeper *k;
	struct chan *chan;
	struct loop_watch *watch;
	unsigned owed;		/* requests that are not done */
	int64_t heard_ms;	/* boot clock: its last request */
};

static void drop(struct admin *a)
{
	struct keeper *k = a->k;

	contracts_admin_gone(k, a);
	feed_admin_gone(k, a);
	scope_admin_gone(k, a);
	backup_admin_gone(k, a);
	tables_admin_gone(k, a);
	decoys_admin_gone(k, a);
	decoys_list_gone(k, a);
	retain_admin_gone(k, a);
	for (int i = 0; i < KEEPER_ADMINS; i++)
		if (k->admins[i] == a)
			k->admins[i] = NULL;
	loop_drop(a->watch);
	chan_free(a->chan);
	free(a);
}

bool admin_is_here(struct keeper *k, const struct admin *a)
{
	for (int i = 0; i < KEEPER_ADMINS; i++)
		if (k->admins[i] == a)
			return true;
	return false;
}

bool admin_is_behind(const struct admin *a)
{
	return chan_wants_write(a->chan);
}

void admin_part(struct admin *a, uint64_t ref, struct span part)
{
	/* a client that stopped reading finds its connection closed by the
	 * next flush */
	if (chan_put(a->chan, MSG_ADMIN_PART, ref, part))
		(void)shutdown(chan_fd(a->chan), SHUT_RDWR);
}

void admin_done(struct admin *a, uint64_t ref, enum err e, const char *words)
{
	struct buf out;

	a->owed -= a->owed > 0;
	buf_init(&out, 2048);
	buf_put_u16(&out, (uint16_t)e);
	buf_text(&out, words);
	if (chan_put(a->chan, MSG_ADMIN_DONE, ref, buf_span(&out)))
		(void)shutdown(chan_fd(a->chan), SHUT_RDWR);
	buf_release(&out);
}

static void confirm_clock(struct keeper *k)
{
	hour_confirm(&k->hour);
	if (gap_save(k->dir, k->hour.gap_ms, false))
		log_say(LOG_WARN, "keeper/gap not written: confirm the clock "
		    "again after the next start");
}

/* An act is worth one use: it is not used up for a scope that cannot run. */
static bool must_wait(const struct keeper *k, struct span text)
{
	struct act_line line = {0};
	struct act_head head;
	struct span rest;

	return k->scope && !act_head(text, &head, &rest) &&
	    !act_next(&rest, &line) && (span_is(line.word, "scope") ||
	    span_is(line.word, "who") || span_is(line.word, "release"));
}

/* Why the keeper cannot do what those who signed may ask, in words. */
static enum err cannot(const struct keeper *k, struct span text,
    char words[static KEYS_WORDS])
{
	const char *missing = decoys_fault(k, text);
	enum err e = keys_fault(k, text, words);

	if (e)
		return e;
	if (missing)
		(void)snprintf(words, KEYS_WORDS, "%s", missing);
	else if (must_wait(k, text))
		(void)snprintf(words, KEYS_WORDS, "another scope, who or "
		    "release is running: wait for its end");
	else
		return ERR_OK;
	return missing ? ERR_UNKNOWN : ERR_STATE;
}

static void say_fault(struct admin *a, uint64_t ref, enum err e,
    const struct registry_fault *fault)
{
	char words[200];

	(void)snprintf(words, sizeof(words), "line %u: %s", fault->line,
	    fault->words);
	admin_done(a, ref, e, fault->line ? words : fault->words);
}

static void take_act(struct admin *a, const struct msg *m)
{
	struct keeper *k = a->k;
	struct registry_fault fault;
	enum registry_wish wish = REGISTRY_NOTHING;
	uint8_t root[HASH_SIZE];
	char words[KEYS_WORDS];
	struct span text;
	enum err e = ledger_check(
	    k->ledger, m->body, keeper_now(k), &text, &fault), why;

	why = e ? ERR_OK : cannot(k, text, words);
	if (why) {
		admin_done(a, m->ref, why, words);
		return;
	}
	if (!e)
		e = ledger_take(
		    k->ledger, m->body, keeper_now(k), &text, &wish, &fault);
	if (e == ERR_IO) {
		keeper_fail(k, "the registry cannot be written", e);
		return;
	}
	if (e) {
		say_fault(a, m->ref, e, &fault);
		return;
	}
	/* no entry that names it is older, whatever the clock does next */
	hour_floor(&k->hour, ledger_taken(k->ledger));
	ledger_root(k->ledger, root);
	book_registry(k->book, ledger_size(k->ledger), root);
	e = keeper_figures(k);
	if (!e)
		e = keys_settle(k);
	if (!e)
		e = decoys_settle(k);
	if (e) {
		keeper_fail(k, "what the registry says", e);
		return;
	}
	if (trust_concerns(text))
		vaults_tell(k, ledger_size(k->ledger) - 1, m->body);
	log_say(LOG_INFO, "act applied as registry entry %llu",
	    (unsigned long long)ledger_size(k->ledger) - 1);
	if (wish == REGISTRY_CLOCK)
		confirm_clock(k);
	if (wish == REGISTRY_SCOPE) {
		scope_start(k, a, m->ref, text);
		return;
	}
	(void)snprintf(words, sizeof(words), "registry entry %llu",
	    (unsigned long long)ledger_size(k->ledger) - 1);
	admin_done(a, m->ref, ERR_OK, words);
}

static void write_counts(
    struct json_writer *w, const struct guard_line *line)
{
	static const char *const kinds[GUARD_KINDS] = {
	    [GUARD_T24] = "t24", [GUARD_C24] = "c24", [GUARD_T30] = "t30",
	    [GUARD_C30] = "c30", [GUARD_M24] = "m24", [GUARD_M30] = "m30"};

	for (int i = 0; i < GUARD_KINDS; i++) {
		json_write_name(w, kinds[i]);
		json_write_begin(w, '[');
		json_write_int(w, line->used[i]);
		json_write_int(w, line->figure[i]);
		json_write_end(w, ']');
	}
}

/* Of a key or its site; of one of its professionals, who is named. */
static void write_level(struct keeper *k, const struct registry_key *key,
    enum guard_level level, const char *rpps, struct json_writer *w)
{
	struct guard_line line;
	struct guard_ask ask;

	fold_ask(k->registry, key, key->plane, span_str(rpps), &ask);
	guard_look(k->guard, &ask, level, keeper_now(k), &line);
	json_write_begin(w, '{');
	if (level == GUARD_PROFESSIONAL)
		json_write_pair(w, "rpps", rpps);
	write_counts(w, &line);
	json_write_end(w, '}');
}

/* One asker's counts: its key, each of its professionals, its site. */
static void write_levels(struct keeper *k, const struct registry_key *key,
    struct json_writer *w)
{
	json_write_name(w, "key");
	write_level(k, key, GUARD_KEY, "", w);
	json_write_name(w, "professionals");
	json_write_begin(w, '[');
	for (uint32_t i = 0; i < key->rpps_count; i++)
		write_level(k, key, GUARD_PROFESSIONAL,
		    k->registry->professionals[key->rpps[i]].rpps, w);
	json_write_end(w, ']');
	json_write_name(w, "site");
	write_level(k, key, GUARD_SITE, "", w);
}

static void write_budgets(
    struct keeper *k, const struct registry_key *key, struct buf *out)
{
	const struct registry *r = k->registry;
	struct json_writer w = json_writer_of(out);
	char id[SIGN_KEY_ID_TEXT];

	sign_key_id_text(key->id, id);
	json_write_begin(&w, '{');
	json_write_pair(&w, "asker", id);
	json_write_pair(&w, "site_id", r->sites[key->site].id);
	json_write_pair(&w, "profession",
	    r->professions[r->sites[key->site].profession].code);
	json_write_pair(&w, "plane", registry_plane_text(key->plane));
	json_write_name(&w, "lives");
	json_write_bool(&w, registry_key_lives(r, key));
	json_write_name(&w, "own_figures");
	json_write_bool(&w, r->sites[key->site].own > 0 &&
	    !r->owns[r->sites[key->site].own - 1].preset);
	write_levels(k, key, &w);
	json_write_end(&w, '}');
	buf_text(out, "\n");
}

static void take_budgets(struct admin *a, const struct msg *m)
{
	struct keeper *k = a->k;
	struct select sel;
	struct buf out;
	size_t found = 0;

	if (select_parse(m->body, &sel)) {
		admin_done(a, m->ref, ERR_SHAPE,
		    "asker: key:<43 characters>, rpps:<11 digits> or "
		    "site:<number>, commas between several");
		return;
	}
	buf_init(&out, 65536);
	for (size_t i = 0; i < k->registry->key_count; i++) {
		if (!select_has_key(&sel, k->registry, &k->registry->keys[i]))
			continue;
		write_budgets(k, &k->registry->keys[i], &out);
		if (out.err)
			break;
		admin_part(a, m->ref, buf_span(&out));
		buf_clear(&out);
		found++;
	}
	admin_done(a, m->ref, out.err ? out.err : found ? ERR_OK : ERR_UNKNOWN,
	    !out.err && !found ? "no such asker is enrolled" : "");
	buf_release(&out);
}

static void take_clock(struct admin *a, const struct msg *m)
{
	struct keeper *k = a->k;
	struct reader r = reader_of(m->body);
	int64_t to = (int64_t)read_u64(&r);
	char path[CONF_PATH * 2], text[32];
	int n;

	if (!k->registry->drill) {
		admin_done(a, m->ref, ERR_REFUSED,
		    "only a drill instance has a clock that can be set");
		return;
	}
	if (to < k->hour.floor_ms || to < 0) {
		admin_done(a, m->ref, ERR_TIME,
		    "time never goes behind the last entry or act");
		return;
	}
	n = snprintf(text, sizeof(text), "%lld\n",
	    (long long)hour_set(&k->hour, to));
	k->turn_ms = 0;
	vaults_clock(k);
	if (file_path(path, sizeof(path), k->dir, "keeper/clock") ||
	    file_replace(path, span_of(text, (size_t)n), 0600)) {
		admin_done(a, m->ref, ERR_IO, "keeper/clock not written");
		return;
	}
	admin_done(a, m->ref, ERR_OK, "");
}

static void take_status(struct admin *a, const struct msg *m)
{
	struct buf out;

	buf_init(&out, STATUS_MOST);
	status_write(a->k, &out);
	admin_part(a, m->ref, buf_span(&out));
	admin_done(a, m->ref, out.err, "");
	buf_release(&out);
}

static void take(struct admin *a, const struct msg *m)
{
	switch (m->type) {
	case MSG_ADMIN_ACT:
		take_act(a, m);
		break;
	case MSG_ADMIN_FEED:
		feed_chunk(a->k, a, m->ref, m->body);
		break;
	case MSG_ADMIN_CONTRACT:
		contracts_take(a->k, &(struct feed_carrier){.admin = a,
		    .ref = m->ref}, NULL, m->body);
		break;
	case MSG_ADMIN_BUDGETS:
		take_budgets(a, m);
		break;
	case MSG_ADMIN_CLOCK:
		take_clock(a, m);
		break;
	case MSG_ADMIN_POINT:
		backup_point(a->k, a, m->ref);
		break;
	case MSG_ADMIN_COPY:
		backup_copy(a->k, a, m->ref);
		break;
	case MSG_ADMIN_VOUCH:
		backup_vouch(a->k, a, m->ref, m->body);
		break;
	case MSG_ADMIN_RULES:
		tables_reload(a->k, a, m->ref);
		break;
	case MSG_ADMIN_DECOY:
		decoys_plant(a->k, a, m->ref, m->body);
		break;
	case MSG_ADMIN_DECOYS:
		decoys_list(a->k, a, m->ref, m->body);
		break;
	case MSG_ADMIN_ROUTES:
		route_list(a->k, a, m->ref, m->body);
		break;
	case MSG_ADMIN_KEYS:
		keys_list(a->k, a, m->ref);
		break;
	case MSG_ADMIN_KEY_NEXT:
		keys_next(a->k, a, m->ref, m->body);
		break;
	case MSG_ADMIN_PURGE:
		purge_look(a->k, a, m->ref);
		break;
	case MSG_ADMIN_RETAIN:
		retain_look(a->k, a, m->ref, m->body);
		break;
	default:
		take_status(a, m);
		break;
	}
}

static void ready(void *ctx, unsigned bits)
{
	struct admin *a = ctx;
	struct keeper *k = a->k;
	struct msg m;
	enum err e;

	(void)bits;
	/* one datagram a turn: questions go first */
	do {
		e = chan_get(a->chan, &m);
		if (!e) {
			a->owed++;
			a->heard_ms = clock_boot_ms(&k->hour.clock);
			take(a, &m);
		}
	} while (!e && !k->failed && admin_is_here(k, a) &&
	    chan_holds(a->chan));
	if (e && e != ERR_STATE)
		drop(a);
}

static bool is_ours(int fd)
{
	struct ucred who;
	socklen_t n = sizeof(who);

	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		return false;
	return who.uid == 0 || who.uid == geteuid();
}

/* A free place, or that of who has been quiet longest and is owed nothing: who
 * connects and says nothing keeps nobody from closing a gate. -1: none. */
static int find_place(struct keeper *k)
{
	int quiet = -1;

	for (int i = 0; i < KEEPER_ADMINS; i++) {
		const struct admin *a = k->admins[i];

		if (!a)
			return i;
		if (a->owed == 0 && (quiet < 0 ||
		    a->heard_ms < k->admins[quiet]->heard_ms))
			quiet = i;
	}
	if (quiet >= 0)
		drop(k->admins[quiet]);
	return quiet;
}

static void take_in(struct keeper *k, int fd)
{
	int place = is_ours(fd) ? find_place(k) : -1;
	struct admin *a = place < 0 ? NULL : calloc(1, sizeof(*a));

	if (!a || chan_new(
	    fd, MSG_KEEPER, MSG_ADMIN, ADMIN_QUEUE, &a->chan)) {
		free(a);
		close(fd);
		return;
	}
	a->k = k;
	a->heard_ms = clock_boot_ms(&k->hour.clock);
	if (loop_watch(k->loop, fd, LOOP_READ, ready, a, &a->watch)) {
		chan_free(a->chan);
		free(a);
		return;
	}
	k->admins[place] = a;
}

static void accept_some(void *ctx, unsigned bits)
{
	struct keeper *k = ctx;
	enum err e;
	int fd;

	(void)bits;
	while ((e = door_take(&k->door, &fd)) == ERR_OK)
		take_in(k, fd);
	if (e != ERR_STATE)
		often_line(k, OFTEN_DOOR, LOG_ERROR, "alarm: an administrator "
		    "waits, %s", e == ERR_FULL ? "no descriptor is left" :
		    err_text(e));
}

enum err admin_listen(struct keeper *k)
{
	return door_open(
	    &k->door, k->loop, KEEPER_FD_ADMIN, accept_some, k);
}

void admin_flush(struct keeper *k)
{
	for (int i = 0; i < KEEPER_ADMINS; i++) {
		struct admin *a = k->admins[i];

		if (!a)
			continue;
		if (chan_flush(a->chan) || loop_change(a->watch,
		    LOOP_READ | (chan_wants_write(a->chan) ? LOOP_WRITE : 0)))
			drop(a);
	}
}

void admin_close(struct keeper *k)
{
	for (int i = 0; i < KEEPER_ADMINS; i++)
		if (k->admins[i])
			drop(k->admins[i]);
}
