//! What every request and answer passes: same-origin writes only, a strict Content-Security-Policy, counting.
//!
//! Cross-site request forgery is refused by where the browser says a request comes from (Fetch Metadata, with Origin
//! for older ones), beside SameSite cookies. A client that is no browser sends neither and carries no ambient cookies.

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::{App, page};

/// Lets the page's own script give its editor styles; new for every answer.
#[derive(Clone)]
pub(crate) struct Nonce(pub(crate) String);

pub(crate) async fn guard(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let mut bytes = [0; 12];
    getrandom::fill(&mut bytes).expect("the operating system gives random bytes");
    let nonce = hex::encode(bytes);
    request.extensions_mut().insert(Nonce(nonce.clone()));
    let writes = !matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    let mut response = if writes && comes_from_elsewhere(request.headers()) {
        let words = "This form was sent from another site, so nothing was done. Open the page here and try again.";
        page::problem(StatusCode::FORBIDDEN, "Not from here", words).into_response()
    } else {
        next.run(request).await
    };
    let class = format!("{}xx", response.status().as_u16() / 100);
    app.desk.metrics.requests.get_or_create(&vec![("status", class)]).inc();
    harden(response.headers_mut(), &nonce);
    response
}

pub(crate) fn comes_from_elsewhere(headers: &HeaderMap) -> bool {
    let text = |name: HeaderName| headers.get(name).and_then(|v| v.to_str().ok());
    match text(HeaderName::from_static("sec-fetch-site")) {
        Some(site) => !matches!(site, "same-origin" | "none"),
        None => match (text(header::ORIGIN), text(header::HOST)) {
            (Some(origin), Some(host)) => origin.split_once("://").is_none_or(|(_, o)| !o.eq_ignore_ascii_case(host)),
            (Some(_), None) => true,
            (None, _) => false,
        },
    }
}

fn harden(headers: &mut HeaderMap, nonce: &str) {
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; media-src 'self' blob:; font-src 'self'; \
         connect-src 'self'; form-action 'self'; frame-src 'self'; frame-ancestors 'none'; base-uri 'none'"
    );
    let policy = HeaderValue::from_str(&policy).expect("plain characters");
    // A page with a stricter policy of its own (customers' mail) keeps it.
    headers.entry(header::CONTENT_SECURITY_POLICY).or_insert(policy);
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("permissions-policy", "camera=(), geolocation=(), microphone=(self)"),
    ] {
        headers.entry(HeaderName::from_static(name)).or_insert(HeaderValue::from_static(value));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(pairs: &[(&'static str, &'static str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, HeaderValue::from_static(value));
        }
        comes_from_elsewhere(&headers)
    }

    #[test]
    fn only_our_own_pages_may_write() {
        assert!(!from(&[("sec-fetch-site", "same-origin")]));
        assert!(!from(&[("host", "desk.example.com"), ("origin", "https://desk.example.com")]));
        assert!(!from(&[("host", "desk.example.com")]));
        assert!(from(&[("sec-fetch-site", "cross-site")]));
        assert!(from(&[("sec-fetch-site", "same-site")]));
        assert!(from(&[("host", "desk.example.com"), ("origin", "https://evil.example")]));
        assert!(from(&[("host", "desk.example.com"), ("origin", "null")]));
    }
}
