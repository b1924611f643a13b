//! What a program is given: files by their path, data as texts.

use std::ffi::OsString;
use std::fs;
use std::os::unix::fs::symlink;

use serde_json::Value as Json;
use windlass_core::context::{Ctx, ProgramInput};
use windlass_core::expr::Pattern;
use windlass_core::node::{NodeError, explain_io};
use windlass_core::value::{Bag, File, FileContent, List, Value};

use super::scratch::Scratch;

/// Returns the values with paths in place of files, for these names.
pub(crate) fn with_paths<'a>(
    bag: &Bag,
    names: impl IntoIterator<Item = &'a str>,
    scratch: &Scratch,
    ctx: &Ctx,
) -> Result<Bag, NodeError> {
    let mut plain = Bag::new();
    for name in names {
        if let Some(value) = bag.get(name) {
            let mut count = 0;
            let value = with_path(value.clone(), name, &mut count, scratch, ctx);
            plain.set(name, value.map_err(|error| error.within(format!("input `{name}`")))?);
        }
    }
    Ok(plain)
}

fn with_path(value: Value, port: &str, count: &mut usize, scratch: &Scratch, ctx: &Ctx) -> Result<Value, NodeError> {
    ctx.check_cancelled()?;
    match value.resolved()? {
        Value::File(file) => {
            *count += 1;
            path_of(&file, port, *count, scratch, ctx).map(Value::text)
        }
        Value::List(list) => {
            let members = list.members().iter();
            let members = members.map(|member| with_path(member.read()?, port, count, scratch, ctx));
            Ok(Value::List(members.collect::<Result<List, _>>()?.into()))
        }
        found @ (Value::Image(_) | Value::Table(_) | Value::Custom(_)) => {
            let said = format!("a program cannot be given `{}`", found.type_of());
            Err(NodeError::new(said).hint("write it to a file first, and wire the file").permanent())
        }
        plain => Ok(plain),
    }
}

/// Returns the path of a file; one in memory is written first, and one whose path is no text has a link that is.
fn path_of(file: &File, port: &str, at: usize, scratch: &Scratch, ctx: &Ctx) -> Result<String, NodeError> {
    let place = match &file.content {
        FileContent::Path(path) => {
            // Says now, and in our words, what a program would say in its own.
            drop(ctx.open(file)?);
            if let Some(path) = path.to_str() {
                return Ok(path.to_owned());
            }
            let link = scratch.place(port, at, &file.name)?;
            symlink(path, &link).map_err(|error| explain_io("link", &link, &error))?;
            link
        }
        FileContent::Bytes(bytes) => {
            let place = scratch.place(port, at, &file.name)?;
            fs::write(&place, bytes).map_err(|error| explain_io("write", &place, &error))?;
            place
        }
    };
    place.into_os_string().into_string().map_err(|_| {
        NodeError::new("the folder for temporary files has a name that is no text").hint("set `TMPDIR`").permanent()
    })
}

/// Returns the arguments: a list gives one for each member, what is absent none.
pub(crate) fn args(pattern: &Pattern, bag: &Bag) -> Result<Vec<OsString>, NodeError> {
    let filled = pattern.fill(bag).map_err(|error| error.within("parameter `args`"))?;
    let mut args = Vec::new();
    for arg in members(filled) {
        args.extend(members(arg).into_iter().filter_map(text));
    }
    match args.iter().position(|arg| arg.contains('\0')) {
        Some(at) => Err(NodeError::new(format!("argument {} holds a zero byte", at + 1)).permanent()),
        None => Ok(args.into_iter().map(OsString::from).collect()),
    }
}

fn members(data: Json) -> Vec<Json> {
    match data {
        Json::Array(items) => items,
        one => vec![one],
    }
}

/// Returns data as a text: a text as it is, all else as JSON; `None` for what is absent.
fn text(data: Json) -> Option<String> {
    match data {
        Json::Null => None,
        Json::String(text) => Some(text),
        other => Some(other.to_string()),
    }
}

/// Looks at what stands under `env` in the graph.
pub(crate) fn check_env(env: &Json) -> Result<(), NodeError> {
    let wrong = |said: String| NodeError::new(said).within("parameter `env`");
    let Some(env) = env.as_object() else {
        return Err(wrong("it has no names".into()).hint("write `{ NAME: value }`"));
    };
    for (name, value) in env {
        if name.is_empty() || name.contains(['=', '\0']) {
            return Err(wrong(format!("`{name}` cannot be the name of a variable")));
        }
        if value.is_object() || value.is_array() {
            let hint = "a secret comes by a port: write `\"{{ key }}\"` here, and `key: { env: NAME }` beside `env`";
            return Err(wrong(format!("`{name}` is no text")).hint(hint));
        }
    }
    Ok(())
}

/// Returns the variables: those that every program needs, then those of the graph, which win.
pub(crate) fn env(pattern: &Pattern, bag: &Bag, scratch: &Scratch) -> Result<Vec<(OsString, OsString)>, NodeError> {
    let filled = pattern.fill(bag).map_err(|error| error.within("parameter `env`"))?;
    let path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    let home = scratch.home().into_os_string();
    let mut env: Vec<(OsString, OsString)> =
        vec![("PATH".into(), path), ("LANG".into(), "C.UTF-8".into()), ("HOME".into(), home.clone())];
    env.push(("TMPDIR".into(), home));
    let Json::Object(own) = filled else { return Ok(env) };
    for (name, value) in own {
        env.retain(|(known, _)| *known != *name);
        if let Some(value) = text(value) {
            if value.contains('\0') {
                return Err(NodeError::new(format!("the variable `{name}` holds a zero byte")).permanent());
            }
            env.push((name.into(), value.into()));
        }
    }
    Ok(env)
}

/// Returns what a program reads from its standard input: a text or a file as it is, all else as JSON.
pub(crate) fn input(value: Option<&Value>, ctx: &Ctx) -> Result<ProgramInput, NodeError> {
    let Some(value) = value else { return Ok(ProgramInput::Nothing) };
    Ok(match value.clone().resolved()? {
        Value::Absent => ProgramInput::Nothing,
        Value::Text(text) => ProgramInput::Bytes(text.as_bytes().into()),
        Value::File(file) => match &file.content {
            FileContent::Bytes(bytes) => ProgramInput::Bytes(bytes.clone()),
            FileContent::Path(path) => {
                drop(ctx.open(&file)?);
                ProgramInput::Path(path.clone())
            }
        },
        other => {
            let no_data = || NodeError::new(format!("a program cannot read `{}`", other.type_of())).permanent();
            ProgramInput::Bytes(other.to_json().ok_or_else(no_data)?.to_string().into_bytes().into())
        }
    })
}
