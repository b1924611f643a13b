//! Why nothing came of a request, and whether another try makes sense.

use std::error::Error;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{StatusCode, Url};
use windlass_core::node::NodeError;
use windlass_core::permission::Permission;

use super::ask::place;
use super::clients::NotPublic;

/// The longest that a server may ask us to wait.
const LONGEST_WAIT: Duration = Duration::from_secs(3600);

/// Letters of what a server says that are handed on.
const SAID_LETTERS: usize = 200;

/// Returns the innermost cause, which is the one that helps.
pub(crate) fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map(ToString::to_string).unwrap_or_default()
}

fn causes<'a>(error: &'a reqwest::Error) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error as &'a (dyn Error + 'static)), |error: &&'a (dyn Error + 'static)| {
        (*error).source()
    })
}

/// Explains why no answer came.
pub(crate) fn unanswered(url: &Url, error: &reqwest::Error) -> NodeError {
    let place = place(url);
    if let Some(not_public) = causes(error).find_map(|cause| cause.downcast_ref::<NotPublic>()) {
        let private = Permission::private_network();
        let hint = format!("if it should be allowed, add `{private}` to `permissions` in the graph, and grant it");
        return NodeError::new(not_public.to_string()).within(format!("{place} is not asked")).hint(hint).permanent();
    }
    let said = if error.is_connect() { "cannot be reached" } else { "gave no answer that can be read" };
    NodeError::new(innermost(error)).within(format!("{place} {said}"))
}

/// Explains an answer that says that nothing came of it. What may be over when it is asked again is not permanent: 408,
/// 425, 429 and all from 500 on; `Retry-After` (RFC 9110, 10.2.3) says how long the next try waits.
pub(crate) fn status(url: &Url, status: StatusCode, headers: &HeaderMap, said: &str) -> NodeError {
    let mut text = format!("{} answered {status}", place(url));
    let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
    // What would move a terminal's cursor is no text.
    let said: String = said.chars().filter(|c| !c.is_control()).take(SAID_LETTERS).collect();
    if !said.is_empty() {
        text = format!("{text}, saying: {said}");
    }
    let error = match status.as_u16() {
        401 | 403 => NodeError::new(text).hint("look at the credentials in `headers`"),
        429 => NodeError::new(text).hint("let fewer ask at once with `slots`, and try again with `retries`"),
        _ => NodeError::new(text),
    };
    let may_pass = matches!(status.as_u16(), 408 | 425 | 429) || status.is_server_error();
    match wait(headers, SystemTime::now()) {
        _ if !may_pass => error.permanent(),
        Some(wait) if wait > LONGEST_WAIT => {
            let hint = format!("it asks to be left alone for {} s; run the graph again later", wait.as_secs());
            error.hint(hint).permanent()
        }
        Some(wait) => error.retry_after(wait),
        None => error,
    }
}

/// Returns how long a server asks us to wait: seconds, or until a date.
fn wait(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    match text.parse() {
        Ok(seconds) => Some(Duration::from_secs(seconds)),
        Err(_) => Some(httpdate::parse_http_date(text).ok()?.duration_since(now).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(code: u16, retry_after: Option<&str>) -> NodeError {
        let mut headers = HeaderMap::new();
        retry_after.map(|text| headers.insert(RETRY_AFTER, text.parse().unwrap()));
        let url = "https://a.org/x?key=1".parse().unwrap();
        status(&url, StatusCode::from_u16(code).unwrap(), &headers, "try\n \u{7}later")
    }

    #[test]
    fn what_may_pass_is_tried_again_and_not_before_its_time() {
        assert_eq!(
            told(503, None).to_string(),
            "`https://a.org/x` answered 503 Service Unavailable, saying: try later"
        );
        for code in [408, 425, 429, 500, 503] {
            assert!(!told(code, None).is_permanent(), "{code}");
        }
        for code in [300, 400, 401, 404, 410] {
            assert!(told(code, Some("1")).is_permanent(), "{code}");
        }
        assert_eq!(told(429, Some(" 7 ")).retry_wait(), Some(Duration::from_secs(7)));
        assert_eq!(told(503, Some("soon")).retry_wait(), None);
        assert!(
            told(503, Some("86400")).is_permanent() && told(503, Some("99999999999999999999")).retry_wait().is_none()
        );
    }

    #[test]
    fn a_date_is_waited_for() {
        let headers: HeaderMap =
            [(RETRY_AFTER, "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap())].into_iter().collect();
        let at = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        assert_eq!(wait(&headers, at - Duration::from_secs(40)), Some(Duration::from_secs(40)));
        assert_eq!(wait(&headers, at + Duration::from_secs(40)), Some(Duration::ZERO));
    }
}
