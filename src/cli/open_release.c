/* SPDX-License-Identifier: Apache-2.0 */
/* ecluse journal open: what an auditor reads out of a release, offline. */
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include "base/date.h"
#include "base/file.h"
#include "base/lines.h"
#include "base/text.h"
#include "cli/cmd_who.h"
#include "cli/open_signed.h"
#include "cli/say.h"
#include "cli/vkey.h"
#include "journal/ending.h"
#include "journal/follow.h"
#include "journal/months.h"
#include "journal/opening.h"
#include "journal/proof.h"
#include "journal/public.h"
#include "journal/tree.h"
#include "lang/lang.h"
#include "lang/option.h"

#define LINE_MOST (1u << 20)	/* the head of many askers */

static const char help[] =
"Usage: ecluse journal open FILE [--public FOLDER] [--vkey KEY]\n"
"                           [--authority PLANE=NAME]…\n"
"\n"
"Reads a file of ecluse journal release, without the instance. Each entry is\n"
"opened by its own key, which fits no other; its sealed opening must be the one\n"
"that its leaf names; with --public each leaf must be in the signed tree.\n"
"Entries come in the order of the log, each once. Stops at the first line that\n"
"is not right. The professional's own signature of the question is verified\n"
"again: an entry without it is listed with \"signed\":false, and counted at the\n"
"end.\n"
"\n"
"A key's entries of a month are numbered without holes, in the leaf: of a release\n"
"by key the numbers between two of its entries that are not in the file are told.\n"
"They are sums of refusals (scope counts these), or were left out. The last line\n"
"is the keeper's signature over all before it (with --public or --vkey its key is\n"
"checked): a file without it, or with another, is told and ends with 1.\n"
"\n"
"  --public FOLDER  the journal's public files (checkpoint and tiles). Without\n"
"                   them nothing says that the leaves are the journal's\n"
"  --vkey KEY       the log's key, name+id+base64, or a file that holds it.\n"
"                   Without it the key in the folder is taken, which whoever\n"
"                   made the folder chose\n"
"  --authority PLANE=NAME\n"
"                   what that plane was called when the questions were signed,\n"
"                   if not what the release says\n"
"  --help           this text\n"
"\n"
"Prints one JSON object an entry: index, sequence, in_log, time, plane, decision,\n"
"existed, asker, site, rpps, cell, number, proof, domain, care_day, path,\n"
"params, digest, signature (the asker's own, RFC 9421), signed.\n"
"\n"
"Exit status: 0 all of it is right, 1 a line is not, a question bears no\n"
"signature that holds or the file has no signed end, 2 wrong usage, 5 a file\n"
"cannot be read.\n";

static const char *const planes[] = {
    "", "flow", "portal", "member", "staff"};

#define PLANES (sizeof(planes) / sizeof(planes[0]))

struct open_run {
	const char *file, *folder, *vkey;
	struct note_key pinned, key;	/* key: followed, in use now */
	json_t *head;
	json_t *askers;		/* asker keys, by "<key id>/<month>" */
	const char *authority[PLANES];	/* given, in place of the head's */
	uint64_t count, unsigned_count;
	int64_t last_index;	/* -1: none yet */
	json_t *last_number;	/* of each pseudonym */
	uint64_t holes;		/* numbers of asked keys that do not come */
	struct hash_stream *sum;	/* of the lines so far */
	bool ended, whole;	/* there is an end; it fits, and is signed */
};

struct entry {
	uint64_t index;
	uint8_t bytes[LEAF_SIZE], sealed[OPENING_SIZE];
	struct secret key;
	uint8_t spki[SIGN_SPKI_MAX];
	size_t spki_size;	/* 0: the registry knows no such key */
	bool is_signed;
	struct leaf leaf;
	uint8_t plain[OPENING_PLAIN];
	struct opening o;
};

static bool take_bytes(
    const json_t *line, const char *name, void *out, size_t size)
{
	const char *text = json_string_value(json_object_get(line, name));
	size_t n = 0;

	return text && !text_unb64url(span_str(text), out, size, &n) &&
	    n == size;
}

/* NULL: right; else what is not. */
static const char *read_entry(const json_t *line, struct entry *t)
{
	json_int_t index =
	    json_integer_value(json_object_get(line, "index"));
	const char *spki = json_string_value(json_object_get(line, "spki"));

	if (!json_is_integer(json_object_get(line, "index")) || index < 0 ||
	    !take_bytes(line, "leaf", t->bytes, sizeof(t->bytes)) ||
	    !take_bytes(line, "opening", t->sealed, sizeof(t->sealed)) ||
	    !take_bytes(line, "key", t->key.key, sizeof(t->key.key)) ||
	    leaf_unpack(span_of(t->bytes, LEAF_SIZE), &t->leaf) ||
	    t->leaf.kind != LEAF_ASKED)
		return N_("not an entry of a release");
	t->index = (uint64_t)index;
	t->spki_size = 0;
	if (spki && text_unb64url(
	    span_str(spki), t->spki, sizeof(t->spki), &t->spki_size))
		return N_("spki is not base64url");
	if (opening_open(span_of(t->sealed, OPENING_SIZE), &t->leaf, &t->key,
		t->plain, &t->o))
		return N_("the key does not open it, or leaf and opening do "
		    "not belong together");
	return NULL;
}

/* Is the leaf in the signed tree, at its place? */
static bool is_in_log(const struct open_run *r, const struct entry *t)
{
	uint8_t want[HASH_SIZE], got[HASH_SIZE];
	struct buf proof;
	enum err e;

	tree_leaf_hash(span_of(t->bytes, LEAF_SIZE), want);
	buf_init(&proof, PROOF_MAX);
	e = proof_make(r->folder, &r->key, t->index, &proof, got);
	buf_release(&proof);
	return !e && memcmp(want, got, HASH_SIZE) == 0;
}

/* Is it of the cell that the head names, or does an asker's key name the leaf?
 */
static bool is_named(const struct open_run *r, const struct entry *t)
{
	char name[SIGN_KEY_ID_TEXT + 12];
	uint8_t pseudonym[LEAF_ASKER];
	struct secret key;
	bool good;

	if (json_object_get(r->head, "cell"))
		return json_integer_value(json_object_get(r->head, "cell")) ==
		    (json_int_t)t->o.cell;
	sign_key_id_text(t->o.key_id, name);
	(void)snprintf(name + strlen(name), 12, "/%u",
	    date_month_of_ms(t->leaf.time_ms));
	if (!take_bytes(r->askers, name, key.key, sizeof(key.key)))
		return false;
	months_pseudonym(&key, pseudonym);
	good = memcmp(pseudonym, t->leaf.asker, LEAF_ASKER) == 0;
	secret_wipe(&key, sizeof(key));
	return good;
}

/* Behind the one before it, in the file as in the log: no entry twice in the
 * place of another. An asker's numbers rise with the indexes. */
static bool is_next(struct open_run *r, const struct entry *t)
{
	char asker[2 * LEAF_ASKER + 1];
	json_int_t number = (json_int_t)t->leaf.sequence, before;

	text_hex(t->leaf.asker, LEAF_ASKER, asker);
	before = json_integer_value(json_object_get(r->last_number, asker));
	if ((int64_t)t->index <= r->last_index || number <= before)
		return false;
	r->last_index = (int64_t)t->index;
	if (before > 0)
		r->holes += (uint64_t)(number - before - 1);
	return json_object_set_new(
	    r->last_number, asker, json_integer(number)) == 0;
}

static bool time_of(const struct open_run *r, const char *name, int64_t *ret)
{
	const char *text = json_string_value(json_object_get(r->head, name));

	return text && !date_parse_stamp(span_str(text), ret);
}

static bool is_of_interval(const struct open_run *r, const struct entry *t)
{
	int64_t from_ms, to_ms;

	return time_of(r, "from", &from_ms) && time_of(r, "to", &to_ms) &&
	    t->leaf.time_ms >= from_ms && t->leaf.time_ms < to_ms;
}

/* Under the name that its plane had: as given, or as the head says. */
static bool is_signed(const struct open_run *r, const struct entry *t)
{
	unsigned plane = t->leaf.plane < PLANES ? t->leaf.plane : 0;
	const char *authority = r->authority[plane] ? r->authority[plane] :
	    json_string_value(json_object_get(
		json_object_get(r->head, "authorities"), planes[plane]));

	return authority && t->spki_size > 0 && !open_signed(&t->o,
	    span_of(t->spki, t->spki_size), span_str(authority));
}

static void set_span(json_t *o, const char *name, struct span s)
{
	(void)json_object_set_new(
	    o, name, json_stringn(s.n ? (const char *)s.p : "", s.n));
}

static void set_bytes(json_t *o, const char *name, const void *p, size_t n)
{
	char text[TEXT_B64_SIZE(SIGN_SIZE)];

	(void)text_b64(p, n, text);
	(void)json_object_set_new(o, name, json_string(text));
}

static json_t *proofs(uint8_t bits)
{
	static const char *const names[] = {"card", "member", "nir"};
	json_t *list = json_array();

	for (unsigned i = 0; i < 3; i++)
		if (bits & 1u << i)
			(void)json_array_append_new(
			    list, json_string(names[i]));
	return list;
}

static void tell(const struct open_run *r, const struct entry *t)
{
	char id[SIGN_KEY_ID_TEXT], stamp[DATE_STAMP_SIZE];
	char day[DATE_TEXT_SIZE];
	json_t *o = json_object();

	sign_key_id_text(t->o.key_id, id);
	date_format_stamp(t->leaf.time_ms, stamp);
	date_format(t->o.care_day, day);
	(void)json_object_update_new(o, json_pack(
	    "{s:I, s:I, s:o, s:s, s:s, s:s, s:b, s:s}", "index",
	    (json_int_t)t->index, "sequence",
	    (json_int_t)t->leaf.sequence, "in_log",
	    r->folder ? json_true() : json_null(), "time", stamp, "plane",
	    planes[t->leaf.plane < PLANES ? t->leaf.plane : 0], "decision",
	    leaf_decision_text(t->leaf.decision), "existed",
	    t->leaf.existed, "asker", id));
	set_span(o, "site", t->o.site);
	set_span(o, "rpps", t->o.rpps);
	(void)json_object_update_new(o, json_pack("{s:I, s:I, s:o, s:s}",
	    "cell", (json_int_t)t->o.cell, "number", (json_int_t)t->o.number,
	    "proof", proofs(t->o.proof), "care_day", day));
	set_span(o, "domain", t->o.domain);
	set_span(o, "path", t->o.path);
	set_span(o, "params", t->o.params);
	set_bytes(o, "digest", t->o.digest, HASH_SIZE);
	set_bytes(o, "signature", t->o.signature, SIGN_SIZE);
	(void)json_object_set_new(o, "signed", json_boolean(t->is_signed));
	(void)json_dumpf(o, stdout, JSON_COMPACT);
	(void)putchar('\n');
	json_decref(o);
}

static const char *take_entry(struct open_run *r, const json_t *line)
{
	struct entry t;
	const char *fault = read_entry(line, &t);

	if (!fault && r->folder && !is_in_log(r, &t))
		fault = N_("its leaf is not in the log at that place");
	if (!fault && !is_named(r, &t))
		fault = N_("it is not of the mutuelle or asker that the head "
		    "names");
	if (!fault && !is_of_interval(r, &t))
		fault = N_("it is not of the interval that the head names");
	if (!fault && !is_next(r, &t))
		fault = N_("it does not come behind the entry before it");
	if (!fault) {
		t.is_signed = is_signed(r, &t);
		r->unsigned_count += !t.is_signed;
		tell(r, &t);
	}
	secret_wipe(&t, sizeof(t));
	r->count++;
	return fault;
}

/* What names one key's leaves of a month. */
static const char *take_asker(struct open_run *r, json_t *line)
{
	char name[SIGN_KEY_ID_TEXT + 12];
	const char *asker = json_string_value(json_object_get(line, "asker"));
	json_int_t month = json_integer_value(json_object_get(line, "month"));

	if (!asker || strlen(asker) >= SIGN_KEY_ID_TEXT || month <= 0 ||
	    month > UINT32_MAX || r->count > 0)
		return N_("not an asker of a release");
	(void)snprintf(
	    name, sizeof(name), "%s/%u", asker, (unsigned)month);
	if (json_object_set(r->askers, name, json_object_get(line, "key")))
		return N_("not an asker of a release");
	return NULL;
}

/* The head's checkpoint is the log's own, if its key is known. */
static const char *take_head(struct open_run *r, json_t *line)
{
	const char *note =
	    json_string_value(json_object_get(line, "checkpoint"));
	const char *form = json_string_value(json_object_get(line, "release"));
	struct checkpoint c;

	if (!form || strcmp(form, "ecluse/release/v1") != 0 || !note)
		return N_("not a file of ecluse journal release");
	r->head = json_incref(line);
	/* the key may have turned since it was written, or since pinned */
	if ((r->folder || r->vkey) &&
	    checkpoint_verify(span_str(note), &r->pinned, &c) &&
	    checkpoint_verify(span_str(note), &r->key, &c))
		return N_("its checkpoint is not signed by this log's key");
	return NULL;
}

/* The last line, which the keeper signs: what was read so far is all of it. */
static const char *take_end(struct open_run *r, const json_t *line)
{
	const char *text = json_string_value(json_object_get(line, "end"));
	struct span note = span_str(text ? text : "");
	struct ending end = {.count = 0};
	uint8_t hash[HASH_SIZE];

	hash_stream_end(r->sum, hash);
	r->ended = true;
	r->whole = !ending_read(note, &end) && end.count == r->count &&
	    memcmp(end.hash, hash, HASH_SIZE) == 0 &&
	    ((!r->folder && !r->vkey) || !ending_verify(note, &r->pinned) ||
	    !ending_verify(note, &r->key));
	return NULL;
}

static const char *take_line(struct open_run *r, json_t *line)
{
	if (!json_is_object(line))
		return N_("not a JSON object");
	if (r->ended)
		return N_("it stands behind the end");
	if (!r->head)
		return take_head(r, line);
	if (json_object_get(line, "end"))
		return take_end(r, line);
	return json_object_get(line, "asker") ? take_asker(r, line) :
	    take_entry(r, line);
}

/* false: said. */
static bool take_lines(struct open_run *r, struct lines *in)
{
	const char *fault = NULL;
	char *text;
	size_t n;
	enum err e;

	while (!fault && !(e = lines_next(in, &text, &n))) {
		json_t *line = json_loadb(text, n, JSON_REJECT_DUPLICATES,
		    NULL);

		fault = take_line(r, line);
		json_decref(line);
		if (!r->ended) {
			hash_stream_put(r->sum, span_of(text, n));
			hash_stream_put(r->sum, span_str("\n"));
		}
	}
	if (!fault && e != ERR_CLOSED)
		fault = N_("cannot be read");
	if (!fault && (!r->head || json_integer_value(json_object_get(
	    r->head, "count")) != (json_int_t)r->count))
		fault = N_("entries are missing");
	if (fault)
		say("%s: line %u: %s", r->file, in->number,
		    lang_text(fault));
	return !fault;
}

static int run(struct open_run *r)
{
	struct lines in;
	unsigned turns;
	bool good;
	enum err e = r->vkey ? vkey_read(r->vkey, &r->key) :
	    r->folder ? public_read_vkey(r->folder, &r->key) : ERR_OK;

	if (e && r->vkey)
		return vkey_usage("journal open");
	r->pinned = r->key;
	if (!e && r->folder)
		e = follow_public(r->folder, &r->key, &turns);
	if (e) {
		say("the log's key cannot be read");
		return SAY_TRANSPORT;
	}
	e = lines_open(&in, r->file, LINE_MOST);
	if (e) {
		(void)say_unread(r->file, e, NULL);
		return SAY_TRANSPORT;
	}
	r->sum = hash_stream_new();
	if (!r->sum) {
		lines_close(&in);
		return SAY_TRANSPORT;
	}
	r->askers = json_object();
	r->last_number = json_object();
	r->last_index = -1;
	good = take_lines(r, &in);
	if (good && r->holes > 0 && !json_object_get(r->head, "cell"))
		say("missing between these keys' numbers: %s (sums of "
		    "refusals, or entries left out)",
		    lang_count(r->holes, "number", "numbers"));
	if (good && r->unsigned_count > 0) {
		say("%llu of %llu bear no signature of their asker that holds",
		    (unsigned long long)r->unsigned_count,
		    (unsigned long long)r->count);
		good = false;
	}
	if (good && !r->whole) {
		say(r->ended ? "the end that the keeper signed is not this "
		    "file's: entries were left out or altered on the way" :
		    "the end that the keeper signs is missing: entries may "
		    "have been left out");
		good = false;
	}
	lines_close(&in);
	hash_stream_free(r->sum);
	json_decref(r->head);
	json_decref(r->askers);
	json_decref(r->last_number);
	if (fflush(stdout) != 0)
		return SAY_TRANSPORT;
	return good ? SAY_DONE : SAY_CHECK_FAILED;
}

/* PLANE=NAME. */
static bool take_authority(struct open_run *r, const char *text)
{
	for (size_t i = 1; i < PLANES; i++) {
		size_t n = strlen(planes[i]);

		if (strncmp(text, planes[i], n) == 0 && text[n] == '=') {
			r->authority[i] = text + n + 1;
			return true;
		}
	}
	return false;
}

int cmd_journal_open(int argc, char **argv)
{
	static const struct option options[] = {
	    {"public", required_argument, NULL, 'p'},
	    {"vkey", required_argument, NULL, 'k'},
	    {"authority", required_argument, NULL, 'a'},
	    {"json", no_argument, NULL, 'j'},
	    {"help", no_argument, NULL, 'h'}, {0}};
	struct open_run r = {0};
	int c;

	optind = 0;
	while ((c = lang_option(argc, argv, "", options)) != -1) {
		if (c == 'h')
			return say_help(help);
		if (c == 'p')
			r.folder = optarg;
		else if (c == 'k')
			r.vkey = optarg;
		else if (c == 'a' && !take_authority(&r, optarg))
			return say_usage("journal open",
			    "--authority PLANE=NAME");
		else if (c != 'j' && c != 'a')
			return say_usage("journal open",
			    "option not understood");
	}
	if (optind + 1 != argc)
		return say_usage("journal open", "one FILE is needed");
	r.file = argv[optind];
	return run(&r);
}
