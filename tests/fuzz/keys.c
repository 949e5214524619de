/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys that lie on a disk: PEM files, keys of one line, and what stands
 * sealed in the record of the keeper's keys, the file of months and a
 * snapshot, where the input is what was sealed. What is read is written to
 * the same bytes, and a private half is believed with its own public one.
 */
#include "crypto/aead.h"
#include "crypto/keyfile.h"
#include "crypto/sign.h"
#include "folder.h"
#include "fuzz.h"
#include "insurer/handle.h"
#include "journal/months.h"
#include "keeper/snapfile.h"
#include "registry/keyring.h"
#include "rootkey/rootkey.h"

#define ROOM (1u << 20)

static struct random fixed(void)
{
	static struct random_seeded seed;

	return random_from_seed(&seed, 3);
}

/* --- PEM --- */

static void signed_by(
    const struct sign_private *k, const struct sign_public *half)
{
	struct span message = span_str("a message");
	uint8_t sig[SIGN_SIZE];

	must(span_equal(sign_public_spki(half),
	    sign_public_spki(sign_private_public(k))));
	must(sign_make(k, message, sig) == ERR_OK);
	must(sign_verify(half, message, sig) == ERR_OK);
}

/* Written, it is read as the same, and is written to the same bytes. */
static void saved_private(const struct sign_private *k)
{
	const char *first = folder_path(0, "first"), *second =
	    folder_path(1, "second");
	struct sign_private *again = NULL;
	struct sign_public *half = NULL;
	struct buf text;

	buf_init(&text, ROOM);
	must(sign_private_save(k, first) == ERR_OK);
	must(sign_private_load(first, &again) == ERR_OK);
	must(sign_public_load(first, &half) == ERR_OK);
	signed_by(k, half);
	must(sign_private_save(again, second) == ERR_OK);
	must(file_read(first, &text) == ERR_OK && unlink(first) == 0);
	folder_expect(second, buf_span(&text));
	buf_release(&text);
	sign_private_free(again);
	sign_public_free(half);
}

static void private_key(struct span in)
{
	const char *path = folder_path(2, "key.pem");
	struct sign_private *k = NULL;
	struct sign_public *half = NULL;

	folder_store(path, in);
	if (sign_private_load(path, &k) == ERR_OK) {
		met("a private key");
		must(sign_public_load(path, &half) == ERR_OK);
		signed_by(k, half);
		saved_private(k);
		sign_public_free(half);
	} else {
		must(!k);
	}
	sign_private_free(k);
	must(unlink(path) == 0);
}

static void public_key(struct span in)
{
	const char *path = folder_path(2, "key.pem"), *first =
	    folder_path(0, "first"), *second = folder_path(1, "second");
	struct sign_public *k = NULL, *again = NULL;
	struct buf text;

	folder_store(path, in);
	if (sign_public_load(path, &k) == ERR_OK) {
		met("a public key");
		buf_init(&text, ROOM);
		must(sign_public_save(k, first) == ERR_OK);
		must(sign_public_load(first, &again) == ERR_OK);
		must(span_equal(sign_public_spki(k), sign_public_spki(again)));
		must(sign_public_save(again, second) == ERR_OK);
		must(file_read(first, &text) == ERR_OK && unlink(first) == 0);
		folder_expect(second, buf_span(&text));
		buf_release(&text);
	} else {
		must(!k);
	}
	sign_public_free(again);
	sign_public_free(k);
	must(unlink(path) == 0);
}

/* --- one line --- */

static void handle_file(struct span in)
{
	const char *path = folder_path(0, "handle.key"), *again =
	    folder_path(1, "again.key");
	static const struct amc amc = {"0000000001"};
	uint8_t sealed[HANDLE_SIZE];
	char ref[LIMIT_REF + 1];
	struct handle_key k;
	size_t n;

	folder_store(path, in);
	if (handle_load(path, &amc, &k) == ERR_OK) {
		met("a key of handles");
		must(keyfile_save(again, HANDLE_LABEL, k.key,
		    sizeof(k.key)) == ERR_OK);
		folder_expect(again, in);
		must(handle_seal(&k, span_str("ref-1"), sealed, &n) == ERR_OK);
		must(handle_open(&k, span_of(sealed, n), ref) == ERR_OK);
		must(strcmp(ref, "ref-1") == 0);
	}
	must(unlink(path) == 0);
}

static void root_file(struct span in)
{
	const struct rootkey_source source = {.folder = folder(),
	    .origin = "fuzz.example", .module = ""};
	const char *path = folder_path(0, "root.key");
	struct rootkey_fault fault;
	struct secret root;

	folder_store(path, in);
	if (rootkey_open(&source, &root, &fault) == ERR_OK) {
		met("a root key");
		must(rootkey_put(&source, &root) == ERR_OK);
		folder_expect(path, in);
	} else {
		must(unlink(path) == 0);
	}
}

/* --- what is sealed --- */

static const struct secret root = {{7}}, other_root = {{8}};

static void wrap_of(const struct secret *of, struct secret *ret)
{
	hash_hkdf(span_of(NULL, 0), span_of(of->key, SECRET_SIZE),
	    span_str("ecluse/keyring/v2"), ret->key, SECRET_SIZE);
}

/* The rows of a keyring's file, under this root key. */
static void open_rows(
    const char *path, const struct secret *under, struct buf *rows)
{
	static const size_t head = 4 + AEAD_NONCE;
	struct secret wrap;
	struct buf file;
	uint8_t *to;

	buf_init(&file, ROOM);
	wrap_of(under, &wrap);
	must(file_read(path, &file) == ERR_OK);
	to = buf_extend(rows, file.n - head - AEAD_TAG);
	must(to && aead_open(&wrap, file.p + 4, span_str("ECK2"),
	    span_of(file.p + head, file.n - head), to) == ERR_OK);
	must(unlink(path) == 0);
	buf_release(&file);
}

/* A key that is there in two kinds or twice is what its name says. */
static void check_rows(const struct keyring *k)
{
	for (size_t i = 0; i < k->count; i++) {
		const struct keyring_row *r = &k->rows[i];

		must(keyring_at(k, r->kind, r->generation) == r);
		must(r->name_len > 0 && r->name_len <= KEYRING_NAME);
		must(!r->sign || r->name_len == SIGN_ED25519_KEY);
		must(!r->open || r->name_len == HPKE_PUBLIC);
		if (r->sign)
			signed_by(r->sign, sign_private_public(r->sign));
	}
	must(k->log && k->registry && k->answer && k->promise && k->sealing);
}

static void keys_record(struct span in)
{
	const char *path = folder_path(0, "keys.sealed");
	static const uint8_t nonce[AEAD_NONCE] = {1};
	struct random random = fixed();
	struct keyring *k = NULL;
	struct secret wrap;
	struct buf file, rows;
	uint8_t *to;

	buf_init(&file, ROOM);
	buf_init(&rows, ROOM);
	buf_text(&file, "ECK2");
	buf_put(&file, nonce, sizeof(nonce));
	to = buf_extend(&file, in.n + AEAD_TAG);
	wrap_of(&root, &wrap);
	must(to && aead_seal(&wrap, nonce, span_str("ECK2"), in, to) ==
	    ERR_OK);
	folder_store(path, buf_span(&file));
	if (keyring_load(folder(), &root, &k) == ERR_OK) {
		met("the keeper's keys");
		check_rows(k);
		must(keyring_prepare(k, folder(), &other_root, &random) ==
		    ERR_OK);
		open_rows(folder_path(1, "keys.sealed.next"), &other_root,
		    &rows);
		must(span_equal(buf_span(&rows), in));
		keyring_free(k);
	}
	must(unlink(path) == 0);
	buf_release(&rows);
	buf_release(&file);
}

/* --- the file of months --- */

#define MONTH_ROW 65	/* bytes in the file: month, state, nonce, wrapped */

struct apart {
	struct secret key;
	bool dropped;
};

static enum err apart_get(
    void *ctx, uint32_t epoch, bool make, struct secret *ret)
{
	struct apart *a = ctx;

	(void)epoch;
	(void)make;
	*ret = a->key;
	return ERR_OK;
}

static void apart_drop(void *ctx, uint32_t epoch)
{
	struct apart *a = ctx;

	(void)epoch;
	a->dropped = true;
}

static void month_kek(const struct apart *apart, struct secret *kek)
{
	struct buf b;

	buf_init(&b, 256);
	buf_text(&b, "ecluse/months-epoch/v1");
	buf_put(&b, root.key, SECRET_SIZE);
	hash_hmac(span_of(apart->key.key, SECRET_SIZE), buf_span(&b),
	    kek->key);
	buf_release(&b);
}

static void put_mac(const struct secret *kek, struct buf *file)
{
	struct secret mac;
	uint8_t sum[HASH_SIZE];

	hash_hkdf_expand(kek->key, span_str("ecluse/months-file/v1"),
	    mac.key, SECRET_SIZE);
	hash_hmac(span_of(mac.key, SECRET_SIZE), buf_span(file), sum);
	buf_put(file, sum, sizeof(sum));
}

/* A month from the input, its key made of its number. */
static void put_month(
    const struct secret *kek, uint32_t month, uint8_t state, struct buf *file)
{
	uint8_t nonce[AEAD_NONCE] = {(uint8_t)month};
	struct secret key = {{(uint8_t)month, (uint8_t)(month >> 8)}};
	struct buf label;
	uint8_t *to;

	buf_init(&label, 64);
	buf_text(&label, "ecluse/month/v1");
	buf_put_u32(&label, month);
	buf_put_u32(file, month);
	buf_put_u8(file, state);
	buf_put(file, nonce, sizeof(nonce));
	to = buf_extend(file, SECRET_SIZE + AEAD_TAG);
	must(to && aead_seal(kek, nonce, buf_span(&label),
	    span_of(key.key, SECRET_SIZE), to) == ERR_OK);
	buf_release(&label);
}

/* The months rise, and each opens as it was sealed, or is destroyed. */
static void check_months(const struct months *m, size_t count)
{
	uint32_t month, before = 0;
	struct secret key;
	bool live;

	for (size_t i = 0; i < count; i++) {
		enum err e;

		must(months_at(m, i, &month, &live));
		must(i == 0 || month > before);
		e = months_get(m, month, &key);
		must(e == (live ? ERR_OK : ERR_STATE));
		must(!live || (key.key[0] == (uint8_t)month &&
		    key.key[1] == (uint8_t)(month >> 8)));
		before = month;
	}
	must(!months_at(m, count, &month, &live));
}

/* One more month: what was there is written as it was. */
static void one_more(struct months *m, const char *path, struct span before)
{
	uint32_t last = 0, month;
	struct secret key;
	struct buf file;
	bool live;

	for (size_t i = 0; months_at(m, i, &month, &live); i++)
		last = month;
	if (last == UINT32_MAX || months_need(m, last + 1, &key) != ERR_OK)
		return;
	buf_init(&file, ROOM);
	must(file_read(path, &file) == ERR_OK);
	must(file.n == before.n + MONTH_ROW);
	must(memcmp(file.p + 16, before.p + 16, before.n - 16 - HASH_SIZE) ==
	    0);
	buf_release(&file);
}

static void months_file(struct span in)
{
	const char *path = folder_path(0, "months");
	struct apart apart = {.key = {{5}}};
	const struct months_apart from = {&apart, apart_get, apart_drop};
	struct random random = fixed();
	struct reader r = reader_of(in);
	uint32_t epoch = read_u32(&r), count = (uint32_t)(reader_left(&r) / 5);
	struct months *m = NULL;
	struct secret kek;
	struct buf file;

	buf_init(&file, ROOM);
	month_kek(&apart, &kek);
	buf_text(&file, "ECMONTH2");
	buf_put_u32(&file, epoch);
	buf_put_u32(&file, count);
	for (uint32_t i = 0; i < count; i++) {
		uint32_t month = read_u32(&r);

		put_month(&kek, month, read_u8(&r), &file);
	}
	put_mac(&kek, &file);
	folder_store(path, buf_span(&file));
	if (months_open(path, &root, &from, &random, &m) == ERR_OK) {
		met("months");
		must(apart.dropped == (epoch > 1));
		must(months_epoch(m) == epoch);
		check_months(m, count);
		one_more(m, path, buf_span(&file));
		months_close(m);
	}
	must(unlink(path) == 0);
	buf_release(&file);
}

/* --- a snapshot --- */

/* Bytes of it in any order are those that were put. */
static void fetched(struct snapfile *f, struct span in)
{
	uint8_t byte[3];
	size_t step = in.n / 7 + 1;

	for (size_t at = in.n; at-- > 0; at = at < step ? 0 : at - step) {
		size_t n = in.n - at < 3 ? in.n - at : 3;

		must(snapfile_fetch(f, at, byte, n) == ERR_OK);
		must(memcmp(byte, in.p + at, n) == 0);
	}
	must(snapfile_fetch(f, in.n, byte, 1) == ERR_CORRUPT);
	must(snapfile_fetch(f, UINT64_MAX, byte, 3) == ERR_CORRUPT);
}

/* A byte of the file is another: the head, or a chunk that does not open. */
static void torn(const char *path, struct span in)
{
	struct snapfile_head head;
	struct snapfile *f = NULL;
	struct buf file, room;
	size_t at;

	buf_init(&file, ROOM);
	buf_init(&room, ROOM);
	must(file_read(path, &file) == ERR_OK && buf_extend(&room, in.n));
	at = ((size_t)in.p[0] << 8 | in.p[in.n - 1]) % file.n;
	file.p[at] ^= (uint8_t)(1u << (in.n % 8));
	folder_store(path, buf_span(&file));
	if (snapfile_open(path, &head, &f) == ERR_OK) {
		snapfile_unlock(f, &root);
		must(snapfile_fetch(f, 0, room.p, in.n) == ERR_CRYPTO);
	}
	snapfile_close(f);
	buf_release(&room);
	buf_release(&file);
}

static void snapshot_of(struct span in)
{
	const char *path = folder_path(0, "snapshot"), *temp =
	    folder_path(1, "temp");
	const struct snapfile_head head = {3, 5, {9}};
	struct snapfile_head found;
	struct random random = fixed();
	struct snapfile *f = NULL;

	if (in.n == 0)
		return;
	must(snapfile_make(temp, path, &head, &root, &random, &f) == ERR_OK);
	must(snapfile_put(f, in) == ERR_OK && snapfile_end(f) == ERR_OK);
	f = NULL;
	met("a snapshot");
	must(snapfile_open(path, &found, &f) == ERR_OK);
	must(found.month == 3 && found.size == 5 && found.root[0] == 9);
	snapfile_unlock(f, &root);
	fetched(f, in);
	snapfile_close(f);
	torn(path, in);
	must(unlink(path) == 0);
}

/* As it lies there: a stranger's opens with no key. */
static void strangers_snapshot(struct span in)
{
	const char *path = folder_path(0, "snapshot");
	struct snapfile_head head;
	struct snapfile *f = NULL;
	uint8_t byte;

	folder_store(path, in);
	if (snapfile_open(path, &head, &f) == ERR_OK) {
		met("a stranger's snapshot");
		snapfile_unlock(f, &root);
		must(snapfile_fetch(f, 0, &byte, 1) == ERR_CRYPTO);
	} else {
		must(!f);
	}
	snapfile_close(f);
	must(unlink(path) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static void (*const readers[])(struct span) = {private_key,
	    public_key, handle_file, root_file, keys_record, months_file,
	    snapshot_of, strangers_snapshot};
	struct span in = span_of(p, n);

	readers[choose(&in, 8)](in);
	return 0;
}
