use bro_analysis::{Clusters, Outliers};
use bro_log::Time;
use bro_report::{
    Error, SavedFinding, SavedRun, clusters_params_json, clusters_summary_json, noise_json, outlier_json,
    outliers_params_json, outliers_summary_json,
};
use bro_store::{Finding, NewFinding, NewRun, Run, RunSummary};
use std::time::Duration;

/// What was found, as a run to be saved.
///
/// # Errors
/// [`bro_report::Error::Json`] if a value cannot be written.
pub fn outliers_run(found: &Outliers, started_at: Time, duration: Duration) -> Result<NewRun, Error> {
    let findings = found.outliers.iter().enumerate().map(|(i, outlier)| {
        Ok(NewFinding {
            rank: i as u64 + 1,
            uid: outlier.session.uid.clone(),
            kind: "outlier".to_owned(),
            score: outlier.distance,
            reason: outlier.reason.clone(),
            evidence: outlier_json(outlier)?,
        })
    });
    Ok(NewRun {
        kind: "outliers".to_owned(),
        params: outliers_params_json(&found.params)?,
        seed: found.params.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        duration,
        n_records: found.n_records,
        summary: outliers_summary_json(found)?,
        findings: findings.collect::<Result<_, Error>>()?,
    })
}

/// What was found, as a run to be saved; its findings are the sessions in no cluster.
///
/// # Errors
/// [`bro_report::Error::Json`] if a value cannot be written.
pub fn clusters_run(found: &Clusters, started_at: Time, duration: Duration) -> Result<NewRun, Error> {
    let findings = found.noise.iter().enumerate().map(|(i, noise)| {
        Ok(NewFinding {
            rank: i as u64 + 1,
            uid: noise.session.uid.clone(),
            kind: "noise".to_owned(),
            score: 0.0,
            reason: noise.reason.clone(),
            evidence: noise_json(noise)?,
        })
    });
    Ok(NewRun {
        kind: "clusters".to_owned(),
        params: clusters_params_json(&found.params)?,
        seed: found.params.seed,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        started_at,
        duration,
        n_records: found.n_records,
        summary: clusters_summary_json(found)?,
        findings: findings.collect::<Result<_, Error>>()?,
    })
}

pub(crate) fn listed(run: &RunSummary) -> SavedRun {
    SavedRun {
        id: run.id.0,
        kind: run.kind.clone(),
        started_at: run.started_at.micros(),
        duration: run.duration,
        n_records: run.n_records,
        n_findings: run.n_findings,
        seed: run.seed,
        version: run.version.clone(),
        ..SavedRun::default()
    }
}

pub(crate) fn saved(run: Run) -> SavedRun {
    SavedRun {
        id: run.id.0,
        kind: run.kind,
        started_at: run.started_at.micros(),
        duration: run.duration,
        n_records: run.n_records,
        n_findings: run.findings.len() as u64,
        seed: run.seed,
        version: run.version,
        params: run.params,
        summary: run.summary,
        findings: run.findings.into_iter().map(finding).collect(),
    }
}

fn finding(finding: Finding) -> SavedFinding {
    SavedFinding {
        rank: finding.rank,
        uid: finding.uid,
        kind: finding.kind,
        score: finding.score,
        reason: finding.reason,
        evidence: finding.evidence,
    }
}
