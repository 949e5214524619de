/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "registry/keyring.h"

/*
 * keys.sealed: "ECK2" | nonce (12) | AES-256-GCM of u32 count, then rows of
 * u8 kind | u32 generation | i64 made | 32 bytes, under HKDF(root key,
 * "ecluse/keyring/v2"). A new kind is a new number, not a new format.
 */
#define FILE_NAME "keys.sealed"
#define NEXT_NAME "keys.sealed.next"	/* keyring_prepare */
#define HEAD 4
#define ROW (1 + 4 + 8 + SECRET_SIZE)
#define PLAIN_MOST (4 + KEYRING_MOST * ROW)
#define FILE_MOST (HEAD + AEAD_NONCE + PLAIN_MOST + AEAD_TAG)

static const uint8_t head[HEAD] = {'E', 'C', 'K', '2'};

static const char *const names[KEYRING_KINDS] = {
	[KEYRING_LOG] = "log", [KEYRING_REGISTRY] = "registry",
	[KEYRING_ANSWER] = "answer", [KEYRING_PROMISE] = "promise",
	[KEYRING_SEALING] = "sealing", [KEYRING_INDEX] = "index",
	[KEYRING_REPLAY] = "replay", [KEYRING_BLINDING] = "blinding",
	[KEYRING_MONTHS] = "months", [KEYRING_SNAPSHOT] = "snapshot",
	[KEYRING_QUESTION] = "question",
};

enum keyring_kind keyring_kind_of(struct span name)
{
	for (unsigned i = 1; i < KEYRING_KINDS; i++)
		if (span_is(name, names[i]))
			return (enum keyring_kind)i;
	return (enum keyring_kind)0;
}

const char *keyring_kind_text(enum keyring_kind kind)
{
	return (unsigned)kind < KEYRING_KINDS ? names[kind] : NULL;
}

static void wrapping_key(const struct secret *root, struct secret *ret)
{
	hash_hkdf(span_of(NULL, 0), span_of(root->key, SECRET_SIZE),
	    span_str("ecluse/keyring/v2"), ret->key, SECRET_SIZE);
}

static void row_clear(struct keyring_row *r)
{
	sign_private_free(r->sign);
	hpke_key_free(r->open);
	secret_wipe(r, sizeof(*r));
}

static bool signs(enum keyring_kind kind)
{
	return kind >= KEYRING_LOG && kind <= KEYRING_PROMISE;
}

/* A row from its kind and its key: what is made of it, and its name. */
static enum err row_fill(struct keyring_row *r)
{
	enum err e = ERR_OK;

	r->name_len = HASH_SIZE;
	if (signs(r->kind)) {
		e = sign_private_ed25519(r->key.key, &r->sign);
		if (!e)
			memcpy(r->name, sign_public_raw(
			    sign_private_public(r->sign)), SIGN_ED25519_KEY);
	} else if (r->kind == KEYRING_SEALING) {
		e = hpke_key_from(r->key.key, &r->open);
		if (!e)
			hpke_key_public(r->open, r->name);
		r->name_len = HPKE_PUBLIC;
	} else {
		hash_hmac(span_of(r->key.key, SECRET_SIZE),
		    span_str("ecluse/key-name/v1"), r->name);
	}
	return e;
}

const struct keyring_row *keyring_at(
    const struct keyring *k, enum keyring_kind kind, uint32_t generation)
{
	for (size_t i = 0; i < k->count; i++)
		if (k->rows[i].kind == kind &&
		    k->rows[i].generation == generation)
			return &k->rows[i];
	return NULL;
}

const struct keyring_row *keyring_newest(
    const struct keyring *k, enum keyring_kind kind)
{
	const struct keyring_row *newest = NULL;

	for (size_t i = 0; i < k->count; i++)
		if (k->rows[i].kind == kind && (!newest ||
		    k->rows[i].generation > newest->generation))
			newest = &k->rows[i];
	return newest;
}

size_t keyring_signers(const struct keyring *k, enum keyring_kind kind,
    uint32_t most, const struct sign_private **ret, size_t room)
{
	const struct keyring_row *r;
	size_t n = 0;

	for (uint32_t g = most; g > 0 && n < room; g--) {
		r = keyring_at(k, kind, g);
		if (r && r->sign)
			ret[n++] = r->sign;
	}
	return n;
}

enum err keyring_use(
    struct keyring *k, enum keyring_kind kind, uint32_t generation)
{
	struct sign_private **signers[] = {[KEYRING_LOG] = &k->log,
	    [KEYRING_REGISTRY] = &k->registry, [KEYRING_ANSWER] = &k->answer,
	    [KEYRING_PROMISE] = &k->promise};
	struct secret *secrets[KEYRING_KINDS] = {[KEYRING_INDEX] = &k->index,
	    [KEYRING_REPLAY] = &k->replay, [KEYRING_BLINDING] = &k->blinding,
	    [KEYRING_MONTHS] = &k->months, [KEYRING_SNAPSHOT] = &k->snapshot,
	    [KEYRING_QUESTION] = &k->question};
	const struct keyring_row *r = keyring_at(k, kind, generation);

	if (!r)
		return ERR_UNKNOWN;
	if (signs(kind))
		*signers[kind] = r->sign;
	else if (kind == KEYRING_SEALING)
		k->sealing = r->open;
	else
		*secrets[kind] = r->key;
	return ERR_OK;
}

static struct keyring *empty(const struct secret *root)
{
	struct keyring *k = calloc(1, sizeof(*k));

	if (!k)
		return NULL;
	k->rows = calloc(KEYRING_MOST, sizeof(*k->rows));
	if (!k->rows) {
		free(k);
		return NULL;
	}
	wrapping_key(root, &k->wrap);
	return k;
}

void keyring_free(struct keyring *k)
{
	if (!k)
		return;
	for (size_t i = 0; i < k->count; i++)
		row_clear(&k->rows[i]);
	free(k->rows);
	secret_wipe(k, sizeof(*k));
	free(k);
}

static enum err draw(const struct random *random, struct keyring_row *r)
{
	struct hpke_key *sealing = NULL;
	enum err e;

	if (r->kind != KEYRING_SEALING) {
		random_fill(random, r->key.key, SECRET_SIZE);
		return row_fill(r);
	}
	e = hpke_key_make(random, &sealing);
	if (!e)
		hpke_key_private(sealing, r->key.key);
	hpke_key_free(sealing);
	return e ? e : row_fill(r);
}

static void put_rows(const struct keyring *k, struct buf *out)
{
	buf_put_u32(out, (uint32_t)k->count);
	for (size_t i = 0; i < k->count; i++) {
		const struct keyring_row *r = &k->rows[i];

		buf_put_u8(out, (uint8_t)r->kind);
		buf_put_u32(out, r->generation);
		buf_put_u64(out, (uint64_t)r->made_ms);
		buf_put(out, r->key.key, SECRET_SIZE);
	}
}

/* The file's bytes, under k->wrap. */
static enum err wrap(const struct keyring *k, const struct random *random,
    struct buf *out)
{
	uint8_t nonce[AEAD_NONCE], *sealed;
	struct buf plain;
	enum err e;

	buf_init(&plain, PLAIN_MOST);
	/* at once: no copy stays behind in memory that was given back */
	(void)buf_extend(&plain, 4 + k->count * ROW);
	plain.n = 0;
	put_rows(k, &plain);
	random_fill(random, nonce, sizeof(nonce));
	buf_put(out, head, HEAD);
	buf_put(out, nonce, sizeof(nonce));
	sealed = buf_extend(out, plain.n + AEAD_TAG);
	e = plain.err ? plain.err : out->err;
	if (!e)
		e = aead_seal(&k->wrap, nonce, span_of(head, HEAD),
		    buf_span(&plain), sealed);
	if (plain.p)
		secret_wipe(plain.p, plain.cap);
	buf_release(&plain);
	return e;
}

typedef enum err (*keyring_write)(
    const char *path, struct span content, mode_t mode);

static enum err save(const struct keyring *k, const char *folder,
    const char *name, const struct random *random, keyring_write write)
{
	char path[PATH_MAX];
	struct buf file;
	enum err e = file_path(path, sizeof(path), folder, name);

	buf_init(&file, FILE_MOST);
	if (!e)
		e = wrap(k, random, &file);
	if (!e)
		e = write(path, buf_span(&file), 0600);
	buf_release(&file);
	return e;
}

static enum err use_first(struct keyring *k)
{
	enum err e = ERR_OK;

	for (unsigned kind = 1; kind < KEYRING_KINDS && !e; kind++) {
		uint32_t least = 0;

		for (size_t i = 0; i < k->count; i++)
			if (k->rows[i].kind == kind && (!least ||
			    k->rows[i].generation < least))
				least = k->rows[i].generation;
		e = least ? keyring_use(k, (enum keyring_kind)kind, least) :
		    ERR_SHAPE;
	}
	return e;
}

enum err keyring_make(const char *folder, const struct secret *root,
    const struct random *random, struct keyring **ret)
{
	struct keyring *k = empty(root);
	enum err e = ERR_OK;

	if (!k)
		return ERR_NOMEM;
	for (unsigned kind = 1; kind < KEYRING_KINDS && !e; kind++) {
		struct keyring_row *r = &k->rows[k->count++];

		r->kind = (enum keyring_kind)kind;
		r->generation = 1;
		e = draw(random, r);
	}
	if (!e)
		e = use_first(k);
	if (!e)
		e = save(k, folder, FILE_NAME, random, file_create);
	if (e) {
		keyring_free(k);
		return e;
	}
	*ret = k;
	return ERR_OK;
}

static enum err read_rows(struct keyring *k, struct span plain)
{
	struct reader in = reader_of(plain);
	uint32_t count = read_u32(&in);
	enum err e = ERR_OK;

	if (count > KEYRING_MOST || plain.n != 4 + (size_t)count * ROW)
		return ERR_SHAPE;
	while (k->count < count && !e) {
		struct keyring_row row = {0};

		row.kind = (enum keyring_kind)read_u8(&in);
		row.generation = read_u32(&in);
		row.made_ms = (int64_t)read_u64(&in);
		read_copy(&in, row.key.key, SECRET_SIZE);
		if (row.kind == 0 || row.kind >= KEYRING_KINDS ||
		    row.generation == 0 ||
		    keyring_at(k, row.kind, row.generation))
			e = ERR_SHAPE;
		if (!e) {
			k->rows[k->count] = row;
			e = row_fill(&k->rows[k->count++]);
		}
		secret_wipe(&row, sizeof(row));
	}
	return e ? e : use_first(k);
}

static enum err unwrap(struct keyring *k, struct span file)
{
	struct span sealed;
	struct buf plain;
	uint8_t *room;
	enum err e;

	if (file.n < HEAD + AEAD_NONCE + AEAD_TAG + 4 ||
	    memcmp(file.p, head, HEAD) != 0)
		return ERR_SHAPE;
	sealed = span_of(file.p + HEAD + AEAD_NONCE,
	    file.n - HEAD - AEAD_NONCE);
	buf_init(&plain, PLAIN_MOST);
	room = buf_extend(&plain, sealed.n - AEAD_TAG);
	e = plain.err;
	if (!e)
		e = aead_open(&k->wrap, file.p + HEAD, span_of(head, HEAD),
		    sealed, room);
	if (!e)
		e = read_rows(k, buf_span(&plain));
	if (plain.p)
		secret_wipe(plain.p, plain.cap);
	buf_release(&plain);
	return e;
}

/* One of the two files, opened; its bytes into file. */
static enum err load(const char *folder, const char *name,
    const struct secret *root, struct buf *file, struct keyring **ret)
{
	char path[PATH_MAX];
	struct keyring *k;
	enum err e = file_path(path, sizeof(path), folder, name);

	if (e)
		return e;
	k = empty(root);
	if (!k)
		return ERR_NOMEM;
	buf_clear(file);
	e = file_read_plain(path, file);
	if (!e)
		e = unwrap(k, buf_span(file));
	if (e)
		keyring_free(k);
	else
		*ret = k;
	return e;
}

/* A rotation was cut off: before its middle the file of the next root key is
 * wiped, behind it that file takes its place. */
static enum err end_rotation(const char *folder, struct span next)
{
	static const uint8_t nothing[1];
	char path[PATH_MAX];
	enum err e = file_path(path, sizeof(path), folder, FILE_NAME);

	if (!e && next.n > 0)
		e = file_renew(path, next, 0600);
	if (!e)
		e = file_path(path, sizeof(path), folder, NEXT_NAME);
	if (e || access(path, F_OK) != 0)
		return e;
	e = file_renew(path, span_of(nothing, sizeof(nothing)), 0600);
	return e ? e : unlink(path) == 0 ? ERR_OK : ERR_IO;
}

enum err keyring_look(const char *folder, const struct secret *root,
    struct keyring **ret)
{
	struct buf file;
	enum err e;

	buf_init(&file, FILE_MOST);
	e = load(folder, FILE_NAME, root, &file, ret);
	if (e == ERR_CRYPTO && load(folder, NEXT_NAME, root, &file, ret) == ERR_OK)
		e = ERR_OK;
	buf_release(&file);
	return e;
}

enum err keyring_load(const char *folder, const struct secret *root,
    struct keyring **ret)
{
	struct keyring *k = NULL;
	struct buf file;
	bool moved = false;
	enum err e;

	buf_init(&file, FILE_MOST);
	e = load(folder, FILE_NAME, root, &file, &k);
	if (e == ERR_CRYPTO) {
		moved = !load(folder, NEXT_NAME, root, &file, &k);
		e = moved ? ERR_OK : ERR_CRYPTO;
	}
	if (!e)
		e = end_rotation(folder,
		    moved ? buf_span(&file) : span_of(NULL, 0));
	buf_release(&file);
	if (e)
		keyring_free(k);
	else
		*ret = k;
	return e;
}

enum err keyring_add(struct keyring *k, const char *folder,
    enum keyring_kind kind, const struct random *random, int64_t now_ms)
{
	const struct keyring_row *newest = keyring_newest(k, kind);
	struct keyring_row *r = &k->rows[k->count];
	enum err e;

	if (k->count == KEYRING_MOST)
		return ERR_FULL;
	*r = (struct keyring_row){.kind = kind, .made_ms = now_ms,
	    .generation = newest ? newest->generation + 1 : 1};
	e = draw(random, r);
	k->count++;
	if (!e)
		e = save(k, folder, FILE_NAME, random, file_renew);
	if (e)	/* a key that is not on the disk must not be used */
		row_clear(&k->rows[--k->count]);
	return e;
}

enum err keyring_drop(struct keyring *k, const char *folder,
    enum keyring_kind kind, uint32_t generation, const struct random *random)
{
	const struct keyring_row *found = keyring_at(k, kind, generation);
	struct keyring_row row;
	size_t at;
	enum err e;

	if (!found)
		return ERR_UNKNOWN;
	at = (size_t)(found - k->rows);
	row = *found;
	k->count--;
	k->rows[at] = k->rows[k->count];
	e = save(k, folder, FILE_NAME, random, file_renew);
	if (e) {
		k->rows[k->count++] = k->rows[at];
		k->rows[at] = row;
		secret_wipe(&row, sizeof(row));
		return e;
	}
	secret_wipe(&k->rows[k->count], sizeof(row));
	row_clear(&row);
	return ERR_OK;
}

enum err keyring_prepare(const struct keyring *k, const char *folder,
    const struct secret *root, const struct random *random)
{
	struct keyring other = *k;
	enum err e;

	wrapping_key(root, &other.wrap);
	e = save(&other, folder, NEXT_NAME, random, file_replace);
	secret_wipe(&other, sizeof(other));
	return e;
}
