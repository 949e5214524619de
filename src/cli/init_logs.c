/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>
#include "base/file.h"
#include "base/limits.h"
#include "cli/init_logs.h"
#include "journal/leaf.h"
#include "journal/note.h"
#include "journal/opening.h"
#include "journal/tlog.h"
#include "registry/service.h"

/* keeper/NAME and NAME/public of DIR. */
static enum err place(const char *dir, const char *private_name,
    const char *public_name, char out[2][PATH_MAX])
{
	enum err e = file_path(out[0], PATH_MAX, dir, private_name);

	return e ? e : file_path(out[1], PATH_MAX, dir, public_name);
}

enum err init_logs_journal(
    const char *dir, const char *origin, const struct keyring *keys)
{
	char paths[2][PATH_MAX];
	struct tlog_options o = {.dir = paths[0], .public_dir = paths[1],
	    .origin = origin, .key = keys->log, .leaf_size = LEAF_SIZE,
	    .side_size = OPENING_SIZE};
	struct tlog *log = NULL;
	enum err e = place(dir, "keeper/journal", "journal/public", paths);

	if (!e)
		e = tlog_open(&o, &log);
	tlog_close(log);
	return e;
}

enum err init_logs_registry(const char *dir, const char *origin,
    const struct keyring *keys, struct span act)
{
	char paths[2][PATH_MAX], name[NOTE_NAME_SIZE];
	struct tlog_options o = {.dir = paths[0], .public_dir = paths[1],
	    .origin = name, .key = keys->registry};
	struct note_signer signer = {name, keys->registry};
	struct tlog_entry entry = {0};
	struct tlog *log = NULL;
	struct buf note;
	uint64_t index;
	enum err e = registry_origin(origin, name, sizeof(name));

	buf_init(&note, LIMIT_ACT);
	if (!e)
		e = place(dir, "keeper/registry", "registry/public", paths);
	if (!e)
		e = note_sign(act, &signer, 1, &note);
	if (!e)
		e = tlog_open(&o, &log);
	entry.leaf = buf_span(&note);
	if (!e)
		e = tlog_append(log, &entry, 1, 0, &index);
	if (!e)
		e = tlog_publish(log);
	tlog_close(log);
	buf_release(&note);
	return e;
}

void init_logs_service_of(
    const struct keyring *keys, struct registry_service *ret)
{
	*ret = (struct registry_service){0};
	memcpy(ret->answer, sign_public_raw(sign_private_public(keys->answer)),
	    sizeof(ret->answer));
	memcpy(ret->promise,
	    sign_public_raw(sign_private_public(keys->promise)),
	    sizeof(ret->promise));
	hpke_key_public(keys->sealing, ret->sealing);
}

enum err init_logs_service(
    const char *dir, const char *origin, const struct keyring *keys)
{
	struct note_signer signer = {origin, keys->log};
	struct registry_service s;
	char path[PATH_MAX];
	struct buf text, note;
	enum err e = file_path(
	    path, sizeof(path), dir, "journal/service-keys");

	buf_init(&text, 4096);
	buf_init(&note, 8192);
	init_logs_service_of(keys, &s);
	service_write(span_str(origin), &s, &text);
	if (!e)
		e = text.err ? text.err :
		    note_sign(buf_span(&text), &signer, 1, &note);
	if (!e)
		e = file_replace(path, buf_span(&note), 0644);
	buf_release(&text);
	buf_release(&note);
	return e;
}
