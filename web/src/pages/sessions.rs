use super::{Frame, html};
use crate::App;
use crate::failure::Failure;
use crate::fields::{Fields, encoded};
use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use bro_log::Subnet;
use bro_report::printable;
use bro_store::{Cursor, Dataset, Filter, Page, RunId};

/// Rows on a page.
const PAGE_ROWS: usize = 100;

/// The rows of a dataset, as they stand in its logs.
#[derive(Template)]
#[template(path = "sessions.html")]
struct SessionsPage {
    frame: Frame,
    dataset: Dataset,
    /// Which logs' rows are shown.
    path: String,
    fields: Fields,
    page: Page,
}

pub(crate) async fn show(
    State(app): State<App>,
    frame: Frame,
    Path(name): Path<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let filter = filter(&fields)?;
    let after = fields.number("after")?.map(Cursor);
    let asked = fields.text("path").map(str::to_owned);
    let (dataset, path, page) = app
        .ask(move |store| {
            let dataset = store.dataset(&name)?;
            let path = asked.unwrap_or_else(|| first_path(&dataset));
            let page = store.sessions(&name, &path, &filter, after, PAGE_ROWS)?;
            Ok((dataset, path, page))
        })
        .await?;
    html(&SessionsPage { frame, dataset, path, fields, page })
}

/// conn if there is one.
fn first_path(dataset: &Dataset) -> String {
    let mut paths = dataset.paths.iter().filter_map(|(path, _)| path.as_deref());
    let first = paths.clone().next().unwrap_or("conn");
    paths.find(|path| *path == "conn").unwrap_or(first).to_owned()
}

fn filter(fields: &Fields) -> Result<Filter, Failure> {
    let text = |name: &str| fields.text(name).map(str::to_owned);
    let subnet = |name: &str| fields.text(name).map(|host| subnet(name, host)).transpose();
    Ok(Filter {
        host: subnet("host")?,
        orig: subnet("orig")?,
        resp: subnet("resp")?,
        port: fields.number("port")?,
        proto: text("proto"),
        service: text("service"),
        conn_state: text("conn_state"),
        uid: text("uid"),
        label: text("label"),
        run: fields.number("run")?.map(RunId),
        ..Filter::default()
    })
}

/// A subnet, or the one of a single address.
fn subnet(name: &str, host: &str) -> Result<Subnet, Failure> {
    bro_log::parse_subnet(host.as_bytes())
        .or_else(|_| {
            bro_log::parse_subnet(format!("{host}/{}", if host.contains(':') { 128 } else { 32 }).as_bytes())
        })
        .map_err(|_| {
            Failure::usage(format!("{name} is {host:?}, expected an address or a subnet such as 10.0.0.0/8"))
        })
}

impl SessionsPage {
    fn encoded(&self, text: &str) -> String {
        encoded(text)
    }

    fn value(&self, name: &str) -> &str {
        self.fields.text(name).unwrap_or_default()
    }

    fn text(&self, text: &str) -> String {
        printable(text).into_owned()
    }

    /// The fields of the first row stand above the table; rows of another layout have their own names in their cells.
    fn head(&self) -> Vec<&str> {
        self.page
            .rows
            .first()
            .map_or_else(Vec::new, |row| row.cells.iter().map(|(name, _)| name.as_str()).collect())
    }

    fn next(&self) -> Option<String> {
        let mut fields = self.fields.clone();
        fields.set("after", self.page.next?.0);
        Some(fields.address(&format!("/datasets/{}/sessions", encoded(&self.dataset.name))))
    }

    fn has_paths(&self) -> bool {
        self.dataset.paths.len() > 1
    }
}
