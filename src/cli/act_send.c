/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/random.h"
#include "base/shown.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/passphrase.h"
#include "cli/say.h"
#include "conf/conf.h"
#include "journal/note.h"
#include "lang/lang.h"
#include "registry/registry.h"

#define ACT_SEND_LINES (LIMIT_ACT - 4096)	/* room for head and names */

void act_send_name(
    const struct sign_public *key, char out[static ACT_SEND_NAME])
{
	uint8_t id[SIGN_KEY_ID];
	char hex[9];

	sign_public_id(key, id);
	text_hex(id, 4, hex);
	(void)snprintf(out, ACT_SEND_NAME, "admin-%s", hex);
}

enum err act_send_key(struct act_send *a, const char *path)
{
	char name[PATH_MAX];
	enum err e;

	if (a->key_count == ACT_SEND_KEYS)
		return ERR_LIMIT;
	(void)snprintf(name, sizeof(name), "%s", path);
	e = sign_private_load_locked(
	    path, passphrase_ask, name, &a->keys[a->key_count]);
	if (e) {
		char wanted[200];

		(void)snprintf(wanted, sizeof(wanted),
		    _("not a private key that can be read: %s"),
		    say_why(NULL, e));
		return say_unread(path, e, wanted);
	}
	if (!sign_private_seed(a->keys[a->key_count])) {
		say("%s: an administrator's key is Ed25519", path);
		sign_private_free(a->keys[a->key_count]);
		return ERR_KEY;
	}
	act_send_name(sign_private_public(a->keys[a->key_count]),
	    a->names[a->key_count]);
	a->key_count++;
	return ERR_OK;
}

static enum err load_keys(struct act_send *a, const struct conf *conf,
    const char *dir, const char *const *paths, size_t count)
{
	char path[PATH_MAX];
	enum err e = ERR_OK;

	for (size_t i = 0; i < count && !e; i++)
		e = act_send_key(a, paths[i]);
	if (count > 0 || !conf->drill)
		return e;
	for (int i = 1; i <= 2 && !e; i++) {
		char name[32];

		(void)snprintf(name, sizeof(name), "drill/admin-%d.pem", i);
		e = file_path(path, sizeof(path), dir, name);
		if (!e)
			e = act_send_key(a, path);
	}
	return e;
}

enum err act_send_open(struct act_send *a, const char *dir,
    const char *const *key_paths, size_t count)
{
	struct conf_fault fault;
	struct conf conf;
	enum err e;

	*a = (struct act_send){.write_to = a->write_to, .many = a->many};
	/* not what somebody is writing into ecluse.conf meanwhile */
	e = conf_started(dir, &conf, &fault);
	if (e) {
		say("%s", say_why(fault.text, e));
		return e;
	}
	e = text_copy(span_str(conf.origin), a->origin, sizeof(a->origin));
	if (!e)
		e = load_keys(a, &conf, dir, key_paths, count);
	if (!e && a->key_count == 0) {
		say("name your administrator's key: --admin-key FILE");
		e = ERR_REFUSED;
	}
	if (!e) {
		e = link_open(dir, &a->link);
		if (e && a->write_to) {
			e = ERR_OK;
		} else if (e) {
			say("%s is not running: start it with ecluse serve",
			    dir);
			e = ERR_CLOSED;
		}
	}
	if (e)
		act_send_close(a);
	return e;
}

void act_send_close(struct act_send *a)
{
	for (size_t i = 0; i < a->key_count; i++)
		sign_private_free(a->keys[i]);
	link_close(a->link);
	*a = (struct act_send){0};
}

bool act_send_fits(const char *option, const char *value)
{
	for (size_t i = 0; value && value[i]; i++)
		if (value[i] <= ' ' || value[i] > '~') {
			say("--%s: one word of printable ASCII: no space, no "
			    "accent", option);
			return false;
		}
	return true;
}

/* What is to be done with the file, in words. */
static void say_next(struct act_send *a, const char *path, unsigned needs)
{
	const char *all = shown_word(a->many ? a->write_to : path);
	int n = snprintf(a->words, sizeof(a->words),
	    ngettext("%s: %zu of %u signatures, not sent",
		"%s: %zu of %u signatures, not sent", a->key_count),
	    shown(path), a->key_count, needs);

	if (n < 0 || (size_t)n >= sizeof(a->words))
		return;
	(void)snprintf(a->words + n, sizeof(a->words) - (size_t)n,
	    a->key_count < needs ?
	    _("\nnext: the second administrator, offline: ecluse sign %s "
	      "--key KEY\nthen: ecluse send DIR %s") :
	    _("\nnext: ecluse send DIR %s"), all, all);
}

/* Into the file named, or the next of a folder. */
static enum err write_note(
    struct act_send *a, struct span text, struct span note)
{
	struct registry_fault fault;
	struct registry_asks asks;
	char path[PATH_MAX];
	int n = a->many ? snprintf(path, sizeof(path), "%s/%06llu.act",
	    a->write_to, (unsigned long long)a->acts + 1) :
	    snprintf(path, sizeof(path), "%s", a->write_to);
	enum err e = n < 0 || (size_t)n >= sizeof(path) ? ERR_LIMIT :
	    registry_asks(text, &asks, &fault);

	if (e) {
		(void)snprintf(a->words, sizeof(a->words), "%s",
		    e == ERR_LIMIT ? say_why(NULL, e) : fault.words);
		return e;
	}
	e = file_create(path, note, 0644);
	if (e)
		(void)snprintf(a->words, sizeof(a->words), "%.900s: %s", path,
		    e == ERR_EXISTS ? _("exists already") :
		    _("cannot be written"));
	else
		say_next(a, path, asks.signers);
	return e;
}

static enum err time_of_act(struct act_send *a, int64_t *ret_ms)
{
	struct clock clock = clock_system();

	if (a->link)
		return link_time(a->link, ret_ms);
	*ret_ms = clock_wall_ms(&clock);
	return ERR_OK;
}

static enum err send_one(
    struct act_send *a, struct span lines, link_part part, void *ctx)
{
	struct random random = random_system();
	struct note_signer signers[ACT_SEND_KEYS];
	uint8_t nonce[16];
	struct buf text, note;
	int64_t now_ms = 0;
	enum err e = time_of_act(a, &now_ms);

	buf_init(&text, LIMIT_ACT);
	buf_init(&note, LIMIT_ACT);
	random_fill(&random, nonce, sizeof(nonce));
	act_write_head(&text, span_str(a->origin), now_ms, nonce);
	buf_put_span(&text, lines);
	for (size_t i = 0; i < a->key_count; i++)
		signers[i] = (struct note_signer){a->names[i], a->keys[i]};
	if (!e)
		e = text.err;
	if (!e)
		e = note_sign(buf_span(&text), signers, a->key_count, &note);
	if (!e && a->write_to)
		e = write_note(a, buf_span(&text), buf_span(&note));
	else if (!e)
		e = link_ask(a->link, MSG_ADMIN_ACT, buf_span(&note), part,
		    ctx, a->words, sizeof(a->words));
	a->acts += e ? 0 : 1;
	buf_release(&text);
	buf_release(&note);
	return e;
}

/* As many whole lines as fit into one act. */
static struct span some_lines(struct span lines)
{
	size_t n = lines.n;

	if (n <= ACT_SEND_LINES)
		return lines;
	n = ACT_SEND_LINES;
	while (n > 0 && lines.p[n - 1] != '\n')
		n--;
	return span_of(lines.p, n);
}

enum err act_send(
    struct act_send *a, struct span lines, link_part part, void *ctx)
{
	enum err e = ERR_OK;

	while (lines.n > 0 && !e) {
		struct span some = some_lines(lines);

		if (some.n == 0 ||
		    (a->write_to && !a->many && some.n < lines.n))
			return ERR_LIMIT;
		e = send_one(a, some, part, ctx);
		lines = span_of(lines.p + some.n, lines.n - some.n);
	}
	return e;
}

/* Signed by this key already? ERR_CRYPTO: somebody put its name there. */
static enum err has_signed(
    const struct act_send *a, size_t i, struct span note, bool *ret)
{
	struct note_key key;
	struct span text;
	enum err e = note_key_make(span_str(a->names[i]),
	    sign_public_raw(sign_private_public(a->keys[i])), &key);

	if (!e)
		e = note_verify(note, &key, 1, &text, NULL);
	*ret = !e;
	return e == ERR_UNKNOWN ? ERR_OK : e;
}

enum err act_send_sign(struct act_send *a, struct span note, struct buf *out,
    size_t *ret_new)
{
	struct note_signer signers[ACT_SEND_KEYS];
	size_t n = 0;
	enum err e = ERR_OK;

	for (size_t i = 0; i < a->key_count && !e; i++) {
		bool before;

		e = has_signed(a, i, note, &before);
		if (!e && !before)
			signers[n++] = (struct note_signer){
			    a->names[i], a->keys[i]};
	}
	if (!e)
		e = note_sign_more(note, signers, n, out);
	if (!e)
		*ret_new = n;
	return e;
}
