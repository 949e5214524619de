/* SPDX-License-Identifier: Apache-2.0 */
#include <jansson.h>
#include "other.h"

void *other_read(const void *p, size_t n, bool *ret_beyond)
{
	json_error_t error;
	json_t *v = json_loadb(p, n, JSON_REJECT_DUPLICATES |
	    JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);

	*ret_beyond = !v && json_error_code(&error) ==
	    json_error_numeric_overflow;
	return v;
}

void other_free(void *v)
{
	json_decref(v);
}

char other_kind(const void *v)
{
	switch (json_typeof((const json_t *)v)) {
	case JSON_OBJECT: return '{';
	case JSON_ARRAY: return '[';
	case JSON_STRING: return 's';
	case JSON_INTEGER: return 'i';
	case JSON_REAL: return 'r';
	case JSON_TRUE: return 't';
	case JSON_FALSE: return 'f';
	default: return '0';
	}
}

size_t other_count(const void *v)
{
	return json_is_array((const json_t *)v) ? json_array_size(v) :
	    json_object_size(v);
}

int64_t other_int(const void *v)
{
	return json_integer_value(v);
}

const char *other_text(const void *v, size_t *ret_n)
{
	*ret_n = json_string_length(v);
	return json_string_value(v);
}

void *other_element(const void *v, size_t nth)
{
	return json_array_get(v, nth);
}

void other_members(void *v, void *ctx,
    void (*each)(void *ctx, const char *name, void *value))
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)v, name, value)
		each(ctx, name, value);
}
