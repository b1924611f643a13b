//! Colours that people with any kind of colour vision tell apart.

use super::scene::Colour;

/// The palette of Okabe and Ito (2008), without black, its yellow last because it is faint on white.
const SERIES: [Colour; 7] =
    [[0, 114, 178], [213, 94, 0], [0, 158, 115], [204, 121, 167], [230, 159, 0], [86, 180, 233], [240, 228, 66]];

/// Dashes of the second and third round through the palette.
const DASHES: [&[f32]; 3] = [&[], &[7.0, 4.0], &[2.0, 3.0]];

/// The most series that colours alone tell apart.
pub(crate) const MAX_COLOURS: usize = SERIES.len();

/// The most lines of a chart: each has a colour and dashes of its own.
pub(crate) const MAX_LINES: usize = SERIES.len() * DASHES.len();

/// Points of the colour map viridis (Smith, van der Walt 2015), evenly apart; between them it is interpolated.
const VIRIDIS: [Colour; 11] = [
    [68, 1, 84],
    [72, 36, 117],
    [65, 68, 135],
    [53, 95, 141],
    [42, 120, 142],
    [33, 145, 140],
    [34, 168, 132],
    [68, 191, 112],
    [122, 209, 81],
    [189, 223, 38],
    [253, 231, 37],
];

/// Returns the colour of a series.
pub(crate) fn series(at: usize) -> Colour {
    SERIES[at % SERIES.len()]
}

/// Returns the dashes of a series, in widths of its line.
pub(crate) fn dash(at: usize) -> Vec<f32> {
    DASHES[at / SERIES.len() % DASHES.len()].to_vec()
}

/// Returns the colour of a share from 0 to 1, dark to bright.
pub(crate) fn viridis(share: f64) -> Colour {
    let share = if share.is_nan() { 0.0 } else { share };
    let place = share.clamp(0.0, 1.0) * (VIRIDIS.len() - 1) as f64;
    let low = (place.floor() as usize).min(VIRIDIS.len() - 2);
    let part = place - low as f64;
    let mix = |at: usize| f64::from(VIRIDIS[low][at]) * (1.0 - part) + f64::from(VIRIDIS[low + 1][at]) * part;
    [0, 1, 2].map(|at| mix(at).round() as u8)
}

/// Returns black or white, whichever is read on a colour (luminance by ITU-R BT.709).
pub(crate) fn ink_on([red, green, blue]: Colour) -> Colour {
    let luminance = 0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue);
    if luminance > 140.0 { [0x22; 3] } else { [255; 3] }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_go_from_dark_to_bright() {
        assert_eq!((viridis(0.0), viridis(1.0), viridis(f64::NAN)), (VIRIDIS[0], VIRIDIS[10], VIRIDIS[0]));
        assert_eq!(viridis(0.05), [70, 19, 101]);
        assert_eq!((ink_on([0; 3]), ink_on([255; 3])), ([255; 3], [0x22; 3]));
    }

    #[test]
    fn no_two_series_look_alike() {
        let looks: std::collections::BTreeSet<_> = (0..MAX_LINES)
            .map(|at| (series(at), dash(at).len(), dash(at).first().map(|first| *first as i32)))
            .collect();
        assert_eq!(looks.len(), MAX_LINES);
    }
}
