//! Ports of the kinds that make one picture of one, and what goes with them.

use windlass_core::prelude::*;
use windlass_core::spec::Sample;
use windlass_core::value::{Channels, ImageError, Samples};

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture.
    pub image: Arc<Image>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture that was made. Its samples are of the same type as before, and its profile and alpha mode are kept.
    pub image: Arc<Image>,
}

impl Out {
    /// Gives a picture of the same size and channels.
    ///
    /// # Errors
    /// The samples do not make a picture, which is a bug.
    pub fn like(image: &Image, samples: Samples) -> Result<Self, NodeError> {
        Self::made(like(image, samples))
    }

    /// Gives what an operation has made.
    ///
    /// # Errors
    /// The samples do not make a picture, which is a bug.
    pub fn made(image: Result<Image, ImageError>) -> Result<Self, NodeError> {
        match image {
            Ok(image) => Ok(Self { image: Arc::new(image) }),
            Err(error) => Err(NodeError::because("the picture cannot be made", &error).permanent()),
        }
    }
}

/// Returns a picture of the same size and channels, with other samples.
///
/// # Errors
/// The samples do not make a picture, which is a bug.
pub fn like(image: &Image, samples: Samples) -> Result<Image, ImageError> {
    image.with(image.width(), image.height(), image.channels(), samples)
}

/// Returns a sample for tests of all kinds: a small picture in colour.
pub fn sample() -> Sample {
    let samples = (0..4 * 3 * 3).map(|at| (at * 7) as u8).collect();
    match Image::new(4, 3, Channels::Rgb, Samples::U8(samples)) {
        Ok(image) => Sample::new().input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

/// Returns an example: a photo of the samples goes through a kind and is saved.
pub fn example(photo: &str, kind: &str, params: &str) -> String {
    let ending = photo.rsplit('.').next().unwrap_or_default();
    let params = if params.is_empty() { String::new() } else { format!("\n  params: {{ {params} }}") };
    format!(
        r#"
photo:
  kind: files.open
  params: {{ path: samples/photos/{photo} }}
picture:
  kind: image.open
  inputs: {{ file: photo.file }}
{kind}:
  kind: image.{kind}{params}
  inputs: {{ image: picture.image }}
save:
  kind: image.save
  params: {{ path: "out/{kind}.{ending}" }}
  inputs: {{ image: {kind}.image }}
"#
    )
}
