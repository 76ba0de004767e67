//! Turns a scenario into actors.

use crate::actor::{Activity, Actor};
use crate::attack::{Attack, Attacking};
use crate::beacon::{self, ApiClient, Beacon, Decoy, DecoyKind};
use crate::beat::{Beat, Beating, Pacing};
use crate::clock::{HOUR, Schedule};
use crate::dice::Dice;
use crate::host::{Network, Server};
use crate::office::{
    Browsing, ClockSync, Discovery, FileShare, Ping, Printing, RemoteShell, SendMail, StrayLookups,
};
use crate::planted::{self, Planted};
use crate::program::{Channel, Content, Program};
use crate::scenario::Scenario;
use crate::truth::{ActorTruth, Label};

/// Streams of the seed that are not an actor's.
const NETWORK_STREAM: u64 = u64::MAX;
const PLAN_STREAM: u64 = u64::MAX - 1;

/// The office of a scenario and everybody who acts in it.
pub(crate) fn actors(scenario: &Scenario) -> (Network, Vec<Actor>) {
    let network =
        Network::new(scenario.n_hosts, scenario.n_sites, &mut Dice::new(scenario.seed, NETWORK_STREAM));
    let dice = Dice::new(scenario.seed, PLAN_STREAM);
    let mut plan = Plan { scenario, network, dice, actors: Vec::new() };
    plan.background();
    for planted in &scenario.planted {
        match planted {
            Planted::Attack(attack) => plan.attack(*attack),
            Planted::Beacon(beacon) => plan.beacon(beacon),
            Planted::Decoy(decoy) => plan.decoy(decoy),
            Planted::ApiClient(client) => plan.api_client(client),
        }
    }
    (plan.network, plan.actors)
}

struct Plan<'a> {
    scenario: &'a Scenario,
    network: Network,
    dice: Dice,
    actors: Vec<Actor>,
}

/// A program before it has a desk: what several clients share.
struct Service {
    sites: Vec<usize>,
    port: u16,
    channel: Channel,
    content: Content,
}

impl Plan<'_> {
    fn truth(&self, family: &'static str) -> ActorTruth {
        ActorTruth {
            actor: self.actors.len() as u32,
            label: Label::Benign,
            family,
            id_orig_h: None,
            peers: Vec::new(),
            id_resp_p: None,
            beat: None,
            per_connection: 1,
            n_clients: 1,
            blends_in: false,
            n_sessions: 0,
        }
    }

    fn add(&mut self, truth: ActorTruth, schedule: Schedule, activity: Box<dyn Activity>) {
        let dice = Dice::new(self.scenario.seed, u64::from(truth.actor));
        let per_connection = truth.per_connection;
        self.actors.push(Actor { truth, dice, schedule, activity, per_connection });
    }

    /// Somebody at desk `host` who does the same about `per_hour` times in a busy hour.
    fn person(&mut self, host: usize, family: &'static str, per_hour: f64, activity: Box<dyn Activity>) {
        // Some people do a lot, most a little.
        let per_hour = self.scenario.intensity * self.dice.log_normal(per_hour, 0.5);
        let truth = ActorTruth { id_orig_h: Some(self.network.hosts[host].addr), ..self.truth(family) };
        self.add(truth, Schedule::Office { per_hour }, activity);
    }

    fn background(&mut self) {
        let relay = self.network.add_site(&mut self.dice);
        for host in 0..self.network.n_desks {
            self.person(host, "browsing", 5.0, Box::new(Browsing { host }));
            self.person(host, "stray_lookups", 3.0, Box::new(StrayLookups { host }));
            self.person(host, "file_share", 1.2, Box::new(FileShare { host }));
            self.person(host, "printing", 0.3, Box::new(Printing { host }));
            self.person(host, "mail_sent", 1.2, Box::new(SendMail { host, site: relay }));
            if self.dice.chance(0.08) {
                self.person(host, "ssh", 0.5, Box::new(RemoteShell { host }));
            }
            let truth =
                ActorTruth { id_orig_h: Some(self.network.hosts[host].addr), ..self.truth("discovery") };
            self.add(truth, Schedule::Steady { per_hour: 1.5 }, Box::new(Discovery { host }));
        }
        self.monitor();
        self.programs();
    }

    fn monitor(&mut self) {
        let n_targets = self.network.n_desks.min(3);
        let servers = [Server::Files, Server::Admin, Server::Printer]
            .map(|server| self.network.n_desks + server as usize);
        for target in (0..n_targets).chain(servers) {
            let beat = Beat { pacing: Pacing::Timer, jitter: 0.001, ..Beat::new(120.0) };
            let monitor = self.network.server(Server::Monitor).addr;
            let truth = ActorTruth { id_orig_h: Some(monitor), beat: Some(beat), ..self.truth("monitor") };
            self.add(truth, self.timer(beat), Box::new(Ping { target }));
        }
    }

    /// What runs on the desks of any office: clocks, mail, updates, telemetry, a chat that waits for news.
    fn programs(&mut self) {
        let n_desks = self.network.n_desks;
        let share = |part: f64| ((n_desks as f64 * part) as usize).max(1);
        let at_work =
            |period| Beat { start_hour: 7.5, active_hours: 10.5, jitter: 0.03, ..Beat::new(period) };
        let by_clock = |period| Beat { pacing: Pacing::Timer, jitter: 0.005, ..Beat::new(period) };
        let decoys = [
            (DecoyKind::Ntp, by_clock(2_048.0), 1.0),
            (DecoyKind::Mail, at_work(600.0), 0.9),
            (DecoyKind::LongPoll, at_work(290.0), 0.3),
            (DecoyKind::Update, Beat { jitter: 0.1, ..Beat::new(10_800.0) }, 0.8),
            (DecoyKind::Telemetry, Beat { jitter: 0.2, ..Beat::new(3_600.0) }, 0.7),
            (DecoyKind::Ocsp, Beat { jitter: 0.5, ..Beat::new(7_200.0) }, 0.5),
            (DecoyKind::Rss, by_clock(1_800.0), 0.05),
            (DecoyKind::Heartbeat, Beat { jitter: 0.02, ..Beat::new(240.0) }, 0.04),
            (DecoyKind::Dashboard, at_work(60.0), 0.02),
        ];
        for (kind, beat, part) in decoys {
            let size_noise = self.dice.uniform(0.02, 0.3);
            self.decoy(&Decoy { n_clients: share(part), size_noise, ..Decoy::new(kind, beat) });
        }
        for _ in 0..share(0.1) {
            let client = planted::any_api_client(&mut self.dice);
            self.api_client(&client);
        }
    }

    /// Different desks, at random; at most all of them.
    fn desks(&mut self, n: usize) -> Vec<usize> {
        let mut desks: Vec<usize> = (0..self.network.n_desks).collect();
        let n = n.min(desks.len());
        for idx in 0..n {
            let other = idx + self.dice.below(desks.len() - idx);
            desks.swap(idx, other);
        }
        desks.truncate(n);
        desks
    }

    fn attack(&mut self, attack: Attack) {
        let host = self.network.desk(&mut self.dice);
        let site = self.network.add_site(&mut self.dice);
        let server =
            if matches!(attack, Attack::VerticalScan { .. }) { Server::Files } else { Server::Admin };
        let target = self.network.server(server).addr;
        let outside = self.network.sites[site].addrs[0];
        let hours = self.scenario.hours.min(24.0);
        let begins = self.scenario.start + (self.dice.uniform(0.1, 0.55) * hours * HOUR as f64) as i64;
        let (n, gap) = attack.train();
        let local = Some(self.network.hosts[host].addr);
        let (id_orig_h, peers, id_resp_p) = match attack {
            Attack::HorizontalScan { port, .. } => (local, Vec::new(), Some(port)),
            Attack::VerticalScan { .. } => (local, vec![target.to_string()], None),
            Attack::BruteForce { .. } => (Some(outside), vec![target.to_string()], Some(22)),
            Attack::Exfiltration { .. } => (local, vec![self.network.sites[site].name.clone()], Some(443)),
            Attack::Tunnel { .. } | Attack::UdpFlood { .. } => (local, vec![outside.to_string()], None),
            Attack::SynFlood { .. } => (None, vec![target.to_string()], Some(22)),
        };
        let truth =
            ActorTruth { label: attack.label(), id_orig_h, peers, id_resp_p, ..self.truth(attack.family()) };
        let attacking = Attacking { attack, host, site, target, n_done: 0 };
        self.add(truth, Schedule::Train { start: begins, n, gap }, Box::new(attacking));
    }

    fn beacon(&mut self, beacon: &Beacon) {
        let sites = beacon::sites(beacon.n_domains, beacon.blends_in, &mut self.network, &mut self.dice);
        let port = beacon::port(beacon.channel, &mut self.dice);
        let desks = self.desks(beacon.n_clients);
        let content = beacon.content(&self.network.hosts[desks[0]].browser, &mut self.dice);
        let service = Service { sites, port, channel: beacon.channel, content };
        let truth = ActorTruth {
            label: Label::Beacon,
            beat: Some(beacon.beat),
            per_connection: beacon.per_connection,
            n_clients: desks.len(),
            blends_in: beacon.blends_in,
            ..self.truth("beacon")
        };
        self.install(&service, &desks, &self.timer(beacon.beat), &truth);
    }

    fn decoy(&mut self, decoy: &Decoy) {
        let sites = beacon::sites(decoy.n_domains, decoy.is_popular, &mut self.network, &mut self.dice);
        let desks = self.desks(decoy.n_clients);
        let truth = ActorTruth {
            beat: Some(decoy.beat),
            per_connection: decoy.per_connection,
            n_clients: desks.len(),
            blends_in: decoy.is_popular,
            ..self.truth(decoy.kind.name())
        };
        if decoy.kind == DecoyKind::Ntp {
            self.set_clocks(sites[0], &desks, &self.timer(decoy.beat), &truth);
            return;
        }
        let channel = decoy.channel(&mut self.dice);
        let port = decoy.port(channel, &mut self.dice);
        let content = decoy.content(channel, &self.network.hosts[desks[0]].browser, &mut self.dice);
        let service = Service { sites, port, channel, content };
        self.install(&service, &desks, &self.timer(decoy.beat), &truth);
    }

    fn api_client(&mut self, client: &ApiClient) {
        let sites = beacon::sites(1, false, &mut self.network, &mut self.dice);
        let port = beacon::port(client.channel, &mut self.dice);
        let desks = self.desks(client.n_clients);
        let content = client.content(&self.network.hosts[desks[0]].browser, &mut self.dice);
        let service = Service { sites, port, channel: client.channel, content };
        let truth = ActorTruth { n_clients: desks.len(), ..self.truth("api") };
        self.install(&service, &desks, &Schedule::Steady { per_hour: client.per_hour }, &truth);
    }

    /// The schedule of a timer, for an actor not yet started.
    fn timer(&self, beat: Beat) -> Schedule {
        Schedule::Beat(Beating::new(beat, self.scenario.start))
    }

    /// The same program on each of `desks`.
    fn install(&mut self, service: &Service, desks: &[usize], schedule: &Schedule, truth: &ActorTruth) {
        let Service { sites, port, channel, content } = service;
        let mut peers: Vec<String> =
            sites.iter().map(|&site| self.network.sites[site].name.clone()).collect();
        peers.sort_unstable();
        for &host in desks {
            let browser = &self.network.hosts[host].browser;
            let is_browser = content.user_agent.as_deref() == Some(&self.network.hosts[desks[0]].browser);
            let user_agent = if is_browser { Some(browser.clone()) } else { content.user_agent.clone() };
            let content = Content { user_agent, ..content.clone() };
            let program =
                Program { host, sites: sites.clone(), port: *port, channel: *channel, content, n_done: 0 };
            let peers = peers.clone();
            let truth = ActorTruth { peers, id_resp_p: Some(*port), ..truth.clone() };
            self.start(truth, host, schedule.clone(), Box::new(program));
        }
    }

    fn set_clocks(&mut self, site: usize, desks: &[usize], schedule: &Schedule, truth: &ActorTruth) {
        let peers = vec![self.network.sites[site].name.clone()];
        for &host in desks {
            let truth =
                ActorTruth { peers: peers.clone(), id_resp_p: Some(123), per_connection: 1, ..truth.clone() };
            self.start(truth, host, schedule.clone(), Box::new(ClockSync { host, site }));
        }
    }

    fn start(&mut self, truth: ActorTruth, host: usize, schedule: Schedule, activity: Box<dyn Activity>) {
        let id_orig_h = Some(self.network.hosts[host].addr);
        self.add(ActorTruth { actor: self.actors.len() as u32, id_orig_h, ..truth }, schedule, activity);
    }
}
