//! A colour behind or around a picture, as a graph names it and as a pixel of the picture.

use std::borrow::Cow;

use windlass_core::node::{NodeError, ParamValue};
use windlass_core::types::Type;
use windlass_core::value::{AlphaMode, Channels, FromValue, Image, Value};

use crate::shared::convert::{Colour, parse_colour};
use crate::shared::depth::{Depth, each_depth};

/// A parameter that names a colour: `#rgb`, `#rrggbb` or `#rrggbbaa`.
#[derive(Clone, Copy)]
pub struct ColourParam(pub Colour);

impl ParamValue for ColourParam {
    fn param_type() -> Type {
        Type::text()
    }

    fn read_param(value: Value) -> Result<Self, NodeError> {
        let text = String::from_value(value)?;
        parse_colour(&text).map(Self).ok_or_else(|| {
            NodeError::new(format!("`{text}` is no colour"))
                .hint("write it like `#ffffff`, or `#ffffff00` for one that is transparent")
                .permanent()
        })
    }
}

/// Returns the picture with a channel for alpha where the colour is one that it could not show without.
pub fn room_for(image: &Image, colour: Colour) -> Cow<'_, Image> {
    if colour[3] == 255 || image.channels().has_alpha() {
        return Cow::Borrowed(image);
    }
    let channels = if image.channels() == Channels::Gray { Channels::GrayAlpha } else { Channels::Rgba };
    let samples = each_depth!(image.samples(), samples => opaque(samples, image.channels().count()));
    image.with(image.width(), image.height(), channels, samples).map_or(Cow::Borrowed(image), Cow::Owned)
}

fn opaque<T: Depth>(samples: &[T], count: usize) -> Vec<T> {
    let mut made = Vec::with_capacity(samples.len() / count * (count + 1));
    for pixel in samples.chunks_exact(count) {
        made.extend_from_slice(pixel);
        made.push(T::of_unit(1.0));
    }
    made
}

/// Returns the colour as a pixel; as many samples as there are channels count. Grey is its luma by Rec. 601.
pub fn pixel<T: Depth>(colour: Colour, channels: Channels, mode: AlphaMode) -> [T; 4] {
    let [red, green, blue, alpha] = colour.map(Depth::unit);
    let weight = if channels.has_alpha() && mode == AlphaMode::Premultiplied { alpha } else { 1.0 };
    let luma = 0.299 * red + 0.587 * green + 0.114 * blue;
    let units = match channels {
        Channels::Gray | Channels::GrayAlpha => [luma * weight, alpha, 0.0, 0.0],
        Channels::Rgb | Channels::Rgba => [red * weight, green * weight, blue * weight, alpha],
    };
    units.map(T::of_unit)
}

#[cfg(test)]
mod tests {
    use windlass_core::value::{SampleType, Samples};

    use super::*;
    use crate::shared::specimen;

    #[test]
    fn a_colour_becomes_a_pixel_of_each_layout() {
        let half_red = parse_colour("#ff000080").unwrap();
        let (straight, premultiplied) = (AlphaMode::Straight, AlphaMode::Premultiplied);
        assert_eq!(pixel::<u8>(half_red, Channels::Rgba, straight), [255, 0, 0, 128]);
        assert_eq!(pixel::<u8>(half_red, Channels::Rgba, premultiplied), [128, 0, 0, 128]);
        assert_eq!(pixel::<u8>(half_red, Channels::Rgb, premultiplied)[..3], [255, 0, 0]);
        assert_eq!(pixel::<u16>(half_red, Channels::GrayAlpha, straight)[..2], [19_595, 32_896]);
    }

    #[test]
    fn a_transparent_colour_asks_for_alpha() {
        let image = specimen::picture(2, 1, Channels::Gray, SampleType::U8);
        assert_eq!(*room_for(&image, [0, 0, 0, 255]), image);
        let room = room_for(&image, [0; 4]);
        assert_eq!((room.channels(), room.samples()), (Channels::GrayAlpha, &Samples::U8(vec![0, 255, 37, 255])));
    }

    #[test]
    fn what_is_no_colour_is_named() {
        let error = ColourParam::read_param(Value::text("red")).map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "`red` is no colour");
    }
}
