/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures: Ed25519 (libsodium) and ECDSA P-256 with SHA-256 (OpenSSL).
 * Every signature here is 64 raw bytes: Ed25519's own, or r || s as JOSE,
 * COSE, WebCrypto and RFC 9421 want it (never DER).
 */
#pragma once
#include <stdint.h>
#include "base/buf.h"
#include "base/random.h"

#define SIGN_SIZE 64
#define SIGN_ED25519_KEY 32
#define SIGN_ED25519_SPKI 44	/* DER bytes of an Ed25519 SPKI */
#define SIGN_P256_SPKI 91	/* DER bytes of an uncompressed P-256 SPKI */
#define SIGN_SPKI_MAX 91
#define SIGN_SCALAR 32
#define SIGN_KEY_ID 32		/* SHA-256 of the SPKI */
#define SIGN_KEY_ID_TEXT 44	/* base64url of it and NUL */

enum sign_alg { SIGN_NONE, SIGN_ED25519, SIGN_P256 };

/* A public key, ready to verify. Opaque: for P-256 it holds a parsed key. */
struct sign_public;
/* A private key. Wiped when freed. */
struct sign_private;

/* As hash_start(): once per process, before any sandbox. Also readies hashes
 * and OpenSSL's own random source. */
void sign_start(void);

/*
 * From the DER of a SubjectPublicKeyInfo: exactly Ed25519 (RFC 8410) or an
 * uncompressed P-256 point that is on the curve; ERR_SHAPE otherwise.
 */
MUST_CHECK enum err sign_public_parse(
    struct span spki, struct sign_public **ret);
/* From 32 raw Ed25519 bytes. */
MUST_CHECK enum err sign_public_ed25519(
    const uint8_t raw[static SIGN_ED25519_KEY], struct sign_public **ret);
/* From a PEM file of at most 16 KiB: a public key, or the public half of a
 * private one. Errors of file_read() (base/file.h), or ERR_SHAPE: no such
 * key, or a private and a public half of two keys. */
MUST_CHECK enum err sign_public_load(
    const char *path, struct sign_public **ret);
void sign_public_free(struct sign_public *k);
enum sign_alg sign_public_alg(const struct sign_public *k);
/* The canonical DER; a view that lives as long as k. */
struct span sign_public_spki(const struct sign_public *k);
/* The 32 raw bytes of an Ed25519 key, NULL for P-256. */
const uint8_t *sign_public_raw(const struct sign_public *k);
/* SHA-256 of the SPKI: design §11's keyid; text is base64url, 43 characters. */
void sign_public_id(
    const struct sign_public *k, uint8_t out[static SIGN_KEY_ID]);
void sign_key_id_text(
    const uint8_t id[static SIGN_KEY_ID], char out[static SIGN_KEY_ID_TEXT]);

/* ERR_CRYPTO unless sig is k's over message. */
MUST_CHECK enum err sign_verify(const struct sign_public *k,
    struct span message, const uint8_t sig[static SIGN_SIZE]);
/* The same by the raw bytes of an Ed25519 key. Allocates and keeps nothing, so
 * that any thread may call it. */
MUST_CHECK enum err sign_verify_ed25519(
    const uint8_t raw[static SIGN_ED25519_KEY], struct span message,
    const uint8_t sig[static SIGN_SIZE]);

MUST_CHECK enum err sign_private_make(
    enum sign_alg alg, const struct random *random, struct sign_private **ret);
/* Ed25519 from its 32-byte seed. */
MUST_CHECK enum err sign_private_ed25519(
    const uint8_t seed[static SIGN_ED25519_KEY], struct sign_private **ret);
/* Unencrypted PKCS#8 PEM, Ed25519 or P-256. Errors as above. */
MUST_CHECK enum err sign_private_load(
    const char *path, struct sign_private **ret);
/* The same; a key behind a password is opened with what ask puts into
 * to[size]: its length, or a negative number to give up (ERR_SHAPE). */
MUST_CHECK enum err sign_private_load_locked(const char *path,
    int (*ask)(void *ctx, char *to, int size), void *ctx,
    struct sign_private **ret);
/* Writes PKCS#8 PEM, mode 0600, refusing to overwrite (ERR_EXISTS). */
MUST_CHECK enum err sign_private_save(
    const struct sign_private *k, const char *path);
MUST_CHECK enum err sign_public_save(
    const struct sign_public *k, const char *path);
/* The scalar of a P-256 key; ERR_SHAPE for another. */
MUST_CHECK enum err sign_private_scalar(
    const struct sign_private *k, uint8_t out[static SIGN_SCALAR]);
/*
 * A P-256 key signs digests through sign from now on (crypto/rfc6979.h); ctx
 * is freed by free with the key. Nothing happens to an Ed25519 key.
 */
struct sign_hook {
	enum err (*sign)(void *ctx, const uint8_t *digest, uint8_t *sig);
	void (*free)(void *ctx);
	void *ctx;
};
void sign_private_hook(struct sign_private *k, struct sign_hook hook);
void sign_private_free(struct sign_private *k);
const struct sign_public *sign_private_public(const struct sign_private *k);
/* Seed of an Ed25519 key (32 bytes), NULL for P-256. */
const uint8_t *sign_private_seed(const struct sign_private *k);
MUST_CHECK enum err sign_make(const struct sign_private *k,
    struct span message, uint8_t sig[static SIGN_SIZE]);
