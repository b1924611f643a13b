//! Linear light: the curve of sRGB, and the colour of light by its temperature.

/// The correlated colour temperature of D65, the white of sRGB.
pub const DAYLIGHT_K: f64 = 6504.0;

/// Returns the linear light of an sRGB value (IEC 61966-2-1); both from 0.0 to 1.0, and beyond.
pub fn linear(encoded: f64) -> f64 {
    let size = encoded.abs();
    let light = if size <= 0.040_45 { size / 12.92 } else { ((size + 0.055) / 1.055).powf(2.4) };
    light.copysign(encoded)
}

/// Returns the sRGB value of linear light.
pub fn encoded(linear: f64) -> f64 {
    let size = linear.abs();
    let value = if size <= 0.003_130_8 { size * 12.92 } else { 1.055 * size.powf(1.0 / 2.4) - 0.055 };
    value.copysign(linear)
}

/// Returns linear red, green and blue of light of a temperature in kelvin, 1667 to 25,000, with a luminance of 1.
///
/// Up to 4000 K the chromaticity is that of a black body (Kim et al. 2002, US patent 7024034), above it that of daylight
/// (CIE 15:2004, the formula of the D series), and between 4000 K and 5000 K it goes from one to the other.
pub fn of_temperature(kelvin: f64) -> [f64; 3] {
    let share = ((kelvin - 4000.0) / 1000.0).clamp(0.0, 1.0);
    let (body, day) = (black_body(kelvin.min(5000.0)), daylight(kelvin.max(4000.0)));
    let (x, y) = (body.0 + (day.0 - body.0) * share, body.1 + (day.1 - body.1) * share);
    let (tri_x, tri_z) = (x / y, (1.0 - x - y) / y);
    [
        3.240_454_2 * tri_x - 1.537_138_5 - 0.498_531_4 * tri_z,
        -0.969_266 * tri_x + 1.876_010_8 + 0.041_556 * tri_z,
        0.055_643_4 * tri_x - 0.204_025_9 + 1.057_225_2 * tri_z,
    ]
}

fn black_body(kelvin: f64) -> (f64, f64) {
    let t = 1000.0 / kelvin;
    let x = match kelvin {
        ..4000.0 => ((-0.266_123_9 * t - 0.234_358_9) * t + 0.877_695_6) * t + 0.179_91,
        _ => ((-3.025_846_9 * t + 2.107_037_9) * t + 0.222_634_7) * t + 0.240_39,
    };
    let y = match kelvin {
        ..2222.0 => ((-1.106_381_4 * x - 1.348_110_2) * x + 2.185_558_32) * x - 0.202_196_83,
        ..4000.0 => ((-0.954_947_6 * x - 1.374_185_93) * x + 2.091_370_15) * x - 0.167_488_67,
        _ => ((3.081_758 * x - 5.873_386_7) * x + 3.751_129_97) * x - 0.370_014_83,
    };
    (x, y)
}

fn daylight(kelvin: f64) -> (f64, f64) {
    let t = 1000.0 / kelvin;
    let x = match kelvin {
        ..=7000.0 => ((-4.607 * t + 2.9678) * t + 0.099_11) * t + 0.244_063,
        _ => ((-2.0064 * t + 1.9018) * t + 0.247_48) * t + 0.237_04,
    };
    (x, (-3.0 * x + 2.87) * x - 0.275)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_of_srgb_goes_both_ways() {
        for at in -10..=20 {
            let value = f64::from(at) / 10.0;
            assert!((encoded(linear(value)) - value).abs() < 1e-9);
        }
        assert!((linear(0.5) - 0.214_041).abs() < 1e-6);
    }

    #[test]
    fn daylight_is_white_and_the_locus_has_no_step() {
        assert!(of_temperature(DAYLIGHT_K).iter().all(|part| (part - 1.0).abs() < 0.01));
        let (x, y) = black_body(2856.0);
        // Illuminant A.
        assert!((x - 0.447_57).abs() < 1e-3 && (y - 0.407_45).abs() < 1e-3);
        let mut before = of_temperature(1667.0);
        for kelvin in (1700..25_000).step_by(25) {
            let now = of_temperature(kelvin.into());
            assert!((0..3).all(|at| (now[at] - before[at]).abs() < 0.06), "{kelvin}: {now:?}");
            before = now;
        }
    }
}
