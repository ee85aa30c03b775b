"""Mathematics that gives the same bits everywhere: made only of + - * / and sqrt, which IEEE 754 defines exactly.

`math.sin` and its like come from the C library, and those of glibc and musl (which Pyodide has) differ in the last
bit for a few inputs in a hundred: enough for two sides of a game to part. Shared rules use these instead. They are
within 1 ulp of the exact value (`tan`: 2; `power`: see there) and cost about half a microsecond. Angles are radians.

Polynomials and constants are those of fdlibm (Sun Microsystems, 1993): k_sin.c, k_cos.c, s_atan.c, e_exp.c, e_log.c,
e_rem_pio2.c.
"""

from math import copysign, fmod, frexp, isfinite, ldexp, sqrt

PI = 3.141592653589793
TAU = 6.283185307179586

_QUARTER = 0.7853981633974483
_LARGE = 100_000.0
"""Larger angles are first reduced by `fmod(angle, TAU)`: their error is that of TAU itself."""
_PER_QUADRANT = 6.36619772367581382433e-01
_QUADRANT_1, _QUADRANT_1_REST = 1.57079632673412561417e00, 6.07710050630396597660e-11
_QUADRANT_2, _QUADRANT_2_REST = 6.07710050630396597660e-11, 2.02226624879595063154e-21

_ATAN_HIGH = (
    4.63647609000806093515e-01,
    7.85398163397448278999e-01,
    9.82793723247329054082e-01,
    1.57079632679489655800,
)
_ATAN_LOW = (
    2.26987774529616870924e-17,
    3.06161699786838301793e-17,
    1.39033110312309984516e-17,
    6.12323399573676603587e-17,
)
_PI_LOW = 1.2246467991473531772e-16
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_EXP_LARGEST = 709.782712893384


def sin(angle: float) -> float:
    """The sine. Raises ValueError for an infinity or NaN."""
    quadrant, high, low = _reduced(angle)
    value = _kernel_cos(high, low) if quadrant & 1 else _kernel_sin(high, low)
    return -value if quadrant & 2 else value


def cos(angle: float) -> float:
    """The cosine. Raises ValueError for an infinity or NaN."""
    quadrant, high, low = _reduced(angle)
    value = _kernel_sin(high, low) if quadrant & 1 else _kernel_cos(high, low)
    return -value if quadrant in (1, 2) else value


def tan(angle: float) -> float:
    """The tangent. Raises ValueError for an infinity or NaN."""
    quadrant, high, low = _reduced(angle)
    sine, cosine = _kernel_sin(high, low), _kernel_cos(high, low)
    return -cosine / sine if quadrant & 1 else sine / cosine


def atan2(y: float, x: float) -> float:
    """The angle of the vector (x, y), -pi to pi; signs of zeros count as in `math.atan2`. Both numbers finite."""
    if not (isfinite(x) and isfinite(y)):
        raise ValueError(f"atan2 takes finite numbers, not ({y}, {x})")
    negative_y = copysign(1.0, y) < 0
    negative_x = copysign(1.0, x) < 0
    if y == 0:
        angle = PI if negative_x else 0.0
    elif x == 0:
        angle = PI / 2
    else:
        angle = _atan(abs(y / x))
        if negative_x:
            angle = PI - (angle - _PI_LOW)
    return -angle if negative_y else angle


def exp(x: float) -> float:
    """e to the x. Raises OverflowError above 709.78."""
    if x > _EXP_LARGEST:
        raise OverflowError(f"exp({x}) is too large for a float")
    if x < -746.0:
        return 0.0
    power = int(x * 1.44269504088896338700 + (0.5 if x >= 0 else -0.5))
    high, low = x - power * _LN2_HIGH, power * _LN2_LOW
    r = high - low
    z = r * r
    c = r - z * (
        1.66666666666666019037e-01
        + z * (-2.77777777770155933842e-03 + z * (6.61375632143793436117e-05
        + z * (-1.65339022054652515390e-06 + z * 4.13813679705723846039e-08)))
    )  # fmt: skip
    return ldexp(1.0 + (r * c / (2.0 - c) - low + high), power)


def log(x: float) -> float:
    """The natural logarithm of a positive number. Raises ValueError for others."""
    if not (x > 0 and isfinite(x)):
        raise ValueError(f"log takes a positive number, not {x}")
    mantissa, power = frexp(x)
    if mantissa < 0.7071067811865476:
        mantissa, power = mantissa * 2.0, power - 1
    f = mantissa - 1.0
    s = f / (2.0 + f)
    z = s * s
    w = z * z
    even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01))
    odd = z * (
        6.666666666666735130e-01
        + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01))
    )
    half = 0.5 * f * f
    return s * (half + even + odd) + power * _LN2_LOW - half + f + power * _LN2_HIGH


def power(base: float, exponent: float) -> float:
    """`base` (0 or more) to the `exponent`: relative error below 1e-14 for results from 1e-9 to 1e9."""
    if base == 0:
        if exponent < 0:
            raise ValueError("0 has no negative power")
        return 1.0 if exponent == 0 else 0.0
    return exp(exponent * log(base))


# Angles --------------------------------------------------------------------------------------------------------------


def wrapped(angle: float) -> float:
    """The same direction as an angle above -pi and up to pi."""
    angle = fmod(angle, TAU)
    if angle > PI:
        return angle - TAU
    return angle + TAU if angle <= -PI else angle


def angle_difference(start: float, end: float) -> float:
    """The shortest turn from `start` to `end`, above -pi and up to pi."""
    return wrapped(end - start)


def turned(angle: float, target: float, most: float) -> float:
    """`angle` turned towards `target` the shorter way, by at most `most`."""
    return wrapped(angle + clamp(angle_difference(angle, target), -most, most))


def from_angle(angle: float, size: float = 1.0) -> tuple[float, float]:
    """The vector of that direction and length."""
    return (cos(angle) * size, sin(angle) * size)


# Vectors -------------------------------------------------------------------------------------------------------------


def length(x: float, y: float) -> float:
    """The length of a vector."""
    return sqrt(x * x + y * y)


def distance(ax: float, ay: float, bx: float, by: float) -> float:
    """How far two points are apart."""
    return length(bx - ax, by - ay)


def normalised(x: float, y: float) -> tuple[float, float]:
    """The vector of length 1 in that direction; (0, 0) stays."""
    size = length(x, y)
    return (x / size, y / size) if size > 0 else (0.0, 0.0)


def limited(x: float, y: float, most: float) -> tuple[float, float]:
    """The vector, made shorter if it is longer than `most`."""
    size = length(x, y)
    return (x * most / size, y * most / size) if size > most else (x, y)


def rotated(x: float, y: float, angle: float) -> tuple[float, float]:
    """The vector turned by an angle."""
    c, s = cos(angle), sin(angle)
    return (x * c - y * s, x * s + y * c)


def dot(ax: float, ay: float, bx: float, by: float) -> float:
    """The scalar product."""
    return ax * bx + ay * by


def cross(ax: float, ay: float, bx: float, by: float) -> float:
    """The z of the cross product: above 0 when b is counter-clockwise of a."""
    return ax * by - ay * bx


# Numbers -------------------------------------------------------------------------------------------------------------


def clamp(value: float, low: float, high: float) -> float:
    """`value`, but at least `low` and at most `high`."""
    return max(low, min(value, high))


def lerp(start: float, end: float, part: float) -> float:
    """The number that is `part` (0 to 1) of the way from `start` to `end`."""
    return start + (end - start) * part


def approach(value: float, target: float, step: float) -> float:
    """`value` moved towards `target` by at most `step`."""
    return min(value + step, target) if value < target else max(value - step, target)


# Inside --------------------------------------------------------------------------------------------------------------


def _reduced(angle: float) -> tuple[int, float, float]:
    """(quadrant 0..3, rest, rest of the rest): the angle less the nearest multiple of pi/2, by Cody and Waite."""
    if not isfinite(angle):
        raise ValueError(f"an angle is a finite number, not {angle}")
    if -_QUARTER <= angle <= _QUARTER:
        return 0, angle, 0.0
    if not -_LARGE <= angle <= _LARGE:
        angle = fmod(angle, TAU)
    quadrants = int(angle * _PER_QUADRANT + (0.5 if angle > 0 else -0.5))
    first = angle - quadrants * _QUADRANT_1
    taken = quadrants * _QUADRANT_2
    rest = first - taken
    taken = quadrants * _QUADRANT_2_REST - ((first - rest) - taken)
    high = rest - taken
    return quadrants & 3, high, (rest - high) - taken


def _kernel_sin(x: float, rest: float) -> float:
    z = x * x
    w = z * z
    r = (
        8.33333333332248946124e-03
        + z * (-1.98412698298579493134e-04 + z * 2.75573137070700676789e-06)
        + z * w * (-2.50507602534068634195e-08 + z * 1.58969099521155010221e-10)
    )
    v = z * x
    return x - ((z * (0.5 * rest - v * r) - rest) - v * -1.66666666666666324348e-01)


def _kernel_cos(x: float, rest: float) -> float:
    z = x * x
    w = z * z
    r = z * (
        4.16666666666666019037e-02 + z * (-1.38888888888741095749e-03 + z * 2.48015872894767294178e-05)
    ) + w * w * (
        -2.75573143513906633035e-07 + z * (2.08757232129817482790e-09 + z * -1.13596475577881948265e-11)
    )
    half = 0.5 * z
    one = 1.0 - half
    return one + (((1.0 - one) - half) + (z * r - x * rest))


def _atan(x: float) -> float:
    """Of a number of 0 or more, or infinity."""
    if x < 0.4375:
        return x - x * _atan_series(x)
    if x < 0.6875:
        interval, x = 0, (2.0 * x - 1.0) / (2.0 + x)
    elif x < 1.1875:
        interval, x = 1, (x - 1.0) / (x + 1.0)
    elif x < 2.4375:
        interval, x = 2, (x - 1.5) / (1.0 + 1.5 * x)
    else:
        interval, x = 3, -1.0 / x
    return _ATAN_HIGH[interval] - ((x * _atan_series(x) - _ATAN_LOW[interval]) - x)


def _atan_series(x: float) -> float:
    z = x * x
    w = z * z
    odd = z * (
        3.33333333333329318027e-01 + w * (1.42857142725034663711e-01 + w * (9.09088713343650656196e-02
        + w * (6.66107313738753120669e-02 + w * (4.97687799461593236017e-02 + w * 1.62858201153657823623e-02))))
    )  # fmt: skip
    even = w * (
        -1.99999999998764832476e-01 + w * (-1.11111104054623557880e-01 + w * (-7.69187620504482999495e-02
        + w * (-5.83357013379057348645e-02 + w * -3.65315727442169155270e-02)))
    )  # fmt: skip
    return odd + even
