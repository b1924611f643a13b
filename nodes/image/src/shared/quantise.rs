//! Many colours become few, by quantette: what counts is how far apart colours are seen, in Oklab (Ottosson, 2020).

use quantette::deps::palette::{Oklab, Srgb, cast};
use quantette::dither::FloydSteinberg;
use quantette::kmeans::KmeansOptions;
use quantette::{ImageRef, PaletteBuf, PaletteSize, Pipeline, QuantizeMethod};
use windlass_core::prelude::*;

use super::animate::Dither;

type Colour = [u8; 3];

/// Returns at most `count` colours for many: k-means from where Wu (1992) begins, with a seed that is always the same.
///
/// # Errors
/// There are no colours.
pub fn palette(colours: &[Colour], count: u8) -> Result<Vec<Colour>, NodeError> {
    Ok(colours_of(&chosen(colours, count)?))
}

/// Returns a palette for `new` colours, and its nearest entry for each pixel of a picture.
///
/// # Errors
/// There are no new colours, or the pixels are not as many as the size says.
pub fn indexed(
    pixels: &[Colour],
    new: &[Colour],
    (width, height): (usize, usize),
    count: u8,
    dither: Dither,
) -> Result<(Vec<Colour>, Vec<u8>), NodeError> {
    let image = ImageRef::new(width as u32, height as u32, srgb(pixels));
    let image = image.map_err(|error| NodeError::because("the colours cannot be reduced", &error.error))?;
    let ditherer = (dither == Dither::FloydSteinberg).then(FloydSteinberg::new);
    let pipeline = Pipeline::new().quantize_method(QuantizeMethod::from(chosen(new, count)?)).ditherer(ditherer);
    let (palette, indices) = pipeline.input_image(image).output_srgb8_indexed_image().into_parts();
    Ok((cast::into_array_vec(palette), indices))
}

/// Returns how a colour is seen: lightness, and how far it goes from green to red and from blue to yellow.
pub fn oklab(colours: &[Colour]) -> Vec<[f32; 3]> {
    let seen: Vec<Oklab> = quantette::color_space::srgb8_to_oklab(srgb(colours));
    cast::into_array_vec(seen)
}

fn chosen(colours: &[Colour], count: u8) -> Result<PaletteBuf<Srgb<u8>>, NodeError> {
    let pipeline =
        Pipeline::new().palette_size(PaletteSize::from_u8_clamped(count)).quantize_method(KmeansOptions::new().seed(0));
    let pipeline = pipeline.input_slice(srgb(colours));
    let pipeline = pipeline.map_err(|error| NodeError::because("the colours cannot be reduced", &error))?;
    Ok(pipeline.output_srgb8_palette())
}

fn colours_of(palette: &PaletteBuf<Srgb<u8>>) -> Vec<Colour> {
    cast::into_array_slice(palette.as_slice()).to_vec()
}

fn srgb(colours: &[Colour]) -> &[Srgb<u8>] {
    cast::from_array_slice(colours)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_colours_come_back_as_they_are() {
        let colours = [[255, 0, 0], [0, 0, 255]].repeat(50);
        let mut found = palette(&colours, 8).unwrap();
        found.sort_unstable();
        assert_eq!(found, [[0, 0, 255], [255, 0, 0]]);
        assert!(palette(&[], 8).is_err_and(|error| error.to_string().starts_with("the colours cannot be reduced")));
    }

    #[test]
    fn white_is_the_lightest() {
        let [[white, a, b], [black, ..]] = oklab(&[[255; 3], [0; 3]])[..] else { panic!("two colours") };
        assert!((white - 1.0).abs() < 1e-4 && a.abs() < 1e-4 && b.abs() < 1e-4 && black.abs() < 1e-4);
    }

    #[test]
    fn each_pixel_has_its_nearest_colour() {
        let ramp: Vec<Colour> = (0..=255).map(|grey| [grey; 3]).collect();
        let (palette, indices) = indexed(&ramp, &ramp, (16, 16), 16, Dither::None).unwrap();
        assert_eq!((palette.len(), indices.len()), (16, 256));
        let far = indices.iter().zip(&ramp).map(|(at, colour)| palette[usize::from(*at)][0].abs_diff(colour[0])).max();
        assert!(far.is_some_and(|far| far < 24), "{far:?}");
    }
}
