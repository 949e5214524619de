/* SPDX-License-Identifier: Apache-2.0 */
/* Goal: a sentence that a lower folder put together comes out word for word
 * where nothing is translated, whatever stands in its places. */
#include <stdarg.h>
#include <setjmp.h>
#include <stddef.h>
#include <cmocka.h>
#include <string.h>
#include "cli/composed.h"

static void assert_kept(const char *text)
{
	char out[1024];

	composed_text(text, out, sizeof(out));
	assert_string_equal(out, text);
}

static void test_english_stays(void **state)
{
	static const char *const texts[] = {
	    "", "%", "%s", "entry ", "entry\u00a0: ", "line 12: no such site",
	    "registry entry 7", "entry 5 is missing",
	    "entry 12: its leaf is malformed",
	    "entry 12: entry 13: entry 14: entry 15: entry 16: deep",
	    "vault 0: the vault answered for entry 12, which is no question",
	    ("tile/0/000.p/69 (entries 0 to 68), or every tile, does not give "
	     "the checkpoint's root"),
	    "tile/0/001 (entries 256 to 511) does not give hash 1 of tile/1/0",
	    "two administrators must sign this",
	    ("vault 0: it took an act that is not in the registry: "
	     "administrators or a ceiling"),
	    ("act 3 of the registry may not stand: one signature enrolled more "
	     "than it may in a day"),
	    ("the registry has 2 entries, and entry 5 of the journal names 3 of "
	     "it"),
	};

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		assert_kept(texts[i]);
}

/* No room: cut, and ended all the same. */
static void test_what_is_too_long_is_cut(void **state)
{
	char out[12], name[700];

	(void)state;
	composed_text("registry entry 1234567", out, sizeof(out));
	assert_string_equal(out, "registry en");
	memset(name, 'x', sizeof(name));
	(void)memcpy(name + 600, " is missing", 12);
	composed_text(name, out, sizeof(out));
	assert_string_equal(out, "xxxxxxxxxxx");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_english_stays),
		cmocka_unit_test(test_what_is_too_long_is_cut),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
