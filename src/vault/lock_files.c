/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "vault/lock_files.h"

void lock_files_path(
    const char *folder, const char *name, char out[static PATH_MAX])
{
	enum err e = file_path(out, PATH_MAX, folder, name);

	assert(!e);
	(void)e;
}

/* The line by which two administrators put the key into the registry. */
static enum err write_line(
    const char *folder, const struct sign_private *key)
{
	char path[PATH_MAX], text[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	const char *number = strrchr(folder, '/');
	struct buf line;
	enum err e;

	assert(number);		/* DIR/vault/N: lock_files.h */
	lock_files_path(folder, "key.act", path);
	buf_init(&line, 256);
	text_b64url(sign_public_raw(sign_private_public(key)),
	    SIGN_ED25519_KEY, text);
	buf_printf(&line, "vault number=%s key=%s\n",
	    number + 1, text);
	e = line.err ? line.err : file_replace(path, buf_span(&line), 0600);
	buf_release(&line);
	return e;
}

/* Then there was a key: one made now would be nobody's, and what is missing
 * would no longer be seen to be. */
static bool has_signed(const char *folder)
{
	char path[PATH_MAX];

	lock_files_path(folder, "checkpoint", path);
	return access(path, F_OK) == 0;
}

enum err lock_files_key(const char *folder, const struct random *random,
    struct sign_private **ret)
{
	char path[PATH_MAX];
	enum err e;

	lock_files_path(folder, "key.pem", path);
	e = sign_private_load(path, ret);
	if (e != ERR_UNKNOWN)
		return e;
	if (has_signed(folder))
		return ERR_CORRUPT;
	e = sign_private_make(SIGN_ED25519, random, ret);
	/* the line first: a key that is there is not made again, nor is it */
	if (!e)
		e = write_line(folder, *ret);
	return e ? e : sign_private_save(*ret, path);
}

/* Without the file nobody could be believed and nothing would bound: whoever
 * removes it would open the second lock. */
enum err lock_files_trust(const char *folder, struct trust *ret)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e;

	lock_files_path(folder, "trust", path);
	buf_init(&text, TRUST_FILE);
	e = file_read(path, &text);
	if (!e)
		e = trust_read(buf_span(&text), ret);
	else if (e == ERR_UNKNOWN)
		log_say(LOG_ERROR, "%s is missing: put it back from a backup; "
		    "acts since then are handed over again", path);
	buf_release(&text);
	return e;
}

enum err lock_files_put_trust(const char *folder, const struct trust *t)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e;

	lock_files_path(folder, "trust", path);
	buf_init(&text, TRUST_FILE);
	e = trust_write(t, &text);
	if (!e)
		e = file_replace(path, buf_span(&text), 0600);
	buf_release(&text);
	return e ? ERR_IO : ERR_OK;
}
