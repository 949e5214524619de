/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/file.h"
#include "crypto/aead.h"
#include "crypto/hash.h"
#include "journal/months.h"

#define MAGIC "ECMONTH2"
#define MAGIC_LEN 8
#define HEAD (MAGIC_LEN + 4 + 4)
#define WRAPPED (SECRET_SIZE + AEAD_TAG)
#define ROW (4 + 1 + AEAD_NONCE + WRAPPED)
#define FILE_MAX (HEAD + MONTHS_MAX * ROW + HASH_SIZE)

enum state { LIVE = 1, DESTROYED = 2 };

struct row {
	uint32_t month;
	uint8_t state;
	uint8_t nonce[AEAD_NONCE];
	uint8_t wrapped[WRAPPED];
	struct secret key;	/* unwrapped; zero when destroyed */
};

struct months {
	char path[PATH_MAX];
	char next[PATH_MAX];	/* months_prepare */
	struct secret wrap;	/* the half that a backup has */
	struct months_apart apart;
	uint32_t epoch;
	struct secret kek, mac;	/* of the epoch */
	struct random random;
	size_t count;
	struct row rows[MONTHS_MAX];
};

/* HKDF-Expand of a label and a value. */
static void derive(const struct secret *from, const char *label,
    struct span value, struct secret *ret)
{
	uint8_t room[64];
	struct buf info = {
	    .p = room, .cap = sizeof(room), .max = sizeof(room)};

	buf_text(&info, label);
	buf_put_span(&info, value);
	hash_hkdf_expand(from->key, buf_span(&info), ret->key, SECRET_SIZE);
}

void months_cell_key(const struct secret *month_key, uint32_t cell,
    struct secret *ret)
{
	uint8_t value[4];

	put_be32(value, cell);
	derive(month_key, "ecluse/cell/v1", span_of(value, 4), ret);
}

void months_entry_key(const struct secret *cell_key, uint64_t index,
    struct secret *ret)
{
	uint8_t value[8];

	put_be64(value, index);
	derive(cell_key, "ecluse/entry/v1", span_of(value, 8), ret);
}

void months_asker_key(const struct secret *month_key,
    const uint8_t key_id[static SIGN_KEY_ID], struct secret *ret)
{
	derive(month_key, "ecluse/asker/v1", span_of(key_id, SIGN_KEY_ID), ret);
}

void months_pseudonym(
    const struct secret *asker_key, uint8_t out[static LEAF_ASKER])
{
	uint8_t mac[HASH_SIZE];

	hash_hmac(span_of(asker_key->key, SECRET_SIZE),
	    span_str("pseudonym"), mac);
	memcpy(out, mac, LEAF_ASKER);
}

/* What wraps in this epoch. */
static enum err enter(struct months *m, uint32_t epoch, bool make)
{
	struct secret apart;
	uint8_t room[64];
	struct buf in = {.p = room, .cap = sizeof(room), .max = sizeof(room)};
	enum err e = m->apart.get(m->apart.ctx, epoch, make, &apart);

	if (e)
		return e;
	buf_text(&in, "ecluse/months-epoch/v1");
	buf_put(&in, m->wrap.key, SECRET_SIZE);
	hash_hmac(span_of(apart.key, SECRET_SIZE), buf_span(&in), m->kek.key);
	derive(&m->kek, "ecluse/months-file/v1", span_of(NULL, 0), &m->mac);
	m->epoch = epoch;
	secret_wipe(room, sizeof(room));
	secret_wipe(&apart, sizeof(apart));
	return ERR_OK;
}

/* What a wrapped key is bound to. */
static struct span month_ad(uint32_t month, uint8_t room[static 24])
{
	static const char label[] = "ecluse/month/v1";

	memcpy(room, label, sizeof(label) - 1);
	put_be32(room + sizeof(label) - 1, month);
	return span_of(room, sizeof(label) - 1 + 4);
}

static void put_row(const struct row *r, struct buf *out)
{
	buf_put_u32(out, r->month);
	buf_put_u8(out, r->state);
	buf_put(out, r->nonce, AEAD_NONCE);
	buf_put(out, r->wrapped, WRAPPED);
}

static enum err read_row(
    const struct months *m, struct reader *in, uint64_t after, struct row *ret)
{
	uint8_t ad[24];

	ret->month = read_u32(in);
	ret->state = read_u8(in);
	read_copy(in, ret->nonce, AEAD_NONCE);
	read_copy(in, ret->wrapped, WRAPPED);
	if (ret->month < after)
		return ERR_CORRUPT;
	if (ret->state == DESTROYED)
		return ERR_OK;
	if (ret->state != LIVE)
		return ERR_CORRUPT;
	return aead_open(&m->kek, ret->nonce, month_ad(ret->month, ad),
	    span_of(ret->wrapped, WRAPPED), ret->key.key);
}

static void file_mac(
    const struct months *m, struct span of, uint8_t out[static HASH_SIZE])
{
	hash_hmac(span_of(m->mac.key, SECRET_SIZE), of, out);
}

static enum err parse(struct months *m, struct span file)
{
	struct reader r = reader_of(file);
	uint8_t mac[HASH_SIZE];
	uint32_t epoch, count;
	uint64_t after = 0;	/* the month behind the last of all, too */
	enum err e;

	if (!span_is(read_bytes(&r, MAGIC_LEN), MAGIC))
		return ERR_CORRUPT;
	epoch = read_u32(&r);
	count = read_u32(&r);
	if (epoch == 0 || count > MONTHS_MAX ||
	    file.n != HEAD + count * ROW + HASH_SIZE)
		return ERR_CORRUPT;
	e = enter(m, epoch, false);
	if (e)
		return e == ERR_UNKNOWN ? ERR_STATE : e;
	file_mac(m, span_of(file.p, file.n - HASH_SIZE), mac);
	if (!secret_equal(mac, file.p + file.n - HASH_SIZE, HASH_SIZE))
		return ERR_CRYPTO;
	for (; m->count < count && !e; m->count++) {
		e = read_row(m, &r, after, &m->rows[m->count]);
		after = m->rows[m->count].month + UINT64_C(1);
	}
	return e;
}

/* The file of that path, or why not; m is empty then. */
static enum err load_from(struct months *m, const char *path, struct buf *file)
{
	enum err e;

	buf_clear(file);
	e = file_read(path, file);
	if (e)
		return e == ERR_LIMIT ? ERR_CORRUPT : e;
	e = parse(m, buf_span(file));
	if (e) {
		m->count = 0;
		secret_wipe(m->rows, sizeof(m->rows));
	}
	return e;
}

/* Ends a change of the keys apart: months_prepare. */
static enum err end_change(const struct months *m, struct span content)
{
	static const uint8_t nothing[1];
	enum err e = content.n > 0 ?
	    file_renew(m->path, content, 0600) : ERR_OK;

	if (e || access(m->next, F_OK) != 0)
		return e;
	e = file_renew(m->next, span_of(nothing, sizeof(nothing)), 0600);
	return e ? e : unlink(m->next) == 0 ? ERR_OK : ERR_IO;
}

static enum err load(struct months *m)
{
	struct buf file;
	bool moved = false;
	enum err e;

	buf_init(&file, FILE_MAX);
	e = load_from(m, m->path, &file);
	if (e == ERR_CRYPTO || e == ERR_STATE) {
		moved = !load_from(m, m->next, &file);
		e = moved ? ERR_OK : e;
	}
	if (e == ERR_UNKNOWN)
		e = enter(m, 1, true);
	if (!e)
		e = end_change(
		    m, moved ? buf_span(&file) : span_of(NULL, 0));
	buf_release(&file);
	return e;
}

enum err months_open(const char *path, const struct secret *wrap,
    const struct months_apart *apart, const struct random *random,
    struct months **ret)
{
	struct months *m = calloc(1, sizeof(*m));
	enum err e = ERR_LIMIT;

	if (!m)
		return ERR_NOMEM;
	m->random = *random;
	m->apart = *apart;
	memcpy(m->wrap.key, wrap->key, SECRET_SIZE);
	if (snprintf(m->next, sizeof(m->next), "%s.next", path) <
	    (int)sizeof(m->next)) {
		memcpy(m->path, path, strlen(path));	/* the shorter */
		e = load(m);
	}
	if (e) {
		months_close(m);
		return e;
	}
	/* a destruction that was cut short behind its file */
	if (m->epoch > 1)
		m->apart.drop(m->apart.ctx, m->epoch - 1);
	*ret = m;
	return ERR_OK;
}

enum err months_look(struct span file, const struct secret *wrap,
    const struct months_apart *apart)
{
	struct months *m = calloc(1, sizeof(*m));
	enum err e;

	if (!m)
		return ERR_NOMEM;
	m->apart = *apart;
	m->wrap = *wrap;
	e = parse(m, file);
	months_close(m);
	return e;
}

enum err months_file_epoch(struct span file, uint32_t *ret)
{
	struct reader r = reader_of(file);

	if (!span_is(read_bytes(&r, MAGIC_LEN), MAGIC))
		return ERR_CORRUPT;
	*ret = read_u32(&r);
	return r.bad || *ret == 0 ? ERR_CORRUPT : ERR_OK;
}

uint32_t months_epoch(const struct months *m)
{
	return m->epoch;
}

void months_close(struct months *m)
{
	if (!m)
		return;
	secret_wipe(m, sizeof(*m));
	free(m);
}

static enum err save_to(const struct months *m, const char *path)
{
	struct buf file;
	uint8_t mac[HASH_SIZE];
	enum err e;

	buf_init(&file, FILE_MAX);
	buf_text(&file, MAGIC);
	buf_put_u32(&file, m->epoch);
	buf_put_u32(&file, (uint32_t)m->count);
	for (size_t i = 0; i < m->count; i++)
		put_row(&m->rows[i], &file);
	file_mac(m, buf_span(&file), mac);
	buf_put(&file, mac, sizeof(mac));
	e = file.err;
	if (!e)
		e = file_renew(path, buf_span(&file), 0600);
	buf_release(&file);
	return e;
}

static enum err save(const struct months *m)
{
	return save_to(m, m->path);
}

/* The place of month in the rows, or where it would stand. */
static size_t place(const struct months *m, uint32_t month)
{
	size_t i = 0;

	while (i < m->count && m->rows[i].month < month)
		i++;
	return i;
}

static const struct row *find(const struct months *m, uint32_t month)
{
	size_t i = place(m, month);

	return i < m->count && m->rows[i].month == month ? &m->rows[i] : NULL;
}

enum err months_get(
    const struct months *m, uint32_t month, struct secret *ret)
{
	const struct row *r = find(m, month);

	if (!r)
		return ERR_UNKNOWN;
	if (r->state != LIVE)
		return ERR_STATE;
	memcpy(ret->key, r->key.key, SECRET_SIZE);
	return ERR_OK;
}

static enum err wrap_row(const struct months *m, struct row *r)
{
	uint8_t ad[24];

	random_fill(&m->random, r->nonce, AEAD_NONCE);
	return aead_seal(&m->kek, r->nonce, month_ad(r->month, ad),
	    span_of(r->key.key, SECRET_SIZE), r->wrapped);
}

enum err months_prepare(
    const struct months *m, const struct months_apart *apart)
{
	struct months *other = malloc(sizeof(*other));
	enum err e;

	if (!other)
		return ERR_NOMEM;
	*other = *m;
	other->apart = *apart;
	e = enter(other, m->epoch, true);
	for (size_t i = 0; i < other->count && !e; i++)
		if (other->rows[i].state == LIVE)
			e = wrap_row(other, &other->rows[i]);
	if (!e && m->count > 0)
		e = save_to(other, m->next);
	secret_wipe(other, sizeof(*other));
	free(other);
	return e;
}

static enum err make_row(
    const struct months *m, uint32_t month, struct row *ret)
{
	*ret = (struct row){.month = month, .state = LIVE};
	random_fill(&m->random, ret->key.key, SECRET_SIZE);
	return wrap_row(m, ret);
}

static void remove_row(struct months *m, size_t at)
{
	m->count--;
	memmove(&m->rows[at], &m->rows[at + 1],
	    (m->count - at) * sizeof(m->rows[0]));
	secret_wipe(&m->rows[m->count], sizeof(m->rows[0]));
}

enum err months_need(struct months *m, uint32_t month, struct secret *ret)
{
	size_t at = place(m, month);
	struct row row;
	enum err e = months_get(m, month, ret);

	if (e != ERR_UNKNOWN)
		return e;
	if (m->count == MONTHS_MAX)
		return ERR_FULL;
	e = make_row(m, month, &row);
	if (e)
		goto out;
	memmove(&m->rows[at + 1], &m->rows[at],
	    (m->count - at) * sizeof(m->rows[0]));
	m->rows[at] = row;
	m->count++;
	e = save(m);
	if (e)	/* a key that is not on the disk must not be used */
		remove_row(m, at);
	else
		memcpy(ret->key, row.key.key, SECRET_SIZE);
out:
	secret_wipe(&row, sizeof(row));
	return e;
}

/* The next epoch, in memory and then in the file. */
static enum err renew(struct months *m)
{
	enum err e = enter(m, m->epoch + 1, true);

	for (size_t i = 0; i < m->count && !e; i++)
		if (m->rows[i].state == LIVE)
			e = wrap_row(m, &m->rows[i]);
	return e ? e : save(m);
}

enum err months_destroy(struct months *m, uint32_t month)
{
	const struct row *r = find(m, month);
	struct months *kept;
	enum err e;

	if (!r)
		return ERR_UNKNOWN;
	if (r->state != LIVE)
		return ERR_STATE;
	kept = malloc(sizeof(*kept));
	if (!kept)
		return ERR_NOMEM;
	*kept = *m;
	secret_wipe(&m->rows[r - m->rows], sizeof(*r));
	m->rows[r - m->rows].month = month;
	m->rows[r - m->rows].state = DESTROYED;
	e = renew(m);
	if (e)
		*m = *kept;
	else
		m->apart.drop(m->apart.ctx, m->epoch - 1);
	secret_wipe(kept, sizeof(*kept));
	free(kept);
	return e;
}

bool months_at(const struct months *m, size_t nth, uint32_t *ret_month,
    bool *ret_live)
{
	if (nth >= m->count)
		return false;
	*ret_month = m->rows[nth].month;
	*ret_live = m->rows[nth].state == LIVE;
	return true;
}
