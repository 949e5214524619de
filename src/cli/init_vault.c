/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "cli/init_vault.h"
#include "crypto/sign.h"
#include "meter/trust.h"

enum err init_vault_key(const char *folder, uint32_t number,
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

enum err init_vault_trust(const char *folder, struct span act)
{
	struct trust *t = calloc(1, sizeof(*t));
	struct registry_fault fault;
	struct registry *r = NULL;
	enum registry_wish wish;
	struct act_head head;
	char path[PATH_MAX];
	struct span rest;
	struct buf text;
	enum err e = t ? registry_new(&r) : ERR_NOMEM;

	buf_init(&text, TRUST_FILE);
	if (!e)
		e = act_head(act, &head, &rest);
	if (!e)
		e = registry_apply(r, act, 0, true, 0, &wish, &fault);
	if (!e)
		e = fill(r, &head, t);
	if (!e)
		e = trust_write(t, &text);
	if (!e)
		e = file_path(path, sizeof(path), folder, "trust");
	if (!e)
		e = file_create(path, buf_span(&text), 0600);
	buf_release(&text);
	registry_free(r);
	free(t);
	return e;
}
