/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/clock.h"
#include "base/file.h"
#include "base/outfile.h"
#include "base/progress.h"
#include "base/shown.h"
#include "base/text.h"
#include "cli/cmd_journal.h"
#include "cli/say.h"
#include "cli/verify_vault.h"
#include "cli/vkey.h"
#include "cli/where.h"
#include "journal/follow.h"
#include "journal/leaf.h"
#include "journal/opening.h"
#include "journal/proof.h"
#include "journal/public.h"
#include "journal/verify.h"
#include "lang/lang.h"
#include "lang/option.h"
#include "registry/registry.h"

static const char verify_help[] =
"Usage: ecluse journal verify [DIR] [--vkey KEY] [--entries] [--json]\n"
"       ecluse journal verify --public FOLDER [--vkey KEY] [--json]\n"
"\n"
"Checks the journal: the signature of its checkpoint, and that every hash in\n"
"every tile leads to the checkpoint's root. Needs the public files alone,\n"
"which anybody may copy (/journal/checkpoint and /journal/tile/…): one byte\n"
"changed anywhere is found, and the place is named.\n"
"\n"
"Of an instance also the acts of its registry (DIR/keeper/registry): each must\n"
"be signed by as many administrators as it takes, who were administrators by\n"
"the acts before it; it must have been taken within a week of its time, or a\n"
"day where one signature enrols; and the journal must name this registry and no\n"
"other. The first administrators are those that the vaults were told. An act\n"
"that nobody might sign is seen, and one that a vault took and the registry has\n"
"not.\n"
"\n"
"And what its vaults counted (DIR/vault, for the operator):\n"
"every answer that a vault gave must be an entry of the journal, about that\n"
"very person. A keeper that answered without writing, or wrote something else\n"
"than it answered, is seen.\n"
"\n"
"DIR is the instance: the first argument, --dir, ECLUSE_DIR, or the current\n"
"folder. Its public files are in DIR/journal/public.\n"
"\n"
"  --vkey KEY       the log's key, name+id+base64, or a file that holds it.\n"
"                   Without it the key beside the checkpoint is taken: then\n"
"                   the files agree with each other, which whoever replaced\n"
"                   them all can achieve. Get the key elsewhere, once. If it\n"
"                   turned since, the files lead to the one in use, and what\n"
"                   the old one signs by itself is refused: pin the new one\n"
"  --entries        also the entries themselves (DIR/keeper/journal, for the\n"
"                   operator): each is the leaf that the tree holds, and its\n"
"                   sealed opening is the one that the leaf names\n"
"  --public FOLDER  these public files instead of an instance's\n"
"  --registry       the registry's log instead of the journal\n"
"  --json           one object\n"
"  --help           this text\n"
"\n"
"An instance that ended without a stop (a power cut, a kill) leaves behind its\n"
"last checkpoint what its next start mends: a count that is torn, entries that\n"
"no checkpoint names yet. That is UNFINISHED, and not altered: up to the\n"
"checkpoint everything holds. Keep a copy of the files, start the instance once\n"
"and verify again. What lies before the last signature is never called torn.\n"
"\n"
"Exit status: 0 everything holds, 1 something does not, 2 wrong usage,\n"
"4 unfinished: behind the last checkpoint the next start has the word, 5 files\n"
"cannot be read.\n";

static const char proof_help[] =
"Usage: ecluse journal proof [DIR] INDEX [-o FILE] [--vkey KEY]\n"
"       ecluse journal proof --check FILE --leaf-hash HEX --vkey KEY\n"
"\n"
"Writes the proof that entry INDEX is in the journal, as a file that stands\n"
"alone (c2sp.org/tlog-proof): the way from the entry's leaf hash to the\n"
"signed checkpoint. Needs the public files alone. --check tells whether such a file\n"
"holds for a leaf hash, without any instance.\n"
"\n"
"  -o FILE          where to; \"-\" is standard output, and the default\n"
"  --vkey KEY       the log's key, name+id+base64, or a file that holds it\n"
"                   (to make a proof: default is the one in the folder)\n"
"  --public FOLDER  these public files instead of an instance's\n"
"  --registry       the registry's log instead of the journal\n"
"  --check FILE     check this proof; \"-\" is standard input\n"
"  --leaf-hash HEX  SHA-256(0x00 || leaf) of the entry, 64 digits\n"
"  --json           one object about it (with -o FILE or --check)\n"
"  --help           this text\n"
"\n"
"Exit status: 0 written or the proof holds, 1 it does not, 2 wrong usage,\n"
"4 no such entry yet, 5 files cannot be read.\n"
"\n"
"  $ ecluse journal proof drill 41 -o 41.tlog-proof\n"
"  entry 41 of 1932, leaf hash 5d0a…\n";

struct job {
	const char *command;	/* for messages */
	const char *dir, *folder, *vkey, *out, *check, *leaf_hash;
	bool counted;			/* vaults' counts were compared */
	struct verify_vault vaults;
	bool entries, registry, json;
	char public_dir[PATH_MAX];
	struct note_key key;		/* pinned, then followed */
	unsigned turns;			/* how often it turned since */
};

static const struct option options[] = {
    {"dir", required_argument, NULL, 'd'},
    {"public", required_argument, NULL, 'p'},
    {"vkey", required_argument, NULL, 'k'},
    {"entries", no_argument, NULL, 'e'},
    {"registry", no_argument, NULL, 'r'},
    {"json", no_argument, NULL, 'j'},
    {"out", required_argument, NULL, 'o'},
    {"check", required_argument, NULL, 'c'},
    {"leaf-hash", required_argument, NULL, 'l'},
    {"help", no_argument, NULL, 'h'}, {0}};

/* -1: go on; else the exit status. */
static int read_options(
    struct job *j, int argc, char **argv, const char *help)
{
	bool proof = help == proof_help;
	int c;

	optind = 0;	/* glibc: begin anew */
	while ((c = lang_option(argc, argv, "o:", options)) != -1) {
		if (strchr(proof ? "e" : "ocl", c))
			return say_usage(j->command, proof ? "--entries is "
			    "verify's" : "-o, --check and --leaf-hash are "
			    "proof's");
		switch (c) {
		case 'd':
			j->dir = optarg;
			break;
		case 'p':
			j->folder = optarg;
			break;
		case 'k':
			j->vkey = optarg;
			break;
		case 'e':
			j->entries = true;
			break;
		case 'r':
			j->registry = true;
			break;
		case 'j':
			j->json = true;
			break;
		case 'o':
			j->out = optarg;
			break;
		case 'c':
			j->check = optarg;
			break;
		case 'l':
			j->leaf_hash = optarg;
			break;
		case 'h':
			return say_help(help);
		default:
			return say_usage(j->command, "option not understood");
		}
	}
	return -1;
}

/* Finds folder and key. -1: go on; else the exit status. */
static int find_files(struct job *j, int argc, char **argv)
{
	const char *name = j->registry ? "registry/public" : "journal/public";
	enum err e;

	if (!j->folder) {
		j->dir = where_take(argc, argv, &optind, j->dir);
		if (!j->dir)
			return say_usage(j->command, "no instance: name its "
			    "folder, or set ECLUSE_DIR");
		if (file_path(j->public_dir, sizeof(j->public_dir), j->dir,
		        name))
			return say_usage(j->command, "the path is too long");
		j->folder = j->public_dir;
	}
	e = j->vkey ? vkey_read(j->vkey, &j->key)
	            : public_read_vkey(j->folder, &j->key);
	if (e && j->vkey)
		return vkey_usage(j->command);
	if (e == ERR_SHAPE || e == ERR_KEY) {
		say("%s/vkey is not a log's key", j->folder);
		return SAY_CHECK_FAILED;
	}
	if (e) {
		say("no journal in %s", j->folder);
		return SAY_TRANSPORT;
	}
	e = follow_public(j->folder, &j->key, &j->turns);
	if (e == ERR_IO || e == ERR_NOMEM) {
		say("the log's key cannot be read");
		return SAY_TRANSPORT;
	}
	if (e) {
		say("%s/%s: a note there does not lead from this key to "
		    "another", j->folder, FOLLOW_FOLDER);
		return SAY_CHECK_FAILED;
	}
	return -1;
}

static void show_step(void *ctx, uint64_t done, uint64_t total)
{
	struct progress *p = ctx;

	p->total = total;
	progress_step(p, done);
}

static enum err verify_tiles(struct job *j, struct verify_report *report)
{
	const struct clock clock = clock_system();
	struct progress p;
	const struct verify_progress to = {show_step, &p};
	enum err e;

	progress_start(&p, "checking", "tiles", 0, &clock);
	e = verify_public(j->folder, &j->key, &to, report);
	progress_end(&p);
	return e;
}

static enum err verify_entries(struct job *j, struct verify_report *report)
{
	const struct clock clock = clock_system();
	struct tlog_options o = {.public_dir = j->folder, .vkey = &j->key,
	    .origin = j->key.name};
	char records[PATH_MAX];
	struct progress p;
	const struct verify_progress to = {show_step, &p};
	uint32_t purged = 0;
	enum err e = file_path(records, sizeof(records), j->dir,
	    j->registry ? "keeper/registry" : "keeper/journal");

	if (!e && !j->registry)
		e = verify_vault_purged(j->dir, &j->key, &purged);
	/* records alone, without the registry: nobody says that any may miss */
	if (e && e != ERR_UNKNOWN)
		return e;
	o.dir = records;
	o.leaf_size = j->registry ? 0 : LEAF_SIZE;
	o.side_size = j->registry ? 0 : OPENING_SIZE;
	progress_start(&p, "checking", "entries", 0, &clock);
	e = verify_records(&o, purged, &to, report);
	progress_end(&p);
	return e;
}

static bool is_wrong(enum err e)
{
	return e == ERR_CORRUPT || e == ERR_CRYPTO || e == ERR_KEY;
}

/* Of the registry's log its acts alone. */
static enum err verify_acts(struct job *j)
{
	char origin[NOTE_NAME_SIZE], name[NOTE_NAME_SIZE + 16];
	size_t n = strlen(j->key.name), more;

	if (registry_origin("", name, sizeof(name)))
		return ERR_LIMIT;
	more = strlen(name);
	if (n <= more || strcmp(j->key.name + n - more, name) != 0)
		return ERR_UNKNOWN;
	memcpy(origin, j->key.name, n - more);
	origin[n - more] = '\0';
	return verify_vault_acts(j->dir, origin, &j->vaults);
}

/* Acts, and what the vaults say, unless there is nothing to compare. */
static enum err verify_vaults(struct job *j, struct verify_report *report)
{
	struct verify_vault *v = &j->vaults;
	enum err e;

	if (!j->dir)
		return ERR_OK;
	e = j->registry ? verify_acts(j) : verify_vault_run(j->dir, &j->key, v);
	if (e == ERR_UNKNOWN)
		return ERR_OK;	/* public files and records, no instance */
	j->counted = !j->registry;
	if (e)
		(void)snprintf(report->words, sizeof(report->words), "%s%s",
		    v->which, v->all.words[0] ? v->all.words :
		    N_("counts and journal cannot be read"));
	return e;
}

/* Did it end without a stop, and wait for the next start's word? */
static bool is_open(const struct job *j)
{
	return j->vaults.open[0] != '\0';
}

static json_t *vaults_json(const struct job *j)
{
	const struct compare_report *r = &j->vaults.all;

	return json_pack("{s:I, s:I, s:I, s:I, s:I}", "vaults",
	    (json_int_t)j->vaults.vaults, "answered",
	    (json_int_t)r->head.answered, "unknown", (json_int_t)r->misses,
	    "resolved", (json_int_t)r->head.resolved, "over",
	    (json_int_t)r->head.over);
}

static void tell_json(const struct job *j, const struct verify_report *r,
    enum err e)
{
	char root[TEXT_B64_SIZE(HASH_SIZE)];
	char vkey[NOTE_VKEY_SIZE];
	json_t *o = json_pack("{s:b, s:b, s:s}", "verified", !e && !is_open(j),
	    "key_pinned", j->vkey != NULL, "key", j->key.name);

	note_key_format(&j->key, vkey);
	(void)json_object_update_new(o, json_pack("{s:i, s:s}", "turns",
	    (int)j->turns, "vkey", vkey));
	(void)text_b64(r->checkpoint.root, HASH_SIZE, root);
	if (r->checkpoint.origin[0])
		(void)json_object_update_new(o, json_pack(
		    "{s:s, s:I, s:s, s:I}", "origin", r->checkpoint.origin,
		    "size", (json_int_t)r->checkpoint.size, "root", root,
		    "tiles", (json_int_t)r->tiles));
	if (j->vaults.acts > 0)
		(void)json_object_update_new(o, json_pack("{s:I, s:I}", "acts",
		    (json_int_t)j->vaults.acts, "administrators",
		    (json_int_t)j->vaults.admins));
	if (j->counted)
		(void)json_object_set_new(o, "vaults", vaults_json(j));
	if (j->entries)
		(void)json_object_update_new(o, json_pack("{s:I, s:I}",
		    "entries", (json_int_t)r->records, "purged",
		    (json_int_t)r->purged));
	if (e)
		(void)json_object_set_new(o, "wrong", json_string(r->words));
	else if (is_open(j))
		(void)json_object_set_new(
		    o, "unfinished", json_string(j->vaults.open));
	(void)json_dumpf(o, stdout, JSON_INDENT(2));
	(void)putchar('\n');
	json_decref(o);
}

static void tell_text(const struct job *j, const struct verify_report *r,
    enum err e)
{
	char vkey[NOTE_VKEY_SIZE];
	char root[TEXT_B64_SIZE(HASH_SIZE)];

	(void)text_b64(r->checkpoint.root, HASH_SIZE, root);
	if (r->checkpoint.origin[0])
		(void)printf(_("checkpoint  %s, %s, root %s\n"
		    "key         %s\n"), shown(r->checkpoint.origin),
		    lang_count(r->checkpoint.size, "entry", "entries"), root,
		    j->vkey ? _("as given") :
		    _("from the same folder, not pinned"));
	note_key_format(&j->key, vkey);
	if (j->turns > 0)
		(void)printf(_("            it turned %s; pin from now on "
		    "%s\n"), lang_count(j->turns, "time", "times"), shown(vkey));
	if (e) {
		(void)printf(_("WRONG       %s\n"), shown(say_why(r->words, e)));
		return;
	}
	(void)printf(_("tiles       %llu, every hash leads to the root\n"),
	    (unsigned long long)r->tiles);
	if (j->entries)
		(void)printf(_("entries     %llu, each as the tree holds it\n"),
		    (unsigned long long)r->records);
	if (r->purged > 0)
		(void)printf(_("purged      %llu of them have no opening any "
		    "more, as acts say\n"), (unsigned long long)r->purged);
	if (j->vaults.acts > 0)
		(void)printf(_("acts        %llu, each signed by who might "
		    "then; now %s\n"), (unsigned long long)j->vaults.acts,
		    lang_count(j->vaults.admins, "administrator",
			"administrators"));
	if (j->counted)
		(void)printf(_("vaults      %llu: %s, each an entry of the "
		    "journal\n"), (unsigned long long)j->vaults.vaults,
		    lang_count(j->vaults.all.head.answered,
			"answer about persons", "answers about persons"));
	if (is_open(j))
		(void)printf(_("UNFINISHED  %s\n"
		    "            up to the last checkpoint all holds; behind it "
		    "the next start has\n"
		    "            the word. Keep a copy of the files, start the "
		    "instance once and\n"
		    "            verify again\n"),
		    shown(say_why(j->vaults.open, e)));
	else
		(void)puts(_("verified"));
}

int cmd_journal_verify(int argc, char **argv)
{
	struct job j = {.command = "journal verify"};
	struct verify_report report = {.tiles = 0};
	int status = read_options(&j, argc, argv, verify_help);
	enum err e;

	if (status < 0 && j.folder && j.entries)
		status = say_usage(j.command, "--entries needs an instance");
	if (status < 0 && j.folder && j.dir)
		status = say_usage(j.command, "--public is in the place of an "
		    "instance: --dir is not looked at");
	if (status < 0)
		status = find_files(&j, argc, argv);
	if (status >= 0)
		return status;
	if (optind != argc)
		return say_usage(j.command, "%s: what is this?", argv[optind]);
	e = verify_tiles(&j, &report);
	if (!e && j.entries)
		e = verify_entries(&j, &report);
	if (!e)
		e = verify_vaults(&j, &report);
	if (e && !is_wrong(e)) {
		say("%s: %s", j.folder,
		    say_why(report.words, e));
		return SAY_TRANSPORT;
	}
	if (j.json)
		tell_json(&j, &report, e);
	else
		tell_text(&j, &report, e);
	if (fflush(stdout) != 0 || ferror(stdout))
		return SAY_TRANSPORT;
	return e ? SAY_CHECK_FAILED : is_open(&j) ? SAY_UNKNOWN : SAY_DONE;
}

/* A proof's facts on standard output, or on standard error beside a proof. */
static void tell_proof(const struct job *j, FILE *to, uint64_t index,
    const struct checkpoint *c, const uint8_t leaf[static HASH_SIZE])
{
	char hex[2 * HASH_SIZE + 1];
	json_t *o;

	text_hex(leaf, HASH_SIZE, hex);
	if (!j->json) {
		(void)fprintf(to, _("entry %llu of %llu in %s, leaf hash %s\n"),
		    (unsigned long long)index, (unsigned long long)c->size,
		    shown(c->origin), hex);
		return;
	}
	o = json_pack("{s:s, s:I, s:I, s:s}", "origin", c->origin, "index",
	    (json_int_t)index, "size", (json_int_t)c->size, "leaf_hash", hex);
	(void)json_dumpf(o, to, JSON_INDENT(2));
	(void)fputc('\n', to);
	json_decref(o);
}

static int write_proof(const struct job *j, const struct buf *proof,
    const uint8_t leaf[static HASH_SIZE])
{
	bool to_stdout = !j->out || strcmp(j->out, "-") == 0;
	struct checkpoint c;
	struct proof p;

	/* read again what is about to be given away */
	if (proof_verify(buf_span(proof), leaf, &j->key, &p, &c))
		return SAY_CHECK_FAILED;
	if (to_stdout)
		(void)fwrite(proof->p, 1, proof->n, stdout);
	else if (outfile_put(j->out, buf_span(proof), 0644)) {
		say("%s cannot be written", j->out);
		return SAY_TRANSPORT;
	}
	if (!to_stdout)
		tell_proof(j, stdout, p.index, &c, leaf);
	return fflush(stdout) != 0 || ferror(stdout) ? SAY_TRANSPORT
	                                             : SAY_DONE;
}

static int make_proof(struct job *j, int argc, char **argv)
{
	uint8_t leaf[HASH_SIZE];
	uint64_t index;
	struct buf proof;
	int status = find_files(j, argc, argv);
	enum err e;

	if (status >= 0)
		return status;
	if (optind + 1 != argc ||
	    text_u64(span_str(argv[optind]), INT64_MAX, &index))
		return say_usage(j->command, "wants one INDEX, from 0");
	buf_init(&proof, PROOF_MAX);
	e = proof_make(j->folder, &j->key, index, &proof, leaf);
	if (!e)
		status = write_proof(j, &proof, leaf);
	buf_release(&proof);
	if (!e)
		return status;
	if (e == ERR_RANGE) {
		say("the checkpoint has no entry %llu yet",
		    (unsigned long long)index);
		return SAY_UNKNOWN;
	}
	say("%s: %s", j->folder, e == ERR_UNKNOWN
	        ? _("no checkpoint, or a tile is missing")
	        : is_wrong(e) ? _("the files do not lead to their checkpoint: "
	                          "see ecluse journal verify")
	                      : say_why(NULL, e));
	return is_wrong(e) ? SAY_CHECK_FAILED : SAY_TRANSPORT;
}

static enum err read_proof(const char *path, struct buf *out)
{
	char part[4096];
	size_t n;

	if (strcmp(path, "-") != 0)
		return file_read(path, out);
	while ((n = fread(part, 1, sizeof(part), stdin)) > 0 && !out->err)
		buf_put(out, part, n);
	return ferror(stdin) ? ERR_IO : out->err;
}

static int check_proof(struct job *j)
{
	uint8_t leaf[HASH_SIZE];
	struct checkpoint c;
	struct proof p;
	struct buf file;
	enum err e;

	if (!j->leaf_hash || text_unhex(
	        span_str(j->leaf_hash), leaf, sizeof(leaf)))
		return say_usage(j->command, "--check wants --leaf-hash, 64 "
		    "hexadecimal digits");
	if (!j->vkey || vkey_read(j->vkey, &j->key))
		return say_usage(j->command, "--check wants --vkey, the key "
		    "of the log");
	buf_init(&file, PROOF_MAX);
	e = read_proof(j->check, &file);
	if (e && e != ERR_LIMIT) {
		(void)say_unread(j->check, e, NULL);
		buf_release(&file);
		return SAY_TRANSPORT;
	}
	if (!e)
		e = proof_verify(buf_span(&file), leaf, &j->key, &p, &c);
	if (!e)
		tell_proof(j, stdout, p.index, &c, leaf);
	else
		say("the proof does not hold: %s", e == ERR_UNKNOWN
		        ? _("its checkpoint is not of this log") : say_why(NULL, e));
	buf_release(&file);
	if (fflush(stdout) != 0 || ferror(stdout))
		return SAY_TRANSPORT;
	return e ? SAY_CHECK_FAILED : SAY_DONE;
}

int cmd_journal_proof(int argc, char **argv)
{
	struct job j = {.command = "journal proof"};
	int status = read_options(&j, argc, argv, proof_help);

	if (status >= 0)
		return status;
	if (!j.check)
		return make_proof(&j, argc, argv);
	if (optind != argc)
		return say_usage(j.command, "%s: what is this?", argv[optind]);
	return check_proof(&j);
}
