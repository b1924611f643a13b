//! Asks a server for something.

use reqwest::Method;
use reqwest::header::{IF_MODIFIED_SINCE, IF_NONE_MATCH};
use windlass_core::expr::add_ports;
use windlass_core::node::Emission;
use windlass_core::permission::Permission;
use windlass_core::prelude::*;
use windlass_core::types::Type;
use windlass_core::value::FromValue;

use crate::shared::ask::Ask;
use crate::shared::clients::Clients;
use crate::shared::exchange::exchange;
use crate::shared::settings::{Asked, Settings, set};

/// `http.get`
pub struct Get {
    asked: Asked,
    clients: Clients,
}

impl Node for Get {
    type Params = Settings;
    type In = Bag;
    type Out = Emission;

    fn about() -> About {
        About::new(
            "http.get",
            "HTTP GET",
            "Asks a server for something, over HTTP or HTTPS, and takes its answer within limits of time, size and redirects. \
             It connects to hosts that were granted and to public addresses, and to those of this machine and the own \
             network only with `net:private`; each redirect is held to the same, takes no headers of the graph to another \
             server, and does not leave TLS. Proxies and cookies are not used. An answer other than 200 to 299 fails the \
             item; `retries` in the policy tries again where that makes sense, and waits as long as the server says in \
             `Retry-After`.",
        )
        .search(&["download", "fetch", "web", "url", "request", "api", "rest", "curl"])
        .reads()
        .io()
        .permission(Permission::some_host())
        .sample(Sample::new().param("url", "http://127.0.0.1:9/"))
        .example(
            r#"
page:
  kind: http.get
  params: { url: "https://example.org/", response: file }
save:
  kind: files.write
  params: { path: out/page.html }
  inputs: { value: page.body }
"#,
        )
    }

    fn open(statics: &Statics) -> Result<Self, NodeError> {
        Ok(Self { asked: Asked::read(statics)?, clients: Clients::default() })
    }

    fn shape(spec: &mut Spec, statics: &Statics) -> Result<(), NodeError> {
        let asked = Asked::read(statics)?;
        spec.permissions = asked.permissions();
        let optional = |name: &str, doc: &str| {
            let ty = Type::optional(Type::text());
            PortSpec { optional: true, constant: true, ..PortSpec::new(name, ty, doc) }
        };
        spec.inputs.push(optional("etag", "What an earlier answer gave as `etag`: the body comes only if it changed."));
        spec.inputs.push(optional("modified", "What an earlier answer gave as `modified`: as for `etag`."));
        add_ports(spec, asked.names())?;
        asked.response.add_ports(spec);
        Ok(())
    }

    async fn fire(&self, params: Settings, inputs: Bag, ctx: &Ctx) -> Result<Emission, NodeError> {
        let mut headers = self.asked.headers(&inputs)?;
        for (port, name) in [("etag", IF_NONE_MATCH), ("modified", IF_MODIFIED_SINCE)] {
            let known = inputs.get(port).cloned().map_or(Ok(None), Option::<String>::from_value)?;
            if let Some(known) = known {
                set(&mut headers, name.as_str(), &known)?;
            }
        }
        let ask = Ask { method: Method::GET, url: self.asked.url(&inputs)?, headers, body: None };
        let is_conditional = ask.is_conditional();
        let is_fine = |status: reqwest::StatusCode| params.is_fine(status.as_u16(), is_conditional);
        let answer = exchange(&self.clients, ask, params.limits(), is_fine, ctx).await?;
        self.asked.response.emission(answer)
    }
}

#[cfg(test)]
mod tests {
    use windlass_core::harness::Harness;

    use super::*;

    #[test]
    fn what_is_no_address_or_no_limit_is_refused_before_anything_is_asked() {
        let bench = |url: &str| Harness::of::<Get>().param("url", url);
        let error = bench("example.org").open().unwrap_err();
        assert_eq!(error.to_string(), "parameter `url`: `example.org` is no address");
        let error = bench("http://127.0.0.1:9/").param("redirects", -1).fire().map(|_| ()).unwrap_err();
        assert!(error.to_string().starts_with("parameter `redirects`: expected `int("), "{error}");
        let error = bench("https://{{ host }}/").fire().map(|_| ()).unwrap_err();
        assert_eq!(error.to_string(), "input `host` is not wired");
    }
}
