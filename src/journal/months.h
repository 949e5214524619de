/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Month keys: 32 random bytes per UTC month, wrapped in one small file. All
 * that makes leaves meaningful hangs on them:
 *
 *   month key --- cell key (month, cell) --- entry key (index)
 *             \-- asker key (month, key id) --- pseudonym
 *
 * Each arrow is HKDF-Expand (RFC 5869 §2.3; the inputs are uniform keys, so
 * §3.3 lets extraction go), which cannot be turned back nor sideways: a
 * cell's key of a month opens that cell's entries of that month, an asker's
 * key names that asker's leaves of that month, and nothing else. Destroying
 * a month (design §5: by two people at month + 12) ends all of it.
 *
 * A month is date_month_of_ms(): year * 12 + month - 1.
 *
 * The file: "ECMONTH2", u32 epoch, u32 count, then per month, in order, u32
 * month, u8 state (1 live, 2 destroyed), 12-byte nonce, 48 bytes of
 * AES-256-GCM (zero when destroyed), then HMAC-SHA-256 of all that. It is
 * replaced whole; the old bytes are overwritten when a month is destroyed, as
 * far as the file system lets that reach the disk.
 *
 * What wraps is drawn from two keys: one that a backup has (the keyring's),
 * and one apart that no backup has, the epoch's. Each destruction begins the
 * next epoch: what lives is wrapped anew, and the key apart of before is
 * destroyed with the month. So a copy of this file, of whatever day before,
 * opens nothing any more.
 *
 *	wrapping key = HMAC-SHA-256(key apart, "ecluse/months-epoch/v1" ‖ wrap)
 */
#pragma once
#include <stdbool.h>
#include "base/buf.h"
#include "base/random.h"
#include "crypto/secret.h"
#include "crypto/sign.h"
#include "journal/leaf.h"

#define MONTHS_MAX 1200	/* months in the file, destroyed ones too */

struct months;

/* Where the keys apart are (rootkey/apart.h). */
struct months_apart {
	void *ctx;
	/* Makes it durably if there is none and make is set; ERR_UNKNOWN. */
	enum err (*get)(
	    void *ctx, uint32_t epoch, bool make, struct secret *ret);
	/* Destroys it; it need not be there. What fails is done at the next
	 * opening, and is the caller's to tell. */
	void (*drop)(void *ctx, uint32_t epoch);
};

/*
 * Opens the file, or starts an empty set where there is none (nothing is
 * written until the first key is made, but the first key apart). wrap is
 * copied, as *apart is; its ctx lives longer. ERR_CORRUPT: not such a file;
 * ERR_STATE: of an epoch whose key apart is gone: a copy from before a
 * destruction; ERR_CRYPTO: another wrapping key, or altered; ERR_IO.
 */
MUST_CHECK enum err months_open(const char *path, const struct secret *wrap,
    const struct months_apart *apart, const struct random *random,
    struct months **ret);
/*
 * The keys apart come from elsewhere from now on (another root key): all that
 * lives is wrapped in <path>.next under theirs, of the same epoch. Whoever
 * opens with them afterwards finds the file closed, opens the other and puts
 * it in its place; whoever opens as before removes it. Nothing is done where
 * no month was made yet.
 */
MUST_CHECK enum err months_prepare(
    const struct months *m, const struct months_apart *apart);
void months_close(struct months *m);	/* wipes; NULL is fine */

/* ERR_UNKNOWN: never made; ERR_STATE: destroyed. */
MUST_CHECK enum err months_get(
    const struct months *m, uint32_t month, struct secret *ret);
/* Makes the key if there is none, durable before it returns. ERR_STATE:
 * destroyed (never made anew); ERR_FULL, ERR_IO. */
MUST_CHECK enum err months_need(
    struct months *m, uint32_t month, struct secret *ret);
/* Forgets the key for good, durably, and begins the next epoch. ERR_UNKNOWN;
 * ERR_STATE: it is already; ERR_IO: not done. */
MUST_CHECK enum err months_destroy(struct months *m, uint32_t month);
uint32_t months_epoch(const struct months *m);	/* from 1 */
#define MONTHS_FILE_MOST 131072	/* bytes of the file */
/* Does a copy of the file open? Errors of months_open; nothing is changed. */
MUST_CHECK enum err months_look(struct span file, const struct secret *wrap,
    const struct months_apart *apart);
/* The epoch that a file names, unverified. ERR_CORRUPT: not such a file. */
MUST_CHECK enum err months_file_epoch(struct span file, uint32_t *ret);
/* The nth month of the file, oldest first; false when there are no more. */
bool months_at(const struct months *m, size_t nth, uint32_t *ret_month,
    bool *ret_live);

void months_cell_key(const struct secret *month_key, uint32_t cell,
    struct secret *ret);
void months_entry_key(const struct secret *cell_key, uint64_t index,
    struct secret *ret);
void months_asker_key(const struct secret *month_key,
    const uint8_t key_id[static SIGN_KEY_ID], struct secret *ret);
/* First 16 bytes of HMAC-SHA-256(asker key, "pseudonym"). */
void months_pseudonym(
    const struct secret *asker_key, uint8_t out[static LEAF_ASKER]);
