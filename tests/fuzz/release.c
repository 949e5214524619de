/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an auditor reads out of a file that was carried to him: a release,
 * line by line, with the end that the keeper signs, and the asker's own
 * signature out of each opening. What is told of an entry is whole and holds
 * no key; and nothing that was signed is believed with a bit changed, or with
 * a line left out.
 *
 * A stranger's bytes open nothing by chance, so the input is a file as it is,
 * lines behind which an end is signed, or fields of entries that are sealed
 * and signed here.
 */
#include <jansson.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "base/date.h"
#include "base/random.h"
#include "base/text.h"
#include "cli/open_lines.h"
#include "crypto/httpsig.h"
#include "fuzz.h"
#include "journal/checkpoint.h"
#include "journal/ending.h"
#include "journal/months.h"
#include "journal/opening.h"

#define ROOM (1u << 20)
#define LINE 65536
#define FIELDS 20	/* of what is told of an entry */
#define ENTRIES 6	/* of a file made here */
#define ORIGIN "fuzz.example/journal"
#define AUTHORITY "fuzz.example:8443"
#define FROM "2026-11-01T00:00:00Z"
#define TO "2026-12-01T00:00:00Z"
#define FROM_MS INT64_C(1793491200000)
#define CELL 3
#define PARAMS "(\"@method\" \"@authority\" \"@path\" \"content-digest\")" \
	";created=%lld;expires=%lld;nonce=\"A2crG5G1xb3g9LA-L4dRIQ\"" \
	";keyid=\"%s\";tag=\"ecluse-v1\""
/* Of the drill whose releases are kept: its private half is gone. */
#define DRILL "drill.ecluse.example/journal+86817312+" \
	"ATV3AVXuMue/9YrsKm8sv7fqduu3FjwJUvNHMrFk7f3C"

static struct {
	struct sign_private *log, *stranger, *ed25519, *p256;
	struct open_how own, drill, unkeyed;
	struct secret asker, entry;
	uint8_t pseudonym[LEAF_ASKER], p256_id[SIGN_KEY_ID];
	char params[OPENING_PARAMS];	/* of the entry that is made */
	struct span in;		/* of this run */
} world;

static void begin(void)
{
	static const uint8_t seeds[3][SIGN_ED25519_KEY] = {{1}, {2}, {3}};
	static struct random_seeded seed;
	struct random random = random_from_seed(&seed, 9);
	struct note_key *key = &world.own.keys[0];

	if (world.log)
		return;
	must(sign_private_ed25519(seeds[0], &world.log) == ERR_OK);
	must(sign_private_ed25519(seeds[1], &world.stranger) == ERR_OK);
	must(sign_private_ed25519(seeds[2], &world.ed25519) == ERR_OK);
	must(sign_private_make(SIGN_P256, &random, &world.p256) == ERR_OK);
	sign_public_id(sign_private_public(world.p256), world.p256_id);
	must(note_key_make(span_str(ORIGIN), sign_public_raw(
	    sign_private_public(world.log)), key) == ERR_OK);
	world.own.key_count = 1;
	key = &world.drill.keys[0];
	must(note_key_parse(span_str(DRILL), key) == ERR_OK);
	world.drill.key_count = 1;
	memset(&world.asker, 4, sizeof(world.asker));
	memset(&world.entry, 5, sizeof(world.entry));
	months_pseudonym(&world.asker, world.pseudonym);
}

/* --- a run of the reader --- */

struct ran {
	struct open_found found;
	char *told;	/* to be freed */
	size_t told_n;
};

static void open_span(
    struct span file, const struct open_how *how, struct ran *ret)
{
	char path[32];
	int fd = memfd_create("release", MFD_CLOEXEC);
	struct lines in;
	FILE *out;

	must(fd >= 0);
	must(write(fd, file.n ? file.p : (const uint8_t *)"", file.n) ==
	    (ssize_t)file.n);
	must(snprintf(path, sizeof(path), "/dev/fd/%d", fd) > 0);
	must(lines_open(&in, path, LINE) == ERR_OK);
	out = open_memstream(&ret->told, &ret->told_n);
	must(out);
	must(open_lines(how, &in, out, &ret->found) == ERR_OK);
	must(fclose(out) == 0);
	lines_close(&in);
	must(close(fd) == 0);
}

static const char *text_of(const json_t *o, const char *name)
{
	const char *text = json_string_value(json_object_get(o, name));

	must(text);
	return text;
}

/* One line of what is told; gives its index. */
static json_int_t told_line(
    struct span line, bool *ret_signed, uint64_t *again)
{
	json_t *o = json_loadb((const char *)line.p, line.n,
	    JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, NULL);
	json_int_t index = json_integer_value(json_object_get(o, "index"));
	const json_t *first = json_object_get(o, "again");
	char day[DATE_TEXT_SIZE];
	int32_t care;
	int64_t ms;

	must(o && json_object_size(o) == FIELDS + (first ? 1 : 0));
	must(!first || (json_integer_value(first) >= 0 &&
	    json_integer_value(first) < index));
	*again += first ? 1 : 0;
	must(json_integer_value(json_object_get(o, "sequence")) > 0);
	must(json_is_null(json_object_get(o, "in_log")));
	must(date_parse_stamp(span_str(text_of(o, "time")), &ms) == ERR_OK);
	must(date_parse(span_str(text_of(o, "care_day")), &care) == ERR_OK);
	date_format(care, day);
	must(strcmp(day, text_of(o, "care_day")) == 0);
	must(text_of(o, "plane")[0] &&
	    strcmp(text_of(o, "decision"), "unknown decision") != 0);
	must(strlen(text_of(o, "asker")) == SIGN_KEY_ID_TEXT - 1);
	(void)text_of(o, "site");
	(void)text_of(o, "rpps");
	(void)text_of(o, "domain");
	(void)text_of(o, "path");
	(void)text_of(o, "params");
	must(json_is_boolean(json_object_get(o, "signed")));
	*ret_signed = json_is_true(json_object_get(o, "signed"));
	json_decref(o);
	return index;
}

/* What the reader says of itself and what it told are one. */
static void agree(const struct ran *r)
{
	struct span rest = span_of(r->told, r->told_n);
	uint64_t lines = 0, bare = 0, again = 0;
	json_int_t last = -1;

	while (rest.n > 0) {
		bool good;
		json_int_t index;

		must(memchr(rest.p, '\n', rest.n));
		index = told_line(line_of(&rest), &good, &again);
		must(index > last);
		last = index;
		bare += !good;
		lines++;
	}
	must(bare == r->found.unsigned_count);
	must(again == r->found.again_count);
	must(lines == r->found.count ||
	    (r->found.fault && lines + 1 == r->found.count));
	must(!r->found.whole || r->found.ended);
}

/* Unless the input has it in a text. */
static void not_told(const struct ran *r, const struct secret *key)
{
	char text[TEXT_B64_SIZE(SECRET_SIZE)];
	size_t n = text_b64url(key->key, SECRET_SIZE, text);

	must(!memmem(r->told, r->told_n, text, n) ||
	    memmem(world.in.p, world.in.n, text, n));
}

/* Read, looked at, and believed? */
static bool believed(
    struct span file, const struct open_how *how, struct open_found *ret)
{
	struct ran r;

	open_span(file, how, &r);
	agree(&r);
	not_told(&r, &world.asker);
	not_told(&r, &world.entry);
	free(r.told);
	if (ret)
		*ret = r.found;
	return !r.found.fault && r.found.whole;
}

/* --- a file as it is --- */

/* Lines as the reader takes them, up to the last one, have the hash that it
 * says. */
static void the_end_fits(struct span file)
{
	struct hash_stream *sum = hash_stream_new();
	char hex[2 * HASH_SIZE + 1];
	uint8_t hash[HASH_SIZE];
	struct span line;
	json_t *end;

	must(sum);
	if (file.n >= 3 && memcmp(file.p, "\xef\xbb\xbf", 3) == 0)
		file = span_of(file.p + 3, file.n - 3);
	for (;;) {
		line = line_of(&file);
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		if (file.n == 0)
			break;
		hash_stream_put(sum, line);
		hash_stream_put(sum, span_str("\n"));
	}
	hash_stream_end(sum, hash);
	hash_stream_free(sum);
	text_hex(hash, sizeof(hash), hex);
	end = json_loadb((const char *)line.p, line.n, 0, NULL);
	must(end && strstr(text_of(end, "end"), hex));
	json_decref(end);
}

/* Nobody signed it with the key of here; with the drill's it is the drill's. */
static void as_it_is(struct span file)
{
	must(!believed(file, &world.own, NULL));
	if (believed(file, &world.unkeyed, NULL)) {
		met("a release as it lies there");
		the_end_fits(file);
	}
	else
		must(!believed(file, &world.drill, NULL));
}

/* --- an end that is signed here --- */

static void put_json(struct buf *out, json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT);

	must(text);
	buf_text(out, text);
	buf_text(out, "\n");
	must(!out->err);
	free(text);
	json_decref(o);
}

static void put_end(
    struct buf *file, uint64_t count, const struct sign_private *key)
{
	const struct sign_private *const keys[] = {key};
	struct ending end = {.count = count};
	struct buf note;

	buf_init(&note, ENDING_MAX);
	hash_sha256(buf_span(file), end.hash);
	must(ending_sign(&end, ORIGIN, keys, 1, &note) == ERR_OK);
	put_json(file, json_pack("{s:s%}", "end", note.p, note.n));
	buf_release(&note);
}

/* A bit of what stands before the end is another, or a line is away. */
static void changed(struct span file, size_t before, const struct open_how *how,
    uint32_t chance)
{
	struct buf other;
	size_t at = chance / 16 % before;
	const uint8_t *from = file.p + at, *lf;

	buf_init(&other, ROOM);
	if (chance & 8) {
		buf_put_span(&other, file);
		other.p[at] ^= (uint8_t)(1u << chance % 8);
	} else {
		while (from > file.p && from[-1] != '\n')
			from--;
		lf = memchr(from, '\n', file.n - (size_t)(from - file.p));
		buf_put(&other, file.p, (size_t)(from - file.p));
		buf_put(&other, lf + 1, file.n - (size_t)(lf + 1 - file.p));
	}
	must(!other.err);
	must(!believed(buf_span(&other), how, NULL));
	buf_release(&other);
}

static bool is_plain(struct span text)
{
	return !memmem(text.p, text.n, "\r\n", 2) &&
	    (text.n < 3 || memcmp(text.p, "\xef\xbb\xbf", 3) != 0);
}

static void ended_here(struct span in)
{
	struct reader r = reader_of(in);
	uint32_t chance = read_u32(&r);
	struct open_found found;
	struct buf file;
	size_t before;

	if (r.bad)
		return;
	buf_init(&file, ROOM);
	buf_put(&file, r.p, reader_left(&r));
	if (file.n > 0 && file.p[file.n - 1] != '\n')
		buf_text(&file, "\n");
	must(!file.err);
	before = file.n;
	(void)believed(buf_span(&file), &world.unkeyed, &found);
	put_end(&file, found.count, world.log);
	must(!believed(buf_span(&file), &world.drill, NULL));
	if (!found.fault && !found.ended && is_plain(span_of(file.p, before))) {
		met("lines behind which an end is signed");
		must(believed(buf_span(&file), &world.unkeyed, NULL));
		changed(buf_span(&file), before, &world.unkeyed, chance);
	}
	buf_release(&file);
}

/* --- entries that are made here --- */

enum {	/* of a file */
	BY_CELL = 1,
	STRANGER = 2,	/* signs its end */
	GIVEN = 4,	/* the authority, by whoever reads */
};

enum {	/* of an entry */
	SIGNED = 1,
	USES_P256 = 2,
	OTHER_CELL = 4,
	OTHER_SITE = 8,	/* the signature is for another path */
	OWN_PARAMS = 16,
	NO_SPKI = 32,
	OTHER_DAY = 64,	/* the signature is for another day */
};

struct made {
	struct buf file;
	uint8_t flags;
	uint64_t count, bare, holes;	/* as the reader must find them */
	bool wrong;		/* one will be refused: the rest is not read */
	int64_t index;
	uint64_t sequence;
};

static struct span read_text(struct reader *r, size_t most)
{
	size_t n = read_u8(r) % (most + 1);

	return read_bytes(r, n < reader_left(r) ? n : reader_left(r));
}

static bool is_utf8(struct span text)
{
	json_t *o = json_stringn(text.n ? (const char *)text.p : "", text.n);

	json_decref(o);
	return o != NULL;
}

static const struct sign_private *signer(uint8_t flags)
{
	return flags & USES_P256 ? world.p256 : world.ed25519;
}

/* Signs o as its asker would; false: such a question bears no signature. */
static bool sign_question(struct opening *o, uint8_t flags)
{
	char hash[TEXT_B64_SIZE(HASH_SIZE)], digest[HTTPSIG_DIGEST_TEXT];
	struct httpsig_question q = {.method = span_str("POST"),
	    .authority = span_str(AUTHORITY), .path = o->path};
	struct buf base;
	enum err e;

	(void)text_b64(o->digest, HASH_SIZE, hash);
	must(snprintf(digest, sizeof(digest), "sha-256=:%s:", hash) ==
	    HTTPSIG_DIGEST_TEXT - 1);
	q.content_digest = span_str(digest);
	if (flags & OTHER_SITE)
		q.path = span_str("/fhir/Other");
	buf_init(&base, 4096);
	e = httpsig_question_base(&q, o->params, &base);
	if (!e)
		must(sign_make(signer(flags), buf_span(&base),
		    o->signature) == ERR_OK);
	buf_release(&base);
	return !e && !(flags & NO_SPKI) && span_equal(q.path, o->path);
}

/* As a client writes them at that time. */
static struct span client_params(
    const uint8_t id[static SIGN_KEY_ID], int64_t time_ms)
{
	char text[SIGN_KEY_ID_TEXT];
	long long now_s = time_ms / 1000 % 100000000000;
	int n;

	sign_key_id_text(id, text);
	n = snprintf(world.params, sizeof(world.params), PARAMS, now_s,
	    now_s + LIMIT_SIGNATURE_LIFE_S, text);
	must(n > 0 && n < (int)sizeof(world.params));
	return span_of(world.params, (size_t)n);
}

static struct opening an_opening(
    struct reader *r, uint8_t flags, int64_t time_ms)
{
	struct opening o = {.cell = flags & OTHER_CELL ? CELL + 1 : CELL};

	sign_public_id(sign_private_public(signer(flags)), o.key_id);
	o.number = read_u64(r);
	o.proof = read_u8(r) & OPENING_PROOF_ALL;
	o.care_day = (int32_t)read_u32(r);
	o.line = read_u8(r) % (LIMIT_BUNDLE_LINES + 1);
	o.site = read_text(r, OPENING_SITE);
	o.rpps = read_text(r, OPENING_RPPS);
	o.domain = read_text(r, LIMIT_DOMAIN);
	o.path = read_text(r, OPENING_PATH);
	o.params = flags & OWN_PARAMS ? read_text(r, OPENING_PARAMS) :
	    client_params(o.key_id, flags & OTHER_DAY ?
		time_ms + DATE_DAY_MS : time_ms);
	return o;
}

static struct leaf a_leaf(struct reader *r, struct made *m)
{
	struct leaf l = {.kind = LEAF_ASKED, .purpose = 1};

	memcpy(l.asker, world.pseudonym, LEAF_ASKER);
	l.plane = 1 + read_u8(r) % 4;
	l.decision = (uint8_t)(1 + read_u8(r) % (LEAF_DECISION_COUNT - 1));
	l.existed = read_u8(r) & 1;
	/* a day of the interval, or whatever */
	l.time_ms = (int64_t)(read_u64(r) >> 1);
	if (l.time_ms & 1)
		l.time_ms = FROM_MS + l.time_ms % (30 * DATE_DAY_MS);
	l.sequence = m->sequence + read_u8(r) % 4;
	l.sequence += l.sequence == 0;
	return l;
}

/* Would an auditor's reader take it? */
static bool is_right(const struct made *m, int64_t index, const struct leaf *l,
    const struct opening *o)
{
	return index > m->index && l->sequence > m->sequence &&
	    l->time_ms >= FROM_MS && l->time_ms < FROM_MS + 30 * DATE_DAY_MS &&
	    (!(m->flags & BY_CELL) || o->cell == CELL) &&
	    o->care_day >= DATE_FIRST && o->care_day <= DATE_LAST &&
	    is_utf8(o->site) && is_utf8(o->rpps) && is_utf8(o->domain) &&
	    is_utf8(o->path) && is_utf8(o->params);
}

/* Do the parameters, whoever chose them, say this key and this time? */
static bool is_for(const struct opening *o, int64_t time_ms)
{
	struct httpsig_input in;
	struct buf field;
	bool good;

	buf_init(&field, LIMIT_SIGNATURE_INPUT);
	buf_text(&field, "ecluse=");
	buf_put_span(&field, o->params);
	good = !httpsig_input_parse(buf_span(&field), &in) &&
	    memcmp(in.keyid, o->key_id, SIGN_KEY_ID) == 0 &&
	    in.created_s <= time_ms / 1000 + LIMIT_SKEW_S &&
	    in.expires_s >= time_ms / 1000 - LIMIT_SKEW_S - 600 &&
	    in.expires_s >= in.created_s &&
	    in.expires_s - in.created_s <= LIMIT_SIGNATURE_LIFE_S &&
	    (!in.alg || (in.alg == SIGN_P256) ==
		(memcmp(o->key_id, world.p256_id, SIGN_KEY_ID) == 0));
	buf_release(&field);
	return good;
}

static void put_bytes(json_t *o, const char *name, const void *p, size_t n)
{
	char text[TEXT_B64_SIZE(OPENING_SIZE)];

	(void)text_b64url(p, n, text);
	must(json_object_set_new(o, name, json_string(text)) == 0);
}

static void put_entry(struct made *m, struct reader *r)
{
	uint8_t flags = read_u8(r), sealed[OPENING_SIZE], bytes[LEAF_SIZE];
	int64_t index = m->index + read_u8(r) % 4;
	struct leaf l = a_leaf(r, m);
	struct opening o = an_opening(r, flags, l.time_ms);
	bool good = sign_question(&o, flags) && flags & SIGNED &&
	    is_for(&o, l.time_ms);
	struct span spki = sign_public_spki(
	    sign_private_public(signer(flags)));
	json_t *line = json_object();

	if (!(flags & SIGNED))
		o.signature[m->count] ^= 1;
	must(opening_seal(&o, &world.entry, sealed, l.commitment,
	    l.opening_hash) == ERR_OK);
	must(leaf_pack(&l, bytes) == ERR_OK);
	must(json_object_set_new(line, "index", json_integer(index)) == 0);
	put_bytes(line, "leaf", bytes, sizeof(bytes));
	put_bytes(line, "opening", sealed, sizeof(sealed));
	put_bytes(line, "key", world.entry.key, SECRET_SIZE);
	if (!(flags & NO_SPKI))
		put_bytes(line, "spki", spki.p, spki.n);
	put_json(&m->file, line);
	m->wrong |= !is_right(m, index, &l, &o);
	m->count++;
	m->bare += !good;
	if (m->count > 1 && !(m->flags & BY_CELL))
		m->holes += l.sequence - m->sequence - 1;
	m->index = index;
	m->sequence = l.sequence;
}

static void put_head(struct made *m, uint64_t count)
{
	const struct sign_private *const keys[] = {world.log};
	struct checkpoint c = {.origin = ORIGIN, .size = 9};
	struct buf note;
	json_t *o;

	buf_init(&note, ENDING_MAX);
	must(checkpoint_sign(&c, keys, 1, &note) == ERR_OK);
	o = json_pack("{s:s, s:s, s:s, s:I, s:s%}", "release",
	    "ecluse/release/v1", "from", FROM, "to", TO, "count",
	    (json_int_t)count, "checkpoint", note.p, note.n);
	must(o);
	if (m->flags & BY_CELL)
		must(json_object_set_new(o, "cell", json_integer(CELL)) == 0);
	if (!(m->flags & GIVEN))
		must(json_object_set_new(o, "authorities", json_pack(
		    "{s:s, s:s, s:s, s:s}", "flow", AUTHORITY, "portal",
		    AUTHORITY, "member", AUTHORITY, "staff", AUTHORITY)) == 0);
	put_json(&m->file, o);
	buf_release(&note);
}

/* The key that names the leaves of one asker's key. */
static void put_asker(struct made *m, const struct sign_private *key)
{
	uint8_t id[SIGN_KEY_ID];
	char text[SIGN_KEY_ID_TEXT];
	json_t *o;

	sign_public_id(sign_private_public(key), id);
	sign_key_id_text(id, text);
	o = json_pack("{s:s, s:I}", "asker", text, "month",
	    (json_int_t)date_month_of_ms(FROM_MS));
	must(o);
	put_bytes(o, "key", world.asker.key, SECRET_SIZE);
	put_json(&m->file, o);
}

static void made_here(struct span in)
{
	struct reader r = reader_of(in);
	struct made m = {.flags = read_u8(&r), .index = -1};
	uint32_t chance = read_u32(&r), count = read_u8(&r) % (ENTRIES + 1);
	struct open_how how = world.own;
	struct open_found found;
	size_t before;
	bool all;

	buf_init(&m.file, ROOM);
	put_head(&m, count);
	if (!(m.flags & BY_CELL)) {
		put_asker(&m, world.ed25519);
		put_asker(&m, world.p256);
	}
	for (unsigned i = 1; m.flags & GIVEN && i < OPEN_PLANES; i++)
		how.authority[i] = AUTHORITY;
	while (m.count < count)
		put_entry(&m, &r);
	before = m.file.n;
	put_end(&m.file, count, m.flags & STRANGER ? world.stranger :
	    world.log);
	all = believed(buf_span(&m.file), &how, &found);
	must(m.wrong == (found.fault != NULL));
	must(all == (!m.wrong && !(m.flags & STRANGER)));
	if (all && count > 0)
		met("entries that are believed");
	if (!m.wrong && m.bare < count)
		met("an entry that its asker signed");
	must(m.wrong || (found.count == count && found.ended &&
	    found.unsigned_count == m.bare && found.holes == m.holes));
	if (all)
		changed(buf_span(&m.file), before, &how, chance);
	buf_release(&m.file);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct span in = span_of(p, n);

	begin();
	world.in = in;
	switch (choose(&in, 3)) {
	case 0:
		as_it_is(in);
		break;
	case 1:
		ended_here(in);
		break;
	default:
		made_here(in);
	}
	return 0;
}
