use alvara_sdk::{Client, KeySet, Options};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let keys = KeySet::from_jwks(r#"KEY-SET"#)?;
    let options = Options::new("PRODUCT-CODE", keys, "https://licenses.example.com");
    let license = Client::open(options)?;
    let mut state = license.check();
    if !state.valid {
        let mut key = String::new();
        std::io::stdin().read_line(&mut key)?;
        state = license.activate(key.trim(), None);
    }
    if !state.valid {
        return Err(state.message("en").into());
    }
    println!("{}", state.message("en"));
    license.start();
    Ok(())
}
