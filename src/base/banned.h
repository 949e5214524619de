/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Functions that do not compile here. The build force-includes this file in
 * every C file of ours, after the system headers that declare them.
 *
 * Each has a bounded or honest replacement: snprintf, memcpy with a length,
 * text_* and date_* of base/, the injected random of base/random.h.
 */
#pragma once
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#undef sprintf	/* a macro of glibc's fortification under clang */
#undef vsprintf
#pragma GCC poison gets strcpy strcat strncpy strncat strtok strtok_r
#pragma GCC poison sprintf vsprintf sscanf vsscanf fscanf scanf
#pragma GCC poison atoi atol atoll atof
#pragma GCC poison gmtime localtime ctime asctime mktime
#pragma GCC poison srand random_r srandom drand48 tmpnam mktemp
#pragma GCC poison system popen
/* OpenSSL's headers name parameters rand: refuse the call, not the word. */
extern int rand(void) __attribute__((unavailable("use base/random.h")));
