// A lock-step engine as a WebAssembly module, as small as can be: docs/lockstep.md says what it exports. Each player has a counter, which
// grows by the bytes of the player's commands and by chance. counting.wasm is made of it, the same bytes each time:
//   python -m ziglang cc -target wasm32-freestanding -Os -nostdlib -Wl,--no-entry,--strip-all -o counting.wasm counting.c
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long long u64;

#define EXPORT(name) __attribute__((export_name(#name)))
#define PLAYERS 4

static struct {
    u64 chance;
    u32 ticks, counters[PLAYERS];
} state;
static u8 given[65536], told[256];

static u64 bytes(const void *at, u32 length) { return (u64)length << 32 | (u32)(unsigned long)at; }

static u32 number(const u8 *at) { return at[0] | at[1] << 8 | at[2] << 16 | (u32)at[3] << 24; }

static u8 *text(u8 *out, const char *words) {
    u8 *head = out++;
    for (; *words; words++) *out++ = (u8)*words;
    *head = (u8)(0xa0 | (out - head - 1)); // MessagePack: a text of less than 32 bytes
    return out;
}

EXPORT(allocate) void *allocate(u32 size) {
    if (size > sizeof given) __builtin_trap();
    return given;
}

// A setup that has the key "bad" is refused.
EXPORT(init) u64 init(u64 seed, const u8 *setup, u32 length) {
    for (u32 i = 0; i + 3 < length; i++)
        if (setup[i] == 0xa3 && setup[i + 1] == 'b' && setup[i + 2] == 'a' && setup[i + 3] == 'd') return bytes("too bad", 7);
    state.chance = seed;
    state.ticks = 0;
    for (u32 i = 0; i < PLAYERS; i++) state.counters[i] = 0;
    return 0;
}

EXPORT(step) void step(const u8 *master, u32 length) {
    const u8 *end = master + length, *at = master + 16;
    for (u32 left = number(master + 12); left && at < end; left--) {
        u32 player = number(at), size = number(at + 4);
        at += 8;
        for (; size && at < end; size--) state.counters[player % PLAYERS] += *at++;
    }
    for (u32 i = number(master + 4); i; i--) {
        state.ticks++;
        state.chance = state.chance * 6364136223846793005u + 1442695040888963407u;
        state.counters[state.chance >> 62] += (u32)(state.chance >> 40) & 15;
    }
}

EXPORT(checksum) u32 checksum(void) {
    u32 sum = state.ticks ^ (u32)state.chance ^ (u32)(state.chance >> 32);
    for (u32 i = 0; i < PLAYERS; i++) sum = sum * 31 + state.counters[i];
    return sum;
}

// {"state": the bytes of it}
EXPORT(dump) u64 dump(void) {
    u8 *out = told;
    *out++ = 0x81;
    out = text(out, "state");
    *out++ = 0xc4;
    *out++ = sizeof state;
    for (u32 i = 0; i < sizeof state; i++) *out++ = ((u8 *)&state)[i];
    return bytes(told, (u32)(out - told));
}

EXPORT(load) void load(const u8 *dump, u32 length) {
    if (length != 9 + sizeof state) __builtin_trap();
    for (u32 i = 0; i < sizeof state; i++) ((u8 *)&state)[i] = dump[9 + i];
}

// {"width": 100, "height": 100, "shapes": [{"shape": "circle", "x": ticks modulo 100, "y": 50, "w": 8}]}
EXPORT(scene) u64 scene(int player) {
    u8 *out = told;
    *out++ = 0x83;
    out = text(out, "width"), *out++ = 100;
    out = text(out, "height"), *out++ = 100;
    out = text(out, "shapes"), *out++ = 0x91;
    *out++ = 0x84;
    out = text(text(out, "shape"), "circle");
    out = text(out, "x"), *out++ = (u8)(state.ticks % 100);
    out = text(out, "y"), *out++ = 50;
    out = text(out, "w"), *out++ = 8;
    return bytes(told, (u32)(out - told));
}
