"""Deterministic mathematics: close to the C library's everywhere, and the same bits as recorded."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ecs import maths

ANGLES = st.floats(-1e5, 1e5)
NUMBERS = st.floats(-1e6, 1e6)


def ulps(ours: float, exact: float) -> float:
    return abs(ours - exact) / math.ulp(exact)


@given(ANGLES)
def test_sine_and_cosine_are_within_an_ulp_of_the_c_library(angle: float) -> None:
    """Both are as good as any C library's: at most 1 ulp each from the truth, so 2 from another's."""
    assert ulps(maths.sin(angle), math.sin(angle)) <= 2
    assert ulps(maths.cos(angle), math.cos(angle)) <= 2


@given(ANGLES)
def test_tangent_is_within_ulps_of_the_c_library(angle: float) -> None:
    """The quotient of two good numbers is nearly as good."""
    assert ulps(maths.tan(angle), math.tan(angle)) <= 4


@given(st.floats(allow_nan=False, allow_infinity=False), st.floats(allow_nan=False, allow_infinity=False))
def test_atan2_is_within_an_ulp_for_all_finite_vectors(y: float, x: float) -> None:
    """Every quadrant, tiny and huge numbers, and every sign of zero."""
    assert ulps(maths.atan2(y, x), math.atan2(y, x)) <= 2
    assert math.copysign(1, maths.atan2(y, x)) == math.copysign(1, y)


@pytest.mark.parametrize("y", [0.0, -0.0, 3.0, -3.0])
@pytest.mark.parametrize("x", [0.0, -0.0, 3.0, -3.0])
def test_atan2_on_the_axes_is_exactly_the_c_librarys(y: float, x: float) -> None:
    """Zeros of both signs give the angles that C99 lists."""
    assert repr(maths.atan2(y, x)) == repr(math.atan2(y, x))


@given(st.floats(-700, 700))
def test_exp_is_within_an_ulp(x: float) -> None:
    """Over the whole range of doubles."""
    assert ulps(maths.exp(x), math.exp(x)) <= 2


@given(st.floats(min_value=0, exclude_min=True, allow_infinity=False))
def test_log_is_within_an_ulp(x: float) -> None:
    """Subnormals too."""
    assert ulps(maths.log(x), math.log(x)) <= 2


@given(st.floats(0.01, 100), st.floats(-4, 4))
def test_power_keeps_its_promise(base: float, exponent: float) -> None:
    """Relative error below 1e-14."""
    assert maths.power(base, exponent) == pytest.approx(math.pow(base, exponent), rel=1e-14)


def test_bits_are_as_recorded() -> None:
    """Reference vectors: what any runtime must compute, to the last bit."""
    for name, rows in REFERENCE.items():
        function = getattr(maths, name)
        for *arguments, expected in rows:
            given_numbers = [float.fromhex(argument) for argument in arguments]
            assert function(*given_numbers).hex() == expected, f"{name}{tuple(given_numbers)}"


@given(NUMBERS)
def test_wrapped_angles_are_in_range_and_the_same_direction(angle: float) -> None:
    """Above -pi, up to pi, and the sine is kept but for the rounding of a turn."""
    wrapped = maths.wrapped(angle)
    assert -math.pi < wrapped <= math.pi
    assert math.sin(wrapped) == pytest.approx(math.sin(math.fmod(angle, maths.TAU)), abs=1e-9)


@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(0, 4))
def test_turning_never_overshoots(angle: float, target: float, most: float) -> None:
    """The rest of the way gets shorter by `most`, or is gone."""
    before = abs(maths.angle_difference(angle, target))
    after = abs(maths.angle_difference(maths.turned(angle, target, most), target))
    assert after == pytest.approx(max(0.0, before - most), abs=1e-9)


@given(NUMBERS, NUMBERS)
def test_vectors(x: float, y: float) -> None:
    """Normalising gives length 1 or 0, limiting never lengthens, turning keeps the length."""
    nx, ny = maths.normalised(x, y)
    assert maths.length(nx, ny) == pytest.approx(1.0 if maths.length(x, y) > 0 else 0.0)
    assert maths.length(*maths.limited(x, y, 5.0)) <= 5.000001
    assert maths.length(*maths.rotated(x, y, 1.0)) == pytest.approx(maths.length(x, y), rel=1e-12)
    assert maths.distance(x, y, x, y) == 0


def test_small_helpers() -> None:
    """Clamp, lerp, approach, dot, cross and from_angle do what their names say."""
    assert [maths.clamp(value, 0, 1) for value in (-1, 0.5, 2)] == [0, 0.5, 1]
    assert maths.lerp(10, 20, 0.25) == 12.5
    assert [maths.approach(0, 5, 2), maths.approach(4, 5, 2), maths.approach(5, 0, 2)] == [2, 5, 3]
    assert (maths.dot(1, 2, 3, 4), maths.cross(1, 2, 3, 4)) == (11, -2)
    assert maths.from_angle(0.0, 3.0) == (3.0, 0.0)


@pytest.mark.parametrize(
    ("function", "arguments", "error"),
    [
        (maths.sin, (math.inf,), ValueError),
        (maths.cos, (math.nan,), ValueError),
        (maths.tan, (-math.inf,), ValueError),
        (maths.atan2, (math.nan, 1.0), ValueError),
        (maths.log, (0.0,), ValueError),
        (maths.log, (math.inf,), ValueError),
        (maths.exp, (710.0,), OverflowError),
        (maths.power, (0.0, -1.0), ValueError),
        (maths.power, (-1.0, 2.0), ValueError),
    ],
)
def test_what_has_no_answer_raises(
    function: object, arguments: tuple[float, ...], error: type[Exception]
) -> None:
    """Never NaN by accident."""
    with pytest.raises(error):
        function(*arguments)  # type: ignore[operator]


REFERENCE: dict[str, list[tuple[str, ...]]] = {
    "sin": [
        ("-0x1.219f6989a6d58p+0", "-0x1.cf59df34d28d7p-1"),
        ("0x1.87e909dda8c00p-2", "0x1.7e69937a8cb08p-2"),
        ("-0x1.081da68cfd3e1p+2", "0x1.aab25dfdefcb2p-1"),
        ("-0x1.6f747ace2cfcdp+2", "0x1.07fbf56866871p-1"),
        ("-0x1.cdfee33d33443p+2", "-0x1.9c1b10976164dp-1"),
        ("-0x1.f825dd8c3342bp+2", "-0x1.ffdc55299fd2bp-1"),
        ("0x1.263c0e91f3728p+3", "0x1.d2cab81f9ebd5p-3"),
        ("-0x1.d493fc965da23p+2", "-0x1.b91f3821de2e7p-1"),
        ("-0x1.de61862e96708p+2", "-0x1.db9cf0f69166ep-1"),
        ("-0x1.698ff070df896p+2", "0x1.2f33a298739edp-1"),
        ("-0x1.51c0c729b9980p-1", "-0x1.39c8ae9018866p-1"),
        ("0x1.c2e9c034e7234p+2", "0x1.6197977b32d94p-1"),
        ("-0x1.0c2d67c3faf8fp+16", "0x1.70d1a5f9e9358p-3"),
        ("0x1.eb973dd70f6e0p+14", "0x1.e43f4a502c099p-1"),
        ("-0x1.3a3d803df149cp+15", "0x1.9d6346d30c99ap-1"),
        ("-0x1.39f9f80f7c4cfp+15", "-0x1.f96bfb4d0cda3p-1"),
        ("-0x1.2bd542f6fd242p+16", "-0x1.e945bd62c21b4p-1"),
        ("-0x1.e176980005cb0p+14", "-0x1.937fd358e8078p-1"),
        ("0x1.dcd6500000000p+29", "0x1.1778cc00cd87ap-1"),
        ("-0x1.d6f3455000000p+26", "-0x1.fcf2314618078p-1"),
        ("0x1.921fb54442d18p+1", "0x1.1a62633145c07p-53"),
        ("0x0.0000000000001p-1022", "0x0.0000000000001p-1022"),
    ],
    "cos": [
        ("0x1.04abf2ae9bfd4p+3", "-0x1.26c8f100f7390p-2"),
        ("-0x1.f8e41d9426340p+0", "-0x1.901dec59123d0p-2"),
        ("-0x1.da127d06d8772p+1", "-0x1.b1393512bfb5bp-1"),
        ("0x1.e5fbb5f574b60p+1", "-0x1.95fe48d7203a4p-1"),
        ("-0x1.5065723b09a0cp+1", "-0x1.bdf7ec96fed9cp-1"),
        ("0x1.614e4e17a7b2ap+2", "0x1.7222394ab03c1p-1"),
        ("0x1.c8873e1a289e0p+0", "-0x1.aff77a4bb32e2p-3"),
        ("-0x1.780333f647904p+1", "-0x1.f5623c018e4e9p-1"),
        ("-0x1.570990431e098p+0", "0x1.d4819ed2d139cp-3"),
        ("-0x1.1d2e04b5ad328p+3", "-0x1.be1da71c9d3bbp-1"),
        ("-0x1.91c05d94f1880p+0", "0x1.7d5eb4742a037p-10"),
        ("-0x1.23ce78eef88adp+3", "-0x1.e83e28fe4db35p-1"),
        ("0x1.1f5530fdbeeecp+16", "0x1.ff1bc94363f2bp-1"),
        ("0x1.2d10ddc83db60p+12", "-0x1.17cfd6f75552bp-1"),
        ("0x1.0104270865452p+16", "0x1.a460671f81637p-3"),
        ("-0x1.002359a0ff558p+13", "-0x1.ffff2ed5cbf04p-1"),
        ("0x1.7bf49c3adc9b0p+16", "0x1.816efbc686adap-3"),
        ("-0x1.63166c336164cp+15", "0x1.be29823df09ddp-3"),
        ("0x1.dcd6500000000p+29", "0x1.acff8bbc9d814p-1"),
        ("0x1.921fb54442d18p+0", "0x1.1a62633145c07p-54"),
    ],
    "tan": [
        ("0x1.6343aeb6911dcp+1", "-0x1.88927ec8e863fp-2"),
        ("-0x1.3dc9ac64f9709p+3", "-0x1.1bc4f437e9be7p-1"),
        ("0x1.846598d354d40p+0", "0x1.2a1aa4c8774ecp+4"),
        ("0x1.2eaa1864bdd9ap+3", "0x1.126ab3db86959p-5"),
        ("-0x1.27014256af7c0p+3", "0x1.abb0a79f8b139p-3"),
        ("-0x1.ed25b96bc0c44p+1", "-0x1.b913e4df644cbp-1"),
        ("0x1.19b32e487b452p+3", "-0x1.6ecd69a0a2220p-1"),
        ("-0x1.7b84d1e3534e4p+2", "0x1.7982dc17eca66p-2"),
    ],
    "atan2": [
        ("-0x1.a5cfcca7b7182p+2", "0x1.9d58d2ea0c2c0p+2", "-0x1.9750247667c90p-1"),
        ("-0x1.ba7f9e94be429p+2", "0x1.71bcb4b4a561cp+2", "-0x1.bfde177019246p-1"),
        ("-0x1.1602dc2cc803dp+2", "-0x1.a1e108b71a00cp+1", "-0x1.1b8e98cbf16acp+1"),
        ("-0x1.d9ba7f3c388bcp+2", "-0x1.225839509114ep+3", "-0x1.3a8874473381cp+1"),
        ("0x1.67f4272ffbd80p+2", "-0x1.34fc67bd232bfp+2", "0x1.23dbf0b7c5f47p+1"),
        ("-0x1.1e861ed0cdc70p+2", "-0x1.1087fc51ffd24p+3", "-0x1.542cdd855aae2p+1"),
        ("0x1.1e1c9f222cf16p+2", "0x1.0e7f23d641800p+3", "0x1.f22580d99251bp-2"),
        ("-0x1.1a6ec7472ab12p+3", "-0x1.200f3b43db306p+2", "-0x1.056cbed643dacp+1"),
        ("-0x1.4aa730c97bdc6p+2", "0x1.34864cb276816p+3", "-0x1.f7badd57c0278p-2"),
        ("0x1.3a4382a3a9010p+1", "-0x1.1e0511037e291p+3", "0x1.6fcf6b48a2d1ap+1"),
        ("0x1.07c23ca16fcc0p+0", "-0x1.d2aa6d0ea3276p+2", "0x1.80280d84616d6p+1"),
        ("-0x1.e57db68b4ab9ap+2", "-0x1.2ba8b9b2ed027p+3", "-0x1.3af9887f3d9e8p+1"),
        ("-0x1.3aa99ece92ca9p+3", "-0x1.ab6957090acd7p+2", "-0x1.156d463457eb3p+1"),
        ("-0x1.37cefcd9a3bfbp+3", "0x1.9f5bb1c800c20p-1", "-0x1.7cdc01d05a727p+0"),
        ("0x1.ddb65bdd8e364p+2", "0x1.99313d1fd2f3cp+1", "0x1.2a88ae0b3c211p+0"),
        ("0x1.1288976ab8f08p+3", "0x1.1568ab241e77cp+3", "0x1.8f74e7a73d1d1p-1"),
        ("0x1.1ccf385ebc8a0p+1023", "-0x1.0000000000000p+0", "0x1.921fb54442d19p+0"),
        ("0x0.730d67819e8d2p-1022", "0x1.7e43c8800759cp+996", "0x0.0p+0"),
        ("-0x0.0p+0", "-0x1.0000000000000p+0", "-0x1.921fb54442d18p+1"),
    ],
    "exp": [
        ("0x1.7e11426d3ec80p-2", "0x1.73c686b8d5cb2p+0"),
        ("0x1.796db744f06f0p+2", "0x1.6c0f9fdce8e8ep+8"),
        ("0x1.65c4821124be4p+4", "0x1.326a773d6d2aep+32"),
        ("-0x1.1d2496e333012p+4", "0x1.38cd5fca3cdeap-26"),
        ("-0x1.d95bdb83fdc80p+1", "0x1.95d58fad53f50p-6"),
        ("-0x1.3c9a8b1d524a3p+5", "0x1.df43c9fadb6d0p-58"),
        ("0x1.f461ed60a0660p+1", "0x1.8ee343767e04cp+5"),
        ("0x1.7c2fdd3a43170p+5", "0x1.79ddc3b4a2c6ap+68"),
        ("-0x1.7281f1c9c90f4p+7", "0x1.aa29f549799e0p-268"),
        ("-0x1.2be45d4a4d7d0p+6", "0x1.c93d642f062eap-109"),
        ("-0x1.6837b4a461845p+8", "0x1.3ea7dbe026e58p-520"),
        ("-0x1.d768174ba7284p+7", "0x1.ef40137228451p-341"),
        ("-0x1.7480000000000p+9", "0x0.0000000000001p-1022"),
    ],
    "log": [
        ("0x1.f13eff13fd372p+2", "0x1.066d047b7797dp+1"),
        ("0x1.0d2d3c060505cp+3", "0x1.1097c91ac8e9ep+1"),
        ("0x1.19b24fcef7485p+3", "0x1.16697ebed33e5p+1"),
        ("0x1.dea938a92356fp+2", "0x1.018cce8a8fd8ap+1"),
        ("0x1.3b70b1d3e24e3p+2", "0x1.98578fc015600p+0"),
        ("0x1.0ceb5bb577ff4p+2", "0x1.6f7ecbcb6dae0p+0"),
        ("0x1.1f5f1f2e6e48ap+3", "0x1.18f7134dc4d3dp+1"),
        ("0x1.1e27c718986c3p+3", "0x1.186c1a76ccff1p+1"),
        ("0x1.0843fb4d66f60p+294", "0x1.97a25421a2545p+7"),
        ("0x1.e03a7f7b67403p-301", "-0x1.a00434fc33146p+7"),
        ("0x1.54b520f2a5832p-74", "-0x1.980e6d4718cf0p+5"),
        ("0x1.6f5e3dd06d587p+90", "0x1.f5f4996911e43p+5"),
        ("0x0.0000000000001p-1022", "-0x1.74385446d71c3p+9"),
    ],
    "power": [
        ("0x1.176e9323b168bp+3", "-0x1.99abe33537a78p+0", "0x1.feec5782275a7p-6"),
        ("0x1.2e848e140ddb7p+4", "0x1.62ce3de465b1cp+0", "0x1.d66141ebfa2a4p+5"),
        ("0x1.3f03967455910p+4", "-0x1.66019da4c6180p-1", "0x1.f954e430f4c2ep-4"),
        ("0x1.30f2e9c74adc3p+2", "0x1.9b7a6208d01bcp+0", "0x1.898cb732d7654p+3"),
        ("0x1.02b7fe401b35dp+4", "-0x1.3a3df65ea0f64p+0", "0x1.0cf6587f94761p-5"),
        ("0x1.afe3e3d9f2272p+1", "0x1.4fc6dd825053ep+1", "0x1.84b6449761914p+4"),
        ("0x1.a662d140937a2p-1", "0x1.644fb62a10e00p-7", "0x1.feee0ff0c82d0p-1"),
        ("0x1.151cc5f6c0ef9p+2", "0x1.f4be22dac7800p-7", "0x1.05cc4690a1466p+0"),
    ],
}
"""function -> rows of (arguments..., result), as hexadecimal doubles; computed by CPython 3.11 on x86-64."""
