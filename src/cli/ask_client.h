/* SPDX-License-Identifier: Apache-2.0 */
/* The client of one installation's key, with the pin beside it. */
#pragma once
#include <limits.h>
#include "api/client.h"

struct ask_way {	/* NULL: the pin's, and what stands beside the key */
	const char *pin, *url, *cert, *cert_key;
	bool plain;
};

struct ask_client {
	char path[PATH_MAX];	/* of the key */
	struct pin pin;
	struct sign_private *key;
	struct client *client;
};

/* Says what is wrong. c stays where it is, and is closed on failure too. */
MUST_CHECK enum err ask_client_open(const struct ask_way *way,
    const char *key_path, struct ask_client *c);
void ask_client_close(struct ask_client *c);
