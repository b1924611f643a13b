//! Talking to a server, against one that behaves as recorded and misbehaves on demand.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

use std::time::Duration;

use serde_json::json;
use windlass_comfy::exchange::{Ended, Outcome};
use windlass_comfy::server::{News, Patience, PromptError, new_id};
use windlass_comfy::{Address, ApiWorkflow, Server, ServerError};
use windlass_comfy_fake::{Fake, Fault, png_of};

fn workflow() -> ApiWorkflow {
    let nodes = json!({
        "1": { "class_type": "Noise", "inputs": { "seed": 7 } },
        "2": { "class_type": "SaveImage", "inputs": { "images": ["1", 0] } },
    });
    ApiWorkflow::of(&nodes).unwrap()
}

fn server(fake: &Fake) -> Server {
    let ms = Duration::from_millis;
    let patience = Patience { ask_every: ms(50), dead_after: ms(300), gone_after: ms(300) };
    Server::at(Address::read(&fake.address()).unwrap()).unwrap().with_patience(patience)
}

/// Runs a prompt on a server that misbehaves; returns also how often it ran, and what was told.
async fn run(fault: Fault) -> (Result<Ended, PromptError>, u32, Vec<News>) {
    let fake = Fake::start(fault).await;
    let (id, mut told) = (new_id(), Vec::new());
    let ended = server(&fake).run(&id, &workflow(), |news| told.push(news)).await;
    let ran = fake.state().ran.get(&id).copied().unwrap_or_default();
    (ended, ran, told)
}

#[tokio::test]
async fn a_prompt_comes_to_its_end_and_is_seen_on_its_way() {
    let (ended, ran, told) = run(Fault::None).await;
    let ended = ended.unwrap();
    assert_eq!((&ended.outcome, ended.files.len(), ran), (&Outcome::Succeeded, 1, 1));
    assert_eq!(told[..2], [News::Node("1".into()), News::Progress(1.0, 4.0)]);
    assert!(matches!(&told[2], News::Preview(preview) if preview.bytes == png_of(1)));
}

#[tokio::test]
async fn faults_on_the_way_change_nothing_about_the_end() {
    for fault in [Fault::DropsSocket, Fault::Trouble, Fault::Stutters, Fault::CutFrames] {
        let (ended, ran, _) = run(fault.clone()).await;
        assert_eq!(ended.unwrap().outcome, Outcome::Succeeded, "{fault:?}");
        assert_eq!(ran, 1, "{fault:?}: it was posted once");
    }
}

#[tokio::test]
async fn a_failure_names_node_and_cause() {
    let (ended, ..) = run(Fault::Fails).await;
    let Outcome::Failed(why) = ended.unwrap().outcome else { panic!("it has not failed") };
    assert_eq!((&*why.node, &*why.class, &*why.kind, &*why.message), ("1", "Noise", "ValueError", "too loud"));
    assert_eq!(why.traceback, ["line 1", "line 2"]);
}

#[tokio::test]
async fn what_a_server_does_not_take_is_said_by_node() {
    let (refused, ran, _) = run(Fault::Refuses).await;
    assert!(matches!(&refused, Err(PromptError::Refused(why)) if why.nodes[0].node == "1"), "{refused:?}");
    assert_eq!(ran, 0);
    let (left_out, ..) = run(Fault::LeavesOut).await;
    let said = left_out.unwrap_err().to_string();
    assert!(said.contains("node 1") && said.contains("not in"), "{said}");
}

#[tokio::test]
async fn a_restarted_server_and_a_dead_worker_are_noticed() {
    let (forgotten, ..) = run(Fault::Forgets).await;
    assert!(matches!(forgotten, Err(PromptError::Forgotten)), "{forgotten:?}");
    let (dead, ..) = run(Fault::DeadWorker).await;
    assert!(matches!(dead, Err(PromptError::Dead)), "{dead:?}");
}

#[tokio::test]
async fn answers_of_something_else_are_refused_in_words() {
    let said = async |fault| server(&Fake::start(fault).await).queue().await.unwrap_err();
    assert!(said(Fault::Html).await.to_string().contains("text/html"));
    let redirected = said(Fault::Redirects).await;
    assert!(matches!(&redirected, ServerError::Redirects { to, .. } if to.contains("elsewhere")), "{redirected}");
    let endless = said(Fault::Endless).await;
    assert!(matches!(endless, ServerError::Large { .. }), "{endless}");
    let nobody = Address::read("127.0.0.1:1").unwrap();
    let unreachable = Server::at(nobody).unwrap().queue().await.unwrap_err();
    assert!(matches!(&unreachable, ServerError::Unreachable { .. }), "{unreachable}");
}

#[tokio::test]
async fn files_go_there_and_back() {
    let fake = Fake::start(Fault::None).await;
    let server = server(&fake);
    assert_eq!(server.system().await.unwrap().devices[0].free, 6 << 30);
    assert_eq!(server.upload("abc.png", vec![7; 1_000]).await.unwrap(), "abc.png");
    assert_eq!(fake.state().uploads["abc.png"], [7; 1_000]);
    let (id, file) = (new_id(), 1);
    let ended = server.run(&id, &workflow(), |_| {}).await.unwrap();
    let file = &ended.files[file - 1].1[0];
    let got = server.file(file, 1 << 20).await.unwrap();
    assert_eq!(got, png_of(7));
    assert!(matches!(server.file(file, 8).await.unwrap_err(), ServerError::Large { .. }));
    server.free().await.unwrap();
}
