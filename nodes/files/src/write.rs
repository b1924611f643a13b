//! Writes a value to a file.

use std::io::Read;
use std::path::{Path, PathBuf};

use windlass_core::node::explain_io;
use windlass_core::prelude::*;

use crate::media;

/// Where it goes.
#[derive(Params)]
pub struct Settings {
    /// Path of the file, a template: `out/{stem}.txt`.
    path: OutPath,
    /// What to do where a file already stands.
    #[param(default = "ours")]
    if_exists: IfExists,
}

/// What is written.
#[derive(Inputs)]
pub struct In {
    /// A text is written as UTF-8, JSON with indents, a file byte for byte.
    #[port(ty = "text|json|file", constant)]
    value: Value,
}

/// What stands there now.
#[derive(Outputs)]
pub struct Out {
    /// The file that was written.
    file: Arc<File>,
    /// Its path.
    path: PathBuf,
}

/// `files.write`
pub struct Write;

impl Node for Write {
    type Params = Settings;
    type In = In;
    type Out = Out;

    fn about() -> About {
        About::new(
            "files.write",
            "Write file",
            "Writes a text, JSON or a file to a path, whole or not at all: an interrupted run leaves nothing \
             half-written.",
        )
        .search(&["save", "store", "export", "copy", "sink"])
        .writes()
        .cpu()
        .example(EXAMPLE)
        .sample(Sample::new().param("path", "out.txt").input("value", Value::text("hello")))
    }

    fn open(_: &Statics) -> Result<Self, NodeError> {
        Ok(Self)
    }

    async fn fire(&self, params: Settings, inputs: In, ctx: &Ctx) -> Result<Out, NodeError> {
        let saved = match &inputs.value {
            Value::Text(text) => save(ctx, &params, text.as_bytes()).await?,
            Value::File(file) => copy(ctx, &params, file).await?,
            other => save(ctx, &params, json(other)?.as_bytes()).await?,
        };
        let name = saved.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let file = File::on_disk(&saved.path, &name, media::by_name(&name));
        Ok(Out { file: Arc::new(file), path: saved.path })
    }
}

async fn save(ctx: &Ctx, params: &Settings, bytes: &[u8]) -> Result<Saved, NodeError> {
    let path = params.path.as_path();
    ctx.save(&params.path, params.if_exists, |out| {
        out.write_all(bytes).map_err(|error| explain_io("write", path, &error))
    })
    .await
}

async fn copy(ctx: &Ctx, params: &Settings, file: &File) -> Result<Saved, NodeError> {
    let path = params.path.as_path();
    ctx.save(&params.path, params.if_exists, |out| {
        let mut reader = ctx.open(file)?.reader;
        let mut buffer = vec![0; 1 << 16];
        loop {
            ctx.check_cancelled()?;
            let read = reader.read(&mut buffer);
            let read = read.map_err(|error| explain_io("read", Path::new(&file.name), &error))?;
            if read == 0 {
                return Ok(());
            }
            out.write_all(&buffer[..read]).map_err(|error| explain_io("write", path, &error))?;
        }
    })
    .await
}

fn json(value: &Value) -> Result<String, NodeError> {
    let found = || NodeError::new(format!("expected `text`, `json` or `file`, found `{}`", value.type_of()));
    let json = value.to_json().ok_or_else(found)?;
    serde_json::to_string_pretty(&json).map(|text| text + "\n").map_err(|error| NodeError::because("no JSON", &error))
}

const EXAMPLE: &str = r#"
note:
  kind: files.write
  params: { path: out/note.txt, value: Written once. }
"#;

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;
    use windlass_core::value::IntoValue;

    use super::*;

    fn bench() -> Harness {
        Harness::of::<Write>().param("path", "out.x")
    }

    #[test]
    fn each_kind_of_value_has_its_form() {
        let written = |bench: Harness| bench.fire().unwrap().file("out.x").map(<[u8]>::to_vec);
        assert_eq!(written(bench().input("value", Value::text("é"))), Some("é".into()));
        let json = windlass_core::json!({ "b": 1, "a": [true] });
        assert_eq!(
            written(bench().input("value", json)),
            Some("{\n  \"b\": 1,\n  \"a\": [\n    true\n  ]\n}\n".into())
        );
        let file = Arc::new(File::in_memory([0, 255], "a.bin", "application/octet-stream"));
        assert_eq!(written(bench().input("value", file.into_value())), Some(vec![0, 255]));
    }

    #[test]
    fn the_path_that_was_written_comes_out() {
        let folder = tempfile::tempdir().unwrap();
        let gave = bench().param("path", "sub/out.json").folder(folder.path()).param("value", "x").fire().unwrap();
        assert_eq!(gave.get("path"), Ok(folder.path().join("sub/out.json")));
        assert_eq!(gave.get::<Arc<File>>("file").unwrap().media_type, "application/json");
    }

    #[test]
    fn a_picture_is_refused_and_a_source_that_is_gone_leaves_nothing() {
        let gone = Arc::new(File::on_disk("/gone/a.bin", "a.bin", "application/octet-stream"));
        let error = bench().input("value", gone.into_value()).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("/gone/a.bin"), "{error}");
        let image = Image::new(1, 1, windlass_core::value::Channels::Gray, windlass_core::value::Samples::U8(vec![0]));
        let error = bench().input("value", Value::Image(Arc::new(image.unwrap()))).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().contains("found `image`"), "{error}");
    }

    #[test]
    fn a_path_is_required() {
        let error = Harness::of::<Write>().input("value", Value::text("x")).fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "parameter `path` is required");
    }
}
