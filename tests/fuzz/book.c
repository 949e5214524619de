/* SPDX-License-Identifier: Apache-2.0 */
/* A mutuelle's file: its head, then members or their faults, line by line. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "fuzz.h"
#include "insurer/source.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	static const struct member_rules rules = {false};
	struct head_fault faults[HEAD_FAULTS];
	struct member_faults wrong;
	struct source s;
	struct member m;
	char path[64];
	size_t count;
	enum err e;
	int fd = memfd_create("book", MFD_CLOEXEC);

	must(fd >= 0 && write(fd, p, n) == (ssize_t)n);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	e = source_open(&s, path, &rules, faults, &count);
	if (e == ERR_SHAPE)
		must(count > 0 && count <= HEAD_FAULTS);
	if (!e) {
		while ((e = source_next(&s, &m, &wrong)) == ERR_OK ||
		    e == ERR_SHAPE) {
			if (e == ERR_SHAPE) {
				met("faults of a member");
				must(wrong.count > 0);
			} else {
				met("a member");
				must(m.ref.n > 0 && m.from_day <= m.to_day);
			}
		}
		must(e == ERR_CLOSED);
		source_close(&s);
	}
	(void)close(fd);
	return 0;
}
