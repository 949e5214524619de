/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every key of an instance: what its keeper says of its own, of months, of
 * administrators' and mutuelles' keys, and until when the certificates in DIR/tls are good.
 */
#pragma once
#include <stdbool.h>

/* Shows them; the exit status: SAY_CHECK_FAILED when something is due. */
int keys_list_show(const char *dir, bool json);
