//! `image.animate`: the pictures of a group become an animation.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};

use windlass_core::node::explain_io;
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::value::{Channels, FromValue, HasType, List, Samples};

use crate::shared::animate::{Animator, Dither, Form, Start, begin};
use crate::shared::{animation, convert, profile};

/// The most pixels that a frame may have: a few frames are held at once.
const MOST_PIXELS: u64 = 40_000_000;

/// Viewers show a GIF slower than this asks for.
const FASTEST_GIF_MS: f64 = 20.0;

/// The format that is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Target {
    /// What the ending of the path stands for.
    Auto,
    /// GIF: 256 colours in a frame, pixels opaque or not at all.
    Gif,
    /// Animated WebP, without loss.
    Webp,
    /// Animated PNG.
    Png,
}

/// Where it goes, and how it is shown.
#[derive(Params)]
pub struct Settings {
    /// Where the animation is written, as a path template: `out/{graph}.gif`.
    path: OutPath,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
    /// The format. `auto` goes by the ending of the path: `.gif`, `.webp`, `.png` or `.apng`.
    #[param(default = "auto")]
    format: Target,
    /// How long each frame is shown, where `delays` is not wired. GIF counts hundredths of a second; what is rounded off is made
    /// up for by the next frames.
    #[param(default = 100.0, min = 0.0, max = 600_000.0, unit = "ms")]
    delay: f64,
    /// How often it is shown; 0: without end.
    #[param(default = 0)]
    plays: u16,
    /// What is done about colours that the palette of a GIF lacks.
    #[param(default = "floyd_steinberg")]
    dither: Dither,
}

/// The frames.
#[derive(Inputs)]
pub struct In {
    /// The pictures of a whole group, in order, all of one size.
    images: Collected<Arc<Image>>,
    /// How long each of them is shown in milliseconds, as `image.frames` gives it; of the same items.
    #[port(optional)]
    delays: Delays,
}

/// Delays that may be absent.
pub struct Delays(Option<Collected<f64>>);

impl HasType for Delays {
    fn ty() -> Type {
        Collected::<f64>::ty()
    }
    fn collects() -> bool {
        true
    }
}

impl FromValue for Delays {
    fn from_value(value: Value) -> Result<Self, NodeError> {
        match value {
            Value::Absent => Ok(Self(None)),
            value => Collected::from_value(value).map(|delays| Self(Some(delays))),
        }
    }
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The file that was written.
    file: Arc<File>,
    /// Where it stands.
    path: PathBuf,
}

/// `image.animate`
pub struct Animate;

impl Node for Animate {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.animate",
            "Animate",
            "Writes the pictures of a group as the frames of a GIF, an animated WebP or an animated PNG, one at a time. A frame holds \
             only what differs from the one before, so that what stands still costs nothing.",
        )
        .cpu()
        .writes()
        .search(&["gif", "webp", "apng", "animation", "slideshow", "film"])
        .sample(sample())
        .example(EXAMPLE)
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    fn check(params: &Settings) -> Result<(), NodeError> {
        params.path.check_ending(|path| form(params, path))
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let form = form(&params, params.path.as_path())?;
        let delays = delays(&params, &inputs)?;
        if matches!(form, Form::Gif(_)) && delays.iter().any(|delay| *delay < FASTEST_GIF_MS) {
            ctx.log("most viewers show frames of a GIF that last less than 20 ms for 100 ms");
        }
        let saving = ctx.save(&params.path, params.if_exists, |out| {
            let mut film = Film { form, plays: params.plays, delays: &delays, losses: BTreeSet::new() };
            film.write(out, &inputs.images, ctx)?;
            film.losses.iter().for_each(|loss| ctx.log(loss));
            out.flush().map_err(|error| explain_io("write", params.path.as_path(), &error))
        });
        let saved = saving.await?;
        let name = saved.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = File::on_disk(saved.path.clone(), name, media_type(form));
        Ok(Out { file: Arc::new(file), path: saved.path })
    }
}

fn form(params: &Settings, path: &Path) -> Result<Form, NodeError> {
    let ending = path.extension().map(|ending| ending.to_string_lossy().to_ascii_lowercase());
    match (params.format, ending.as_deref()) {
        (Target::Gif, _) | (Target::Auto, Some("gif")) => Ok(Form::Gif(params.dither)),
        (Target::Webp, _) | (Target::Auto, Some("webp")) => Ok(Form::Webp),
        (Target::Png, _) | (Target::Auto, Some("png" | "apng")) => Ok(Form::Png),
        (Target::Auto, _) => {
            let wrong = "no format of animations goes by the ending of parameter `path`";
            Err(NodeError::new(format!("{wrong}: `{}`", path.display()))
                .hint("end the path in `.gif`, `.webp` or `.png`, or set `format`")
                .permanent())
        }
    }
}

fn media_type(form: Form) -> &'static str {
    match form {
        Form::Gif(_) => "image/gif",
        Form::Webp => "image/webp",
        Form::Png => "image/png",
    }
}

fn delays(params: &Settings, inputs: &In) -> Result<Vec<f64>, NodeError> {
    let count = inputs.images.len();
    if count == 0 {
        return Err(NodeError::new("the group has no picture, so there is nothing to animate")
            .hint("look at the pattern of the source, and at what was filtered or failed before")
            .permanent());
    }
    let Some(delays) = &inputs.delays.0 else { return Ok(vec![params.delay; count]) };
    let delays: Vec<f64> = delays.iter().collect::<Result<_, _>>()?;
    if delays.len() != count {
        let message = format!("{} delays came with {count} pictures", delays.len());
        return Err(NodeError::new(message)
            .hint("wire `delays` and `images` from steps of the same items")
            .permanent());
    }
    match delays.iter().find(|delay| !(0.0..=600_000.0).contains(*delay)) {
        Some(delay) => Err(NodeError::new(format!("a delay of {delay} ms is not within 0 to 600000")).permanent()),
        None => Ok(delays),
    }
}

/// An animation on its way to a file.
struct Film<'a> {
    form: Form,
    plays: u16,
    delays: &'a [f64],
    losses: BTreeSet<&'static str>,
}

impl Film<'_> {
    fn write(&mut self, out: &mut dyn Write, images: &Collected<Arc<Image>>, ctx: &Ctx) -> Result<(), NodeError> {
        let first = images.iter().next().ok_or_else(|| NodeError::new("the group has no picture"))??;
        check_pixels(&first)?;
        let icc = first.icc.clone().filter(|icc| profile::fits(icc, Channels::Rgba));
        let (width, height) = (first.width(), first.height());
        let start = Start { width, height, frames: images.len(), plays: self.plays, icc: icc.as_deref() };
        let mut animator: Box<dyn Animator + '_> = begin(self.form, out, &start)?;
        for (at, image) in images.iter().enumerate() {
            ctx.check_cancelled()?;
            let image = image?;
            if (image.width(), image.height()) != (width, height) {
                return Err(wrong_size(&images.list().name(at), &image, (width, height)));
            }
            self.note_losses(&image, icc.as_deref());
            animator.add(pixels(&image), self.delays[at])?;
            ctx.progress((at + 1) as f32 / images.len() as f32);
        }
        animator.finish()
    }

    fn note_losses(&mut self, image: &Image, icc: Option<&[u8]>) {
        if !matches!(image.samples(), Samples::U8(_)) {
            self.losses.insert("samples were rounded to 8 bits, which is all that an animation holds");
        }
        let has_place = !matches!(self.form, Form::Gif(_));
        if image.icc.is_some() && !(has_place && image.icc.as_deref() == icc) {
            self.losses.insert(
                "a colour profile was left out: an animation has room for that of its first frame, a GIF for none",
            );
        }
    }
}

fn check_pixels(image: &Image) -> Result<(), NodeError> {
    let (width, height) = (image.width(), image.height());
    if u64::from(width) * u64::from(height) <= MOST_PIXELS {
        return Ok(());
    }
    let message =
        format!("frames of {width} by {height} pixels are larger than the {MOST_PIXELS} pixels that can be animated");
    Err(NodeError::new(message).hint("make them smaller with `image.resize`").permanent())
}

fn wrong_size(name: &str, image: &Image, (width, height): (u32, u32)) -> NodeError {
    let message =
        format!("`{name}` has {} by {} pixels, the first frame has {width} by {height}", image.width(), image.height());
    NodeError::new(message).hint("bring all to one size with `image.resize`, `fit: cover` or `fit: fill`").permanent()
}

fn pixels(image: &Image) -> Vec<u8> {
    let straight = convert::straight(image);
    animation::rgba(&convert::to_u8(straight.samples()), straight.channels())
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
  params: { width: 160, height: 120, fit: cover }
  inputs: { image: photo.image }
slides:
  kind: image.animate
  params: { path: out/slides.webp, delay: 800 }
  inputs: { images: small.image }
"#;

fn sample() -> Sample {
    let dots = [0, 255].map(|grey| Image::new(1, 1, Channels::Gray, Samples::U8(vec![grey])));
    let images = dots.into_iter().flatten().map(|image| Value::Image(Arc::new(image)));
    Sample::new().param("path", "out/blink.gif").input("images", Value::List(Arc::new(images.collect::<List>())))
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::{Gave, Harness};
    use windlass_core::value::SampleType;

    use super::*;
    use crate::codecs::Limits;
    use crate::shared::specimen;

    fn bench(images: Vec<Image>, path: &str) -> Harness {
        let images = images.into_iter().map(|image| Value::Image(Arc::new(image)));
        let list = Value::List(Arc::new(images.collect::<List>()));
        Harness::of::<Animate>().input("images", list).param("path", path)
    }

    fn cause(bench: Harness) -> NodeError {
        bench.fire().map(|_| ()).unwrap_err()
    }

    fn read(gave: &Gave, path: &str) -> (u32, Vec<animation::Frame>) {
        let read = animation::open(gave.file(path).unwrap().into(), Limits::default()).unwrap();
        (read.plays, read.frames.collect::<Result<_, _>>().unwrap())
    }

    #[test]
    fn every_layout_becomes_a_frame_of_every_format() {
        let frames = specimen::every_layout(9, 7);
        let count = frames.len();
        for (path, media) in [("a.gif", "image/gif"), ("a.webp", "image/webp"), ("a.APNG", "image/png")] {
            let gave = bench(frames.clone(), path).param("plays", 3).param("delay", 130).fire().unwrap();
            let (plays, read) = read(&gave, path);
            assert_eq!(
                (plays, read.len(), gave.get::<Arc<File>>("file").unwrap().media_type.as_str()),
                (3, count, media)
            );
            assert!(read.iter().all(|frame| frame.delay_ms == 130.0 && frame.image.width() == 9));
            assert!(gave.logs().iter().any(|line| line.contains("rounded to 8 bits")));
        }
    }

    #[test]
    fn each_frame_may_have_its_delay() {
        let dots = || specimen::every_layout(1, 1)[..3].to_vec();
        let delays = |delays: [f64; 3]| Value::List(Arc::new(delays.map(Value::Float).into_iter().collect::<List>()));
        let gave = bench(dots(), "a.gif").input("delays", delays([40.0, 14.0, 16.0])).fire().unwrap();
        let read: Vec<_> = read(&gave, "a.gif").1.iter().map(|frame| frame.delay_ms).collect();
        assert_eq!(read, [40.0, 10.0, 20.0]);
        assert_eq!(gave.logs()[0], "most viewers show frames of a GIF that last less than 20 ms for 100 ms");
        let wrong = cause(bench(dots(), "a.gif").input("delays", delays([1.0, f64::NAN, 1.0])));
        assert_eq!(wrong.to_string(), "a delay of NaN ms is not within 0 to 600000");
        let short = cause(bench(dots()[..2].to_vec(), "a.gif").input("delays", delays([1.0; 3])));
        assert_eq!(short.to_string(), "3 delays came with 2 pictures");
    }

    #[test]
    fn what_cannot_be_animated_is_explained() {
        let dot = |width| specimen::picture(width, 1, Channels::Gray, SampleType::U8);
        let sizes = cause(bench(vec![dot(1), dot(2)], "a.webp"));
        assert_eq!(sizes.to_string(), "`1` has 2 by 1 pixels, the first frame has 1 by 1");
        assert!(sizes.hint_text().is_some_and(|hint| hint.contains("`image.resize`")));
        let long = cause(bench(vec![dot(16_385)], "a.webp")).to_string();
        assert_eq!(long, "frames of 16385 by 1 pixels are too long for WebP, which ends at 16384");
        let large = Image::new(40_001, 1000, Channels::Gray, Samples::U8(vec![0; 40_001_000])).unwrap();
        let error = cause(bench(vec![large], "a.gif")).to_string();
        assert_eq!(error, "frames of 40001 by 1000 pixels are larger than the 40000000 pixels that can be animated");
        assert!(cause(bench(vec![], "a.gif")).to_string().starts_with("the group has no picture"));
        assert!(cause(bench(vec![dot(1)], "a.jpg")).hint_text().is_some_and(|hint| hint.contains("`.gif`")));
    }
}
