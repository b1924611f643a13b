//! `image.convert_profile`: a picture in the colours of another ICC profile.

use moxcms::ColorProfile;
use windlass_core::prelude::*;
use windlass_core::value::{Channels, Samples};

use crate::shared::colours::{Intent, Target, convert};

/// The largest profile that is read, in bytes.
const MAX_PROFILE_BYTES: u64 = 16 << 20;

/// A well-known space of colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Choice)]
pub enum Space {
    /// IEC 61966-2-1.
    Srgb,
    /// Display P3.
    DisplayP3,
    /// Adobe RGB (1998).
    AdobeRgb,
    /// ProPhoto RGB, which is ROMM RGB.
    ProphotoRgb,
    /// ITU-R BT.2020.
    Rec2020,
}

/// What the colours become.
#[derive(Params)]
pub struct Settings {
    /// The space that the colours are converted to; `profile` takes its place where it is wired. sRGB is what a picture
    /// without a profile has, so it is not embedded, and a grey picture stays grey.
    #[param(default = "srgb")]
    to: Space,
    /// What a picture without a profile is taken for.
    #[param(default = "srgb")]
    untagged: Space,
    /// What is done about colours that the other space does not have.
    #[param(default = "relative")]
    intent: Intent,
}

/// The picture.
#[derive(Inputs)]
pub struct In {
    /// The picture, with its profile.
    image: Arc<Image>,
    /// An ICC profile of grey, or of red, green and blue, to convert to.
    #[port(optional)]
    profile: Option<Arc<File>>,
}

/// The picture.
#[derive(Outputs)]
pub struct Out {
    /// The picture with its new profile, which `image.save` embeds. Alpha and type of samples are as before; floats are
    /// clamped to 0.0 to 1.0.
    image: Arc<Image>,
}

/// `image.convert_profile`
pub struct ConvertProfile;

impl Node for ConvertProfile {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "image.convert_profile",
            "Convert colour profile",
            "Converts colours to sRGB, to another well-known space, or to an ICC profile.",
        )
        .cpu()
        .search(&["icc", "srgb", "adobe rgb", "display p3", "color management", "gamut", "rendering intent"])
        .sample(sample())
        .example(
            r#"
open:
  kind: files.open
  params: { path: samples/photos/sunset.jpg }
photo:
  kind: image.open
  inputs: { file: open.file }
wide:
  kind: image.convert_profile
  params: { to: display_p3 }
  inputs: { image: photo.image }
save:
  kind: image.save
  params: { path: out/sunset.png }
  inputs: { image: wide.image }
"#,
        )
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let target = match &inputs.profile {
            Some(file) => Target::Profile(ctx.open(file)?.read_all(&file.name, MAX_PROFILE_BYTES)?.into()),
            None => params.to.target()?,
        };
        let grey = matches!(inputs.image.channels(), Channels::Gray | Channels::GrayAlpha);
        let mut image = Image::clone(&inputs.image);
        if let (None, false, Target::Profile(icc)) = (&image.icc, grey, params.untagged.target()?) {
            image.icc = Some(icc);
        }
        let made = convert(&image, &target, params.intent).map_err(|error| match &inputs.profile {
            Some(file) => error.explain().within(format!("the profile `{}`", file.name)),
            None => error.explain(),
        })?;
        Ok(Out { image: Arc::new(made.into_owned()) })
    }
}

impl Space {
    fn target(self) -> Result<Target, NodeError> {
        let profile = match self {
            Self::Srgb => return Ok(Target::Srgb),
            Self::DisplayP3 => ColorProfile::new_display_p3(),
            Self::AdobeRgb => ColorProfile::new_adobe_rgb(),
            Self::ProphotoRgb => ColorProfile::new_pro_photo_rgb(),
            Self::Rec2020 => ColorProfile::new_bt2020(),
        };
        let icc = profile.encode().map_err(|error| NodeError::new(format!("the profile cannot be made: {error}")))?;
        Ok(Target::Profile(icc.into()))
    }
}

fn sample() -> Sample {
    match Image::new(1, 1, Channels::Rgb, Samples::U8(vec![255, 0, 0])) {
        Ok(image) => Sample::new().param("to", "display_p3").input("image", Value::Image(Arc::new(image))),
        Err(_) => Sample::new(),
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::SampleType;

    use super::*;
    use crate::shared::{profile, specimen};

    fn bench(channels: Channels, pixel: &[u8]) -> Harness {
        let image = Image::new(1, 1, channels, Samples::U8(pixel.to_vec())).unwrap();
        Harness::of::<ConvertProfile>().input("image", Arc::new(image))
    }

    fn made(bench: &Harness) -> Arc<Image> {
        bench.fire().unwrap().get("image").unwrap()
    }

    #[test]
    fn red_of_srgb_is_a_paler_red_of_display_p3() {
        let image = made(&bench(Channels::Rgb, &[255, 0, 0]).param("to", "display_p3"));
        // The published figures for sRGB red in Display P3: 0.9175, 0.2003, 0.1387.
        assert_eq!(image.samples(), &Samples::U8(vec![234, 51, 35]));
        let name = image.icc.as_deref().and_then(profile::description);
        assert_eq!(name.as_deref(), Some("Display P3"));
        let back = made(&Harness::of::<ConvertProfile>().input("image", image));
        assert_eq!((back.samples(), &back.icc), (&Samples::U8(vec![255, 0, 0]), &None));
    }

    #[test]
    fn a_picture_without_a_profile_is_taken_for_what_is_said() {
        let wide = made(&bench(Channels::Rgba, &[10, 200, 30, 77]).param("untagged", "adobe_rgb"));
        let Samples::U8(samples) = wide.samples() else { panic!("8-bit samples") };
        assert!(samples[0] == 0 && samples[3] == 77 && wide.icc.is_none(), "{samples:?}");
        let grey = made(&bench(Channels::Gray, &[99]).param("untagged", "adobe_rgb"));
        assert_eq!(grey.samples(), &Samples::U8(vec![99]));
    }

    #[test]
    fn every_space_can_be_reached_from_every_layout() {
        for image in specimen::every_layout(4, 3) {
            for to in ["srgb", "display_p3", "adobe_rgb", "prophoto_rgb", "rec2020"] {
                let bench = Harness::of::<ConvertProfile>().input("image", Arc::new(image.clone())).param("to", to);
                assert_eq!(made(&bench).samples().sample_type(), image.samples().sample_type());
            }
        }
    }

    #[test]
    fn a_file_that_is_no_profile_is_named() {
        let junk = Arc::new(File::in_memory(*b"junk", "a.icc", "application/vnd.iccprofile"));
        let image = Arc::new(specimen::picture(1, 1, Channels::Rgb, SampleType::U8));
        let error =
            Harness::of::<ConvertProfile>().input("image", image.clone()).input("profile", junk).fire().map(|_| ());
        let error = error.unwrap_err();
        assert!(error.to_string().starts_with("the profile `a.icc`: the colour profile to convert to cannot be read"));
        assert!(error.is_permanent() && error.hint_text().is_some());
        let long = Arc::new(File::in_memory(vec![0; (16 << 20) + 1], "a.icc", "application/vnd.iccprofile"));
        let error = Harness::of::<ConvertProfile>().input("image", image).input("profile", long).fire().map(|_| ());
        assert_eq!(error.unwrap_err().to_string(), "larger than the 16777216 bytes that are read at most: `a.icc`");
    }
}
