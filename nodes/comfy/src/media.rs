//! Pictures on their way to a server and back: what goes there is PNG of 8 bits, which is what ComfyUI reads; what comes back is
//! decoded, and so verified.

use std::io::Cursor;
use std::sync::Arc;

use image::ImageDecoder;
use png::{BitDepth, ColorType, Transformations};
use windlass_core::node::NodeError;
use windlass_core::value::{Channels, Image, Samples};
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

/// The most pixels that a picture of a server may have.
const MOST_PIXELS: u64 = 400_000_000;

/// The largest preview that is decoded, in bytes.
pub(crate) const LARGEST_PREVIEW: usize = 4 << 20;

/// Returns what a file is by its first bytes: a media type and the ending of names.
pub(crate) fn sniffed(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let at = |from: usize, word: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(word));
    match () {
        () if at(0, b"\x89PNG\r\n\x1a\n") => Some(("image/png", "png")),
        () if at(0, b"\xff\xd8\xff") => Some(("image/jpeg", "jpg")),
        () if at(0, b"RIFF") && at(8, b"WEBP") => Some(("image/webp", "webp")),
        () => None,
    }
}

/// Returns whether a name is one of a picture that is decoded.
pub(crate) fn is_picture_name(name: &str) -> bool {
    matches!(type_of_name(name), "image/png" | "image/jpeg" | "image/webp")
}

/// Returns the media type that a name stands for.
pub(crate) fn type_of_name(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, ending)| ending.to_ascii_lowercase()).as_deref() {
        Some("png") => "image/png",
        Some("jpg" | "jpeg") => "image/jpeg",
        Some("webp") => "image/webp",
        Some("gif") => "image/gif",
        Some("wav") => "audio/wav",
        Some("flac") => "audio/flac",
        Some("mp3") => "audio/mpeg",
        Some("ogg" | "opus") => "audio/ogg",
        Some("mp4") => "video/mp4",
        Some("webm") => "video/webm",
        Some("mkv") => "video/x-matroska",
        Some("mov") => "video/quicktime",
        Some("txt") => "text/plain",
        Some("json") => "application/json",
        _ => "application/octet-stream",
    }
}

/// Decodes a picture: PNG, JPEG, or the first frame of a WebP.
pub(crate) fn picture(bytes: &[u8]) -> Result<Image, String> {
    match sniffed(bytes) {
        Some(("image/png", _)) => of_png(bytes),
        Some(("image/jpeg", _)) => of_jpeg(bytes),
        Some(_) => of_webp(bytes),
        None => Err("it is neither PNG, JPEG nor WebP".into()),
    }
}

fn bounded(width: u64, height: u64) -> Result<(), String> {
    let fits = width.checked_mul(height).is_some_and(|pixels| pixels <= MOST_PIXELS);
    if fits { Ok(()) } else { Err(format!("it has {width} by {height} pixels, and {MOST_PIXELS} are taken")) }
}

fn of_png(bytes: &[u8]) -> Result<Image, String> {
    let said = |error: png::DecodingError| error.to_string();
    let mut decoder = png::Decoder::new(Cursor::new(bytes));
    decoder.set_transformations(Transformations::EXPAND);
    decoder.set_ignore_text_chunk(true);
    let header = decoder.read_header_info().map_err(said)?;
    bounded(header.width.into(), header.height.into())?;
    let mut reader = decoder.read_info().map_err(said)?;
    let mut buffer = vec![0; reader.output_buffer_size().unwrap_or_default()];
    let frame = reader.next_frame(&mut buffer).map_err(said)?;
    reader.finish().map_err(said)?;
    buffer.truncate(frame.buffer_size());
    let samples = match frame.bit_depth {
        BitDepth::Sixteen => Samples::U16(buffer.as_chunks().0.iter().map(|pair| u16::from_be_bytes(*pair)).collect()),
        _ => Samples::U8(buffer),
    };
    let channels = match frame.color_type {
        ColorType::Grayscale => Channels::Gray,
        ColorType::GrayscaleAlpha => Channels::GrayAlpha,
        ColorType::Rgb | ColorType::Indexed => Channels::Rgb,
        ColorType::Rgba => Channels::Rgba,
    };
    let mut image = Image::new(frame.width, frame.height, channels, samples).map_err(|error| error.to_string())?;
    image.icc = reader.info().icc_profile.as_deref().map(Arc::from);
    Ok(image)
}

fn of_jpeg(bytes: &[u8]) -> Result<Image, String> {
    let options = DecoderOptions::default().set_strict_mode(true).jpeg_set_out_colorspace(ColorSpace::RGB);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions().unwrap_or_default();
    bounded(width as u64, height as u64)?;
    let samples = Samples::U8(decoder.decode().map_err(|error| error.to_string())?);
    Image::new(width as u32, height as u32, Channels::Rgb, samples).map_err(|error| error.to_string())
}

fn of_webp(bytes: &[u8]) -> Result<Image, String> {
    let decoder = image::codecs::webp::WebPDecoder::new(Cursor::new(bytes)).map_err(|error| error.to_string())?;
    let (width, height) = decoder.dimensions();
    bounded(width.into(), height.into())?;
    let channels = if decoder.color_type().has_alpha() { Channels::Rgba } else { Channels::Rgb };
    let mut samples = vec![0; width as usize * height as usize * channels.count()];
    decoder.read_image(&mut samples).map_err(|error| error.to_string())?;
    Image::new(width, height, channels, Samples::U8(samples)).map_err(|error| error.to_string())
}

/// Makes the PNG of a picture that a server reads, of 8 bits.
pub(crate) fn png_of(image: &Image) -> Result<Vec<u8>, NodeError> {
    let samples = eight_bits(image.samples());
    let mut bytes = Vec::with_capacity(samples.len() / 2);
    let written = write_png(&mut bytes, image, &samples);
    written
        .map_err(|error| NodeError::because("the picture cannot be made ready for the server", &error).permanent())?;
    Ok(bytes)
}

fn write_png(bytes: &mut Vec<u8>, image: &Image, samples: &[u8]) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(bytes, image.width(), image.height());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(match image.channels() {
        Channels::Gray => ColorType::Grayscale,
        Channels::GrayAlpha => ColorType::GrayscaleAlpha,
        Channels::Rgb => ColorType::Rgb,
        Channels::Rgba => ColorType::Rgba,
    });
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(samples)?;
    writer.finish()
}

fn eight_bits(samples: &Samples) -> Vec<u8> {
    match samples {
        Samples::U8(samples) => samples.clone(),
        Samples::U16(samples) => samples.iter().map(|sample| ((u32::from(*sample) + 128) / 257) as u8).collect(),
        Samples::F32(samples) => samples.iter().map(|sample| (sample.clamp(0.0, 1.0) * 255.0).round() as u8).collect(),
    }
}

/// Does what computes or blocks for long on a thread of its own, so that no other firing waits for it.
///
/// # Errors
/// The system gives no thread, or the work broke off.
pub(crate) async fn on_thread<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, NodeError> + Send + 'static,
) -> Result<T, NodeError> {
    let (done, result) = tokio::sync::oneshot::channel();
    let spawned = std::thread::Builder::new().name("comfy-work".into()).spawn(move || drop(done.send(work())));
    spawned.map_err(|error| NodeError::because("cannot start a thread for a firing", &error))?;
    result.await.unwrap_or_else(|_| Err(NodeError::new("the work of a firing broke its thread").permanent()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_goes_there_and_back() {
        let samples: Vec<u8> = (0..48).collect();
        let picture = |channels, samples| Image::new(4, 4, channels, samples).unwrap();
        let image = picture(Channels::Rgb, Samples::U8(samples));
        assert_eq!(super::picture(&png_of(&image).unwrap()), Ok(image));
        let floats = picture(Channels::Gray, Samples::F32(vec![2.0; 16]));
        let whole = super::picture(&png_of(&floats).unwrap()).unwrap();
        assert_eq!(whole.samples(), &Samples::U8(vec![255; 16]));
    }

    #[test]
    fn what_is_no_picture_or_is_cut_is_refused() {
        let whole = png_of(&Image::new(4, 4, Channels::Gray, Samples::U8(vec![1; 16])).unwrap()).unwrap();
        for end in 0..whole.len() - 1 {
            assert!(picture(&whole[..end]).is_err(), "{end} of {} bytes", whole.len());
        }
        assert!(picture(b"<html>").is_err());
    }
}
