/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include "cli/ask_client.h"
#include "cli/say.h"
#include "lang/lang.h"

static enum err find_pin(
    const struct ask_way *way, const char *key_path, struct pin *ret)
{
	char path[PATH_MAX];
	enum err e = ERR_OK;

	if (way->pin)
		(void)snprintf(path, sizeof(path), "%s", way->pin);
	else
		e = pin_of_key(key_path, path, sizeof(path));
	if (e) {
		say("%s: no pin beside it: enrol the key, or name --pin",
		    key_path);
		return e;
	}
	e = pin_load(path, ret);
	if (e)
		(void)say_unread(path, e, _("not a pin file, or its keys are "
		    "not signed by its log"));
	return e;
}

enum err ask_client_open(const struct ask_way *way, const char *key_path,
    struct ask_client *c)
{
	struct client_options o = {.pin = &c->pin, .url = way->url,
	    .plain = way->plain, .clock = clock_system(),
	    .random = random_system(), .certificate = way->cert,
	    .certificate_key = way->cert_key};
	enum err e = find_pin(way, key_path, &c->pin);

	if (e)
		return e;
	e = sign_private_load(key_path, &c->key);
	if (e) {
		(void)say_unread(key_path, e,
		    _("not a private key in PEM, Ed25519 or P-256"));
		return e;
	}
	o.key = c->key;
	e = client_new(&o, &c->client);
	if (e)
		say("--url: https://host[:port]");
	return e;
}

void ask_client_close(struct ask_client *c)
{
	client_free(c->client);
	sign_private_free(c->key);
	pin_release(&c->pin);
	*c = (struct ask_client){0};
}
