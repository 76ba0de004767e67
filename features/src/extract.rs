use crate::catalogue::Kind;
use crate::columns::{self, FlowColumns};
use crate::survey::{GroupMedians, service_column};
use crate::{
    ConnState, Error, Feature, FeatureSelection, ImputedFlow, PortClass, Proto, Survey, canonical_service,
};
use bro_log::{Batch, Projection};
use ndarray::Array2;

/// Turns batches of a conn.log into rows of features.
///
/// Which columns there are depends on the log's services and on the selection only, so every batch gives the same
/// columns. Time O(rows × features); memory that of the matrix. See the [crate's front page](crate) for an example.
#[derive(Debug, Clone)]
pub struct Extractor {
    features: Vec<Feature>,
    plan: Plan,
    services: Vec<String>,
    medians: GroupMedians,
}

impl Extractor {
    /// An extractor for the logs `survey` has seen.
    ///
    /// # Errors
    /// [`Error::UnknownFeature`] or [`Error::NoFeature`] if the selection names none that exist.
    pub fn new(survey: &Survey, selection: &FeatureSelection) -> Result<Self, Error> {
        let services = survey.service_columns();
        let features = selection.pick(Feature::all(&services))?;
        let (plan, medians) = (Plan::of(&features, services.len()), survey.medians(&services));
        Ok(Self { features, plan, services, medians })
    }

    /// The columns of the log it needs.
    #[must_use]
    pub fn projection() -> Projection {
        columns::projection()
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
        self.plan = Plan::of(&self.features, self.services.len());
        self
    }

    /// The features of every row of a batch that was read with [`projection`](Self::projection): a matrix of shape
    /// `(n_rows, n_features)`, all finite.
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
        let imputer = Imputer::of(self, batch);
        let mut x = Array2::zeros((rows.len(), self.features.len()));
        for (mut out, row) in x.rows_mut().into_iter().zip(rows) {
            let (flow, service) = imputer.row(row);
            self.plan.fill(&flow, service, out.as_slice_mut().expect("rows of a new array are contiguous"));
        }
        x
    }

    /// The rows of a batch with their gaps filled as for the features, in the order given.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn imputed_of(&self, batch: &Batch<'_>, rows: impl Iterator<Item = usize>) -> Vec<ImputedFlow> {
        let imputer = Imputer::of(self, batch);
        rows.map(|row| imputer.row(row).0).collect()
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
    fn of(extractor: &'a Extractor, batch: &'a Batch<'_>) -> Self {
        let columns = FlowColumns::of(batch);
        let column = |service: Option<&[u8]>| service_column(&extractor.services, service);
        let services = columns.services().map(|name| column(Some(&canonical_service(name)))).collect();
        Self { columns, medians: &extractor.medians, services, no_service: column(None) }
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
