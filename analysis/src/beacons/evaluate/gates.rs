use super::protocol::{MLP, Task};
use super::rivals::Rival;
use crate::Error;
use crate::beacons::model::{PairModel, matrix};
use bro_features::{Pair, PairEvent, PairEvents, PairLog, Timing};
use rand::RngExt;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use std::net::IpAddr;

/// Something promised, what was measured, and whether it holds.
#[derive(Debug, Clone, PartialEq)]
pub struct Gate {
    /// The promise.
    pub name: String,
    /// What was measured.
    pub measured: f64,
    /// What it has to reach.
    pub needed: f64,
}

impl Gate {
    /// Whether the promise holds.
    ///
    /// ```
    /// let gate = bro_analysis::Gate { name: "recall".into(), measured: 0.9, needed: 0.9 };
    /// assert!(gate.holds());
    /// ```
    #[must_use]
    pub fn holds(&self) -> bool {
        self.measured >= self.needed
    }
}

/// Pairs of a perfect beacon and random calls that are compared.
const N_SEEDS: u64 = 200;

pub(super) fn gates(tasks: &[Task], model: &PairModel) -> Result<Vec<Gate>, Error> {
    let gate = |name: &str, measured: f64, needed: f64| Gate { name: name.to_owned(), measured, needed };
    let ours = |name: &str| tasks.iter().find(|task| task.name == name).and_then(|task| task.of(MLP));
    let ahead = |name: &str| {
        let task = tasks.iter().find(|task| task.name == name)?;
        Some(task.of(MLP)?.average_precision - task.of(Rival::RitaV5.name())?.average_precision)
    };
    Ok(vec![
        gate("PR-AUC above RITA v5's on shifted timers", ahead("shifted").unwrap_or(0.0), 0.25),
        gate("PR-AUC above RITA v5's with matched decoys", ahead("matched decoys").unwrap_or(0.0), 0.40),
        gate(
            "precision@50 with matched decoys",
            ours("matched decoys").and_then(|ranking| ranking.precision_at[1]).unwrap_or(0.0),
            0.9,
        ),
        gate(
            "share of seeds in which two perfect hours rank above a day of random calls",
            perfect_first(model)?,
            1.0,
        ),
        gate(
            "recall of keep-alive beacons at one false alarm in a thousand",
            ours("keep-alive").map_or(0.0, |ranking| ranking.recall_at_1_in_1000),
            0.9,
        ),
    ])
}

/// Share of the seeds in which a beacon of a minute that lives for two hours scores above 60 random calls an hour all
/// day, both with the same peer, sizes and silence about content.
pub(in crate::beacons) fn perfect_first(model: &PairModel) -> Result<f64, Error> {
    let mut n_first = 0;
    for seed in 0..N_SEEDS {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let start = rng.random_range(0.0..79_200.0);
        let perfect = pair((0..120).map(|beat| start + 60.0 * f64::from(beat)));
        let mut at = 0.0;
        let random = pair(std::iter::from_fn(|| {
            at -= 60.0 * (1.0 - rng.random_range(0.0..1.0_f64)).ln();
            (at < 86_400.0).then_some(at)
        }));
        let both = [perfect, random].map(|pair| (Timing::of(&pair.events), pair));
        let scores = model.predict(&matrix(both.iter().map(|(timing, pair)| (pair, timing))))?;
        n_first += u64::from(scores[0] > scores[1]);
    }
    Ok(n_first as f64 / N_SEEDS as f64)
}

/// A pair that nothing is known of but the times of its connections, in seconds.
fn pair(seconds: impl Iterator<Item = f64>) -> Pair {
    let mut events = PairEvents::default();
    for second in seconds {
        events.push(PairEvent { ts: (second * 1e6) as i64, orig_bytes: 300, resp_bytes: 700 });
    }
    Pair {
        id_orig_h: IpAddr::from([10, 0, 0, 1]),
        peer: "192.0.2.1".to_owned(),
        has_name: false,
        id_resp_h: IpAddr::from([192, 0, 2, 1]),
        id_resp_p: 443,
        log: PairLog::Conn,
        is_tcp: true,
        service: String::new(),
        events: events.finish(),
        content: None,
        user_agent: None,
        n_agent_sources: 0,
        n_sources: 1,
        rows: Vec::new(),
        marks: Vec::new(),
    }
}
