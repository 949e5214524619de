/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include <string.h>
#include "base/date.h"
#include "base/text.h"
#include "cli/open_lines.h"
#include "cli/open_signed.h"
#include "journal/ending.h"
#include "journal/months.h"
#include "journal/opening.h"
#include "journal/proof.h"
#include "journal/tree.h"
#include "lang/lang.h"

static const char *const planes[OPEN_PLANES] = {
    "", "flow", "portal", "member", "staff"};

const char *open_plane(unsigned plane)
{
	return plane < OPEN_PLANES ? planes[plane] : "";
}

struct reading {
	const struct open_how *how;
	struct open_found found;
	FILE *out;
	json_t *head;
	size_t signer;		/* of the head, among the log's keys */
	json_t *askers;		/* asker keys, by "<key id>/<month>" */
	int64_t last_index;	/* -1: none yet */
	json_t *last_number;	/* of each pseudonym */
	json_t *questions;	/* signed ones, to the index that bears each */
	struct hash_stream *sum;	/* of the lines so far */
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

static bool is_text(struct span s)
{
	json_t *o = json_stringn(s.n ? (const char *)s.p : "", s.n);

	json_decref(o);
	return o != NULL;
}

/* Can JSON say it? Whoever sealed it chose the bytes. */
static bool can_be_told(const struct opening *o)
{
	return o->care_day >= DATE_FIRST && o->care_day <= DATE_LAST &&
	    is_text(o->site) && is_text(o->rpps) && is_text(o->domain) &&
	    is_text(o->path) && is_text(o->params);
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
	if (!can_be_told(&t->o))
		return N_("its opening holds a text that is not UTF-8, or a "
		    "day that no calendar has");
	return NULL;
}

/* Is the leaf in the signed tree, at its place? What cannot be read says neither
 * yes nor no. */
static const char *look_in_log(struct reading *r, const struct entry *t)
{
	uint8_t want[HASH_SIZE], got[HASH_SIZE];
	struct buf proof;
	enum err e;

	tree_leaf_hash(span_of(t->bytes, LEAF_SIZE), want);
	buf_init(&proof, PROOF_MAX);
	e = proof_make(r->how->folder, &r->how->keys[r->how->key_count - 1],
	    t->index, &proof, got);
	buf_release(&proof);
	r->found.unread = e == ERR_UNKNOWN || e == ERR_IO || e == ERR_NOMEM;
	if (r->found.unread)
		return N_("a public file that proves its leaf is missing or "
		    "cannot be read");
	if (e == ERR_CRYPTO)
		return N_("the checkpoint of the public files is not signed by "
		    "the log's key");
	if (e == ERR_RANGE)
		return N_("its place is behind the checkpoint of the public "
		    "files: fetch newer ones");
	return e || memcmp(want, got, HASH_SIZE) != 0 ?
	    N_("its leaf is not in the log at that place") : NULL;
}

/* Is it of the cell that the head names, or does an asker's key name the leaf?
 */
static bool is_named(const struct reading *r, const struct entry *t)
{
	char name[SIGN_KEY_ID_TEXT + 12];
	uint8_t pseudonym[LEAF_ASKER];
	struct secret key;
	bool good;

	if (r->found.cell > 0)
		return r->found.cell == t->o.cell;
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

/* Whoever wrote the numbers chose them: no sum of them comes round to 0. */
static void add_holes(struct open_found *f, uint64_t n)
{
	f->holes = f->holes > UINT64_MAX - n ? UINT64_MAX : f->holes + n;
}

/* Behind the one before it, in the file as in the log: no entry twice in the
 * place of another. An asker's numbers rise with the indexes. */
static bool is_next(struct reading *r, const struct entry *t)
{
	char asker[2 * LEAF_ASKER + 1];
	json_int_t number = (json_int_t)t->leaf.sequence, before;

	text_hex(t->leaf.asker, LEAF_ASKER, asker);
	before = json_integer_value(json_object_get(r->last_number, asker));
	if ((int64_t)t->index <= r->last_index || number <= before)
		return false;
	r->last_index = (int64_t)t->index;
	if (before > 0 && r->found.cell == 0)
		add_holes(&r->found, (uint64_t)(number - before - 1));
	return json_object_set_new(
	    r->last_number, asker, json_integer(number)) == 0;
}

static bool is_of_interval(const struct reading *r, const struct entry *t)
{
	return t->leaf.time_ms >= r->found.from_ms &&
	    t->leaf.time_ms < r->found.to_ms;
}

/* Under the name that its plane had: as given, or as the head says. */
static bool is_signed(const struct reading *r, const struct entry *t)
{
	unsigned plane = t->leaf.plane;	/* leaf_unpack: 1 to 4 */
	const char *authority = r->how->authority[plane];

	if (!authority)
		authority = json_string_value(json_object_get(
		    json_object_get(r->head, "authorities"), planes[plane]));
	return authority && t->spki_size > 0 && !open_signed(&t->o,
	    span_of(t->spki, t->spki_size), span_str(authority),
	    t->leaf.time_ms);
}

/* What was signed, once however it was signed: an ECDSA signature can be spelled
 * in two ways. The lines of a bundle are signed together, and stand apart. */
static void question_name(
    const struct opening *o, char out[static 2 * HASH_SIZE + 1])
{
	const uint8_t apart[2] = {o->line, (uint8_t)o->path.n};
	const struct span parts[] = {span_of(o->key_id, SIGN_KEY_ID),
	    span_of(o->digest, HASH_SIZE), span_of(apart, sizeof(apart)),
	    o->path, o->params};
	uint8_t hash[HASH_SIZE];

	hash_sha256_parts(parts, sizeof(parts) / sizeof(parts[0]), hash);
	text_hex(hash, HASH_SIZE, out);
}

/* A question is answered once. Whoever writes the journal has its signature, and
 * no other: which entry before bears the same? -1: none. */
static bool note_question(
    struct reading *r, const struct entry *t, json_int_t *ret_again)
{
	char name[2 * HASH_SIZE + 1];
	const json_t *first;

	*ret_again = -1;
	if (!t->is_signed)
		return true;
	question_name(&t->o, name);
	first = json_object_get(r->questions, name);
	if (!first)
		return json_object_set_new(r->questions, name,
		    json_integer((json_int_t)t->index)) == 0;
	*ret_again = json_integer_value(first);
	r->found.again_count++;
	return true;
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

/* again: as note_question says. */
static void tell(
    const struct reading *r, const struct entry *t, json_int_t again)
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
	    r->how->folder ? json_true() : json_null(), "time", stamp, "plane",
	    open_plane(t->leaf.plane), "decision",
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
	if (again >= 0)
		(void)json_object_set_new(o, "again", json_integer(again));
	(void)json_dumpf(o, r->out, JSON_COMPACT);
	(void)putc('\n', r->out);
	json_decref(o);
}

static const char *take_entry(struct reading *r, const json_t *line)
{
	struct entry t;
	json_int_t again;
	const char *fault = read_entry(line, &t);

	if (!fault && r->how->folder)
		fault = look_in_log(r, &t);
	if (!fault && !is_named(r, &t))
		fault = N_("it is not of the mutuelle or asker that the head "
		    "names");
	if (!fault && !is_of_interval(r, &t))
		fault = N_("it is not of the interval that the head names");
	if (!fault && !is_next(r, &t))
		fault = N_("it does not come behind the entry before it");
	if (!fault) {
		t.is_signed = is_signed(r, &t);
		r->found.unsigned_count += !t.is_signed;
		if (!note_question(r, &t, &again))
			fault = N_("cannot be read");
		else
			tell(r, &t, again);
	}
	secret_wipe(&t, sizeof(t));
	r->found.count++;
	return fault;
}

/* What names one key's leaves of a month. */
static const char *take_asker(struct reading *r, json_t *line)
{
	char name[SIGN_KEY_ID_TEXT + 12];
	const char *asker = json_string_value(json_object_get(line, "asker"));
	json_int_t month = json_integer_value(json_object_get(line, "month"));

	if (!asker || strlen(asker) >= SIGN_KEY_ID_TEXT || month <= 0 ||
	    month > UINT32_MAX || r->found.count > 0)
		return N_("not an asker of a release");
	if (!r->found.asker[0])
		(void)snprintf(r->found.asker, sizeof(r->found.asker), "%s",
		    asker);
	r->found.askers |= strcmp(r->found.asker, asker) != 0;
	(void)snprintf(
	    name, sizeof(name), "%s/%u", asker, (unsigned)month);
	if (json_object_set(r->askers, name, json_object_get(line, "key")))
		return N_("not an asker of a release");
	return NULL;
}

static bool time_of(const json_t *head, const char *name, int64_t *ret)
{
	const char *text = json_string_value(json_object_get(head, name));

	return text && !date_parse_stamp(span_str(text), ret);
}

/* Whose entries, of when, and how many: each is of the form that it has. */
static bool read_head(struct open_found *f, const json_t *head)
{
	const json_t *cell = json_object_get(head, "cell");
	json_int_t n = json_integer_value(cell);

	if (!time_of(head, "from", &f->from_ms) ||
	    !time_of(head, "to", &f->to_ms) ||
	    !json_is_integer(json_object_get(head, "count")) ||
	    (cell && (n < 1 || n > UINT32_MAX)))
		return false;
	f->cell = (uint32_t)n;
	return true;
}

/*
 * A release bears the keys of its day, and the log's may have turned since, or
 * since one was pinned. nth: the newest of its keys that signed the head.
 */
static bool find_signer(const struct open_how *how, struct span note,
    size_t *ret_nth)
{
	struct checkpoint c;

	for (size_t n = how->key_count; n > 0; n--)
		if (!checkpoint_verify(note, &how->keys[n - 1], &c)) {
			*ret_nth = n - 1;
			return true;
		}
	return false;
}

/* The head's checkpoint is the log's own, if its key is known. */
static const char *take_head(struct reading *r, json_t *line)
{
	const char *note =
	    json_string_value(json_object_get(line, "checkpoint"));
	const char *form = json_string_value(json_object_get(line, "release"));
	const struct open_how *how = r->how;

	if (!form || strcmp(form, "ecluse/release/v1") != 0 || !note ||
	    !read_head(&r->found, line))
		return N_("not a file of ecluse journal release");
	r->head = json_incref(line);
	if (how->key_count == 0)
		return NULL;
	if (!find_signer(how, span_str(note), &r->signer))
		return N_("its checkpoint is not signed by this log's key");
	r->found.turns = how->key_count - 1 - r->signer;
	return NULL;
}

/* By the key that signed the head, or one behind it. */
static bool is_end_signed(const struct reading *r, struct span note)
{
	const struct open_how *how = r->how;

	for (size_t n = r->signer; n < how->key_count; n++)
		if (!ending_verify(note, &how->keys[n]))
			return true;
	return how->key_count == 0;
}

/* The last line, which the keeper signs: what was read so far is all of it. */
static const char *take_end(struct reading *r, const json_t *line)
{
	const char *text = json_string_value(json_object_get(line, "end"));
	struct span note = span_str(text ? text : "");
	struct ending end = {.count = 0};
	uint8_t hash[HASH_SIZE];

	hash_stream_end(r->sum, hash);
	r->found.ended = true;
	r->found.whole = !ending_read(note, &end) &&
	    end.count == r->found.count &&
	    memcmp(end.hash, hash, HASH_SIZE) == 0 &&
	    is_end_signed(r, note);
	return NULL;
}

static const char *take_line(struct reading *r, json_t *line)
{
	if (!json_is_object(line))
		return N_("not a JSON object");
	if (r->found.ended)
		return N_("it stands behind the end");
	if (!r->head)
		return take_head(r, line);
	if (json_object_get(line, "end"))
		return take_end(r, line);
	return json_object_get(line, "asker") ? take_asker(r, line) :
	    take_entry(r, line);
}

static const char *take_lines(struct reading *r, struct lines *in)
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
		if (!r->found.ended) {
			hash_stream_put(r->sum, span_of(text, n));
			hash_stream_put(r->sum, span_str("\n"));
		}
	}
	if (!fault && e != ERR_CLOSED) {
		fault = N_("cannot be read");
		r->found.unread = e == ERR_IO || e == ERR_NOMEM;
	}
	if (!fault && (!r->head || json_integer_value(json_object_get(
	    r->head, "count")) != (json_int_t)r->found.count))
		fault = N_("entries are missing");
	return fault;
}

enum err open_lines(const struct open_how *how, struct lines *in, FILE *out,
    struct open_found *ret)
{
	struct reading r = {.how = how, .out = out, .last_index = -1,
	    .sum = hash_stream_new(), .askers = json_object(),
	    .last_number = json_object(), .questions = json_object()};
	enum err e = r.sum && r.askers && r.last_number && r.questions ?
	    ERR_OK : ERR_NOMEM;

	if (!e) {
		r.found.fault = take_lines(&r, in);
		*ret = r.found;
	}
	hash_stream_free(r.sum);
	json_decref(r.head);
	json_decref(r.askers);
	json_decref(r.last_number);
	json_decref(r.questions);
	return e;
}
