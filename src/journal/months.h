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
 * The file: "ECMONTH1", u32 count, then per month, in order, u32 month,
 * u8 state (1 live, 2 destroyed), 12-byte nonce, 48 bytes of AES-256-GCM
 * (zero when destroyed), then HMAC-SHA-256 of all that under a key drawn from
 * the wrapping key. It is replaced whole; the old bytes are overwritten when
 * a month is destroyed, as far as the file system lets that reach the disk.
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

/*
 * Opens the file, or starts an empty set where there is none (nothing is
 * written until the first key is made). wrap is copied. ERR_CORRUPT: not such
 * a file; ERR_CRYPTO: another wrapping key, or altered; ERR_IO.
 */
MUST_CHECK enum err months_open(const char *path, const struct secret *wrap,
    const struct random *random, struct months **ret);
void months_close(struct months *m);	/* wipes; NULL is fine */

/* ERR_UNKNOWN: never made; ERR_STATE: destroyed. */
MUST_CHECK enum err months_get(
    const struct months *m, uint32_t month, struct secret *ret);
/* Makes the key if there is none, durable before it returns. ERR_STATE:
 * destroyed (never made anew); ERR_FULL, ERR_IO. */
MUST_CHECK enum err months_need(
    struct months *m, uint32_t month, struct secret *ret);
/* Forgets the key for good, durably. ERR_UNKNOWN; ERR_STATE: it is already;
 * ERR_IO: not done. */
MUST_CHECK enum err months_destroy(struct months *m, uint32_t month);
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
