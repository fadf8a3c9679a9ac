/* Preloaded into a guarded process: writes into $GUARD_LOG what any code of it, native code too, looks up or connects
   to beyond this machine, and lets none of it through. */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void tell(const char *what, const char *whom) {
    const char *path = getenv("GUARD_LOG");
    int log = path ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;
    if (log < 0) abort();
    dprintf(log, "native: %s %s\n", what, whom);
    close(log);
}

static int is_name_of_here(const char *name) {
    return !name || !strcmp(name, "localhost") || !strncmp(name, "127.", 4) || !strcmp(name, "::1");
}

/* Whether a call may go on; of sockets within this machine and of connected ones, which carry no address, it may. */
static int passes(const char *what, const struct sockaddr *to) {
    char text[INET6_ADDRSTRLEN] = "";
    if (!to) return 1;
    if (to->sa_family == AF_INET) {
        struct in_addr at = ((const struct sockaddr_in *)to)->sin_addr;
        if (ntohl(at.s_addr) >> 24 == 127) return 1;
        inet_ntop(AF_INET, &at, text, sizeof text);
    } else if (to->sa_family == AF_INET6) {
        struct in6_addr at = ((const struct sockaddr_in6 *)to)->sin6_addr;
        if (IN6_IS_ADDR_LOOPBACK(&at)) return 1;
        inet_ntop(AF_INET6, &at, text, sizeof text);
    } else {
        return 1;
    }
    tell(what, text);
    errno = ENETUNREACH;
    return 0;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int getaddrinfo(const char *node, const char *service, const struct addrinfo *hints, struct addrinfo **found) {
    if (is_name_of_here(node)) return REAL(getaddrinfo)(node, service, hints, found);
    tell("looks up", node);
    return EAI_NONAME;
}

struct hostent *gethostbyname(const char *name) {
    if (is_name_of_here(name)) return REAL(gethostbyname)(name);
    tell("looks up", name);
    h_errno = HOST_NOT_FOUND;
    return NULL;
}

int gethostbyname_r(const char *name, struct hostent *entry, char *buffer, size_t size, struct hostent **found,
                    int *error) {
    if (is_name_of_here(name)) return REAL(gethostbyname_r)(name, entry, buffer, size, found, error);
    tell("looks up", name);
    *found = NULL;
    *error = HOST_NOT_FOUND;
    return 0;
}

int connect(int socket, const struct sockaddr *to, socklen_t size) {
    return passes("connects to", to) ? REAL(connect)(socket, to, size) : -1;
}

ssize_t sendto(int socket, const void *bytes, size_t count, int flags, const struct sockaddr *to, socklen_t size) {
    return passes("sends to", to) ? REAL(sendto)(socket, bytes, count, flags, to, size) : -1;
}

ssize_t sendmsg(int socket, const struct msghdr *message, int flags) {
    return passes("sends to", message->msg_name) ? REAL(sendmsg)(socket, message, flags) : -1;
}
