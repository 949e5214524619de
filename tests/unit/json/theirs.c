/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include "theirs.h"

enum theirs theirs_read(const void *text, size_t n, char **ret_spelling)
{
	json_error_t e;
	json_t *v = json_loadb(
	    text, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &e);

	if (!v)
		return json_error_code(&e) == json_error_numeric_overflow
		    ? THEIRS_OVERFLOW
		    : THEIRS_BAD;
	*ret_spelling = json_dumps(
	    v, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(v);
	return *ret_spelling ? THEIRS_GOOD : THEIRS_BAD;
}
