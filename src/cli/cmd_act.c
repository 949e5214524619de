/* SPDX-License-Identifier: Apache-2.0 */
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include "base/file.h"
#include "base/limits.h"
#include "cli/act_send.h"
#include "cli/cmd_act.h"
#include "cli/say.h"
#include "cli/where.h"
#include "journal/note.h"

static const char help[] =
"Usage: ecluse act [DIR] [--admin-key FILE]… LINE…\n"
"       ecluse act [DIR] [--admin-key FILE]… --write NOTE LINE…\n"
"       ecluse act --sign NOTE [--admin-key FILE]…\n"
"       ecluse act [DIR] --send NOTE\n"
"\n"
"Writes, signs and sends an administrators' act of these lines, for what has\n"
"no command of its own. docs/acts.md lists the words and the signatures each\n"
"needs; most of these need two.\n"
"\n"
"  mode control=budget|wide|presence mode=observe|enforce\n"
"      observe: count, say what would have been refused or slowed, let pass\n"
"  profession code=optician domains=OPTI t24=40 c24=100 t30=400 c30=1000\n"
"      m24=10 m30=60\n"
"      the budgets of a profession, all six figures\n"
"  wide scope=cell code=* floor24=500 each24=8 floor30=2000 each30=60\n"
"      a budget that many share\n"
"  clock confirm=yes\n"
"      this machine's clock jumped, and is right now\n"
"\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"  --write NOTE      do not send: put the signed act into this new file. With\n"
"                    --sign and --send no machine ever holds the keys of two\n"
"                    administrators; enrol and journal scope take --write too\n"
"  --sign NOTE       show the act in this file and add a signature to it;\n"
"                    without --admin-key it is only shown\n"
"  --send NOTE       hand this file to the instance; within 7 days, once\n"
"\n"
"Exit status: 0 done, 1 a line, file or signature is wrong, 2 wrong usage,\n"
"3 refused, 4 unknown, 5 not running.\n"
"\n"
"  $ ecluse act drill 'mode control=budget mode=observe'\n"
"  applied: registry entry 4\n"
"  $ ecluse act DIR --admin-key a.pem --write n.act 'clock confirm=yes'\n"
"  $ ecluse act --sign n.act --admin-key b.pem\n"
"  $ ecluse act DIR --send n.act\n";

struct act {
	const char *dir, *write, *sign, *send;
	const char *keys[ACT_SEND_KEYS];
	size_t key_count;
};

/* What an act gives back: the list of a scope. */
static bool print_part(void *ctx, struct span part)
{
	return fwrite(part.p, 1, part.n, ctx) == part.n;
}

/* Signs the lines; sends the act, or writes it. */
static int make(const struct act *a, struct span lines)
{
	struct act_send send = {.write_to = a->write};
	enum err e;

	e = act_send_open(&send, a->dir, a->keys, a->key_count);
	if (e)
		return say_exit_of(e);
	e = act_send(&send, lines, print_part, stdout);
	if (e)
		say("%s", send.words[0] ? send.words : err_text(e));
	else
		(void)printf(
		    "%s%s\n", a->write ? "" : "applied: ", send.words);
	act_send_close(&send);
	return say_exit_of(e);
}

static int make_of(const struct act *a, int argc, char **argv)
{
	struct buf lines;
	int status;

	buf_init(&lines, LIMIT_ACT);
	for (int i = optind; i < argc; i++)
		buf_printf(&lines, "%s\n", argv[i]);
	status = lines.err ? say_usage("act", "too long") :
	    make(a, buf_span(&lines));
	buf_release(&lines);
	return status;
}

static enum err read_note(const char *path, struct buf *note)
{
	enum err e = file_read(path, note);

	if (e)
		say("%s: cannot be read: %s", path, err_text(e));
	return e;
}

/* What is in it, for the person who signs. */
static enum err show(const char *path, struct span note)
{
	struct span text, signatures;
	enum err e = note_split(note, &text, &signatures);

	if (e) {
		say("%s: not an act", path);
		return e;
	}
	(void)printf("%.*s\nsigned by:\n%.*s", (int)text.n,
	    (const char *)text.p, (int)signatures.n,
	    (const char *)signatures.p);
	return ERR_OK;
}

static int sign(const struct act *a)
{
	struct buf note, more;
	enum err e;

	buf_init(&note, LIMIT_ACT);
	buf_init(&more, LIMIT_ACT);
	e = read_note(a->sign, &note);
	if (!e && a->key_count > 0)
		e = act_send_sign_more(
		    buf_span(&note), a->keys, a->key_count, &more);
	else if (!e)
		buf_put_span(&more, buf_span(&note));
	if (!e)
		e = more.err ? more.err : show(a->sign, buf_span(&more));
	if (!e && a->key_count > 0) {
		e = file_replace(a->sign, buf_span(&more), 0644);
		if (e)
			say("%s: cannot be written", a->sign);
	}
	buf_release(&note);
	buf_release(&more);
	return e == ERR_IO ? SAY_TRANSPORT : e ? SAY_CHECK_FAILED : SAY_DONE;
}

static int send_to(struct link *l, struct span note)
{
	char words[256];
	enum err e = link_ask(l, MSG_ADMIN_ACT, note, print_part, stdout,
	    words, sizeof(words));

	if (e)
		say("%s", words[0] ? words : err_text(e));
	else
		(void)printf("applied: %s\n", words);
	return say_exit_of(e);
}

static int send_note(const struct act *a)
{
	struct link *l;
	struct buf note;
	int status;

	buf_init(&note, LIMIT_ACT);
	if (read_note(a->send, &note)) {
		status = SAY_CHECK_FAILED;
	} else if (link_open(a->dir, &l)) {
		say("%s is not running: start it with ecluse serve", a->dir);
		status = SAY_TRANSPORT;
	} else {
		status = send_to(l, buf_span(&note));
		link_close(l);
	}
	buf_release(&note);
	return status;
}

static int run(struct act *a, int argc, char **argv)
{
	bool lines;

	if (a->sign && !a->write && !a->send && optind == argc)
		return sign(a);
	a->dir = where_take(argc, argv, &optind, a->dir);
	lines = optind < argc;
	if (a->dir && a->send && !a->sign && !a->write && !lines)
		return send_note(a);
	if (!a->dir || !lines || a->send || a->sign)
		return say_usage("act",
		    "name the instance and a line, or --sign or --send");
	return make_of(a, argc, argv);
}

int cmd_act(int argc, char **argv)
{
	static const struct option options[] = {
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"sign", required_argument, NULL, 's'},
	    {"send", required_argument, NULL, 'S'},
	    {"dir", required_argument, NULL, 'd'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct act a = {0};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'h') {
			(void)fputs(help, stdout);
			return SAY_DONE;
		}
		if (c == 'k' && a.key_count < ACT_SEND_KEYS)
			a.keys[a.key_count++] = optarg;
		else if (c == 'w')
			a.write = optarg;
		else if (c == 's')
			a.sign = optarg;
		else if (c == 'S')
			a.send = optarg;
		else if (c == 'd')
			a.dir = optarg;
		else
			return say_usage("act", "option not understood");
	}
	return run(&a, argc, argv);
}
