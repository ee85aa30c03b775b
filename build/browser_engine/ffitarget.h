/* What libffi's own header says of wasm32, for ffi.h: the library is in Pyodide's main module, built by Emscripten. */
#ifndef LIBFFI_TARGET_H
#define LIBFFI_TARGET_H

typedef unsigned long ffi_arg;
typedef signed long ffi_sarg;

typedef enum ffi_abi {
    FFI_FIRST_ABI,
    FFI_WASM32,
    FFI_WASM32_EMSCRIPTEN,
    FFI_LAST_ABI,
    FFI_DEFAULT_ABI = FFI_WASM32_EMSCRIPTEN
} ffi_abi;

#define FFI_CLOSURES 1
#define FFI_NATIVE_RAW_API 0
#define FFI_TARGET_SPECIFIC_VARIADIC 1
#define FFI_TRAMPOLINE_SIZE 4
#define FFI_EXTRA_CIF_FIELDS unsigned int nfixedargs

#endif
