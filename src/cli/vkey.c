/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"
#include "cli/say.h"
#include "cli/vkey.h"

enum err vkey_read(const char *text, struct note_key *ret)
{
	struct buf file;
	enum err e = note_key_parse(span_str(text), ret);

	if (e != ERR_SHAPE)
		return e;
	buf_init(&file, NOTE_VKEY_SIZE + 1);
	if (!file_read(text, &file)) {
		while (file.n > 0 && file.p[file.n - 1] == '\n')
			file.n--;
		e = note_key_parse(buf_span(&file), ret);
	}
	buf_release(&file);
	return e;
}

int vkey_usage(const char *command)
{
	return say_usage(
	    command, "--vkey: neither a key nor a file that holds one");
}
