//! ComfyUI's types as those of wires: what the rest of a graph knows by a name of its own, and all others as `Comfy.NAME`.

use windlass_core::types::Type;

/// Returns the type of what an input by wire takes.
pub fn taken(ty: &str) -> Type {
    Type::union(ty.split(',').map(|one| match one.trim() {
        "IMAGE" | "MASK" => Type::union([Type::Image, Type::list(Type::Image)]),
        one => plain(one),
    }))
}

/// Returns the type of what an output gives. A picture is a batch there, so that a list of pictures comes out.
pub fn given(ty: &str) -> Type {
    Type::union(ty.split(',').map(|one| match one.trim() {
        "IMAGE" | "MASK" => Type::list(Type::Image),
        one => plain(one),
    }))
}

fn plain(ty: &str) -> Type {
    match ty {
        "" | "*" => Type::Any,
        "AUDIO" => Type::Audio,
        "VIDEO" => Type::Video,
        "STRING" | "COMBO" => Type::text(),
        "INT" => Type::int(),
        "FLOAT" => Type::float(),
        "BOOLEAN" => Type::Bool,
        other => {
            let fits = |letter: char| letter.is_ascii_alphanumeric() || letter == '_' || letter == '.';
            let name: String = other.chars().map(|letter| if fits(letter) { letter } else { '_' }).collect();
            Type::named(&format!("Comfy.{name}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::types::Fit;

    use super::*;

    #[test]
    fn what_leaves_an_island_is_known_outside() {
        assert_eq!(given("IMAGE").to_string(), "list<image>");
        assert_eq!(given("LATENT").to_string(), "Comfy.LATENT");
        assert_eq!(taken("INT,FLOAT").to_string(), "int|float");
        assert_eq!(given("IMAGE").fits(&taken("IMAGE")), Fit::Always);
        assert_eq!(Type::Image.fits(&taken("IMAGE")), Fit::Always);
        assert_eq!(given("LATENT").fits(&taken("MODEL")), Fit::Never);
        assert_eq!(given("MESH").fits(&taken("MESH,SPLAT")), Fit::Always);
        assert_eq!(given("A b").to_string().parse::<Type>().unwrap(), given("A b"));
    }
}
