/* A clock that is wrong for one machine: preloaded into its programs, it adds an offset to the host's real-time clock.
 *
 * The kernel keeps one real-time clock for the whole host and time namespaces do not cover it, so this is done where
 * programs ask. The offset is read from a shared mapping: changing the file changes every program's clock at once,
 * without a system call that a sandbox could forbid. Waits until a moment are shifted back, or they would last too long;
 * monotonic clocks stay true (a moment below BOUNDARY is monotonic: no host is up for thirty years).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#define BOUNDARY 1000000000L
#define SECOND 1000000000LL
#define REAL(type, name) ((type)(dlvsym(RTLD_NEXT, #name, VERSION) ?: dlsym(RTLD_NEXT, #name)))
#define VERSION "GLIBC_2.3.2" /* the current pthread_cond_timedwait of x86-64; others have one version only */

static const volatile int64_t *offset; /* nanoseconds */
static int (*real_clock)(clockid_t, struct timespec *);

__attribute__((constructor)) static void begin(void)
{
    int file = open("/etc/medcloud-skew/offset", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    void *page = mmap(NULL, sizeof *offset, PROT_READ, MAP_SHARED, file, 0);
    close(file);
    if (page != MAP_FAILED)
        offset = page;
}

static struct timespec shifted(struct timespec t, int64_t by)
{
    int64_t nsec = t.tv_nsec + by % SECOND;
    t.tv_sec += by / SECOND + (nsec >= SECOND) - (nsec < 0);
    t.tv_nsec = nsec + (nsec < 0 ? SECOND : nsec >= SECOND ? -SECOND : 0);
    return t;
}

static struct timespec true_moment(const struct timespec *t)
{
    return offset && t->tv_sec > BOUNDARY ? shifted(*t, -*offset) : *t;
}

int clock_gettime(clockid_t id, struct timespec *t)
{
    if (!real_clock)
        real_clock = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real_clock(id, t);
    if (!result && offset && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE || id == CLOCK_TAI))
        *t = shifted(*t, *offset);
    return result;
}

int gettimeofday(struct timeval *restrict t, void *restrict zone)
{
    struct timespec now;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &now);
    *t = (struct timeval){now.tv_sec, now.tv_nsec / 1000};
    return 0;
}

time_t time(time_t *t)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (t)
        *t = now.tv_sec;
    return now.tv_sec;
}

int timespec_get(struct timespec *t, int base)
{
    return base == TIME_UTC && !clock_gettime(CLOCK_REALTIME, t) ? base : 0;
}

int pthread_cond_timedwait(pthread_cond_t *restrict c, pthread_mutex_t *restrict m, const struct timespec *restrict t)
{
    struct timespec until = true_moment(t);
    return REAL(int (*)(pthread_cond_t *, pthread_mutex_t *, const struct timespec *), pthread_cond_timedwait)(c, m, &until);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict m, const struct timespec *restrict t)
{
    struct timespec until = true_moment(t);
    return REAL(int (*)(pthread_mutex_t *, const struct timespec *), pthread_mutex_timedlock)(m, &until);
}

int sem_timedwait(sem_t *restrict s, const struct timespec *restrict t)
{
    struct timespec until = true_moment(t);
    return REAL(int (*)(sem_t *, const struct timespec *), sem_timedwait)(s, &until);
}

int clock_nanosleep(clockid_t id, int flags, const struct timespec *t, struct timespec *left)
{
    struct timespec until = flags & TIMER_ABSTIME ? true_moment(t) : *t;
    return REAL(int (*)(clockid_t, int, const struct timespec *, struct timespec *), clock_nanosleep)(id, flags, &until, left);
}

int timerfd_settime(int file, int flags, const struct itimerspec *t, struct itimerspec *old)
{
    struct itimerspec until = *t;
    if (flags & TFD_TIMER_ABSTIME)
        until.it_value = true_moment(&t->it_value);
    return REAL(int (*)(int, int, const struct itimerspec *, struct itimerspec *), timerfd_settime)(file, flags, &until, old);
}

int timer_settime(timer_t timer, int flags, const struct itimerspec *restrict t, struct itimerspec *restrict old)
{
    struct itimerspec until = *t;
    if (flags & TIMER_ABSTIME)
        until.it_value = true_moment(&t->it_value);
    return REAL(int (*)(timer_t, int, const struct itimerspec *, struct itimerspec *), timer_settime)(timer, flags, &until, old);
}
