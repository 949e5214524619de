/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "base/outfile.h"
#include "cli/act_list.h"
#include "cli/say.h"
#include "lang/lang.h"

static enum err write_part(void *ctx, struct span part)
{
	return fwrite(part.p, 1, part.n, ctx) == part.n ? ERR_OK : ERR_IO;
}

static enum err say_lost(struct act_send *a, const char *path)
{
	(void)snprintf(a->words, sizeof(a->words), "%.900s: %s", path,
	    _("cannot be written"));
	return ERR_IO;
}

/* The list, as it comes. */
static enum err ask(
    const struct act_list *l, struct act_send *a, const char *line, FILE *f)
{
	enum err e = act_send(a, span_str(line), write_part, f);

	if (!e && fputs(l->end, f) == EOF)
		e = ERR_IO;
	return ferror(f) ? say_lost(a, _("the list")) : e;
}

/* Whole, or what the file held before. Made before the act is sent: that they
 * asked is written down, so the list must have where to go. */
static enum err ask_into(
    const struct act_list *l, struct act_send *a, const char *line)
{
	struct outfile o;
	enum err e;

	if (outfile_open(&o, l->out, 0600))
		return say_lost(a, l->out);
	e = ask(l, a, line, o.f);
	if (e)
		outfile_abandon(&o);
	else if (outfile_commit(&o, true))
		e = say_lost(a, l->out);
	return e;
}

/* The act, for another administrator. */
static enum err write_act(struct act_send *a, const char *line)
{
	enum err e = act_send(a, span_str(line), NULL, NULL);

	if (!e)
		(void)printf("%s\n", a->words);
	return e;
}

int act_list(const struct act_list *l, const char *line)
{
	struct act_send a = {.write_to = l->write};
	enum err e = act_send_open(&a, l->dir, l->keys, l->key_count);

	if (e)
		return say_exit_of(e);
	if (l->write)
		e = write_act(&a, line);
	else if (l->out && strcmp(l->out, "-") != 0)
		e = ask_into(l, &a, line);
	else
		e = ask(l, &a, line, stdout);
	if (e || (a.words[0] && !l->write))
		say("%s", say_why(a.words, e));
	act_send_close(&a);
	return say_exit_of(e);
}
