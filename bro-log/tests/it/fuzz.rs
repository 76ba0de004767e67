/// What the fuzzer checks, without the fuzzer.
#[expect(unreachable_pub, reason = "the fuzz crate makes these functions public")]
#[path = "../../fuzz/src/lib.rs"]
mod targets;

#[test]
fn seeded_runs_of_the_fuzz_targets_find_nothing() {
    targets::replay(400, 1);
}
