//! A platform in a process of its own that is killed at a step: see `alvara_tests::mortal`.

fn main() {
    alvara_tests::mortal::live();
}
