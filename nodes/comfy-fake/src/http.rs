//! Requests and answers, as plainly as they can be read and written.

use tokio::io::AsyncReadExt;

use crate::line::Line;

/// Returns an answer.
pub fn http(status: &str, media: &str, body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 {status}\r\nContent-Type: {media}\r\nContent-Length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

/// Reads a request: its head in lower case but for the first line, and its body.
pub async fn request(stream: &mut Line) -> Option<(String, Vec<u8>)> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let named =
        |line: &str| line.split_once(':').map(|(name, value)| format!("{}: {}", name.to_lowercase(), value.trim()));
    let line = |line: &str| named(line).filter(|_| !line.contains(" HTTP/")).unwrap_or(line.into());
    let head = head.lines().map(line).collect::<Vec<_>>().join("\n");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")?.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(end);
    while body.len() < length {
        if stream.read_buf(&mut body).await.ok()? == 0 {
            return None;
        }
    }
    Some((head, body))
}

/// Takes the file out of a form: its name and its bytes.
pub fn uploaded(body: &[u8]) -> Option<(String, Vec<u8>)> {
    let find =
        |from: usize, word: &[u8]| body[from..].windows(word.len()).position(|part| part == word).map(|at| from + at);
    let boundary = &body[..find(0, b"\r\n")?];
    let name = find(0, b"filename=\"")? + b"filename=\"".len();
    let name_end = find(name, b"\"")?;
    let start = find(name_end, b"\r\n\r\n")? + 4;
    let end = find(start, &[b"\r\n", boundary].concat())?;
    Some((String::from_utf8_lossy(&body[name..name_end]).into_owned(), body[start..end].to_vec()))
}
