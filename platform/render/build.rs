//! Templates and messages are part of the program: Cargo sees that the code is the same and would
//! not notice a file that was added to their folders.

fn main() {
    println!("cargo::rerun-if-changed=../../templates");
}
