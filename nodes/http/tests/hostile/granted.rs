//! What nobody granted is not connected to.

use crate::server::{Server, ok};
use crate::support::{failure, get, get_url, granting, run};

#[test]
fn a_server_needs_a_grant_for_its_host() {
    run(async {
        let server = Server::saying(ok("", b"x")).await;
        let error = failure(granting(&get(&server, "/"), &["net:example.org", "net:private"]).fire_async().await);
        assert_eq!(error.to_string(), "the permission `net:127.0.0.1` was not granted");
        assert_eq!(server.seen().len(), 0);
        granting(&get(&server, "/"), &["net:127.0.0.1", "net:private"]).fire_async().await.unwrap();
    });
}

#[test]
fn addresses_that_are_not_public_need_a_grant_of_their_own_in_every_spelling() {
    run(async {
        let server = Server::saying(ok("", b"x")).await;
        let spelled = [
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0.0.0.0",
            "[::ffff:127.0.0.1]",
            "[::ffff:7f00:1]",
            "[::]",
            "[::1]",
        ];
        for host in spelled {
            let bench = get_url(&format!("http://{host}:{}/", server.port()));
            let error = failure(granting(&bench, &["net:*"]).fire_async().await);
            let said = error.to_string();
            assert!(
                said.ends_with("is not a public address: the permission `net:private` was not granted"),
                "{host}: {said}"
            );
            assert!(error.is_permanent() && error.hint_text().is_some());
        }
        assert_eq!(server.seen().len(), 0);
    });
}

#[test]
fn a_name_is_no_way_around_that() {
    run(async {
        let server = Server::saying(ok("", b"x")).await;
        let bench = get_url(&format!("http://localhost:{}/", server.port()));
        let error = failure(granting(&bench, &["net:*"]).fire_async().await);
        let said = error.to_string();
        assert!(
            said.contains("/` is not asked: `localhost` lies at ") && said.ends_with("which is not a public address"),
            "{said}"
        );
        assert!(error.is_permanent() && error.hint_text().unwrap().contains("add `net:private` to `permissions`"));
        assert_eq!(server.seen().len(), 0);
        granting(&bench, &["net:localhost", "net:private"]).fire_async().await.unwrap();
    });
}
