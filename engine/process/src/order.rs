//! What is to be run and within which limits, and how a guard is told so.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::PathBuf;
use std::sync::Arc;

/// A program to be run.
#[derive(Clone, Debug)]
pub struct Order {
    /// The program: a path, or a name that is looked up where the system looks.
    pub program: PathBuf,
    /// Its arguments, as they are; no shell reads them.
    pub args: Vec<OsString>,
    /// Its environment, whole: nothing is inherited.
    pub env: Vec<(OsString, OsString)>,
    /// The folder in which it runs; `None`: that of the caller.
    pub folder: Option<PathBuf>,
    /// What it and its descendants may use.
    pub limits: Limits,
}

/// What a program reads from its standard input.
#[derive(Debug)]
pub enum Input {
    /// Nothing.
    Nothing,
    /// These bytes.
    Bytes(Arc<[u8]>),
    /// This file, from where it stands.
    File(File),
}

/// What a program and its descendants may use together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Memory in bytes, as resident.
    pub memory_bytes: u64,
    /// Processes that live at once.
    pub processes: u32,
    /// Bytes written to standard output.
    pub stdout_bytes: u64,
    /// Bytes written to standard error.
    pub stderr_bytes: u64,
}

impl Order {
    /// Writes the order as a row of fields, each behind its length.
    pub(crate) fn encode(&self) -> Vec<u8> {
        let folder = self.folder.as_ref().map(|folder| folder.as_os_str().as_bytes());
        let head = [self.program.as_os_str().as_bytes(), folder.unwrap_or_default()];
        let numbers = [
            self.limits.memory_bytes,
            self.limits.processes.into(),
            self.limits.stdout_bytes,
            self.limits.stderr_bytes,
            self.args.len() as u64,
        ]
        .map(u64::to_le_bytes);
        let env = self.env.iter().flat_map(|(name, value)| [name.as_bytes(), value.as_bytes()]);
        let rest = self.args.iter().map(|arg| arg.as_bytes()).chain(env);
        let mut out = Vec::new();
        for field in head.into_iter().chain(numbers.iter().map(<[u8; 8]>::as_slice)).chain(rest) {
            out.extend_from_slice(&(field.len() as u64).to_le_bytes());
            out.extend_from_slice(field);
        }
        out
    }

    /// Reads what [`Order::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> io::Result<Self> {
        let mut fields = Fields(bytes);
        let program = PathBuf::from(OsStr::from_bytes(fields.next()?));
        let folder = Some(fields.next()?).filter(|folder| !folder.is_empty());
        let folder = folder.map(|folder| PathBuf::from(OsStr::from_bytes(folder)));
        let limits = Limits {
            memory_bytes: fields.number()?,
            processes: u32::try_from(fields.number()?).unwrap_or(u32::MAX),
            stdout_bytes: fields.number()?,
            stderr_bytes: fields.number()?,
        };
        let args = (0..fields.number()?).map(|_| fields.text()).collect::<io::Result<_>>()?;
        let mut env = Vec::new();
        while !fields.0.is_empty() {
            env.push((fields.text()?, fields.text()?));
        }
        Ok(Self { program, args, env, folder, limits })
    }
}

/// The fields of an order that are still to be read.
struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    fn next(&mut self) -> io::Result<&'a [u8]> {
        let cut_short = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let (length, rest) = self.0.split_first_chunk::<8>().ok_or_else(cut_short)?;
        let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
        let (field, rest) = rest.split_at_checked(length).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(field)
    }

    fn number(&mut self) -> io::Result<u64> {
        let field = self.next()?.try_into();
        field.map(u64::from_le_bytes).map_err(|_| io::ErrorKind::InvalidData.into())
    }

    fn text(&mut self) -> io::Result<OsString> {
        self.next().map(|field| OsString::from_vec(field.to_vec()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_survives_its_way() {
        let order = Order {
            program: "/bin/echo".into(),
            args: vec!["".into(), OsString::from_vec(vec![0xff, b' ', b'"'])],
            env: vec![("A".into(), "1\n2".into())],
            folder: Some("/tmp".into()),
            limits: Limits { memory_bytes: u64::MAX, processes: 7, stdout_bytes: 0, stderr_bytes: 1 },
        };
        let bytes = order.encode();
        let read = Order::decode(&bytes).unwrap();
        assert_eq!(format!("{order:?}"), format!("{read:?}"));
        for length in 0..bytes.len() {
            // What is cut short is refused or, behind the last argument, has fewer variables.
            let _ = Order::decode(&bytes[..length]);
        }
    }
}
