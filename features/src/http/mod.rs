//! What features are made of in an http.log.

mod category;
mod columns;
mod features;
mod request;
mod survey;

pub use category::{HttpMethod, HttpPort, StatusClass};
pub use columns::first_element;
pub use request::HttpRequest;

pub(crate) use columns::{HttpColumns, projection};
pub(crate) use features::{HttpContext, all, numeric, raw};
pub(crate) use survey::{HttpSurvey, Rarity};
