/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include "base/log.h"
#include "base/must.h"

void must_have(bool ok, const char *what)
{
	if (ok)
		return;
	log_say(LOG_ERROR, "no memory for %s: ended at once", what);
	abort();
}
