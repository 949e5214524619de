/* SPDX-License-Identifier: Apache-2.0 */
/* Until when the certificates in DIR/tls are good: clients of a plane whose
 * certificate has ended reach nobody, and no process of ours would say so. */
#pragma once
#include <stdbool.h>
#include <stdint.h>

#define CERTIFICATES_DAYS 30	/* one that ends sooner is due */

/* name: flow, portal, staff, ca or clients-ca; left_ms: negative once it has
 * ended. Of several in a file the first that ends counts. */
typedef void (*certificates_each)(
    void *ctx, const char *name, int64_t until_ms, int64_t left_ms);

/* Those that this user may read, by this machine's clock. False: a file holds
 * something else, with which nginx will not start, or could not be read, and
 * that was said. */
bool certificates_look(const char *dir, certificates_each each, void *ctx);
bool certificates_due(int64_t left_ms);
