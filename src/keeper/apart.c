/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "base/log.h"
#include "keeper/apart.h"
#include "rootkey/rootkey.h"

enum err apart_init(struct apart *a, const char *dir, const struct conf *conf,
    const struct random *random)
{
	*a = (struct apart){.conf = conf, .random = random};
	return file_path(a->folder, sizeof(a->folder), dir, "keeper");
}

static struct rootkey_source source_of(const struct apart *a)
{
	const struct conf *c = a->conf;

	return (struct rootkey_source){.folder = a->folder,
	    .origin = c->root_origin[0] ? c->root_origin : c->origin,
	    .module = c->root_module, .token = c->root_token,
	    .key = c->root_key, .pin_file = c->root_pin_file};
}

/* What a started keeper has of a token's. */
static enum err get_held(struct apart *a, uint32_t epoch, struct secret *ret)
{
	if (epoch > a->epoch && epoch - a->epoch <= APART_AHEAD) {
		*ret = a->held[epoch - a->epoch - 1];
		return ERR_OK;
	}
	if (!a->said)
		log_say(LOG_ERROR, "a month is not destroyed yet: the next "
		    "start does it, for the token is spoken to then alone");
	a->said = true;
	return ERR_STATE;
}

static enum err get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	struct apart *a = ctx;
	struct rootkey_source source = source_of(a);
	struct rootkey_fault fault;
	enum err e;

	if (a->started && rootkey_is_token(&source))
		return get_held(a, epoch, ret);
	e = rootkey_apart(&source, epoch, make, a->random, ret, &fault);
	if (e)
		log_say(LOG_ERROR, "the key of keeper/months: %s", fault.text);
	return e;
}

static void drop(void *ctx, uint32_t epoch)
{
	struct apart *a = ctx;
	struct rootkey_source source = source_of(a);
	struct rootkey_fault fault;
	bool token = rootkey_is_token(&source);
	uint32_t least = token && epoch > APART_AHEAD ?
	    epoch - APART_AHEAD + 1 : token ? 1 : epoch;

	if (a->started && token) {
		log_say(LOG_WARN, "the token's key of destroyed months goes "
		    "with the next start: restart soon");
		return;
	}
	for (; epoch >= least; epoch--)
		if (rootkey_apart_drop(&source, epoch, &fault))
			log_say(LOG_ERROR, "a key of destroyed months is still "
			    "there, until the next start: %s", fault.text);
}

struct months_apart apart_for(struct apart *a)
{
	return (struct months_apart){a, get, drop};
}

enum err apart_settle(struct apart *a, uint32_t epoch)
{
	struct rootkey_source source = source_of(a);
	enum err e = ERR_OK;

	for (uint32_t i = 0; i < APART_AHEAD && !e; i++)
		if (rootkey_is_token(&source))
			e = get(a, epoch + 1 + i, true, &a->held[i]);
	a->epoch = epoch;
	a->started = true;
	return e;
}
