/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/file.h"
#include "base/text.h"
#include "vault/own_key.h"

/* The folder's name is the vault's number. */
static enum err write_line(
    const char *folder, const struct sign_private *key)
{
	char path[PATH_MAX], text[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	const char *number = strrchr(folder, '/');
	struct buf line;
	enum err e = file_path(path, sizeof(path), folder, "key.act");

	if (e)
		return e;
	buf_init(&line, 256);
	text_b64url(sign_public_raw(sign_private_public(key)),
	    SIGN_ED25519_KEY, text);
	buf_printf(&line, "vault number=%s key=%s\n",
	    number ? number + 1 : "0", text);
	e = line.err ? line.err : file_replace(path, buf_span(&line), 0600);
	buf_release(&line);
	return e;
}

enum err own_key_open(const char *folder, const struct random *random,
    struct sign_private **ret)
{
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), folder, "key.pem");

	if (e)
		return e;
	e = sign_private_load(path, ret);
	if (e != ERR_UNKNOWN)
		return e;
	e = sign_private_make(SIGN_ED25519, random, ret);
	/* the line first: a key that is there is not made again, nor is it */
	if (!e)
		e = write_line(folder, *ret);
	return e ? e : sign_private_save(*ret, path);
}
