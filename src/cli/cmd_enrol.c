/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include "base/csv.h"
#include "base/file.h"
#include "base/lines.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/bulk.h"
#include "cli/cmd_enrol.h"
#include "cli/pin_files.h"
#include "cli/say.h"
#include "cli/where.h"
#include "lang/lang.h"
#include "lang/option.h"

#define ENROL_LINE 2048
#define ENROL_COLUMNS 16
#define ENROL_TEXT (64u << 20)	/* bytes of acts in one go */

static const char help[] =
"Usage: ecluse enrol [DIR] insurer --amc N --operator NAME [--hosted-by NAME]\n"
"                    --feed-key PUB --card-key PUB\n"
"       ecluse enrol [DIR] site --id N --profession CODE [--siret N]\n"
"       ecluse enrol [DIR] key --site N --key FILE [--rpps N,N…]\n"
"                    [--plane flow|portal|staff]\n"
"       ecluse enrol [DIR] professional --rpps N\n"
"       ecluse enrol [DIR] admin --key PUB\n"
"       ecluse enrol [DIR] bulk FILE.csv --write FOLDER\n"
"       ecluse enrol [DIR] population FOLDER [--since TIME]\n"
"\n"
"Enrols with a running instance. A key is one installation at one site; it\n"
"speaks for that site and the professionals named. Beside a key file, enrol\n"
"writes FILE.pin: what the installation must pin to know the service again.\n"
"\n"
"One administrator may enrol one site and a few keys; insurers, administrators\n"
"and anything in bulk need two.\n"
"\n"
"  --admin-key FILE  administrator's private key (PEM); repeat for the second;\n"
"                    a drill instance has its own\n"
"  bulk FILE.csv     a table of sites and keys: columns site, profession, key\n"
"                    (a PEM file or base64url), and plane, rpps, finess, siret,\n"
"                    label if wanted. It is checked whole first, and every fault told\n"
"                    with its line; then it becomes as many acts as it needs,\n"
"                    in the new FOLDER, with the pin for all: ecluse sign FOLDER\n"
"                    and ecluse send DIR FOLDER do the rest\n"
"  --write NOTE      do not send: put the signed act into this new file, for\n"
"                    another administrator (ecluse sign, ecluse send)\n"
"  --key FILE        a key in PEM; of a private one, the public half is used\n"
"  --plane PLANE     where the key speaks, and nowhere else (default: flow)\n"
"  --pin FILE        where the pin goes (default: beside the key)\n"
"  --since TIME      drill: as if the keys had been enrolled then\n"
"  --json            one JSON object: {enrolled, words}\n"
"  population FOLDER enrols all insurers, sites and keys of an invented\n"
"                    population, and writes FOLDER/keys/service.pin\n"
"\n"
"Exit status: 0 done, 1 a key is wrong, 2 wrong usage, 3 refused, 4 unknown\n"
"profession or site, 5 not running.\n";

struct enrol {
	const char *dir, *kind;
	const char *amc, *operator, *hosted, *feed_key, *card_key;
	const char *id, *profession, *siret, *site, *key, *rpps, *pin, *since;
	const char *plane;
	const char *admin_keys[ACT_SEND_KEYS];
	size_t admin_count;
	bool json;
	struct act_send send;	/* send.write_to: --write */
	struct buf lines;
};

static enum err put_spki(struct enrol *n, const char *name, const char *path)
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
	buf_printf(&n->lines, " %s=%s", name, text);
	sign_public_free(key);
	return n->lines.err;
}

static void put(struct enrol *n, const char *name, const char *value)
{
	if (!act_send_fits(name, value))
		n->lines.err = ERR_SHAPE;
	else if (value && value[0] != '\0')
		buf_printf(&n->lines, " %s=%s", name, value);
}

static enum err put_insurer(struct enrol *n, const char *feed, const char *card)
{
	enum err e;

	buf_text(&n->lines, "insurer");
	put(n, "amc", n->amc);
	put(n, "operator", n->operator);
	put(n, "hosted-by", n->hosted);
	e = put_spki(n, "feed-key", feed);
	if (!e)
		e = put_spki(n, "card-key", card);
	buf_text(&n->lines, "\n");
	return e;
}

static enum err put_key(struct enrol *n, const char *path)
{
	enum err e;

	buf_text(&n->lines, "key");
	put(n, "site", n->site);
	put(n, "plane", n->plane);
	put(n, "rpps", n->rpps);
	put(n, "since", n->since);
	e = put_spki(n, "spki", path);
	buf_text(&n->lines, "\n");
	return e;
}

static void put_site(struct enrol *n)
{
	buf_text(&n->lines, "site");
	put(n, "id", n->id);
	put(n, "profession", n->profession);
	put(n, "siret", n->siret);
	buf_text(&n->lines, "\n");
}

static enum err put_admin(struct enrol *n)
{
	char name[ACT_SEND_NAME], text[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	struct sign_public *key = NULL;
	enum err e = sign_public_load(n->key, &key);

	if (!e && !sign_public_raw(key))
		e = ERR_SHAPE;
	if (e) {
		e = say_unread(n->key, e, _("not an Ed25519 key in PEM"));
	} else {
		act_send_name(key, name);
		text_b64url(sign_public_raw(key), SIGN_ED25519_KEY, text);
		buf_printf(
		    &n->lines, "admin key=%s name=%s\n", text, name);
	}
	sign_public_free(key);
	return e;
}

/* A CSV file of a population: the columns wanted, by name. */
struct table {
	struct lines lines;
	size_t count;
	const char *const *wanted;
	size_t places[ENROL_COLUMNS];
	char fields[ENROL_COLUMNS][300];
};

static enum err table_open(struct table *t, const char *folder,
    const char *name, const char *const *wanted)
{
	struct span fields[ENROL_COLUMNS];
	char path[PATH_MAX], *line;
	size_t n, columns;
	enum err e = ERR_LIMIT;

	t->wanted = wanted;
	if (snprintf(path, sizeof(path), "%s/%s", folder, name) <
	    (int)sizeof(path))
		e = lines_open(&t->lines, path, ENROL_LINE);
	if (e)
		return e;
	e = lines_next(&t->lines, &line, &n);
	if (!e)
		e = csv_split(
		    line, n, ';', fields, ENROL_COLUMNS, &columns);
	for (t->count = 0; !e && wanted[t->count]; t->count++) {
		size_t c = 0;

		while (c < columns && !span_is(fields[c], wanted[t->count]))
			c++;
		if (c == columns)
			e = ERR_SHAPE;
		t->places[t->count] = c;
	}
	if (e)
		lines_close(&t->lines);
	return e;
}

/* The next row into t->fields; ERR_CLOSED at the end. */
static enum err table_next(struct table *t)
{
	struct span fields[ENROL_COLUMNS];
	size_t n, columns;
	char *line;
	enum err e = lines_next(&t->lines, &line, &n);

	if (!e)
		e = csv_split(
		    line, n, ';', fields, ENROL_COLUMNS, &columns);
	for (size_t i = 0; i < t->count && !e; i++)
		e = t->places[i] < columns ? text_copy(fields[t->places[i]],
		    t->fields[i], sizeof(t->fields[i])) : ERR_SHAPE;
	return e;
}

static enum err all_insurers(struct enrol *n, const char *folder)
{
	static const char *const wanted[] = {"amc", "operator", "hosted_by",
	    "feed_key", "card_key", NULL};
	char feed[PATH_MAX], card[PATH_MAX];
	struct table t;
	enum err e = table_open(&t, folder, "insurers.csv", wanted);

	if (e)
		return e;
	while (!(e = table_next(&t))) {
		n->amc = t.fields[0];
		n->operator = t.fields[1];
		n->hosted = t.fields[2];
		(void)snprintf(feed, sizeof(feed), "%s/%s", folder, t.fields[3]);
		(void)snprintf(card, sizeof(card), "%s/%s", folder, t.fields[4]);
		e = put_insurer(n, feed, card);
		if (e)
			break;
	}
	lines_close(&t.lines);
	return e == ERR_CLOSED ? ERR_OK : e;
}

static enum err all_sites(struct enrol *n, const char *folder)
{
	static const char *const wanted[] = {
	    "site", "profession", "siret", "rpps", "key", NULL};
	char key[PATH_MAX];
	struct table t;
	enum err e = table_open(&t, folder, "sites.csv", wanted);

	if (e)
		return e;
	while (!(e = table_next(&t))) {
		n->id = n->site = t.fields[0];
		n->profession = t.fields[1];
		n->siret = t.fields[2];
		for (char *p = t.fields[3]; *p; p++)
			*p = *p == ' ' ? ',' : *p;
		n->rpps = t.fields[3];
		put_site(n);
		(void)snprintf(key, sizeof(key), "%s/%s", folder, t.fields[4]);
		e = put_key(n, key);
		if (e)
			break;
	}
	lines_close(&t.lines);
	return e == ERR_CLOSED ? ERR_OK : e;
}

static enum err enrol_population(struct enrol *n, const char *folder)
{
	char pin[PATH_MAX];
	enum err e = all_insurers(n, folder);

	if (!e)
		e = all_sites(n, folder);
	if (e) {
		say("%s: insurers.csv, sites.csv or a key in it: %s", folder,
		    say_why(NULL, e));
		return e;
	}
	(void)snprintf(pin, sizeof(pin), "%s/keys/service.pin", folder);
	e = pin_files_write(n->dir, "flow", pin);
	if (e)
		say("%s: %s", pin, say_why(NULL, e));
	return e;
}

static enum err write_pin(struct enrol *n)
{
	char path[PATH_MAX];
	const char *slash = strrchr(n->key, '/');
	const char *dot = strrchr(slash ? slash : n->key, '.');
	enum err e;

	if (n->pin)
		(void)snprintf(path, sizeof(path), "%s", n->pin);
	else
		(void)snprintf(path, sizeof(path), "%.*s.pin",
		    (int)(dot ? (size_t)(dot - n->key) : strlen(n->key)),
		    n->key);
	e = pin_files_write(n->dir, n->plane ? n->plane : "flow", path);
	if (e)
		say("%s: %s", path, say_why(NULL, e));
	return e;
}

static enum err pass_over(void *ctx, struct span part)
{
	(void)ctx;
	(void)part;
	return ERR_OK;
}

static bool is_enrolled(void *ctx, const char *asker)
{
	char words[256];

	return link_ask(ctx, MSG_ADMIN_BUDGETS, span_str(asker), pass_over,
	    NULL, words, sizeof(words)) == ERR_OK;
}

/* Against what there is, if the instance runs. */
static enum err put_bulk(struct enrol *n, const char *path)
{
	char professions[2048];
	struct bulk_known known = {
	    .professions = professions, .enrolled = is_enrolled};
	struct bulk sum = {0};
	struct link *l = NULL;
	bool knows = !link_open(n->dir, &l) &&
	    !link_professions(l, professions, sizeof(professions));
	enum err e;

	known.ctx = l;
	e = bulk_read(path, knows ? &known : NULL, &n->lines, &sum);
	link_close(l);
	if (e)
		return e;
	(void)fprintf(stderr, "%s, %s, %s\n",
	    lang_count(sum.sites, "site", "sites"),
	    lang_count(sum.keys, "key", "keys"),
	    lang_count(sum.warnings, "warning", "warnings"));
	n->send.many = n->send.write_to != NULL;
	return ERR_OK;
}

/* The folder of a bulk's acts, with what each installation must pin. */
static enum err make_folder(const struct enrol *n)
{
	char pin[PATH_MAX];
	enum err e = file_mkdir(n->send.write_to, 0755);

	if (!e)
		e = file_path(
		    pin, sizeof(pin), n->send.write_to, "service.pin");
	if (!e)
		e = pin_files_write(n->dir, n->plane ? n->plane : "flow", pin);
	if (e)
		say("%s: %s", n->send.write_to, say_why(NULL, e));
	return e;
}

/* The lines of what is enrolled. ERR_SHAPE, said: something is missing. */
static enum err put_all(struct enrol *n, int argc, char **argv, int place)
{
	const char *kind = n->kind;
	bool none = place == argc;

	if (strcmp(kind, "insurer") == 0 && none && n->amc && n->operator &&
	    n->feed_key && n->card_key)
		return put_insurer(n, n->feed_key, n->card_key);
	if (strcmp(kind, "site") == 0 && none && n->id && n->profession) {
		put_site(n);
		return n->lines.err;
	}
	if (strcmp(kind, "key") == 0 && none && n->site && n->key)
		return put_key(n, n->key);
	if (strcmp(kind, "professional") == 0 && none && n->rpps) {
		buf_text(&n->lines, "professional");
		put(n, "rpps", n->rpps);
		buf_text(&n->lines, "\n");
		return n->lines.err;
	}
	if (strcmp(kind, "admin") == 0 && none && n->key)
		return put_admin(n);
	if (strcmp(kind, "bulk") == 0 && place + 1 == argc)
		return put_bulk(n, argv[place]);
	if (strcmp(kind, "population") == 0 && place + 1 == argc)
		return enrol_population(n, argv[place]);
	return ERR_STATE;
}

/* What this would have taken, and nothing else. */
static int usage(const char *kind)
{
	static const struct {
		const char *kind, *takes;
	} kinds[] = {
	    {"insurer", N_("insurer takes --amc, --operator, --feed-key and "
		"--card-key")},
	    {"site", N_("site takes --id and --profession")},
	    {"key", N_("key takes --site and --key")},
	    {"professional", N_("professional takes --rpps")},
	    {"admin", N_("admin takes --key")},
	    {"bulk", N_("bulk takes a table, FILE.csv")},
	    {"population", N_("population takes a folder")},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		if (strcmp(kind, kinds[i].kind) == 0)
			return say_usage("enrol", "%s",
			    lang_text(kinds[i].takes));
	return say_usage("enrol", "insurer, site, key, professional, admin, "
	    "bulk or population, and the instance");
}

static int run(struct enrol *n, int argc, char **argv, int place)
{
	enum err e = put_all(n, argc, argv, place);

	if (e == ERR_STATE)
		return usage(n->kind);
	if (e)
		return SAY_CHECK_FAILED;
	e = act_send_open(
	    &n->send, n->dir, n->admin_keys, n->admin_count);
	if (e)
		return say_exit_of(e);
	if (n->send.many)
		e = make_folder(n);
	if (e) {
		act_send_close(&n->send);
		return say_exit_of(e);
	}
	e = act_send(&n->send, buf_span(&n->lines), NULL, NULL);
	if (e)
		say("%s", say_why(n->send.words, e));
	else if (strcmp(n->kind, "key") == 0)
		e = write_pin(n);
	if (!e && n->json)
		say_json("enrolled", n->kind, n->send.words);
	else if (!e)
		(void)printf("%s%s\n", n->send.write_to ? "" : _("enrolled: "),
		    say_why(n->send.words, ERR_OK));
	act_send_close(&n->send);
	return say_exit_of(e);
}

static int read_options(struct enrol *n, int argc, char **argv)
{
	static const struct option options[] = {
	    {"amc", required_argument, NULL, 'a'},
	    {"operator", required_argument, NULL, 'o'},
	    {"hosted-by", required_argument, NULL, 'H'},
	    {"feed-key", required_argument, NULL, 'f'},
	    {"card-key", required_argument, NULL, 'c'},
	    {"id", required_argument, NULL, 'i'},
	    {"profession", required_argument, NULL, 'p'},
	    {"finess", required_argument, NULL, 'F'},
	    {"siret", required_argument, NULL, 's'},
	    {"site", required_argument, NULL, 'S'},
	    {"key", required_argument, NULL, 'k'},
	    {"plane", required_argument, NULL, 'l'},
	    {"rpps", required_argument, NULL, 'r'},
	    {"pin", required_argument, NULL, 'P'},
	    {"since", required_argument, NULL, 'e'},
	    {"write", required_argument, NULL, 'w'},
	    {"admin-key", required_argument, NULL, 'A'},
	    {"dir", required_argument, NULL, 'd'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct {
		int option;
		const char **value;
	} to[] = {{'a', &n->amc}, {'o', &n->operator}, {'H', &n->hosted},
	    {'f', &n->feed_key}, {'c', &n->card_key}, {'i', &n->id},
	    {'F', &n->id}, {'p', &n->profession}, {'s', &n->siret},
	    {'S', &n->site}, {'k', &n->key}, {'r', &n->rpps},
	    {'P', &n->pin}, {'l', &n->plane}, {'e', &n->since}, {'d', &n->dir},
	    {'w', &n->send.write_to}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		size_t i = 0;

		if (c == 'h') {
			(void)say_help(help);
			return -1;
		}
		if (c == 'A' && n->admin_count < ACT_SEND_KEYS) {
			n->admin_keys[n->admin_count++] = optarg;
			continue;
		}
		if (c == 'j') {
			n->json = true;
			continue;
		}
		while (i < sizeof(to) / sizeof(to[0]) && to[i].option != c)
			i++;
		if (i == sizeof(to) / sizeof(to[0]))
			return say_usage("enrol", "option not understood");
		*to[i].value = optarg;
	}
	return 0;
}

int cmd_enrol(int argc, char **argv)
{
	struct enrol n = {0};
	int status = read_options(&n, argc, argv);

	if (status)
		return status < 0 ? SAY_DONE : status;
	n.dir = where_take(argc, argv, &optind, n.dir);
	if (!n.dir || optind == argc)
		return say_usage("enrol", "name what, and the instance");
	n.kind = argv[optind++];
	buf_init(&n.lines, ENROL_TEXT);
	status = run(&n, argc, argv, optind);
	buf_release(&n.lines);
	return status;
}
