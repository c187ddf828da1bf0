//! Whatever is pasted as an armoured block: a block that survives being written, or an error.
#![no_main]

use alvara_domain::armour::Armoured;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(block) = Armoured::read(text) {
        assert_eq!(Armoured::read(&block.write()), Ok(block));
    }
});
