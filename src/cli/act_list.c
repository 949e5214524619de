/* SPDX-License-Identifier: Apache-2.0 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/act_list.h"
#include "cli/say.h"

static bool write_part(void *ctx, struct span part)
{
	return fwrite(part.p, 1, part.n, ctx) == part.n;
}

/* NULL: it cannot be written. */
static FILE *open_out(const char *path)
{
	FILE *f;
	int fd;

	if (!path || strcmp(path, "-") == 0)
		return stdout;
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (fd < 0)
		return NULL;
	f = fdopen(fd, "w");
	if (!f)
		close(fd);
	return f;
}

int act_list(const struct act_list *l, const char *line)
{
	struct act_send a = {.write_to = l->write};
	enum err e = act_send_open(&a, l->dir, l->keys, l->key_count);
	FILE *f;

	if (e)
		return say_exit_of(e);
	f = open_out(l->out);
	if (!f) {
		say("%s: cannot be written", l->out);
		act_send_close(&a);
		return SAY_TRANSPORT;
	}
	e = act_send(&a, span_str(line), write_part, f);
	if (!e && l->write)
		(void)fputs(a.words, f);
	if (!e && fputs(l->write ? "\n" : l->end, f) == EOF)
		e = ERR_IO;
	if (e || (a.words[0] && !l->write))
		say("%s", say_why(a.words, e));
	if (f != stdout && fclose(f) != 0)
		e = ERR_IO;
	act_send_close(&a);
	return say_exit_of(e);
}
