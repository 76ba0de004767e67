//! `replay [RUNS] [SEED]`: seeded runs of every target; the same arguments give the same inputs.

fn main() {
    let mut arguments = std::env::args().skip(1).map(|argument| argument.parse().expect("a number"));
    let (n_runs, seed) = (arguments.next().unwrap_or(20_000), arguments.next().unwrap_or(1));
    bro_log_fuzz::replay(n_runs, seed);
    println!("{n_runs} runs from seed {seed} without a finding");
}
