//! A connection, secret or not.

use tokio::io::{AsyncRead, AsyncWrite};

/// What a connection does.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}

impl<T: AsyncRead + AsyncWrite + Unpin + Send> Stream for T {}

/// A connection.
pub type Line = Box<dyn Stream>;
