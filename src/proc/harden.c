/* SPDX-License-Identifier: Apache-2.0 */
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "proc/harden.h"

enum err harden_process(void)
{
	static const struct rlimit none = {0, 0};
	sigset_t nothing;

	(void)umask(077);
	(void)sigemptyset(&nothing);
	if (sigprocmask(SIG_SETMASK, &nothing, NULL) != 0 ||
	    signal(SIGCHLD, SIG_DFL) == SIG_ERR)
		return ERR_IO;
	if (setrlimit(RLIMIT_CORE, &none) != 0 ||
	    prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 ||
	    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		return ERR_IO;
	return signal(SIGPIPE, SIG_IGN) == SIG_ERR ? ERR_IO : ERR_OK;
}

enum err harden_descriptors(size_t most, size_t *ret)
{
	struct rlimit now;

	if (getrlimit(RLIMIT_NOFILE, &now) != 0)
		return ERR_IO;
	if (now.rlim_cur < most && now.rlim_cur < now.rlim_max) {
		now.rlim_cur = now.rlim_max < most ? now.rlim_max : most;
		if (setrlimit(RLIMIT_NOFILE, &now) != 0)
			return ERR_IO;
	}
	*ret = now.rlim_cur;
	return ERR_OK;
}
