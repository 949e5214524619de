/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/date.h"
#include "base/file.h"
#include "base/shown.h"
#include "base/text.h"
#include "cli/act_send.h"
#include "cli/cmd_init.h"
#include "cli/init_vault.h"
#include "cli/init_keys.h"
#include "cli/init_logs.h"
#include "cli/say.h"
#include "cli/whole.h"
#include "conf/share.h"
#include "conf/conf.h"
#include "crypto/cert.h"
#include "guard/figures.h"
#include "journal/note.h"
#include "lang/lang.h"
#include "lang/option.h"
#include "registry/act.h"
#include "registry/service.h"

#define INIT_ADMINS 8
#define INIT_DATA 262144	/* bytes of a data file */

static const char help[] =
"Usage: ecluse init DIR --origin NAME --admin PUB1 --admin PUB2 [OPTION…]\n"
"       ecluse init DIR --drill [OPTION…]\n"
"\n"
"Makes a new instance in DIR, which must not exist (in DIR.part, as long as it\n"
"is not whole; if it cannot be made nothing is left): the keeper's keys, empty\n"
"journal and registry, a commented configuration, TLS certificates for\n"
"localhost, and the registry's first entry, which names the administrators\n"
"and the budgets of data/professions.csv and data/wide.csv.\n"
"\n"
"  --admin PUB      an administrator's Ed25519 public key (PEM); two at least\n"
"  --drill          an instance for exercises: makes two administrators of its\n"
"                   own in DIR/drill, says DRILL wherever it speaks, and has a\n"
"                   clock that ecluse clock can set. Never for real persons\n"
"  --origin NAME    name of the log for ever, like a host and a path; needed\n"
"                   (drill.ecluse.example/journal with --drill)\n"
"  --port N         TCP port of the flow plane (default: a free one, kept)\n"
"  --vaults N       how many vaults share out the cells (1), 1 to 16; vault.count\n"
"                   in ecluse.conf says the same, until the first start\n"
"  --data FOLDER    where professions.csv and wide.csv are\n"
"  --start TIME     drill: the clock's first time (RFC 3339)\n"
"  --pkcs11 MODULE  the root key stays in a PKCS#11 token, as ecluse.conf's\n"
"                   root.* say: --token LABEL, --token-key LABEL (made if it\n"
"                   is not there) and --pin-file FILE (absolute, mode 600)\n"
"  --json           one JSON object: {made, words}, words being the origin\n"
"  --help           this text\n"
"\n"
"Make an administrator's key where it is used, never in DIR:\n"
"  openssl genpkey -algorithm ed25519 -out admin.pem\n"
"  openssl pkey -in admin.pem -pubout -out admin.pub\n"
"\n"
"Exit status: 0 done, 1 a key or data file is wrong, 2 wrong usage,\n"
"3 DIR exists, 5 the disk refused.\n";

struct init {
	const char *dir;	/* where it is made */
	struct whole whole;
	bool made;		/* dir, by us */
	const char *origin, *data;
	const char *admins[INIT_ADMINS];
	size_t admin_count;
	bool drill, json;
	uint32_t port, vaults;
	int64_t now_ms;
	struct random random;
	struct init_keys root;
	struct keyring *keys;
	struct buf act;
};

/* DIR/name. */
static const char *in(const struct init *i, const char *name, char *out)
{
	if (snprintf(out, PATH_MAX, "%s/%s", i->dir, name) >= PATH_MAX)
		out[0] = '\0';
	return out;
}

static enum err make_folders(struct init *i)
{
	static const struct {
		const char *name;
		mode_t mode;
	} folders[] = {
		{"keeper", 0700}, {"vault", 0700}, {"journal", 0755}, {"registry", 0755},
		{"tls", 0755}, {"run", 0755},
		{"drill", 0700},
	};
	char path[PATH_MAX];
	enum err e = whole_check(&i->whole);

	if (!e) {
		e = file_mkdir(i->dir, 0755);
		i->made = !e;
		if (e)
			say("%s: %s", i->dir, strerror(errno));
	}
	for (size_t f = 0; f < sizeof(folders) / sizeof(folders[0]) && !e; f++)
		if (i->drill || strcmp(folders[f].name, "drill") != 0)
			e = file_mkdir(in(i, folders[f].name, path),
			    folders[f].mode);
	return e;
}

/* The text of ecluse.conf, as conf_load will take it. */
static enum err put_conf(const struct init *i, struct buf *text)
{
	struct conf_fault fault;
	struct conf c;
	enum err e;

	conf_defaults(&c);
	c.drill = i->drill;
	c.plane[CONF_FLOW].port = i->port;
	c.vault_count = i->vaults;
	e = text_copy(span_str(i->origin), c.origin, sizeof(c.origin));
	if (e) {
		say("--origin: too long");
		return e;
	}
	e = init_keys_conf(&i->root, &c);
	if (e)
		return e;
	conf_write(&c, text);
	e = text->err ? text->err :
	    conf_parse(buf_span(text), &c, &fault);
	if (e && !text->err)
		say("%s", say_why(fault.text, e));
	return e;
}

static enum err write_conf(const struct init *i)
{
	char path[PATH_MAX];
	struct buf text;
	enum err e;

	buf_init(&text, CONF_FILE_MOST);
	e = put_conf(i, &text);
	if (!e)
		e = file_create(
		    in(i, CONF_FILE, path), buf_span(&text), 0644);
	buf_release(&text);
	return e;
}

static enum err write_tls(const struct init *i)
{
	char ca[PATH_MAX], ca_key[PATH_MAX], cert[PATH_MAX], key[PATH_MAX];
	char pem_name[32], key_name[32];
	enum err e = cert_make_authority(i->drill ? "Ecluse DRILL authority" :
	    "Ecluse local authority", in(i, "tls/ca.pem", ca),
	    in(i, "tls/ca.key", ca_key));

	for (unsigned p = 1; p < CONF_PLANES && !e; p++) {
		if (p == CONF_MEMBER)
			continue;	/* not there yet */
		(void)snprintf(pem_name, sizeof(pem_name), "tls/%s.pem",
		    conf_plane_word(p));
		(void)snprintf(key_name, sizeof(key_name), "tls/%s.key",
		    conf_plane_word(p));
		e = cert_make_leaf("localhost", true, ca, ca_key,
		    in(i, pem_name, cert), in(i, key_name, key));
	}
	if (!e)
		e = cert_make_authority("Ecluse clients authority",
		    in(i, "tls/clients-ca.pem", ca),
		    in(i, "tls/clients-ca.key", ca_key));
	if (!e && i->drill)
		e = cert_make_leaf("Invented vendor", false, ca, ca_key,
		    in(i, "drill/vendor.pem", cert),
		    in(i, "drill/vendor.key", key));
	return e;
}

static enum err put_admin(struct init *i, const struct sign_public *key)
{
	char name[ACT_SEND_NAME], text[TEXT_B64_SIZE(SIGN_ED25519_KEY)];
	const uint8_t *raw = sign_public_raw(key);

	if (!raw)
		return ERR_SHAPE;
	act_send_name(key, name);
	text_b64url(raw, SIGN_ED25519_KEY, text);
	buf_printf(&i->act, "admin key=%s name=%s\n", text, name);
	return i->act.err;
}

static enum err make_drill_admin(struct init *i, int nth)
{
	struct sign_private *key = NULL;
	char name[32], path[PATH_MAX];
	enum err e = sign_private_make(SIGN_ED25519, &i->random, &key);

	(void)snprintf(name, sizeof(name), "drill/admin-%d.pem", nth);
	if (!e)
		e = sign_private_save(key, in(i, name, path));
	if (!e)
		e = put_admin(i, sign_private_public(key));
	sign_private_free(key);
	return e;
}

static enum err put_given_admins(struct init *i)
{
	struct sign_public *key;
	enum err e = ERR_OK;

	for (size_t a = 0; a < i->admin_count && !e; a++) {
		key = NULL;
		e = sign_public_load(i->admins[a], &key);
		if (!e)
			e = put_admin(i, key);
		if (e)
			say("%s: not an Ed25519 public key in PEM",
			    i->admins[a]);
		sign_public_free(key);
	}
	return e;
}

static enum err put_admins(struct init *i)
{
	enum err e = put_given_admins(i);

	for (int n = 1; i->drill && n <= 2 && !e; n++)
		e = make_drill_admin(i, n);
	return e;
}

static enum err read_data(
    const struct init *i, const char *name, struct buf *text)
{
	char path[PATH_MAX];
	enum err e = ERR_LIMIT;

	if (snprintf(path, sizeof(path), "%s/%s", i->data, name) <
	    (int)sizeof(path))
		e = file_read(path, text);
	if (e)
		say("%s/%s: %s (--data says where it is)", i->data, name,
		    say_why(NULL, e));
	return e;
}

static void put_profession(
    struct init *i, const struct figures_profession *p)
{
	static const char *const names[GUARD_KINDS] = {
	    [GUARD_T24] = "t24", [GUARD_C24] = "c24", [GUARD_T30] = "t30",
	    [GUARD_C30] = "c30", [GUARD_M24] = "m24", [GUARD_M30] = "m30"};

	buf_printf(&i->act, "profession code=%s plane=flow domains=", p->code);
	for (unsigned d = 0; d < p->domain_count; d++)
		buf_printf(&i->act, "%s%s", d ? "," : "", p->domains[d]);
	for (int f = 0; f < GUARD_KINDS; f++)
		buf_printf(&i->act, " %s=%u", names[f], p->figures.of[f]);
	buf_text(&i->act, "\n");
}

static enum err put_professions(struct init *i)
{
	struct figures_professions *all = calloc(1, sizeof(*all));
	struct figures_fault fault;
	struct buf text;
	enum err e = all ? ERR_OK : ERR_NOMEM;

	buf_init(&text, INIT_DATA);
	if (!e)
		e = read_data(i, "professions.csv", &text);
	if (!e) {
		e = figures_read_professions(buf_span(&text), all, &fault);
		if (e)
			say("professions.csv: line %u: %s", fault.line,
			    fault.words);
	}
	for (uint32_t p = 0; !e && p < all->count; p++)
		put_profession(i, &all->rows[p]);
	buf_release(&text);
	free(all);
	return e;
}

static enum err put_wides(struct init *i)
{
	static const char *const scopes[] = {
	    "profession", "cell", "platform", "card"};
	struct figures_shareds all;
	struct figures_fault fault;
	struct buf text;
	enum err e;

	buf_init(&text, INIT_DATA);
	e = read_data(i, "wide.csv", &text);
	if (!e) {
		e = figures_read_shared(buf_span(&text), &all, &fault);
		if (e)
			say("wide.csv: line %u: %s", fault.line, fault.words);
	}
	for (uint32_t n = 0; !e && n < all.count; n++) {
		const struct figures_shared *f = &all.rows[n];

		buf_printf(&i->act, "wide scope=%s code=%s floor24=%u "
		    "each24=%u floor30=%u each30=%u\n", scopes[f->scope],
		    f->code, f->floor24, f->each24, f->floor30, f->each30);
	}
	buf_release(&text);
	return e;
}

/* The text of the registry's first entry. */
static enum err write_first_act(struct init *i)
{
	char answer[TEXT_B64_SIZE(65)], promise[TEXT_B64_SIZE(65)],
	    sealing[TEXT_B64_SIZE(65)];
	struct registry_service s;
	uint8_t nonce[16];
	enum err e;

	random_fill(&i->random, nonce, sizeof(nonce));
	act_write_head(&i->act, span_str(i->origin), i->now_ms, nonce);
	buf_printf(&i->act, "instance drill=%s\n", i->drill ? "yes" : "no");
	init_logs_service_of(i->keys, &s);
	text_b64url(s.answer, sizeof(s.answer), answer);
	text_b64url(s.promise, sizeof(s.promise), promise);
	text_b64url(s.sealing, sizeof(s.sealing), sealing);
	buf_printf(&i->act, "service answer=%s promise=%s sealing=%s\n",
	    answer, promise, sealing);
	e = init_vault_keys(i->dir, &i->random, &i->act);
	if (!e)
		e = put_admins(i);
	if (!e)
		e = put_professions(i);
	if (!e)
		e = put_wides(i);
	return e ? e : i->act.err;
}

/* Tries the act on an empty registry: what does not apply is not written. */
static enum err try_act(const struct init *i, size_t least_admins)
{
	struct registry_fault fault;
	enum registry_wish wish;
	struct registry *r = NULL;
	enum err e = registry_new(&r);

	if (!e) {
		e = registry_apply(r, buf_span(&i->act), 0, true, 0, &wish,
		    &fault);
		if (e)
			say("first entry, line %u: %s", fault.line,
			    fault.words);
	}
	if (!e && r->admin_count < least_admins) {
		say("two different administrators are needed");
		e = ERR_SHAPE;
	}
	registry_free(r);
	return e;
}

/* What may be wrong is looked at, and said, before anything is made. */
static enum err check_inputs(struct init *i)
{
	const uint8_t nonce[16] = {0};
	struct buf conf;
	enum err e;

	buf_init(&conf, CONF_FILE_MOST);
	e = put_conf(i, &conf);
	buf_release(&conf);
	act_write_head(&i->act, span_str(i->origin), i->now_ms, nonce);
	if (!e)
		e = put_given_admins(i);
	if (!e)
		e = put_professions(i);
	if (!e)
		e = put_wides(i);
	if (!e)
		e = i->act.err;
	if (!e)
		e = try_act(i, i->drill ? 0 : 2);
	if (!e)
		e = init_keys_token(&i->root, i->origin, &i->random);
	buf_clear(&i->act);
	return e;
}

static enum err write_clock(const struct init *i)
{
	struct clock clock = clock_system();
	char path[PATH_MAX], text[32];
	int n = snprintf(text, sizeof(text), "%lld\n",
	    (long long)(i->now_ms - clock_wall_ms(&clock)));

	return file_create(in(i, "keeper/clock", path),
	    span_of(text, (size_t)n), 0600);
}

static enum err make(struct init *i)
{
	char path[PATH_MAX];
	enum err e = make_folders(i);

	if (!e)
		e = init_keys_make(&i->root, in(i, "keeper", path),
		    &i->random, &i->keys);
	if (!e)
		e = write_first_act(i);
	if (!e)
		e = try_act(i, 2);
	if (!e)
		e = init_vault_trusts(i->dir, buf_span(&i->act));
	if (!e)
		e = write_conf(i);
	if (!e)
		e = write_tls(i);
	if (!e)
		e = init_logs_registry(
		    i->dir, i->origin, i->keys, buf_span(&i->act));
	if (!e)
		e = init_logs_journal(i->dir, i->origin, i->keys);
	if (!e)
		e = init_logs_service(i->dir, i->origin, i->keys);
	if (!e && i->drill)
		e = write_clock(i);
	if (!e)
		e = whole_end(&i->whole);
	if (e && i->made)
		whole_drop(&i->whole);
	return e;
}

static bool read_number(uint64_t most, uint32_t *ret)
{
	uint64_t v = 0;

	if (text_u64(span_str(optarg), most, &v) || v == 0)
		return false;
	*ret = (uint32_t)v;
	return true;
}

static int read_options(struct init *i, int argc, char **argv,
    const char **start)
{
	static const struct option options[] = {
	    {"admin", required_argument, NULL, 'a'},
	    {"drill", no_argument, NULL, 'd'},
	    {"origin", required_argument, NULL, 'o'},
	    {"port", required_argument, NULL, 'p'},
	    {"data", required_argument, NULL, 'D'},
	    {"vaults", required_argument, NULL, 'v'},
	    {"start", required_argument, NULL, 's'},
	    {"pkcs11", required_argument, NULL, 'm'},
	    {"token", required_argument, NULL, 't'},
	    {"token-key", required_argument, NULL, 'k'},
	    {"pin-file", required_argument, NULL, 'f'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	int c;

	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h') {
			(void)say_help(help);
			return -1;
		} else if (c == 'a' && i->admin_count < INIT_ADMINS) {
			i->admins[i->admin_count++] = optarg;
		} else if (c == 'd') {
			i->drill = true;
		} else if (c == 'o') {
			i->origin = optarg;
		} else if (c == 'p') {
			if (!read_number(65535, &i->port))
				return say_usage("init", "--port: 1 to 65535");
		} else if (c == 'v') {
			if (!read_number(CONF_VAULTS, &i->vaults))
				return say_usage("init", "--vaults: 1 to 16");
		} else if (c == 'D') {
			i->data = optarg;
		} else if (c == 'j') {
			i->json = true;
		} else if (c == 's') {
			*start = optarg;
		} else if (!init_keys_option(&i->root, c, optarg)) {
			return say_usage("init", "option not understood");
		}
	}
	if (optind + 1 != argc)
		return say_usage("init", "name one folder");
	if (whole_names(&i->whole, argv[optind]))
		return say_usage("init", "the path is too long");
	i->dir = i->whole.part;
	return 0;
}

static int check_options(struct init *i, const char *start)
{
	struct clock clock = clock_system();

	i->now_ms = clock_wall_ms(&clock);
	if (start && (!i->drill ||
	    date_parse_stamp(span_str(start), &i->now_ms)))
		return say_usage("init", "--start: a time of RFC 3339, for a "
		    "drill alone");
	if (!i->drill && i->admin_count < 2)
		return say_usage("init", "two administrators are needed: "
		    "--admin PUB1 --admin PUB2 (or --drill)");
	if (!i->origin && !i->drill)
		return say_usage("init", "--origin names the log");
	if (!i->origin)
		i->origin = "drill.ecluse.example/journal";
	if (!note_name_is_valid(span_str(i->origin)))
		return say_usage("init", "--origin: no space and no plus");
	return 0;
}

static int say_made(const struct init *i, enum err e)
{
	if (e == ERR_EXISTS)
		return SAY_REFUSED;
	if (e) {
		say("%s: not made: %s", i->whole.to, say_why(NULL, e));
		return say_exit_of(e);
	}
	if (i->json)
		say_json("made", i->whole.to, i->origin);
	else
		(void)printf(_("%s%s is ready. Next: ecluse serve %s\n"),
		    i->drill ? "DRILL: " : "", shown(i->whole.to),
		    shown_word(i->whole.to));
	return SAY_DONE;
}

int cmd_init(int argc, char **argv)
{
	struct init i = {.random = random_system(), .vaults = 1};
	char data[PATH_MAX];
	const char *start = NULL;
	int status;
	enum err e;

	status = read_options(&i, argc, argv, &start);
	if (status)
		return status < 0 ? SAY_DONE : status;
	status = check_options(&i, start);
	if (status)
		return status;
	if (!i.data) {
		share_path("data", data, sizeof(data));
		i.data = data;
	}
	(void)umask(022);
	buf_init(&i.act, LIMIT_ACT);
	e = check_inputs(&i);
	if (e) {
		buf_release(&i.act);
		return e == ERR_NOMEM ? SAY_TRANSPORT : SAY_CHECK_FAILED;
	}
	e = make(&i);
	keyring_free(i.keys);
	buf_release(&i.act);
	return say_made(&i, e);
}
