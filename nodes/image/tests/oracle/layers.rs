//! Masks, tiles, marks, sheets, sizes, conversions and files, against Pillow, numpy and ImageMagick (`layers.py`).

use std::collections::HashMap;
use std::sync::Arc;

use serde::Deserialize;
use serde_json::{Map, Value as Json};
use windlass_core::harness::Harness;
use windlass_core::registry::Registry;
use windlass_core::value::{AlphaMode, File, Image, List, Samples, Value};

use super::pixels::{Picture, bytes, largest_difference};

#[derive(Deserialize)]
struct Oracle {
    pictures: HashMap<String, Given>,
    cases: Vec<Case>,
    dominant: Dominant,
}

#[derive(Deserialize)]
struct Given {
    #[serde(flatten)]
    picture: Picture,
    #[serde(default)]
    premultiplied: bool,
}

#[derive(Deserialize)]
struct Case {
    tool: String,
    kind: String,
    params: Map<String, Json>,
    inputs: HashMap<String, Input>,
    /// The port that gives the picture; `children` stands for the pictures of all children.
    port: String,
    tolerance: f64,
    expected: Vec<Picture>,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Input {
    One(String),
    All(Vec<String>),
    Texts { json: Vec<Json> },
    File { file: String, name: String },
}

#[derive(Deserialize)]
struct Dominant {
    picture: String,
    repeat: usize,
    count: usize,
    apart: f64,
    tolerance: f64,
}

impl Oracle {
    fn picture(&self, name: &str) -> Result<Value, String> {
        let given = self.pictures.get(name).ok_or("there is no such picture")?;
        let mut image = given.picture.image()?;
        if given.premultiplied {
            image.alpha = AlphaMode::Premultiplied;
        }
        Ok(Value::Image(Arc::new(image)))
    }

    fn value(&self, input: &Input) -> Result<Value, String> {
        let list = |values: Vec<Value>| Value::List(Arc::new(values.into_iter().collect::<List>()));
        match input {
            Input::One(name) => self.picture(name),
            Input::All(names) => names.iter().map(|name| self.picture(name)).collect::<Result<_, _>>().map(list),
            Input::Texts { json } => Ok(list(json.iter().map(|json| Value::Json(Arc::new(json.clone()))).collect())),
            Input::File { file, name } => {
                Ok(Value::File(Arc::new(File::in_memory(bytes(file)?, name, "application/octet-stream"))))
            }
        }
    }

    fn made(&self, registry: &Registry, case: &Case) -> Result<Vec<Arc<Image>>, String> {
        let kind = registry.kind(&case.kind).ok_or("there is no such kind")?;
        let mut bench = Harness::new(kind.clone());
        for (port, input) in &case.inputs {
            bench = bench.input(port, self.value(input)?);
        }
        for (name, value) in &case.params {
            bench = bench.param(name, value.clone());
        }
        let gave = bench.fire().map_err(|error| error.to_string())?;
        let made = match case.port.as_str() {
            "children" => gave.children().iter().map(|child| child.get("image")).collect::<Result<_, _>>(),
            port => gave.get(port).map(|image| vec![image]),
        };
        made.map_err(|error| error.to_string())
    }

    /// Returns how far a kind is off, at most.
    fn off(&self, registry: &Registry, case: &Case) -> Result<f64, String> {
        let made = self.made(registry, case)?;
        if made.len() != case.expected.len() {
            return Err(format!("{} pictures in place of {}", made.len(), case.expected.len()));
        }
        let both = made.iter().zip(&case.expected);
        both.map(|(made, expected)| largest_difference(made, &expected.image()?))
            .try_fold(0.0, |most, off| Ok(f64::max(most, off?)))
    }
}

#[test]
fn layers_are_those_of_well_known_tools() {
    let oracle: Oracle = serde_json::from_str(include_str!("layers.json")).unwrap();
    let registry = Registry::new([windlass_image::pack()]).unwrap();
    assert!(oracle.cases.len() > 50, "only {} cases", oracle.cases.len());
    let mut wrong = Vec::new();
    for (at, case) in oracle.cases.iter().enumerate() {
        let off = oracle.off(&registry, case);
        if !off.as_ref().is_ok_and(|off| *off <= case.tolerance) {
            let (kind, tool, params) = (&case.kind, &case.tool, Json::from(case.params.clone()));
            wrong.push(format!("{at}: {kind} {params} against {tool}: {off:?}, at most {}", case.tolerance));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Ottosson 2020, "A perceptual color space for image processing".
fn oklab(colour: [f64; 3]) -> [f64; 3] {
    let light = colour.map(|sample| {
        let value = sample / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    });
    let dot = |row: [f64; 3], with: [f64; 3]| row.into_iter().zip(with).map(|(a, b)| a * b).sum::<f64>();
    let cones = [
        dot([0.412_221_470_8, 0.536_332_536_3, 0.051_445_992_9], light).cbrt(),
        dot([0.211_903_498_2, 0.680_699_545_1, 0.107_396_956_6], light).cbrt(),
        dot([0.088_302_461_9, 0.281_718_837_6, 0.629_978_700_5], light).cbrt(),
    ];
    [
        dot([0.210_454_255_3, 0.793_617_785_0, -0.004_072_046_8], cones),
        dot([1.977_998_495_1, -2.428_592_205_0, 0.450_593_709_9], cones),
        dot([0.025_904_037_1, 0.782_771_766_2, -0.808_675_766_0], cones),
    ]
}

/// Clusters have no one answer: the colours have to stand for the picture about as well as the best of 50 runs of scipy.
#[test]
fn dominant_colours_are_as_near_to_all_as_those_of_scipy() {
    let oracle: Oracle = serde_json::from_str(include_str!("layers.json")).unwrap();
    let Dominant { picture, repeat, count, apart, tolerance } = &oracle.dominant;
    let registry = Registry::new([windlass_image::pack()]).unwrap();
    let bench = Harness::new(registry.kind("image.dominant_colors").unwrap().clone());
    let image = oracle.pictures[picture].picture.image().unwrap();
    let Samples::U8(samples) = image.samples() else { panic!("8-bit samples") };
    let many = Image::new(
        image.width(),
        image.height() * *repeat as u32,
        image.channels(),
        Samples::U8(samples.repeat(*repeat)),
    );
    let given = Value::Image(Arc::new(many.unwrap()));
    let colours: Json = bench.input("image", given).param("count", *count).fire().unwrap().get("colors").unwrap();
    let part = |colour: &Json, name: &str| colour[name].as_f64().unwrap();
    let palette: Vec<_> = colours
        .as_array()
        .unwrap()
        .iter()
        .map(|colour| oklab(["red", "green", "blue"].map(|name| part(colour, name))))
        .collect();
    let squared = |a: &[f64; 3], b: [f64; 3]| a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let pixels: Vec<_> = samples.as_chunks::<3>().0.iter().map(|pixel| oklab(pixel.map(f64::from))).collect();
    let nearest = pixels.iter().map(|pixel| palette.iter().map(|one| squared(one, *pixel)).fold(f64::MAX, f64::min));
    let found = nearest.sum::<f64>() / pixels.len() as f64;
    assert!(palette.len() == *count && found <= apart * tolerance, "{found}, and scipy is at {apart}");
}
