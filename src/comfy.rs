//! The ComfyUI servers of the settings, for the pack that uses them.

use std::time::Duration;

use windlass_comfy::server::Patience;
use windlass_comfy::{Header, PoolSettings, ServerSetting};
use windlass_store::Settings;
use windlass_store::settings::ComfyServer;

/// The server that is used where nobody names others.
const USUAL: &str = "http://127.0.0.1:8188";

/// Returns the servers and how they are used. A server that cannot be used is said by whoever asks it.
pub fn pool(settings: &Settings) -> PoolSettings {
    let named = settings.comfy_servers();
    let servers = match named.is_empty() {
        true => vec![ServerSetting::at(USUAL)],
        false => named.iter().map(server).collect(),
    };
    let ms = |name: &str| settings.value(name).map(Duration::from_millis);
    let pool = PoolSettings::of(servers);
    let usual = pool.patience;
    let patience = Patience {
        gone_after: ms("comfy.gone_after").unwrap_or(usual.gone_after),
        dead_after: ms("comfy.dead_after").unwrap_or(usual.dead_after),
        ..usual
    };
    PoolSettings { patience, wait_for_any: ms("comfy.wait").unwrap_or(pool.wait_for_any), ..pool }
}

fn server(named: &ComfyServer) -> ServerSetting {
    let header = |(name, variable): &(String, String)| {
        let value = std::env::var(variable).ok();
        Header { name: name.clone(), variable: variable.clone(), value }
    };
    ServerSetting {
        headers: named.headers.iter().map(header).collect(),
        tags: named.tags.clone(),
        weight: named.weight,
        ..ServerSetting::at(&named.address)
    }
}
