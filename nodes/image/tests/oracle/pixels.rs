//! Operations on one picture, against Pillow, scipy, scikit-image, numpy and colorsys (`pixels.py`).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use windlass_core::harness::Harness;
use windlass_core::registry::Registry;
use windlass_core::value::{Channels, Image, Samples};

#[derive(Deserialize)]
struct Oracle {
    pictures: HashMap<String, Picture>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct Case {
    tool: String,
    kind: String,
    params: Map<String, Json>,
    given: String,
    tolerance: f64,
    #[serde(flatten)]
    expected: Picture,
}

#[derive(Deserialize)]
pub struct Picture {
    width: u32,
    height: u32,
    channels: usize,
    #[serde(rename = "type")]
    sample_type: String,
    samples: String,
}

impl Picture {
    pub fn image(&self) -> Result<Image, String> {
        let bytes = bytes(&self.samples)?;
        let samples = match self.sample_type.as_str() {
            "u8" => Samples::U8(bytes),
            "u16" => Samples::U16(bytes.as_chunks().0.iter().map(|two| u16::from_le_bytes(*two)).collect()),
            _ => Samples::F32(bytes.as_chunks().0.iter().map(|four| f32::from_le_bytes(*four)).collect()),
        };
        let channels = [Channels::Gray, Channels::GrayAlpha, Channels::Rgb, Channels::Rgba][self.channels - 1];
        Image::new(self.width, self.height, channels, samples).map_err(|error| error.to_string())
    }
}

/// Reads hexadecimal digits.
pub fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    let digit = |digit: char| digit.to_digit(16).map(|digit| digit as u8).ok_or("a digit is none");
    let digits = digits.chars().map(digit).collect::<Result<Vec<u8>, _>>()?;
    Ok(digits.chunks_exact(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

/// Returns how far two samples of pictures of one kind differ, at most.
pub fn largest_difference(made: &Image, expected: &Image) -> Result<f64, String> {
    let shape = |image: &Image| (image.width(), image.height(), image.channels(), image.samples().sample_type());
    if shape(made) != shape(expected) {
        return Err(format!("{:?} in place of {:?}", shape(made), shape(expected)));
    }
    let both = numbers(made.samples()).into_iter().zip(numbers(expected.samples()));
    Ok(both.map(|(made, expected)| (made - expected).abs()).fold(0.0, f64::max))
}

fn numbers(samples: &Samples) -> Vec<f64> {
    match samples {
        Samples::U8(samples) => samples.iter().map(|sample| f64::from(*sample)).collect(),
        Samples::U16(samples) => samples.iter().map(|sample| f64::from(*sample)).collect(),
        Samples::F32(samples) => samples.iter().map(|sample| f64::from(*sample)).collect(),
    }
}

/// Returns how far a kind is off, at most.
fn off(registry: &Registry, case: &Case, given: &Picture) -> Result<f64, String> {
    let kind = registry.kind(&case.kind).ok_or("there is no such kind")?;
    let mut bench = Harness::new(kind.clone()).input("image", Arc::new(given.image()?));
    for (name, value) in &case.params {
        bench = bench.param(name, value.clone());
    }
    let gave = bench.fire().map_err(|error| error.to_string())?;
    let made = gave.get::<Arc<Image>>("image").map_err(|error| error.to_string())?;
    largest_difference(&made, &case.expected.image()?)
}

#[test]
fn pictures_are_those_of_well_known_tools() {
    let oracle: Oracle = serde_json::from_str(include_str!("pixels.json")).unwrap();
    let registry = Registry::new([windlass_image::pack()]).unwrap();
    assert!(oracle.cases.len() > 50, "only {} cases", oracle.cases.len());
    let mut wrong = Vec::new();
    for case in &oracle.cases {
        let off = off(&registry, case, &oracle.pictures[&case.given]);
        if !off.as_ref().is_ok_and(|off| *off <= case.tolerance) {
            let (kind, tool, params) = (&case.kind, &case.tool, Json::from(case.params.clone()));
            wrong.push(format!(
                "{kind} {params} of `{}` against {tool}: {off:?}, at most {}",
                case.given, case.tolerance
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
