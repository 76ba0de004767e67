//! Who gets in, and what every answer says to the browser.

use crate::App;
use crate::failure::Failure;
use crate::fields::Fields;
use crate::headers::{bearer, cookie, host, is_own, is_same_origin};
use crate::pages;
use crate::secrets::is_same;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, LOCATION, REFERRER_POLICY, SET_COOKIE,
    X_CONTENT_TYPE_OPTIONS, X_FRAME_OPTIONS,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

/// Most bytes of a form or an object.
pub(crate) const MOST_FORM_BYTES: usize = 256 << 10;

/// Scripts and styles come from our files only.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; \
    img-src 'self' data: blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Lets in who may, and hardens every answer.
pub(crate) async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    let headers = request.headers().clone();
    let mut response = match admit(&app, request).await {
        Ok(request) => next.run(request).await,
        Err(response) => response,
    };
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        response = failure.dressed(&app, &uri, &headers);
    }
    harden(response.headers_mut());
    response
}

fn harden(headers: &mut HeaderMap) {
    let fixed = [
        (CONTENT_SECURITY_POLICY, POLICY),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (X_FRAME_OPTIONS, "DENY"),
        (REFERRER_POLICY, "same-origin"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
}

/// The request if it may go on, else the answer.
async fn admit(app: &App, request: Request) -> Result<Request, Response> {
    let uri = request.uri().clone();
    if !host(request.headers(), &uri).is_some_and(|host| is_own(host, &app.0.config.hosts)) {
        return Err(Failure::wrong_host().into_response());
    }
    if uri.path().starts_with("/assets/") {
        return Ok(request);
    }
    if let Some(token) = Fields::of_query(&uri).text("token") {
        return Err(enter(app, token, &without_token(&uri)));
    }
    if uri.path() == "/login" && is_same_origin(request.headers()) {
        return Err(log_in(app, request).await);
    }
    if bearer(request.headers()).is_some_and(|token| is_same(token, &app.0.secrets.token)) {
        return Ok(request);
    }
    if !has_session(app, request.headers()) {
        return Err(denied(&uri, false));
    }
    if request.method().is_safe() { Ok(request) } else { with_csrf(app, request).await }
}

/// The cookie's name; servers on other ports of this machine have others.
pub(crate) fn cookie_name(app: &App) -> String {
    format!("bro_ml_{}", app.0.listen().port())
}

fn has_session(app: &App, headers: &HeaderMap) -> bool {
    cookie(headers, &cookie_name(app)).is_some_and(|value| is_same(value, &app.0.secrets.session))
}

/// Sends who has the token on with a cookie, to an address without it.
fn enter(app: &App, token: &str, to: &str) -> Response {
    if !is_same(token, &app.0.secrets.token) {
        return denied(&to.parse().unwrap_or_default(), true);
    }
    let session = &app.0.secrets.session;
    let cookie = format!("{}={session}; Path=/; HttpOnly; SameSite=Strict", cookie_name(app));
    (StatusCode::SEE_OTHER, [(SET_COOKIE, cookie), (LOCATION, to.to_owned())]).into_response()
}

fn without_token(uri: &Uri) -> String {
    let mut fields = Fields::of_query(uri);
    fields.remove("token");
    fields.address(&local_path(uri.path()))
}

/// A path on this server: two slashes at its start would name another one.
fn local_path(path: &str) -> String {
    format!("/{}", path.trim_start_matches(['/', '\\']))
}

/// Where a form may send its reader next: pages of this server.
pub(crate) fn local(back: &str) -> String {
    let is_local = back.starts_with('/') && !back.contains(['\\', '\n', '\r']);
    if is_local { local_path(back) } else { "/".to_owned() }
}

async fn log_in(app: &App, request: Request) -> Response {
    let Ok(body) = to_bytes(request.into_body(), MOST_FORM_BYTES).await else {
        return denied(&Uri::default(), true);
    };
    enter(app, Fields::of_form(&body).text("token").unwrap_or_default(), "/")
}

fn denied(uri: &Uri, is_wrong: bool) -> Response {
    let failure = Failure::denied(is_wrong);
    if uri.path().starts_with("/api/") {
        return failure.into_response();
    }
    pages::denied(is_wrong)
}

/// Lets a change through that comes from one of our pages.
async fn with_csrf(app: &App, request: Request) -> Result<Request, Response> {
    let refused = || Failure::not_from_our_page().into_response();
    if !is_same_origin(request.headers()) {
        return Err(refused());
    }
    let is_ours = |token: &str| is_same(token, &app.0.secrets.csrf);
    if let Some(token) = request.headers().get("x-csrf-token") {
        return if token.to_str().is_ok_and(is_ours) { Ok(request) } else { Err(refused()) };
    }
    let is_form = request.headers().get(CONTENT_TYPE).is_some_and(|kind| kind == FORM);
    if !is_form {
        return Err(refused());
    }
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, MOST_FORM_BYTES).await.map_err(|_| Failure::too_large().into_response())?;
    if !Fields::of_form(&body).text("csrf").is_some_and(is_ours) {
        return Err(refused());
    }
    Ok(Request::from_parts(parts, Body::from(body)))
}

/// What a browser says of a form's body.
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_lead_to_pages_of_this_server_only() {
        let rows = [
            ("/runs/3?page=2", "/runs/3?page=2"),
            ("//evil.example/", "/evil.example/"),
            ("/\\evil.example", "/"),
            ("https://evil.example/", "/"),
            ("", "/"),
        ];
        for (back, to) in rows {
            assert_eq!(local(back), to, "{back}");
        }
    }
}
