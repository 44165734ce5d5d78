/* digest.c - see digest.h. */
#include "policy/store/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/crypto.h"

enum { STEP = 256 * 1024 };

bool digest_file(const char *path, uint8_t out[32], struct sl_err *err)
{
    SL_CLEANUP(sl_closep) int fd = open(path, O_RDONLY | O_CLOEXEC);
    SL_CLEANUP(sl_freep) char *buffer = sl_malloc(STEP);
    if (fd < 0)
        return sl_fail_errno(err, errno == ENOENT ? SL_NOT_FOUND : SL_IO, errno, "cannot open %s", path);
    struct crypto_digest *d = crypto_digest_new();
    ssize_t n;
    while ((n = read(fd, buffer, STEP)) > 0 || (n < 0 && errno == EINTR))
        if (n > 0)
            crypto_digest_add(d, buffer, (size_t)n);
    int error = errno;
    crypto_digest_end(&d, out);
    return n == 0 || sl_fail_errno(err, SL_IO, error, "cannot read %s", path);
}
