use crate::App;
use crate::failure::Failure;
use crate::guard::MOST_FORM_BYTES;
use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, Uri};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Display;
use std::str::FromStr;

/// What a query, a form or an object says, by name. A name that stands twice has both values, a comma between them; an
/// empty value is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Fields(BTreeMap<String, String>);

impl Fields {
    pub(crate) fn of_query(uri: &Uri) -> Self {
        Self::of_form(uri.query().unwrap_or_default().as_bytes())
    }

    pub(crate) fn of_form(body: &[u8]) -> Self {
        let mut fields = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            fields.add(&name, &value);
        }
        fields
    }

    /// A JSON object; lists become values with commas between them.
    pub(crate) fn of_json(text: &[u8]) -> Result<Self, Failure> {
        let value = serde_json::from_slice(text).map_err(|error| {
            Failure::usage(format!("the body is no JSON object: {error}"))
                .with_cure("send an object such as {\"dataset\": \"january\"}")
        })?;
        let Value::Object(object) = value else {
            return Err(Failure::usage("the body is JSON, but no object".to_owned()));
        };
        let mut fields = Self::default();
        for (name, value) in &object {
            fields.add_json(name, value);
        }
        Ok(fields)
    }

    fn add_json(&mut self, name: &str, value: &Value) {
        match value {
            Value::Null => {}
            Value::String(text) => self.add(name, text),
            Value::Array(values) => values.iter().for_each(|value| self.add_json(name, value)),
            value => self.add(name, &value.to_string()),
        }
    }

    fn add(&mut self, name: &str, value: &str) {
        let value = value.trim();
        if value.is_empty() {
            return;
        }
        let known = self.0.entry(name.to_owned()).or_default();
        if !known.is_empty() {
            known.push(',');
        }
        known.push_str(value);
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Display) {
        self.0.insert(name.to_owned(), value.to_string());
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.remove(name);
    }

    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Whether a comma-separated value has this part.
    pub(crate) fn has(&self, name: &str, part: &str) -> bool {
        self.text(name).is_some_and(|list| list.split(',').any(|one| one.trim() == part))
    }

    pub(crate) fn required(&self, name: &str) -> Result<&str, Failure> {
        self.text(name).ok_or_else(|| Failure::usage(format!("{name} is not given")))
    }

    /// The value read as a number.
    pub(crate) fn number<T: FromStr>(&self, name: &str) -> Result<Option<T>, Failure> {
        let Some(text) = self.text(name) else { return Ok(None) };
        let wrong = |_| Failure::usage(format!("{name} is {text:?}, expected {}", expected::<T>()));
        text.parse().map(Some).map_err(wrong)
    }

    pub(crate) fn number_or<T: FromStr>(&self, name: &str, default: T) -> Result<T, Failure> {
        Ok(self.number(name)?.unwrap_or(default))
    }

    /// The names and values as a JSON object, without the page's secret.
    pub(crate) fn to_json(&self) -> String {
        let values = self.pairs().map(|(name, value)| (name.to_owned(), Value::from(value)));
        Value::Object(values.collect()).to_string()
    }

    /// The names and values, by name, without the page's secret.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        all.filter(|(name, _)| *name != "csrf")
    }

    /// An address with this path and these fields.
    pub(crate) fn address(&self, path: &str) -> String {
        let query: Vec<_> =
            self.pairs().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))).collect();
        if query.is_empty() { path.to_owned() } else { format!("{path}?{}", query.join("&")) }
    }
}

/// A part of an address.
pub(crate) fn encoded(text: &str) -> String {
    const PLAIN: &percent_encoding::AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');
    utf8_percent_encode(text, PLAIN).to_string()
}

fn expected<T: FromStr>() -> &'static str {
    // What reads a fraction is a number of any kind.
    if "0.5".parse::<T>().is_ok() { "a number" } else { "a whole number, 0 or more" }
}

/// The body of a change, the query of everything else.
impl FromRequest<App> for Fields {
    type Rejection = Failure;

    async fn from_request(request: Request, _app: &App) -> Result<Self, Failure> {
        if request.method() == Method::GET {
            return Ok(Self::of_query(request.uri()));
        }
        let is_json = request
            .headers()
            .get(CONTENT_TYPE)
            .is_some_and(|kind| kind.to_str().is_ok_and(|kind| kind.starts_with("application/json")));
        let body = to_bytes(request.into_body(), MOST_FORM_BYTES).await.map_err(|_| Failure::too_large())?;
        if is_json { Self::of_json(&body) } else { Ok(Self::of_form(&body)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_and_objects_say_the_same() {
        let form = Fields::of_form(b"n_clusters=8&features=a&features=b&eps=&sample=+");
        let object = Fields::of_json(br#"{"n_clusters": 8, "features": ["a", "b"], "eps": null}"#).unwrap();
        assert_eq!(form, object);
        assert!(form.has("features", "b") && !form.has("features", "c"));
    }

    #[test]
    fn a_wrong_number_is_told_with_its_name() {
        let fields = Fields::of_form(b"n_clusters=eight&eps=near");
        let message = |failure: Failure| failure.message;
        assert_eq!(
            message(fields.number::<usize>("n_clusters").unwrap_err()),
            "n_clusters is \"eight\", expected a whole number, 0 or more"
        );
        assert_eq!(message(fields.number::<f64>("eps").unwrap_err()), "eps is \"near\", expected a number");
        assert_eq!(fields.number::<u64>("seed").unwrap(), None);
    }

    #[test]
    fn an_address_holds_any_text_and_no_secret() {
        let mut fields = Fields::of_form(b"csrf=s3cret");
        fields.set("dataset", "a&b #1/ü");
        let address = fields.address("/outliers");
        assert_eq!(address, "/outliers?dataset=a%26b%20%231%2F%C3%BC");
        let back = Fields::of_query(&address.parse().unwrap());
        assert_eq!(back.text("dataset"), Some("a&b #1/ü"));
    }
}
