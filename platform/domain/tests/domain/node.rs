use alvara_domain::id::{NodeId, Ulid};
use alvara_domain::node::{NodePath, PathError};
use proptest::prelude::*;

fn node(number: u128) -> NodeId {
    NodeId::from_ulid(Ulid(number))
}

fn path(numbers: &[u128]) -> NodePath {
    let root = NodePath::root(node(numbers[0]));
    numbers[1..]
        .iter()
        .fold(root, |path, number| path.child(node(*number)).unwrap())
}

// R-TEN-02
#[test]
fn a_path_leads_from_the_root_down() {
    let agent = path(&[1, 2, 3]);
    assert_eq!(agent.as_str().len(), 1 + 3 * 27);
    assert_eq!(agent.depth(), 3);
    assert_eq!(agent.id(), node(3));
    assert_eq!(agent.ids().collect::<Vec<_>>(), [node(1), node(2), node(3)]);
    assert_eq!(agent.parent(), Some(path(&[1, 2])));
    assert_eq!(path(&[1]).parent(), None);
    assert_eq!(agent.as_str().parse(), Ok(agent));
}

// R-TEN-03
#[test]
fn a_path_contains_itself_and_what_is_below() {
    assert!(path(&[1]).contains(&path(&[1, 2])));
    assert!(path(&[1, 2]).contains(&path(&[1, 2])));
    assert!(!path(&[1, 2]).contains(&path(&[1])));
    assert!(!path(&[1, 2]).contains(&path(&[1, 3])));
    assert!(
        !path(&[2]).contains(&path(&[1, 2])),
        "a place that is only named further down"
    );
}

// R-TEN-02
#[test]
fn a_path_has_no_loops_and_ends_somewhere() {
    assert_eq!(path(&[1, 2]).child(node(1)), Err(PathError::Malformed));
    let numbers: Vec<u128> = (1..=16).collect();
    let deepest = path(&numbers);
    assert!(deepest.as_str().len() <= 480, "the column holds it");
    assert_eq!(deepest.child(node(17)), Err(PathError::TooDeep));
    assert_eq!(
        format!("{deepest}{}/", node(17).ulid()).parse::<NodePath>(),
        Err(PathError::TooDeep)
    );
    let twice = format!("/{0}/{0}/", node(1).ulid());
    for bad in [
        "",
        "/",
        "//",
        "x",
        &twice,
        &twice[1..],
        &twice[..53],
        "/01J/",
        "/%/",
    ] {
        assert_eq!(bad.parse::<NodePath>(), Err(PathError::Malformed), "{bad}");
    }
}

// R-TEN-02
#[test]
fn moving_a_subtree_rewrites_every_path_in_it() {
    let (from, to) = (path(&[1, 2, 3]), path(&[1, 4, 3]));
    assert_eq!(
        path(&[1, 2, 3, 5]).moved(&from, &to),
        Ok(Some(path(&[1, 4, 3, 5])))
    );
    assert_eq!(from.moved(&from, &to), Ok(Some(to.clone())));
    assert_eq!(path(&[1, 2, 6]).moved(&from, &to), Ok(None));
    let under_itself = path(&[1, 2, 3, 5]).moved(&path(&[1, 2]), &path(&[1, 5, 2]));
    assert_eq!(under_itself, Err(PathError::Malformed));
}

proptest! {
    // R-TEN-03
    #[test]
    fn any_text_is_a_path_or_an_error(text in "/?([0-9A-Z]{24,27}/){0,18}") {
        if let Ok(path) = text.parse::<NodePath>() {
            prop_assert_eq!(path.as_str(), text.as_str());
            prop_assert_eq!(path.ids().count(), path.depth());
        }
    }
}
