//! Memory of a server that nobody asks anything.

use serde_json::{Map, json};

use crate::client::{Connection, get};
use crate::failure::{Failure, Outcome};
use crate::machine::resident_mb;
use crate::report::{Report, Row, Target};
use crate::world::{HOST, World};

pub(super) fn measure(world: &World, report: &mut Report) -> Outcome {
    println!("memory of an idle server");
    let server = world.serve()?;
    // One answer, so that everything that is made at first use is there.
    let _ = Connection::open(server.address())?.ask(&get(HOST, "/readyz", None))?;
    let value = resident_mb(server.process())
        .ok_or_else(|| Failure::new("the kernel does not say how much memory a process has"))?;
    report.add(Row {
        what: "memory of an idle server, without payment plugins".to_owned(),
        unit: "MB",
        value,
        target: Target::AtMost(120.0),
        parts: Map::from_iter([("licenses".to_owned(), json!(world.licenses))]),
        remark: String::new(),
    });
    Ok(())
}
