use crate::catalogue::Kind;
use crate::columns::{self, FlowColumns};
use crate::survey::{GroupMedians, service_column};
use crate::{ConnState, Error, Feature, FeatureSelection, Flow, ImputedFlow, PortClass, Proto, Survey, canonical_service};
use bro_log::{Batch, Projection};
use ndarray::Array2;

/// Turns batches of a conn.log into rows of features.
///
/// Which columns there are depends on the log's services and on the selection only, so every batch gives the same
/// columns. Time O(rows × features); memory that of the matrix. See the [crate's front page](crate) for an example.
#[derive(Debug, Clone)]
pub struct Extractor {
    features: Vec<Feature>,
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
        let medians = survey.medians(&services);
        Ok(Self { features, services, medians })
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
    /// If an index is not below the number of features.
    #[must_use]
    pub fn keep(mut self, indices: &[usize]) -> Self {
        self.features = indices.iter().map(|&index| self.features[index].clone()).collect();
        self
    }

    /// The features of every row of a batch that was read with [`projection`](Self::projection): a matrix of shape
    /// `(n_rows, n_features)`, all finite.
    #[must_use]
    pub fn matrix(&self, batch: &Batch) -> Array2<f64> {
        self.matrix_of(batch, 0..batch.n_rows())
    }

    /// The features of the given rows of a batch, in the order given: shape `(rows.len(), n_features)`.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn matrix_of(&self, batch: &Batch, rows: impl ExactSizeIterator<Item = usize>) -> Array2<f64> {
        let columns = FlowColumns::of(batch);
        let services: Vec<usize> =
            columns.services().map(|name| service_column(&self.services, Some(&canonical_service(name)))).collect();
        let no_service = service_column(&self.services, None);
        let mut x = Array2::zeros((rows.len(), self.features.len()));
        for (mut out, row) in x.rows_mut().into_iter().zip(rows) {
            let service = columns.service(row).map_or(no_service, |code| services[code]);
            let flow = columns.flow(row);
            let out = out.as_slice_mut().expect("rows of a new array are contiguous");
            self.fill(&self.imputed(&flow, service), service, out);
        }
        x
    }

    /// The rows of a batch with their gaps filled as for the features, in the order given.
    ///
    /// # Panics
    /// If a row is not below the batch's number of rows.
    #[must_use]
    pub fn imputed_of(&self, batch: &Batch, rows: impl Iterator<Item = usize>) -> Vec<ImputedFlow> {
        let columns = FlowColumns::of(batch);
        let services: Vec<usize> =
            columns.services().map(|name| service_column(&self.services, Some(&canonical_service(name)))).collect();
        let no_service = service_column(&self.services, None);
        rows.map(|row| {
            let service = columns.service(row).map_or(no_service, |code| services[code]);
            self.imputed(&columns.flow(row), service)
        })
        .collect()
    }

    fn imputed(&self, flow: &Flow, service: usize) -> ImputedFlow {
        flow.imputed(self.medians.get(flow.proto, service, flow.conn_state))
    }

    fn fill(&self, flow: &ImputedFlow, service: usize, out: &mut [f64]) {
        for (cell, feature) in out.iter_mut().zip(&self.features) {
            let is_category = match feature.kind {
                Kind::Number(compute) => {
                    *cell = compute(flow);
                    continue;
                }
                Kind::Proto(proto) => flow.proto == proto,
                Kind::PortClass(class) => port_class(flow) == Some(class),
                Kind::ConnState(state) => flow.conn_state.index() == state,
                Kind::Service(column) => service == column,
            };
            *cell = f64::from(u8::from(is_category));
        }
    }
}

/// The class of the responder's port; an ICMP "port" is a code and has none.
fn port_class(flow: &ImputedFlow) -> Option<PortClass> {
    if flow.proto == Proto::Icmp { None } else { flow.resp_p.map(PortClass::of) }
}
