//! `image.composite`: one picture over another.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::blend::Blend;
use crate::shared::gravity::Gravity;
use crate::shared::lay::{Layer, lay, mask_plane};

/// Where it lies, and how it is mixed in.
#[derive(Params)]
pub struct Settings {
    /// Where the overlay lies on the base.
    #[param(default = "center")]
    gravity: Gravity,
    /// How far it is moved: inwards from a side, to the right from the middle. What juts out is cut off.
    #[param(default = 0, min = -1_000_000, max = 1_000_000, unit = "px")]
    x: i64,
    /// How far it is moved: inwards from a side, down from the middle.
    #[param(default = 0, min = -1_000_000, max = 1_000_000, unit = "px")]
    y: i64,
    /// How much of the overlay is seen, 0 to 1.
    #[param(default = 1.0, min = 0.0, max = 1.0)]
    opacity: f64,
    /// How colours are mixed, as W3C's *Compositing and Blending* defines it; `add` and `subtract` stop at full
    /// brightness and at black.
    #[param(default = "normal")]
    blend: Blend,
}

/// The pictures.
#[derive(Inputs)]
pub struct In {
    /// The picture below. Its size, type of samples, alpha and profile are kept; grey becomes colour under a coloured
    /// overlay.
    base: Arc<Image>,
    /// The picture above, of any size and kind. Its colours are converted where its profile is another.
    overlay: Arc<Image>,
    /// How much of the overlay is seen, of the overlay's size: white all, black nothing. Transparent parts count as
    /// black.
    #[port(optional)]
    mask: Option<Arc<Image>>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// Both in one.
    image: Arc<Image>,
}

/// `image.composite`
pub struct Composite;

impl Node for Composite {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.composite",
            "Composite",
            "Lays a picture over another, with a blend mode, an opacity and a mask.",
        )
        .cpu()
        .search(&["overlay", "blend", "merge", "paste", "layer", "over", "multiply", "screen"])
        .sample(sample())
        .example(
            r#"
below:
  kind: files.open
  params: { path: samples/photos/dunes.jpg }
above:
  kind: files.open
  params: { path: samples/photos/flower.png }
base:
  kind: image.open
  inputs: { file: below.file }
overlay:
  kind: image.open
  inputs: { file: above.file }
both:
  kind: image.composite
  params: { gravity: bottom_right, x: 20, y: 20, blend: multiply, opacity: 0.8 }
  inputs: { base: base.image, overlay: overlay.image }
save:
  kind: image.save
  params: { path: out/both.jpg }
  inputs: { image: both.image }
"#,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, _: &Ctx) -> Result<Out, NodeError> {
        let In { base, overlay, mask } = inputs;
        let size = (overlay.width(), overlay.height());
        let mask = mask.map(|mask| mask_plane(&mask, size)).transpose()?;
        let corner = params.gravity.corner((base.width(), base.height()), size, (params.x, params.y));
        let opacity = params.opacity as f32;
        let layer = Layer { image: &overlay, mask: mask.as_deref(), opacity, blend: params.blend, corners: &[corner] };
        Ok(Out { image: Arc::new(lay(&base, &layer)?) })
    }
}

fn sample() -> Sample {
    let dot = |grey| Image::new(1, 1, Channels::Gray, Samples::U8(vec![grey]));
    match (dot(100), dot(200)) {
        (Ok(base), Ok(overlay)) => Sample::new()
            .param("blend", "multiply")
            .input("base", Value::Image(Arc::new(base)))
            .input("overlay", Value::Image(Arc::new(overlay))),
        _ => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    fn flat(width: u32, height: u32, channels: Channels, pixel: &[u8]) -> Arc<Image> {
        let samples = pixel.repeat(width as usize * height as usize);
        Arc::new(Image::new(width, height, channels, Samples::U8(samples)).unwrap())
    }

    fn bench() -> Harness {
        let base = flat(4, 2, Channels::Gray, &[100]);
        Harness::of::<Composite>().input("base", base).input("overlay", flat(2, 2, Channels::Gray, &[200]))
    }

    fn samples(bench: &Harness) -> Vec<u8> {
        let image: Arc<Image> = bench.fire().unwrap().get("image").unwrap();
        match image.samples() {
            Samples::U8(samples) => samples.clone(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_overlay_lies_where_it_is_put() {
        assert_eq!(samples(&bench())[..4], [100, 200, 200, 100]);
        assert_eq!(samples(&bench().param("gravity", "right").param("x", -1))[..4], [100, 100, 100, 200]);
        assert_eq!(
            samples(&bench().param("gravity", "top_left").param("y", 1)),
            [100, 100, 100, 100, 200, 200, 100, 100]
        );
        assert_eq!(samples(&bench().param("x", 9)), [100; 8]);
    }

    #[test]
    fn a_mask_and_the_opacity_let_through_what_they_should() {
        let mask = flat(2, 2, Channels::Rgb, &[51, 51, 51]);
        assert_eq!(samples(&bench().input("mask", mask).param("opacity", 0.5))[..4], [100, 110, 110, 100]);
        let error = bench().input("mask", flat(3, 2, Channels::Gray, &[0])).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "the mask of 3 by 2 pixels lies on a picture of 2 by 2");
        assert!(error.is_permanent() && error.hint_text().is_some());
    }

    #[test]
    fn grey_becomes_colour_under_colour() {
        let base = flat(1, 1, Channels::Gray, &[100]);
        let overlay = flat(1, 1, Channels::Rgb, &[255, 0, 128]);
        let bench = Harness::of::<Composite>().input("base", base).input("overlay", overlay).param("blend", "multiply");
        assert_eq!(samples(&bench), [100, 0, 50]);
        assert!(bench.param("blend", "multply").fire().is_err());
    }
}
