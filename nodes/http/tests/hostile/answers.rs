//! What leaves by the ports, and which answers are failures.

use std::sync::Arc;
use std::time::Duration;

use tokio::io::AsyncWriteExt;
use windlass_core::json;
use windlass_core::value::{File, FileContent};

use crate::server::{Does, Server, gzip, ok};
use crate::support::{failure, get, run};

#[test]
fn an_answer_is_taken_apart() {
    run(async {
        let headers = "Content-Type: application/json\r\nContent-Encoding: gzip\r\nETag: \"7\"\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\n";
        let server = Server::saying(ok(headers, &gzip(b"{\"a\": [1, 2]}"))).await;
        let gave = get(&server, "/x").param("response", "json").fire_async().await.unwrap();
        assert_eq!(gave.value("body").unwrap().to_json(), Some(json!({ "a": [1, 2] })));
        assert_eq!((gave.get::<i64>("status"), gave.get::<String>("url")), (Ok(200), Ok(server.url("/x"))));
        assert_eq!(
            (gave.get::<String>("etag"), gave.get::<Option<String>>("modified")),
            (Ok("\"7\"".into()), Ok(None))
        );
        let headers = gave.value("headers").unwrap().to_json().unwrap();
        assert_eq!(headers["set-cookie"], json!(["a=1", "b=2"]));
        let seen = server.seen();
        assert!(
            seen[0].starts_with("GET /x HTTP/1.1\r\n") && seen[0].contains("\r\naccept-encoding: gzip\r\n"),
            "{seen:?}"
        );
        assert!(seen[0].contains("\r\nuser-agent: windlass/"));
    });
}

#[test]
fn a_file_has_the_name_and_the_type_that_the_server_says() {
    run(async {
        let server = Server::saying(ok("Content-Type: image/png; q=1\r\n", b"\x89PNG")).await;
        let gave = get(&server, "/pics/a%20b.png?size=1").param("response", "file").fire_async().await.unwrap();
        let file: Arc<File> = gave.get("body").unwrap();
        assert_eq!((file.name.as_str(), file.media_type.as_str()), ("a b.png", "image/png"));
        assert_eq!(file.content, FileContent::Bytes(b"\x89PNG".as_slice().into()));
    });
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    run(async {
        let server = Server::start(|request| match request.contains("\r\nif-none-match: \"7\"\r\n") {
            true => Does::Says(b"HTTP/1.1 304 Not Modified\r\nETag: \"7\"\r\n\r\n".to_vec()),
            false => Does::Says(ok("ETag: \"7\"\r\nLast-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n", b"body")),
        })
        .await;
        let first = get(&server, "/").fire_async().await.unwrap();
        let etag: String = first.get("etag").unwrap();
        let again = get(&server, "/")
            .param("etag", etag)
            .param("modified", "Sun, 06 Nov 1994 08:49:37 GMT")
            .fire_async()
            .await
            .unwrap();
        assert_eq!((again.get::<i64>("status"), again.skipped("body")), (Ok(304), Some("not modified")));
        assert!(server.seen()[1].contains("\r\nif-modified-since: Sun, 06 Nov 1994 08:49:37 GMT\r\n"));
        assert!(again.get::<String>("etag").is_ok());
        let other = get(&server, "/").param("etag", "\"8\"").fire_async().await.unwrap();
        assert_eq!(other.get::<String>("body"), Ok("body".into()));
    });
}

#[test]
fn failures_are_told_and_may_be_taken_as_answers() {
    run(async {
        let server = Server::saying("HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nno such x").await;
        let error = failure(get(&server, "/x?key=1").fire_async().await);
        let said = format!("`{}` answered 404 Not Found, saying: no such x", server.url("/x"));
        assert_eq!((error.to_string(), error.is_permanent()), (said, true));
        let gave = get(&server, "/x").param("statuses", json!([404])).fire_async().await.unwrap();
        assert_eq!((gave.get::<i64>("status"), gave.get::<String>("body")), (Ok(404), Ok("no such x".into())));
        let busy = Server::saying("HTTP/1.1 429 Busy\r\nRetry-After: 3\r\nContent-Length: 0\r\n\r\n").await;
        let error = failure(get(&busy, "/").fire_async().await);
        assert_eq!((error.is_permanent(), error.retry_wait()), (false, Some(Duration::from_secs(3))));
        let unasked = Server::saying("HTTP/1.1 304 Not Modified\r\n\r\n").await;
        assert!(failure(get(&unasked, "/").fire_async().await).to_string().ends_with("answered 304 Not Modified"));
    });
}

#[test]
fn what_is_no_text_or_json_is_told() {
    run(async {
        let server = Server::saying(ok("", b"<html>\xff")).await;
        let error = |response: &'static str| {
            let bench = get(&server, "/").param("response", response);
            async move { failure(bench.fire_async().await).to_string() }
        };
        assert_eq!(error("text").await, "its answer is no text in UTF-8");
        assert!(error("json").await.starts_with("its answer is no JSON, and begins with `<html>"));
        assert_eq!(
            get(&server, "/").param("response", "none").fire_async().await.unwrap().skipped("body"),
            Some("nothing was given")
        );
    });
}

#[test]
fn nobody_at_home_is_told() {
    run(async {
        let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let port = other.local_addr().unwrap().port();
        drop(other);
        let error = failure(crate::support::get_url(&format!("http://127.0.0.1:{port}/")).fire_async().await);
        assert!(error.to_string().contains("cannot be reached: ") && !error.is_permanent(), "{error}");
        // TLS where nobody speaks it.
        let plain = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = plain.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut line, _) = plain.accept().await.unwrap();
            line.write_all(b"220 mail.example.org\r\n").await.unwrap();
        });
        let error = failure(crate::support::get_url(&format!("https://127.0.0.1:{port}/")).fire_async().await);
        assert!(error.to_string().contains("cannot be reached: "), "{error}");
    });
}
