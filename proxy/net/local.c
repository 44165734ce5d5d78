/* local.c - see local.h. One RTM_GETROUTE: the kernel tells the route that a connection would take, and a
 * route of type RTN_LOCAL ends here. */
#include "proxy/net/local.h"

#include <errno.h>
#include <linux/rtnetlink.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

struct question {
    struct nlmsghdr head;
    struct rtmsg route;
    struct rtattr attr;
    uint8_t addr[16];
};

static struct question question_for(struct sl_addr a)
{
    bool v4 = sl_addr_is_v4(a);
    size_t n = v4 ? 4 : 16;
    struct question q = {
        .head = {.nlmsg_type = RTM_GETROUTE, .nlmsg_flags = NLM_F_REQUEST, .nlmsg_seq = 1},
        .route = {.rtm_family = v4 ? AF_INET : AF_INET6, .rtm_dst_len = (unsigned char)(n * 8)},
        .attr = {.rta_type = RTA_DST, .rta_len = (unsigned short)RTA_LENGTH(n)},
    };
    q.head.nlmsg_len = (uint32_t)(offsetof(struct question, addr) + n);
    memcpy(q.addr, a.b + 16 - n, n);
    return q;
}

/* The answer is there when send() returns: netlink works in the caller's system call. */
static bool ask(int fd, const struct question *q, bool *out)
{
    union {
        struct nlmsghdr head;
        char bytes[4096];
    } answer;
    struct rtmsg route;
    if (send(fd, q, q->head.nlmsg_len, 0) < 0)
        return false;
    ssize_t n = recv(fd, &answer, sizeof answer, MSG_DONTWAIT);
    if (n < (ssize_t)NLMSG_LENGTH(sizeof route))
        return false;
    if (answer.head.nlmsg_type == NLMSG_ERROR) { /* no route leads there */
        *out = false;
        return true;
    }
    memcpy(&route, NLMSG_DATA(&answer.head), sizeof route);
    *out = route.rtm_type == RTN_LOCAL;
    return answer.head.nlmsg_type == RTM_NEWROUTE;
}

bool local_is(struct sl_addr a)
{
    struct question q = question_for(a);
    bool local = true;
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0)
        return true;
    if (!ask(fd, &q, &local))
        local = true;
    close(fd);
    return local;
}
