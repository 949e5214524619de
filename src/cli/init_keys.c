/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <unistd.h>
#include "base/text.h"
#include "cli/init_keys.h"
#include "cli/say.h"

bool init_keys_option(struct init_keys *k, int letter, const char *value)
{
	switch (letter) {
	case 'm':
		k->source.module = value;
		return true;
	case 't':
		k->source.token = value;
		return true;
	case 'k':
		k->source.key = value;
		return true;
	case 'f':
		k->source.pin_file = value;
		return true;
	default:
		return false;
	}
}

static enum err copy(
    const char *name, const char *value, char *to, size_t size)
{
	enum err e = value ? text_copy(span_str(value), to, size) : ERR_OK;

	if (e)
		say("--%s: too long", name);
	return e;
}

enum err init_keys_conf(const struct init_keys *k, struct conf *c)
{
	const struct rootkey_source *s = &k->source;
	enum err e = copy(
	    "pkcs11", s->module, c->root_module, sizeof(c->root_module));

	if (!e)
		e = copy(
		    "token", s->token, c->root_token, sizeof(c->root_token));
	if (!e)
		e = copy(
		    "token-key", s->key, c->root_key, sizeof(c->root_key));
	if (!e)
		e = copy("pin-file", s->pin_file, c->root_pin_file,
		    sizeof(c->root_pin_file));
	return e;
}

enum err init_keys_token(struct init_keys *k, const char *origin,
    const struct random *random)
{
	struct rootkey_fault fault;
	enum err e = ERR_OK;

	k->source.origin = origin;
	if (rootkey_is_token(&k->source))
		e = rootkey_make(&k->source, random, &k->root, &fault);
	if (e)
		say("%s", say_why(fault.text, e));
	return e;
}

enum err init_keys_make(struct init_keys *k, const char *folder,
    const struct random *random, struct keyring **ret)
{
	struct rootkey_fault fault;
	enum err e = ERR_OK;

	k->source.folder = folder;
	if (!rootkey_is_token(&k->source))
		e = rootkey_make(&k->source, random, &k->root, &fault);
	if (e)
		say("%s", say_why(fault.text, e));
	else
		e = keyring_make(folder, &k->root, random, ret);
	secret_wipe(&k->root, sizeof(k->root));
	return e;
}
