/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include "base/file.h"
#include "base/limits.h"
#include "keeper/decoys.h"
#include "keeper/retain.h"
#include "keeper/whole.h"
#include "registry/turns.h"

static void pair(int fd[2])
{
	assert_int_equal(socketpair(
	    AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fd), 0);
}

/* Nobody else gets these numbers. */
static void hold_places(void)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	assert_true(null >= 0);
	assert_int_equal(dup2(null, KEEPER_FD_SUPER), KEEPER_FD_SUPER);
	assert_int_equal(dup2(null, KEEPER_FD_ADMIN), KEEPER_FD_ADMIN);
	if (null != KEEPER_FD_SUPER && null != KEEPER_FD_ADMIN)
		(void)close(null);
}

/* One end at a place; gives the other. */
static int place(int at)
{
	int fd[2];

	pair(fd);
	if (fd[0] == at || fd[1] == at)
		return fd[0] == at ? fd[1] : fd[0];
	assert_int_equal(dup2(fd[0], at), at);
	(void)close(fd[0]);
	return fd[1];
}

/* The desk's own gate, vault and loop are not of this keeper. */
static void clear_desk(struct desk *d)
{
	struct keeper *k = &d->k;

	chan_free(d->gate);
	chan_free(d->vault);
	d->gate = d->vault = NULL;
	vaults_close(k);
	gates_close(k);
	loop_free(k->loop);
	k->loop = NULL;
	memset(k->vaults, 0, sizeof(k->vaults));
	memset(k->gates, 0, sizeof(k->gates));
}

/* The registry's first entry, signed by its log's key. */
static void open_ledger(struct desk *d)
{
	char dir[RIG_PATH + 30], public_dir[RIG_PATH + 30], name[256];
	struct tlog_options o = {.dir = dir, .public_dir = public_dir,
	    .origin = name, .key = d->h.keys->registry};
	struct note_signer signer = {name, d->h.keys->registry};
	struct tlog_entry entry;
	struct tlog *log = NULL;
	struct buf text, note;
	unsigned serial = 0;
	uint64_t index;

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	(void)snprintf(dir, sizeof(dir), "%s/registry", d->h.dir);
	assert_int_equal(file_mkdir(dir, 0755), ERR_OK);
	(void)snprintf(dir, sizeof(dir), "%s/keeper/registry", d->h.dir);
	(void)snprintf(public_dir, sizeof(public_dir), "%s/registry/public",
	    d->h.dir);
	assert_int_equal(
	    registry_origin(ACTS_ORIGIN, name, sizeof(name)), ERR_OK);
	acts_text(&text, &serial, ACTS_NOW, acts_first(true));
	assert_int_equal(
	    note_sign(buf_span(&text), &signer, 1, &note), ERR_OK);
	entry = (struct tlog_entry){.leaf = buf_span(&note)};
	assert_int_equal(tlog_open(&o, &log), ERR_OK);
	assert_int_equal(tlog_append(log, &entry, 1, 0, &index), ERR_OK);
	assert_int_equal(tlog_publish(log), ERR_OK);
	tlog_close(log);
	assert_int_equal(ledger_open(
	    d->h.dir, ACTS_ORIGIN, d->h.keys, &d->k.ledger), ERR_OK);
	buf_release(&text);
	buf_release(&note);
}

/* The registry names the keys that the keyring has. */
static void name_keys(struct keeper *k)
{
	for (size_t i = 0; i < k->registry->turn_count; i++) {
		struct registry_turn *t = &k->registry->turns[i];
		const struct keyring_row *row =
		    keyring_at(k->keys, t->kind, t->generation);

		assert_non_null(row);
		memcpy(t->name, row->name, sizeof(t->name));
		t->name_len = row->name_len;
	}
}

void whole_make(struct whole *w)
{
	struct keeper *k = &w->d.k;

	memset(w, 0, sizeof(*w));
	hold_places();
	desk_make(&w->d);
	clear_desk(&w->d);
	open_ledger(&w->d);
	name_keys(k);
	k->fold = w->d.h.fold;
	assert_int_equal(retain_new(&k->retain), ERR_OK);
	assert_int_equal(decoys_open(k), ERR_OK);
	assert_int_equal(chan_new(place(KEEPER_FD_SUPER), MSG_SUPER,
	    MSG_KEEPER, 1u << 24, &w->super), ERR_OK);
	w->admin = place(KEEPER_FD_ADMIN);
}

void whole_drop(struct whole *w)
{
	struct keeper *k = &w->d.k;

	if (k->super) {
		chan_free(k->super);
		chan_free(w->super);
		assert_int_equal(chan_new(place(KEEPER_FD_SUPER), MSG_SUPER,
		    MSG_KEEPER, 1u << 24, &w->super), ERR_OK);
	}
	k->super = NULL;
	clear_desk(&w->d);
}

void whole_unmake(struct whole *w)
{
	struct keeper *k = &w->d.k;

	if (k->super)
		chan_free(k->super);
	else
		(void)close(KEEPER_FD_SUPER);
	chan_free(w->super);
	(void)close(KEEPER_FD_ADMIN);
	(void)close(w->admin);
	feed_release(k);
	free(k->members);
	k->members = NULL;
	retain_free(k->retain);
	decoys_close(k);
	ledger_close(k->ledger);
	generations_release(k);
	desk_unmake(&w->d);
}

int whole_setup(void **state)
{
	struct whole *it = calloc(1, sizeof(*it));

	assert_non_null(it);
	whole_make(it);
	*state = it;
	return 0;
}

int whole_teardown(void **state)
{
	whole_unmake(*state);
	free(*state);
	return 0;
}

void whole_starts(struct whole *w, uint8_t kind, uint8_t nth, uint64_t turn)
{
	const struct sibling s = {kind, nth};
	bool gate = kind == SIBLING_GATE;
	struct chan **end = gate ? &w->d.gate : &w->d.vault;
	uint8_t body[SIBLING_SIZE];
	int fd[2];

	pair(fd);
	sibling_pack(&s, body);
	assert_int_equal(chan_put_fd(w->super, MSG_CHANNEL, turn,
	    span_of(body, sizeof(body)), fd[0]), ERR_OK);
	assert_int_equal(chan_flush(w->super), ERR_OK);
	chan_free(*end);
	assert_int_equal(chan_new(fd[1], gate ? MSG_GATE : MSG_VAULT,
	    MSG_KEEPER, 1u << 24, end), ERR_OK);
}

void whole_loops(struct whole *w)
{
	assert_int_equal(turn_channels(&w->d.k), ERR_OK);
	assert_int_equal(turn_timers(&w->d.k), ERR_OK);
}

void whole_says(
    struct whole *w, enum msg_type type, uint64_t ref, struct span body)
{
	assert_int_equal(chan_put(w->d.vault, type, ref, body), ERR_OK);
	assert_int_equal(chan_flush(w->d.vault), ERR_OK);
}

void whole_opens(struct whole *w)
{
	struct msg m;

	whole_loops(w);
	whole_starts(w, SIBLING_GATE, ASK_FLOW, 7);
	whole_starts(w, SIBLING_VAULT, 0, 3);
	whole_says(w, MSG_VAULT_READY, 0, span_of(NULL, 0));
	whole_turn(w);
	whole_turn(w);
	assert_true(w->d.k.ready_said);
	assert_true(whole_told(w, &m));
	assert_int_equal(m.type, MSG_READY);
	assert_int_equal(chan_get(w->d.vault, &m), ERR_OK);
	assert_int_equal(m.type, MSG_VAULT_CLOCK);
}

bool whole_told(struct whole *w, struct msg *ret)
{
	enum err e;

	assert_int_equal(chan_flush(w->d.k.super), ERR_OK);
	e = chan_get(w->super, ret);
	assert_true(!e || e == ERR_STATE);
	return !e;
}

uint64_t whole_stopped(struct whole *w, uint8_t kind, uint8_t nth)
{
	struct sibling s;
	struct msg m;

	if (!whole_told(w, &m))
		return 0;
	assert_int_equal(m.type, MSG_STOP);
	assert_int_equal(sibling_unpack(m.body, &s), ERR_OK);
	assert_int_equal(s.kind, kind);
	assert_int_equal(s.nth, nth);
	return m.ref;
}

void whole_turn(struct whole *w)
{
	assert_int_equal(loop_turn(w->d.k.loop, 0), ERR_OK);
}
