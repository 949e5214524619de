/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/cmd_keys.h"
#include "cli/keys_list.h"
#include "cli/keys_rotate.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define KEYS_LINE 512

static const char help[] =
"Usage: ecluse keys list [DIR] [--json]\n"
"       ecluse keys turn KIND [DIR] [--from TIME] [--admin-key FILE]…\n"
"       ecluse keys turn card|feed [DIR] --amc N --key FILE [--admin-key FILE]…\n"
"       ecluse keys destroy KIND GENERATION [DIR] [--lose AMC,…]\n"
"           [--admin-key FILE]…\n"
"       ecluse keys destroy card|feed [DIR] --amc N [--admin-key FILE]…\n"
"       ecluse keys destroy month YYYY-MM [DIR] [--admin-key FILE]…\n"
"       ecluse keys rotate root [DIR] --file [--keep FILE]\n"
"       ecluse keys rotate root [DIR] --pkcs11 MODULE --token LABEL\n"
"           --token-key LABEL --pin-file FILE\n"
"       ecluse keys rotate tls PLANE [DIR] --certificate FILE --key FILE\n"
"       ecluse keys rotate clients-ca [DIR] --add FILE|--end FILE\n"
"\n"
"The keeper's keys of a running instance. KIND is answer, promise, sealing,\n"
"index, log (checkpoints of the journal) or registry; each turn and destruction\n"
"takes two administrators.\n"
"\n"
"  list      every key and month: since when, and what is due; administrators\n"
"            (admin), by the names that revoke takes; keys of mutuelles (card,\n"
"            feed), and the end of each plane's certificate\n"
"  turn      the keeper makes the next key, which is in use once the act is\n"
"            taken (or from --from on); the one before stays accepted. Index:\n"
"            each mutuelle's next full feed renews its tags. Log, registry:\n"
"            both keys sign until the old one is destroyed, and lead on\n"
"  destroy   for good: what that key opened or found is closed for ever. A\n"
"            month: from its twelfth month after on. An index version: once\n"
"            every mutuelle had a full feed since its turn\n"
"  rotate    root, of an instance that is stopped: its keys are sealed under\n"
"            another root key, in DIR/keeper/root.key or in a token. A kill at\n"
"            any moment leaves the one or the other. Backups of before open\n"
"            with the root key of before alone. Tls: the certificate of a\n"
"            plane's nginx, which takes it up without dropping a question.\n"
"            Clients-ca: authorities of client certificates, several at a time\n"
"\n"
"A line of list says which key, its generation (of a mutuelle's: AMC and\n"
"operator), its state, since when, and behind `next:` what to do about it.\n"
"States:\n"
"\n"
"  in use     what is written now is written with it\n"
"  next       made, and in use once an act says so (turn)\n"
"  due        said by an act, in use from its day on\n"
"  accepted   replaced: what was made with it is still read and believed\n"
"  finds      index, replaced: finds persons whose mutuelle has not sent a full\n"
"             feed since; they are not written with it any more\n"
"  destroyed  for good\n"
"  ended      a certificate beyond its last day\n"
"  revoked    an administrator whose signature counts no more\n"
"\n"
"  --from TIME       in use from then on (RFC 3339), a year ahead at most; clients\n"
"                    know it before\n"
"  --amc N --key F   the mutuelle's new public key (PEM); both are good until\n"
"                    the older one is destroyed\n"
"  --lose AMC,…      destroy index although these had none: nobody of theirs is\n"
"                    found until their next full feed\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"  --write FILE      do not send: put the signed act into this new file, for\n"
"                    ecluse sign and ecluse send\n"
"  --file            rotate root: to a new key in DIR/keeper/root.key\n"
"  --keep FILE       rotate root: puts the old root.key into this new file, for\n"
"                    backups of before; else it is overwritten\n"
"  --pkcs11 MODULE   rotate root: to a key in a token, as for ecluse init, with\n"
"  --token LABEL     the token's label,\n"
"  --token-key NAME  the key's, made if the token has none of that name, and\n"
"  --pin-file FILE   the file with the PIN\n"
"  --certificate F   rotate tls: the new certificate and those behind it (PEM);\n"
"                    refused if clients that pinned DIR/tls/ca.pem would not\n"
"                    believe it\n"
"  --key F           rotate tls: its private key (PEM)\n"
"  --add F           rotate clients-ca: one more authority (PEM)\n"
"  --end F           rotate clients-ca: this one no more (PEM)\n"
"  --json            list: one JSON object a line\n"
"\n"
"Exit status: 0 done, 1 list: something is due, 2 wrong usage, 3 refused,\n"
"4 unknown, 5 not running.\n";

struct keys {
	const char *dir, *from, *amc, *key, *write, *lose;
	const char *what, *kind, *which;
	const char *admin_keys[ACT_SEND_KEYS];
	size_t admin_count;
	bool json;
};

static bool is_theirs(const struct keys *k)
{
	return strcmp(k->kind, "card") == 0 || strcmp(k->kind, "feed") == 0;
}

/* The name of the key that the keeper has made, or makes, as the next. */
static enum err next_key(
    const struct keys *k, struct act_send *a, struct buf *line)
{
	struct link *l = a->link;
	char words[256] = "";
	enum err e;

	if (!l) {
		say("%s is not running: its keeper makes the key", k->dir);
		return ERR_CLOSED;
	}
	e = link_ask(l, MSG_ADMIN_KEY_NEXT, span_str(k->kind), link_to_buf,
	    line, words, sizeof(words));
	if (e)
		say("%s", say_why(words, e));
	return e;
}

static enum err their_key(const char *path, struct buf *line)
{
	char text[TEXT_B64_SIZE(SIGN_SPKI_MAX)];
	struct sign_public *key = NULL;
	struct span spki;
	enum err e = sign_public_load(path, &key);

	if (e)
		return say_unread(
		    path, e, _("not an Ed25519 or P-256 key in PEM"));
	spki = sign_public_spki(key);
	text_b64url(spki.p, spki.n, text);
	buf_text(line, text);
	sign_public_free(key);
	return line->err;
}

/* A turn that is said cannot be taken back, and until it comes there is no
 * other of its kind: a year mistyped would be for good. */
static enum err check_from(const struct keys *k, const struct act_send *a)
{
	struct clock clock = clock_system();
	int64_t now = clock_wall_ms(&clock), from = 0;
	enum err e = a->link ? link_time(a->link, &now) : ERR_OK;

	if (e || !k->from || date_parse_stamp(span_str(k->from), &from) ||
	    from <= now + LIMIT_TURN_AHEAD_DAYS * DATE_DAY_MS)
		return e;
	say("--from: more than a year ahead, and until then no other turn of "
	    "this kind can be said");
	return ERR_REFUSED;
}

static enum err turn_line(
    const struct keys *k, struct act_send *a, struct buf *line)
{
	enum err e = check_from(k, a);

	if (e)
		return e;
	buf_printf(line, "turn kind=%s key=", k->kind);
	e = is_theirs(k) ? their_key(k->key, line) : next_key(k, a, line);
	if (k->amc)
		buf_printf(line, " amc=%s", k->amc);
	if (k->from)
		buf_printf(line, " from=%s", k->from);
	buf_text(line, "\n");
	return e ? e : line->err;
}

static enum err destroy_line(const struct keys *k, struct buf *line)
{
	if (strcmp(k->kind, "month") == 0)
		buf_printf(line, "destroy month=%s\n", k->which);
	else if (is_theirs(k))
		buf_printf(line, "destroy kind=%s amc=%s\n", k->kind, k->amc);
	else
		buf_printf(line, "destroy kind=%s generation=%s%s%s\n",
		    k->kind, k->which, k->lose ? " lose=" : "",
		    k->lose ? k->lose : "");
	return line->err;
}

static int act(const struct keys *k)
{
	struct act_send a = {.write_to = k->write};
	struct buf line;
	enum err e = act_send_open(&a, k->dir, k->admin_keys, k->admin_count);

	if (e)
		return say_exit_of(e);
	buf_init(&line, KEYS_LINE);
	e = strcmp(k->what, "turn") == 0 ? turn_line(k, &a, &line) :
	    destroy_line(k, &line);
	if (!e) {
		e = act_send(&a, buf_span(&line), NULL, NULL);
		if (e)
			say("%s", say_why(a.words, e));
		else
			(void)printf("%s%s\n", k->write ? "" : _("applied: "),
			    say_why(a.words, ERR_OK));
	}
	buf_release(&line);
	act_send_close(&a);
	return say_exit_of(e);
}

/* What this would have taken. */
static int usage(const struct keys *k, bool turns)
{
	bool theirs = is_theirs(k);

	return say_usage("keys", turns ?
	    theirs ? "turn card and turn feed take --amc and --key" :
		"turn KIND takes --from, and neither --amc nor --key" :
	    theirs ? "destroy card and destroy feed take --amc alone" :
	    strcmp(k->kind, "month") == 0 ?
		"destroy month takes a month, YYYY-MM" :
		"destroy KIND takes a generation, as keys list shows it; "
		"--lose goes with index");
}

/* A generation, or a month. */
static bool is_which(const struct keys *k)
{
	return k->which && strspn(k->which, "0123456789-") ==
	    strlen(k->which) && (!k->lose || strcmp(k->kind, "index") == 0);
}

static int run(struct keys *k, int argc, char **argv)
{
	bool turns, destroys, whole;

	if (optind < argc)
		k->what = argv[optind++];
	if (k->what && strcmp(k->what, "list") == 0) {
		k->dir = where_take(argc, argv, &optind, k->dir);
		return k->dir && optind == argc ? keys_list_show(k->dir, k->json) :
		    say_usage("keys", "list takes an instance");
	}
	turns = k->what && strcmp(k->what, "turn") == 0;
	destroys = k->what && strcmp(k->what, "destroy") == 0;
	if ((!turns && !destroys) || optind == argc)
		return say_usage("keys", "list, turn KIND or destroy KIND");
	k->kind = argv[optind++];
	if (destroys && !is_theirs(k) && optind < argc)
		k->which = argv[optind++];
	whole = is_theirs(k) ? k->amc && !k->lose && !k->key == destroys :
	    !k->amc && !k->key && (turns ? !k->lose : is_which(k));
	if (!whole || (destroys && k->from))
		return usage(k, turns);
	if (!act_send_fits("from", k->from) || !act_send_fits("amc", k->amc) ||
	    !act_send_fits("lose", k->lose) || !act_send_fits("kind", k->kind))
		return SAY_USAGE;
	k->dir = where_take(argc, argv, &optind, k->dir);
	return k->dir && optind == argc ? act(k) : say_usage("keys", k->dir ?
	    "more words than this takes" : "name the instance");
}

int cmd_keys(int argc, char **argv)
{
	static const struct option options[] = {
	    {"from", required_argument, NULL, 'f'},
	    {"amc", required_argument, NULL, 'a'},
	    {"key", required_argument, NULL, 'K'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"lose", required_argument, NULL, 'l'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct keys k = {0};
	const struct {
		int opt;
		const char **to;
	} texts[] = {{'f', &k.from}, {'a', &k.amc}, {'K', &k.key},
	    {'w', &k.write}, {'d', &k.dir}, {'l', &k.lose}};
	int c;

	if (argc > 1 && strcmp(argv[1], "rotate") == 0)
		return keys_rotate(argc - 1, argv + 1, help);
	while ((c = lang_option(argc, argv, "", options)) != -1) {
		bool taken = c == 'j';

		if (c == 'h')
			return say_help(help);
		k.json |= c == 'j';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].opt == c) {
				*texts[i].to = optarg;
				taken = true;
			}
		if (c == 'k' && k.admin_count < ACT_SEND_KEYS) {
			k.admin_keys[k.admin_count++] = optarg;
			taken = true;
		}
		if (!taken)
			return say_usage("keys", "option not understood");
	}
	return run(&k, argc, argv);
}
