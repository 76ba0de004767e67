pub(crate) mod beacons;
pub(crate) mod check;
pub(crate) mod clusters;
pub(crate) mod config;
pub(crate) mod convert;
pub(crate) mod cut;
pub(crate) mod datasets;
pub(crate) mod db;
pub(crate) mod demo;
pub(crate) mod doctor;
pub(crate) mod features;
mod filter;
pub(crate) mod import;
pub(crate) mod labels;
pub(crate) mod models;
pub(crate) mod outliers;
pub(crate) mod profile;
pub(crate) mod runs;
pub(crate) mod serve;
mod shared;
pub(crate) mod shell;
pub(crate) mod synth;

use bro_analysis::Error;

/// What was asked cannot be meant.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Usage(pub(crate) String);

/// 2 for what the user asked wrongly, 1 for everything else.
pub(crate) fn exit_code(error: &anyhow::Error) -> u8 {
    let is_usage = error.chain().any(|cause| {
        let analysis = cause.downcast_ref::<Error>();
        analysis.is_some_and(|error| matches!(error, Error::Parameter { .. } | Error::Features(_)))
            || matches!(
                cause.downcast_ref::<bro_synth::Error>(),
                Some(bro_synth::Error::Count { .. } | bro_synth::Error::Number { .. })
            )
            || cause.is::<Usage>()
            || matches!(cause.downcast_ref::<bro_web::Error>(), Some(bro_web::Error::WeakToken { .. }))
            || matches!(cause.downcast_ref::<bro_report::Error>(), Some(bro_report::Error::TimeZone { .. }))
    });
    if is_usage { 2 } else { 1 }
}
