//! What is kept and what is read: for now, how the files that items carry are opened.

pub mod read;
