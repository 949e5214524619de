/* SPDX-License-Identifier: Apache-2.0 */
/* Settings put into an ecluse.conf that has an owner: a command's few lines
 * replace those of their names, the rest stays as he wrote it. */
#pragma once
#include "base/buf.h"

struct edit_setting {
	const char *name, *value;
};

/* All at once: a kill leaves the old file or the new one. Errors of file_read
 * and file_replace (base/file.h). */
MUST_CHECK enum err edit_settings(
    const char *dir, const struct edit_setting *settings, size_t n);
/* The same of a text that was read there, and judged (conf/judged.h). */
MUST_CHECK enum err edit_text(const char *dir, struct span text,
    const struct edit_setting *settings, size_t n);
