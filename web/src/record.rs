//! What was found, as runs to be saved; and saved ones as reports show them.

use bro_analysis::{
    BeaconPair, BeaconSeverity, Beacons, Clusters, Outliers, Profile, Session, SessionVerdict,
    SessionVerdicts,
};
use bro_report::{
    Error, SavedFinding, SavedRun, beacon_pair_json, beacons_summary_json, clusters_params_json,
    clusters_summary_json, conclusion_json, noise_json, outlier_json, outliers_params_json,
    outliers_summary_json, profile_json, verdict_json, verdicts_summary_json,
};
use bro_store::{Finding, NewFinding, NewRun, Run, RunSummary, Severity};

/// Outliers as a run to be saved; when it began and how long it took is for the caller to add.
///
/// # Errors
/// [`bro_report::Error::Json`] if a value cannot be written.
pub fn outliers_run(found: &Outliers) -> Result<NewRun, Error> {
    // The farther a session is from its centre, the more it asks for a look; nobody is accused by this alone.
    let severity = |percentile: f64| if percentile >= 99.9 { Severity::Low } else { Severity::Info };
    let findings = found.outliers.iter().enumerate().map(|(i, outlier)| {
        Ok(NewFinding {
            score: outlier.distance,
            reason: outlier.reason.clone(),
            evidence: outlier_json(outlier)?,
            severity: severity(outlier.percentile),
            ..about_session("outlier", i, &outlier.session)
        })
    });
    Ok(NewRun {
        seed: found.params.seed,
        n_records: found.n_records,
        summary: outliers_summary_json(found)?,
        findings: findings.collect::<Result<_, Error>>()?,
        ..run("outliers", outliers_params_json(&found.params)?)
    })
}

/// Clusters as a run to be saved; its findings are the sessions in no cluster.
///
/// # Errors
/// [`bro_report::Error::Json`] if a value cannot be written.
pub fn clusters_run(found: &Clusters) -> Result<NewRun, Error> {
    let findings = found.noise.iter().enumerate().map(|(i, noise)| {
        Ok(NewFinding {
            reason: noise.reason.clone(),
            evidence: noise_json(noise)?,
            ..about_session("noise", i, &noise.session)
        })
    });
    Ok(NewRun {
        seed: found.params.seed,
        n_records: found.n_records,
        summary: clusters_summary_json(found)?,
        findings: findings.collect::<Result<_, Error>>()?,
        ..run("clusters", clusters_params_json(&found.params)?)
    })
}

/// A profile as a run; its findings are the conclusions.
///
/// # Errors
/// [`bro_report::Error::Json`] if a value cannot be written.
pub fn profile_run(found: &Profile, params: String, command: &str) -> Result<NewRun, Error> {
    use bro_analysis::Severity as S;
    let findings = found.conclusions.iter().enumerate().map(|(i, conclusion)| {
        Ok(NewFinding {
            rank: i as u64 + 1,
            score: conclusion.n as f64,
            evidence: conclusion_json(conclusion)?,
            severity: match conclusion.severity {
                S::Info => Severity::Info,
                S::Low => Severity::Low,
                S::Medium => Severity::Medium,
                S::High => Severity::High,
            },
            orig: conclusion.id_orig_h.clone(),
            resp: end(conclusion.id_resp_h.as_deref(), conclusion.id_resp_p),
            ..NewFinding::new(conclusion.kind, &conclusion.reason)
        })
    });
    Ok(NewRun {
        seed: found.params.seed,
        n_records: found.intake.n_records,
        summary: profile_json(found, command)?,
        findings: findings.collect::<Result<_, Error>>()?,
        ..run("profile", params)
    })
}

/// Scored pairs as a run.
pub(crate) fn beacons_run(found: &Beacons, params: String) -> Result<NewRun, Error> {
    let finding = |pair: &BeaconPair| {
        let benign = pair.benign_reason.iter().map(|reason| format!(" Probably harmless: {reason}."));
        let reason = pair.evidence.reason.clone() + &benign.collect::<String>();
        Ok(NewFinding {
            rank: pair.rank as u64,
            score: pair.score,
            evidence: beacon_pair_json(pair, &found.intake.logs)?,
            severity: severity(pair.severity),
            orig: Some(pair.id_orig_h.clone()),
            resp: end(Some(&pair.peer), Some(pair.id_resp_p)),
            ..NewFinding::new("beacon", &reason)
        })
    };
    Ok(NewRun {
        n_records: found.intake.n_rows,
        summary: beacons_summary_json(found)?,
        findings: found.pairs.iter().map(finding).collect::<Result<_, Error>>()?,
        ..run("beacons", params)
    })
}

/// Most sessions near the threshold that are kept beside those that beacon: the ones worth a label.
const MOST_DOUBTFUL: usize = 200;

/// Verdicts on sessions as a run: those that beacon, the most probable first and at most `limit`, and the most doubtful.
pub(crate) fn sessions_run(found: &SessionVerdicts, params: String, limit: usize) -> Result<NewRun, Error> {
    let mut verdicts: Vec<&SessionVerdict> = found.sessions.iter().collect();
    verdicts.sort_by(|a, b| b.probability.total_cmp(&a.probability));
    let n_kept = verdicts.iter().filter(|verdict| verdict.is_beacon).count().min(limit);
    let mut rest = verdicts.split_off(n_kept);
    let doubt = |verdict: &&SessionVerdict| (verdict.probability - found.threshold).abs();
    rest.sort_by(|a, b| doubt(a).total_cmp(&doubt(b)));
    verdicts.extend(rest.into_iter().take(MOST_DOUBTFUL));
    let findings = verdicts.into_iter().enumerate().map(|(i, verdict)| {
        let key = &verdict.session;
        let peer = if key.host.is_empty() { key.id_resp_h.to_string() } else { key.host.clone() };
        Ok(NewFinding {
            rank: i as u64 + 1,
            uid: Some(key.uid.clone()),
            score: verdict.probability,
            evidence: verdict_json(verdict, &found.intake.logs)?,
            severity: if verdict.is_beacon {
                severity(BeaconSeverity::of(verdict.probability, false))
            } else {
                Severity::Info
            },
            orig: Some(key.id_orig_h.to_string()),
            resp: end(Some(&peer), Some(key.id_resp_p)),
            ..NewFinding::new(
                if verdict.is_beacon { "beacon session" } else { "doubtful session" },
                &verdict.evidence,
            )
        })
    });
    Ok(NewRun {
        n_records: found.n_sessions,
        summary: verdicts_summary_json(found)?,
        findings: findings.collect::<Result<_, Error>>()?,
        ..run("sessions", params)
    })
}

fn run(kind: &str, params: String) -> NewRun {
    NewRun { params, version: env!("CARGO_PKG_VERSION").to_owned(), ..NewRun::new(kind, "{}") }
}

fn severity(severity: BeaconSeverity) -> Severity {
    match severity {
        BeaconSeverity::None => Severity::Info,
        BeaconSeverity::Low => Severity::Low,
        BeaconSeverity::Medium => Severity::Medium,
        BeaconSeverity::High => Severity::High,
    }
}

/// A finding about a session, at this place.
fn about_session(kind: &str, idx: usize, session: &Session) -> NewFinding {
    NewFinding {
        rank: idx as u64 + 1,
        uid: session.uid.clone(),
        orig: session.id_orig_h.clone(),
        resp: end(session.id_resp_h.as_deref(), session.id_resp_p),
        ..NewFinding::new(kind, "")
    }
}

/// `192.0.2.1:443`, `[2001:db8::1]:443`, `192.0.2.1`.
fn end(host: Option<&str>, port: Option<u16>) -> Option<String> {
    let host = host?;
    Some(match port {
        None => host.to_owned(),
        Some(port) if host.contains(':') => format!("[{host}]:{port}"),
        Some(port) => format!("{host}:{port}"),
    })
}

/// A run of a list, as reports show it.
#[must_use]
pub fn listed(run: &RunSummary) -> SavedRun {
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

/// A run with its findings, as reports show it.
#[must_use]
pub fn saved(run: Run) -> SavedRun {
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

pub(crate) fn finding(finding: Finding) -> SavedFinding {
    SavedFinding {
        rank: finding.rank,
        uid: finding.uid,
        kind: finding.kind,
        score: finding.score,
        reason: finding.reason,
        evidence: finding.evidence,
        severity: finding.severity.name().to_owned(),
        status: finding.status.name().to_owned(),
        orig: finding.orig,
        resp: finding.resp,
    }
}
