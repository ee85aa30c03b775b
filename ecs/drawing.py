"""What a page can draw and press: CSS colours, and the codes of keys. A mod's typing error is found when it loads.

Sources: the named colours of CSS Color 4 (section 6.1); W3C's "UI Events KeyboardEvent code Values".
"""

import re
from collections.abc import Iterable

NAMED_COLOURS = frozenset(
    """
    aliceblue antiquewhite aqua aquamarine azure beige bisque black blanchedalmond blue blueviolet brown
    burlywood cadetblue chartreuse chocolate coral cornflowerblue cornsilk crimson cyan darkblue darkcyan
    darkgoldenrod darkgray darkgreen darkgrey darkkhaki darkmagenta darkolivegreen darkorange darkorchid
    darkred darksalmon darkseagreen darkslateblue darkslategray darkslategrey darkturquoise darkviolet
    deeppink deepskyblue dimgray dimgrey dodgerblue firebrick floralwhite forestgreen fuchsia gainsboro
    ghostwhite gold goldenrod gray green greenyellow grey honeydew hotpink indianred indigo ivory khaki
    lavender lavenderblush lawngreen lemonchiffon lightblue lightcoral lightcyan lightgoldenrodyellow
    lightgray lightgreen lightgrey lightpink lightsalmon lightseagreen lightskyblue lightslategray
    lightslategrey lightsteelblue lightyellow lime limegreen linen magenta maroon mediumaquamarine
    mediumblue mediumorchid mediumpurple mediumseagreen mediumslateblue mediumspringgreen mediumturquoise
    mediumvioletred midnightblue mintcream mistyrose moccasin navajowhite navy oldlace olive olivedrab
    orange orangered orchid palegoldenrod palegreen paleturquoise palevioletred papayawhip peachpuff peru
    pink plum powderblue purple rebeccapurple red rosybrown royalblue saddlebrown salmon sandybrown
    seagreen seashell sienna silver skyblue slateblue slategray slategrey snow springgreen steelblue tan
    teal thistle tomato turquoise violet wheat white whitesmoke yellow yellowgreen
    """.split()  # noqa: SIM905 - 150 quoted words are harder to read
)
KEY_CODES = frozenset(
    """
    Backquote Backslash BracketLeft BracketRight Comma Equal IntlBackslash IntlRo IntlYen Minus Period
    Quote Semicolon Slash AltLeft AltRight Backspace CapsLock ContextMenu ControlLeft ControlRight Enter
    MetaLeft MetaRight ShiftLeft ShiftRight Space Tab Convert KanaMode NonConvert Delete End Help Home
    Insert PageDown PageUp ArrowDown ArrowLeft ArrowRight ArrowUp NumLock NumpadAdd NumpadBackspace
    NumpadClear NumpadClearEntry NumpadComma NumpadDecimal NumpadDivide NumpadEnter NumpadEqual NumpadHash
    NumpadMemoryAdd NumpadMemoryClear NumpadMemoryRecall NumpadMemoryStore NumpadMemorySubtract
    NumpadMultiply NumpadParenLeft NumpadParenRight NumpadStar NumpadSubtract Escape Fn FnLock PrintScreen
    ScrollLock Pause
    """.split()  # noqa: SIM905 - 150 quoted words are harder to read
) | {
    *(f"Key{letter}" for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
    *(f"{keys}{number}" for keys in ("Digit", "Numpad") for number in range(10)),
    *(f"F{number}" for number in range(1, 25)),
    *(f"Lang{number}" for number in range(1, 6)),
}
"""Those of keys that a game can have; media, power and browser keys are the system's."""

_NUMBERED = re.compile(r"(Pointer|Gamepad|Touch)[0-9]{1,2}")
_HEX = re.compile(r"#([0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})")
_NUMBER = r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)"
_PART = rf"{_NUMBER}(?:%|deg|rad|grad|turn)?"
_FUNCTION = re.compile(
    rf"(?:rgb|hsl)a?\(\s*{_PART}(?:\s*,\s*{_PART}){{2,3}}\s*\)"
    rf"|(?:rgb|hsl)a?\(\s*{_PART}(?:\s+{_PART}){{2}}(?:\s*/\s*{_NUMBER}%?)?\s*\)"
)


def is_colour(text: str) -> bool:
    """Whether it is a CSS colour: `#rgb`, `#rrggbb`, `rgb(...)`, `hsl(...)`, each with an alpha or not, or a name."""
    lower = text.strip().lower()
    named = lower in NAMED_COLOURS or lower == "transparent"
    return named or bool(_HEX.fullmatch(lower) or _FUNCTION.fullmatch(lower))


def is_code(text: str) -> bool:
    """Whether a page knows the code: a `KeyboardEvent.code`, or `Pointer0`, `Gamepad0`, `Touch0` and the like."""
    return text in KEY_CODES or bool(_NUMBERED.fullmatch(text))


def nearest_colour(text: str) -> str:
    """The named colour that is written alike, or ""."""
    return next(iter(_alike(text.lower(), sorted(NAMED_COLOURS), 0.7)), "")


def nearest_code(text: str) -> str:
    """The code that was meant: by another case, without its "Key" or "Digit", or written alike; or ""."""
    codes = {code.lower(): code for code in sorted(KEY_CODES)}
    lower = text.lower()
    for guess in (lower, f"key{lower}", f"digit{lower}", f"arrow{lower}"):
        if guess in codes:
            return codes[guess]
    return next((codes[each] for each in _alike(lower, codes, 0.6)), "")


def _alike(text: str, among: Iterable[str], cutoff: float) -> list[str]:
    from difflib import get_close_matches  # noqa: PLC0415 - a page's engine waits 19 ms for it, and never asks

    return get_close_matches(text, list(among), n=1, cutoff=cutoff)
