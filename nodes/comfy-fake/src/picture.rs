//! The pictures that the server makes: of one colour, which is the seed.

/// Returns a PNG of four by four pixels whose colour is the seed, lowest byte last.
pub fn png_of(seed: u64) -> Vec<u8> {
    let colour = seed.to_be_bytes();
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, 4, 4);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(&colour[5..].repeat(16))?;
        writer.finish()
    });
    assert!(written.is_ok(), "a small picture can be written to memory");
    bytes
}
