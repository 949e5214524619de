/* SPDX-License-Identifier: Apache-2.0 */
/* `ecluse keys rotate`: what lies below the keeper's keys, and beside them:
 * the root key (keys_root.c), TLS certificates (keys_tls.c). */
#pragma once

/* argv[0] is "rotate"; help: the text of ecluse keys. */
int keys_rotate(int argc, char **argv, const char *help);
