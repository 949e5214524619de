/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/file.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/cmd_decoy.h"
#include "cli/decoy_test.h"
#include "cli/say.h"
#include "cli/where.h"
#include "crypto/secret.h"
#include "lang/lang.h"
#include "lang/option.h"

#define DECOY_TEXT (64u << 20)	/* bytes of a list, in one go */
#define SET_TEXT 64	/* hexadecimal digits */
#define SET_LEAST 8	/* of them, to name one */

static const char help[] =
"Usage: ecluse decoy plant [DIR] --amc N --count K --out FILE\n"
"                          [--member-like F] [--without-nir]\n"
"                          [--admin-key FILE]…\n"
"       ecluse decoy react [DIR] --amc N alarm|close [--admin-key FILE]…\n"
"       ecluse decoy withdraw [DIR] --set S [--admin-key FILE]…\n"
"       ecluse decoy list [DIR] [--from T] [--to T] [--json]\n"
"       ecluse decoy test [DIR] --amc N --in FILE --key KEY --domain CODE\n"
"\n"
"Decoys are invented persons whose traits a mutuelle plants in its own files.\n"
"Whoever asks about one has those files: the answer is that of any unknown\n"
"person, and the operator hears an alarm.\n"
"\n"
"  plant      the keeper invents K persons whom no vault knows; their lines go\n"
"             to FILE (mode 0600), for the mutuelle, and are kept nowhere else.\n"
"             Two administrators sign\n"
"  react      what a hit brings: an alarm (as from the start), or the closing\n"
"             of the key that asked, at once. Two administrators sign\n"
"  withdraw   a set's persons are decoys no more: when its lines leaked, or the\n"
"             mutuelle gives out their member numbers. Hits of before stay in the\n"
"             list. Two administrators sign\n"
"  list       sets planted, and hits, from the journal\n"
"  test       asks about each line of FILE with an enrolled key of yours: are\n"
"             all unknown, and has each raised the alarm? As many as the key's\n"
"             budget of misses has room for\n"
"\n"
"  --amc N            the mutuelle, 10 digits\n"
"  --count K          1 to 100 persons\n"
"  --out FILE         a new file: the columns of ecluse-insurer's file\n"
"  --member-like F    its member numbers: # stands for a digit, ? for a\n"
"                     capital (default ########)\n"
"  --without-nir      no NIR: those that we may invent can be told from real\n"
"                     ones (department 00)\n"
"  --set S            withdraw: the set as list shows it, its first 8 digits at\n"
"                     least\n"
"  --from T --to T    list: hits of that time (RFC 3339; default: all)\n"
"  --in FILE          test: the lines that plant wrote\n"
"  --key KEY          test: a private key that is enrolled (PEM), its pin\n"
"                     beside it\n"
"  --domain CODE      test: a domain of the key's profession\n"
"  --admin-key FILE   administrator's private key (PEM); repeat for the second;\n"
"                     a drill instance has its own\n"
"  --write FILE       do not send: put the signed act into this new file, for\n"
"                     ecluse sign and ecluse send\n"
"  --json             list: one JSON object a line\n"
"\n"
"Exit status: 0 done, 1 list: there are hits; test: a check failed, 2 wrong\n"
"usage, 3 refused, 4 unknown, 5 not running.\n";

struct decoy {
	const char *dir, *amc, *count, *out, *like, *from, *to, *write;
	const char *in, *key, *domain, *what, *set;
	const char *admin_keys[ACT_SEND_KEYS];
	size_t admin_count;
	bool without_nir, json;
};

/* The act of a line, sent or written. */
static enum err send_line(
    const struct decoy *d, struct act_send *a, const char *line)
{
	enum err e = act_send(a, span_str(line), NULL, NULL);

	if (e)
		say("%s", say_why(a->words, e));
	else
		(void)printf("%s%s\n", d->write ? "" : _("applied: "), say_why(a->words, ERR_OK));
	return e;
}

/* The keeper invents: *text is the set's name and the lines of the file. */
static enum err invent(const struct decoy *d, struct link *l, uint64_t count,
    struct buf *text)
{
	char words[256] = "";
	struct buf body;
	enum err e;

	buf_init(&body, 64);
	buf_put_u16(&body, (uint16_t)count);
	buf_put_u8(&body, d->without_nir ? 1 : 0);
	buf_put_s16(&body, span_str(d->amc));
	buf_put_s16(&body, span_str(d->like ? d->like : ""));
	e = body.err ? body.err : link_ask(l, MSG_ADMIN_DECOY,
	    buf_span(&body), link_to_buf, text, words, sizeof(words));
	buf_release(&body);
	if (!e && (text->n <= SET_TEXT || text->p[SET_TEXT] != '\n'))
		e = ERR_SHAPE;
	if (e)
		say("%s", say_why(words, e));
	return e;
}

static enum err plant_set(
    const struct decoy *d, struct act_send *a, uint64_t count)
{
	char line[256];
	struct buf text;
	enum err e;

	buf_init(&text, DECOY_TEXT);
	e = invent(d, a->link, count, &text);
	if (!e) {
		e = file_create(d->out, span_of(text.p + SET_TEXT + 1,
		    text.n - SET_TEXT - 1), 0600);
		if (e)
			say("%s: %s", d->out, e == ERR_EXISTS ?
			    _("there is one already: name a new file") :
			    _("cannot be written"));
	}
	if (!e) {
		(void)snprintf(line, sizeof(line),
		    "decoy amc=%s persons=%llu set=%.*s\n", d->amc,
		    (unsigned long long)count, SET_TEXT,
		    (const char *)text.p);
		e = send_line(d, a, line);
		if (e == ERR_CLOSED || e == ERR_IO)
			/* its word was lost; the lines are nowhere else */
			say("%s stays: whether the set is planted, ecluse "
			    "decoy list says", d->out);
		else if (e)
			(void)unlink(d->out);
	}
	if (text.p)
		secret_wipe(text.p, text.cap);
	buf_release(&text);
	return e;
}

static int plant(const struct decoy *d)
{
	struct act_send a = {.write_to = d->write};
	uint64_t count;
	enum err e;

	if (!d->amc || !d->out || !d->count ||
	    text_u64(span_str(d->count), LIMIT_DECOYS, &count) || count == 0 ||
	    (d->like && strlen(d->like) > LIMIT_MEMBER))
		return say_usage("decoy",
		    "plant takes --amc, --count (1 to 100) and --out");
	if (!act_send_fits("amc", d->amc))
		return SAY_USAGE;
	e = act_send_open(&a, d->dir, d->admin_keys, d->admin_count);
	if (e)
		return say_exit_of(e);
	if (!a.link) {
		say("%s is not running: its keeper invents the persons",
		    d->dir);
		e = ERR_CLOSED;
	}
	if (!e)
		e = plant_set(d, &a, count);
	act_send_close(&a);
	return say_exit_of(e);
}

static int react(const struct decoy *d, const char *how)
{
	struct act_send a = {.write_to = d->write};
	char line[128];
	enum err e;
	int n = snprintf(line, sizeof(line), "decoy amc=%s react=%s\n",
	    d->amc ? d->amc : "", how);

	if (!act_send_fits("amc", d->amc) || !act_send_fits("react", how))
		return SAY_USAGE;
	if (!d->amc || !how[0] || n < 0 || (size_t)n >= sizeof(line))
		return say_usage("decoy", "react takes --amc, and alarm or "
		    "close");
	e = act_send_open(&a, d->dir, d->admin_keys, d->admin_count);
	if (e)
		return say_exit_of(e);
	e = send_line(d, &a, line);
	act_send_close(&a);
	return say_exit_of(e);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	return text ? text : "";
}

static long long number_of(const json_t *o, const char *name)
{
	return (long long)json_integer_value(json_object_get(o, name));
}

/* Shows one line; is it a hit? */
static bool show_line(const char *line, size_t n, bool json)
{
	json_t *o = json_loadb(line, n, 0, NULL);
	bool hit = o && json_object_get(o, "index");

	if (json)
		(void)printf("%.*s\n", (int)n, line);
	else if (hit)
		(void)printf(_("HIT %s  site:%s key:%s on %s, amc %s, entry "
		    "%lld: %s\n"), text_of(o, "time"), text_of(o, "site"),
		    text_of(o, "key"), text_of(o, "plane"),
		    text_of(o, "amc"), number_of(o, "index"),
		    text_of(o, "decision"));
	else if (o && json_object_get(o, "withdrawn"))
		(void)printf(_("set %.16s…  amc %s, %s, planted %s, "
		    "withdrawn %s\n"), text_of(o, "set"), text_of(o, "amc"),
		    lang_count(number_of(o, "persons"), "person", "persons"),
		    text_of(o, "planted"), text_of(o, "withdrawn"));
	else if (o)
		(void)printf(_("set %.16s…  amc %s, %s, planted %s, a hit "
		    "brings: %s\n"), text_of(o, "set"), text_of(o, "amc"),
		    lang_count(number_of(o, "persons"), "person", "persons"),
		    text_of(o, "planted"), text_of(o, "react"));
	json_decref(o);
	return hit;
}

/* The next line off *rest; false at the end. */
static bool take_line(struct span *rest, struct span *ret)
{
	const uint8_t *end = rest->n ? memchr(rest->p, '\n', rest->n) : NULL;
	size_t n = end ? (size_t)(end - rest->p) : rest->n;

	if (rest->n == 0)
		return false;
	*ret = span_of(rest->p, n);
	*rest = span_of(rest->p + n + (end ? 1 : 0),
	    rest->n - n - (end ? 1 : 0));
	return true;
}

enum err decoy_list(struct link *l, int64_t from_ms, int64_t to_ms,
    struct buf *ret)
{
	char words[256] = "";
	struct buf body;
	enum err e;

	buf_init(&body, 16);
	buf_put_u64(&body, (uint64_t)from_ms);
	buf_put_u64(&body, (uint64_t)to_ms);
	e = body.err ? body.err : link_ask(l, MSG_ADMIN_DECOYS,
	    buf_span(&body), link_to_buf, ret, words, sizeof(words));
	buf_release(&body);
	if (e)
		say("%s", say_why(words, e));
	return e;
}

static int list(const struct decoy *d)
{
	int64_t from_ms = 0, to_ms = INT64_MAX;
	struct span rest, line;
	bool hits = false;
	struct link *l;
	struct buf out;
	enum err e;

	if ((d->from && date_parse_stamp(span_str(d->from), &from_ms)) ||
	    (d->to && date_parse_stamp(span_str(d->to), &to_ms)))
		return say_usage("decoy", "--from and --to are RFC 3339");
	if (link_reach(d->dir, &l))
		return SAY_TRANSPORT;
	buf_init(&out, DECOY_TEXT);
	e = decoy_list(l, from_ms, to_ms, &out);
	rest = buf_span(&out);
	while (!e && take_line(&rest, &line))
		hits |= show_line((const char *)line.p, line.n, d->json);
	buf_release(&out);
	link_close(l);
	return e ? say_exit_of(e) : hits ? SAY_CHECK_FAILED : SAY_DONE;
}

/* The one living set that begins so: the line of its act. ERR_UNKNOWN. */
static enum err find_set(
    const struct decoy *d, struct link *l, char *out, size_t size)
{
	struct span rest, line;
	unsigned found = 0;
	struct buf sets;
	enum err e;

	buf_init(&sets, DECOY_TEXT);
	e = decoy_list(l, INT64_MAX, INT64_MAX, &sets);
	rest = buf_span(&sets);
	while (!e && take_line(&rest, &line)) {
		json_t *o = json_loadb((const char *)line.p, line.n, 0, NULL);

		if (strncmp(text_of(o, "set"), d->set, strlen(d->set)) == 0 &&
		    !json_object_get(o, "withdrawn") && ++found == 1)
			(void)snprintf(out, size,
			    "decoy amc=%s set=%s withdraw=yes\n",
			    text_of(o, "amc"), text_of(o, "set"));
		json_decref(o);
	}
	buf_release(&sets);
	if (!e && found != 1) {
		say("%s", found ? _("--set: several sets begin so, say more of "
		    "it") : _("--set: no living set begins so: ecluse decoy "
		    "list"));
		e = ERR_UNKNOWN;
	}
	return e;
}

static int withdraw(const struct decoy *d)
{
	struct act_send a = {.write_to = d->write};
	char line[256];
	enum err e;

	if (!d->set || strlen(d->set) < SET_LEAST ||
	    strlen(d->set) > SET_TEXT)
		return say_usage("decoy", "withdraw takes --set, 8 to 64 "
		    "digits of it");
	e = act_send_open(&a, d->dir, d->admin_keys, d->admin_count);
	if (e)
		return say_exit_of(e);
	if (!a.link) {
		say("%s is not running: its keeper knows the sets", d->dir);
		e = ERR_CLOSED;
	}
	if (!e)
		e = find_set(d, a.link, line, sizeof(line));
	if (!e)
		e = send_line(d, &a, line);
	act_send_close(&a);
	return say_exit_of(e);
}

static int run(struct decoy *d, int argc, char **argv)
{
	const char *how = NULL;

	if (optind < argc)
		d->what = argv[optind++];
	d->what = d->what ? d->what : "";
	d->dir = where_take(argc, argv, &optind, d->dir);
	if (strcmp(d->what, "react") == 0 && optind < argc)
		how = argv[optind++];
	if (!d->dir || optind != argc)
		return say_usage("decoy", "plant, react, withdraw, list or test, and "
		    "the instance");
	if (strcmp(d->what, "plant") == 0)
		return plant(d);
	if (strcmp(d->what, "react") == 0 && how)
		return react(d, how);
	if (strcmp(d->what, "withdraw") == 0)
		return withdraw(d);
	if (strcmp(d->what, "list") == 0)
		return list(d);
	if (strcmp(d->what, "react") == 0)
		return react(d, "");
	if (strcmp(d->what, "test") != 0)
		return say_usage("decoy", "plant, react, withdraw, list or test, and "
		    "the instance");
	return d->amc && d->in && d->key && d->domain ?
	    decoy_test(d->dir, d->amc, d->in, d->key, d->domain) :
	    say_usage("decoy", "test takes --amc, --in, --key and --domain");
}

int cmd_decoy(int argc, char **argv)
{
	static const struct option options[] = {
	    {"amc", required_argument, NULL, 'a'},
	    {"count", required_argument, NULL, 'c'},
	    {"out", required_argument, NULL, 'o'},
	    {"member-like", required_argument, NULL, 'm'},
	    {"without-nir", no_argument, NULL, 'n'},
	    {"set", required_argument, NULL, 's'},
	    {"from", required_argument, NULL, 'f'},
	    {"to", required_argument, NULL, 't'},
	    {"in", required_argument, NULL, 'i'},
	    {"key", required_argument, NULL, 'K'},
	    {"domain", required_argument, NULL, 'D'},
	    {"admin-key", required_argument, NULL, 'k'},
	    {"write", required_argument, NULL, 'w'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct decoy d = {0};
	const struct {
		int opt;
		const char **to;
	} texts[] = {{'a', &d.amc}, {'c', &d.count}, {'o', &d.out},
	    {'m', &d.like}, {'s', &d.set}, {'f', &d.from}, {'t', &d.to}, {'i', &d.in},
	    {'K', &d.key}, {'D', &d.domain}, {'w', &d.write}, {'d', &d.dir}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		bool taken = c == 'j' || c == 'n';

		if (c == 'h')
			return say_help(help);
		d.json |= c == 'j';
		d.without_nir |= c == 'n';
		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
			if (texts[i].opt == c) {
				*texts[i].to = optarg;
				taken = true;
			}
		if (c == 'k' && d.admin_count < ACT_SEND_KEYS) {
			d.admin_keys[d.admin_count++] = optarg;
			taken = true;
		}
		if (!taken)
			return say_usage("decoy", "option not understood");
	}
	return run(&d, argc, argv);
}
