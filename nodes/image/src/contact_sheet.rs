//! `image.contact_sheet`: many pictures side by side on one.

use windlass_core::prelude::*;
use windlass_core::value::{Channels, List, Samples};

use windlass_core::spec::Sample;

use crate::codecs::{Filter, Fit, Scale, resize};
use crate::shared::convert::{self, Colour};
use crate::shared::ground::ColourParam;

/// The most memory that a sheet may take while it is made, in bytes.
const MAX_BYTES: u64 = 768 << 20;

/// What a pixel takes while the sheet is made: red, green, blue and alpha.
const PIXEL_BYTES: u64 = 4;

/// How the sheet is laid out.
#[derive(Params)]
pub struct Settings {
    /// How many pictures stand side by side; 0: about as many as there are rows.
    #[param(default = 0, min = 0, max = 1000)]
    columns: u32,
    /// Side of the square that each picture is fitted into; smaller pictures are not enlarged.
    #[param(default = 256, min = 8, max = 4096, unit = "px")]
    cell: u32,
    /// Space around and between the squares.
    #[param(default = 8, min = 0, max = 1000, unit = "px")]
    gap: u32,
    /// Colour behind the pictures: `#rgb`, `#rrggbb`, or `#rrggbbaa` for a sheet with transparency.
    #[param(default = "#ffffff")]
    background: ColourParam,
}

/// The group.
#[derive(Inputs)]
pub struct In {
    /// The pictures of a whole group, in order.
    images: Collected<Arc<Image>>,
}

/// The sheet.
#[derive(Outputs)]
pub struct Out {
    /// The sheet, in 8-bit samples.
    image: Arc<Image>,
}

/// `image.contact_sheet`
pub struct ContactSheet;

impl Node for ContactSheet {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new("image.contact_sheet", "Contact sheet", "Gathers the pictures of a group on one sheet, in rows.")
            .version(2)
            .cpu()
            .search(&["montage", "grid", "overview", "thumbnails", "gallery"])
            .example(EXAMPLE)
            .sample(sample())
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let mut sheet = Sheet::new(&params, inputs.images.len())?;
        for (at, image) in inputs.images.iter().enumerate() {
            ctx.check_cancelled()?;
            sheet.place(at, &image?)?;
            ctx.progress((at + 1) as f32 / inputs.images.len() as f32);
        }
        sheet.finish()
    }
}

/// A sheet in the making, in RGBA.
struct Sheet {
    width: usize,
    height: usize,
    columns: usize,
    cell: usize,
    gap: usize,
    background: Colour,
    pixels: Vec<u8>,
    profile: Profile,
}

/// The colour profile of the pictures that were placed so far.
enum Profile {
    None,
    Shared(Option<Arc<[u8]>>),
    Mixed,
}

impl Sheet {
    fn new(params: &Settings, count: usize) -> Result<Self, NodeError> {
        if count == 0 {
            return Err(NodeError::new("the group has no picture, so there is nothing to put on a sheet")
                .hint("look at the pattern of the source, and at what was filtered or failed before")
                .permanent());
        }
        let background = params.background.0;
        let columns = columns(params.columns as usize, count);
        let (cell, gap) = (params.cell as usize, params.gap as usize);
        let side = |cells: usize| cells * (cell + gap) + gap;
        let (width, height) = (side(columns), side(count.div_ceil(columns)));
        check_size(width, height)?;
        let pixels = background.repeat(width * height);
        Ok(Self { width, height, columns, cell, gap, background, pixels, profile: Profile::None })
    }

    /// Puts a picture in the middle of its square.
    fn place(&mut self, at: usize, image: &Arc<Image>) -> Result<(), NodeError> {
        let cell = Some(self.cell as u32);
        let scale = Scale { width: cell, height: cell, fit: Fit::Inside, filter: Filter::Lanczos3 };
        let small = resize(image, &scale).map_err(|error| NodeError::because("a picture cannot be fitted", &error))?;
        self.note_profile(&small);
        let small = convert::straight(&small);
        let eights = convert::to_u8(small.samples());
        let samples = convert::spread_grey(&eights, small.channels());
        let corner =
            |place: usize, side: u32| self.gap + place * (self.cell + self.gap) + (self.cell - side as usize) / 2;
        let (left, top) = (corner(at % self.columns, small.width()), corner(at / self.columns, small.height()));
        let depth = if small.channels().has_alpha() { 4 } else { 3 };
        for (y, row) in samples.chunks_exact(small.width() as usize * depth).enumerate() {
            let start = ((top + y) * self.width + left) * 4;
            lay_row(&mut self.pixels[start..start + small.width() as usize * 4], row, depth);
        }
        Ok(())
    }

    fn note_profile(&mut self, image: &Image) {
        // Grey is spread over three channels, so its profile says nothing any more.
        let grey = matches!(image.channels(), Channels::Gray | Channels::GrayAlpha);
        let own = image.icc.clone().filter(|_| !grey);
        let same = match &self.profile {
            Profile::None => true,
            Profile::Shared(shared) => *shared == own,
            Profile::Mixed => false,
        };
        self.profile = if same { Profile::Shared(own) } else { Profile::Mixed };
    }

    fn finish(self) -> Result<Out, NodeError> {
        let opaque = self.background[3] == 255;
        let (channels, pixels) =
            if opaque { (Channels::Rgb, without_alpha(self.pixels)) } else { (Channels::Rgba, self.pixels) };
        let made = Image::new(self.width as u32, self.height as u32, channels, Samples::U8(pixels));
        let mut image = made.map_err(|error| NodeError::because("the sheet cannot be made", &error))?;
        if let Profile::Shared(profile) = self.profile {
            image.icc = profile;
        }
        Ok(Out { image: Arc::new(image) })
    }
}

/// Drops the alpha of pixels that are all opaque, in place: a large sheet should not stand in memory twice.
fn without_alpha(mut pixels: Vec<u8>) -> Vec<u8> {
    let count = pixels.len() / 4;
    for at in 0..count {
        pixels.copy_within(at * 4..at * 4 + 3, at * 3);
    }
    pixels.truncate(count * 3);
    pixels.shrink_to_fit();
    pixels
}

fn lay_row(under: &mut [u8], row: &[u8], depth: usize) {
    for (under, over) in under.chunks_exact_mut(4).zip(row.chunks_exact(depth)) {
        let alpha = if depth == 4 { over[3] } else { 255 };
        convert::lay_over(under, [over[0], over[1], over[2], alpha]);
    }
}

fn columns(wanted: usize, count: usize) -> usize {
    let square = count.isqrt() + usize::from(count.isqrt().pow(2) < count);
    if wanted == 0 { square } else { wanted.min(count) }
}

fn check_size(width: usize, height: usize) -> Result<(), NodeError> {
    let bytes = (width as u64).saturating_mul(height as u64).saturating_mul(PIXEL_BYTES);
    if bytes <= MAX_BYTES {
        return Ok(());
    }
    Err(NodeError::new(format!(
        "a sheet of {width} by {height} pixels takes {bytes} bytes, more than the {MAX_BYTES} that it may"
    ))
    .hint("make `cell` smaller, or put fewer pictures on a sheet")
    .permanent())
}

fn sample() -> Sample {
    let dots = [0, 255].map(|grey| Image::new(1, 1, Channels::Gray, Samples::U8(vec![grey])));
    let images = dots.into_iter().flatten().map(|image| Value::Image(Arc::new(image)));
    Sample::new().param("cell", 8).input("images", Value::List(Arc::new(images.collect::<List>())))
}

const EXAMPLE: &str = r#"
photos:
  kind: files.glob
  params: { folder: samples/photos, pattern: "*.jpg" }
each:
  kind: image.open
  inputs: { file: photos.file }
sheet:
  kind: image.contact_sheet
  params: { columns: 4 }
  inputs: { images: each.image }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::SampleType;

    use super::*;
    use crate::shared::specimen;

    fn bench(images: Vec<Image>) -> Harness {
        let images = images.into_iter().map(|image| Value::Image(Arc::new(image)));
        Harness::of::<ContactSheet>().input("images", Value::List(Arc::new(images.collect::<List>())))
    }

    fn sheet(bench: &Harness) -> Arc<Image> {
        bench.fire().unwrap().get::<Arc<Image>>("image").unwrap()
    }

    #[test]
    fn columns_are_about_as_many_as_rows() {
        assert_eq!([1, 2, 4, 5, 9, 10, 12].map(|count| columns(0, count)), [1, 2, 2, 3, 3, 4, 4]);
        assert_eq!((columns(8, 3), columns(8, 20)), (3, 8));
    }

    #[test]
    fn every_layout_finds_its_place() {
        let bench = bench(specimen::every_layout(30, 20)).param("cell", 10).param("gap", 2).param("columns", 5);
        let sheet = sheet(&bench);
        assert_eq!((sheet.width(), sheet.height(), sheet.channels()), (5 * 12 + 2, 3 * 12 + 2, Channels::Rgb));
    }

    #[test]
    fn a_small_picture_stands_in_the_middle_as_it_is() {
        let dot = Image::new(2, 2, Channels::Rgb, Samples::U8([9, 8, 7].repeat(4))).unwrap();
        let sheet = sheet(&bench(vec![dot]).param("cell", 8).param("gap", 0).param("background", "#102030"));
        let Samples::U8(samples) = sheet.samples() else { panic!("8-bit samples") };
        let pixel = |x: usize, y: usize| &samples[(y * 8 + x) * 3..][..3];
        assert_eq!((pixel(2, 2), pixel(3, 3), pixel(4, 4)), (&[16, 32, 48][..], &[9, 8, 7][..], &[9, 8, 7][..]));
    }

    #[test]
    fn a_transparent_ground_stays_transparent() {
        let clear = Image::new(1, 1, Channels::Rgba, Samples::U8(vec![1, 2, 3, 128])).unwrap();
        let sheet = sheet(&bench(vec![clear]).param("cell", 8).param("gap", 0).param("background", "#00000000"));
        let Samples::U8(samples) = sheet.samples() else { panic!("8-bit samples") };
        assert_eq!(sheet.channels(), Channels::Rgba);
        assert_eq!(samples[(3 * 8 + 3) * 4..][..4], [1, 2, 3, 128]);
        assert_eq!(samples[..4], [0; 4]);
    }

    #[test]
    fn a_profile_is_kept_where_all_agree() {
        let with = |icc: Option<&[u8]>| {
            let mut image = specimen::picture(2, 2, Channels::Rgb, SampleType::U8);
            image.icc = icc.map(Arc::from);
            image
        };
        let same = sheet(&bench(vec![with(Some(b"a")), with(Some(b"a"))]));
        assert_eq!(same.icc.as_deref(), Some(&b"a"[..]));
        let mixed = sheet(&bench(vec![with(Some(b"a")), with(None), with(Some(b"a"))]));
        assert_eq!(mixed.icc, None);
    }

    #[test]
    fn what_cannot_be_made_is_explained() {
        let cause = |bench: Harness| bench.fire().map(|_| ()).unwrap_err().to_string();
        assert!(cause(bench(vec![])).starts_with("the group has no picture"));
        let dots = || vec![specimen::picture(1, 1, Channels::Gray, SampleType::U8); 64];
        assert!(cause(bench(dots()).param("cell", 4096)).contains("more than the 805306368"));
        assert_eq!(cause(bench(dots()).param("background", "white")), "parameter `background`: `white` is no colour");
        let stopped = bench(dots());
        stopped.cancel().cancel();
        assert!(stopped.fire().is_err_and(|error| error.is_cancelled()));
    }
}
