use alvara_domain::armour::{Armoured, Label};
use alvara_domain::certificate::{
    Compact, Header, JwsError, TokenType, assemble, signing_input_of,
};
use alvara_domain::id::{Id, LicenseId, MachineId, Ulid};
use alvara_domain::product::Algorithm;
use alvara_domain::revocation::{
    Freshness, LIFE_SECONDS, Older, RevocationError, RevocationList, Subject, dated, unwrap_armour,
};
use proptest::prelude::*;

use crate::samples::at;

/// An id of any kind.
fn id<T: Id>(number: u128) -> T {
    T::from_ulid(Ulid::from_parts(1_790_000_000_000, number))
}

/// As an RSA-2048 key signs: what it says is not verified here, how long it is counts.
fn sealed(typ: TokenType, payload: &[u8]) -> String {
    let header = Header {
        alg: Algorithm::Rs256,
        kid: "k".repeat(43),
        typ,
    };
    assemble(signing_input_of(&header, payload).unwrap(), &[7; 256])
}

fn list(count: u128) -> RevocationList {
    let digests = (0..count)
        .map(|number| Subject::License(id::<LicenseId>(number)).digest())
        .collect();
    let named = ("https://acme.licenses.example", "ACMECADX");
    let now = at("2027-01-15T12:00:00Z");
    RevocationList::new(named, (7, at("2027-01-10T00:00:00Z")), digests, now)
}

fn read(payload: &[u8]) -> Result<RevocationList, RevocationError> {
    let jws = sealed(TokenType::RevocationList, payload);
    RevocationList::read(&Compact::parse(&jws).unwrap())
}

// R-LIC-12
#[test]
fn two_hundred_fit_a_code_and_ten_thousand_fit_a_file() {
    let jws = |count| sealed(TokenType::RevocationList, &list(count).payload().unwrap());
    assert!(jws(200).len() <= 2953, "{}", jws(200).len());
    let many = jws(10_000);
    assert!(many.len() <= 110_000, "{}", many.len());
    let found = RevocationList::read(&Compact::parse(&many).unwrap()).unwrap();
    assert_eq!((found.head().n, found.head().seq), (10_000, 7));
    assert!(found.contains(Subject::License(id(9_999))));
    assert!(!found.contains(Subject::License(id(10_000))));
    let file = Armoured::new(Label::RevocationList, many.clone().into_bytes()).write();
    assert_eq!(unwrap_armour(&file), Ok(many));
}

// R-LIC-12
#[test]
fn a_license_and_a_machine_of_one_number_are_two_things() {
    let (license, machine) = (
        Subject::License(id::<LicenseId>(1)),
        Subject::Machine(id::<MachineId>(1)),
    );
    assert_ne!(license.digest(), machine.digest());
    let digest = license.digest();
    assert_eq!(digest.to_string().parse(), Ok(digest));
    // Written down, because programs in the field compute it.
    let known = Subject::License("lic_01JABCDEFGHJKMNPQRSTVWXYZ0".parse().unwrap());
    assert_eq!(known.digest().to_string(), KNOWN);
}

/// `printf 'alvara-revocation/1 lic_01JABCDEFGHJKMNPQRSTVWXYZ0' | sha256sum | cut -c1-16`
const KNOWN: &str = "cea6856a5c37708f";

// R-LIC-12
#[test]
fn an_older_list_is_refused_and_a_stale_one_told_apart() {
    let list = list(3);
    assert_eq!(list.accept(None), Ok(()));
    assert_eq!(list.accept(Some(6)), Ok(()));
    assert_eq!(
        list.accept(Some(7)),
        Ok(()),
        "the same again is no play-back"
    );
    assert_eq!(list.accept(Some(8)), Err(Older { held: 8, found: 7 }));
    assert_eq!(list.head().next_update - list.head().iat, LIFE_SECONDS);
    assert_eq!(
        list.freshness(at("2027-01-21T23:59:59Z")),
        Freshness::Current
    );
    assert_eq!(
        list.freshness(at("2027-01-22T00:00:00Z")),
        Freshness::Overdue
    );
}

// R-LIC-12
#[test]
fn a_list_is_dated_by_the_day_or_by_its_last_change() {
    let noon = at("2027-01-15T12:00:00Z");
    assert_eq!(
        dated(at("1970-01-01T00:00:00Z"), noon),
        at("2027-01-15T00:00:00Z").seconds()
    );
    let changed = at("2027-01-15T09:00:00.5Z");
    assert_eq!(dated(changed, noon), changed.seconds());
}

// R-LIC-12
#[test]
fn what_is_cut_shuffled_or_padded_is_no_list() {
    let whole = list(3).payload().unwrap();
    assert_eq!(read(&whole), Ok(list(3)));
    let start = whole.len() - 24;
    let swapped = [
        &whole[..start],
        &whole[start + 8..],
        &whole[start..start + 8],
    ]
    .concat();
    let doubled = [&whole[..start + 8], &whole[start..start + 16]].concat();
    for wrong in [
        whole[..whole.len() - 1].to_vec(),
        whole[..whole.len() - 8].to_vec(),
        [&whole[..], &[255; 8]].concat(),
        swapped,
        doubled,
    ] {
        assert_eq!(read(&wrong), Err(RevocationError::Digests));
    }
    assert_eq!(read(b""), Err(RevocationError::Head));
    assert_eq!(read(b"{}\n"), Err(RevocationError::Head));
    assert_eq!(read(&[b' '; 4000]), Err(RevocationError::Head));
    let other = sealed(TokenType::Lease, &whole);
    let found = RevocationList::read(&Compact::parse(&other).unwrap()).unwrap_err();
    let expected = JwsError::Type {
        expected: TokenType::RevocationList,
        found: TokenType::Lease,
    };
    assert_eq!(found, RevocationError::Jws(expected));
}

proptest! {
    // R-LIC-12
    #[test]
    fn any_payload_is_a_list_or_an_error(payload in prop::collection::vec(any::<u8>(), 0..200), line in "\\{[\"a-z0-9:,]{0,80}\\}") {
        if let Ok(found) = read(&payload) {
            prop_assert_eq!(found.payload().unwrap(), payload.clone());
        }
        let headed = [line.as_bytes(), b"\n", &payload].concat();
        prop_assert!(read(&headed).is_err());
    }

    // R-LIC-12
    #[test]
    fn exactly_what_is_listed_is_found(listed in prop::collection::btree_set(0u128..500, 0..60)) {
        let digests = listed.iter().rev().map(|number| Subject::Machine(id(*number)).digest()).collect();
        let born = at("2027-01-15T12:00:00Z");
        let list = RevocationList::new(("https://a.example", "P"), (1, born), digests, born);
        let again = read(&list.payload().unwrap()).unwrap();
        for number in 0..500 {
            prop_assert_eq!(again.contains(Subject::Machine(id(number))), listed.contains(&number));
        }
    }
}
