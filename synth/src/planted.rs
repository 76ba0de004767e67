//! What is hidden in the background.

use crate::attack::Attack;
use crate::beacon::{ApiClient, Beacon, Decoy, DecoyKind};
use crate::beat::{Beat, JitterLaw, LossLaw, Pacing};
use crate::dice::Dice;
use crate::error::{Error, count, number};
use crate::program::Channel;

/// The stream of the seed that a study's parameters come from.
const STUDY_STREAM: u64 = u64::MAX - 2;

/// Something planted into the background.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Planted {
    /// An attack.
    Attack(Attack),
    /// An implant that calls home.
    Beacon(Beacon),
    /// A harmless program that keeps time as a beacon does.
    Decoy(Decoy),
    /// A harmless program that calls at random.
    ApiClient(ApiClient),
}

impl Planted {
    pub(crate) fn check(&self) -> Result<(), Error> {
        let (beat, counts, size_noise) = match self {
            Self::Attack(attack) => return attack.check(),
            Self::ApiClient(client) => {
                number("per_hour", client.per_hour, "0.001 to 100000", |rate| {
                    (0.001..=100_000.0).contains(&rate)
                })?;
                (Beat::new(1.0), [1, 1, client.n_clients], client.size_noise)
            }
            Self::Beacon(beacon) => {
                (beacon.beat, [beacon.per_connection, beacon.n_domains, beacon.n_clients], beacon.size_noise)
            }
            Self::Decoy(decoy) => {
                (decoy.beat, [decoy.per_connection, decoy.n_domains, decoy.n_clients], decoy.size_noise)
            }
        };
        for (name, value) in ["per_connection", "n_domains", "n_clients"].into_iter().zip(counts) {
            count(name, value, 1, 1_000_000)?;
        }
        let is_share = |share: f64| (0.0..=1.0).contains(&share);
        number("size_noise", size_noise, "0 to 10", |noise| (0.0..=10.0).contains(&noise))?;
        number("period", beat.period, "0.01 to 86400 seconds", |period| (0.01..=86_400.0).contains(&period))?;
        number("jitter", beat.jitter, "0 to 1", is_share)?;
        number("loss", beat.loss, "0 to 0.95", |loss| (0.0..=0.95).contains(&loss))?;
        number("start_hour", beat.start_hour, "0 or more", |hour| hour >= 0.0 && hour.is_finite())?;
        number("active_hours", beat.active_hours, "more than 0, at most 24", |hours| {
            hours > 0.0 && hours <= 24.0
        })
    }
}

/// What is planted into `Scenario::office_day`.
pub(crate) fn office_oddities() -> Vec<Planted> {
    let attacks = [
        Attack::HorizontalScan { port: 445, n_targets: 2_000 },
        Attack::VerticalScan { n_ports: 1_000 },
        Attack::BruteForce { n_attempts: 500 },
        Attack::Exfiltration { bytes: 6_000_000_000, n_sessions: 4 },
        Attack::Tunnel { minutes: 320 },
        Attack::Tunnel { minutes: 410 },
        Attack::Tunnel { minutes: 545 },
        Attack::SynFlood { n_syns: 3_000 },
        Attack::UdpFlood { n_sessions: 30 },
    ];
    let calm = Beat { jitter: 0.1, ..Beat::new(60.0) };
    let shy = Beat { jitter: 0.3, jitter_law: JitterLaw::Shrink, loss: 0.1, ..Beat::new(300.0) };
    let beacons = [
        Beacon::new(calm),
        Beacon { channel: Channel::Tls, size_noise: 0.2, ..Beacon::new(shy) },
        Beacon {
            channel: Channel::Dns,
            padding: 60,
            ..Beacon::new(Beat { start_hour: 8.0, active_hours: 6.0, ..calm })
        },
    ];
    attacks.map(Planted::Attack).into_iter().chain(beacons.map(Planted::Beacon)).collect()
}

/// What is planted into `Scenario::beacon_study`: beacons of all laws, two decoys with the timer of each, and programs
/// without a timer.
pub(crate) fn beacon_study(seed: u64, hours: f64, n_beacons: usize) -> Vec<Planted> {
    let mut dice = Dice::new(seed, STUDY_STREAM);
    let mut planted = Vec::with_capacity(3 * n_beacons);
    for _ in 0..n_beacons {
        let beat = any_beat(hours, &mut dice);
        planted.push(Planted::Beacon(any_beacon(beat, &mut dice)));
        for _ in 0..2 {
            planted.push(Planted::Decoy(any_decoy(beat, &mut dice)));
        }
    }
    planted.extend((0..n_beacons / 2).map(|_| Planted::ApiClient(any_api_client(&mut dice))));
    planted
}

const JITTERS: [f64; 8] = [0.0, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9, 1.0];
const LOSSES: [f64; 5] = [0.0, 0.1, 0.3, 0.5, 0.7];
const ACTIVE_HOURS: [f64; 6] = [0.5, 1.0, 2.0, 4.0, 8.0, 24.0];
const SIZE_NOISES: [f64; 4] = [0.0, 0.05, 0.2, 0.5];

/// A timer of any law, with at least a dozen beats in its window.
fn any_beat(hours: f64, dice: &mut Dice) -> Beat {
    let period = dice.log_uniform(1.0, 7_200.0);
    let active: Vec<f64> =
        ACTIVE_HOURS.into_iter().filter(|active| active * 3_600.0 >= 12.0 * period).collect();
    let active_hours = if active.is_empty() { 24.0 } else { dice.pick(&active) };
    Beat {
        period,
        jitter_law: dice.pick(&JitterLaw::ALL),
        jitter: dice.pick(&JITTERS),
        loss_law: dice.pick(&[LossLaw::Independent, LossLaw::Bursty]),
        loss: dice.pick(&LOSSES),
        pacing: if dice.chance(0.3) { Pacing::Timer } else { Pacing::Sleep },
        start_hour: dice.uniform(0.0, (hours - active_hours).max(0.0)),
        active_hours,
    }
}

/// Exchanges of a connection: a quarter of the programs keep theirs alive.
fn any_per_connection(dice: &mut Dice) -> usize {
    if dice.chance(0.75) { 1 } else { dice.pick(&[20, 100, 500]) }
}

fn any_beacon(beat: Beat, dice: &mut Dice) -> Beacon {
    Beacon {
        beat,
        channel: dice.weighted(&[
            (Channel::Http, 0.45),
            (Channel::Tls, 0.35),
            (Channel::Dns, 0.1),
            (Channel::Tcp, 0.1),
        ]),
        per_connection: any_per_connection(dice),
        n_domains: dice.weighted(&[(1, 0.75), (3, 0.15), (10, 0.1)]),
        size_noise: dice.pick(&SIZE_NOISES),
        padding: dice.pick(&[0, 0, 0, 256]),
        n_clients: dice.weighted(&[(1, 0.8), (2, 0.1), (4, 0.1)]),
        blends_in: dice.chance(0.36),
    }
}

fn any_decoy(beat: Beat, dice: &mut Dice) -> Decoy {
    let is_alone = dice.chance(0.7);
    let n_clients = dice.range(2, 7) as usize;
    Decoy {
        kind: dice.pick(&DecoyKind::ALL),
        beat,
        per_connection: any_per_connection(dice),
        n_domains: dice.weighted(&[(1, 0.85), (3, 0.15)]),
        size_noise: dice.pick(&SIZE_NOISES),
        n_clients: if is_alone { 1 } else { n_clients },
        is_popular: dice.chance(0.25),
    }
}

pub(crate) fn any_api_client(dice: &mut Dice) -> ApiClient {
    ApiClient {
        per_hour: dice.log_uniform(2.0, 120.0),
        channel: dice.weighted(&[(Channel::Http, 0.4), (Channel::Tls, 0.55), (Channel::Tcp, 0.05)]),
        size_noise: dice.pick(&SIZE_NOISES),
        n_clients: if dice.chance(0.7) { 1 } else { dice.range(2, 7) as usize },
    }
}
