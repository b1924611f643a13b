//! What is written is read again, and what is broken is refused: for every format.

use std::sync::Arc;

use proptest::prelude::*;
use windlass_core::value::{Channels, Image, SampleType, Samples};

use super::decode::{DecodeError, Limits, Options, Orientation, decode};
use super::encode::{Encode, encode};
use super::format::Format;
use super::specimen;

const WRITTEN: [Format; 5] = [Format::Jpeg, Format::Png, Format::Webp, Format::Tiff, Format::Bmp];

fn file(image: &Image, format: Format) -> Vec<u8> {
    encode(image, Encode { format, quality: 90 }).unwrap().bytes
}

fn gif() -> Vec<u8> {
    let mut bytes = Vec::new();
    let pixels = image::RgbaImage::from_fn(24, 16, |x, y| image::Rgba([(x * 10) as u8, (y * 15) as u8, 128, 255]));
    image::codecs::gif::GifEncoder::new(&mut bytes).encode_frame(image::Frame::new(pixels)).unwrap();
    bytes
}

fn progressive_jpeg() -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    encoder.set_progressive(true);
    let Samples::U8(samples) = specimen::picture(24, 16, Channels::Rgb, SampleType::U8).into_samples() else {
        panic!("8-bit samples")
    };
    encoder.encode(&samples, 24, 16, jpeg_encoder::ColorType::Rgb).unwrap();
    bytes
}

/// One file of each format that is read, of different depths.
fn files() -> Vec<(Format, Vec<u8>)> {
    let of = |format, channels, sample| (format, file(&specimen::picture(24, 16, channels, sample), format));
    vec![
        of(Format::Jpeg, Channels::Rgb, SampleType::U8),
        of(Format::Jpeg, Channels::Gray, SampleType::U8),
        of(Format::Png, Channels::Rgba, SampleType::U8),
        of(Format::Png, Channels::Rgb, SampleType::U16),
        of(Format::Webp, Channels::Rgba, SampleType::U8),
        of(Format::Tiff, Channels::Rgb, SampleType::F32),
        of(Format::Tiff, Channels::Gray, SampleType::U16),
        of(Format::Bmp, Channels::Rgb, SampleType::U8),
        (Format::Gif, gif()),
        (Format::Jpeg, progressive_jpeg()),
    ]
}

fn read(bytes: &[u8]) -> Image {
    decode(bytes, &Options::default()).unwrap().image
}

#[test]
fn formats_without_loss_give_back_what_they_were_given() {
    for (format, sample) in [
        (Format::Png, SampleType::U8),
        (Format::Png, SampleType::U16),
        (Format::Tiff, SampleType::U16),
        (Format::Tiff, SampleType::F32),
        (Format::Webp, SampleType::U8),
        (Format::Bmp, SampleType::U8),
    ] {
        for channels in [Channels::Rgb, Channels::Rgba] {
            let mut image = specimen::picture(9, 7, channels, sample);
            image.icc = (format != Format::Bmp).then(|| Arc::from(specimen::profile(b"RGB ")));
            assert_eq!(read(&file(&image, format)), image, "{format}, {channels:?}, {sample:?}");
        }
    }
}

#[test]
fn every_layout_is_written_in_every_format() {
    for image in specimen::every_layout(9, 7) {
        for format in WRITTEN {
            let again = read(&file(&image, format));
            assert_eq!((again.width(), again.height()), (9, 7), "{format}, {:?}", image.channels());
        }
    }
}

#[test]
fn jpeg_is_near_what_it_was_given_and_keeps_its_profile() {
    let grey: Vec<u8> = (0..64 * 64).map(|at| (at / 64 * 4) as u8).collect();
    let mut image = Image::new(64, 64, Channels::Gray, Samples::U8(grey.clone())).unwrap();
    image.icc = Some(Arc::from(specimen::profile(b"GRAY")));
    let again = read(&file(&image, Format::Jpeg));
    let Samples::U8(samples) = again.samples() else { panic!("8-bit samples") };
    assert_eq!((again.channels(), &again.icc), (Channels::Gray, &image.icc));
    assert!(samples.iter().zip(&grey).all(|(new, old)| new.abs_diff(*old) <= 6));
}

#[test]
fn a_profile_of_another_colour_space_is_left_out() {
    let mut image = specimen::picture(4, 4, Channels::Rgb, SampleType::U8);
    image.icc = Some(Arc::from(specimen::profile(b"CMYK")));
    assert_eq!(read(&file(&image, Format::Png)).icc, None);
}

#[test]
fn the_orientation_of_a_camera_is_followed_unless_ignored() {
    let mut bytes = Vec::new();
    let mut encoder = jpeg_encoder::Encoder::new(&mut bytes, 90);
    let turned_right = b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
    encoder.add_exif_metadata(turned_right).unwrap();
    encoder.encode(&[200; 24 * 16], 24, 16, jpeg_encoder::ColorType::Luma).unwrap();
    let size = |orientation| {
        let image = decode(&bytes, &Options { orientation, ..Options::default() }).unwrap().image;
        (image.width(), image.height())
    };
    assert_eq!(size(Orientation::Exif), (16, 24));
    assert_eq!(size(Orientation::Ignore), (24, 16));
}

#[test]
fn cmyk_becomes_rgb() {
    let mut bytes = Vec::new();
    let red = [0, 255, 255, 0].repeat(16 * 16);
    jpeg_encoder::Encoder::new(&mut bytes, 95).encode(&red, 16, 16, jpeg_encoder::ColorType::Cmyk).unwrap();
    let image = read(&bytes);
    let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
    assert_eq!(image.channels(), Channels::Rgb);
    assert!(samples[0] > 240 && samples[1] < 15 && samples[2] < 15, "{:?}", &samples[..3]);
}

#[test]
fn a_palette_and_its_transparency_are_expanded() {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 2, 1);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_palette(vec![255, 0, 0, 0, 0, 255]);
    encoder.set_trns(vec![255, 0]);
    encoder.write_header().unwrap().write_image_data(&[0, 1]).unwrap();
    let image = read(&bytes);
    assert_eq!((image.channels(), image.samples()), (Channels::Rgba, &Samples::U8(vec![255, 0, 0, 255, 0, 0, 255, 0])));
}

/// TIFF may hold colours that are multiplied by alpha, and says so in a tag.
#[test]
fn tiff_with_associated_alpha_is_read_as_straight() {
    let samples = [50u8, 96, 0, 114, 0, 0, 0, 0, 10, 20, 30, 255];
    let file = |extra: u16| {
        let mut bytes = Vec::new();
        let mut encoder = tiff::encoder::TiffEncoder::new(std::io::Cursor::new(&mut bytes)).unwrap();
        let mut picture = encoder.new_image::<tiff::encoder::colortype::RGBA8>(3, 1).unwrap();
        picture.encoder().write_tag(tiff::tags::Tag::ExtraSamples, &[extra][..]).unwrap();
        picture.write_data(&samples).unwrap();
        bytes
    };
    let read = |extra| match decode(&file(extra), &Options::default()).unwrap().image.into_samples() {
        Samples::U8(samples) => samples,
        _ => panic!("8-bit samples"),
    };
    assert_eq!(read(2), samples, "not multiplied");
    assert_eq!(read(1), [112, 215, 0, 114, 0, 0, 0, 0, 10, 20, 30, 255], "divided by 114 of 255");
}

#[test]
fn tiff_of_one_channel_of_floats_is_read() {
    let mut bytes = Vec::new();
    let samples: Vec<f32> = (0..24).map(|at| at as f32 / 10.0).collect();
    let mut encoder = tiff::encoder::TiffEncoder::new(std::io::Cursor::new(&mut bytes)).unwrap();
    encoder.write_image::<tiff::encoder::colortype::Gray32Float>(6, 4, &samples).unwrap();
    let image = read(&bytes);
    assert_eq!((image.width(), image.channels(), image.samples()), (6, Channels::Gray, &Samples::F32(samples)));
    let few = Options { limits: Limits { max_pixels: 23, ..Limits::default() }, ..Options::default() };
    assert!(matches!(decode(&bytes, &few), Err(DecodeError::TooManyPixels { .. })));
    assert!(matches!(decode(&bytes[..60], &Options::default()), Err(DecodeError::Truncated { .. })));
}

#[test]
fn a_variety_that_cannot_be_read_is_not_called_damaged() {
    let mut bytes = file(&specimen::picture(24, 16, Channels::Rgb, SampleType::U8), Format::Jpeg);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    bytes[frame + 1] = 0xC9;
    let error = decode(&bytes, &Options::default()).unwrap_err();
    assert!(matches!(error, DecodeError::Variety { .. }), "{error:?}");
}

#[test]
fn a_file_cut_off_anywhere_is_no_picture() {
    for (format, bytes) in files() {
        // Behind the last pixel a GIF has a trailer, and a WebP may have a byte of padding.
        let whole = bytes.len() - if matches!(format, Format::Gif | Format::Webp) { 4 } else { 0 };
        for end in 16..whole {
            let result = decode(&bytes[..end], &Options::default());
            assert!(result.is_err(), "{format} cut at {end} of {}", bytes.len());
        }
    }
}

#[test]
fn a_cut_is_called_a_cut() {
    for (format, bytes) in files() {
        let error = decode(&bytes[..bytes.len() * 2 / 3], &Options::default()).unwrap_err();
        assert!(matches!(error, DecodeError::Truncated { .. }), "{format}: {error:?}");
    }
}

#[test]
fn a_cut_behind_what_looks_like_an_end_is_called_a_cut() {
    let baseline = file(&specimen::picture(24, 16, Channels::Rgb, SampleType::U8), Format::Jpeg);
    for bytes in [baseline, progressive_jpeg()] {
        let markers = [0xC0, 0xC2, 0xC4, 0xDA].map(|marker| [0xFF, marker]);
        let places: Vec<usize> =
            (0..bytes.len() - 1).filter(|at| markers.contains(&[bytes[*at], bytes[at + 1]])).collect();
        assert!(places.len() > 2);
        for at in places {
            // A comment, as long as it says only in the whole file.
            let cut = [&bytes[..at], &[0xFF, 0xFE, 0, 8, 1, 0xFF, 0xD9]].concat();
            let whole = [&cut[..], &[2, 3, 4], &bytes[at..]].concat();
            assert_eq!(read(&whole), read(&bytes), "at {at}");
            let error = decode(&cut, &Options::default()).unwrap_err();
            assert!(matches!(error, DecodeError::Truncated { .. }), "at {at}: {error:?}");
        }
    }
}

#[test]
fn what_is_no_picture_is_refused_by_its_own_name() {
    let error = |bytes: &[u8]| decode(bytes, &Options::default()).unwrap_err();
    assert!(matches!(error(b""), DecodeError::Empty));
    assert!(matches!(error(b"Dear diary, today"), DecodeError::NotAPicture));
    assert!(matches!(error(b"\0\0\0\x1cftypavif"), DecodeError::Unsupported("AVIF")));
}

#[test]
fn limits_are_checked_on_the_header() {
    for (format, bytes) in files() {
        let refused = |limits| decode(&bytes, &Options { limits, ..Options::default() }).unwrap_err();
        let few = refused(Limits { max_pixels: 24 * 16 - 1, ..Limits::default() });
        assert!(matches!(few, DecodeError::TooManyPixels { width: 24, height: 16, .. }), "{format}: {few:?}");
        let short = refused(Limits { max_side: 23, ..Limits::default() });
        assert!(matches!(short, DecodeError::TooLong { max_side: 23, .. }), "{format}: {short:?}");
        let whole = decode(&bytes, &Options::default()).unwrap().image;
        let size = (whole.samples().len() * whole.samples().sample_type().size_bytes()) as u64;
        let heavy = refused(Limits { max_bytes: size - 1, ..Limits::default() });
        assert!(matches!(heavy, DecodeError::TooManyBytes { bytes, .. } if bytes == size), "{format}: {heavy:?}");
    }
}

#[test]
fn a_header_of_50_000_by_50_000_is_refused_without_its_pixels() {
    let mut bytes = file(&specimen::picture(24, 16, Channels::Rgb, SampleType::U8), Format::Jpeg);
    let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
    bytes[frame + 5..frame + 9].copy_from_slice(&[0xC3, 0x50, 0xC3, 0x50]);
    let error = decode(&bytes, &Options::default()).unwrap_err();
    assert!(matches!(error, DecodeError::TooManyPixels { width: 50_000, height: 50_000, .. }), "{error:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]
    #[test]
    fn mutated_files_never_panic(which in 0usize..10, changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..12)) {
        let (_, mut bytes) = files().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let limits = Limits { max_pixels: 1 << 20, max_side: 4096, max_bytes: 1 << 24 };
        if let Ok(decoded) = decode(&bytes, &Options { limits, ..Options::default() }) {
            let pixels = u64::from(decoded.image.width()) * u64::from(decoded.image.height());
            prop_assert!(pixels <= limits.max_pixels);
        }
    }
}
