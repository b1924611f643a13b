//! Operations that look at one pixel at a time; type of samples, profile, alpha and its mode stay what they are.

use windlass_core::value::{AlphaMode, Image, Samples};

use crate::shared::depth::{Depth, each_depth};
use crate::shared::rows::fill_bands;

/// From this many pixels on, a table of all 16-bit samples is made before they are looked up.
const TABLE_PAYS: usize = 1 << 16;

/// Puts each sample of colour through a curve; alpha is left alone.
///
/// `curve` is given the index of the channel (0 for grey and red, 1 for green, 2 for blue) and the sample with full
/// brightness as 1.0. Integers are looked up in a table; floats may lie beyond 0.0 to 1.0 and go through as they are.
/// Colour that is premultiplied is divided by its alpha before, and multiplied after.
pub fn tone(image: &Image, curve: impl Fn(usize, f32) -> f32 + Sync) -> Samples {
    if is_premultiplied(image) {
        return each_colour(image, |colour| {
            for (channel, sample) in colour.iter_mut().enumerate() {
                *sample = curve(channel, *sample);
            }
        });
    }
    let shape = (image.channels().count(), colour_count(image));
    match image.samples() {
        Samples::U8(samples) => Samples::U8(looked_up(samples, shape, &tables(256, shape.1, &curve))),
        Samples::U16(samples) if samples.len() / shape.0 >= TABLE_PAYS => {
            Samples::U16(looked_up(samples, shape, &tables(1 << 16, shape.1, &curve)))
        }
        Samples::U16(samples) => Samples::U16(computed(samples, shape, curve)),
        Samples::F32(samples) => Samples::F32(computed(samples, shape, curve)),
    }
}

/// Changes the colour of each pixel; `change` is given the one sample of grey, or red, green and blue, with full
/// brightness as 1.0. Alpha is left alone; colour that is premultiplied is divided before, and multiplied after.
pub fn each_colour(image: &Image, change: impl Fn(&mut [f32]) + Sync) -> Samples {
    match colour_count(image) {
        1 => each_depth!(image.samples(), samples => changed::<_, 1>(image, samples, |colour| change(colour))),
        _ => each_depth!(image.samples(), samples => changed::<_, 3>(image, samples, |colour| change(colour))),
    }
}

/// Changes the colour of each pixel of a picture in red, green and blue; grey ones go through as they are where
/// `change` leaves grey alone, and become the first of the three where it does not.
pub fn each_rgb(image: &Image, change: impl Fn([f32; 3]) -> [f32; 3] + Sync) -> Samples {
    each_colour(image, |colour| match colour {
        [grey] => *grey = change([*grey; 3])[0],
        [red, green, blue] => [*red, *green, *blue] = change([*red, *green, *blue]),
        _ => {}
    })
}

/// Returns how many channels are colour: 1 or 3.
pub fn colour_count(image: &Image) -> usize {
    image.channels().count() - usize::from(image.channels().has_alpha())
}

/// Returns whether colour has been multiplied by alpha.
pub fn is_premultiplied(image: &Image) -> bool {
    image.channels().has_alpha() && image.alpha == AlphaMode::Premultiplied
}

/// Returns for each channel what becomes of each of the first `len` integers.
fn tables<T: Depth + TryFrom<usize>>(len: usize, colours: usize, curve: &impl Fn(usize, f32) -> f32) -> Vec<Vec<T>> {
    let entry = |channel, at| T::of_unit(curve(channel, T::try_from(at).map_or(T::FULL, Depth::number) / T::FULL));
    (0..colours).map(|channel| (0..len).map(|at| entry(channel, at)).collect()).collect()
}

/// A type of samples that a table is made for.
trait Index: Depth {
    fn index(self) -> usize;
}

impl Index for u8 {
    #[inline(always)]
    fn index(self) -> usize {
        self.into()
    }
}

impl Index for u16 {
    #[inline(always)]
    fn index(self) -> usize {
        self.into()
    }
}

fn looked_up<T: Index>(samples: &[T], (count, colours): (usize, usize), tables: &[Vec<T>]) -> Vec<T> {
    let mut made = vec![T::default(); samples.len()];
    let same = count == colours && tables.iter().all(|table| *table == tables[0]);
    fill_bands(&mut made, count, |first, band| {
        let from = &samples[first * count..][..band.len()];
        match (same, count) {
            (true, _) => look_up_all(from, band, &tables[0]),
            (false, 2) => look_up::<T, 2>(from, band, tables),
            (false, 3) => look_up::<T, 3>(from, band, tables),
            (false, _) => look_up::<T, 4>(from, band, tables),
        }
    });
    made
}

#[inline(always)]
fn look_up_all<T: Index>(from: &[T], to: &mut [T], table: &[T]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = table[from.index()];
    }
}

#[inline(always)]
fn look_up<T: Index, const COUNT: usize>(from: &[T], to: &mut [T], tables: &[Vec<T>]) {
    for (to, from) in to.as_chunks_mut::<COUNT>().0.iter_mut().zip(from.as_chunks::<COUNT>().0) {
        *to = *from;
        for (sample, table) in to.iter_mut().zip(tables) {
            *sample = table[sample.index()];
        }
    }
}

fn computed<T: Depth>(
    samples: &[T],
    (count, colours): (usize, usize),
    curve: impl Fn(usize, f32) -> f32 + Sync,
) -> Vec<T> {
    let mut made = samples.to_vec();
    fill_bands(&mut made, count, |_, band| {
        for pixel in band.chunks_exact_mut(count) {
            for (channel, sample) in pixel[..colours].iter_mut().enumerate() {
                *sample = T::of_unit(curve(channel, sample.unit()));
            }
        }
    });
    made
}

fn changed<T: Depth, const COLOURS: usize>(
    image: &Image,
    samples: &[T],
    change: impl Fn(&mut [f32; COLOURS]) + Sync,
) -> Vec<T> {
    let (count, premultiplied) = (image.channels().count(), is_premultiplied(image));
    let mut made = samples.to_vec();
    fill_bands(
        &mut made,
        count,
        #[inline(always)]
        |_, band| {
            for pixel in band.chunks_exact_mut(count) {
                let alpha = if premultiplied { pixel[COLOURS].unit() } else { 1.0 };
                // Where nothing is seen there is no colour to change.
                if alpha <= 0.0 {
                    continue;
                }
                let mut colour: [f32; COLOURS] = std::array::from_fn(|at| pixel[at].unit() / alpha);
                change(&mut colour);
                for (sample, unit) in pixel.iter_mut().zip(colour) {
                    *sample = T::of_unit(unit * alpha);
                }
            }
        },
    );
    made
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{Channels, SampleType};

    use super::*;
    use crate::shared::specimen;

    fn units(samples: &Samples) -> Vec<f32> {
        match samples {
            Samples::U8(samples) => samples.iter().map(|sample| sample.unit()).collect(),
            Samples::U16(samples) => samples.iter().map(|sample| sample.unit()).collect(),
            Samples::F32(samples) => samples.clone(),
        }
    }

    #[test]
    fn every_layout_goes_through_a_curve_and_keeps_its_alpha() {
        for image in specimen::every_layout(9, 7) {
            let (count, colours) = (image.channels().count(), colour_count(&image));
            let made = tone(&image, |channel, unit| unit * [0.5, 0.25, 0.125][channel]);
            assert_eq!(made.sample_type(), image.samples().sample_type());
            for (at, (made, from)) in units(&made).into_iter().zip(units(image.samples())).enumerate() {
                let share = if at % count < colours { [0.5, 0.25, 0.125][at % count] } else { 1.0 };
                assert!((made - from * share).abs() <= 0.5 / 255.0 + 1e-6, "{made} of {from}, sample {at}");
            }
        }
    }

    #[test]
    fn a_table_of_16_bits_gives_what_is_computed() {
        let curve = |_: usize, unit: f32| unit.powf(0.7);
        let large = specimen::picture(300, 300, Channels::Gray, SampleType::U16);
        let Samples::U16(samples) = large.samples() else { panic!("16-bit samples") };
        assert_eq!(tone(&large, curve), Samples::U16(computed(samples, (1, 1), curve)));
    }

    #[test]
    fn premultiplied_colour_is_changed_as_it_is_seen() {
        let mut image = Image::new(1, 2, Channels::Rgba, Samples::U8(vec![64, 32, 0, 128, 0, 0, 0, 0])).unwrap();
        image.alpha = AlphaMode::Premultiplied;
        let made = tone(&image, |_, unit| 1.0 - unit);
        assert_eq!(made, Samples::U8(vec![64, 96, 128, 128, 0, 0, 0, 0]));
    }

    #[test]
    fn grey_is_seen_as_three_alike() {
        let image = Image::new(1, 1, Channels::GrayAlpha, Samples::F32(vec![0.25, 0.5])).unwrap();
        let made = each_rgb(&image, |[red, green, blue]| [red + green + blue; 3]);
        assert_eq!(made, Samples::F32(vec![0.75, 0.5]));
    }
}
