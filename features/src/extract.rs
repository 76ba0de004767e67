use crate::catalogue::Kind;
use crate::columns::FlowColumns;
use crate::detail_features;
use crate::http::{self, HttpColumns, HttpContext};
use crate::survey::{GroupMedians, SurveyOf, category_column};
use crate::{
    ConnState, Connection, Error, Feature, FeatureSelection, HttpRequest, ImputedFlow, LogKind, PortClass,
    Proto, Survey, canonical_service,
};
use bro_log::{Batch, Projection};
use ndarray::Array2;

/// Turns batches of a log into rows of features.
///
/// Which columns there are depends on the log's categories and on the selection only, so every batch gives the same
/// columns. Time O(rows × features); memory that of the matrix. See the [crate's front page](crate) for an example.
#[derive(Debug, Clone)]
pub struct Extractor {
    features: Vec<Feature>,
    context: Context,
}

/// What a row is measured with besides itself.
#[derive(Debug, Clone)]
enum Context {
    Conn(Box<ConnContext>),
    Http(Box<HttpContext>),
}

#[derive(Debug, Clone)]
struct ConnContext {
    plan: Plan,
    services: Vec<String>,
    medians: GroupMedians,
}

/// A row as the features see it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Row<'a> {
    /// Of a conn.log, its gaps filled.
    Flow(ImputedFlow),
    /// Of an http.log.
    Request(HttpRequest<'a>),
}

impl Extractor {
    /// An extractor for the logs `survey` has seen.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] or [`Error::NoFeature`] if the selection names none that exist.
    pub fn new(survey: &Survey, selection: &FeatureSelection) -> Result<Self, Error> {
        let kind = survey.kind();
        Ok(match &survey.of {
            SurveyOf::Conn(survey) => {
                let services = survey.service_columns();
                let features = selection.pick(kind, Feature::all(&services))?;
                let (plan, medians) = (Plan::of(&features, services.len()), survey.medians(&services));
                Self { features, context: Context::Conn(Box::new(ConnContext { plan, services, medians })) }
            }
            SurveyOf::Http(survey) => {
                let context = HttpContext::of(survey);
                let features = selection.pick(kind, http::all(&context.mime_types))?;
                Self { features, context: Context::Http(Box::new(context)) }
            }
        })
    }

    /// The kind of the logs it reads.
    #[must_use]
    pub fn kind(&self) -> LogKind {
        match self.context {
            Context::Conn(_) => LogKind::Conn,
            Context::Http(_) => LogKind::Http,
        }
    }

    /// The columns its features need, which are the first of [`LogKind::full_projection`].
    #[must_use]
    pub fn projection(&self) -> Projection {
        if self.is_detailed() { self.kind().full_projection() } else { self.kind().projection() }
    }

    /// The columns that both this extractor and `other`, of the same kind of log, need.
    #[must_use]
    pub fn projection_with(&self, other: &Self) -> Projection {
        if other.is_detailed() { other.projection() } else { self.projection() }
    }

    fn is_detailed(&self) -> bool {
        self.features.iter().any(|feature| matches!(feature.kind, Kind::Detail(..)))
    }

    /// The features, in the order of the matrix columns.
    #[must_use]
    pub fn features(&self) -> &[Feature] {
        &self.features
    }

    /// The features' names, in the order of the matrix columns.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        self.features.iter().map(Feature::name).collect()
    }

    /// Keeps only the features at `indices`, in that order.
    ///
    /// # Panics
    /// If an index is not below the number of features, or comes twice.
    #[must_use]
    pub fn keep(mut self, indices: &[usize]) -> Self {
        self.features = indices.iter().map(|&index| self.features[index].clone()).collect();
        if let Context::Conn(context) = &mut self.context {
            context.plan = Plan::of(&self.features, context.services.len());
        }
        self
    }

    /// The features of every row of a batch that was read with [`projection`](Self::projection) or with the kind's
    /// [`full_projection`](LogKind::full_projection): a matrix of shape `(n_rows, n_features)`, all finite.
    #[must_use]
    pub fn matrix(&self, batch: &Batch<'_>) -> Array2<f64> {
        self.matrix_of(batch, 0..batch.n_rows())
    }

    /// The features of the given rows of a batch, in the order given: shape `(rows.len(), n_features)`.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn matrix_of(&self, batch: &Batch<'_>, rows: impl ExactSizeIterator<Item = usize>) -> Array2<f64> {
        let mut x = Array2::zeros((rows.len(), self.features.len()));
        let cells = x.as_slice_mut().expect("a new array is contiguous");
        let out = cells.chunks_exact_mut(self.features.len().max(1));
        match &self.context {
            Context::Conn(context) if self.is_detailed() => {
                let imputer = Imputer::of(context, FlowColumns::detailed(batch));
                for (out, row) in out.zip(rows) {
                    let (flow, service) = imputer.row(row);
                    context.plan.fill(&flow, service, out);
                    detail_features::fill(&self.features, &imputer.columns.details(row, &flow), out);
                }
            }
            Context::Conn(context) => {
                let imputer = Imputer::of(context, FlowColumns::of(batch));
                for (out, row) in out.zip(rows) {
                    let (flow, service) = imputer.row(row);
                    context.plan.fill(&flow, service, out);
                }
            }
            Context::Http(context) => {
                let columns = HttpColumns::of(batch);
                out.zip(rows).for_each(|(out, row)| context.fill(&self.features, &columns.request(row), out));
            }
        }
        x
    }

    /// The given rows of a batch as the features see them, in the order given.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn rows_of<'a>(&self, batch: &'a Batch<'_>, rows: impl Iterator<Item = usize>) -> Vec<Row<'a>> {
        match &self.context {
            Context::Conn(context) => {
                let imputer = Imputer::of(context, FlowColumns::of(batch));
                rows.map(|row| Row::Flow(imputer.row(row).0)).collect()
            }
            Context::Http(_) => {
                let columns = HttpColumns::of(batch);
                rows.map(|row| Row::Request(columns.request(row))).collect()
            }
        }
    }

    /// What [`Windows`](crate::Windows) needs of the given rows of a batch that was read with
    /// [`LogKind::full_projection`], in the order given; none of an http.log.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn connections_of(&self, batch: &Batch<'_>, rows: impl Iterator<Item = usize>) -> Vec<Connection> {
        let Context::Conn(context) = &self.context else { return Vec::new() };
        let imputer = Imputer::of(context, FlowColumns::detailed(batch));
        rows.map(|row| imputer.connection(row)).collect()
    }
}

/// How a number is computed.
type Compute = fn(&ImputedFlow) -> f64;

/// Which column each value of a row goes to.
#[derive(Debug, Clone)]
struct Plan {
    numbers: Vec<(usize, Compute)>,
    /// The columns in which a row of each category has a one; a family that was not asked for has none.
    proto: Vec<Option<usize>>,
    port_class: Vec<Option<usize>>,
    conn_state: Vec<Option<usize>>,
    service: Vec<Option<usize>>,
}

impl Plan {
    fn of(features: &[Feature], n_services: usize) -> Self {
        let mut plan = Self {
            numbers: Vec::new(),
            proto: vec![None; Proto::ALL.len()],
            port_class: vec![None; PortClass::ALL.len()],
            conn_state: vec![None; ConnState::COUNT],
            service: vec![None; n_services],
        };
        for (column, feature) in features.iter().enumerate() {
            let category = match feature.kind {
                Kind::Number(compute) => {
                    plan.numbers.push((column, compute));
                    continue;
                }
                Kind::Proto(proto) => &mut plan.proto[proto as usize],
                Kind::PortClass(class) => &mut plan.port_class[class as usize],
                Kind::ConnState(state) => &mut plan.conn_state[state],
                Kind::Service(service) => &mut plan.service[service],
                Kind::Detail(..) | Kind::Http(_) => continue,
            };
            assert!(category.replace(column).is_none(), "a feature comes once");
        }
        plan
    }

    /// Writes the features of a flow over zeros.
    fn fill(&self, flow: &ImputedFlow, service: usize, out: &mut [f64]) {
        for (column, compute) in &self.numbers {
            out[*column] = compute(flow);
        }
        let ones = [
            self.proto[flow.proto as usize],
            port_class(flow).and_then(|class| self.port_class[class as usize]),
            self.conn_state[flow.conn_state.index()],
            self.service[service],
        ];
        for column in ones.into_iter().flatten() {
            out[column] = 1.0;
        }
    }
}

/// Reads the rows of one batch with their gaps filled.
struct Imputer<'a> {
    columns: FlowColumns<'a>,
    medians: &'a GroupMedians,
    /// The service column of each service of the batch, and that of rows without one.
    services: Vec<usize>,
    no_service: usize,
}

impl<'a> Imputer<'a> {
    fn of(context: &'a ConnContext, columns: FlowColumns<'a>) -> Self {
        let column = |service: Option<&[u8]>| category_column(&context.services, service);
        let services = columns.services().map(|name| column(Some(&canonical_service(name)))).collect();
        Self { columns, medians: &context.medians, services, no_service: column(None) }
    }

    fn connection(&self, row: usize) -> Connection {
        let (flow, _) = self.row(row);
        let details = self.columns.details(row, &flow);
        let unset = Connection::default();
        Connection {
            ts: details.ts,
            orig_h: details.orig_h.unwrap_or(unset.orig_h),
            orig_p: details.orig_p.unwrap_or(0),
            resp_h: details.resp_h.unwrap_or(unset.resp_h),
            resp_p: flow.resp_p.unwrap_or(0),
            proto: flow.proto,
            conn_state: flow.conn_state,
            orig_bytes: flow.orig_bytes,
            resp_bytes: flow.resp_bytes,
        }
    }

    /// The row and its service column.
    fn row(&self, row: usize) -> (ImputedFlow, usize) {
        let flow = self.columns.flow(row);
        let service = self.columns.service(row).map_or(self.no_service, |code| self.services[code]);
        (flow.imputed(self.medians.get(flow.proto, service, flow.conn_state)), service)
    }
}

/// The class of the responder's port; an ICMP "port" is a code and has none.
fn port_class(flow: &ImputedFlow) -> Option<PortClass> {
    if flow.proto == Proto::Icmp { None } else { flow.resp_p.map(PortClass::of) }
}
