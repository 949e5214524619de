/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include "base/file.h"
#include "base/log.h"
#include "base/text.h"
#include "crypto/aead.h"
#include "keeper/decoys.h"
#include "keeper/keeper.h"

#define MAGIC "ecluse-decoys-v1\n"
#define LABEL "ecluse/decoys/v1"
/* hash is not in the file: it is made anew */
#define SET_MOST (DECOYS_SALT + 16 + DECOYS_TAGS * RIGHTS_TAG)
#define FILE_MOST (sizeof(MAGIC) + AEAD_NONCE + 2 +                           \
	DECOYS_SETS * (size_t)SET_MOST + AEAD_TAG)

static void pack_set(const struct decoys_set *s, struct buf *out)
{
	buf_put(out, s->salt, sizeof(s->salt));
	buf_put_u32(out, s->cell);
	buf_put_u16(out, s->persons);
	buf_put_u16(out, s->tag_count);
	buf_put_u64(out, (uint64_t)s->made_ms);
	buf_put(out, s->tags, s->tag_count * sizeof(s->tags[0]));
}

void decoys_hash(const struct decoys_set *s, uint8_t out[static HASH_SIZE])
{
	struct buf b;

	buf_init(&b, SET_MOST);
	pack_set(s, &b);
	hash_sha256_parts((const struct span[]){span_str(LABEL),
	    buf_span(&b)}, 2, out);
	if (b.p)
		secret_wipe(b.p, b.cap);
	buf_release(&b);
}

static enum err unpack_set(struct reader *r, struct decoys *d)
{
	struct decoys_set *s = calloc(1, sizeof(*s));

	if (!s)
		return ERR_NOMEM;
	read_copy(r, s->salt, sizeof(s->salt));
	s->cell = read_u32(r);
	s->persons = read_u16(r);
	s->tag_count = read_u16(r);
	s->made_ms = (int64_t)read_u64(r);
	if (!r->bad && s->tag_count <= DECOYS_TAGS && s->persons > 0)
		read_copy(r, s->tags, s->tag_count * sizeof(s->tags[0]));
	else
		r->bad = true;
	if (r->bad || d->count == DECOYS_SETS) {
		free(s);
		return ERR_CORRUPT;
	}
	decoys_hash(s, s->set);
	d->sets[d->count++] = s;
	return ERR_OK;
}

static void file_key(const struct keeper *k, struct secret *ret)
{
	hash_hkdf(span_of(NULL, 0),
	    span_of(k->keys->question.key, SECRET_SIZE), span_str(LABEL),
	    ret->key, SECRET_SIZE);
}

/* Sets out of the sealed bytes of the file. */
static enum err open_file(struct keeper *k, struct span file)
{
	struct reader r = reader_of(file);
	struct secret key;
	const uint8_t *nonce;
	struct span sealed;
	struct buf plain;
	uint8_t *p;
	enum err e;

	if (!span_is(read_bytes(&r, strlen(MAGIC)), MAGIC))
		return ERR_SHAPE;
	nonce = read_bytes(&r, AEAD_NONCE).p;
	sealed = read_bytes(&r, reader_left(&r));
	if (r.bad || sealed.n < AEAD_TAG + 2)
		return ERR_SHAPE;
	buf_init(&plain, FILE_MOST);
	p = buf_extend(&plain, sealed.n - AEAD_TAG);
	file_key(k, &key);
	e = p ? aead_open(&key, nonce, span_str(LABEL), sealed, p) :
	    ERR_NOMEM;
	secret_wipe(&key, sizeof(key));
	r = reader_of(buf_span(&plain));
	for (unsigned n = e ? 0 : read_u16(&r); n > 0 && !e; n--)
		e = unpack_set(&r, k->decoys);
	if (!e && !reader_done(&r))
		e = ERR_CORRUPT;
	if (plain.p)
		secret_wipe(plain.p, plain.cap);
	buf_release(&plain);
	return e;
}

static enum err path_of(const struct keeper *k, char out[static PATH_MAX])
{
	return file_path(out, PATH_MAX, k->dir, "keeper/decoys");
}

static enum err seal_file(const struct keeper *k, struct buf *file)
{
	const struct decoys *d = k->decoys;
	uint8_t nonce[AEAD_NONCE], *sealed;
	struct secret key;
	struct buf plain;
	enum err e;

	buf_init(&plain, FILE_MOST);
	buf_put_u16(&plain, (uint16_t)d->count);
	for (size_t i = 0; i < d->count; i++)
		pack_set(d->sets[i], &plain);
	random_fill(&k->random, nonce, sizeof(nonce));
	buf_text(file, MAGIC);
	buf_put(file, nonce, sizeof(nonce));
	sealed = buf_extend(file, plain.n + AEAD_TAG);
	e = plain.err ? plain.err : file->err;
	file_key(k, &key);
	if (!e)
		e = aead_seal(&key, nonce, span_str(LABEL), buf_span(&plain),
		    sealed);
	secret_wipe(&key, sizeof(key));
	if (plain.p)
		secret_wipe(plain.p, plain.cap);
	buf_release(&plain);
	return e;
}

static enum err save(const struct keeper *k)
{
	char path[PATH_MAX];
	struct buf file;
	enum err e = path_of(k, path);

	buf_init(&file, FILE_MOST);
	if (!e)
		e = seal_file(k, &file);
	if (!e)
		e = file_replace(path, buf_span(&file), 0600);
	buf_release(&file);
	return e;
}

static bool is_planted(const struct registry *r, const struct decoys_set *s)
{
	for (size_t i = 0; i < r->decoy_count; i++)
		if (memcmp(r->decoys[i].set, s->set, HASH_SIZE) == 0 &&
		    r->decoys[i].withdrawn_ms == 0 &&
		    r->decoys[i].cell == s->cell &&
		    r->decoys[i].persons == s->persons)
			return true;
	return false;
}

/* Its persons are decoys no more, and may be members one day. The names stay
 * until room is needed: a backup whose registry is a little older has them. */
static bool is_withdrawn(
    const struct registry *r, const struct decoys_set *s)
{
	for (size_t i = 0; i < r->decoy_count; i++)
		if (memcmp(r->decoys[i].set, s->set, HASH_SIZE) == 0)
			return r->decoys[i].withdrawn_ms != 0;
	return false;
}

static size_t planted_here(const struct keeper *k)
{
	size_t here = 0;

	for (size_t i = 0; i < k->decoys->count; i++)
		here += is_planted(k->registry, k->decoys->sets[i]) ? 1 : 0;
	return here;
}

/* Every living set of the registry is here. */
static bool all_here(const struct keeper *k)
{
	size_t living = 0;

	for (size_t i = 0; i < k->registry->decoy_count; i++)
		living += k->registry->decoys[i].withdrawn_ms == 0 ? 1 : 0;
	return planted_here(k) == living;
}

enum err decoys_settle(struct keeper *k)
{
	struct decoys *d = k->decoys;
	enum err e = ERR_OK;

	if (!all_here(k)) {
		log_say(LOG_ERROR, "keeper/decoys has not the decoys of the "
		    "registry: an old copy? See docs/operations.md");
		return ERR_CORRUPT;
	}
	map_release(&d->names);
	map_init(&d->names);
	for (size_t i = 0; i < d->count && !e; i++) {
		const struct decoys_set *s = d->sets[i];
		uint32_t what = is_planted(k->registry, s) ? DECOYS_PLANTED :
		    DECOYS_MADE;

		if (is_withdrawn(k->registry, s))
			continue;
		for (size_t j = 0; j < s->tag_count && !e; j++)
			e = map_put(&d->names,
			    span_of(s->tags[j], RIGHTS_TAG), what);
	}
	return e;
}

enum err decoys_open(struct keeper *k)
{
	char path[PATH_MAX];
	struct buf file;
	enum err e = path_of(k, path);

	k->decoys = calloc(1, sizeof(*k->decoys));
	if (!k->decoys)
		return ERR_NOMEM;
	map_init(&k->decoys->names);
	buf_init(&file, FILE_MOST);
	if (!e)
		e = file_read(path, &file);
	if (!e)
		e = open_file(k, buf_span(&file));
	buf_release(&file);
	if (e == ERR_UNKNOWN)
		e = ERR_OK;
	if (e) {
		log_say(LOG_ERROR, "keeper/decoys: altered, or of another "
		    "instance: put the right one back (docs/operations.md)");
		return ERR_CORRUPT;
	}
	tagger_decoys(k->tagger, &k->decoys->names);
	return decoys_settle(k);
}

static void forget(struct decoys *d, size_t i)
{
	secret_wipe(d->sets[i], sizeof(*d->sets[i]));
	free(d->sets[i]);
	d->count--;
	memmove(&d->sets[i], &d->sets[i + 1],
	    (d->count - i) * sizeof(d->sets[0]));
}

void decoys_close(struct keeper *k)
{
	if (!k->decoys)
		return;
	while (k->decoys->count > 0)
		forget(k->decoys, k->decoys->count - 1);
	map_release(&k->decoys->names);
	free(k->decoys);
}

/* Of those that no act has named, or one withdrew, the oldest makes room. */
static void make_room(struct keeper *k)
{
	struct decoys *d = k->decoys;
	size_t waiting = d->count - planted_here(k);

	for (size_t i = 0; i < d->count && waiting >= DECOYS_WAITING;) {
		if (is_planted(k->registry, d->sets[i])) {
			i++;
			continue;
		}
		forget(d, i);
		waiting--;
	}
}

enum err decoys_keep(struct keeper *k, struct decoys_set *set)
{
	struct decoys *d = k->decoys;
	enum err e;

	make_room(k);
	decoys_hash(set, set->set);
	d->sets[d->count++] = set;
	e = save(k);
	if (e)
		forget(d, d->count - 1);
	return e ? e : decoys_settle(k);
}

const char *decoys_fault(const struct keeper *k, struct span text)
{
	struct act_line line = {0};
	struct act_head head;
	uint8_t set[HASH_SIZE];
	struct span rest;

	if (act_head(text, &head, &rest) || act_next(&rest, &line) ||
	    !span_is(line.word, "decoy") || act_value(&line, "set").n == 0 ||
	    act_value(&line, "withdraw").n > 0 ||
	    text_unhex(act_value(&line, "set"), set, sizeof(set)))
		return NULL;
	for (size_t i = 0; i < k->decoys->count; i++) {
		const struct decoys_set *s = k->decoys->sets[i];
		const struct registry_insurer *insurer =
		    registry_of_cell(k->registry, s->cell);
		uint64_t persons = 0;

		if (memcmp(s->set, set, HASH_SIZE) == 0 && insurer &&
		    span_is(act_value(&line, "amc"), insurer->amc) &&
		    !text_u64(act_value(&line, "persons"), LIMIT_DECOYS,
			&persons) && persons == s->persons)
			return NULL;
	}
	return "the keeper has no such set: ecluse decoy plant makes it";
}

void decoys_hit(struct keeper *k, const struct slot *s)
{
	struct decoys *d = k->decoys;
	const struct registry_insurer *insurer =
	    registry_of_cell(k->registry, s->ask.cell);

	for (size_t i = 0; i < d->hit_count; i++)
		if (d->hits[i].key == s->key && d->hits[i].plane == s->plane &&
		    d->hits[i].cell == s->ask.cell) {
			d->more++;
			return;
		}
	if (d->hit_count == DECOYS_HITS) {
		d->more++;
		return;
	}
	d->hits[d->hit_count++] = (struct decoys_hit){
	    .slot = slots_ref(k->slots, s),
	    .key = s->key, .site = s->ask.site, .cell = s->ask.cell,
	    .plane = s->plane, .closes = insurer && insurer->decoy_closes};
}

/* Two people decided that a hit of this cell closes the key that asked. */
static void react(struct keeper *k, const struct decoys_hit *hit)
{
	uint8_t root[HASH_SIZE];
	enum err e;

	if (!hit->closes)
		return;
	e = ledger_close_key(k->ledger, k->keys->registry,
	    k->registry->keys[hit->key].id, &k->random, keeper_now(k));
	if (e == ERR_IO) {
		keeper_fail(k, "the registry cannot be written", e);
	} else if (!e) {
		ledger_root(k->ledger, root);
		book_registry(k->book, ledger_size(k->ledger), root);
		log_say(LOG_WARN, "key %u closed: it asked about a decoy "
		    "(registry entry %llu)", hit->key + 1,
		    (unsigned long long)ledger_size(k->ledger) - 1);
	} else if (e != ERR_EXISTS) {
		log_say(LOG_ERROR, "key %u not closed: %s", hit->key + 1,
		    err_text(e));
	}
}

void decoys_say(struct keeper *k)
{
	struct decoys *d = k->decoys;
	size_t later = 0;

	for (size_t i = 0; i < d->hit_count && !k->failed; i++) {
		if (slots_find(k->slots, d->hits[i].slot)) {
			d->hits[later++] = d->hits[i];
			continue;
		}
		react(k, &d->hits[i]);
		log_say(LOG_WARN, "alarm: decoy (site %u, key %u, cell %u, "
		    "plane %u): ecluse decoy list", d->hits[i].site,
		    d->hits[i].key + 1, d->hits[i].cell, d->hits[i].plane);
	}
	if (d->more)
		log_say(LOG_WARN, "alarm: decoy, %zu times more", d->more);
	d->hit_count = later;
	d->more = 0;
}
