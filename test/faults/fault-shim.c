/*
 * A disk that fails, fills, or loses its power, between a real process and its files on Linux: an
 * LD_PRELOAD library around the libc calls that change files under $FAULT_FOLDER.
 *
 *   FAULT_REPORT   file that gets a line for each write point: number, call, path
 *   FAULT_AT       the write point where the fault strikes, from 1; without it all is only counted
 *   FAULT_KIND     EIO, ENOSPC: the call fails, a write half done; a sync that fails loses what it was for
 *                  cut:  power fails before the call, and nothing unsynced is left
 *                  torn: power fails, and some of what is unsynced is left, by FAULT_SEED: any of the
 *                        pages overwritten, and of what was appended, as on ext4, a first part
 *   FAULT_TIMES    how many write points in a row fail (EIO, ENOSPC); 1 where absent, 0 for all
 *   FAULT_CUT_AT   a write point where power fails as well, after an error
 *
 * As on Linux, a page whose sync failed reads back as it was written, counts as clean, and is never
 * written unless it is changed again. A name is durable once its folder is synced, and the name of a
 * new file, as on ext4, with the file. SQLite's -shm files are memory, gone with the power.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#define PAGE 4096
#define FDS 65536

/* A page as it is on the disk, while memory holds something newer. */
typedef struct page {
  off_t number;
  int lost; /* its sync failed: clean in memory, old on the disk */
  char bytes[PAGE];
  struct page *next;
} page;

typedef struct file {
  dev_t device;
  ino_t inode;
  int descriptor; /* never closed: closing any would end SQLite's locks on the file */
  off_t durable_size;
  page *pages;
  struct file *next;
} file;

/* A change of a folder that is not durable yet; the newest first. */
typedef struct change {
  enum { CREATED, RENAMED, REMOVED, FOLDER_MADE } what;
  char path[PATH_MAX], from[PATH_MAX];
  char kept[PATH_MAX]; /* another name of the file that lost the name `path`; "" without one */
  file *created;
  struct change *next;
} change;

static pthread_mutex_t lock = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
static char folder[PATH_MAX];
static int report = -1;
static long point, fault_at, fault_times = 1, cut_at, kept_count;
static int fault_errno, fault_cut, fault_torn;
static unsigned long seed;
static file *files;
static change *changes;
static file *open_files[FDS];
static char shm_paths[64][PATH_MAX];
static int shm_count;

#define REAL(name) \
  static __typeof__(name) *real_##name; \
  if (!real_##name) real_##name = dlsym(RTLD_NEXT, #name)

/* The call as it is without the shim: `plain_open`, … */
#define PLAIN(type, name, parameters, arguments) \
  static type plain_##name parameters { \
    REAL(name); \
    return real_##name arguments; \
  }
PLAIN(int, open, (const char *path, int flags, mode_t mode), (path, flags, mode))
PLAIN(ssize_t, write, (int fd, const void *bytes, size_t count), (fd, bytes, count))
PLAIN(ssize_t, pwrite, (int fd, const void *bytes, size_t count, off_t at), (fd, bytes, count, at))
PLAIN(int, ftruncate, (int fd, off_t size), (fd, size))
PLAIN(int, unlink, (const char *path), (path))
PLAIN(int, rename, (const char *from, const char *to), (from, to))

__attribute__((constructor)) static void begin(void) {
  const char *value = getenv("FAULT_FOLDER");
  if (!value || !realpath(value, folder)) return;
  if ((value = getenv("FAULT_REPORT"))) {
    report = plain_open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  }
  if ((value = getenv("FAULT_AT"))) fault_at = atol(value);
  if ((value = getenv("FAULT_CUT_AT"))) cut_at = atol(value);
  if ((value = getenv("FAULT_SEED"))) seed = strtoul(value, NULL, 10);
  if ((value = getenv("FAULT_TIMES"))) fault_times = atol(value);
  value = getenv("FAULT_KIND");
  if (!value) return;
  fault_torn = !strcmp(value, "torn");
  fault_cut = fault_torn || !strcmp(value, "cut");
  fault_errno = !strcmp(value, "ENOSPC") ? ENOSPC : EIO;
}

/* ── what is under the folder ── */

static int inside(const char *path) {
  size_t length = strlen(folder);
  return length > 0 && path && !strncmp(path, folder, length) &&
         (path[length] == '/' || path[length] == '\0');
}

static int is_shm(const char *path) {
  size_t length = strlen(path);
  return length > 4 && !strcmp(path + length - 4, "-shm");
}

static void remember_shm(const char *path) {
  for (int i = 0; i < shm_count; i++)
    if (!strcmp(shm_paths[i], path)) return;
  if (shm_count < 64) strcpy(shm_paths[shm_count++], path);
}

static file *file_of(int fd) { return fd >= 0 && fd < FDS ? open_files[fd] : NULL; }

static void path_of(int fd, char *path) {
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t length = readlink(link, path, PATH_MAX - 1);
  path[length < 0 ? 0 : length] = '\0';
}

static file *track(int fd, int created) {
  struct stat status;
  if (fd >= FDS || fstat(fd, &status) || !S_ISREG(status.st_mode)) return NULL;
  for (file *f = files; f; f = f->next)
    if (f->device == status.st_dev && f->inode == status.st_ino) return open_files[fd] = f;
  char link[64];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  file *f = calloc(1, sizeof *f);
  f->device = status.st_dev;
  f->inode = status.st_ino;
  f->descriptor = plain_open(link, O_RDWR | O_CLOEXEC, 0);
  f->durable_size = created ? 0 : status.st_size;
  f->next = files;
  return open_files[fd] = files = f;
}

/* ── what is not durable ── */

static void keep_page(file *f, off_t number) {
  for (page *p = f->pages; p; p = p->next)
    if (p->number == number) {
      p->lost = 0; /* changed again, it will be written as a whole */
      return;
    }
  page *p = calloc(1, sizeof *p);
  p->number = number;
  if (pread(f->descriptor, p->bytes, PAGE, number * PAGE) < 0) abort();
  p->next = f->pages;
  f->pages = p;
}

static void keep_range(file *f, off_t start, off_t end) {
  for (off_t number = start / PAGE; number * PAGE < end; number++) keep_page(f, number);
}

static off_t size_of(file *f) {
  struct stat status;
  return fstat(f->descriptor, &status) ? 0 : status.st_size;
}

static void file_synced(file *f) {
  for (page **at = &f->pages; *at;) {
    page *p = *at;
    if (p->lost) at = &p->next;
    else {
      *at = p->next;
      free(p);
    }
  }
  f->durable_size = size_of(f);
}

static change *add_change(int what, const char *path) {
  change *c = calloc(1, sizeof *c);
  c->what = what;
  strcpy(c->path, path);
  c->next = changes;
  return changes = c;
}

/* Gives the file at the path a second name, so that it outlives the loss of this one. */
static void keep_file(change *c, const char *path) {
  char beside[PATH_MAX];
  if (access(path, F_OK)) return;
  snprintf(beside, sizeof beside, "%.4000s.undo", folder);
  mkdir(beside, 0700);
  snprintf(c->kept, sizeof c->kept, "%.4000s/%d-%ld", beside, getpid(), ++kept_count);
  if (link(path, c->kept)) abort();
}

static void forget(change **at) {
  change *c = *at;
  *at = c->next;
  if (c->kept[0]) plain_unlink(c->kept);
  free(c);
}

static int lies_in(const char *path, const char *directory) {
  const char *slash = strrchr(path, '/');
  size_t length = strlen(directory);
  return slash && (size_t)(slash - path) == length && !strncmp(path, directory, length);
}

static void folder_synced(const char *path) {
  for (change **at = &changes; *at;)
    if (lies_in((*at)->path, path)) forget(at);
    else at = &(*at)->next;
}

/* With a new file its name is durable, and what that name was before, and the folders above. */
static void name_synced(file *f) {
  char path[PATH_MAX] = "";
  for (change *c = changes; c; c = c->next)
    if (c->what == CREATED && c->created == f) strcpy(path, c->path);
  if (!path[0]) return;
  int older = 0;
  for (change **at = &changes; *at;) {
    change *c = *at;
    size_t length = strlen(c->path);
    int above = c->what == FOLDER_MADE && !strncmp(c->path, path, length) && path[length] == '/';
    if (c->what == CREATED && c->created == f) older = 1;
    if (above || (older && !strcmp(c->path, path))) forget(at);
    else at = &c->next;
  }
}

/* ── the faults ── */

/* 0 to 1023, the same for the same seed, file and number. */
static unsigned long chance(file *f, off_t number) {
  unsigned long x = seed * 2654435761UL ^ f->inode * 40503UL ^ (unsigned long)number * 97UL;
  x ^= x >> 13;
  x *= 0x9E3779B97F4A7C15UL;
  return x >> 40 & 1023;
}

static void cut_power(void) {
  for (file *f = files; f; f = f->next) {
    off_t added = size_of(f) - f->durable_size;
    if (!fault_torn) added = 0;
    else if (added > 0) added = added * (off_t)chance(f, -1) / 1023;
    plain_ftruncate(f->descriptor, f->durable_size + added);
    for (page *p = f->pages; p; p = p->next) {
      off_t at = p->number * PAGE;
      off_t size = f->durable_size + (added < 0 ? added : 0);
      if (at >= size || (fault_torn && !p->lost && chance(f, p->number) % 2)) continue;
      size_t count = size - at < PAGE ? size - at : PAGE;
      if (plain_pwrite(f->descriptor, p->bytes, count, at) < 0) abort();
    }
  }
  for (change *c = changes; c; c = c->next) {
    if (c->what == CREATED) plain_unlink(c->path);
    if (c->what == RENAMED) plain_rename(c->path, c->from);
    if (c->what == FOLDER_MADE) rmdir(c->path);
    if (c->kept[0]) plain_rename(c->kept, c->path);
  }
  for (int i = 0; i < shm_count; i++) plain_unlink(shm_paths[i]);
  _exit(137);
}

/* Counts a write point; 0, or the error it ends with. */
static int strike(const char *call, const char *path) {
  point++;
  int cut = (fault_cut && point == fault_at) || (cut_at && point == cut_at);
  int struck = fault_at && point >= fault_at && (!fault_times || point < fault_at + fault_times);
  int fails = struck && !fault_cut;
  if (report >= 0) {
    char line[PATH_MAX + 64];
    const char *mark = cut ? " POWER CUT" : fails ? " FAILED" : "";
    int length = snprintf(line, sizeof line, "%ld %s %s%s\n", point, call, path, mark);
    plain_write(report, line, length);
  }
  if (cut) cut_power();
  return fails ? fault_errno : 0;
}

static int strike_fd(const char *call, int fd) {
  char path[PATH_MAX];
  path_of(fd, path);
  return strike(call, path);
}

static void enter(void) { pthread_mutex_lock(&lock); }
static void leave(void) { pthread_mutex_unlock(&lock); }
/* What a call that may fail by itself, or by us, comes to. */
static int ended(int error, int result) {
  leave();
  if (error) errno = error;
  return result;
}

/* ── the calls ── */

static int open_any(int at, const char *path, int flags, mode_t mode) {
  REAL(openat);
  if (!inside(path)) return real_openat(at, path, flags, mode);
  enter();
  if (is_shm(path)) {
    remember_shm(path);
    leave();
    return real_openat(at, path, flags, mode);
  }
  struct stat status;
  int absent = stat(path, &status) != 0;
  int creates = absent && (flags & O_CREAT);
  int empties = !absent && (flags & O_TRUNC) && S_ISREG(status.st_mode) && status.st_size > 0;
  int error = creates || empties ? strike(creates ? "create" : "open-truncate", path) : 0;
  if (error) return ended(error, -1);
  int fd = real_openat(at, path, flags & ~O_TRUNC, mode);
  if (fd >= 0 && fd < FDS) {
    open_files[fd] = NULL;
    file *f = track(fd, creates);
    if (f && creates) add_change(CREATED, path)->created = f;
    if (f && empties) {
      keep_range(f, 0, size_of(f));
      plain_ftruncate(fd, 0);
    }
  }
  return ended(errno, fd);
}

#define OPEN_MODE(flags) \
  mode_t mode = 0; \
  if ((flags) & (O_CREAT | O_TMPFILE)) { \
    va_list rest; \
    va_start(rest, flags); \
    mode = va_arg(rest, mode_t); \
    va_end(rest); \
  }

int open(const char *path, int flags, ...) {
  OPEN_MODE(flags)
  return open_any(AT_FDCWD, path, flags, mode);
}
int openat(int at, const char *path, int flags, ...) {
  OPEN_MODE(flags)
  return open_any(at, path, flags, mode);
}
/* Offsets have 64 bits anyway. */
int open64(const char *path, int flags, ...) __attribute__((alias("open")));
int openat64(int at, const char *path, int flags, ...) __attribute__((alias("openat")));

int close(int fd) {
  REAL(close);
  enter();
  if (fd >= 0 && fd < FDS) open_files[fd] = NULL;
  int result = real_close(fd);
  leave();
  return result;
}

/* All writes end here; `at` is -1 for the file's own position. */
static ssize_t write_any(file *f, int fd, const struct iovec *parts, int count, off_t at) {
  REAL(writev);
  REAL(pwritev);
  enter();
  off_t start = at >= 0 ? at : lseek(fd, 0, SEEK_CUR);
  if (fcntl(fd, F_GETFL) & O_APPEND) start = size_of(f);
  off_t bytes = 0;
  for (int i = 0; i < count; i++) bytes += parts[i].iov_len;
  int error = strike_fd("write", fd);
  keep_range(f, start, start + bytes);
  ssize_t result;
  if (error) {
    /* Half of the first part: as much as any disk may have done. */
    if (count > 0) plain_pwrite(f->descriptor, parts[0].iov_base, parts[0].iov_len / 2, start);
    result = -1;
  } else {
    result = at >= 0 ? real_pwritev(fd, parts, count, at) : real_writev(fd, parts, count);
    error = errno;
  }
  leave();
  if (result < 0) errno = error;
  /* The sync is a call of its own here, which can fail or come too late by itself. */
  else if ((fcntl(fd, F_GETFL) & O_DSYNC) && fdatasync(fd)) return -1;
  return result;
}

ssize_t write(int fd, const void *bytes, size_t count) {
  file *f = file_of(fd);
  if (!f) return plain_write(fd, bytes, count);
  struct iovec part = {(void *)bytes, count};
  return write_any(f, fd, &part, 1, -1);
}
ssize_t pwrite(int fd, const void *bytes, size_t count, off_t at) {
  file *f = file_of(fd);
  if (!f) return plain_pwrite(fd, bytes, count, at);
  struct iovec part = {(void *)bytes, count};
  return write_any(f, fd, &part, 1, at);
}
ssize_t pwrite64(int fd, const void *, size_t, off_t at) __attribute__((alias("pwrite")));
ssize_t writev(int fd, const struct iovec *parts, int count) {
  REAL(writev);
  file *f = file_of(fd);
  return f ? write_any(f, fd, parts, count, -1) : real_writev(fd, parts, count);
}
ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
  REAL(pwritev);
  file *f = file_of(fd);
  return f ? write_any(f, fd, parts, count, at) : real_pwritev(fd, parts, count, at);
}
ssize_t pwritev64(int fd, const struct iovec *, int, off_t at) __attribute__((alias("pwritev")));

int ftruncate(int fd, off_t size) {
  file *f = file_of(fd);
  if (!f) return plain_ftruncate(fd, size);
  enter();
  int error = strike_fd("ftruncate", fd);
  if (!error) keep_range(f, size, size_of(f));
  int result = error ? -1 : plain_ftruncate(fd, size);
  return ended(error, result);
}
int ftruncate64(int fd, off_t size) __attribute__((alias("ftruncate")));

int mkdir(const char *path, mode_t mode) {
  REAL(mkdir);
  struct stat status;
  if (!inside(path) || !stat(path, &status)) return real_mkdir(path, mode);
  enter();
  int error = strike("mkdir", path);
  int result = error ? -1 : real_mkdir(path, mode);
  if (!result) add_change(FOLDER_MADE, path);
  return ended(error, result);
}

int rename(const char *from, const char *to) {
  if (!inside(from) || access(from, F_OK)) return plain_rename(from, to);
  enter();
  int error = strike("rename", to);
  if (!error) {
    change *c = add_change(RENAMED, to);
    strcpy(c->from, from);
    keep_file(c, to);
  }
  int result = error ? -1 : plain_rename(from, to);
  return ended(error, result);
}

static int remove_any(const char *path, int (*real)(const char *)) {
  struct stat status;
  if (!inside(path) || is_shm(path) || lstat(path, &status) || !S_ISREG(status.st_mode))
    return real(path);
  enter();
  int error = strike("unlink", path);
  if (!error) keep_file(add_change(REMOVED, path), path);
  int result = error ? -1 : real(path);
  return ended(error, result);
}
int unlink(const char *path) {
  REAL(unlink);
  return remove_any(path, real_unlink);
}
int remove(const char *path) {
  REAL(remove);
  return remove_any(path, real_remove);
}
int unlinkat(int at, const char *path, int flags) {
  REAL(unlinkat);
  return at == AT_FDCWD && !(flags & AT_REMOVEDIR) ? unlink(path) : real_unlinkat(at, path, flags);
}

static int sync_any(int fd, const char *call, int (*real)(int)) {
  file *f = file_of(fd);
  char path[PATH_MAX] = "";
  struct stat status;
  int is_folder = !f && folder[0] && !fstat(fd, &status) && S_ISDIR(status.st_mode);
  if (is_folder) path_of(fd, path);
  if (!f && !(is_folder && inside(path))) return real(fd);
  enter();
  int error = strike_fd(call, fd);
  int result = error ? -1 : real(fd);
  if (f && !error) {
    file_synced(f);
    name_synced(f);
  } else if (f) {
    for (page *p = f->pages; p; p = p->next) p->lost = 1;
  } else if (!error) folder_synced(path);
  return ended(error, result);
}
int fsync(int fd) {
  REAL(fsync);
  return sync_any(fd, "fsync", real_fsync);
}
int fdatasync(int fd) {
  REAL(fdatasync);
  return sync_any(fd, "fdatasync", real_fdatasync);
}
