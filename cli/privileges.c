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
#include "base/listen_spec.h"

enum { FIRST_FREE_PORT = 1024 };

/* Permitted, effective and inheritable become exactly these bits of the first 32 capabilities; and ambient,
 * so that the binary of an upgrade has them too. */
static bool set_capabilities(uint32_t bits)
{
    struct __user_cap_header_struct head = {_LINUX_CAPABILITY_VERSION_3, 0};
    struct __user_cap_data_struct data[2] = {{bits, bits, bits}, {0, 0, 0}};
    if (syscall(SYS_capset, &head, data) != 0)
        return false;
    for (unsigned cap = 0; cap < 32; cap++)
        if (bits & 1u << cap && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, cap, 0, 0) != 0)
            return false;
    return true;
}

static uint32_t rights_for(const char *listen)
{
    struct listen_spec spec;
    if (!listen_spec_parse(sl_cstr(listen), &spec, NULL))
        return 0;
    return (spec.at.port > 0 && spec.at.port < FIRST_FREE_PORT ? 1u << CAP_NET_BIND_SERVICE : 0) |
           (spec.kind & LISTEN_TPROXY ? 1u << CAP_NET_ADMIN : 0);
}

/* What the listeners of these settings need of root's rights. */
static uint32_t rights_needed(const struct settings *s)
{
    uint32_t bits = 0;
    for (size_t i = 0; i < s->proxy.listen.count; i++)
        bits |= rights_for(s->proxy.listen.items[i]);
    for (size_t i = 0; i < s->admin.listen.count; i++)
        bits |= rights_for(s->admin.listen.items[i]);
    return bits;
}

static bool give_directory(const struct settings *s, const struct passwd *user, struct sl_err *err)
{
    struct stat st;
    if (!fs_mkdir_all(s->state.directory, 0700, err))
        return false;
    if (stat(s->state.directory, &st) != 0 ||
        (st.st_uid != user->pw_uid && chown(s->state.directory, user->pw_uid, user->pw_gid) != 0))
        return sl_fail_errno(err, SL_IO, errno, "state.directory %s could not be given to '%s'",
                             s->state.directory, s->state.user);
    return true;
}

bool privileges_become(const struct settings *s, struct sl_err *err)
{
    if (getuid() != 0 || s->state.user[0] == '\0')
        return true;
    const struct passwd *user = getpwnam(s->state.user);
    if (user == NULL)
        return sl_fail(err, SL_NOT_FOUND, "state.user: there is no user '%s' on this system", s->state.user);
    if (!give_directory(s, user, err))
        return false;
    if (prctl(PR_SET_KEEPCAPS, 1, 0, 0, 0) != 0 || initgroups(user->pw_name, user->pw_gid) != 0 ||
        setgid(user->pw_gid) != 0 || setuid(user->pw_uid) != 0)
        return sl_fail_errno(err, SL_IO, errno, "could not become user '%s'", s->state.user);
    if (!set_capabilities(rights_needed(s)))
        return sl_fail_errno(err, SL_IO, errno, "could not give up the rights of root");
    /* No binary that is started from here on gets more rights than we have. */
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return sl_fail_errno(err, SL_IO, errno, "could not give up gaining rights");
    prctl(PR_SET_DUMPABLE, 1, 0, 0, 0); /* /proc is ours again; core dumps are forbidden by their limit */
    return true;
}
