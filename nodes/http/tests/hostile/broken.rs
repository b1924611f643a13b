//! Answers that are slow, endless, broken, or none.

use windlass_core::harness::Harness;

use crate::server::{Does, Server, gzip, ok};
use crate::support::{failure, get, run};

/// Asks a server that does this, and returns the error.
fn cause(does: impl Fn() -> Does + Send + Sync + 'static, set: impl Fn(Harness) -> Harness) -> String {
    run(async {
        let server = Server::start(move |_| does()).await;
        let bench = set(get(&server, "/")).param("response", "file");
        let error = failure(bench.fire_async().await);
        assert!(!error.to_string().contains(&server.url("/?")), "{error}");
        error.to_string().replace(&format!(":{}", server.port()), "")
    })
}

fn says(bytes: impl Into<Vec<u8>>) -> String {
    let bytes = bytes.into();
    cause(move || Does::Says(bytes.clone()), |bench| bench.param("size", 1_000_000))
}

fn in_time(does: impl Fn() -> Does + Send + Sync + 'static) {
    let said = cause(does, |bench| bench.param("timeout", "200ms"));
    assert_eq!(said, "`http://127.0.0.1/` did not answer whole within 200ms");
}

const TOO_LARGE: &str =
    "`http://127.0.0.1/` answered 200 OK: its answer is larger than the 1000000 bytes that are read at most";

#[test]
fn a_slow_server_is_given_up_in_time() {
    in_time(|| Does::Stops(Vec::new()));
    in_time(|| Does::Drips(b"HTTP/1.1 200 OK\r\n\r\n".to_vec()));
    in_time(|| Does::Drips(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n".to_vec()));
    in_time(|| Does::Drips(b"HTTP/1.1 200 OK\r\nX-Long: ".to_vec()));
    in_time(|| Does::Floods(Vec::new(), b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()));
}

#[test]
fn a_body_without_end_is_cut_off() {
    let size = |bench: Harness| bench.param("size", 1_000_000);
    let flood = |head: &str| Does::Floods(format!("HTTP/1.1 200 OK\r\n{head}\r\n").into(), vec![b'x'; 10_000]);
    assert_eq!(cause(move || flood(""), size), TOO_LARGE);
    let chunk = [b"2710\r\n".to_vec(), vec![b'x'; 10_000], b"\r\n".to_vec()].concat();
    let chunks = move || Does::Floods(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec(), chunk.clone());
    assert_eq!(cause(chunks, size), TOO_LARGE);
    // What says how large it is is not even begun.
    let large = || Does::Stops(b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n".to_vec());
    assert_eq!(cause(large, size), TOO_LARGE);
}

#[test]
fn a_bomb_of_gzip_does_not_go_off() {
    let bomb = gzip(&vec![0; 100_000_000]);
    assert!(bomb.len() < 200_000);
    assert_eq!(says(ok("Content-Encoding: gzip\r\n", &bomb)), TOO_LARGE);
}

#[test]
fn broken_gzip_is_told() {
    let whole = gzip(b"a text that was packed");
    let mut flipped = whole.clone();
    flipped[15] ^= 0x55;
    for bad in [&whole[..whole.len() - 5], &whole[..5], b"plain text", &flipped] {
        let said = says(ok("Content-Encoding: gzip\r\n", bad));
        assert!(said.contains("its answer is no whole gzip: "), "{said}");
    }
    assert!(says(ok("Content-Encoding: br\r\n", b"x")).ends_with("its answer is packed as `br`, which is not read"));
}

#[test]
fn a_wrong_length_is_told() {
    let broke_off = "`http://127.0.0.1/` answered 200 OK: the body of its answer broke off: ";
    for bad in [
        "Content-Length: 100\r\n\r\nshort",
        "Transfer-Encoding: chunked\r\n\r\n5\r\nab",
        "Transfer-Encoding: chunked\r\n\r\nzz\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nabc",
        "Transfer-Encoding: chunked\r\n\r\n2\r\nab\r\n",
    ] {
        let said = says(format!("HTTP/1.1 200 OK\r\n{bad}"));
        assert!(said.starts_with(broke_off), "{bad:?}: {said}");
    }
}

#[test]
fn what_comes_behind_the_length_is_nothing() {
    run(async {
        let server =
            Server::saying("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbodyHTTP/1.1 200 OK\r\n\r\nmore").await;
        for _ in 0..2 {
            let gave = get(&server, "/").fire_async().await.unwrap();
            assert_eq!(gave.get::<String>("body"), Ok("body".into()));
        }
    });
}

#[test]
fn heads_without_measure_are_refused() {
    let many = "X-A: 1\r\n".repeat(10_000);
    let no_answer = "`http://127.0.0.1/` gave no answer that can be read: ";
    for bad in [
        format!("HTTP/1.1 200 OK\r\n{many}\r\n"),
        format!("HTTP/1.1 200 OK\r\nX-A: {}\r\n\r\n", "x".repeat(2_000_000)),
        format!("HTTP/1.1 200 {}\r\n\r\n", "x".repeat(2_000_000)),
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab".into(),
        "HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab".into(),
    ] {
        let said = says(bad.clone());
        assert!(said.starts_with(no_answer), "{}: {said}", &bad[..60]);
    }
    let endless = cause(|| Does::Floods(b"HTTP/1.1 200 OK\r\n".to_vec(), b"X-A: 1\r\n".to_vec()), |bench| bench);
    assert!(endless.starts_with(no_answer), "{endless}");
}

#[test]
fn what_is_no_http_is_told() {
    for bad in [
        &b"SSH-2.0-OpenSSH_9.6\r\n"[..],
        b"\x16\x03\x01\x00\xa5\x01\x00",
        b"\0\0\0\0",
        b"HTTP/9.9 200\r\n\r\n",
        b"HTTP/1.1 2x0 OK\r\n\r\n",
        b"",
    ] {
        let said = says(bad);
        assert!(said.starts_with("`http://127.0.0.1/` gave no answer that can be read: "), "{bad:?}: {said}");
    }
}
