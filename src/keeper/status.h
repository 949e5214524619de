/* SPDX-License-Identifier: Apache-2.0 */
/* How the instance stands, as one JSON object for `ecluse status`. */
#pragma once
#include "keeper/keeper.h"

#define STATUS_MOST 65536	/* bytes of the object */
#define STATUS_CLOSED 128	/* closings told; closed_count counts all */

/* Appends {"origin","drill","time",…,"closed":[{"gate","since","reason"}]}. */
void status_write(struct keeper *k, struct buf *out);
