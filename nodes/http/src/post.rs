//! Sends something to a server.

use reqwest::Method;
use reqwest::header::CONTENT_TYPE;
use windlass_core::expr::add_ports;
use windlass_core::node::Emission;
use windlass_core::permission::Permission;
use windlass_core::prelude::*;
use windlass_core::spec::ParamSpec;

use crate::shared::ask::Ask;
use crate::shared::clients::Clients;
use crate::shared::exchange::exchange;
use crate::shared::sent::{Sent, SentSettings};
use crate::shared::settings::{Asked, Settings, set};

/// What goes there, and what every request needs.
pub struct PostSettings {
    all: Settings,
}

impl Params for PostSettings {
    fn specs() -> Vec<ParamSpec> {
        [SentSettings::specs(), Settings::specs()].concat()
    }

    fn read(bag: &mut Bag) -> Result<Self, NodeError> {
        SentSettings::read(bag)?;
        Ok(Self { all: Settings::read(bag)? })
    }
}

/// `http.post`
pub struct Post {
    asked: Asked,
    sent: Sent,
    clients: Clients,
}

impl Node for Post {
    type Params = PostSettings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "http.post",
            "HTTP POST",
            "Sends a text, JSON, a file or a form to a server, and takes its answer, held to the same limits and permissions \
             as `http.get`. A body is not sent on to another server. What was sent by an earlier run, and would be sent \
             again as it is, is not: its answer is taken from there, unless `cache: never` stands in the policy. A retry \
             sends it again.",
        )
        .search(&["send", "upload", "web", "url", "request", "api", "rest", "webhook", "form", "curl"])
        .writes()
        .io()
        .permission(Permission::some_host())
        .sample(Sample::new().param("url", "http://127.0.0.1:9/").param("json", windlass_core::json!({})))
        .example(
            r#"
place:
  kind: flow.constant
  params: { value: a lighthouse at dusk }
answer:
  kind: http.post
  params:
    url: https://api.example.org/describe
    json: { prompt: "{{ prompt }}" }
    response: json
  inputs: { prompt: place.value }
save:
  kind: files.write
  params: { path: out/answer.json }
  inputs: { value: answer.body }
"#,
        )
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Ok(Self { asked: Asked::read(statics)?, sent: Sent::read(statics)?, clients: Clients::default() })
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let (asked, sent) = (Asked::read(statics)?, Sent::read(statics)?);
        spec.permissions = asked.permissions();
        spec.inputs.extend(sent.port());
        let mut names = asked.names();
        names.extend(sent.names());
        add_ports(spec, names)?;
        asked.response.add_ports(spec);
        Ok(())
    }

    async fn fire(&self, params: PostSettings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut headers = self.asked.headers(&inputs)?;
        let url = self.asked.url(&inputs)?;
        let (media, body) = self.sent.body(&inputs, ctx)?;
        if !headers.contains_key(CONTENT_TYPE) {
            set(&mut headers, CONTENT_TYPE.as_str(), &media)?;
        }
        let ask = Ask { method: Method::POST, url, headers, body: Some(body.into()) };
        let is_fine = |status: reqwest::StatusCode| params.all.is_fine(status.as_u16(), false);
        let answer = exchange(&self.clients, ask, params.all.limits(), is_fine, ctx).await?;
        self.asked.response.emission(answer)
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn what_is_no_address_or_no_limit_is_refused_before_anything_is_asked() {
        let bench = |url: &str| Harness::of::<Post>().param("url", url).param("json", windlass_core::json!({}));
        let error = bench("example.org").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `url`: `example.org` is no address");
        let error = bench("http://127.0.0.1:9/").param("redirects", -1).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `redirects`: expected `int("), "{error}");
        let error = bench("https://{{ host }}/").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "input `host` is not wired");
    }
}
