/* Read before everything: what Emscripten's libc has otherwise than the WASI headers that Zig brings. Both are musl, with the same
   numbers of errors, which WASI's own header refuses to tell to others. */
#define __wasi__ 1
#include <errno.h>
#undef __wasi__

#undef errno
int *__errno_location(void);
#define errno (*__errno_location())

#define _WASI_EMULATED_MMAN /* declares mmap, which cffi names and never calls here: libffi has closures of its own */
int dup(int);
