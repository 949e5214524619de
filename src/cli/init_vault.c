/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "cli/init_vault.h"
#include "conf/conf.h"
#include "crypto/sign.h"
#include "meter/trust.h"

static enum err folder_of(
    const char *dir, unsigned number, char out[static PATH_MAX])
{
	char name[32];

	(void)snprintf(name, sizeof(name), "vault/%u", number);
	return file_path(out, PATH_MAX, dir, name);
}

static enum err make_key(const char *folder, unsigned number,
    const struct random *random, struct buf *act)
{
	char path[PATH_MAX], text[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	struct sign_private *key = NULL;
	enum err e = file_path(path, sizeof(path), folder, "key.pem");

	if (!e)
		e = sign_private_make(SIGN_ED25519, random, &key);
	if (!e)
		e = sign_private_save(key, path);
	if (!e) {
		text_b64url(sign_public_raw(sign_private_public(key)),
		    SIGN_ED25519_KEY, text);
		buf_printf(act, "vault number=%u key=%s\n", number, text);
		e = act->err;
	}
	sign_private_free(key);
	return e;
}

enum err init_vault_keys(
    const char *dir, const struct random *random, struct buf *act)
{
	char folder[PATH_MAX];
	enum err e = ERR_OK;

	for (unsigned n = 0; n < CONF_VAULTS && !e; n++) {
		e = folder_of(dir, n, folder);
		if (!e)
			e = file_mkdir(folder, 0700);
		if (!e)
			e = make_key(folder, n, random, act);
	}
	return e;
}

/* The ceiling of an hour is the cell's budget of a day: a day's persons all
 * at once, and no more. */
static void take_default(const struct registry *r, struct trust *t)
{
	for (size_t i = 0; i < r->wide_count; i++)
		if (strcmp(r->wides[i].scope, "cell") == 0 &&
		    strcmp(r->wides[i].code, "*") == 0) {
			t->floor = r->wides[i].figures[0];
			t->each = r->wides[i].figures[1];
		}
}

static enum err fill(
    const struct registry *r, const struct act_head *head, struct trust *t)
{
	t->drill = r->drill;
	take_default(r, t);
	for (size_t i = 0; i < r->admin_count && i < TRUST_ADMINS; i++) {
		memcpy(t->admins[i].name, r->admins[i].name,
		    sizeof(t->admins[i].name));
		memcpy(t->admins[i].key, r->admins[i].key,
		    sizeof(t->admins[i].key));
		t->admin_count++;
	}
	return text_copy(head->origin, t->origin, sizeof(t->origin));
}

/* What a vault's file says, from the first act. */
static enum err write_trust(struct span act, struct buf *ret)
{
	struct trust *t = calloc(1, sizeof(*t));
	struct registry_fault fault;
	struct registry *r = NULL;
	enum registry_wish wish;
	struct act_head head;
	struct span rest;
	enum err e = t ? registry_new(&r) : ERR_NOMEM;

	if (!e)
		e = act_head(act, &head, &rest);
	if (!e)
		e = registry_apply(r, act, 0, true, 0, &wish, &fault);
	if (!e)
		e = fill(r, &head, t);
	if (!e)
		e = trust_write(t, ret);
	registry_free(r);
	free(t);
	return e;
}

enum err init_vault_trusts(const char *dir, struct span act)
{
	char folder[PATH_MAX], path[PATH_MAX];
	struct buf text;
	enum err e;

	buf_init(&text, TRUST_FILE);
	e = write_trust(act, &text);
	for (unsigned n = 0; n < CONF_VAULTS && !e; n++) {
		e = folder_of(dir, n, folder);
		if (!e)
			e = file_path(path, sizeof(path), folder, "trust");
		if (!e)
			e = file_create(path, buf_span(&text), 0600);
	}
	buf_release(&text);
	return e;
}
