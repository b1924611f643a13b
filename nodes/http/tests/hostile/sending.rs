//! What is sent, as a server sees it.

use std::sync::Arc;

use windlass_core::harness::Harness;
use windlass_core::json;
use windlass_core::value::{File, Value};

use crate::server::{Server, ok};
use crate::support::{failure, post, run};

/// Sends something, and returns its media type and body.
fn sent(set: impl Fn(Harness) -> Harness) -> (String, String) {
    run(async {
        let server = Server::saying(ok("", b"fine")).await;
        let gave = set(post(&server, "/in")).fire_async().await.unwrap();
        assert_eq!(gave.get::<String>("body"), Ok("fine".into()));
        let seen = server.seen().remove(0);
        let (head, body) = seen.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("POST /in HTTP/1.1\r\n"), "{head}");
        let media = head.lines().find_map(|line| line.strip_prefix("content-type: ")).unwrap();
        (media.to_owned(), body.to_owned())
    })
}

fn photo() -> Value {
    Value::File(Arc::new(File::in_memory(&b"bytes"[..], "dir/a \"b\".png", "image/png")))
}

#[test]
fn values_are_sent_as_what_they_are() {
    assert_eq!(sent(|bench| bench.param("body", "é")), ("text/plain; charset=utf-8".into(), "é".into()));
    let json = Value::from_constant(&json!({ "a": [1] }));
    assert_eq!(sent(|bench| bench.input("body", json.clone())), ("application/json".into(), "{\"a\":[1]}".into()));
    assert_eq!(sent(|bench| bench.input("body", photo())), ("image/png".into(), "bytes".into()));
    let own = |bench: Harness| bench.param("body", "<a/>").param("headers", json!({ "Content-Type": "text/xml" }));
    assert_eq!(sent(own), ("text/xml".into(), "<a/>".into()));
}

#[test]
fn json_is_filled_in() {
    let set = |bench: Harness| {
        let json = json!({ "prompt": "a {{ what }}", "width": "{{ width }}", "deep": [{ "x": "{{ what }}" }] });
        bench.param("json", json).param("what", "\"cat\"").param("width", 640)
    };
    let expected = r#"{"prompt":"a \"cat\"","width":640,"deep":[{"x":"\"cat\""}]}"#;
    assert_eq!(sent(set), ("application/json".into(), expected.into()));
}

#[test]
fn a_form_is_encoded_and_takes_files() {
    let form = |bench: Harness| bench.param("form", json!({ "a b": "{{ x }}", "l": [1, 2] })).param("x", "c&d=é");
    assert_eq!(sent(form), ("application/x-www-form-urlencoded".into(), "a+b=c%26d%3D%C3%A9&l=1&l=2".into()));
    let form =
        |bench: Harness| bench.param("form", json!({ "k\"": "v", "photo": "{{ file }}" })).input("file", photo());
    let (media, body) = sent(form);
    let boundary = media.strip_prefix("multipart/form-data; boundary=").unwrap();
    let expected = format!(
        "--{boundary}\r\nContent-Disposition: form-data; name=\"k%22\"\r\n\r\nv\r\n--{boundary}\r\n\
         Content-Disposition: form-data; name=\"photo\"; filename=\"a %22b%22.png\"\r\nContent-Type: image/png\r\n\r\nbytes\r\n\
         --{boundary}--\r\n"
    );
    assert_eq!(body, expected);
}

#[test]
fn what_cannot_be_sent_is_told() {
    run(async {
        let server = Server::saying(ok("", b"")).await;
        let both = post(&server, "/").param("json", json!({})).param("form", json!({}));
        assert_eq!(both.open().unwrap_err().to_string(), "only one of `json` and `form` can be sent");
        let file = post(&server, "/").param("json", json!({ "a": "{{ file }}" })).input("file", photo());
        let error = failure(file.fire_async().await);
        assert_eq!(error.to_string(), "parameter `json`: at `a`: `file` is `file`, which is no data");
        let own = post(&server, "/").param("json", json!({ "a": "{{ url }}" }));
        assert_eq!(
            own.spec().unwrap_err().to_string(),
            "a placeholder cannot have the name of the port or parameter `url`"
        );
    });
}
