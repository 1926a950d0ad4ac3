//! The demo municipality is read when the crate is built: a file added to it builds the crate anew.

fn main() {
    println!("cargo::rerun-if-changed=../../assets/exempelkoping");
}
