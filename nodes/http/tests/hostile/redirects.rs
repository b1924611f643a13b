//! Servers that send us on.

use crate::server::{Does, Server, ok, sends_on};
use crate::support::{failure, get, granting, post, run};

#[test]
fn the_way_to_an_answer_is_followed() {
    run(async {
        let server = Server::start(|request| match request.split(' ').nth(1).unwrap() {
            "/a?x=1" => Does::Says(sends_on(302, "b/c")),
            "/b/c" => Does::Says(sends_on(308, "/d?y=2#part")),
            _ => Does::Says(ok("", b"here")),
        })
        .await;
        let gave = get(&server, "/a?x=1").fire_async().await.unwrap();
        assert_eq!(gave.get::<String>("body"), Ok("here".into()));
        assert!(gave.get::<String>("url").unwrap().starts_with(&server.url("/d?y=2")));
        assert_eq!(server.seen().len(), 3);
    });
}

#[test]
fn a_circle_ends() {
    run(async {
        let server = Server::saying(sends_on(302, "/again?secret=1")).await;
        let error = failure(get(&server, "/").param("redirects", 3).fire_async().await);
        let said = format!("`{}` sends us on more than 3 times, last to `{}`", server.url("/"), server.url("/again"));
        assert_eq!((error.to_string(), error.is_permanent()), (said, true));
        assert_eq!(server.seen().len(), 4);
    });
}

#[test]
fn each_server_on_the_way_needs_its_grant() {
    run(async {
        for to in [
            "http://169.254.169.254/latest/meta-data",
            "http://[::ffff:10.0.0.1]/",
            "http://localhost/",
            "http://2852039166/",
        ] {
            let server = Server::saying(sends_on(302, to)).await;
            let bench = granting(&get(&server, "/"), &["net:127.0.0.1", "net:private"]);
            let error = failure(bench.fire_async().await);
            assert!(error.to_string().starts_with("the permission `net:") && error.is_permanent(), "{to}: {error}");
            assert_eq!(server.seen().len(), 1);
        }
    });
}

#[test]
fn credentials_are_not_handed_on_and_neither_is_a_body() {
    run(async {
        let other = Server::saying(ok("", b"other")).await;
        let to = other.url("/x");
        let first = Server::start(move |request| {
            Does::Says(sends_on(if request.starts_with("POST /7") { 307 } else { 302 }, &to))
        })
        .await;
        let headers = windlass_core::json!({ "Authorization": "Bearer {{ key }}", "X-Key": "k", "Accept": "a/b" });
        let bench = get(&first, "/").param("headers", headers.clone()).param("key", "s3cret");
        bench.fire_async().await.unwrap();
        assert!(
            first.seen()[0].contains("\r\nauthorization: Bearer s3cret\r\n") && first.seen()[0].contains("x-key: k")
        );
        let seen = other.seen();
        assert!(
            seen[0].contains("\r\naccept: a/b\r\n") && !seen[0].contains("s3cret") && !seen[0].contains("x-key"),
            "{seen:?}"
        );

        post(&first, "/2").param("body", "private").fire_async().await.unwrap();
        assert!(other.seen()[1].starts_with("GET /x ") && !other.seen()[1].contains("private"));
        let error = failure(post(&first, "/7").param("body", "private").fire_async().await);
        assert!(error.to_string().contains("with the body to another server"), "{error}");
        assert_eq!(other.seen().len(), 2);
    });
}

#[test]
fn places_that_are_none_are_told() {
    run(async {
        for (to, said) in [
            ("ftp://127.0.0.1/", "`ftp` is not asked here"),
            ("http://u:p@127.0.0.1/", "a name or password stands"),
            ("http://", "no address"),
        ] {
            let server = Server::saying(sends_on(301, to)).await;
            let error = failure(get(&server, "/").fire_async().await);
            assert!(error.to_string().contains(said), "{to}: {error}");
        }
        let server = Server::saying("HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n").await;
        assert!(failure(get(&server, "/").fire_async().await).to_string().ends_with("answered 302 Found"));
    });
}
