/* SPDX-License-Identifier: Apache-2.0 */
#include "base/limits.h"
#include "upstream/body.h"

size_t body_most(unsigned plane)
{
	static const size_t most[] = {
	    0,
	    LIMIT_BUNDLE,	/* flow */
	    LIMIT_BODY,		/* portal */
	    0,			/* member */
	    LIMIT_FEED_CHUNK,	/* staff */
	};

	return plane < sizeof(most) / sizeof(most[0]) ? most[plane] : 0;
}
