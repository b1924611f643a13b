//! A server that does what a test says, to each request the same.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What a server does with a request.
pub enum Does {
    /// Writes these bytes and closes the line.
    Says(Vec<u8>),
    /// Writes these bytes, and then nothing.
    Stops(Vec<u8>),
    /// Writes these bytes, and then one more every 20 ms, for ever.
    Drips(Vec<u8>),
    /// Writes these bytes, and then these others again and again, as fast as they are taken.
    Floods(Vec<u8>, Vec<u8>),
}

/// A server on this machine.
pub struct Server {
    port: u16,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts one, which lives as long as the runtime. It is given each request whole.
    pub async fn start(does: impl Fn(&str) -> Does + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (seen, does) = (Arc::<Mutex<Vec<String>>>::default(), Arc::new(does));
        let noted = seen.clone();
        tokio::spawn(async move {
            while let Ok((line, _)) = listener.accept().await {
                let (does, noted) = (does.clone(), noted.clone());
                tokio::spawn(async move {
                    let _ = serve(line, &*does, &noted).await;
                });
            }
        });
        Self { port, seen }
    }

    /// Starts one that always says the same.
    pub async fn saying(bytes: impl Into<Vec<u8>>) -> Self {
        let bytes = bytes.into();
        Self::start(move |_| Does::Says(bytes.clone())).await
    }

    /// Returns the address of something on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    /// Returns its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the requests that came, each whole, names of headers in lower case.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

async fn serve(
    mut line: TcpStream,
    does: &(dyn Fn(&str) -> Does + Sync),
    seen: &Mutex<Vec<String>>,
) -> std::io::Result<()> {
    let request = request(&mut line).await?;
    seen.lock().unwrap().push(request.clone());
    match does(&request) {
        Does::Says(bytes) => line.write_all(&bytes).await?,
        Does::Stops(bytes) => {
            line.write_all(&bytes).await?;
            std::future::pending::<()>().await;
        }
        Does::Drips(bytes) => {
            line.write_all(&bytes).await?;
            loop {
                tokio::time::sleep(Duration::from_millis(20)).await;
                line.write_all(b"x").await?;
            }
        }
        Does::Floods(bytes, again) => {
            line.write_all(&bytes).await?;
            loop {
                line.write_all(&again).await?;
            }
        }
    }
    line.shutdown().await
}

async fn request(line: &mut TcpStream) -> std::io::Result<String> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at + 4;
        }
        if line.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let length =
        head.lines().find_map(|line| line.strip_prefix("content-length: ")).map_or(0, |text| text.parse().unwrap());
    while bytes.len() < end + length {
        if line.read_buf(&mut bytes).await? == 0 {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
    }
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Returns an answer with a body and its length.
pub fn ok(headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\n{headers}Content-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Returns an answer that sends on.
pub fn sends_on(status: u16, location: &str) -> Vec<u8> {
    format!("HTTP/1.1 {status} Elsewhere\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n").into_bytes()
}

/// Packs bytes.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}
