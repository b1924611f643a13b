//! `image.frames`: an animation becomes its frames.

use windlass_core::prelude::*;

use crate::codecs::{Format, Limits};
use crate::open::{explain, picture_bytes};
use crate::shared::animation::{self, Animation, Frame};

/// How far the file is trusted.
#[derive(Params)]
pub struct Settings {
    /// The most frames that an animation may have.
    #[param(default = 10_000, min = 1, max = 1_000_000)]
    max_frames: u64,
    /// The most pixels that a frame may have. It is checked before anything is decoded.
    #[param(default = 200_000_000, min = 1, unit = "px")]
    max_pixels: u64,
    /// The most pixels that all frames together may have, which bounds the time.
    #[param(default = 20_000_000_000_u64, min = 1, unit = "px")]
    max_total_pixels: u64,
}

/// The file.
#[derive(Inputs)]
pub struct In {
    /// GIF, animated WebP or animated PNG; told by content. A picture that does not move has one frame.
    file: Arc<File>,
}

/// One frame.
#[derive(Outputs)]
pub struct One {
    /// The frame, whole, in 8-bit samples with alpha.
    image: Arc<Image>,
    /// How long it is shown, as the file says; viewers show less than 20 ms as 100 ms. 0 for a picture that does not move.
    delay_ms: f64,
    /// Its place among the frames, counted from 0.
    index: usize,
}

/// The frames.
#[derive(Outputs)]
pub struct Out {
    /// The frames, decoded one at a time.
    #[children]
    frames: Children<One>,
    /// How often the animation is shown; 0: without end.
    plays: u32,
}

/// `image.frames`
pub struct Frames;

impl Node for Frames {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.frames",
            "Frames of an animation",
            "Makes an item of each frame of a GIF, an animated WebP or an animated PNG, in constant memory. Each is whole, as it is \
             seen: what the file stores of it is laid on the frames before.",
        )
        .cpu()
        .split(true)
        .search(&["gif", "webp", "apng", "animation", "split", "extract"])
        .sample(Sample::new().input("file", Value::File(Arc::new(two_frames()))))
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let bytes = picture_bytes(&inputs.file, ctx)?;
        let limits = Limits { max_pixels: params.max_pixels, ..Limits::default() };
        let file = inputs.file.clone();
        let Animation { plays, frames } =
            animation::open(bytes.into(), limits).map_err(|error| explain(&error, &file))?;
        let mut budget = Budget { frames: params.max_frames, pixels: params.max_total_pixels, params };
        let frames = frames.enumerate().map(move |(index, frame)| {
            let Frame { image, delay_ms } = frame.map_err(|error| explain(&error, &file))?;
            budget.take(&image, &file)?;
            Ok(One { image: Arc::new(image), delay_ms, index })
        });
        Ok(Out { plays, frames: Children::indexed(frames) })
    }
}

/// What is left of the limits.
struct Budget {
    frames: u64,
    pixels: u64,
    params: Settings,
}

impl Budget {
    fn take(&mut self, image: &Image, file: &File) -> Result<(), NodeError> {
        let spend = |left: &mut u64, cost: u64, name: &str, limit: u64| match left.checked_sub(cost) {
            Some(rest) => {
                *left = rest;
                Ok(())
            }
            None => {
                Err(NodeError::new(format!("the animation has more than `{name}` ({limit}) allows: `{}`", file.name))
                    .hint(format!("raise `{name}` if the file can be trusted"))
                    .permanent())
            }
        };
        spend(&mut self.frames, 1, "max_frames", self.params.max_frames)?;
        let pixels = u64::from(image.width()) * u64::from(image.height());
        spend(&mut self.pixels, pixels, "max_total_pixels", self.params.max_total_pixels)
    }
}

const EXAMPLE: &str = r#"
find:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
photo:
  kind: image.open
  inputs: { file: find.file }
small:
  kind: image.resize
  params: { width: 64, height: 48, fit: cover }
  inputs: { image: photo.image }
slides:
  kind: image.animate
  params: { path: out/slides.gif }
  inputs: { images: small.image }
frames:
  kind: image.frames
  inputs: { file: slides.file }
save:
  kind: image.save
  params: { path: "out/frames/{index}.png" }
  inputs: { image: frames.image }
"#;

/// A GIF of one pixel that blinks: red for 100 ms, then blue for 200 ms.
fn two_frames() -> File {
    let head = b"GIF89a\x01\0\x01\0\x80\0\0\xFF\0\0\0\0\xFF\x21\xFF\x0BNETSCAPE2.0\x03\x01\0\0\0";
    let frame = |delay: u8, code: u8| {
        let control = [0x21, 0xF9, 4, 0, delay, 0, 0, 0];
        let picture = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, code, 1, 0];
        [&control[..], &picture[..]].concat()
    };
    let bytes = [&head[..], &frame(10, 0x44), &frame(20, 0x4C), &[0x3B]].concat();
    File::in_memory(bytes, "blink.gif", Format::Gif.media_type())
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::{Channels, SampleType, Samples};

    use super::*;
    use crate::codecs::{Encode, encode};
    use crate::shared::specimen;

    fn bench(file: File) -> Harness {
        Harness::of::<Frames>().input("file", Arc::new(file))
    }

    fn delays(gave: &Gave) -> Vec<f64> {
        gave.children().iter().map(|child| child.get("delay_ms").unwrap()).collect()
    }

    #[test]
    fn each_frame_comes_with_its_delay() {
        let gave = bench(two_frames()).fire().unwrap();
        assert_eq!((delays(&gave), gave.get("plays")), (vec![100.0, 200.0], Ok(0)));
        let colours = gave.children().iter().map(|child| child.get::<Arc<Image>>("image").unwrap());
        let colours: Vec<_> = colours.map(|image| image.samples().clone()).collect();
        assert_eq!(colours, [Samples::U8(vec![255, 0, 0, 255]), Samples::U8(vec![0, 0, 255, 255])]);
        assert_eq!(gave.children()[1].get("index"), Ok(1));
    }

    #[test]
    fn a_picture_that_does_not_move_is_one_frame_as_it_is() {
        let image = specimen::picture(5, 4, Channels::Gray, SampleType::U16);
        for format in [Format::Png, Format::Tiff] {
            let bytes = encode(&image, Encode { format, quality: 90 }).unwrap().bytes;
            let gave = bench(File::in_memory(bytes, "a", format.media_type())).fire().unwrap();
            assert_eq!((delays(&gave), gave.get("plays")), (vec![0.0], Ok(1)));
            assert_eq!(*gave.children()[0].get::<Arc<Image>>("image").unwrap(), image);
        }
    }

    #[test]
    fn an_animation_over_a_limit_is_refused_with_a_hint() {
        for (name, limit) in [("max_frames", 1), ("max_total_pixels", 1)] {
            let error = bench(two_frames()).param(name, limit).fire().map(|_| ()).unwrap_err();
            assert_eq!(error.to_string(), format!("the animation has more than `{name}` (1) allows: `blink.gif`"));
            assert!(error.is_permanent() && error.hint_text().is_some_and(|hint| hint.contains(name)));
        }
        let mut wide = match two_frames().content {
            windlass_core::value::FileContent::Bytes(bytes) => bytes.to_vec(),
            windlass_core::value::FileContent::Path(_) => panic!("the sample is in memory"),
        };
        wide[6..10].fill(0xFF);
        let error = bench(File::in_memory(wide, "wide.gif", "image/gif")).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("65535 by 65535 pixels is larger than `max_pixels`"), "{error}");
    }

    #[test]
    fn what_is_cut_off_or_no_picture_is_told_apart() {
        let windlass_core::value::FileContent::Bytes(bytes) = two_frames().content else { panic!("in memory") };
        let cause = |bytes: &[u8]| bench(File::in_memory(bytes, "a.gif", "image/gif")).fire().map(|_| ()).unwrap_err();
        assert_eq!(
            cause(&bytes[..bytes.len() - 6]).to_string(),
            "the GIF file is cut off before the end of its picture: `a.gif`"
        );
        assert_eq!(cause(b"film").to_string(), "the file is not a picture that can be read: `a.gif`");
    }
}
