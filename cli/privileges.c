/* privileges.c - see privileges.h. */
#include "cli/privileges.h"

#include <errno.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/fs.h"

/* Permitted and effective become exactly these bits of the first 32 capabilities. */
static bool set_capabilities(uint32_t bits)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{bits, bits, 0}, {0, 0, 0}};
    return syscall(SYS_capset, &head, data) == 0;
}

bool privileges_become(const struct settings *s, struct sl_err *err)
{
    if (getuid() != 0 || s->state.user[0] == '\0')
        return true;
    const struct passwd *user = getpwnam(s->state.user);
    if (user == NULL)
        return sl_fail(err, SL_NOT_FOUND, "state.user: there is no user '%s' on this system", s->state.user);
    if (!fs_mkdir_all(s->state.directory, 0700, err))
        return false;
    struct stat st;
    if (stat(s->state.directory, &st) != 0 ||
        (st.st_uid != user->pw_uid && chown(s->state.directory, user->pw_uid, user->pw_gid) != 0))
        return sl_fail_errno(err, SL_IO, errno, "state.directory %s could not be given to '%s'",
                             s->state.directory, s->state.user);
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || setgroups(0, NULL) != 0 || setgid(user->pw_gid) != 0 ||
        setuid(user->pw_uid) != 0)
        return sl_fail_errno(err, SL_IO, errno, "could not become user '%s'", s->state.user);
    if (!set_capabilities(1u << CAP_NET_BIND_SERVICE))
        return sl_fail_errno(err, SL_IO, errno, "could not give up the rights of root");
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0);
    return true;
}
