/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An administrator's signature, offline: what it permits is shown in words
 * that come from the signed text itself, then asked, then signed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/date.h"
#include "base/limits.h"
#include "base/outfile.h"
#include "base/shown.h"
#include "cli/act_send.h"
#include "cli/cmd_sign.h"
#include "cli/explain.h"
#include "cli/passphrase.h"
#include "cli/request.h"
#include "cli/say.h"
#include "lang/lang.h"
#include "lang/option.h"

#define SIGN_SHOWN 12	/* enrolled sites, keys, professionals, without --all */
#define SIGN_SENTENCE 65536
#define SIGN_TRADES 32

static const char help[] =
"Usage: ecluse sign FILE… [--key FILE]… [--yes] [--all]\n"
"\n"
"Shows in words what requests permit (acts that --write made), who has signed\n"
"them and what is missing, asks, and adds your signature. It needs neither the\n"
"network nor an instance: run it where your key is. A folder stands for the\n"
".act files in it, all signed in one go. Without --key they are only shown.\n"
"\n"
"The words are made from the signed text and nothing else. The signatures that\n"
"stand there are not checked here, but by the instance.\n"
"\n"
"  --key FILE  your private key (PKCS#8 PEM, Ed25519); if it is encrypted the\n"
"              terminal is asked for its passphrase\n"
"  --yes       do not ask\n"
"  --all       show every site, key and professional enrolled, not only the\n"
"              first twelve and how many there are\n"
"  --json      one JSON object a file: {signed, words}\n"
"\n"
"Exit status: 0 signed or shown, 1 a file or key is wrong, 2 wrong usage,\n"
"3 you said no, 5 a file cannot be written.\n";

struct sign {
	struct request_files files;
	struct request *requests;	/* of files.paths */
	size_t read;
	struct act_send keys;
	bool yes, all, json;
};

/* What was enrolled and not shown line by line. */
struct bulk {
	unsigned long long sites, keys, professionals, shown;
	struct span first, last;	/* sites */
	struct {
		struct span code;
		unsigned long long count;
	} trades[SIGN_TRADES];
	size_t trade_count;
};

static void print_span(struct span text)
{
	struct buf out;

	buf_init(&out, SIGN_SENTENCE);
	explain_raw(text, &out);
	(void)printf("%.*s", (int)out.n, (const char *)out.p);
	buf_release(&out);
}

static void count_trade(struct bulk *b, struct span code)
{
	size_t i = 0;

	while (i < b->trade_count && !span_equal(b->trades[i].code, code))
		i++;
	if (i == b->trade_count) {
		if (i == SIGN_TRADES)
			return;
		b->trades[b->trade_count++].code = code;
	}
	b->trades[i].count++;
}

static void count_line(struct bulk *b, const struct act_line *line)
{
	if (span_is(line->word, "key")) {
		b->keys++;
	} else if (span_is(line->word, "professional")) {
		b->professionals++;
	} else {
		if (b->sites++ == 0)
			b->first = act_value(line, "id");
		b->last = act_value(line, "id");
		count_trade(b, act_value(line, "profession"));
	}
}

static bool is_bulk(const struct act_line *line)
{
	return span_is(line->word, "site") || span_is(line->word, "key") ||
	    span_is(line->word, "professional");
}

/* Whatever else an act says is shown, however long the list beside it. */
static void show_lines(
    const struct sign *s, const struct request *r, struct bulk *b)
{
	struct span rest = r->asks.lines;
	struct act_line line = {0};
	struct buf out;

	buf_init(&out, SIGN_SENTENCE);
	while (!act_next(&rest, &line)) {
		if (is_bulk(&line)) {
			count_line(b, &line);
			if (!s->all && b->shown++ >= SIGN_SHOWN)
				continue;
		}
		buf_clear(&out);
		explain_line(&line, &out);
		(void)printf("    %.*s\n", (int)out.n, (const char *)out.p);
	}
	buf_release(&out);
}

static void show_signers(const struct request *r)
{
	(void)printf(_("  signed   %zu of %u:"), r->signer_count,
	    r->asks.signers);
	for (size_t i = 0; i < r->signer_count; i++) {
		(void)putchar(' ');
		print_span(r->signers[i]);
	}
	(void)putchar('\n');
}

static void show_head(const char *path, const struct request *r)
{
	char written[DATE_STAMP_SIZE], until[DATE_STAMP_SIZE];

	date_format_stamp(r->asks.head.time_ms, written);
	date_format_stamp(r->asks.until_ms, until);
	(void)printf("%s\n", shown(path));
	(void)printf("%s", _("  for      "));
	print_span(r->asks.head.origin);
	(void)printf(_("\n  written  %s, to be sent before %s\n"), written,
	    until);
	show_signers(r);
	(void)printf("%s", _("  permits\n"));
}

static void show_bulk(const struct sign *s, const struct bulk *b)
{
	if (s->all || b->shown <= SIGN_SHOWN)
		return;
	(void)printf(_("in all, enrols %s, %s, %s (--all shows each)\n"),
	    lang_count(b->sites, "site", "sites"),
	    lang_count(b->keys, "key", "keys"),
	    lang_count(b->professionals, "professional by himself",
		"professionals by themselves"));
	for (size_t i = 0; i < b->trade_count; i++) {
		(void)printf("    %llu ", b->trades[i].count);
		print_span(b->trades[i].code);
		(void)putchar('\n');
	}
	if (b->sites == 0)
		return;
	(void)printf("%s", _("    first site "));
	print_span(b->first);
	(void)printf("%s", _(", last site "));
	print_span(b->last);
	(void)putchar('\n');
}

static enum err read_all(struct sign *s)
{
	enum err e = ERR_OK;

	s->requests = calloc(s->files.count, sizeof(*s->requests));
	if (!s->requests)
		return ERR_NOMEM;
	while (s->read < s->files.count && !e) {
		e = request_read(
		    s->files.paths[s->read], &s->requests[s->read]);
		s->read += e ? 0 : 1;
	}
	return e;
}

/* Says r nothing but what is summed up at the end, and is all else as in the
 * first file? Then its head need not be read. */
static bool is_alike(const struct request *r, const struct request *first)
{
	struct span rest = r->asks.lines;
	struct act_line line = {0};

	while (!act_next(&rest, &line))
		if (!is_bulk(&line))
			return false;
	return span_equal(r->asks.head.origin, first->asks.head.origin) &&
	    r->asks.signers == first->asks.signers &&
	    r->signer_count == first->signer_count;
}

static void show_all(const struct sign *s)
{
	struct bulk b = {0};
	size_t alike = 0;

	for (size_t i = 0; i < s->read; i++) {
		const struct request *r = &s->requests[i];

		if (i > 0 && !s->all && b.shown > SIGN_SHOWN &&
		    is_alike(r, &s->requests[0]))
			alike++;
		else
			show_head(s->files.paths[i], r);
		show_lines(s, r, &b);
	}
	if (alike > 0)
		(void)printf(ngettext("and %zu more file that only enrols, for "
		    "the same instance\n", "and %zu more files that only "
		    "enrol, for the same instance\n", alike), alike);
	show_bulk(s, &b);
}

/* What `restore --new-origin` left for the next start, which takes it. */
static bool is_for_a_start(const char *path)
{
	static const char end[] = "keeper/continue";
	size_t n = strlen(path);

	return n >= sizeof(end) - 1 &&
	    strcmp(path + n - (sizeof(end) - 1), end) == 0;
}

static void say_signed(const struct sign *s, const char *path,
    const struct request *r, size_t added)
{
	size_t have = r->signer_count + added;

	if (s->json) {
		say_json("signed", path, added ? "signed" : "signed before");
		return;
	}
	(void)printf(added ? _("%s: signed, %zu of %u\n") :
	    _("%s: you signed it before, %zu of %u\n"), shown(path), have,
	    r->asks.signers);
	if (have < r->asks.signers)
		(void)printf(_("next: another administrator: ecluse sign %s "
		    "--key KEY\n"), shown_word(path));
	else if (is_for_a_start(path))
		(void)printf("%s", _("next: ecluse serve DIR, which takes it\n"));
	else if (s->read == 1)
		(void)printf(_("next: ecluse send DIR %s\n"), shown_word(path));
}

static enum err sign_one(struct sign *s, size_t i)
{
	const char *path = s->files.paths[i];
	struct buf more;
	size_t added = 0;
	enum err e;

	buf_init(&more, LIMIT_ACT);
	e = act_send_sign(
	    &s->keys, buf_span(&s->requests[i].note), &more, &added);
	if (!e)
		e = more.err;
	if (e) {
		say("%s: %s", path, e == ERR_CRYPTO ?
		    _("what stands there under your name is not your "
		      "signature: throw the file away") :
		    say_why(NULL, e));
	} else if (added > 0) {
		e = outfile_put(path, buf_span(&more), 0644);
		if (e)
			say("%s: cannot be written", path);
	}
	if (!e)
		say_signed(s, path, &s->requests[i], added);
	buf_release(&more);
	return e;
}

/* 1: go on. */
static int ask(const struct sign *s)
{
	char question[200];

	if (s->yes)
		return 1;
	if (s->read == 1)
		(void)snprintf(question, sizeof(question),
		    _("Sign it as %s? [y/N]"), s->keys.names[0]);
	else
		(void)snprintf(question, sizeof(question),
		    _("Sign these %zu as %s? [y/N]"), s->read,
		    s->keys.names[0]);
	(void)fflush(stdout);
	return passphrase_confirm(question);
}

static int sign_all(struct sign *s)
{
	int yes = ask(s);
	enum err e = ERR_OK;

	if (yes < 0)
		return say_usage("sign", "there is no terminal to ask: --yes");
	if (yes == 0) {
		say("not signed");
		return SAY_REFUSED;
	}
	for (size_t i = 0; i < s->read && !e; i++)
		e = sign_one(s, i);
	return e == ERR_IO ? SAY_TRANSPORT : e ? SAY_CHECK_FAILED : SAY_DONE;
}

static int run(struct sign *s, const char *const *keys, size_t key_count)
{
	enum err e = read_all(s);

	for (size_t i = 0; i < key_count && !e; i++)
		e = act_send_key(&s->keys, keys[i]);
	if (e)
		return SAY_CHECK_FAILED;
	if (!s->json)
		show_all(s);
	return s->keys.key_count > 0 ? sign_all(s) : SAY_DONE;
}

static void release(struct sign *s)
{
	for (size_t i = 0; i < s->read; i++)
		request_release(&s->requests[i]);
	free(s->requests);
	request_list_free(&s->files);
	act_send_close(&s->keys);
}

int cmd_sign(int argc, char **argv)
{
	static const struct option options[] = {
	    {"key", required_argument, NULL, 'k'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"yes", no_argument, NULL, 'y'},
	    {"all", no_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	const char *keys[ACT_SEND_KEYS];
	size_t key_count = 0;
	struct sign s = {0};
	int c, status;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'k' && key_count < ACT_SEND_KEYS)
			keys[key_count++] = optarg;
		else if (c == 'y')
			s.yes = true;
		else if (c == 'a')
			s.all = true;
		else if (c == 'j')
			s.json = true;
		else
			return say_usage("sign", "option not understood");
	}
	if (optind == argc)
		return say_usage("sign", "name a file to sign");
	if (request_list(argv + optind, argc - optind, &s.files))
		return SAY_CHECK_FAILED;
	status = run(&s, keys, key_count);
	release(&s);
	return status;
}
