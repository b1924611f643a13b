//! Pictures together, profiles and metadata, against numpy, Pillow and LittleCMS (`scenes.py`).
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::sync::Arc;

use serde_json::{Value as Json, json};
use windlass_core::harness::{Gave, Harness};
use windlass_core::registry::Registry;
use windlass_core::value::{Channels, File, FileContent, Image, Samples};

fn oracle() -> Json {
    serde_json::from_str(include_str!("scenes.json")).unwrap()
}

fn bench(kind: &str) -> Harness {
    let registry = Registry::new([windlass_image::pack()]).unwrap();
    Harness::new(registry.kind(kind).unwrap().clone())
}

fn bytes(hex: &Json) -> Vec<u8> {
    let digits: Vec<u8> = hex.as_str().unwrap().chars().map(|digit| digit.to_digit(16).unwrap() as u8).collect();
    digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect()
}

fn image(picture: &Json) -> Image {
    let side = |name: &str| picture[name].as_u64().unwrap() as u32;
    let channels = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba][side("channels") as usize - 1];
    Image::new(side("width"), side("height"), channels, Samples::U8(bytes(&picture["samples"]))).unwrap()
}

/// Returns the picture without its alpha, whatever it hides.
fn opaque(image: &Image) -> Image {
    let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
    let kept = samples.chunks_exact(4).flat_map(|pixel| pixel[..3].iter().copied()).collect();
    Image::new(image.width(), image.height(), Channels::Rgb, Samples::U8(kept)).unwrap()
}

fn samples(image: &Image) -> &[u8] {
    match image.samples() {
        Samples::U8(samples) => samples,
        other => panic!("{other:?}"),
    }
}

/// Asserts that no sample is further off than allowed.
#[track_caller]
fn close(made: &Image, expected: &[u8], tolerance: &Json, what: &str) {
    assert_eq!(samples(made).len(), expected.len(), "{what}");
    let worst = samples(made).iter().zip(expected).map(|(made, expected)| made.abs_diff(*expected)).max().unwrap();
    assert!(u64::from(worst) <= tolerance.as_u64().unwrap(), "{what} is {worst} steps off");
}

fn picture(gave: &Gave) -> Arc<Image> {
    gave.get("image").unwrap()
}

#[test]
fn blend_modes_are_those_of_w3c_and_of_pillow() {
    let oracle = &oracle()["blends"];
    let (base, over) = (image(&oracle["base"]), image(&oracle["over"]));
    let cases = oracle["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 18 + 9 + 1);
    for case in cases {
        let alpha = case["alpha"].as_bool().unwrap();
        let [base, over] = [&base, &over].map(|image| Arc::new(if alpha { image.clone() } else { opaque(image) }));
        let bench = bench("image.composite").input("base", base).input("overlay", over);
        let gave =
            bench.param("blend", case["blend"].clone()).param("opacity", case["opacity"].clone()).fire().unwrap();
        let what = format!("{} of {}", case["blend"], case["tool"]);
        close(&picture(&gave), &bytes(&case["samples"]), &case["tolerance"], &what);
    }
    let (masked, base, over) = (&oracle["masked"], opaque(&base), opaque(&over));
    let bench = bench("image.composite").input("base", Arc::new(base)).input("overlay", Arc::new(over));
    let gave = bench.input("mask", Arc::new(image(&masked["mask"]))).fire().unwrap();
    close(&picture(&gave), &bytes(&masked["samples"]), &masked["tolerance"], "a mask of Pillow");
}

#[test]
fn colours_are_converted_as_littlecms_does() {
    for (at, case) in oracle()["profiles"].as_array().unwrap().iter().enumerate() {
        let mut given = image(&case["given"]);
        given.icc = Some(&case["from"]).filter(|icc| !icc.is_null()).map(|icc| bytes(icc).into());
        let mut bench = bench("image.convert_profile").input("image", Arc::new(given));
        if !case["to"].is_null() {
            let profile = File::in_memory(bytes(&case["to"]), "wide.icc", "application/vnd.iccprofile");
            bench = bench.input("profile", Arc::new(profile));
        }
        let made = picture(&bench.fire().unwrap());
        let expected = bytes(&case["expected"]["samples"]);
        close(&made, &expected, &case["tolerance"], &format!("profile case {at}"));
        assert_eq!(made.icc.is_none(), case["to"].is_null());
    }
}

fn file(content: Vec<u8>) -> Arc<File> {
    Arc::new(File::in_memory(content, "given", "application/octet-stream"))
}

#[test]
fn files_of_pillow_are_read() {
    for case in oracle()["files"].as_array().unwrap() {
        let gave = bench("image.metadata").input("file", file(bytes(&case["given"]))).fire().unwrap();
        let found: Json = gave.get("metadata").unwrap();
        let format = case["format"].as_str().unwrap();
        assert_eq!(found["format"].as_str().unwrap().to_uppercase(), format);
        assert_eq!((&found["width"], &found["height"], &found["orientation"]), (&json!(6), &json!(8), &json!(6)));
        assert_eq!((gave.get("width"), gave.get("height")), (Ok(8), Ok(6)), "it is shown upright");
        assert_eq!((&found["exif"]["Artist"], &found["exif"]["ExposureTime"]), (&json!("Ada Lovelace"), &json!(0.004)));
        assert_eq!(found["taken"], "2024-05-01T12:30:00");
        assert_eq!(found["location"], json!({ "latitude": -12.5, "longitude": 7.25 }));
        assert_eq!((&found["xmp"], &found["profile"]["name"]), (&json!("<x:xmpmeta/>"), &json!("oracle")), "{format}");
        assert!(found.get("problems").is_none(), "{found}");
        match format {
            "PNG" => assert_eq!(found["text"], json!({ "Title": "Dünen", "Author": "漢字" })),
            "JPEG" => assert_eq!(found["comments"], json!(["a comment"])),
            _ => {}
        }
    }
}

#[test]
fn files_that_pillow_read_are_still_written() {
    let fields = json!({
        "Artist": "Łada", "Copyright": "2024, Ada", "Orientation": 3, "DateTimeOriginal": "2024-06-02T08:00:00+02:00",
        "FNumber": 2.8, "GPSLatitude": 48.2, "GPSLongitude": -16.37,
    });
    let read = json!({
        "Artist": "Łada", "Copyright": "2024, Ada", "Orientation": 3, "DateTimeOriginal": "2024:06:02 08:00:00",
        "OffsetTimeOriginal": "+02:00", "ExposureTime": 0.004, "FNumber": 2.8, "GPSLatitudeRef": "N",
        "GPSLatitude": [48.0, 12.0, 0.0], "GPSLongitudeRef": "W", "GPSLongitude": [16.0, 22.0, 12.0],
        "xmp": "<x:xmpmeta>new</x:xmpmeta>", "profile": true, "pixels": true,
    });
    for case in oracle()["files"].as_array().unwrap() {
        let bench = bench("image.write_metadata").input("file", file(bytes(&case["given"])));
        let gave = bench.param("exif", fields.clone()).param("xmp", "<x:xmpmeta>new</x:xmpmeta>").fire().unwrap();
        let made: Arc<File> = gave.get("file").unwrap();
        let FileContent::Bytes(made) = &made.content else { panic!("a file in memory") };
        assert!(made[..] == bytes(&case["written"]), "{} is not what Pillow read", case["format"]);
        assert_eq!(case["read"], read, "{}", case["format"]);
    }
}

/// Returns width and height of the box of what is not black, and the sum of its brightness in pixels of white.
fn ink(image: &Image) -> (f64, f64, f64) {
    let width = image.width() as usize;
    let lit: Vec<_> = samples(image).iter().enumerate().filter(|(_, grey)| **grey > 0).collect();
    let (xs, ys): (Vec<_>, Vec<_>) = lit.iter().map(|(at, _)| (at % width, at / width)).unzip();
    let span = |places: &[usize]| (places.iter().max().unwrap() - places.iter().min().unwrap() + 1) as f64;
    (span(&xs), span(&ys), lit.iter().map(|(_, grey)| f64::from(**grey)).sum::<f64>() / 255.0)
}

#[test]
fn texts_are_as_large_and_as_heavy_as_those_of_freetype() {
    let page = Arc::new(Image::new(800, 240, Channels::Gray, Samples::U8(vec![0; 800 * 240])).unwrap());
    for case in oracle()["texts"].as_array().unwrap() {
        let bench = bench("image.text").input("image", page.clone()).param("size", 64).param("gravity", "center");
        let bench = bench.param("typeface", case["typeface"].clone()).param("text", case["text"].clone());
        let made = picture(&bench.param("align", "start").param("y", 0).fire().unwrap());
        let expected = |name: &str| case[name].as_f64().unwrap();
        let (width, height, weight) = ink(&made);
        assert!((width - expected("width")).abs() <= 1.5, "{width} wide: {case}");
        assert!((weight / expected("ink") - 1.0).abs() < 0.03, "{weight} of ink: {case}");
        // Lines stand as far apart as the graph says, and not as the font does.
        let one_line = !case["text"].as_str().unwrap().contains('\n');
        assert!(!one_line || (height - expected("height")).abs() <= 2.0, "{height} high: {case}");
    }
}
