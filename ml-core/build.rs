//! Links the system's OpenBLAS if asked to: one line, where the crate made for it would bring forty others.

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    if std::env::var_os("CARGO_FEATURE_OPENBLAS_SYSTEM").is_some() {
        println!("cargo:rustc-link-lib=openblas");
    }
}
